"""Web and mail addresses, and hashtags."""

import re
from urllib.parse import unquote

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.persian.borders import LETTER
from xtts_jax.text.patterns import sub

_SIGNS = {
    ".": "دات", "/": "اسلش", "-": "خط تیره", "_": "زیرخط", "?": "علامت سؤال", "=": "مساوی", "&": "اند",
    "#": "هشتگ", "%": "درصد", "~": "مَد", ":": "دونقطه", "+": "به‌علاوه",
}  # fmt: skip
_LETTERS = {
    "a": "اِی", "b": "بی", "c": "سی", "d": "دی", "e": "ای", "f": "اِف", "g": "جی", "h": "اِچ", "i": "آی",
    "j": "جِی", "k": "کِی", "l": "اِل", "m": "اِم", "n": "اِن", "o": "اُ", "p": "پی", "q": "کیو", "r": "آر",
    "s": "اِس", "t": "تی", "u": "یو", "v": "وی", "w": "دابلیو", "x": "ایکس", "y": "وای", "z": "زِد",
}  # fmt: skip
_COUNTRIES = {
    "ir", "af", "iq", "ae", "tr", "tj", "pk", "in", "ru", "uk", "us", "ca", "au", "nz", "de", "fr", "it",
    "nl", "es", "pt", "se", "no", "dk", "fi", "ch", "at", "be", "pl", "gr", "cn", "jp", "kr", "br", "mx",
    "eu", "tv", "io", "ai", "co", "me",
}  # fmt: skip
_ADDRESS = re.compile(
    r"(?<![\w.@-])(?:https?://)?(?=[a-z])([\w.+-]+@)?"
    r"([\w-]+(?:\.[\w-]+)*\.[a-z]{2,})(:\d+)?(/(?:[\w\u0621-\u06ff\u200c./?=&#%~+-]*[\w\u0621-\u06ff/])?)?",
    flags=re.ASCII | re.IGNORECASE,
)
_HASHTAG = re.compile(rf"#(?=\w*[^\W\d])((?:\w|{LETTER})+)")


def expand_addresses(text: str, row: Language) -> str:
    """Reads the signs of example.com/news and info@example.com, and a country's code, .ir, by its letters."""
    text = _ADDRESS.sub(_spoken, text)
    return _HASHTAG.sub(lambda m: f"هشتگ {m[1].replace('_', ' ')}", text)


def _spoken(match: re.Match[str]) -> str:
    user, host, port, path = match.groups()
    host, _, domain = host.rpartition(".")
    if domain.lower() in _COUNTRIES:
        domain = " ".join(_LETTERS[letter] for letter in domain.lower())
    path = _decoded(path or "")
    address = f"{user or ''}{host}.{domain}{port or ''}{path.removesuffix('/')}"
    return sub("[./?=&#%~:+_-]", lambda m: f" {_SIGNS[m.group()]} ", address)


def _decoded(path: str) -> str:
    """A path with the letters that %D8%AA and the like stand for."""
    plain = unquote(path)
    return path if "\ufffd" in plain else plain
