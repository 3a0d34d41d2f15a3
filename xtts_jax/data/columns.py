"""What the columns of a table are: as its header names them, or as their contents show."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xtts_jax.data.contents import (
    EMOTION,
    FLAG,
    GENDER,
    INTEGER,
    LANGUAGE,
    MEASURE,
    NOTHING,
    PHONEMES,
    WORDS,
    is_label,
    kind_of,
    resemble,
)  # fmt: skip
from xtts_jax.errors import UserError

NAMES = {  # role -> how headers name it, the usual name first
    "id": (
        "id", "file_name", "filename", "file", "file_path", "filepath", "path", "audio", "audio_file",
        "audio_path", "audio_filepath", "wav", "wav_file", "wav_filename", "wav_path", "clip", "utterance_id",
        "utt_id", "audio_filename", "fname",
    ),
    "text": (
        "text", "sentence", "transcription", "transcript", "raw_text", "raw_transcription", "original_text",
        "text_original",
    ),
    "normalized": (
        "normalized", "normalised", "normalized_text", "normalised_text", "text_normalized",
        "text_normalised", "normalized_transcription", "clean_text",
    ),
    "speaker": ("speaker", "speaker_name", "speaker_id", "spk", "spk_id", "sid", "client_id"),
    "language": ("language", "lang", "locale", "language_code", "lang_code", "language_id", "lang_id"),
    "phonemes": ("phonemes",),
    "emotion": ("emotion",),
}  # fmt: skip
_SAID = ("text", "normalized", "phonemes")
_MEANINGS = {"id": "recording", "normalized": "normalized text"}
_COUNTED = {"speaker": "name", "language": "tag", "emotion": "name"}
_SMALLEST_MEASURE = 1000  # integers after the text from here on are samples or bytes, not speakers
_SHOWN = 3
_MISSING = ("nan", "NaN", "<NA>", "#N/A", "NULL")  # how programs write that there is no value


class Columns(NamedTuple):
    places: dict[str, int]  # role -> column
    count: int

    def value(self, role: str, cells: Sequence[str]) -> str:
        value = cells[self.places[role]] if role in self.places else ""
        return "" if value in _MISSING and role != "id" else value

    @property
    def texts(self) -> list[int]:
        """The columns in which a delimiter may be part of a text, in order."""
        return sorted(self.places[role] for role in ("text", "normalized") if role in self.places)


def header_names(cells: Sequence[str]) -> list[str]:
    return [cell.strip(' "').casefold().replace(" ", "_").replace("-", "_") for cell in cells]


def is_header(cells: Sequence[str]) -> bool:
    """Whether a first row names columns: the one of the recordings, or at least two others."""
    names = header_names(cells)
    known = [name for names_of_role in NAMES.values() for name in names_of_role if name in names]
    return any(name in NAMES["id"] for name in known) or len(known) > 1


def names_any(header: Sequence[str]) -> bool:
    """Whether the name of any column is known."""
    return not {name for known in NAMES.values() for name in known}.isdisjoint(header_names(header))


def is_telling(header: Sequence[str]) -> bool:
    """Whether a header names the text and something else, so that columns of other names are not needed."""
    names = header_names(header)
    roles = {role for role, known in NAMES.items() if not set(known).isdisjoint(names)}
    return len(roles) > 1 and not roles.isdisjoint(_SAID)


def named_columns(path: Path, header: Sequence[str], recordings: Sequence[float]) -> Columns:
    """The columns that a header names; `recordings`: the share of each column that names a recording."""
    names = header_names(header)
    _require_no_near_miss(path, names)
    places = {
        role: next(names.index(name) for name in known if name in names)
        for role, known in NAMES.items()
        if role != "id" and not set(known).isdisjoint(names)
    }
    candidates = [names.index(name) for name in NAMES["id"] if name in names]
    free = candidates or [i for i in range(len(names)) if i not in places.values()] or [0]
    return Columns({"id": max(free, key=lambda i: recordings[i]), **places}, len(names))


def completed_columns(named: Columns, rows: Sequence[Sequence[str]]) -> Columns:
    """Those that a header names, and what the contents of the others show if that is clear."""
    values = {i: [row[i] for row in rows] for i in range(named.count) if i not in named.places.values()}
    places = dict(named.places)
    if set(places).isdisjoint(_SAID):
        places |= _texts(values)
    for i, column in values.items():
        role = _role(column, i, places["id"], places.get("text", -1))
        if i not in places.values() and role != "unclear":
            places.setdefault(role, i)
    places.pop("", None)
    return Columns(places, named.count)


def _require_no_near_miss(path: Path, names: Sequence[str]) -> None:
    """Rejects an unknown column that looks like a missing known one; other unknown columns are ignored."""
    every = {name for known in NAMES.values() for name in known}
    missing = [role for role, known in NAMES.items() if role != "id" and set(known).isdisjoint(names)]
    for column in sorted(set(names) - every):
        for role in missing:
            if column.startswith(role) or difflib.get_close_matches(column, [role], cutoff=0.65):
                raise UserError(
                    f"The header of {path} has a column {column!r}. If it is meant to be {role}, rename "
                    "it; if not, give it a name that is less similar. The columns that are read are "
                    f"{', '.join(NAMES)}; others are ignored."
                )


def recognized_columns(path: Path, rows: Sequence[Sequence[str]], recordings: Sequence[float]) -> Columns:
    """The columns of a table without header; `UserError` if one could be read in several ways.

    rows: those with the usual number of fields. recordings: as in `named_columns`.
    """
    count = len(recordings)
    audio = max(range(count), key=lambda i: recordings[i])
    values = {i: [row[i] for row in rows] for i in range(count) if i != audio}
    if count == 2 and kind_of(values[1 - audio]) != PHONEMES:
        return Columns({"id": audio, "text": 1 - audio}, count)
    places = {"id": audio, **_texts(values)}
    others = [i for i in values if i not in places.values()]
    for i in sorted(others, key=lambda i: kind_of(values[i]) == GENDER):
        role = _role(values[i], i, audio, places.get("text", -1))
        is_id = all(Path(row[audio]).stem in row[i] for row in rows)
        if role == "unclear" and (is_id or _is_known_gender(values[i], places)):
            continue
        if role == "unclear" or role in places:
            raise _unclear(path, places, i, values[i], count)
        if role:
            places[role] = i
    if "text" not in places and count > 1:
        raise _unclear(path, places, *next(iter(values.items())), count)
    return Columns(places, count)


def _texts(values: Mapping[int, Sequence[str]]) -> dict[str, int]:
    """The column with the longest and most different words, and the last one that says the same."""
    worded = [i for i, column in values.items() if kind_of(column) == WORDS]
    if not worded:
        return {}
    longest = max(worded, key=lambda i: sum(map(len, set(values[i]))))
    if len(worded) > 1 and is_label(values[longest]):
        return {}
    same = [i for i in worded if i == longest or resemble(values[i], values[longest])]
    return {"text": same[0]} | ({"normalized": same[-1]} if len(same) > 1 else {})


def _role(column: Sequence[str], i: int, audio: int, text: int) -> str:
    """The role of a column that is not a text; "" if it has none, "unclear" if it may have several."""
    kind = kind_of(column)
    if kind in (NOTHING, MEASURE, FLAG):
        return ""
    if kind in (LANGUAGE, EMOTION):
        return kind
    if kind == INTEGER:
        return _role_of_integers(column, i, audio, text)
    is_name = is_label(column) or (len(set(column)) < len(column) and audio < i < text)
    return "speaker" if is_name and kind not in (GENDER, PHONEMES) else "unclear"


def _is_known_gender(column: Sequence[str], places: Mapping[str, int]) -> bool:
    """Whether a column has genders that tell no voices apart: one, or those of named speakers."""
    return kind_of(column) == GENDER and ("speaker" in places or len(set(column)) == 1)


def _role_of_integers(column: Sequence[str], i: int, audio: int, text: int) -> str:
    """Speakers where lists have them, between recording and text; behind it, they may count anything."""
    if i < audio or (i > text and min(map(int, filter(None, column))) >= _SMALLEST_MEASURE):
        return ""
    repeated = len(set(column)) < len(column)
    return "speaker" if len(set(column)) == 1 or (i < text and repeated) else "unclear"


def _unclear(path: Path, places: Mapping[str, int], i: int, column: Sequence[str], count: int) -> UserError:
    roles = {place: role for role, place in places.items()}
    header = "|".join(roles.get(place, "?" if place == i else "...") for place in range(count))
    return UserError(
        f"{path} has no header, and column {i + 1} ({_examples(column)}) could be several things. Name the "
        f"columns in a first line, such as {header}: the names {', '.join(NAMES)} are read, others "
        "are ignored."
    )


def described(columns: Columns, rows: Sequence[Sequence[str]], names: Sequence[str]) -> Iterator[str]:
    """What each column was read as, with the speakers, languages and emotions in it; `names`: the header."""
    roles = {place: role for role, place in columns.places.items()}
    for i in range(columns.count):
        if i not in roles:
            title = f" ({names[i]})" if names and names[i] else ""
            yield f"column {i + 1}{title} not read: {_examples([row[i] for row in rows])}"
            continue
        what = _MEANINGS.get(roles[i], roles[i])
        yield f"column {i + 1} read as {what}{_counted(roles[i], [row[i] for row in rows if row[i]])}"


def _counted(role: str, values: Sequence[str]) -> str:
    if role not in _COUNTED or not values:
        return ""
    distinct = len(set(values))
    return f": {distinct} {_COUNTED[role]}{'' if distinct == 1 else 's'} ({_examples(values)})"


def _examples(values: Sequence[str]) -> str:
    distinct = list(dict.fromkeys(filter(None, values)))
    shown = [value if len(value) <= 24 else f"{value[:23]}…" for value in distinct[:_SHOWN]]
    return ", ".join([*shown, *(["..."] if len(distinct) > _SHOWN else [])]) or "empty"
