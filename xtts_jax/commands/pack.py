"""`xtts-jax pack`: write a trained run to a folder of a few megabytes, to share.

`xtts-jax pack --ckpt WORKDIR --out DIR [--speakers NAME[=NEW NAME] ...]`
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from shlex import quote

from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import add_run, add_step
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import UserError
from xtts_jax.runs.settings import read_config_of

FLAGS = {"iterations": "--refinements", "speakers": "--speakers", "path": "--out"}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("pack")
    add_run(parser, "the acoustic model or the vocoder")
    add_step(parser)
    parser.add_argument(
        "--speakers",
        nargs="+",
        default=[],
        metavar="NAME[=NEW NAME]",
        help="the voices to keep; the first of each language speaks it by default; default: all",
    )
    parser.add_argument(
        "--refinements",
        type=int,
        metavar="N",
        help="of a vocoder: passes of Griffin-Lim that end it; default: as trained",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    options = parser.parse_args(arguments)
    packers = {"acoustic": _pack_voice, "vocoder": _pack_vocoder}
    with flags(FLAGS):
        packers[read_config_of(options.ckpt, *packers).train.model](options)


def _pack_voice(options: argparse.Namespace) -> None:
    if options.refinements is not None:
        raise UserError("--refinements is for vocoders, and this run is an acoustic model: leave it out.")
    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.speak.packing import Kept, pack_run

    use_compile_cache()
    kept = [Kept(*_names(given)) for given in options.speakers]
    known = pack_run(options.ckpt, options.out, step=options.step, kept=kept)
    megabytes = sum(path.stat().st_size for path in options.out.rglob("*") if path.is_file()) / 1e6
    voices = f"{len(known)} voice{'s' if len(known) > 1 else ''}"
    print(f"{options.out}: {voices}, {megabytes:.1f} MB. Use it as a run: --ckpt {quote(str(options.out))}")


def _names(given: str) -> tuple[str, str]:
    """That of the run, and that in the packed voice."""
    old, _, new = given.partition("=")
    return old, new or old


def _pack_vocoder(options: argparse.Namespace) -> None:
    if options.speakers:
        raise UserError("--speakers is for acoustic models, and this run is a vocoder: leave it out.")
    import jax

    from xtts_jax.vocoder.trained import halved, load_run, save_vocoder

    trained = load_run(options.ckpt, options.step)
    if options.refinements is not None:
        trained = trained.refined(options.refinements)
    half = halved(trained)
    save_vocoder(options.out, half)
    count = sum(leaf.size for leaf in jax.tree.leaves(half.params))
    print(f"{options.out}: {count / 1e6:.1f} million params in float16. Use it with --vocoder {options.out}.")
