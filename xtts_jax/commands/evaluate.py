"""`xtts-jax evaluate`: measure how well a run speaks, and where its quality is lost."""

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import (
    RECOGNISERS,
    add_audio_dir,
    add_json,
    add_run,
    add_step,
    add_vocoder,
    require_at_least_one,
)
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import UserError

if TYPE_CHECKING:
    from xtts_jax.config import Config
    from xtts_jax.judge.evaluate import Judges

RECOGNISER = "whisper"
FLAGS = {name: f"--{name}" for name in ("recogniser", "vocoder", "step", "against", "language", "speaker")}


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    require_at_least_one(options, "sentences")
    if options.no_judges and (options.against or options.naturalness or options.recogniser != RECOGNISER):
        raise UserError("--against, --recogniser and --naturalness need the judges. Leave --no-judges out.")

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.judge.evaluate import Among, compare, describe, evaluate
    from xtts_jax.runs.settings import EVALUATION, REPORT, read_config_of, write_json

    use_compile_cache()
    config = read_config_of(options.ckpt, "acoustic")
    if options.against:
        read_config_of(options.against, "acoustic")  # before anything is asked of the judges
    with flags(FLAGS):
        judges = None if options.no_judges else _judges(options, config)
        evaluated = partial(
            evaluate,
            vocoder=options.vocoder,
            sentences=options.sentences,
            judges=judges,
            among=Among(options.language, options.speaker),
        )
        found = evaluated(options.ckpt, step=options.step, audio_dir=options.audio_dir)
        if options.against:
            other = evaluated(options.against, step=None, audio_dir=None)
            found.report["against"] = {"ckpt": str(options.against), "rows": compare(found, other)}
    print(describe(found.report))
    write_json(options.ckpt / EVALUATION / REPORT, found.report)
    clips = ", with clips beside it" if "prosody" in found.report else ""
    print(f"\nReport: {options.ckpt / EVALUATION / REPORT}{clips}.")
    if options.json:
        write_json(options.json, found.report)


def _parser() -> argparse.ArgumentParser:
    parser = new_parser("evaluate")
    add_run(parser)
    add_step(parser)
    add_vocoder(parser)
    parser.add_argument(
        "--sentences", type=int, default=40, metavar="N", help="at most; default: %(default)s"
    )
    parser.add_argument("--language", default="", metavar="CODE", help="judge only this language")
    parser.add_argument("--speaker", default="", metavar="NAME", help="judge only this speaker")
    parser.add_argument(
        "--no-judges", action="store_true", help="errors of the model alone, which need no further package"
    )
    parser.add_argument(
        "--recogniser",
        default=RECOGNISER,
        metavar=RECOGNISERS,
        help="what counts the words that are understood; the run of a recogniser counts phonemes as well; "
        "default: %(default)s",
    )
    parser.add_argument(
        "--naturalness",
        nargs="+",
        default=[],
        metavar="MODULE:FUNCTION",
        help="predict ratings with these functions too: of samples and their rate, to scores by name",
    )
    parser.add_argument(
        "--against", type=Path, metavar="WORKDIR", help="compare with this run, sentence by sentence"
    )
    add_json(parser)
    add_audio_dir(parser)
    return parser


def _judges(options: argparse.Namespace, config: "Config") -> "Judges":
    from xtts_jax.judge import naturalness, phonemes
    from xtts_jax.judge.evaluate import Judges
    from xtts_jax.listen.recognisers import open_recogniser

    naturalness.require_package()
    predictors = naturalness.predictors(options.naturalness)
    run = Path(options.recogniser)
    if not (run / "config.json").is_file():
        return Judges(open_recogniser(options.recogniser), predictors, None)
    listener = phonemes.open_judge(run, config.audio, config.data.frontend)
    return Judges(open_recogniser(RECOGNISER), predictors, listener)
