"""A trained vocoder without its run, to share: `python -m xtts_jax.pack_vocoder WORKDIR --out FOLDER`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import jax
import numpy as np

from xtts_jax.commands import cli
from xtts_jax.vocoder.trained import Vocoder, load_run, save_vocoder


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m xtts_jax.pack_vocoder",
        description="Write what a vocoder's training has learned, in float16, to a folder of two files.",
        allow_abbrev=False,
    )
    parser.add_argument("workdir", type=Path, help="of a run_train.py --config configs/vocoder.py run")
    parser.add_argument("--step", type=int, metavar="K", help="default: the best checkpoint")
    parser.add_argument("--refinements", type=int, metavar="N", help="at synthesis; default: as trained")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="folder to write")
    options = parser.parse_args(arguments)
    trained = load_run(options.workdir, options.step)
    if options.refinements is not None:
        trained = trained.refined(options.refinements)
    half = jax.tree.map(lambda leaf: np.asarray(leaf, np.float16), trained.params)
    save_vocoder(options.out, Vocoder(trained.spec, trained.audio, trained.filters, half))
    count = sum(leaf.size for leaf in jax.tree.leaves(half))
    print(f"{options.out}: {count / 1e6:.1f} million params in float16. Speak with --vocoder {options.out}.")


if __name__ == "__main__":
    cli.run(main)
