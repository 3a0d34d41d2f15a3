"""Text files as rows of fields, whatever separates them."""

import csv
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from xtts_jax.data.encodings import decoded
from xtts_jax.errors import UserError

DELIMITERS = {"|": "|", "\t": "a tab", ",": "a comma", ";": "a semicolon"}
IN_SENTENCES = (",", ";")  # tables with these are CSV, in which a field may be quoted
_LONGEST_FIELD = 5  # lines; a longer one means that a quote was not closed
_ENOUGH, _ENOUGH_OF_CSV = 0.25, 0.1  # shares of rows; half of all sentences have a comma
_NAMED_DELIMITER = re.compile(r'"?sep=([,;|\t])"?[,;|\s]*', re.IGNORECASE)
_PATHS = ("path", "file_name", "filename")  # keys, where a recording is an object
_JSON = (".jsonl", ".json")


class Table(NamedTuple):
    path: Path
    delimiter: str  # empty for JSON lines, whose first row has their keys
    rows: list[list[str]]  # fields as they are written, with the spaces around them


def read_table(path: Path, language: str = "") -> Table:
    """The rows of a file of JSON lines, or of a table with the delimiter that most of its lines have.

    A first line `sep=;`, as spreadsheets read it, names the delimiter. language: as in `decoded`.
    """
    lines = [line for line in read_lines(path, language) if line.strip()]
    if path.suffix.lower() in _JSON:
        return Table(path, "", _json_rows(path, lines))
    named = _NAMED_DELIMITER.fullmatch(lines[0]) if lines else None
    lines = lines[1:] if named else lines
    delimiter = named[1] if named else _delimiter(lines)
    if delimiter in IN_SENTENCES:
        return Table(path, delimiter, _quoted(lines, delimiter))
    return Table(path, delimiter, [line.split(delimiter) for line in lines])


def _delimiter(lines: Sequence[str]) -> str:
    """|, if most lines have it; else that of the first line which gives most lines one number of fields."""
    if not lines or 2 * sum("|" in line for line in lines) > len(lines):
        return "|"
    found = [sign for sign in DELIMITERS if sign in lines[0]]
    return max(found, key=lambda sign: _regularity([line.split(sign) for line in lines]), default="|")


def _regularity(rows: Sequence[Sequence[str]]) -> int:
    """The number of rows that have the usual number of fields, 0 if that is one."""
    usual = usual_count(rows)
    return sum(len(row) == usual for row in rows) if usual > 1 else 0


def _quoted(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The rows of a CSV table. A quoted field may have several lines, unless a quote is never closed."""
    try:
        rows = list(csv.reader([f"{line}\n" for line in lines], delimiter=delimiter))
    except csv.Error:
        rows = []
    if not rows or any(field.count("\n") >= _LONGEST_FIELD for row in rows for field in row):
        rows = [next(csv.reader([line], delimiter=delimiter)) for line in lines]
    return rows


def _json_rows(path: Path, lines: Sequence[str]) -> list[list[str]]:
    objects = [_json_object(path, number, line) for number, line in enumerate(lines, 1)]
    keys = list(dict.fromkeys(key for values in objects for key in values))
    return [keys, *([_field(values.get(key)) for key in keys] for values in objects)] if keys else []


def _json_object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except ValueError:
        values = None
    if isinstance(values, dict):
        return values
    raise UserError(
        f"Line {number} of {path} is not a JSON object: {line.strip()[:60]!r}. Write one on each line."
    )


def _field(value: Any) -> str:
    if isinstance(value, dict):
        value = next((value[key] for key in _PATHS if isinstance(value.get(key), str)), None)
    return "" if value is None or isinstance(value, list) else str(value)


def unquoted(field: str) -> str:
    """A field without spaces around it, and without the quotes that programs put around some fields."""
    field = field.strip()
    inner = field[1:-1].replace('""', "")
    if len(field) > 1 and field[0] == field[-1] == '"' and '"' not in inner:
        return field[1:-1].replace('""', '"').strip()
    return field


def usual_count(rows: Sequence[Sequence[str]]) -> int:
    """The number of fields that most rows have; the smaller one if two are equally frequent."""
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda count: (counts[count], -count))


def column_count(rows: Sequence[Sequence[str]], delimiter: str) -> int:
    """The smallest number of fields that enough rows have: in the others, texts contain the delimiter."""
    counts = Counter(len(row) for row in rows)
    enough = (_ENOUGH_OF_CSV if delimiter in IN_SENTENCES else _ENOUGH) * len(rows)
    return min(
        (count for count in counts if count > 1 and counts[count] >= enough), default=usual_count(rows)
    )


def read_lines(path: Path, language: str = "") -> list[str]:
    """Lines of a UTF-8 file without line ends; `UserError` if it is not UTF-8, as `decoded` explains."""
    return decoded(path, language).replace("\r\n", "\n").replace("\r", "\n").split("\n")
