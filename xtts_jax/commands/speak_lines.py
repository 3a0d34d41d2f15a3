"""What `xtts-jax speak` says: one text, or the lines of a file, each with the file that it goes to."""

import argparse
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtts_jax.data.encodings import decoded
from xtts_jax.errors import UserError

TEXTS, NUMBERS = (
    ("text", "out", "language", "speaker", "emotion", "words_language"),
    (
        "seed",
        "speed",
        "pitch",
        "energy",
        "strength",
        "colour",
    ),
)
TEXT_LISTS, NUMBER_LISTS = ("references", "words", "style_references"), ("shares", "style_weights")
SINGLE = {"reference": "references", "style_reference": "style_references"}  # one text for a list of one


STDOUT, NOWHERE = Path("-"), Path()


class Line(NamedTuple):
    """A text to speak, and its place in its file."""

    number: int
    text: str
    path: Path  # STDOUT for standard output, NOWHERE where none is given
    fields: Mapping[str, Any] = {}  # for this line alone: language, voice and delivery
    named_by: str = "--out"  # the option that gives the path, or the line and its field


def lines_of(options: argparse.Namespace) -> list[Line]:
    text, file = options.text, options.text_file
    if text is None and file is None and (options.save_voice or options.list_style_tokens):
        return []
    if (text is None) == (file is None):
        raise UserError("Give what to say either with --text or with --text-file.")
    if file is None:
        return [Line(1, str(text), options.path or NOWHERE)]
    try:
        texts = decoded(file, options.language or "").split("\n")
    except OSError as error:
        raise UserError(f"The text file {file} cannot be read ({error.strerror}). Check the path.") from error
    given = [(number, text) for number, text in enumerate(texts, start=1) if text.strip()]
    if not given:
        raise UserError(f"The text file {file} has no text in it. Write what to say, one text a line.")
    if file.suffix.lower() in (".jsonl", ".ndjson"):
        return _json_lines(file, given, options.path or NOWHERE)
    paths = numbered(options.path or NOWHERE, len(given))
    return [Line(number, text, path) for (number, text), path in zip(given, paths, strict=True)]


def numbered(path: Path, count: int) -> list[Path]:
    """`path` itself for one text; NAME-001.wav, NAME-002.wav, ... for more."""
    if path == NOWHERE or count == 1:
        return [path] * count
    return [path.with_stem(f"{path.stem}-{number:03d}") for number in range(1, count + 1)]


def _json_lines(file: Path, given: Sequence[tuple[int, str]], path: Path) -> list[Line]:
    lines = []
    for (number, line), usual in zip(given, numbered(path, len(given)), strict=True):
        where = f"Line {number} of {file}"
        fields = _fields(line, where)
        own = fields.pop("out", None)
        asked = Line(number, fields.pop("text"), usual, fields)
        lines.append(asked._replace(path=Path(own), named_by=f"{where}: out") if own else asked)
    _require_own_places(file, [line for line in lines if line.path != NOWHERE])
    return lines


def _require_own_places(file: Path, lines: Sequence[Line]) -> None:
    first: dict[str, int] = {}
    for line in lines:
        if (other := first.setdefault(os.path.abspath(line.path), line.number)) != line.number:
            raise UserError(
                f"Lines {other} and {line.number} of {file} would both be written to {line.path}. Give each "
                "its own out."
            )


def _fields(line: str, where: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise UserError(f'{where} is not JSON ({error}). Write {{"text": "..."}}.') from error
    if not isinstance(values, dict) or not isinstance(values.get("text"), str):
        raise UserError(f'{where} has no text. Write {{"text": "...", "speaker": "..."}}.')
    fields = {}
    for name, value in values.items():
        if value is None:
            continue
        if name in SINGLE and isinstance(value, str):
            name, value = SINGLE[name], [value]
        if wrong := _wrong(name, value):
            raise UserError(f"{where}: {wrong}")
        fields[name] = value
    return fields


def _wrong(name: str, value: Any) -> str:
    """What is wrong with a field, or ""."""
    known = [*TEXTS, *NUMBERS, *TEXT_LISTS, *NUMBER_LISTS, *SINGLE, "denoise"]
    if name not in known:
        return f"{name} is not a field. There are {', '.join(known)}."
    kinds = {
        "a text": (TEXTS + tuple(SINGLE), lambda: isinstance(value, str)),
        "a number": (NUMBERS, lambda: _is_number(value)),
        "a list of texts": (TEXT_LISTS, lambda: _is_list(value, lambda x: isinstance(x, str))),
        "a list of numbers": (NUMBER_LISTS, lambda: _is_list(value, _is_number)),
        "true or false": (("denoise",), lambda: isinstance(value, bool)),
    }
    (kind, fits), *_ = [(kind, fits) for kind, (names, fits) in kinds.items() if name in names]
    return "" if fits() else f"{name} must be {kind}, not {json.dumps(value, ensure_ascii=False)}."


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: Any, fits: Any) -> bool:
    return isinstance(value, list) and all(map(fits, value))
