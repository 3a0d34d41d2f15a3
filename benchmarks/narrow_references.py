"""How near narrow copies of recordings are to the recordings, by the voice encoder of a run.

    python benchmarks/narrow_references.py --ckpt WORKDIR RECORDING [RECORDING ...]

WORKDIR is a run of configs/voice.py; each recording is of another speaker. For each kind of copy: the mean
cosine to the recording, and the share of copies nearest to their own recording, as they are and as references
are read: of the loudest channel, without rumble, with the ends of the spectrum that are missing guessed.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import jax
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.audio.io import load, mono, normalize_loudness, resample, trim
from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.rumble import VOICE_HZ, without_rumble
from xtts_jax.commands.endings import run
from xtts_jax.commands.options import add_run
from xtts_jax.config import Config
from xtts_jax.data.statistics import load_stats
from xtts_jax.models.features import normalize_mel
from xtts_jax.runs import voices
from xtts_jax.runs.params import load_params
from xtts_jax.runs.settings import read_config_of
from xtts_jax.speak.narrow_band import Heard, bins_above, bins_present, completed, hear, products
from xtts_jax.train.voice_encoder.step import init_encoder
from xtts_jax.train.voice_encoder.validation import cosines

LONGEST_FRAMES, OWN_VOICES = 1024, 40
MU = 255

Change = Callable[[np.ndarray, int], np.ndarray]  # a clip (s,) and its rate to (s,) or (s, channels)


def mu_law(audio: np.ndarray) -> np.ndarray:
    coded = np.sign(audio) * np.log1p(MU * np.abs(audio)) / np.log1p(MU)
    return np.sign(coded) * np.expm1(np.abs(np.round(coded * 127) / 127) * np.log1p(MU)) / MU


def through(low_hz: float, high_hz: float) -> Change:
    """A filter as steep as those of telephones."""

    def change(audio: np.ndarray, rate: int) -> np.ndarray:
        hz = np.fft.rfftfreq(len(audio), 1 / rate)
        inside = 1 / (1 + (hz / high_hz) ** 12) / (1 + (low_hz / np.maximum(hz, 1)) ** 12)
        return np.fft.irfft(np.fft.rfft(audio) * inside, len(audio))

    return change


def at(low_rate: int, coded: Callable[[np.ndarray], np.ndarray]) -> Change:
    return lambda audio, rate: resample(coded(resample(audio, rate, low_rate)), low_rate, rate)


def drifting(audio: np.ndarray, rate: int) -> np.ndarray:
    seconds = np.arange(len(audio)) / rate
    return audio + 0.4 * np.sin(2 * np.pi * 0.7 * seconds)


def humming(audio: np.ndarray, rate: int) -> np.ndarray:
    return audio + 0.7 * np.std(audio) * np.sin(2 * np.pi * 50 * np.arange(len(audio)) / rate)


def at_two_distances(audio: np.ndarray, rate: int) -> np.ndarray:
    """(s, 2): the second microphone a third of a meter further away."""
    return np.stack([audio, np.pad(audio, (rate // 1000, 0))[: len(audio)]], axis=1)


COPIES: dict[str, Change] = {
    "8 kHz": at(8000, lambda audio: audio),
    "8 kHz, mu-law": at(8000, mu_law),
    "11 kHz, 8 bits": at(11025, lambda audio: np.round(audio * 127) / 127),
    "up to 5 kHz": through(0, 5000),
    "from 300 Hz": through(300, np.inf),
    "300 to 3400 Hz": through(300, 3400),
    "drift": drifting,
    "hum of 50 Hz": humming,
    "two channels, 1 ms": at_two_distances,
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
        measure(load(options.ckpt / "voices" / voice.reference, rate))
        for voice in known[:: -(-len(known) // OWN_VOICES)]
    ]
    whole = products(heard for heard in own if bins_present(heard.mel) == (0, config.audio.n_mels))
    plain = [load(path, rate) for path in options.recordings]
    plain = [audio / np.abs(audio).max() / 2 for audio in plain]
    wanted = np.stack([embed(measure(audio).mel) for audio in plain])
    for name, change in COPIES.items():
        copies = [np.atleast_2d(change(audio, rate).T).T for audio in plain]
        before = [embed(measure(copy.mean(axis=1)).mel) for copy in copies]
        after = [embed(repaired(copy, measure, whole, config)) for copy in copies]
        for how, found in (("as it is", before), ("repaired", after)):
            table = cosines(np.concatenate([np.stack(found), wanted]))[: len(plain), len(plain) :]
            nearest = np.mean(table.argmax(axis=1) == np.arange(len(plain)))
            print(f"{name:18s} {how:10s} cosine {np.diag(table).mean():.2f}, own is nearest {nearest:.0%}")


def repaired(
    copy: np.ndarray, measure: Callable[[np.ndarray], Heard], whole: np.ndarray | None, config: Config
) -> np.ndarray:
    """The mel that a reference of these channels gives."""
    audio = mono(copy)
    steady = without_rumble(audio, config.audio.sample_rate)
    heard = measure(steady)
    first, end = bins_present(heard.mel)
    lowest = 0 if steady is audio else bins_above(VOICE_HZ, config.audio)
    present = max(first, lowest), end
    if whole is None or present == (0, config.audio.n_mels):
        return heard.mel
    return completed(heard, present, whole)


def encoder_of(
    workdir: Path, config: Config
) -> tuple[Callable[[np.ndarray], Heard], Callable[[np.ndarray], np.ndarray]]:
    """From a clip to its normalized mel and pitch, and from the mel to the (d,) embedding."""
    settings, stats = config.audio, load_stats(workdir / "stats.json")
    params, _ = load_params(workdir)
    to_embedding, to_mel = jax.jit(init_encoder(config)[1]), jax.jit(log_mel, static_argnums=1)

    def measure(audio: np.ndarray) -> Heard:
        audio = trim(audio, settings.sample_rate, config.data.trim_db)
        audio = normalize_loudness(audio, settings.sample_rate, config.data.loudness)
        frames = min(LONGEST_FRAMES, len(audio) // settings.hop_length)
        clip = np.zeros(LONGEST_FRAMES * settings.hop_length, np.float32)
        clip[: frames * settings.hop_length] = audio[: frames * settings.hop_length]
        mel = np.asarray(normalize_mel(to_mel(clip[None], settings), stats))[0, :frames]
        return hear(mel, clip[: frames * settings.hop_length], settings)

    def embed(mel: np.ndarray) -> np.ndarray:
        padded = np.pad(mel, ((0, LONGEST_FRAMES - len(mel)), (0, 0)))
        return np.asarray(to_embedding(params, padded[None], np.array([len(mel)])))[0]

    return measure, embed


if __name__ == "__main__":
    run(main)
