"""The corpus layouts: how each is recognized and read."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from xtts_jax.data.audio_files import FOLDERS, AudioFiles, is_shadow, recordings_below
from xtts_jax.data.rows import Listing, Row
from xtts_jax.data.table_rows import own_tables, recording_tables, table_listing
from xtts_jax.data.tables import read_lines

_COMMON_VOICE = {"speaker": "client_id", "id": "path", "text": "sentence"}


class Layout(NamedTuple):
    description: str
    found: Callable[[Path], bool]
    read: Callable[[Path, str], Listing]  # from the folder, and the language for rows that have none


def _vctk(root: Path, language: str) -> Listing:
    """`wav48*/pXXX/pXXX_NNN.wav` (or `_mic1.flac`) with `txt/pXXX/pXXX_NNN.txt`; always in English."""
    del language
    return Listing(tuple(_vctk_rows(root)), ())


def _vctk_rows(root: Path) -> Iterator[Row]:
    texts = sorted((root / "txt").glob("*/*.txt"))
    takes = [
        files.find([f"{path.parent.name}/{path.stem}{microphone}" for path in texts])
        for microphone in ("", "_mic1", "_mic2")
        for files in map(AudioFiles, _vctk_audio_folders(root))
    ]
    for path, *found in zip(texts, *takes, strict=True):
        audio = next(filter(None, found), None)
        yield Row(path.stem, path.parent.name, "en", " ".join(read_lines(path)).strip(), "", audio)


def _vctk_audio_folders(root: Path) -> list[Path]:
    return [path for path in sorted(root.glob("wav48*"), reverse=True) if path.is_dir()]


def _common_voice(root: Path, language: str) -> Listing:
    """Rows of `validated.tsv`, else of the train, dev and test tables, else of any; audio in `clips/`."""
    files = AudioFiles(root)
    rows = [
        row
        for table in _common_voice_tables(root)
        for row in csv.DictReader(read_lines(table, language), delimiter="\t", quoting=csv.QUOTE_NONE)
    ]
    names = [row["path"] or "" for row in rows]
    found = files.find(names)
    meant = files.meant(names, found)
    listed = (
        Row(
            Path(name).stem,
            row["client_id"] or "unknown",
            row.get("locale") or language,
            row["sentence"] or "",
            "",
            path,
            meant="" if path else meant.get(name, ""),
        )
        for row, name, path in zip(rows, names, found, strict=True)
    )
    columns = (f"column {name} read as {role}" for role, name in _COMMON_VOICE.items())
    return Listing(tuple(listed), tuple(columns))


def _common_voice_tables(root: Path) -> list[Path]:
    tables = {path.stem: path for path in sorted(root.glob("*.tsv")) if _is_clip_table(path)}
    tables.pop("invalidated", None)
    tables = {name: path for name, path in tables.items() if _has_rows(path)} or tables
    if "validated" in tables:
        return [tables["validated"]]
    named = [tables[name] for name in ("train", "dev", "test") if name in tables]
    return named or list(tables.values())


def _is_clip_table(path: Path) -> bool:
    if is_shadow(path.name):
        return False
    lines = read_lines(path)
    return bool(lines) and {"client_id", "path", "sentence"} <= set(lines[0].split("\t"))


def _has_rows(path: Path) -> bool:
    return sum(bool(line.strip()) for line in read_lines(path)) > 1


def _recordings(root: Path, language: str) -> Listing:
    """Every audio file, by the speaker that its folder is named after, else all by one."""
    rows = []
    for path in recordings_below(root):
        name = path.relative_to(root)
        folder, *inner = name.as_posix().split("/")
        speaker = folder if inner and folder.lower() not in FOLDERS else root.resolve().name
        rows.append(Row(name.with_suffix("").as_posix(), speaker, language, "", "", path))
    return Listing(tuple(rows), ())


RECORDINGS = Layout(
    "recordings alone, in folders named after their speakers or all of one",
    lambda root: bool(recordings_below(root)),
    _recordings,
)
LAYOUTS = (
    Layout(
        "LJSpeech or another table (metadata.csv or metadata.jsonl, with or without a header)",
        lambda root: bool(own_tables(root)),
        table_listing,
    ),
    Layout(
        "VCTK (wav48*/SPEAKER/ and txt/SPEAKER/)",
        lambda root: bool(_vctk_audio_folders(root)) and (root / "txt").is_dir(),
        _vctk,
    ),
    Layout(
        "Common Voice (validated.tsv and clips/)",
        lambda root: (root / "clips").is_dir() and bool(_common_voice_tables(root)),
        _common_voice,
    ),
    Layout(
        "lists of recordings (metadata_train.csv, train.list, filelists/train.txt, train/metadata.csv)",
        lambda root: bool(recording_tables(root)),
        table_listing,
    ),
)
