"""`xtts-jax label`: transcribe recordings that have no texts, as a corpus to train on.

`xtts-jax label --recogniser whisper:small --data.root CORPUS --out DIR`
"""

from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import RECOGNISERS, add_config, add_step
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import UserError

FLAGS = {
    "out": "--out",
    "least_confidence": "--least-confidence",
    "data.root": "--data.root",
    "data.language": "--data.language",
    "recogniser": "--recogniser",
    "step": "--step",
}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser(
        "label",
        epilog="--data.root DIR names the recordings; every key of the configuration is an option.",
    )
    parser.add_argument(
        "--recogniser",
        "--ckpt",
        default="whisper",
        metavar=RECOGNISERS,
        help="what transcribes; the run of a recogniser writes phonemes, all others words; default: whisper",
    )
    add_step(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the corpus folder to make")
    parser.add_argument(
        "--least-confidence",
        type=float,
        metavar="X",
        help="mean probability of a symbol or word, 0 to 1; default: that of the recognizer "
        "(a run's 0.7, Whisper 0.5, pocketsphinx 0.3)",
    )
    add_config(parser, "recogniser")
    options, overrides = parser.parse_known_args(arguments)
    least = options.least_confidence
    if least is not None and not 0 <= least <= 1:
        raise UserError(f"--least-confidence must be between 0 and 1, not {least:g}.")
    config = load_config(options.config, overrides)

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.listen.label import label
    from xtts_jax.listen.recognisers import open_recogniser

    use_compile_cache()
    with flags(FLAGS):
        transcriber = open_recogniser(options.recogniser, options.step)
        least = transcriber.least_confidence if least is None else least
        print(label(transcriber, config, options.out, least))
