"""`xtts-jax evaluate`: measure how well a run speaks, as a table and as JSON."""

from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands.options import (
    add_audio_dir,
    add_json,
    add_run,
    add_step,
    add_vocoder,
    require_at_least_one,
)
from xtts_jax.commands.verbs import new_parser


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("evaluate")
    add_run(parser)
    add_step(parser)
    add_vocoder(parser)
    parser.add_argument(
        "--sentences", type=int, default=40, metavar="N", help="at most; default: %(default)s"
    )
    parser.add_argument(
        "--no-judges", action="store_true", help="model errors only; needs no further package"
    )
    parser.add_argument(
        "--recogniser",
        type=Path,
        metavar="WORKDIR",
        help="count phoneme errors with this one, in any language that it knows",
    )
    add_json(parser)
    add_audio_dir(parser)
    options = parser.parse_args(arguments)
    require_at_least_one(options, "sentences")

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.judge.evaluate import describe, evaluate
    from xtts_jax.runs.settings import write_json

    use_compile_cache()
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
