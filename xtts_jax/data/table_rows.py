"""The rows of tables of recordings, whatever they are called and whichever columns they have."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from xtts_jax.data.audio_files import AudioFiles, is_shadow
from xtts_jax.data.columns import (
    NAMES,
    Columns,
    completed_columns,
    described,
    is_header,
    is_telling,
    named_columns,
    names_any,
    recognized_columns,
)
from xtts_jax.data.contents import are_forms_of_one, likeness, spells_out
from xtts_jax.data.rows import Listing, Row
from xtts_jax.data.tables import IN_SENTENCES, Table, column_count, read_table, unquoted, usual_count
from xtts_jax.data.voice_folders import folder_speakers
from xtts_jax.errors import UserError

_SURE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".list")
_SUFFIXES = (*_SURE_SUFFIXES, ".txt", ".json")
_GROUPS = (("metadata*",), ("*/metadata.*", "data/*/metadata.*"), ("*", "filelists/*"))
_MOST = 0.5  # the share of a column's values from which it is one of recordings
_SAMPLED = 200  # rows in which the column of the recordings is looked for
_TITLE = re.compile(r"[^\W\d]+(?:[ _-][^\W\d]+){0,2}")  # what may name a column
_SAME_TEXT = 0.6  # likeness of two forms of a text with delimiters in it
_NEARLY_ALL = 0.9
_SHOWN = 40  # characters of a line in a message
_FEW = 3  # rows, in which forms of a text can be alike by chance


class _Opened(NamedTuple):
    path: Path
    delimiter: str
    header: list[str]  # empty if there is none
    body: list[list[str]]
    shares: list[float]  # for each column, the share of values that name a recording

    @property
    def form(self) -> tuple[str, int]:
        return self.delimiter, len(self.shares)


class _Fitted(NamedTuple):
    cells: list[str]
    has_delimiter: bool  # in a text


def own_tables(root: Path) -> list[Path]:
    """`metadata.csv`, or the first other kind of it that is surely a table, or nothing."""
    paths = (root / f"metadata{suffix}" for suffix in _SURE_SUFFIXES)
    return [path for path in paths if path.is_file()][:1]


def recording_tables(root: Path) -> list[Path]:
    """`own_tables`, else all that begin with `metadata`, else those of the folders, else lists."""
    if own := own_tables(root):
        return own
    groups = [
        {path for pattern in group for path in root.glob(pattern) if _may_be_table(path)} for group in _GROUPS
    ]
    files = AudioFiles(root) if any(groups) else None
    lists = ([path for path in sorted(group) if files and _lists_recordings(path, files)] for group in groups)
    return next(filter(None, lists), [])


def _may_be_table(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and path.is_file() and not is_shadow(path.name)


def _lists_recordings(path: Path, files: AudioFiles) -> bool:
    try:
        table = read_table(path)
    except UserError:
        return False
    rows = table.rows
    return bool(rows) and usual_count(rows) > 1 and max(_shares(table, rows[1:] or rows, files)) > _MOST


def table_listing(root: Path, language: str) -> Listing:
    """The rows of all tables of a corpus; what several tables have in common counts once."""
    files = AudioFiles(root)
    tables = [_opened(path, files, language) for path in recording_tables(root)]
    rows: list[Row] = []
    columns: list[str] = []
    voices = folder_speakers(root, [table.path for table in tables])
    for table in tables:
        speaker = voices.get(table.path, root.name)
        listing = _listing(table, _columns(table, tables), speaker, files, language)
        earlier = set(rows)
        rows += [row for row in listing.rows if row not in earlier]
        prefix = f"{table.path.relative_to(root).as_posix()}: " if len(tables) > 1 else ""
        columns += [prefix + column for column in listing.columns]
        if speaker != root.name and not any("read as speaker" in column for column in listing.columns):
            columns.append(f"{prefix}its folder read as speaker: {speaker}")
    return Listing(tuple(rows), tuple(columns))


def _opened(path: Path, files: AudioFiles, language: str) -> _Opened:
    """A table whose first row is a header if it has known names, or names no recording while others do."""
    table = read_table(path, language)
    if not table.rows:
        raise UserError(f"{path} is empty. Write a line `id|text` for each recording.")
    first, folder = table.rows[0], path.parent
    shares = _shares(table, table.rows[1:] or table.rows, files)
    is_data = any(files.find([unquoted(field) for field in first], folder, exactly=True))
    titles = max(shares) > _MOST and all(_TITLE.fullmatch(unquoted(field)) for field in first)
    if is_data or not (is_header(first) or titles):
        return _Opened(path, table.delimiter, [], table.rows, shares)
    return _Opened(path, table.delimiter, [name.strip() for name in first], table.rows[1:], shares)


def _columns(table: _Opened, tables: Sequence[_Opened]) -> Columns:
    """As the header names them, and where it does not, as the contents of all tables of this form show."""
    alike = [other for other in tables if _known(other) == _known(table) and other.form == table.form]
    rows = [[*map(unquoted, row)] for other in alike for row in other.body if len(row) == len(table.shares)]
    if not _known(table):
        return recognized_columns(table.path, rows, table.shares)
    named = named_columns(table.path, table.header, table.shares)
    return named if is_telling(table.header) else completed_columns(named, rows)


def _known(table: _Opened) -> list[str]:
    """The header, if the name of a column in it is known."""
    return table.header if table.header and names_any(table.header) else []


def _listing(table: _Opened, columns: Columns, speaker: str, files: AudioFiles, language: str) -> Listing:
    has_columns = bool(table.header) or columns.count > 1
    late_form = _has_late_form(table, columns)
    fitted = [
        _fitted(fields, columns, table.delimiter, late_form=late_form) if has_columns else None
        for fields in table.body
    ]
    folder, kept = table.path.parent, [row.cells for row in fitted if row]
    names = [columns.value("id", cells) for cells in kept]
    found = files.find(names, folder)
    paths, meant = iter(found), files.meant(names, found, folder)
    rows = []
    for fields, row in zip(table.body, fitted, strict=True):
        if row is None:
            complaint = _complaint(table, fields, columns.count)
            rows.append(Row(unquoted(fields[0]), speaker, language, "", "", None, complaint))
            continue
        value = {role: columns.value(role, row.cells) for role in NAMES}
        path = next(paths)
        rows.append(
            Row(
                id=files.id_of(value["id"], path, folder),
                speaker=value["speaker"] or speaker,
                language=value["language"] or language,
                text=value["normalized"] or value["text"],
                phonemes=value["phonemes"],
                audio=path,
                emotion=value["emotion"],
                delimiter=table.delimiter if row.has_delimiter else "",
                meant="" if path else meant.get(value["id"], ""),
                other_text=value["text"] if value["normalized"] else "",
            )
        )
    return Listing(tuple(rows), tuple(described(columns, kept, table.header)))


def _shares(table: Table, rows: Sequence[Sequence[str]], files: AudioFiles) -> list[float]:
    """The share of each column's values that name a recording, in rows with the usual number of fields."""
    folder, count = table.path.parent, column_count(rows, table.delimiter)
    sample = [row for row in rows if len(row) == count][:_SAMPLED]
    columns = [[*map(unquoted, column)] for column in zip(*sample, strict=True)]
    for exactly in (True, False):
        found = [files.find(column, folder, exactly=exactly) for column in columns]
        shares = [sum(path is not None for path in paths) / len(sample) for paths in found]
        if max(shares) > _MOST:
            break
    return shares


