"""What is said about tables that are not UTF-8."""

from pathlib import Path

import pytest

from xtts_jax.data.encodings import decoded
from xtts_jax.errors import UserError

PERSIAN = "a|باران تا صبح باريد\nb|کسی به خانه نرفت\n".replace("ی", "ي").replace("ک", "ك")
RUSSIAN = "a|Дождь шёл до утра.\nb|Никто не пошёл домой.\n"
GERMAN = "a|Schöne Grüße aus Köln\nb|Es regnet\n"
TURKISH = "a|Yağmur yağıyor\nb|Şimdi eve gidiyoruz\n"


@pytest.mark.parametrize(
    ("text", "written", "language", "named"),
    [
        (PERSIAN, "cp1256", "fa", "Windows-1256.*iconv -f CP1256"),
        (PERSIAN, "cp1256", "en", "Windows-1256"),
        (PERSIAN, "iso8859-6", "ar", "ISO-8859-6"),
        (RUSSIAN, "cp1251", "ru", "Windows-1251.*iconv -f CP1251"),
        (RUSSIAN, "cp1251", "", "Windows-1251"),
        (RUSSIAN, "koi8-r", "ru", "KOI8-R"),
        (RUSSIAN, "cp866", "ru", "code page 866"),
        (GERMAN, "cp1252", "de", "Latin-1 or Windows-1252.*iconv -f CP1252"),
        (GERMAN, "cp1252", "", "Latin-1 or Windows-1252"),
        (TURKISH, "cp1254", "tr", "Windows-1254"),
        (GERMAN, "utf-16", "de", "UTF-16"),
    ],
)
def test_the_encoding_of_the_language_is_named(
    tmp_path: Path, text: str, written: str, language: str, named: str
) -> None:
    path = tmp_path / "metadata.csv"
    path.write_bytes(text.encode(written, "replace"))
    with pytest.raises(UserError, match=named):
        decoded(path, language)


@pytest.mark.parametrize("text", [PERSIAN, RUSSIAN, TURKISH])
def test_a_broken_line_of_a_utf8_table_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "metadata.csv"
    path.write_bytes(text.encode() + b"c|na\xefve\n" + text.encode())
    with pytest.raises(UserError, match=r"is UTF-8 text except for line 3.*'c\|na\ufffdve'.*Write it again"):
        decoded(path, "fa")


def test_a_recording_is_not_taken_for_a_text(tmp_path: Path) -> None:
    path = tmp_path / "lines.txt"
    path.write_bytes(b"RIFF\x24\x08\0\0WAVEfmt ")
    with pytest.raises(UserError, match=r"lines\.txt is a recording, not a text"):
        decoded(path)
    path.write_text("RIFF is a format.")
    assert decoded(path) == "RIFF is a format."


def test_utf8_is_read_with_and_without_a_mark(tmp_path: Path) -> None:
    path = tmp_path / "metadata.csv"
    for content in (RUSSIAN.encode(), b"\xef\xbb\xbf" + RUSSIAN.encode()):
        path.write_bytes(content)
        assert decoded(path) == RUSSIAN
