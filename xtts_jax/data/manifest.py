"""The manifest of a corpus folder: its utterances, and the unusable rows with the reasons."""

from collections.abc import Iterable
from pathlib import Path

from xtts_jax.data.collection import COLLECTION
from xtts_jax.data.layouts import LAYOUTS, RECORDINGS, Layout
from xtts_jax.data.rows import EMOTIONS, Manifest, Row, Skipped, Utterance, counted
from xtts_jax.errors import UserError
from xtts_jax.text.languages import LANGUAGES, language_code, similar_language

__all__ = ["Manifest", "Skipped", "Utterance", "emotion_name", "read_manifest", "recognise"]


def read_manifest(root: Path, language: str, *, text_needed: bool) -> Manifest:
    """The manifest of a corpus in any known layout, recognized by its files.

    `language` is for rows that have none. Where no text is needed, a folder of recordings without any table
    will do. Raises `UserError` if the folder is missing, its layout is unknown, or no row can be used.
    """
    root = Path(root).expanduser()
    listing = recognise(root, text_needed=text_needed).read(root, language)
    return _checked(root, listing.rows, text_needed)


def recognise(root: Path, *, text_needed: bool = True) -> Layout:
    """The layout of a corpus folder; `UserError` if the folder is missing or its layout is unknown."""
    if root.is_file():
        raise UserError(f"{root} is a file. Give the corpus folder that contains it ({root.parent}).")
    if not root.is_dir():
        raise UserError(f"There is no corpus folder {root}. Set data.root to the folder of your recordings.")
    layouts = (COLLECTION, *LAYOUTS) if text_needed else (COLLECTION, *LAYOUTS, RECORDINGS)
    for layout in layouts:
        if layout.found(root):
            return layout
    if next(root.rglob("*.parquet"), None):
        raise UserError(
            f"{root} has its recordings in Parquet files, as ManaTTS and other data sets of Hugging Face do. "
            f"Unpack them with `python tools/unpack_parquet.py {root} --out FOLDER` (after `pip install "
            "pyarrow`), and use that folder."
        )
    names = "; ".join(layout.description for layout in layouts)
    found = ", ".join(sorted(path.name for path in root.iterdir())[:12])
    if RECORDINGS.found(root):
        raise UserError(
            f"{root} holds recordings, but no table of what they say. Write a metadata.csv with a line "
            f"id|text for each (docs/data.md), or let a recognizer do it: `xtts-jax label --data.root {root} "
            "--out FOLDER`."
        )
    raise UserError(
        f"{root} has no known corpus layout. Arrange its files in one of these layouts, described in "
        f"docs/data.md: {names}. The folder contains: {found or 'nothing'}."
    )


def _checked(root: Path, rows: Iterable[Row], text_needed: bool) -> Manifest:
    utterances: dict[str, Utterance] = {}
    skipped = []
    for row in rows:
        language = language_code(row.language)
        if reason := _complaint(row, language, utterances, text_needed):
            skipped.append(Skipped(row.id, reason))
        elif row.audio is not None:
            utterances[row.id] = Utterance(
                row.id, row.speaker, language, row.text, row.phonemes, row.audio, emotion_name(row.emotion)
            )
    if not utterances:
        why = counted(skipped) or "its metadata has no rows"
        raise UserError(
            f"No row of {root} can be used: {why}. Fix the metadata; `xtts-jax doctor {root}` says more."
        )
    return Manifest(tuple(sorted(utterances.values(), key=lambda u: u.id)), tuple(skipped))


def _complaint(row: Row, language: str, seen: dict[str, Utterance], text_needed: bool) -> str:
    if row.complaint:
        return row.complaint
    if row.id in seen:
        return "its id occurs twice"
    if text_needed and not row.text.strip() and not row.phonemes.strip():
        return "no text"
    if language not in LANGUAGES:
        return f"unknown language {row.language!r}.{similar_language(row.language)}".rstrip(".")
    if emotion_name(row.emotion) not in ("", *EMOTIONS):
        names = ", ".join(EMOTIONS)
        return f"unknown emotion {row.emotion!r}: row {row.id} of metadata.csv has it; known are {names}"
    if row.audio is None:
        return "no audio file" + (f": {row.id} may mean {row.meant}" if row.meant else "")
    return ""


def emotion_name(label: str) -> str:
    """The label in the spelling of EMOTIONS, whether or not it is one of them."""
    return label.strip().lower()
