"""`xtts-jax evaluate`: measure how well a run speaks, as a table and as JSON.

`xtts-jax evaluate --ckpt WORKDIR`
"""

from collections.abc import Sequence

from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import (
    add_audio_dir,
    add_json,
    add_recogniser,
    add_run,
    add_step,
    add_vocoder,
    require_at_least_one,
)
from xtts_jax.commands.verbs import new_parser

FLAGS = {"recogniser": "--recogniser"}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("evaluate")
    add_run(parser)
    add_step(parser)
    add_vocoder(parser)
    parser.add_argument(
        "--sentences", type=int, default=40, metavar="N", help="at most; default: %(default)s"
    )
    parser.add_argument(
        "--no-judges", action="store_true", help="no word errors and no DNSMOS, which need further packages"
    )
    add_recogniser(parser)
    add_json(parser)
    add_audio_dir(parser)
    options = parser.parse_args(arguments)
    require_at_least_one(options, "sentences")

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.judge.evaluate import describe, evaluate
    from xtts_jax.runs.settings import write_json

    use_compile_cache()
    with flags(FLAGS):
        report = evaluate(
            options.ckpt,
            step=options.step,
            vocoder=options.vocoder,
            sentences=options.sentences,
            judge=not options.no_judges,
            recogniser=options.recogniser,
            audio_dir=options.audio_dir,
        )
    print(describe(report))
    if options.json:
        write_json(options.json, report)
