"""The data that the checks use: all rows, and the headers, samples and symbols of all or some clips."""

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.audio_files import files_below, is_recording
from xtts_jax.data.collection import COLLECTION, corpora
from xtts_jax.data.doctor.recordings import Recording, Sound, identical, listen, probe
from xtts_jax.data.layouts import Layout
from xtts_jax.data.manifest import recognise
from xtts_jax.data.rows import Row
from xtts_jax.data.settings import require_language
from xtts_jax.errors import UserError
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.languages import LANGUAGES, language_code
from xtts_jax.text.lexicon import read_lexicon

_THREADS = 4  # reading waits for the disk, and libsndfile runs without the GIL
_SEED = 0

T = TypeVar("T")


class Spoken(NamedTuple):
    symbols: str  # output of the front end
    complaint: str = ""  # why there is none


class Clip(NamedTuple):
    """A row and what is known about it; None for what was not or could not be examined."""

    row: Row
    language: str  # in the form of the language table
    recording: Recording | None
    sound: Sound | None
    spoken: Spoken | None

    @property
    def text(self) -> str:
        return self.row.text.strip() or self.row.phonemes.strip()


class Survey(NamedTuple):
    root: Path
    layout: str
    columns: tuple[str, ...]  # what each column of the metadata was read as
    clips: tuple[Clip, ...]  # in the order of the metadata
    files: tuple[str, ...]  # all files, relative to the root; in a collection, prefixed with the corpus
    unlisted: dict[str, Path]  # audio files without a row, by name
    identical: tuple[tuple[Path, ...], ...]  # files with the same bytes
    needs_text: bool

    @property
    def named(self) -> int:
        """The number of rows that have a recording."""
        return sum(clip.row.audio is not None for clip in self.clips)

    @property
    def probed(self) -> list[tuple[Clip, Recording]]:
        return [(clip, clip.recording) for clip in self.clips if clip.recording]

    @property
    def readable(self) -> list[tuple[Clip, Recording]]:
        return [(clip, recording) for clip, recording in self.probed if not recording.complaint]

    @property
    def heard(self) -> list[tuple[Clip, Sound]]:
        return [(clip, clip.sound) for clip in self.clips if clip.sound]

    @property
    def spoken(self) -> list[tuple[Clip, Spoken]]:
        return [(clip, clip.spoken) for clip in self.clips if clip.spoken]


def survey(root: Path, config: Config, most_probed: int | None, most_heard: int | None) -> Survey:
    """Examines a corpus in any known layout: all rows, and at most that many headers and recordings.

    These are drawn with a fixed seed; None means all. Raises `UserError` like `read_manifest` for the
    folder, its layout and its tables, for an unknown language, and if the configured front end cannot run.
    """
    require_language(config)
    layout = recognise(root)
    listing = layout.read(root, config.data.language)
    rows = list(listing.rows)
    order = np.random.default_rng(_SEED).permutation(len(rows)).tolist()
    recordings = _probe(rows, order[:most_probed])
    readable = [i for i in order if i in recordings and not recordings[i].complaint]
    sounds = _listen(rows, readable[:most_heard], config.data.trim_db)
    spoken = _speak(rows, [i for i in order[:most_probed] if can_be_spoken(rows[i])][:most_heard], config)
    clips = tuple(
        Clip(row, language_code(row.language), recordings.get(i), sounds.get(i), spoken.get(i))
        for i, row in enumerate(rows)
    )
    sizes = {clip.row.audio: clip.recording.bytes for clip in clips if clip.recording and clip.row.audio}
    same = identical({path: size for path, size in sizes.items() if size})
    files = _files(root, layout)
    return Survey(
        root=root,
        layout=layout.description,
        columns=listing.columns,
        clips=clips,
        files=tuple(files),
        unlisted=_unlisted(files, rows),
        identical=tuple(map(tuple, same)),
        needs_text=needs_text(config),
    )


def needs_text(config: Config) -> bool:
    return config.data.frontend != "none"


def _probe(rows: list[Row], chosen: list[int]) -> dict[int, Recording]:
    paths = {i: path for i in chosen if (path := rows[i].audio)}
    return dict(zip(paths, _in_threads(probe, list(paths.values())), strict=True))


def _listen(rows: list[Row], chosen: list[int], trim_db: float) -> dict[int, Sound]:
    paths = {i: path for i in chosen if (path := rows[i].audio)}
    sounds = _in_threads(lambda path: listen(path, trim_db), list(paths.values()))
    return dict(zip(paths, sounds, strict=True))


def _in_threads(look: Callable[[Path], T], paths: Sequence[Path]) -> list[T]:
    with ThreadPoolExecutor(_THREADS) as pool:
        return list(pool.map(look, paths))


def can_be_spoken(row: Row) -> bool:
    return bool(row.text.strip() or row.phonemes.strip()) and language_code(row.language) in LANGUAGES


def _speak(rows: list[Row], chosen: list[int], config: Config) -> dict[int, Spoken]:
    if not needs_text(config):
        return {}
    lexicon = config.data.lexicon
    words = read_lexicon(Path(lexicon).expanduser()) if lexicon else {}
    frontend = Frontend(config.data.frontend, words, config.data.ezafe)
    frontend("a", "en")  # raises if the front end cannot run, instead of a complaint for every row
    return {i: _spoken(rows[i], frontend) for i in chosen}


def _spoken(row: Row, frontend: Frontend) -> Spoken:
    try:
        return Spoken(frontend(row.text, language_code(row.language), row.phonemes or None))
    except UserError as error:
        return Spoken("", str(error))


def _files(root: Path, layout: Layout) -> dict[str, Path]:
    """Every file of the corpus, or of the corpora of a collection, by the name to display."""
    folders = {"": root}
    if layout is COLLECTION:
        folders = {f"{corpus.name}/": corpus.folder for corpus in corpora(root)}
    return {
        prefix + path.relative_to(folder).as_posix(): path
        for prefix, folder in folders.items()
        for path in files_below(folder)
    }


def _unlisted(files: dict[str, Path], rows: list[Row]) -> dict[str, Path]:
    """Audio files without a row, except second microphones and files that other tables list."""
    listed = {os.path.realpath(row.audio) for row in rows if row.audio}
    elsewhere = _named_in_tables(files.values())
    left: dict[str, str] = {}  # by real path: a file with two names counts once
    for name, path in files.items():
        if is_recording(path) and path.name not in elsewhere:
            left.setdefault(os.path.realpath(path), name)
    return {name: files[name] for real, name in left.items() if not {real, _first_microphone(real)} & listed}


def _first_microphone(path: str) -> str:
    stem, suffix = os.path.splitext(path)
    return f"{stem.removesuffix('_mic2')}_mic1{suffix}" if stem.endswith("_mic2") else path


def _named_in_tables(files: Iterable[Path]) -> set[str]:
    """Every field of Common Voice's tables, some of which list rejected clips."""
    tables = (path for path in files if path.suffix == ".tsv")
    lines = (line for table in tables for line in table.read_text("utf-8", "replace").split("\n"))
    return {field for line in lines for field in line.split("\t")}
