"""`xtts-jax convert`: import the weights of a public vocoder.

`xtts-jax convert hifigan generator.pth config.json --out DIR`
`xtts-jax convert vocos pytorch_model.bin config.yaml --out DIR`
"""

from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands.verbs import new_parser


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("convert")
    parser.add_argument("kind", choices=("hifigan", "vocos"))
    parser.add_argument("weights", type=Path, help="generator_v1, g_02500000, pytorch_model.bin, ...")
    parser.add_argument(
        "config", type=Path, help="the config.json (hifigan) or config.yaml (vocos) that came with them"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    options = parser.parse_args(arguments)

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
        print("It was trained on other mel filters than this project's, so no run can use it.")
