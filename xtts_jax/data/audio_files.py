"""The audio files of a corpus, and which of them a name in its metadata means."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import takewhile
from pathlib import Path
from typing import TypeVar

from xtts_jax.data.near_names import AUDIO_SUFFIXES, UNREAD, loosely, misspelled

FOLDERS = ("wavs", "wav", "clips", "audio", "audios", "data")  # may be left out of names
_NEARLY_ALL = 0.9
T = TypeVar("T")
_OF_ONE_MACHINE = re.compile(
    r"[A-Za-z]:|[/~]|\.\.?/|.*\\"
)  # how names begin that are not relative to a corpus


class AudioFiles:
    """Finds files by their names as written on any system, in any folder, with or without suffix.

    Folders with which nearly all names of a table begin may be missing here, as after a corpus was copied.
    Case, Unicode composition and suffixes matter only where files differ in nothing else. Names that match
    no file so are compared `loosely` with the files that no other name of the table matches.
    """

    def __init__(self, root: Path) -> None:
        self._root, self._real_root = root, os.path.realpath(root)
        self._exact: dict[str, Path] = {}
        self._folded: dict[str, Path | None] = {}  # None: several recordings have this name
        files = files_below(root)
        audio = list(filter(is_recording, files))
        self._unread = [path for path in files if path.suffix.lower() in UNREAD]
        for path in sorted(audio, key=lambda path: AUDIO_SUFFIXES.index(path.suffix.lower())):
            self._add(path.relative_to(root).as_posix(), path)
        common = os.path.commonpath({os.path.dirname(name) for name in self._exact} or {""})
        self._inner = tuple(dict.fromkeys(["", *FOLDERS, common]))

    def _add(self, name: str, path: Path) -> None:
        self._exact[name] = path
        self._exact.setdefault(_stem(name), path)
        for key in {_fold(name), _fold(_stem(name))}:
            other = self._folded.setdefault(key, path)
            if other and _stem(other.name) != _stem(path.name):
                self._folded[key] = None

    def find(
        self, names: Sequence[str], beside: Path | None = None, *, exactly: bool = False
    ) -> list[Path | None]:
        """The file of each name of a table, or None.

        beside: the folder of the table. exactly: without comparing names `loosely`.
        """
        tails, folders = self._tails(names), self._folders(beside or self._root)
        found = [
            self._at(name) or next((path for tail in tails[name] if (path := self._in(folders, tail))), None)
            for name in names
        ]
        missing = dict.fromkeys(name for name, path in zip(names, found, strict=True) if not path)
        if exactly or not missing:
            return found
        taken = {path for path in found if path}
        nearly = {name: self._nearly(folders, tails[name]) for name in missing}
        claims = Counter(path for paths in nearly.values() for path in paths)
        sure = {name: paths[0] for name, paths in nearly.items() if len(paths) == 1}
        free = {name: path for name, path in sure.items() if path not in taken and claims[path] == 1}
        return [path or free.get(name) for name, path in zip(names, found, strict=True)]

    def meant(
        self, names: Sequence[str], found: Sequence[Path | None], beside: Path | None = None
    ) -> dict[str, str]:
        """For names without a file, the files below the root that may be meant, in words."""
        missing = [name for name, path in zip(names, found, strict=True) if not path]
        if not missing:
            return {}
        tails, folders = self._tails(names), self._folders(beside or self._root)
        nearly = {name: self._nearly(folders, tails[name]) for name in missing}
        unread = {loosely(self._relative(path)): path for path in self._unread}
        free = {*self._exact.values()} - {*found}
        others = [name for name, paths in nearly.items() if not paths]
        spelled = misspelled(others, sorted(map(self._relative, free)))
        converted = {
            name: f"{self._relative(path)}, which must be converted to WAV or FLAC"
            for name in others
            if (path := _first(unread, folders, tails[name]))
        }
        near = {name: " or ".join(map(self._relative, paths[:2])) for name, paths in nearly.items() if paths}
        return spelled | converted | near

    def _relative(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _tails(self, names: Sequence[str]) -> Mapping[str, list[str]]:
        """Each name, with and without the folders with which nearly all of its kind begin."""
        common = {
            kind: _common_folders([_parts(name) for name in names if _is_of_one_machine(name) == kind])
            for kind in (False, True)
        }
        return {name: _endings(_parts(name), common[_is_of_one_machine(name)]) for name in names}

    def _folders(self, beside: Path) -> list[str]:
        own = beside.relative_to(self._root).as_posix()
        joined = (
            os.path.normpath(f"{start}/{inner}" if inner else start)
            for start in (own, ".")
            for inner in self._inner
        )
        return ["" if folder == "." else f"{folder}/" for folder in dict.fromkeys(joined)]

    def _at(self, name: str) -> Path | None:
        """The file of an absolute path; below the root, if it is there."""
        name = os.path.expanduser(name)
        if not os.path.isabs(name):
            return None
        suffixes = ("",) if _stem(name) != name else AUDIO_SUFFIXES
        path = next((name + suffix for suffix in suffixes if os.path.isfile(name + suffix)), None)
        inside = os.path.relpath(os.path.realpath(path), self._real_root) if path else ""
        return Path(path) if path and inside.startswith("..") else self._exact.get(inside)

    def _in(self, folders: Sequence[str], name: str) -> Path | None:
        for folder in folders:
            if path := self._exact.get(folder + name):
                return path
        keys = (_fold(folder + each) for each in (name, _stem(name)) for folder in folders)
        return next((path for key in keys if (path := self._folded.get(key))), None)

    def _nearly(self, folders: Sequence[str], tails: Sequence[str]) -> list[Path]:
        return _first(self._loose, folders, tails) or []

    @cached_property
    def _loose(self) -> dict[str, list[Path]]:
        """Files by their loose names; only one of those that differ in their suffix."""
        stems = dict[str, Path]()
        for name, path in self._exact.items():
            stems.setdefault(_stem(name), path)
        found: dict[str, list[Path]] = {}
        for stem, path in stems.items():
            found.setdefault(loosely(stem), []).append(path)
        return found

    def id_of(self, name: str, path: Path | None, beside: Path) -> str:
        """The id of a row: the name, or the path below the root if the name is not relative to the root."""
        if path is None or (beside == self._root and not _is_of_one_machine(name)):
            return name
        inside = path.is_relative_to(self._root)
        return path.relative_to(self._root).as_posix() if inside else path.as_posix().lstrip("/")


def _is_of_one_machine(name: str) -> bool:
    return bool(_OF_ONE_MACHINE.match(name))


def _parts(name: str) -> list[str]:
    """Folders and name, without drive, and without `.` and `..`."""
    bare = re.sub(r"^[A-Za-z]:", "", name.strip().replace("\\", "/"))
    return [part for part in bare.split("/") if part not in ("", ".", "..")]


def _common_folders(names: Sequence[Sequence[str]]) -> list[str]:
    """The folders with which nearly all names begin."""
    begun, common = [parts[:-1] for parts in names], list[str]()
    while folders := Counter(parts[len(common)] for parts in begun if len(parts) > len(common)):
        folder, count = folders.most_common(1)[0]
        if count < _NEARLY_ALL * len(names):
            break
        begun = [parts for parts in begun if len(parts) > len(common) and parts[len(common)] == folder]
        common.append(folder)
    return common


def _first(files: Mapping[str, T], folders: Sequence[str], tails: Sequence[str]) -> T | None:
    """What a table of loose names has for the first of the tails in the first of the folders."""
    keys = (loosely(folder + tail) for tail in tails for folder in folders)
    return next((found for key in keys if (found := files.get(key))), None)


def _endings(parts: Sequence[str], common: Sequence[str]) -> list[str]:
    return ["/".join(parts[dropped:]) for dropped in range(_shared(parts, common) + 1)] if parts else []


def _shared(parts: Sequence[str], common: Sequence[str]) -> int:
    """How many of the common folders a name begins with."""
    pairs = zip(parts[:-1], common, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _stem(name: str) -> str:
    stem, suffix = os.path.splitext(name)
    return stem if suffix.lower() in AUDIO_SUFFIXES else name


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def files_below(folder: Path) -> list[Path]:
    """All files below a folder, sorted. Links to folders are followed, except into a containing folder."""
    return sorted(_walk(folder, ())) if folder.is_dir() else []


def recordings_below(folder: Path) -> list[Path]:
    """The audio files below a folder, sorted."""
    return list(filter(is_recording, files_below(folder)))


def is_recording(path: Path) -> bool:
    return path.suffix.lower() in AUDIO_SUFFIXES


def is_shadow(name: str) -> bool:
    """Whether a file has what macOS notes about another one, such as `._0000.wav`."""
    return name.startswith("._")


def _walk(folder: Path, above: tuple[str, ...]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walk(folder / entry.name, (*above, real))
            elif not is_shadow(entry.name):
                yield folder / entry.name
