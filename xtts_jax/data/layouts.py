"""The corpus layouts: how each is recognised, and its rows."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from xtts_jax.errors import UserError

AUDIO_SUFFIXES = (".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif", ".au", ".caf", ".w64")
HEADER_COLUMNS = ("id", "speaker", "language", "text", "phonemes")


class Utterance(NamedTuple):
    id: str
    speaker: str
    language: str
    text: str
    phonemes: str  # overrides the front end where not empty
    audio: Path


class Skipped(NamedTuple):
    id: str
    reason: str


class Manifest(NamedTuple):
    utterances: tuple[Utterance, ...]  # sorted by id
    skipped: tuple[Skipped, ...]


class Row(NamedTuple):
    """A row as found: nothing about it is checked yet."""

    id: str
    speaker: str
    language: str
    text: str
    phonemes: str
    audio: Path | None
    complaint: str = ""


class Layout(NamedTuple):
    description: str
    found: Callable[[Path], bool]
    rows: Callable[[Path, str], Iterator[Row]]


def ljspeech_rows(root: Path, language: str) -> Iterator[Row]:
    """`id|text|normalized` without a header, or a header that names its columns (in any order)."""
    path = root / "metadata.csv"
    lines = [line for line in _read_lines(path) if line.strip()]
    if not lines:
        raise UserError(f"{path} is empty. It should have a line `id|text` for each recording.")
    files = _audio_files(root / "wavs")
    columns = [name.strip().lower() for name in lines[0].split("|")]
    if "id" in columns:
        yield from _header_rows(path, columns, lines[1:], files, language)
        return
    for line in lines:
        fields = [field.strip() for field in line.split("|")]
        if len(fields) not in (2, 3):
            complaint = f"its line in metadata.csv has {len(fields)} fields, not 2 or 3"
            yield Row(fields[0], root.name, language, "", "", None, complaint)
            continue
        text = fields[-1] or fields[1]
        yield Row(fields[0], root.name, language, text, "", _file(files, fields[0]))


def _header_rows(
    path: Path, columns: list[str], lines: list[str], files: dict[str, Path], language: str
) -> Iterator[Row]:
    if unknown := set(columns) - set(HEADER_COLUMNS):
        raise UserError(
            f"{path} has a header with unknown columns: {', '.join(sorted(unknown))}. "
            f"Columns are {', '.join(HEADER_COLUMNS)}, separated by |."
        )
    for line in lines:
        fields = [field.strip() for field in line.split("|")]
        if len(fields) != len(columns):
            complaint = f"its line in metadata.csv has {len(fields)} fields, the header {len(columns)}"
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
        )


def vctk_rows(root: Path, language: str) -> Iterator[Row]:
    """`wav48*/pXXX/pXXX_NNN.wav` (or `_mic1.flac`) beside `txt/pXXX/pXXX_NNN.txt`; always English."""
    del language
    files: dict[str, Path] = {}
    for folder in _vctk_audio_folders(root):
        files |= _audio_files(folder)
    for path in sorted((root / "txt").glob("*/*.txt")):
        speaker, name = path.parent.name, path.stem
        takes = (f"{speaker}/{name}{microphone}" for microphone in ("", "_mic1", "_mic2"))
        audio = next((files[take] for take in takes if take in files), None)
        yield Row(name, speaker, "en", " ".join(_read_lines(path)).strip(), "", audio)


def common_voice_rows(root: Path, language: str) -> Iterator[Row]:
    """`validated.tsv` (else the train, dev and test lists, else any) with `clips/`."""
    files = _audio_files(root / "clips")
    for table in _common_voice_tables(root):
        for row in csv.DictReader(_read_lines(table), delimiter="\t", quoting=csv.QUOTE_NONE):
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
    lines = _read_lines(path)
    return bool(lines) and {"client_id", "path", "sentence"} <= set(lines[0].split("\t"))


def _vctk_audio_folders(root: Path) -> list[Path]:
    return [path for path in sorted(root.glob("wav48*")) if path.is_dir()]


def _audio_files(folder: Path) -> dict[str, Path]:
    """Audio files below a folder, by relative path with and without its suffix."""
    files: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_SUFFIXES:
            name = path.relative_to(folder)
            files[name.as_posix()] = path
            files.setdefault(name.with_suffix("").as_posix(), path)
    return files


def _file(files: dict[str, Path], name: str) -> Path | None:
    key = name.removeprefix("wavs/").removeprefix("clips/")
    return files.get(key)


def _read_lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 text (byte {error.start}). Save it as UTF-8.") from None


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