def _has_late_form(table: _Opened, columns: Columns) -> bool:
    """Whether the field after the last column, a text, is its normalized form wherever a row has one.

    It is if nearly all rows have one, unless a header leaves no room for it where commas are delimiters.
    Where only some do, a sentence with a delimiter looks the same, so that a header must not be there, and
    most of these forms must spell out what the text has in digits.
    """
    last = columns.count - 1
    if columns.texts != [last] or (table.header and table.delimiter in IN_SENTENCES):
        return False
    pairs = [row[last:] for row in table.body if len(row) == columns.count + 1 and row[-1].strip()]
    if not pairs or sum(are_forms_of_one(*pair) for pair in pairs) < _NEARLY_ALL * len(pairs):
        return False
    if len(pairs) >= max(_FEW, _NEARLY_ALL * len(table.body)):
        return True
    return not table.header and 2 * sum(spells_out(*pair) for pair in pairs) > len(pairs)


def _fitted(fields: Sequence[str], columns: Columns, delimiter: str, *, late_form: bool) -> _Fitted | None:
    """The cells of a row, which may lack a normalized text or have delimiters in a text; else None."""
    extra = len(fields) - columns.count
    while extra > 0 and not fields[-1].strip() and len(columns.texts) < 2:
        fields, extra = fields[:-1], extra - 1
    if extra > 0:
        return _joined(fields, extra, columns, delimiter, late_form=late_form)
    lost = {role for role, place in columns.places.items() if place >= len(fields)}
    if lost - {"normalized"}:
        return None
    return _Fitted([*map(unquoted, fields), *[""] * -extra], False)


def _joined(
    fields: Sequence[str], extra: int, columns: Columns, delimiter: str, *, late_form: bool
) -> _Fitted | None:
    """The fields with those of the text joined, if its columns are next to each other."""
    texts = columns.texts
    if not texts or texts[-1] - texts[0] >= len(texts):
        return None
    end = texts[-1] + extra + 1
    before, parts, after = fields[: texts[0]], fields[texts[0] : end], fields[end:]
    if len(texts) == 2:
        said = _two_forms(parts, delimiter)
    elif extra == 1 and late_form:
        said = [parts[1]]
    else:
        said = [delimiter.join(parts)]
    has_delimiter = any(delimiter in text for text in said)
    return _Fitted(list(map(unquoted, [*before, *said, *after])), has_delimiter) if said else None


def _two_forms(parts: Sequence[str], delimiter: str) -> list[str]:
    """A text and its normalized form, cut where they are most alike; none if they are not."""
    said = parts if parts[-1].strip() else parts[:-1]
    cuts = [[delimiter.join(said[:cut]), delimiter.join(said[cut:])] for cut in range(1, len(said))]
    best = max(cuts, key=lambda forms: likeness(*forms))
    if likeness(*best) >= _SAME_TEXT:
        return best
    return [] if said is parts else [delimiter.join(said), ""]


def _complaint(table: _Opened, fields: Sequence[str], wanted: int) -> str:
    count = len(fields)
    seen = f"its line in {table.path.name} has {count} field{'' if count == 1 else 's'}"
    if table.header:
        return f"{seen}, but the header has {wanted}"
    if wanted > 1:
        return f"{seen}, not {wanted}"
    written = "the two signs \\t, not a tab," if r"\t" in fields[0] else "no delimiter"
    example = repr(table.body[0][0].strip()[:_SHOWN])
    return f"most lines in {table.path.name} have {written} between recording and text, such as {example}"
