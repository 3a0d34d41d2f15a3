"""Signs and letters of other alphabets by their names: C#, №5, §5, Ω, π."""

import re
import unicodedata

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.capitals import spelled
from xtts_jax.text.normalize.english.unit_names import UNIT
from xtts_jax.text.normalize.roman_value import roman_value
from xtts_jax.text.patterns import sub

_SCALES = "hundred|thousand|million|billion|trillion|lakh|crore"
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
_LEVEL = str.maketrans(_SUPERSCRIPTS + "₀₁₂₃₄₅₆₇₈₉", "0123456789+-n0123456789")
_BEFORE_WORDS = {
    "№": "number", "§§": "sections", "§": "section", "¶": "paragraph", "©": "copyright", "~": "about",
}  # fmt: skip
_ALWAYS = {
    "→": "to", "⇒": "implies", "°": "degrees", "№": "number", "§": "section", "¢": "cents", "^": "caret",
    "‰": "per mille", "♯": "sharp", "♭": "flat", "₽": "rubles", "∴": "therefore", "∆": "delta",
    "Å": "angstrom",
}  # fmt: skip


def plain_signs(text: str) -> str:
    """What has to be said before `clean` makes signs alike: ÷ and /, − and -, superscripts, numerals."""
    text = sub(r"(?:^|(?<=[.!?:…]))\s*(?:->|=>|→|⇒)\s*(?=\w)", " ", text)
    text = sub(r"\s?&&\s?", " and ", sub(r"(?<=[\w)])\s?\|\|\s?(?=[\w(!])", " or ", text))
    text = sub(r"(?<=[\w)])[ \u00a0]?÷[ \u00a0]?(?=[\w(])|÷", " divided by ", text)
    text = _minus(_ranges(text))
    text = _subscripts(_charges(text))
    text = sub("[Ⅰ-ↈ]+", _roman, text)
    text = sub(r"º(?=\s?[CF]\b)|(?<=\d\d)º", "°", text)
    text = sub(r"(?<=\d)[ºª]", _ordinal, text)
    text = sub(r"(?<=[^\W\d_]{4})[⁰¹²³⁴-⁹]+(?!\w)|(?<=[.,;:!?”\"])[⁰¹²³⁴-⁹]+", "", text)
    text = sub(f"[{_SUPERSCRIPTS}]+", lambda m: "^" + m[0].translate(_LEVEL), text)
    return text.translate(_LEVEL)


def _ranges(text: str) -> str:
    """Dashes between amounts with words at their ends: noon–1pm, 1st–3rd, $5 million–$10 million."""
    half = r"\d\s?[AaPp](?:\.\s?[Mm]\.|[Mm])|\d:\d\d"
    text = sub(rf"(\b(?:[Nn]oon|[Mm]idnight)|{half})\s?[-–]\s?(?=noon\b|midnight\b|\d)", r"\1 to ", text)
    text = sub(rf"(\d\s?(?:{_SCALES}))\s?[-–]\s?(?=[$€£¥₹]?\d)", r"\1 to ", text)
    text = sub(r"(?<![\w.,$€£¥₹])(\d+(?:\.\d+)?[kK])\s?[-–]\s?(?=\d)", r"\1 to ", text)
    ending = r"(?:st|nd|rd|th|[x×])"
    return sub(rf"(\d{ending})\s?[-–]\s?(?=\d+(?:\.\d+)?{ending}\b)", r"\1 to ", text)


def _charges(text: str) -> str:
    """Ions: Na⁺, Ca²⁺, but not 10⁻³."""

    def spoken(match: re.Match[str]) -> str:
        element, count, sign = match.groups()
        name = spelled(element.upper()) if element else ""
        return f"{name} {count.translate(_LEVEL)} {'plus' if sign == '⁺' else 'minus'}"

    ion = r"(?:(?<![A-Za-z])([A-Z][a-z]?)|(?<=[\w)₀-₉]))([⁰¹²³⁴-⁹]*)([⁺⁻])(?![\w⁰¹²³⁴-⁹ⁿ])"
    return sub(ion, spoken, text)


def _subscripts(text: str) -> str:
    """H₂ + O₂ and x₁ + x₂, in which no digit is a power; log₂ 8."""
    text = sub(r"\blog([₀-₉]+)\s?(?=[\w(])", lambda m: f"log base {m[1]} of ", text)
    symbol = r"(?<![A-Za-z])([A-Z][A-Za-z]?[A-Z]?|[a-z])([₀-₉]+)(?![\w₀-₉])"
    return sub(symbol, lambda m: f"{spelled(m[1].upper() if len(m[1]) > 1 else m[1])} {m[2]}", text)


