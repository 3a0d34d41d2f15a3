"""`xtts-jax pack`: write a trained vocoder to a folder of two files, to share.

`xtts-jax pack --ckpt WORKDIR --out DIR`
"""

from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import add_run, add_step
from xtts_jax.commands.verbs import new_parser

FLAGS = {"iterations": "--refinements"}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("pack")
    add_run(parser, "the vocoder")
    add_step(parser)
    parser.add_argument(
        "--refinements", type=int, metavar="N", help="passes of Griffin-Lim that end it; default: as trained"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    options = parser.parse_args(arguments)

    import jax

    from xtts_jax.vocoder.trained import halved, load_run, save_vocoder

    trained = load_run(options.ckpt, options.step)
    if options.refinements is not None:
        with flags(FLAGS):
            trained = trained.refined(options.refinements)
    half = halved(trained)
    save_vocoder(options.out, half)
    count = sum(leaf.size for leaf in jax.tree.leaves(half.params))
    print(f"{options.out}: {count / 1e6:.1f} million params in float16. Use it with --vocoder {options.out}.")
