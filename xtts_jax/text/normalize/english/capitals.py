"""Words in capitals: shouting is calmed, acronyms keep their endings, and single letters their names."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.patterns import sub

_WORD = re.compile(r"(?<!\w)[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f']*(?!\w)")
_ACRONYMS = {
    "FBI", "CIA", "USA", "UK", "EU", "UN", "NATO", "NY", "NASA", "UNESCO", "UNICEF", "HIV", "DNA", "RNA",
    "AI", "UFO", "USB", "API", "URL", "ATM", "CEO", "CFO", "CTO", "GPU", "CPU", "RAM", "NBA", "NFL",
    "MLB", "IBM", "AOL", "MIT", "UCLA", "NYC", "ABC", "LED", "LCD", "FAQ", "ASAP", "DIY", "ETA", "GPS",
    "ID", "IQ", "IP", "ISBN", "IRS", "NGO", "SUV", "VIP", "OPEC", "IKEA", "UAE", "ESPN", "OECD",
    "ASEAN", "FIFA", "UEFA", "NHS", "EPA", "FDA", "FAA", "OSHA", "ISO", "IEEE", "OK", "PhD", "CO",
    "NCAA", "NAACP", "MBA", "VAT", "GDP", "TV", "UV", "IT", "US",
}  # fmt: skip
# Acronyms that are also words: capitals of their own only where an article or nothing stands before.
_ALSO_WORDS = {"IT", "US"}
_PLAIN = {
    "A", "ALL", "AND", "ARE", "AS", "AT", "BE", "BUT", "BY", "CAN", "COME", "DO", "DON'T", "FOR",
    "FROM", "GET", "GIVE", "GO", "HAD", "HAS", "HAVE", "HE", "HER", "HERE", "HIM", "HIS", "HOW", "I",
    "I'M", "IF", "IN", "IS", "IT'S", "LET", "MAKE", "ME", "MY", "NO", "NOT", "NOW", "OF", "ON", "ONE",
    "OUR", "OUT", "PLEASE", "SHE", "SO", "STOP", "TAKE", "THAT", "THE", "THEM", "THEN", "THERE", "THEY",
    "THIS", "TO", "UP", "WANT", "WAS", "WE", "WERE", "WHAT", "WHEN", "WHERE", "WHICH", "WHO", "WHY",
    "WILL", "WITH", "YES", "YOU", "YOUR",
}  # fmt: skip
_CAPITALIZED = {
    "MR", "MRS", "MS", "DR", "PROF", "ST", "JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE",
    "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER", "DECEMBER", "JAN", "FEB", "MAR", "APR", "JUN",
    "JUL", "AUG", "SEPT", "OCT", "NOV", "DEC",
}  # fmt: skip
# Acronyms that are read as words though vowels and consonants do not alternate in them.
_READ_AS_WORDS = {"UNESCO", "NASDAQ", "OSHA", "NAFTA", "SWAT", "AIDS", "NAACP", "MENSA"}
_CONSONANT, _VOWEL = "[B-DF-HJ-NP-TV-Z]", "[AEIOU]"
_PRONOUNCEABLE = re.compile(rf"{_CONSONANT}?(?:{_VOWEL}{{1,2}}{_CONSONANT})+{_VOWEL}{{0,2}}")
_LONG = 4  # letters; shorter words that are unknown may be acronyms


def calm_shouting(text: str, _row: Language) -> str:
    """Lowercases sentences and phrases in capitals, in which IT and US are words, except for acronyms."""
    if _is_shouted(text):
        return _calm(text)
    text = sub(r"[^.?!…;:—]+", lambda m: _calm(m[0]) if _is_shouted(m[0]) else m[0], text)
    phrase = r"\b[A-Z][A-Z']*(?:,? [A-Z][A-Z']*)+\b"
    return sub(phrase, lambda m: _calm(m[0]) if _PLAIN & set(_long_words(m[0])) else m[0], text)


def _long_words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if len(word) > 1]


def _is_shouted(text: str) -> bool:
    words = _long_words(text)
    if len(words) < 2 or not all(map(str.isupper, words)):
        return False
    return any(word in _PLAIN or (len(word) >= _LONG and not _is_acronym(word)) for word in words)


def _is_acronym(word: str) -> bool:
    return word in _ACRONYMS or not re.search("[AEIOUY]", word) or bool(re.fullmatch("[IVX]{2,}", word))


def _calm(text: str) -> str:
    def calmed(match: re.Match[str]) -> str:
        word, before = match.group(), text[: match.start()].split()
        if len(word) == 1:
            return "a" if word == "A" and before else word
        if word in _ALSO_WORDS:
            named = before[-1:] in (["THE"], ["OUR"], ["AN"]) or (word == "US" and not before)
            return word if named else word.lower()
        if word in ("AM", "PM") and re.search(r"\d\s?$", text[: match.start()]):
            return word
        if word in _CAPITALIZED:
            return word.capitalize()
        if re.match(r"I'", word):
            return "I" + word[1:].lower()
        return word if _is_acronym(word) else word.lower()

    return _WORD.sub(calmed, text)


def spelled(letters: str) -> str:
    """Letters by their names; A takes a hyphen, without which it would be read as the article."""
    return sub(r"(?<=\bA) ", "-", " ".join(letters))


def separate_letters(text: str, _row: Language) -> str:
    """NASA's as Nasa's, and A/B as two letters.

    espeak-ng drops the ending of a word in capitals that it does not spell out.
    """
    text = sub(r"\b([A-Z]{4,})('?s)\b", _with_ending, text)
    text = sub(r"\bA\s+(?=to\s+[A-Z]\b)", "A-", text)
    text = sub(r"\b([Aa][Mm])\s?/\s?([Pp][Mm])\b", lambda m: f"{m[1]} {m[2]}".upper(), text)
    text = sub(r"(?<![\w&])[a-z]&[a-z](?![\w&;])", lambda m: m[0].upper(), text)
    text = sub(r"\b([A-Z]{2,3})\s?&\s?(?=[A-Z]\b)", lambda m: f"{spelled(m[1])} and ", text)
    return sub(r"\b([A-Z])((?:\s?[/&]\s?[A-Z])+)\b(?!')", _letters_with_signs, text)


def _with_ending(match: re.Match[str]) -> str:
    word, ending = match.groups()
    as_word = word in _READ_AS_WORDS or _PRONOUNCEABLE.fullmatch(word)
    return word.capitalize() + ending if as_word else match.group()


def _letters_with_signs(match: re.Match[str]) -> str:
    text = sub(r"\s?&\s?", " and ", match.group())
    return sub(r"(?<=A)\s?/\s?", "-", text).replace("/", " ")
