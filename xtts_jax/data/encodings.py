"""UTF-8 text files, and which encoding one that is not UTF-8 may have."""

import unicodedata
from pathlib import Path

from xtts_jax.errors import UserError
from xtts_jax.text.languages import LANGUAGES, language_code

_CODE_PAGES = {  # by the script of a language; of equally likely ones the first is named
    "LATIN": ("cp1252",),
    "CYRILLIC": ("cp1251", "koi8-r", "iso8859-5", "cp866"),
    "ARABIC": ("cp1256", "iso8859-6"),
}
_CODE_PAGES_OF = {"tr": ("cp1254",)}
_NAMES = {
    "cp1252": "Latin-1 or Windows-1252", "cp1251": "Windows-1251", "cp1254": "Windows-1254",
    "cp1256": "Windows-1256", "koi8-r": "KOI8-R", "iso8859-5": "ISO-8859-5", "iso8859-6": "ISO-8859-6",
    "cp866": "DOS code page 866",
}  # fmt: skip
_AUDIO = (b"RIFF", b"fLaC", b"OggS", b"ID3")
_LIKELY = 0.8  # the share of characters beyond ASCII that are letters of the language's script
_SHOWN = 3


def decoded(path: Path, language: str = "") -> str:
    """The text of a UTF-8 file; `UserError` says where it is not UTF-8, and what it may be instead.

    language: that of most texts, if known.
    """
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
        if "\0" not in text:
            return text
        broken = content.index(0)
    except UnicodeDecodeError as error:
        broken = error.start
    if content.startswith(_AUDIO):
        raise UserError(f"{path} is a recording, not a text. Give a text file.")
    wide = b"\0" in content or content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and (lines := _damaged_lines(content)):
        raise UserError(_damaged(path, lines))
    number = content[:broken].count(b"\n") + 1
    page = "utf-16" if wide else _likeliest(content, language)
    command = f"iconv -f {page.upper()} -t UTF-8 {path.name} > new{path.suffix}"
    raise UserError(
        f"{path} is not UTF-8 text (line {number}, byte {broken}): it may be {_NAMES.get(page, 'UTF-16')}. "
        f"Save it as UTF-8 in an editor, or with `{command}`."
    )


def _damaged_lines(content: bytes) -> dict[int, str]:
    """The lines that are not UTF-8, by number, if more lines have characters beyond ASCII that are."""
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), 1) if not line.isascii()]
    damaged = {number: line.decode("utf-8", "replace") for number, line in lines if not _is_utf8(line)}
    return damaged if 2 * len(damaged) < len(lines) else {}


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _damaged(path: Path, lines: dict[int, str]) -> str:
    number, line = next(iter(lines.items()))
    shown = ", ".join(map(str, list(lines)[:_SHOWN])) + (" ..." if len(lines) > _SHOWN else "")
    which, them = ("line", "it") if len(lines) == 1 else ("lines", "them")
    start = max(0, line.index("\ufffd") - 30)
    example = repr(line[start : start + 60].strip())
    return (
        f"{path} is UTF-8 text except for {which} {shown}: \ufffd stands for what cannot be read in line "
        f"{number}, {example}. Write {them} again in an editor, and save the file as UTF-8."
    )


def _likeliest(content: bytes, language: str) -> str:
    """The code page that gives letters of the language's script, or if none does, of another script."""
    code = language_code(language)
    script = LANGUAGES[code].script if code in LANGUAGES else ""
    own = (*_CODE_PAGES_OF.get(code, ()), *_CODE_PAGES.get(script, ()))
    every = tuple(dict.fromkeys([*own, *(page for pages in _CODE_PAGES.values() for page in pages)]))
    shares = {page: _share(content, page) for page in every}
    likely = [page for page in own if shares[page] >= _LIKELY]
    return max(likely or every, key=lambda page: shares[page])


def _share(content: bytes, page: str) -> float:
    """How many of the characters beyond ASCII are letters of the page's script, as running text has them.

    Most are then lower case, and where the script is Latin, most letters are in ASCII.
    """
    script = next((script for script, pages in _CODE_PAGES.items() if page in pages), "LATIN")
    text = content.decode(page, "replace")
    others = [sign for sign in text if not sign.isascii()]
    ascii_letters = sum(sign.isascii() and sign.isalpha() for sign in text)
    if script == "LATIN" and len(others) > ascii_letters:
        return 0.0
    fit = sum(unicodedata.name(sign, "").startswith(script) and not sign.isupper() for sign in others)
    return fit / max(1, len(others))


def lines_in(path: Path) -> list[str]:
    """The lines of a list that are not empty; `UserError` where it cannot be read."""
    try:
        lines = decoded(path).splitlines()
    except OSError as error:
        raise UserError(
            f"{path} cannot be read ({error.strerror}). Give a text file, one entry a line."
        ) from error
    return [line.strip() for line in lines if line.strip()]
