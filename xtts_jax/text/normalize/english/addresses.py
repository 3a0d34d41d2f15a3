"""Addresses of the web, mail and files: the marks in them are said, and end no sentence."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.capitals import spelled
from xtts_jax.text.patterns import sub

MARKS = {
    ".": "dot", "/": "slash", "?": "question mark", "=": "equals", "&": "and", "#": "hash", "%": "percent",
    "+": "plus", "-": "dash", "_": "underscore", "~": "tilde", ":": "colon", "@": "at", "\\": "backslash",
}  # fmt: skip
_DOMAINS = (
    "com|org|net|edu|gov|mil|info|biz|app|dev|tech|shop|blog|news|online|site|xyz|io|ai|co|tv|uk|de|fr|ir|nl|eu|"
    "ca|au|ru|jp|cn|br|es|ch|se|pl|dk|fi|cz|kr|nz|za|mx|tr|gr|pt|hu|ro|ie|il"
)
# Endings of two letters that are said as a word.
_SAID_AS_WORDS = {"co", "me", "so", "to", "is", "it", "be", "am", "us", "in", "at", "my", "no", "go"}
_COUNTRY, _LONGEST_SPELLED = 2, 4  # letters
_FILES = (
    "pdf|txt|docx?|xlsx?|pptx?|csv|tsv|jpe?g|png|gif|svg|mp3|mp4|wav|flac|zip|tar|gz|exe|py|js|ts|cpp|html?|"
    "css|json|xml|ya?ml|md|sh|ini|log"
)
_LABEL = r"[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?"
_PATH = r"(?::\d{2,5}(?=/|\b))?(?:[/?#][^\s\"<>|]*)?"
_END = r"(?<![.,;:!?)'\"\]])"


def speak_addresses(text: str, _row: Language) -> str:
    web = rf"(?<![\w@.])(?:(?:https?|ftp)://(?:{_LABEL}\.)*{_LABEL}|www\.(?:{_LABEL}\.)+[A-Za-z]{{2,}}){_PATH}{_END}"
    text = sub(web, _spoken, text)
    text = sub(rf"(?<![\w@.])[\w.%+-]*\w@(?:{_LABEL}\.)+[A-Za-z]{{2,}}\b", _spoken, text)
    bare = rf"(?<![\w@./])(?:{_LABEL}\.)+(?:{_DOMAINS})\b(?![\w@'])(?!\.[a-z]){_PATH}{_END}"
    text = sub(bare, _spoken, text)
    text = sub(rf"(?<![\w.@])(?:{_LABEL}\.)+(?:{_FILES})\b(?!\.?\w)", _spoken, text)
    text = sub(r"(?<![\w:/<.])~?(?:/[A-Za-z][\w.-]*){2,}/?\b", _spoken, text)
    text = sub(r"\b[A-Z]:\\[\w\\.-]*\w", _spoken, text)
    text = sub(r"(?<![\w.])@(?=\w)", "at ", text)
    return sub(r"(?<=[A-Za-z])\.(?=[a-z]{2})", " dot ", text)


def _spoken(match: re.Match[str]) -> str:
    address = sub(r"^\w+://", "", match.group()).rstrip("/")
    said = sub(r"[^\w\s']|_", lambda m: f" {MARKS[m[0]]} " if m[0] in MARKS else " ", address)
    return sub(r"(?<=dot )([a-z]+)(?= |$)", lambda m: _ending(m[1]), " ".join(said.split()))


def _ending(label: str) -> str:
    """Letters that form no word are spelled: uk, ir, pdf."""
    word = len(label) > _LONGEST_SPELLED or (len(label) > _COUNTRY and re.search("[aeiouy]", label))
    if len(label) == 1 or label in _SAID_AS_WORDS or word:
        return label
    return spelled(label.upper())
