"""Years, ranges of years and decades, as against counts: in 2024, 2024 people, 1985-90, the '80s."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.dates import MONTHS
from xtts_jax.text.normalize.english.money import SIGNS
from xtts_jax.text.normalize.english.unit_names import UNIT
from xtts_jax.text.normalize.numbers import cardinal, year
from xtts_jax.text.patterns import sub

_YEAR = r"(?:1[1-9]|20)\d\d"
_EVENTS = "conquest|invasion|battle|events|winter|spring|summer|autumn|schism|revolt|treaty|council|famine"
# 1001 to 1099 are years only where the words about them say so.
_ELEVENTH_CENTURY = (
    rf"(\b(?:{'|'.join(MONTHS)}|[Yy]ear|[Ss]ince|[Uu]ntil|[Cc]irca|[Bb]efore|[Aa]fter|[A-Z][a-z]+,) "
    rf"|\b(?:{_EVENTS}) of |\b[A-Z][a-z]+ \()(10(?!00)\d\d)"
    r"(?=\s*[.;:!?)]|,(?!\d)|\s*$|\s+(?:and|was|in|when|is|to|by)\b)"
)
# What stands before a year though a plural follows: in 2024 people stayed at home.
_YEAR_FOLLOWS = r"(?i:\b(?:in|since|by|until|the|during|of|from|after|before|this|[QH][1-4])\s+$)"
_COUNT_FOLLOWS = r"(?i:\b(?:more than|less than|over|nearly|almost|at least|at most|only|exactly|up to)\s+$)"
_OWNERS = r"[Tt]he|[Hh]is|[Hh]er|[Mm]y|[Tt]heir|[Oo]ur|[Yy]our|[Ee]arly|[Mm]id|[Ll]ate"
_OF_A_DECADE = "music|rock|pop|disco|style|fashion|movies?|films?|hits?|era|songs?|bands?|shows?|nostalgia"
_PLURAL = (
    r"\s+(?!(?:is|was|has|as|this|its|his|does|yes|us|thus|plus|across|versus|times|\w*ss)\b)"
    r"(?:people|men|women|children|feet|sheep|fish|mice|teeth|[a-z]{2,}s)\b"
)


def speak_years(text: str, row: Language) -> str:
    """Reads 1100 to 2099 as years unless something is counted; 1980s and '80s as decades."""
    text = _decades(text, row)
    text = sub(
        rf"(?<![\w.,/-])({_YEAR})\s?[-–/]\s?(\d\d)(?![\w-]|[.,]\d)", lambda m: _year_range(m, row), text
    )
    text = sub(rf"(?<![\w-])({_YEAR})\s?[-–]\s?({_YEAR})\b(?![.,]\d|-)", r"\1 to \2", text)
    text = sub(rf"(?<![\w.,/-])({_YEAR})/({_YEAR})(?![\w/-]|[.,]\d)", _consecutive, text)
    text = sub(r"\b(\d{1,4}) (AD|BC|BCE|CE)\b", lambda m: f"{_era_year(m[1], row)} {m[2]}", text)
    text = sub(r"\bAD (\d{1,4})\b", lambda m: f"AD {_era_year(m[1], row)}", text)
    prefixed = rf"(?i:(?<=\bpost-)|(?<=\bpre-)|(?<=\bmid-)|(?<=\bearly-)|(?<=\blate-))({_YEAR})(?![\w.,]*\d)"
    text = sub(r"(?<=[a-z] )'0(\d)(?![\w.,:]*\d)(?!s)", r"oh \1", text)
    text = sub(prefixed, lambda m: year(m[1], row), text)
    text = sub(r"(?<=\b[Ii]n )10\d\d\b(?![.,]\d)", lambda m: year(m.group(), row), text)
    text = sub(r"^10(?!00)\d\d(?=\s+(?:and|was|saw|to)\b)", lambda m: year(m[0], row), text)
    text = sub(_ELEVENTH_CENTURY, lambda m: m[1] + year(m[2], row), text)
    counted = rf"[\w%$€£¢°\"'^=×+*]|[.:,/]\d|\s?[-–]\s?\d|\s?(?:{UNIT}|%|{SIGNS})(?!\w)|\s[=+×*<>]"

    def spoken(match: re.Match[str]) -> str:
        before, after = text[: match.start()], text[match.end() :]
        if re.search(_COUNT_FOLLOWS, before):
            return match.group()
        if re.match(_PLURAL, after) and not re.search(_YEAR_FOLLOWS, before):
            return match.group()
        return year(match[1], row)

    alone = r"(?<![\w.$€£¥₹#^+/=×*<>-])(?<![=+×*<>-]\s)(?<!\d,)(?<!\b\d\s)(?<![\d.,]\d\s)"
    return sub(rf"{alone}({_YEAR})(?!{counted})", spoken, text)


def _decades(text: str, row: Language) -> str:
    """30s is a decade after words such as "the" and "his", and else thirty seconds."""

    def decade(written: str) -> str:
        spoken = year(written, row) if len(written) == 4 else cardinal(written, row)
        return sub("y$", "ies", spoken) if spoken.endswith("y") else f"{spoken}s"

    text = sub(r"(?<=0s)\s?[-–—]\s?(?='?\d{1,3}0s\b)", " to ", text)
    text = sub(r"(?<![\w.,])'?((?:1[1-9]|20)\d0)'?s\b", lambda m: decade(m[1]), text)
    text = sub(r"(?<![\w.,])'([1-9]0)'?s\b", lambda m: decade(m[1]), text)
    text = sub(r"(?<![\w.,])([2-9]0)'s\b", lambda m: decade(m[1]), text)
    text = sub(rf"\b((?:{_OWNERS})[\s-])([1-9]0)'?s\b", lambda m: m[1] + decade(m[2]), text)
    text = sub(rf"\b([1-9]0)'?s(?=[ -](?:{_OF_A_DECADE})\b)", lambda m: decade(m[1]), text)
    return sub(r"(?<=ies)( and | or | to |, |-)([1-9]0)'?s\b", lambda m: m[1] + decade(m[2]), text)


def _year_range(match: re.Match[str], row: Language) -> str:
    """1985-90 is a range of years, 2020-05 a month."""
    first, last = match.groups()
    if int(last) > int(first[2:]):
        return f"{year(first, row)} to {cardinal(str(int(last)), row)}"
    if 1 <= int(last) <= 12:
        return f"{MONTHS[int(last) - 1]} {year(first, row)}"
    return match.group()


def _consecutive(match: re.Match[str]) -> str:
    """1999/2000 is a season, 2000/1500 a division."""
    first, last = match.groups()
    return f"{first} to {last}" if int(last) == int(first) + 1 else match.group()


def _era_year(digits: str, row: Language) -> str:
    return year(digits, row) if len(digits) == 4 else cardinal(digits, row)
