"""Collections of corpora: folders whose `corpora.csv` has a line `folder|language` for each corpus."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from xtts_jax.data.layouts import LAYOUTS, Layout
from xtts_jax.data.rows import Listing, Row
from xtts_jax.data.tables import read_lines
from xtts_jax.errors import UserError

TABLE = "corpora.csv"


class Corpus(NamedTuple):
    name: str  # the folder's name, unique in its collection
    folder: Path
    layout: Layout
    language: str  # empty if not given


def corpora(root: Path) -> Iterator[Corpus]:
    """The corpora listed in the table.

    `folder` is absolute or relative to the table; `language` may be omitted if the corpus's metadata
    has it or `data.language` is right. Raises `UserError` for a line that does not name a corpus.
    """
    names: set[str] = set()
    for number, line in enumerate(read_lines(root / TABLE), 1):
        fields = [field.strip() for field in line.split("|")]
        if not line.strip():
            continue
        folder = root / Path(fields[0]).expanduser()
        is_other = folder.is_dir() and not folder.samefile(root)
        layout = next((layout for layout in LAYOUTS if is_other and layout.found(folder)), None)
        name = folder.resolve().name
        if not fields[0] or len(fields) > 2 or layout is None or name in names:
            raise UserError(
                f"Line {number} of {root / TABLE}, {line.strip()!r}, does not name a corpus. It must be "
                "`folder` or `folder|language`, the folder must hold a corpus in a known layout, and no two "
                "folders may have the same name."
            )
        names.add(name)
        yield Corpus(name, folder, layout, fields[1] if len(fields) == 2 else "")


def collection_listing(root: Path, language: str) -> Listing:
    """The rows of all corpora; ids and speakers are prefixed with the name of their folder."""
    rows: list[Row] = []
    columns: list[str] = []
    for corpus in corpora(root):
        listing = corpus.layout.read(corpus.folder, corpus.language or language)
        rows += [
            row._replace(
                id=f"{corpus.name}/{row.id}",
                speaker=f"{corpus.name}/{row.speaker}",
                meant=f"{corpus.name}/{row.meant}" if row.meant else "",
            )
            for row in listing.rows
        ]
        columns += [f"{corpus.name}: {column}" for column in listing.columns]
    return Listing(tuple(rows), tuple(columns))


COLLECTION = Layout(
    f"a collection of corpora ({TABLE} with folder|language)",
    lambda root: (root / TABLE).is_file(),
    collection_listing,
)
