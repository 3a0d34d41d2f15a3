"""`xtts-jax label`: transcribe recordings that have no texts, as a corpus to train on.

`xtts-jax label --ckpt WORKDIR --data.root CORPUS --out DIR`
"""

from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import add_config, add_step
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import UserError

FLAGS = {"out": "--out", "least_confidence": "--least-confidence", "data.root": "--data.root"}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser(
        "label",
        epilog="--data.root DIR names the recordings; every key of the configuration is an option.",
    )
    by = parser.add_mutually_exclusive_group()
    by.add_argument(
        "--ckpt", type=Path, metavar="WORKDIR", help="a recogniser's run, which transcribes to phonemes"
    )
    by.add_argument("--pocketsphinx", action="store_true", help="transcribe English to words instead")
    add_step(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the corpus folder to make")
    parser.add_argument(
        "--least-confidence",
        type=float,
        metavar="X",
        help="mean probability of a symbol or word, 0 to 1; default: 0.7 for symbols, 0.3 for words",
    )
    add_config(parser, "recogniser")
    options, overrides = parser.parse_known_args(arguments)
    if not options.ckpt and not options.pocketsphinx:
        raise UserError("Give a recogniser: --ckpt and the folder of its run, or --pocketsphinx.")
    if options.step is not None and options.pocketsphinx:
        raise UserError("--step goes with --ckpt: pocketsphinx has no checkpoints. Leave it out.")
    least = options.least_confidence
    if least is not None and not 0 <= least <= 1:
        raise UserError(f"--least-confidence must be between 0 and 1, not {least:g}.")
    config = load_config(options.config, overrides)

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.listen.label import label
    from xtts_jax.listen.listener import Listener
    from xtts_jax.listen.pocketsphinx import WordListener

    use_compile_cache()
    with flags(FLAGS):
        transcriber = WordListener() if options.pocketsphinx else Listener.load(options.ckpt, options.step)
        least = transcriber.least_confidence if least is None else least
        print(label(transcriber, config, options.out, least))
