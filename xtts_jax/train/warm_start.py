"""Starting from the params of another run: what fits is copied, and every parameter is accounted for.

The run keeps the other's statistics, because its params were learned with them: the voice encoder hears mels
in their units, and the pitch contour places harmonics by them. It keeps the other's symbols and languages
too, so that it can still say what the recordings do not show.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from xtts_jax.audio.mel import require_same_mel
from xtts_jax.config import Audio, Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import UserError, notify
from xtts_jax.runs.params import find_step, load_params
from xtts_jax.runs.settings import read_config_of
from xtts_jax.runs.shipped import folder_of
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.train.deepening import deepened, is_deeper
from xtts_jax.train.state import Params

# Tables with a row for each symbol or language, in the order of the run's own tokenizer.
SYMBOL_TABLE = ("text_encoder", "Embed_0", "embedding")
HEARD_TABLE = ("symbols", "embedding")  # in a recognizer
LANGUAGE_TABLE = ("language_embedding", "embedding")


class Taken(NamedTuple):
    """A leaf to start with, and the number of its parameters by where they come from."""

    leaf: np.ndarray
    loaded: int
    absent: int  # not in the other run
    reshaped: int  # have another shape there


def started(params: Params, corpus: Corpus, config: Config, *, resuming: bool) -> Params:
    """`params` with those of the run `train.init_from`, if set and not resuming; prints which."""
    if not config.train.init_from or resuming:
        return params
    other = folder_of(config.train.init_from)
    params, report = warm_start(params, corpus.tokenizer, config.audio, other)
    print(report)
    if LANGUAGE_TABLE[0] in params:
        _tell_new_languages(corpus.languages, other)
    return params


def _tell_new_languages(languages: Sequence[str], other: Path) -> None:
    known = Tokenizer.load(other / "tokenizer.json").languages
    if new := [language for language in languages if language not in known]:
        notify(
            f"{other} has not learned {', '.join(new)}, but {', '.join(known)}: of a new language this run "
            "has everything to learn, which takes hours of recordings and training, not minutes. If the "
            "recordings are in another language, set data.language or the language column of their table."
        )


def as_seen(corpus: Corpus, config: Config, workdir: Path, *, resuming: bool) -> Corpus:
    """The corpus as the run in `workdir` sees it: with the tables of its own, or of `train.init_from`."""
    if not resuming and not config.train.init_from:
        return corpus
    return corpus.with_tables_of(workdir if resuming else folder_of(config.train.init_from))


def warm_start(params: Params, tokenizer: Tokenizer, audio: Audio, workdir: Path) -> tuple[Params, str]:
    """`params` with all that fits of the best checkpoint of the run in `workdir`, and a table of it.

    Leaves are matched by path and shape, rows of the embeddings by symbol and by language, and layers of a
    stack that has more of them are spread over it. Raises `UserError` if the run cannot be read, has another
    mel, or nothing of it fits.
    """
    with _named(workdir):
        names = _require(workdir, audio)
        loaded, step = load_params(workdir)
    theirs = {_path(path): np.asarray(leaf) for path, leaf in jax.tree_util.tree_leaves_with_path(loaded)}
    ours, tree = jax.tree_util.tree_flatten_with_path(params)
    symbols = _rows(tokenizer.symbols, names.symbols if names.frontend == tokenizer.frontend else ())
    rows = {
        SYMBOL_TABLE: symbols,
        HEARD_TABLE: symbols,
        LANGUAGE_TABLE: _rows(tokenizer.languages, names.languages),
    }
    taken = {_path(path): _take(_path(path), np.asarray(leaf), theirs, rows) for path, leaf in ours}
    if not any(part.loaded and part.leaf.ndim > 1 for part in taken.values()):
        raise UserError(
            f"No weight matrix of the run in {workdir} fits this model, so train.init_from is useless. "
            "Use the model settings of that run's config.json, or leave train.init_from empty."
        )
    report = _describe(taken, f"Starting from step {step} of {workdir}; parameters by module:")
    return jax.tree_util.tree_unflatten(tree, [part.leaf for part in taken.values()]), report


def require_named(config: Config, *, begun: bool) -> None:
    """`UserError` where the run `train.init_from` is missing or has another mel; does not read its params.

    A run that has begun does not need it.
    """
    if not config.train.init_from or begun:
        return
    workdir = folder_of(config.train.init_from)
    with _named(workdir):
        _require(workdir, config.audio)


def _require(workdir: Path, audio: Audio) -> Tokenizer:
    find_step(workdir)
    config = read_config_of(workdir, "acoustic", "voice", "recogniser")
    require_same_mel(audio, config.audio, f"the run in {workdir}", "begin without it")
    return Tokenizer.load(workdir / "tokenizer.json")


@contextmanager
def _named(workdir: Path) -> Iterator[None]:
    try:
        yield
    except UserError as error:
        raise UserError(f"train.init_from is {workdir}, which cannot be started from. {error}") from error


def _path(path: tuple) -> tuple[str, ...]:
    return tuple(str(entry.key) for entry in path)


def _rows(ours: tuple[str, ...], theirs: tuple[str, ...]) -> list[tuple[int, int]]:
    """Pairs of row numbers, ours and theirs, of the names that both have."""
    return [(i, theirs.index(name)) for i, name in enumerate(ours) if name in theirs]


def _take(
    path: tuple[str, ...],
    leaf: np.ndarray,
    theirs: dict[tuple[str, ...], np.ndarray],
    rows: dict[tuple[str, ...], list[tuple[int, int]]],
) -> Taken:
    if path not in theirs:
        return Taken(leaf, 0, leaf.size, 0)
    found, by_row = theirs[path], path in rows
    if is_deeper(path, leaf, found):
        return Taken(deepened(path, leaf, found), found.size, leaf.size - found.size, 0)
    if found.shape[by_row:] != leaf.shape[by_row:]:
        return Taken(leaf, 0, 0, leaf.size)
    if not by_row:
        return Taken(found.astype(leaf.dtype), leaf.size, 0, 0)
    mixed = leaf.copy()
    for here, there in rows[path]:
        mixed[here] = found[there]
    loaded = len(rows[path]) * leaf[0].size
    return Taken(mixed, loaded, leaf.size - loaded, 0)


def _describe(taken: dict[tuple[str, ...], Taken], title: str) -> str:
    counts: dict[str, np.ndarray] = {}
    for path, part in taken.items():
        counts[path[0]] = counts.get(path[0], np.zeros(3, int)) + part[1:]
    heads = ("loaded", "not in that run", "of another shape")
    lines = [title, f"  {'':20s}" + "".join(f"{head:>18s}" for head in heads)]
    for name, row in [*counts.items(), ("all", np.sum(list(counts.values()), axis=0))]:
        lines.append(f"  {name:20s}" + "".join(f"{count:18,d}" for count in row))
    return "\n".join([*lines, "  What was not loaded keeps its initialization."])
