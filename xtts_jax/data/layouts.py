"""The corpus layouts: how each is recognized and read."""

import csv
import difflib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from xtts_jax.errors import UserError

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf", ".w64")
HEADER_COLUMNS = ("id", "speaker", "language", "text", "phonemes", "emotion")
EMOTIONS = ("neutral", "happy", "sad", "angry", "surprised", "fearful", "disgusted")


class Utterance(NamedTuple):
    id: str
    speaker: str
    language: str
    text: str
    phonemes: str  # if not empty, used instead of the text
    audio: Path
    emotion: str = ""  # one of EMOTIONS; empty: not labeled
    speed: float = 1.0  # playback speed of the recording


class Skipped(NamedTuple):
    id: str
    reason: str


class Manifest(NamedTuple):
    utterances: tuple[Utterance, ...]  # sorted by id
    skipped: tuple[Skipped, ...]


class Row(NamedTuple):
    """A row as read, before any check."""

    id: str
    speaker: str
    language: str
    text: str
    phonemes: str
    audio: Path | None
    complaint: str = ""
    emotion: str = ""


class Layout(NamedTuple):
    description: str
    found: Callable[[Path], bool]
    rows: Callable[[Path, str], Iterator[Row]]


def ljspeech_rows(root: Path, language: str) -> Iterator[Row]:
    """Rows `id|text` or `id|text|normalized`, or columns in any order under a header that names them."""
    path = root / "metadata.csv"
    lines = [line for line in read_lines(path) if line.strip()]
    if not lines:
        raise UserError(f"{path} is empty. Write a line `id|text` for each recording.")
    files = _audio_files(root / "wavs")
    columns = [name.strip().lower() for name in lines[0].split("|")]
    if "id" in columns:
        yield from _header_rows(path, columns, lines[1:], files, language)
        return
    hint = _other_separator(lines[0])
    for line in lines:
        fields = [field.strip() for field in line.split("|")]
        if len(fields) not in (2, 3):
            complaint = f"its line in metadata.csv has {len(fields)} fields, not 2 or 3{hint}"
            yield Row(fields[0], root.name, language, "", "", None, complaint)
            continue
        text = fields[-1] or fields[1]
        yield Row(fields[0], root.name, language, text, "", _file(files, fields[0]))


def _other_separator(first: str) -> str:
    """A hint for complaints about fields if the table's first line has another separator than |."""
    signs = {"tabs": "\t", "semicolons": ";", "commas": ","}
    found = next((name for name, sign in signs.items() if sign in first and "|" not in first), "")
    return f" (found {found}; fields must be separated by |)" if found else ""


def _header_rows(
    path: Path, columns: list[str], lines: list[str], files: dict[str, Path], language: str
) -> Iterator[Row]:
    _require_no_near_miss(path, columns)
    for line in lines:
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != len(columns):
            complaint = (
                f"its line in metadata.csv has {len(fields)} fields, but the header has {len(columns)}"
            )
            yield Row(fields[0], "", language, "", "", None, complaint)
            continue
        value = dict.fromkeys(HEADER_COLUMNS, "") | dict(zip(columns, fields, strict=True))
        yield Row(
            value["id"],
            value["speaker"] or path.parent.name,
            value["language"] or language,
            value["text"],
            value["phonemes"],
            _file(files, value["id"]),
            emotion=value["emotion"],
        )


def _require_no_near_miss(path: Path, columns: list[str]) -> None:
    """Rejects an unknown column that looks like a missing known one; other unknown columns are ignored."""
    for column in set(columns) - set(HEADER_COLUMNS):
        for known in set(HEADER_COLUMNS) - set(columns):
            if column.startswith(known) or difflib.get_close_matches(column, [known], cutoff=0.65):
                raise UserError(
                    f"The header of {path} has a column {column!r}. If it is meant to be {known}, rename "
                    "it; if not, give it a name that is less similar. The columns that are read are "
                    f"{', '.join(HEADER_COLUMNS)}, separated by |; others are ignored."
                )


