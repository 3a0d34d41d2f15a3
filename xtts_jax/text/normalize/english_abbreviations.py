"""English abbreviations: titles, streets, Latin ones and initials, and which of them end a sentence."""

import re

from xtts_jax.text.languages import Language

_SENTENCE_END = r"(?=\s+[A-Z]|\s*$)"
# Words that begin a sentence when they follow a capital and a period, instead of continuing a name.
_STARTERS = (
    "The|This|That|These|Those|He|She|It|They|"
    "We|You|I|My|His|Her|But|And|So|Then|There|When|If|In|On|At|As|An?"
)
_INITIALS_END = rf"(?=\s+(?:{_STARTERS})\b|\s*$)"

_TITLES = {
    "Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "Gen": "General",
    "Col": "Colonel", "Capt": "Captain", "Lt": "Lieutenant", "Sgt": "Sergeant", "Rev": "Reverend",
    "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Pres": "President", "Hon": "Honorable",
}  # fmt: skip
# Abbreviations that may end a sentence; there they keep their period.
_ABBREVIATIONS = {
    "Jr": "Junior", "Sr": "Senior", "Inc": "Incorporated", "Ltd": "Limited", "Co": "Company",
    "Corp": "Corporation", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Mt": "Mount", "Ft": "Fort",
    "etc": "et cetera", "vs": "versus", "approx": "approximately", "dept": "department",
    "est": "established", "vol": "volume", "fig": "figure", "ch": "chapter", "i.e": "that is",
    "e.g": "for example", "a.k.a": "also known as", "a.m": "AM", "p.m": "PM", "B.C": "BC", "A.D": "AD",
}  # fmt: skip


def expand_abbreviations(text: str, _row: Language) -> str:
    text = re.sub(r"(?<=[a-z] )St\.(?=\s+[A-Z])|^St\.(?=\s+[A-Z])", "Saint", text)
    text = re.sub(r"\bSt\.(?=\s+[A-Z][a-z]+['.,])", "Saint", text)
    text = re.sub(r"(?<=[A-Za-z] )St\." + _SENTENCE_END, "Street.", text)
    text = re.sub(r"(?<=[A-Za-z] )St\.", "Street", text)
    text = re.sub(r"\bSt\.", "Saint", text)
    text = re.sub(r"\b(Mr|Mrs|Ms|Dr|Prof)(?=\s+[A-Z])", lambda m: _TITLES[m.group()], text)
    text = re.sub(rf"\b({'|'.join(_TITLES)})\.(?=\s+\w)", lambda m: _TITLES[m.group(1)], text)
    text = re.sub(r"\bNos?\.\s?(?=\d)|#(?=\d)", "number ", text)
    text = re.sub(r"\bpp\.\s?(?=\d)", "pages ", text)
    text = re.sub(r"\bp\.\s?(?=\d)", "page ", text)
    for short, spoken in _ABBREVIATIONS.items():
        pattern = rf"(?<![\w.]){re.escape(short)}\."
        if short.islower():
            pattern = f"(?i:{pattern})"
        text = re.sub(pattern + _SENTENCE_END, f"{spoken}.", text)
        text = re.sub(pattern, spoken, text)
    text = re.sub(r"\bvs\b", "versus", text)
    text = re.sub(r"\b(?:[A-Z]\.){2,}" + _INITIALS_END, lambda m: m.group().replace(".", "") + ".", text)
    text = re.sub(r"\b(?:[A-Z]\.){2,}", lambda m: m.group().replace(".", ""), text)
    return re.sub(rf"\b([A-HJ-Z])\.(?=\s+[A-Z])(?!\s+(?:{_STARTERS})\b)", r"\1", text)
