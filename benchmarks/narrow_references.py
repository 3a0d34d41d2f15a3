"""How near narrow copies of recordings are to the recordings, by the voice encoder of a run.

    python benchmarks/narrow_references.py --ckpt WORKDIR RECORDING [RECORDING ...]

WORKDIR is a run of configs/voice.py; each recording is of another speaker. For each kind of copy: the mean
cosine to the recording, and the share of copies nearest to their own recording, as they are and with their
upper bins guessed.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.audio.faults import bandwidth_hz
from xtts_jax.audio.io import load, normalize_loudness, resample, trim
from xtts_jax.audio.mel import log_mel
from xtts_jax.commands.endings import run
from xtts_jax.commands.options import add_run
from xtts_jax.config import Config
from xtts_jax.data.statistics import load_stats
from xtts_jax.models.features import normalize_mel
from xtts_jax.runs import voices
from xtts_jax.runs.checkpoint import load_params
from xtts_jax.runs.settings import read_config_of
from xtts_jax.speak.narrow_band import bins_below, is_narrow, widened
from xtts_jax.train.voice_encoder.step import init_encoder
from xtts_jax.train.voice_encoder.validation import cosines

LONGEST_FRAMES, OWN_VOICES = 1024, 40
MU = 255


def mu_law(audio: np.ndarray) -> np.ndarray:
    coded = np.sign(audio) * np.log1p(MU * np.abs(audio)) / np.log1p(MU)
    return np.sign(coded) * np.expm1(np.abs(np.round(coded * 127) / 127) * np.log1p(MU)) / MU


COPIES: dict[str, tuple[int, Callable[[np.ndarray], np.ndarray]]] = {
    "8 kHz": (8000, lambda audio: audio),
    "8 kHz, mu-law": (8000, mu_law),
    "11 kHz, 8 bits": (11025, lambda audio: np.round(audio * 127) / 127),
}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add_run(parser)
    parser.add_argument("recordings", type=Path, nargs="+", metavar="RECORDING")
    options = parser.parse_args(arguments)
    config = read_config_of(options.ckpt, "voice")
    rate = config.audio.sample_rate
    measure, embed = encoder_of(options.ckpt, config)
    known = voices.read(options.ckpt)
    own = [
        load(options.ckpt / "voices" / voice.reference, rate)
        for voice in known[:: -(-len(known) // OWN_VOICES)]
    ]
    own = [measure(audio) for audio in own if not is_narrow(bandwidth_hz(audio, rate), config.audio)]
    plain = [load(path, rate) for path in options.recordings]
    wanted = np.stack([embed(measure(audio)) for audio in plain])
    for name, (low, coded) in COPIES.items():
        copies = [
            resample(coded(resample(audio / np.abs(audio).max() / 2, rate, low)), low, rate)
            for audio in plain
        ]
        mels = [measure(copy.astype(np.float32)) for copy in copies]
        bins = [bins_below(bandwidth_hz(copy, rate), config.audio) for copy in copies]
        guessed = [widened(mel, below, own) for mel, below in zip(mels, bins, strict=True)]
        for how, found in (("as it is", mels), ("guessed", guessed)):
            table = cosines(np.concatenate([np.stack([embed(mel) for mel in found]), wanted]))
            table = table[: len(plain), len(plain) :]
            nearest = np.mean(table.argmax(axis=1) == np.arange(len(plain)))
            print(f"{name:16s} {how:10s} cosine {np.diag(table).mean():.2f}, own is nearest {nearest:.0%}")


def encoder_of(
    workdir: Path, config: Config
) -> tuple[Callable[[np.ndarray], np.ndarray], Callable[[np.ndarray], np.ndarray]]:
    """From a clip to its (t, m) normalized mel, and from that to the (d,) embedding."""
    settings, stats = config.audio, load_stats(workdir / "stats.json")
    params, _ = load_params(workdir)
    to_embedding, to_mel = jax.jit(init_encoder(config)[1]), jax.jit(log_mel, static_argnums=1)

    def measure(audio: np.ndarray) -> np.ndarray:
        audio = trim(audio, settings.sample_rate, config.data.trim_db)
        audio = normalize_loudness(audio, settings.sample_rate, config.data.loudness)
        frames = min(LONGEST_FRAMES, len(audio) // settings.hop_length)
        clip = np.zeros(LONGEST_FRAMES * settings.hop_length, np.float32)
        clip[: frames * settings.hop_length] = audio[: frames * settings.hop_length]
        return np.asarray(normalize_mel(to_mel(clip[None], settings), stats))[0, :frames]

    def embed(mel: np.ndarray) -> np.ndarray:
        padded = np.pad(mel, ((0, LONGEST_FRAMES - len(mel)), (0, 0)))
        return np.asarray(to_embedding(params, padded[None], np.array([len(mel)])))[0]

    return measure, embed


if __name__ == "__main__":
    run(main)
