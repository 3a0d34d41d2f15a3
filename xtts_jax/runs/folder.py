"""The run folder: made when a run starts, and checked whenever it resumes.

It explains itself: `config.json`, `tokenizer.json`, `stats.json`, `voices/` and `checkpoints/`. A run that
keeps tables of the one it started from has those of its corpus in `corpus_tokenizer.json` and
`corpus_stats.json`.
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
TABLES = ("tokenizer.json", "stats.json")


def open_run(workdir: Path, config: Config, corpus: Corpus, *, resuming: bool) -> None:
    """Writes what synthesis will need. Raises `UserError` when `resuming` a run that is a different one."""
    if resuming:
        require_same_settings(workdir, config)
        _require_same_corpus(workdir, config, corpus)
    else:
        _write_tables(workdir, corpus)
        voices.write(workdir, corpus)
        emotions.write(workdir, corpus)
    write_config(workdir, config)


def _write_tables(workdir: Path, corpus: Corpus) -> None:
    tokenizer, stats = (Path(shutil.copyfile(corpus.folder / name, workdir / name)) for name in TABLES)
    before = tokenizer.read_bytes()
    corpus.tokenizer.save(tokenizer)
    if tokenizer.read_bytes() != before:
        _of_corpus(tokenizer).write_bytes(before)
    if not same_stats(load_stats(stats), corpus.stats):
        stats.rename(_of_corpus(stats))
        save_stats(stats, corpus.stats)


def _of_corpus(table: Path) -> Path:
    return table.with_name(f"corpus_{table.name}")


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


def require_same_settings(workdir: Path, config: Config) -> None:
    """`UserError` where the run was begun with settings that would make it another one."""
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


def _require_same_corpus(workdir: Path, config: Config, corpus: Corpus) -> None:
    then, now = read_config(workdir).data.root, config.data.root
    for name in TABLES:
        _require_whole(workdir / name)
        kept = _of_corpus(workdir / name)
        kept = kept if kept.exists() else workdir / name
        if kept.read_bytes() != (corpus.folder / name).read_bytes():
            raise UserError(
                f"{workdir} was trained on another corpus than {corpus.folder}: their {name} differ"
                f"{f' (data.root: {then!r} then, {now!r} now)' if then != now else ''}. Resume it with the "
                "data that it was started with, or give a new --workdir."
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
