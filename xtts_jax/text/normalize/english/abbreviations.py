"""English abbreviations: titles, streets, Latin ones and initials, and which of them end a sentence."""

import re

from xtts_jax.text.languages import Language

_SENTENCE_END = r"(?=\s+(?!(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|[A-Z]{2,}\b)[A-Z]|\s*$)"
# Words that begin a sentence when they follow a capital and a period, instead of continuing a name.
_STARTERS = (
    "The|This|That|These|Those|He|She|It|They|"
    "We|You|I|My|His|Her|But|And|So|Then|There|When|If|In|On|At|As|An?"
)
_INITIALS_END = rf"(?=\s+(?:{_STARTERS})\b|\s*$)"

_TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "Gen": "General",
    "Col": "Colonel", "Capt": "Captain", "Cpt": "Captain", "Cmdr": "Commander", "Lt": "Lieutenant",
    "Sgt": "Sergeant", "Cpl": "Corporal", "Maj": "Major", "Adm": "Admiral", "Rev": "Reverend",
    "Fr": "Father", "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Pres": "President",
    "Hon": "Honorable", "Messrs": "Messieurs", "Mme": "Madame", "Mlle": "Mademoiselle", "Mt": "Mount",
    "Ft": "Fort",
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
_NEVER_LAST = {"i.e", "e.g", "cf", "viz", "ca", "approx", "incl"}
# Abbreviations only before a number.
_NUMBERED = {
    "nos": "numbers", "no": "number", "vols": "volumes", "vol": "volume", "figs": "figures",
    "fig": "figure", "chs": "chapters", "ch": "chapter", "chap": "chapter", "eqs": "equations",
    "eq": "equation", "sec": "section", "sect": "section", "art": "article", "pp": "pages", "pg": "page",
    "p": "page", "para": "paragraph", "c": "circa", "ca": "circa", "op": "opus", "ver": "version",
    "v": "version", "ll": "lines", "ed": "edition", "pt": "part", "bk": "book",
}  # fmt: skip
_WITHOUT_POINT = {
    "w/o": "without", "b/w": "between", "c/o": "care of", "n/a": "not applicable", "N/A": "not applicable",
    "aka": "also known as", "vs": "versus", "e.g": "for example", "i.e": "that is", "eg": "for example",
    "ie": "that is",
}  # fmt: skip
_MONTHS = "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"


def expand_abbreviations(text: str, _row: Language) -> str:
    text = re.sub(r"(?<![\w&])#(?=\d)", "number ", text)
    for rule in (_streets_and_saints, _titles, _before_numbers, _general, _initials):
        text = rule(text)
    return text


def _streets_and_saints(text: str) -> str:
    text = re.sub(r"(?<=[a-z] )St\.(?=\s+[A-Z])|^St\.(?=\s+[A-Z])", "Saint", text)
    text = re.sub(r"\bSt\.(?=\s+[A-Z][a-z]+['.,])", "Saint", text)
    text = re.sub(r"(?<=[A-Za-z] )St\." + _SENTENCE_END, "Street.", text)
    text = re.sub(r"(?<=[A-Za-z] )St\.", "Street", text)
    return re.sub(r"\bSt\.", "Saint", text)


def _titles(text: str) -> str:
    """Mr. Smith, Mr Smith, Mr. & Mrs. Smith, Mt. Everest."""
    names = "|".join(_TITLES)
    text = re.sub(
        r"\b(Mr|Mrs|Ms|Dr|Prof|Mt|Ft|Capt|Lt|Sgt)(?=\s+[A-Z]|\s+(?:&|and)\s)",
        lambda m: _TITLES[m.group()],
        text,
    )
    return re.sub(rf"\b({names})\.(?=\s*[\w&,])", lambda m: _TITLES[m.group(1)], text)


def _before_numbers(text: str) -> str:
    for short, spoken in _NUMBERED.items():
        text = re.sub(rf"(?i:(?<![\w.]){short}\.)\s?(?=#?\(?\d|[IVX]{{2,}}\b)", f"{spoken} ", text)
    return re.sub(r"\b(?i:nos?|vol|fig|ch|pp|pg) (?=\d)(?<!\bno )(?<!\bNo )", _numbered_without_point, text)


def _numbered_without_point(match: re.Match[str]) -> str:
    return f"{_NUMBERED[match.group().strip().lower()]} "


def _general(text: str) -> str:
    text = re.sub(r"\bCo\.(?=,? (?:Ltd|Inc)\b)", "Company", text)
    text = re.sub(r"(?<=[A-Z][a-z] )v\.(?= [A-Z])|(?<=[a-z] )v\.(?= [A-Z])", "versus", text)
    for short, spoken in _ABBREVIATIONS.items():
        pattern = rf"(?<![\w.])(?<!\d ){re.escape(short)}\.(?!\w)"
        if short in ("a.m", "p.m"):
            pattern = rf"(?<![A-Za-z.]){re.escape(short)}\.(?!\w)"
        if short.islower():
            pattern = f"(?i:{pattern})"
        if short not in _NEVER_LAST:
            text = re.sub(pattern + _SENTENCE_END, f"{spoken}.", text)
        text = re.sub(pattern, spoken, text)
    text = re.sub(r"(?<![\w.])Ph\.\s?D\.?(?=s?\b)", "PhD", text)
    for short, spoken in _WITHOUT_POINT.items():
        text = re.sub(rf"(?<![\w./]){re.escape(short)}(?![\w/.])", spoken, text)
    return re.sub(r"(?<![\w/])w/(?=\s)", "with", text)


def _initials(text: str) -> str:
    text = re.sub(r"\b(?:[A-Z]\.){2,}" + _INITIALS_END, lambda m: m.group().replace(".", "") + ".", text)
    text = re.sub(r"\b(?:[A-Z]\.){2,}", lambda m: m.group().replace(".", ""), text)
    return re.sub(rf"\b([A-HJ-Z])\.(?=\s+[A-Z])(?!\s+(?:{_STARTERS})\b)", r"\1", text)