def vctk_rows(root: Path, language: str) -> Iterator[Row]:
    """`wav48*/pXXX/pXXX_NNN.wav` (or `_mic1.flac`) with `txt/pXXX/pXXX_NNN.txt`; always in English."""
    del language
    files: dict[str, Path] = {}
    for folder in _vctk_audio_folders(root):
        files |= _audio_files(folder)
    for path in sorted((root / "txt").glob("*/*.txt")):
        speaker, name = path.parent.name, path.stem
        takes = (f"{speaker}/{name}{microphone}" for microphone in ("", "_mic1", "_mic2"))
        audio = next((files[take] for take in takes if take in files), None)
        yield Row(name, speaker, "en", " ".join(read_lines(path)).strip(), "", audio)


def common_voice_rows(root: Path, language: str) -> Iterator[Row]:
    """Rows of `validated.tsv`, else of the train, dev and test tables, else of any; audio in `clips/`."""
    files = _audio_files(root / "clips")
    for table in _common_voice_tables(root):
        for row in csv.DictReader(read_lines(table), delimiter="\t", quoting=csv.QUOTE_NONE):
            name = row["path"] or ""
            text, speaker = row["sentence"] or "", row["client_id"] or "unknown"
            yield Row(Path(name).stem, speaker, row.get("locale") or language, text, "", _file(files, name))


def _common_voice_tables(root: Path) -> list[Path]:
    tables = {path.stem: path for path in sorted(root.glob("*.tsv")) if _is_clip_table(path)}
    tables.pop("invalidated", None)
    if "validated" in tables:
        return [tables["validated"]]
    named = [tables[name] for name in ("train", "dev", "test") if name in tables]
    return named or list(tables.values())


def _is_clip_table(path: Path) -> bool:
    lines = read_lines(path)
    return bool(lines) and {"client_id", "path", "sentence"} <= set(lines[0].split("\t"))


def _vctk_audio_folders(root: Path) -> list[Path]:
    return [path for path in sorted(root.glob("wav48*")) if path.is_dir()]


def _audio_files(folder: Path) -> dict[str, Path]:
    """Audio files below a folder, by relative path with and without suffix."""
    files: dict[str, Path] = {}
    for path in files_below(folder):
        if path.suffix.lower() in AUDIO_SUFFIXES:
            name = path.relative_to(folder)
            files[name.as_posix()] = path
            files.setdefault(name.with_suffix("").as_posix(), path)
    return files


def _file(files: dict[str, Path], name: str) -> Path | None:
    key = name.removeprefix("wavs/").removeprefix("clips/")
    return files.get(key)


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, sorted. Links to folders are followed, except into a containing folder."""
    return sorted(_walk(folder, ())) if folder.is_dir() else []


def _walk(folder: Path, above: tuple[str, ...]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walk(folder / entry.name, (*above, real))
            else:
                yield folder / entry.name


def read_lines(path: Path) -> list[str]:
    """Lines of a UTF-8 file without line ends; `UserError` says which is not UTF-8 and what it may be."""
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
        broken = content.index(0) if b"\0" in content else None
    except UnicodeDecodeError as error:
        text, broken = "", error.start
    if broken is None:
        return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    number = content[:broken].count(b"\n") + 1
    wide = b"\0" in content or content.startswith((b"\xff\xfe", b"\xfe\xff"))
    guess = "UTF-16" if wide else "Latin-1 or Windows-1252"
    source = "UTF-16" if wide else "WINDOWS-1252"
    raise UserError(
        f"{path} is not UTF-8 text (line {number}, byte {broken}): it may be {guess}. Save it as UTF-8 in an "
        f"editor, or with `iconv -f {source} -t UTF-8 {path.name} > new.csv`."
    )


LAYOUTS = (
    Layout(
        "LJSpeech (wavs/ and metadata.csv with id|text, id|text|normalized or a header naming its columns)",
        lambda root: (root / "metadata.csv").is_file() and (root / "wavs").is_dir(),
        ljspeech_rows,
    ),
    Layout(
        "VCTK (wav48*/SPEAKER/ and txt/SPEAKER/)",
        lambda root: bool(_vctk_audio_folders(root)) and (root / "txt").is_dir(),
        vctk_rows,
    ),
    Layout(
        "Common Voice (validated.tsv and clips/)",
        lambda root: (root / "clips").is_dir() and bool(_common_voice_tables(root)),
        common_voice_rows,
    ),
)
