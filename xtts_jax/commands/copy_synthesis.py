"""`xtts-jax copy-synthesis`: rebuild held-out recordings from their mels, and measure what was lost.

`xtts-jax copy-synthesis --vocoder WORKDIR --data.root CORPUS`
"""

from collections.abc import Sequence

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import (
    CONFIG_KEYS,
    add_audio_dir,
    add_config,
    add_json,
    add_vocoder,
    require_at_least_one,
)
from xtts_jax.commands.verbs import new_parser

FLAGS = {
    "iterations": "--refinements",
    "data.root": "--data.root",
    "data.validation_fraction": "--data.validation_fraction",
}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("copy-synthesis", epilog=CONFIG_KEYS)
    add_vocoder(parser, default="shipped")
    parser.add_argument(
        "--refinements",
        type=int,
        metavar="N",
        help="passes of Griffin-Lim that end the vocoder; default: as trained",
    )
    add_config(parser, "vocoder")
    parser.add_argument(
        "--recordings", type=int, default=40, metavar="N", help="at most; default: %(default)s"
    )
    parser.add_argument("--no-judges", action="store_true", help="no DNSMOS, which needs a further package")
    add_json(parser)
    add_audio_dir(parser)
    options, overrides = parser.parse_known_args(arguments)
    require_at_least_one(options, "recordings")
    config = load_config(options.config, overrides)

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.data.corpus import Corpus
    from xtts_jax.data.prepare import prepare
    from xtts_jax.judge.copy_synthesis import copy_synthesis, describe
    from xtts_jax.runs.settings import write_json

    use_compile_cache()
    with flags(FLAGS):
        report = copy_synthesis(
            options.vocoder,
            options.refinements,
            Corpus.open(prepare(config)),
            config.audio,
            options.recordings,
            judge=not options.no_judges,
            audio_dir=options.audio_dir,
        )
    print(describe(report))
    if options.json:
        write_json(options.json, report)
