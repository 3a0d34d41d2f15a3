"""The run folder: made at the first start, checked at every later one."""

import shutil
from pathlib import Path

from xtts_jax import voices
from xtts_jax.checkpoint import read_config, write_config
from xtts_jax.config import Config, to_dict
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import UserError

CHANGEABLE = ("data", "train", "preflight")  # groups a run may be resumed with other values of
COPIED = ("tokenizer.json", "stats.json")


def open_run(workdir: Path, config: Config, corpus: Corpus) -> None:
    """Writes what inference will need, or raises `UserError` where the folder holds a different run."""
    if (workdir / "config.json").exists():
        _check_same(workdir, config, corpus)
    else:
        try:
            workdir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"The run folder {workdir} cannot be made ({error}). Give another --workdir."
            ) from error
        for name in COPIED:
            shutil.copyfile(corpus.folder / name, workdir / name)
        voices.write(workdir, corpus)
    write_config(workdir, config)


def _check_same(workdir: Path, config: Config, corpus: Corpus) -> None:
    before, now = to_dict(read_config(workdir)), to_dict(config)
    changed = [
        f"{group}.{name}: {before[group][name]!r} then, {value!r} now"
        for group, values in now.items()
        if isinstance(values, dict) and group not in CHANGEABLE
        for name, value in values.items()
        if before[group][name] != value
    ]
    if before["compute_dtype"] != now["compute_dtype"]:
        changed.append(f"compute_dtype: {before['compute_dtype']} then, {now['compute_dtype']} now")
    if changed:
        raise UserError(
            f"{workdir} holds a run of another configuration ({'; '.join(changed)}). Resume it with the "
            "configuration it was started with, or give a new --workdir."
        )
    for name in COPIED:
        if (workdir / name).read_bytes() != (corpus.folder / name).read_bytes():
            raise UserError(
                f"{workdir} was trained on another corpus than {corpus.folder}: their {name} differ. Resume "
                "it with the data it was started with, or give a new --workdir."
            )
