"""`xtts-jax train`, and `run_train.py`: train a model, or resume a stopped run with the same command."""

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import flags
from xtts_jax.commands.verbs import new_parser
from xtts_jax.config import Config
from xtts_jax.errors import UserError

if TYPE_CHECKING:
    from xtts_jax.train.joining import Group

GROUP = {name: f"--{name}" for name in ("coordinator", "processes", "process", "distributed")}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser(
        "train", epilog="Every key of configs/base.py is an option, such as --config.data.root=DIR."
    )
    parser.add_argument(
        "--config",
        required=True,
        metavar="FILE|NAME",
        help="a configuration file, or tiny, small, normal, big, vocoder, voice, recogniser, ...",
    )
    parser.add_argument(
        "--workdir", type=Path, metavar="WORKDIR", help="run folder; default: runs/ and the config's name"
    )
    _add_group(parser)
    known, overrides = parser.parse_known_args(arguments)
    config = load_config(known.config, overrides)
    workdir = known.workdir or Path("runs") / Path(known.config).stem
    if workdir.exists() and not workdir.is_dir():
        raise UserError(f"--workdir {workdir} is a file. Name a folder; it is made if it does not exist.")

    from xtts_jax.train.joining import is_kept, joined, keep

    group = _group(known)
    with flags(GROUP):
        if group and not is_kept():
            sys.exit(keep([sys.executable, "-m", "xtts_jax", "train", *arguments]))
        with joined(group):
            _train(config, workdir)


def _train(config: Config, workdir: Path) -> None:
    from xtts_jax.commands.compile_cache import require_device, use_compile_cache
    from xtts_jax.data.corpus import Corpus
    from xtts_jax.data.prepare import prepare
    from xtts_jax.train.kinds import require_named
    from xtts_jax.train.loop import train
    from xtts_jax.train.parallel import check_batch_size
    from xtts_jax.train.processes import leader_first

    if config.data.root and workdir.resolve() == Path(config.data.root).expanduser().resolve():
        raise UserError(f"--workdir {workdir} is the folder of the recordings. Name another one for the run.")
    require_device()
    check_batch_size(config.train.batch_size, config.train.accumulate)
    require_named(config, workdir)
    use_compile_cache(_cache(workdir))
    train(config, workdir, Corpus.open(leader_first(partial(prepare, config))))


def _cache(workdir: Path) -> Path:
    """On an accelerator in the run folder, which may outlast the machine, as on the Drive of a notebook."""
    import jax

    from xtts_jax.commands.compile_cache import FOLDER, IN_RUN

    return FOLDER if jax.default_backend() == "cpu" else workdir / IN_RUN


def _add_group(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group(
        "several processes", "one command per process, alike but for --process; all need the same file system"
    )
    group.add_argument(
        "--distributed",
        action="store_true",
        help="join the processes of this TPU pod, Slurm job step or Open MPI run",
    )
    group.add_argument("--coordinator", metavar="HOST:PORT", help="address of process 0, any free port there")
    group.add_argument("--processes", type=int, metavar="N", help="how many there are")
    group.add_argument("--process", type=int, metavar="I", help="which of them this is, from 0")


def _group(options: argparse.Namespace) -> "Group | None":
    from xtts_jax.train.joining import Group

    group = Group(options.coordinator, options.processes, options.process)
    return group if options.distributed or group != Group() else None