def _negations(text: str) -> str:
    """Minus before a variable, a letter of Greek or a bracket: F = -kx, -(5 + 2), -π."""
    name = r"[A-Za-z\u0370-\u03ff]{1,3}(?![\w'])|[\u0370-\u03ff√∞]"
    bracket = r"\(\s?[-−+]?\s?(?:\d|[A-Za-z\u0370-\u03ff]\s?[-−+*/^=)])"
    alone = rf"[A-Za-z\u0370-\u03ff]{{1,2}}\s?(?:[=<>≤≥+*^²³]|$)|[\u0370-\u03ff√∞]|{bracket}"
    text = sub(rf"((?:[=≤≥≈×÷]|[*<>](?!\s?[-−–]\s))\s?)[-−–]\s?(?={name}|{bracket})", r"\1 minus ", text)
    text = sub(rf"(?<=\()-(?=(?![sd]\b)[A-Za-z](?![\w'])|{bracket})", "minus ", text)
    text = sub(r"(\b(?:is|equals|plus|times) )-(?=[A-Za-z]\s*(?:[.,;!?]|$))", r"\1minus ", text)
    text = sub(rf"^\s*[-−–]\s?(?={alone})", "minus ", text)
    text = sub(rf"(?<=\d) [-–] (?={bracket})|(?<=\b[a-zA-Z]) [-–] (?={bracket})", " minus ", text)
    return sub(r"(?<![\w)−-])−\s?(?=[^\W\d_(]|\()|(?<![\w)-])-(?=[\u0370-\u03ff√∞])", " minus ", text)


def _minus(text: str) -> str:
    """The minus signs that are not hyphens, and hyphens and dashes used as such."""
    text = _negations(text)
    text = sub(r"(?<=[\w)])\s?−\s?(?=[\w(])", " minus ", text)
    text = sub(r"(?<![\w)%°])(?<![\d)] )–(?=[$€£]?[\d.])", "-", text)
    text = sub(r"(?<=\d)\s?–\s?(?=[$€£¥₹]\d)", "-", text)
    text = sub(r"(?<=\d)\s?–\s?(?=[−-]\d)", " to ", text)
    text = sub(r"(\d\s?[A-Za-z%°.]{1,5})–(?=[$€£]?\d)", r"\1-", text)
    text = sub(rf"(\d\s?(?:{UNIT}|[ap]m)) – (?=\d)", r"\1-", text)
    variable = r"(?<![\w'])([a-zA-Z]|\d+[a-z]?) [-–] (?=(?:[a-z]|\d+[a-z])(?![\w'])|\d[\d.]*\s?[=<>≤≥])"
    text = sub(variable, r"\1 minus ", text)
    text = sub(r"(?<![\w'])([b-zB-HJ-Z]) [-–] (?=\d)", r"\1 minus ", text)
    return sub(r"(?<![\w-])([a-zA-Z]|\d+)-(?=(?:[a-z]|\d+)\s?=)", r"\1 minus ", text)


def _roman(match: re.Match[str]) -> str:
    """A numeral after a name keeps its letters, as a ruler may be meant."""
    letters = unicodedata.normalize("NFKC", match.group())
    named = re.search(r"[A-Za-z]\s$", match.string[: match.start()])
    return letters if named or not roman_value(letters) else str(roman_value(letters))


def _ordinal(match: re.Match[str]) -> str:
    number = match.string[: match.start()]
    return {"1": "st", "2": "nd", "3": "rd"}.get(number[-1], "th")


def speak_signs(text: str, _row: Language) -> str:
    text = sub(r"(?<=\d\.)(\d+)\.(?=\d)", r"\1 point ", text)
    text = sub(r"(?:(?<=\s)|^)'n'(?=\s)", "and", text)
    text = sub(r"\b([A-G])[#♯](?![#\w])", r"\1 sharp", text)
    text = sub(r"(?<![\w&])#(?=[A-Za-z])", "hashtag ", text)
    text = sub(r"\b([A-DF])-(?= (?:grade|student|average)\b|[.,;!?]|$)", r"\1 minus", text)
    text = sub(r"(?<!\S)\.(?=[A-Z]{2,})", "dot ", text)
    text = sub(r"(?<=\S )#(?=\s)|(?<=\w)#", " hash ", text)
    text = sub(r"(?<=\w)\+(?=\+|\W|$)|(?<=\+)\+", " plus ", text)
    for sign, words in _BEFORE_WORDS.items():
        text = sub(rf"{re.escape(sign)}\s?(?=\w)", f" {words} ", text)
    for sign, words in _ALWAYS.items():
        text = text.replace(sign, f" {words} ")
    text = sub(r"\s?(?:->|=>)\s?", " to ", text)
    text = sub("[\u0370-\u03ff\u1f00-\u1fff]+", _greek, text)
    text = text.replace("\\", " backslash ")
    return "".join(c for c in text if not _is_foreign(c))


def _is_foreign(character: str) -> bool:
    """Whether it is a letter, or a mark upon one, that English does not write."""
    kind = unicodedata.category(character)
    foreign = not unicodedata.name(character, "").startswith(("LATIN", "COMBINING"))
    return kind[0] in "LM" and not character.isascii() and foreign


def _greek(match: re.Match[str]) -> str:
    """The name of a single letter; words are not English."""
    letters = match.group()
    name = unicodedata.name(letters[0], "")
    if len(letters) > 1 or " LETTER " not in name:
        return letters
    said = name.split(" LETTER ")[1].split()[0].lower().replace("lamda", "lambda")
    return f" {said} " if said != "final" else " sigma "
