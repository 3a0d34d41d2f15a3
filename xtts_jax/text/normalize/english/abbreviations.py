"""English abbreviations: titles, streets, Latin ones and initials, and which of them end a sentence."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.dates import full_day, full_month
from xtts_jax.text.normalize.english.letters import NAMED_BY_LETTERS
from xtts_jax.text.patterns import sub

_SENTENCE_END = r"(?=\s+(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z]{2,}\b)[A-Z]|\s*$)"
# Words that begin a sentence when they follow a capital and a period, instead of continuing a name.
_STARTERS = (
    "The|This|That|These|Those|He|She|It|They|"
    "We|You|I|My|His|Her|But|And|So|Then|There|When|If|In|On|At|As|An?"
)
_INITIALS_END = rf"(?=\s+(?:{_STARTERS})\b(?!\.)|\s*$)"

_TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "Gen": "General",
    "Col": "Colonel", "Capt": "Captain", "Cpt": "Captain", "Cmdr": "Commander", "Lt": "Lieutenant",
    "Sgt": "Sergeant", "Cpl": "Corporal", "Maj": "Major", "Adm": "Admiral", "Rev": "Reverend",
    "Fr": "Father", "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Pres": "President",
    "Hon": "Honorable", "Messrs": "Messieurs", "Mme": "Madame", "Mlle": "Mademoiselle", "Mt": "Mount",
    "Ft": "Fort", "Drs": "Doctors", "Profs": "Professors", "Gens": "Generals", "Sens": "Senators",
    "Reps": "Representatives", "Revs": "Reverends", "Supt": "Superintendent", "Det": "Detective",
    "Insp": "Inspector",
}  # fmt: skip
# Abbreviations that may end a sentence; there they keep their period.
_ABBREVIATIONS = {
    "Jr": "Junior", "Sr": "Senior", "Esq": "Esquire", "Inc": "Incorporated", "Ltd": "Limited",
    "Co": "Company", "Corp": "Corporation", "Bros": "Brothers", "Ave": "Avenue", "Blvd": "Boulevard",
    "Rd": "Road", "Ln": "Lane", "Hwy": "Highway", "Pkwy": "Parkway", "Apt": "Apartment", "Bldg": "Building",
    "Univ": "University", "Gov't": "Government", "Govt": "Government", "Assn": "Association",
    "Assoc": "Associates", "Intl": "International", "etc": "et cetera", "vs": "versus",
    "approx": "approximately", "dept": "department", "incl": "including", "est": "established",
    "misc": "miscellaneous", "min": "minimum", "max": "maximum", "avg": "average", "tel": "telephone",
    "ext": "extension", "cf": "compare", "ca": "circa", "et al": "et al", "viz": "namely", "i.e": "that is",
    "e.g": "for example", "a.k.a": "also known as", "P.S": "P S", "R.S.V.P": "R S V P", "a.m": "AM",
    "p.m": "PM", "B.C.E": "BCE", "B.C": "BC", "A.D": "AD", "Ph.D": "PhD", "Ph. D": "PhD", "M.Sc": "M S C",
    "B.Sc": "B S C", "M.D": "MD", "D.C": "DC",
}  # fmt: skip
_NEVER_LAST = {"i.e", "e.g", "cf", "viz", "ca", "approx", "incl", "vs", "a.k.a"}
# A town may follow these in capitals, which ends no sentence.
_ROADS = {"Ave", "Blvd", "Rd", "Ln", "Hwy", "Pkwy"}
_GREETINGS = "Dear|Our|Your|Hello|Hi|Thanks|Yes|No|Sorry|Good"
_NO_ROAD = rf"(?!(?:{_STARTERS}|{_GREETINGS}|Mr|Mrs|Ms|Prof|Doctor|Mister)\b)"
# Abbreviations only before a number.
_NUMBERED = {
    "nos": "numbers", "no": "number", "vols": "volumes", "vol": "volume", "figs": "figures",
    "fig": "figure", "chs": "chapters", "ch": "chapter", "chap": "chapter", "eqs": "equations",
    "eq": "equation", "sec": "section", "sect": "section", "art": "article", "pp": "pages", "pg": "page",
    "p": "page", "para": "paragraph", "c": "circa", "ca": "circa", "op": "opus", "ver": "version",
    "v": "version", "rte": "route", "ll": "lines", "ed": "edition", "pt": "part", "bk": "book",
}  # fmt: skip
# What follows the number of a rank: No 1 in the charts, as against "No 2 are alike".
_AFTER_A_RANK = (
    r"\s+(?:in|on|at|of|spot|position|seed|hit|single|song|album|choice|priority|ranking)\b|\s*[.,!?]|\s*$"
)
_WITHOUT_POINT = {
    "w/o": "without", "b/w": "between", "c/o": "care of", "n/a": "not applicable", "N/A": "not applicable",
    "aka": "also known as", "vs": "versus", "e.g": "for example", "i.e": "that is", "eg": "for example",
    "ie": "that is",
}  # fmt: skip
_MONTHS = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
_DAYS = "Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun"
_NOT_LAST = r"(?=\s+'?[a-z\d]|,)"


def expand_abbreviations(text: str, _row: Language) -> str:
    text = sub(r"(?<![\w&])#\s?(?=\d)|\b[Nn][°º]\s?(?=\d)", "number ", text)
    for rule in (_calendar, _addressed, _streets_and_saints, _titles, _before_numbers, _general, _initials):
        text = rule(text)
    return text


def _calendar(text: str) -> str:
    """Tues. and Feb.; those that are also words or names only within a sentence."""
    text = sub(rf"\b({_MONTHS})\.{_NOT_LAST}", lambda m: full_month(m[1]), text)
    text = sub(rf"(?<![Tt]he )\b({_DAYS})\.{_NOT_LAST}", lambda m: full_day(m[1]), text)
    in_time = r"(?<!\b[Ii]n )(?<!\b[Oo]n )(?<!\bto )(?<!\bof )(?<!\band )(?<!\buntil )(?<!\bsince )"
    text = sub(rf"\b(?!{in_time}Jan)({_MONTHS})\.{_SENTENCE_END}", lambda m: f"{full_month(m[1])}.", text)
    name = rf"(?!{in_time}(?:Sun|Sat|Mon|Fri))"
    return sub(rf"\b{name}({_DAYS})\.{_SENTENCE_END}", lambda m: f"{full_day(m[1])}.", text)


def _addressed(text: str) -> str:
    """12 Main St. New York, 42nd St., Oak Dr.: a street by its house number, or its name before no name."""

    def road(match: re.Match[str]) -> str:
        ends = re.match(_INITIALS_END, text[match.end() :])
        return match[1] + ("Drive" if match[2] == "Dr" else "Street") + "." * bool(ends)

    house = r"\d+[A-Za-z]?,? (?:[NSEW]\.? )?(?:[A-Z][a-z]+ ){1,2}|\d+(?:st|nd|rd|th) "
    date = rf"\d+\w*,? (?:{_DAYS}|{_MONTHS}|May|June|July)"
    text = sub(rf"\b(?!{date})({house})(St|(?<!s )Dr)\.", road, text)
    return sub(rf"\b{_NO_ROAD}([A-Z][a-z]+ )(Dr)\.(?=\s+[a-z]|,|\s*$|\s+(?:{_STARTERS})\b)", road, text)


def _streets_and_saints(text: str) -> str:
    text = sub(rf"(?<=[a-z] )St\.(?=\s+(?:{_STARTERS})\b)", "Street.", text)
    text = sub(r"(?<=[a-z] )St\.(?=\s+[A-Z])|^St\.(?=\s+[A-Z])", "Saint", text)
    text = sub(r"\bSt\.(?=\s+[A-Z][a-z]+['.,])", "Saint", text)
    text = sub(r"(?<=[A-Za-z] )St\." + _SENTENCE_END, "Street.", text)
    text = sub(r"(?<=[A-Za-z] )St\.", "Street", text)
    return sub(r"\bSt\.", "Saint", text)


def _titles(text: str) -> str:
    """Mr. Smith, Mr Smith, Mr. & Mrs. Smith, Mt. Everest."""
    names = "|".join(_TITLES)
    text = sub(
        r"\b(Mr|Mrs|Ms|Dr|Prof|Mt|Ft|Capt|Lt|Sgt)(?=\s+[A-Z]|\s+(?:&|and)\s)",
        lambda m: _TITLES[m.group()],
        text,
    )
    return sub(rf"\b({names})\.(?=\s*[\w&,])", lambda m: _TITLES[m.group(1)], text)


def _before_numbers(text: str) -> str:
    for short, spoken in _NUMBERED.items():
        text = sub(rf"(?i:(?<![\w.]){short}\.)\s?(?=#?\(?\d|[IVX]{{2,}}\b)", f"{spoken} ", text)
    text = sub(rf"\bNo (?=\d+(?:{_AFTER_A_RANK}))", "number ", text)
    return sub(r"\b(?i:nos?|vol|fig|ch|pp|pg) (?=\d)(?<!\bno )(?<!\bNo )", _numbered_without_point, text)


def _numbered_without_point(match: re.Match[str]) -> str:
    return f"{_NUMBERED[match.group().strip().lower()]} "


def _general(text: str) -> str:
    text = sub(r"\bCo\.(?=,? (?:Ltd|Inc)\b)", "Company", text)
    text = sub(r"(?<=[A-Z][a-z] )v\.(?= [A-Z])|(?<=[a-z] )v\.(?= [A-Z])", "versus", text)
    for short, spoken in _ABBREVIATIONS.items():
        pattern = rf"(?<![\w.])(?<!\d ){re.escape(short)}\.(?!\w)"
        if short in ("a.m", "p.m"):
            pattern = rf"(?<![A-Za-z.]){re.escape(short)}\.(?!\w)"
        if short.islower():
            pattern = f"(?i:{pattern})"
        if short not in _NEVER_LAST:
            end = _INITIALS_END if short in _ROADS else _SENTENCE_END
            text = sub(pattern + end, f"{spoken}.", text)
        text = sub(pattern, spoken, text)
    text = sub(r"(?<![\w.])Ph\.\s?D\.?(?=s?\b)", "PhD", text)
    for short, spoken in _WITHOUT_POINT.items():
        text = sub(rf"(?<![\w./]){re.escape(short)}(?![\w/.])", spoken, text)
    return sub(r"(?<![\w/])w/(?=\s)", "with", text)


def _initials(text: str) -> str:
    text = sub(r"\b(?:[A-Z]\.){2,}" + _INITIALS_END, lambda m: m.group().replace(".", "") + ".", text)
    text = sub(r"\b(?:[A-Z]\.){2,}", lambda m: m.group().replace(".", ""), text)
    return sub(rf"\b([A-HJ-Z])\.\s+(?!(?:{_STARTERS})\b(?!\.))(?=[A-Za-z])", _initial, text)


def _initial(match: re.Match[str]) -> str:
    """A takes a hyphen, without which it would be read as the article; after "Plan" it ends a sentence."""
    if re.search(rf"\b(?:{NAMED_BY_LETTERS}) $", match.string[: match.start()]):
        return match[0]
    return f"{match[1]}-" if match[1] == "A" else f"{match[1]} "
