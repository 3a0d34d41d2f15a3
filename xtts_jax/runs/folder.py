"""The run folder: made when a run starts, and checked whenever it resumes.

It explains itself: `config.json`, `tokenizer.json`, `stats.json`, `voices/` and `checkpoints/`. A run that
keeps the statistics of the one it started from has its corpus's in `corpus_stats.json`.
"""

import fcntl
import json
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xtts_jax.config import Config, to_dict
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.statistics import load_stats, same_stats, save_stats
from xtts_jax.errors import UserError
from xtts_jax.runs import emotions, voices
from xtts_jax.runs.settings import read_config, write_config

# Groups of the configuration whose values may differ when a run is resumed.
CHANGEABLE = ("data", "train", "preflight", "synthesis", "health")
PLACES = ("data", "synthesis")  # groups that may name other folders on another host
CORPUS_STATS = "corpus_stats.json"


def open_run(workdir: Path, config: Config, corpus: Corpus, *, resuming: bool) -> None:
    """Writes what synthesis will need. Raises `UserError` when `resuming` a run that is a different one."""
    if resuming:
        _check_same(workdir, config, corpus)
    else:
        shutil.copyfile(corpus.folder / "tokenizer.json", workdir / "tokenizer.json")
        _write_statistics(workdir, corpus)
        voices.write(workdir, corpus)
        emotions.write(workdir, corpus)
    write_config(workdir, config)


def _write_statistics(workdir: Path, corpus: Corpus) -> None:
    measured = corpus.folder / "stats.json"
    shutil.copyfile(measured, workdir / "stats.json")
    if not same_stats(corpus.stats, load_stats(measured)):
        shutil.copyfile(measured, workdir / CORPUS_STATS)
        save_stats(workdir / "stats.json", corpus.stats)


@contextmanager
def claimed(workdir: Path) -> Iterator[None]:
    """Keeps the run folder, made if it is missing, for this process alone as long as the context lasts."""
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        lock = (workdir / ".lock").open("w")
    except OSError as error:
        raise UserError(
            f"The run folder {workdir} cannot be made ({error}). Give another --workdir."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"Another process is training in {workdir}. Wait for it, or give another --workdir."
            ) from error
        yield


def _check_same(workdir: Path, config: Config, corpus: Corpus) -> None:
    before, now = to_dict(read_config(workdir)), to_dict(config)
    changed = [
        f"{name}: {then!r} then, {value!r} now" for name, then, value in _differing(before, now, CHANGEABLE)
    ]
    if before["compute_dtype"] != now["compute_dtype"]:
        changed.append(f"compute_dtype: {before['compute_dtype']} then, {now['compute_dtype']} now")
    if changed:
        raise UserError(
            f"{workdir} holds a run with another configuration ({'; '.join(changed)}). Resume it with the "
            "configuration that it was started with, or give a new --workdir."
        )
    _require_whole(workdir / "stats.json")
    of_corpus = CORPUS_STATS if (workdir / CORPUS_STATS).exists() else "stats.json"
    for name, kept in (("tokenizer.json", "tokenizer.json"), ("stats.json", of_corpus)):
        _require_whole(workdir / kept)
        if (workdir / kept).read_bytes() != (corpus.folder / name).read_bytes():
            raise UserError(
                f"{workdir} was trained on another corpus than {corpus.folder}: their {name} differ. Resume "
                "it with the data that it was started with, or give a new --workdir."
            )


def require_leaders(workdir: Path, config: Config) -> None:
    """`UserError` where another process began the run with settings that would make another step of it."""
    found = _differing(to_dict(read_config(workdir)), to_dict(config), PLACES)
    if found:
        differing = "; ".join(f"{name} is {theirs!r} there and {ours!r} here" for name, theirs, ours in found)
        raise UserError(
            f"This process was started with other settings than process 0: {differing}. Give every process "
            "of a run the same command, but for its number."
        )


def _differing(
    one: Mapping[str, Any], other: Mapping[str, Any], skipped: Collection[str]
) -> list[tuple[str, Any, Any]]:
    """The settings whose values differ, with both, but for the `skipped` groups."""
    return [
        (f"{group}.{name}", one[group][name], value)
        for group, values in other.items()
        if isinstance(values, dict) and group not in skipped
        for name, value in values.items()
        if one[group][name] != value
    ]


def _require_whole(path: Path) -> None:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} is missing or damaged ({error}). Copy it again from where the run was trained."
        ) from error
