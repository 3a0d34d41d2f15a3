"""`xtts-jax train`, and `run_train.py`: train a model, or resume a stopped run with the same command."""

from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import UserError


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
    known, overrides = parser.parse_known_args(arguments)
    config = load_config(known.config, overrides)
    workdir = known.workdir or Path("runs") / Path(known.config).stem
    if workdir.exists() and not workdir.is_dir():
        raise UserError(f"--workdir {workdir} is a file. Name a folder; it is made if it does not exist.")

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.data.corpus import Corpus
    from xtts_jax.data.prepare import prepare
    from xtts_jax.train.kinds import require_named
    from xtts_jax.train.loop import train

    require_named(config, workdir)
    use_compile_cache()
    train(config, workdir, Corpus.open(prepare(config)))
