"""Public vocoders made ours.

`python -m xtts_jax.convert hifigan generator.pth config.json --out runs/hifigan`
`python -m xtts_jax.convert vocos pytorch_model.bin config.yaml --out runs/vocos`
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands import cli


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    import jax

    from xtts_jax.vocoder import public_weights
    from xtts_jax.vocoder.trained import SLANEY, load_vocoder, save_vocoder

    read = public_weights.hifigan if options.kind == "hifigan" else public_weights.vocos
    save_vocoder(options.out, read(options.weights, options.config))
    vocoder = load_vocoder(options.out)
    count = sum(leaf.size for leaf in jax.tree.leaves(vocoder.params))
    audio = vocoder.audio
    print(
        f"{options.out}: {options.kind}, {count / 1e6:.1f} million params, {audio.n_mels} mels up to "
        f"{audio.fmax:g} Hz of {audio.sample_rate} Hz audio, hop {audio.hop_length}"
    )
    if vocoder.filters != SLANEY:
        print("Its mel filters are not those of this project: no run can use it. It speaks mels of its own.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Make a vocoder of public PyTorch weights.", allow_abbrev=False
    )
    parser.add_argument("kind", choices=("hifigan", "vocos"))
    parser.add_argument("weights", type=Path, help="generator_v1, g_02500000, pytorch_model.bin, ...")
    parser.add_argument("config", type=Path, help="config.json (hifigan) or config.yaml (vocos) beside it")
    parser.add_argument("--out", type=Path, required=True, metavar="WORKDIR", help="folder to write")
    return parser


if __name__ == "__main__":
    cli.run(main)
