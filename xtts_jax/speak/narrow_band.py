"""The ends of a voice's spectrum, guessed for recordings that lack them, as those by telephone do.

Without them a voice encoder finds another voice, and the average spectrum makes the speech as dull as the
line. What is missing follows from what is there, and from the pitch, as well as it does in the run's own
voices: each bin is a linear function of them, by ridge regression over their frames.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from xtts_jax.audio.mel import mel_filters
from xtts_jax.audio.pitch import log_f0
from xtts_jax.config import Audio
from xtts_jax.errors import UserError

Bins = tuple[int, int]  # the first one that a recording has, and the end of those

_LOUD, _USUAL = 95, 75  # percentiles over frames, and over bins
_WEAK_LOW, _WEAK_HIGH = 2.5, 2.7  # standard deviations below the usual bin; clean recordings have less
_FALLING = 0.7  # from here on towards an end that is weak
_TELL_LOW_HZ, _TELL_HIGH = 150.0, 0.8  # share of `fmax`; less than that is guessed without a word
_PITCHES = np.arange(np.log(70), np.log(420), 0.06)  # log F0, a semitone apart
_PRODUCTS = "whole.npy"  # the file of a packed voice
_RIDGE = 10.0  # in squares of normalized mels, of which there are one for each frame


class Heard(NamedTuple):
    mel: np.ndarray  # (t, m), normalized
    pitch: np.ndarray  # (t, p): how near F0 is to each of _PITCHES, and whether it is voiced


def hear(mel: np.ndarray, audio: np.ndarray, settings: Audio) -> Heard:
    tracked, voiced = log_f0(audio, settings)
    near = np.exp(-0.5 * ((tracked[:, None] - _PITCHES) / (_PITCHES[1] - _PITCHES[0])) ** 2)
    return Heard(mel, np.concatenate([near * voiced[:, None], voiced[:, None]], axis=1))


def bins_present(mel: np.ndarray) -> Bins:
    """The bins of a (t, m) normalized mel without those at both ends that are far weaker than a voice's.

    A weak end begins where the levels begin to fall, because filters are rarely steep.
    """
    loud = np.percentile(mel, _LOUD, axis=0)
    loud = loud - np.percentile(loud, _USUAL)
    sound = np.flatnonzero(loud >= -_FALLING)
    first, end = int(sound[0]), int(sound[-1]) + 1
    lacks_low = loud[:first].min(initial=0) < -_WEAK_LOW
    lacks_high = loud[end:].min(initial=0) < -_WEAK_HIGH
    return (first if lacks_low else 0), (end if lacks_high else len(loud))


def bins_above(hz: float, settings: Audio) -> int:
    """The first bin of which the most is above a frequency."""
    return int((_centers_hz(settings) < hz).sum())


def products(examples: Iterable[Heard]) -> np.ndarray | None:
    """What `completed` needs of recordings that have all bins; None where there are none.

    It is (f, f), the products of what is known of each frame with each other, summed over frames.
    """
    frames = [_known_of(example) for example in examples]
    return np.sum([frame.T @ frame for frame in frames], axis=0) if frames else None


def save_products(whole: np.ndarray | None, folder: Path) -> None:
    if whole is not None:
        np.save(folder / _PRODUCTS, whole)


def load_products(folder: Path) -> np.ndarray | None:
    """Those that `save_products` wrote; None where there are none. `UserError` where they are damaged."""
    path = folder / _PRODUCTS
    if not path.exists():
        return None
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path} cannot be read ({error}). Copy the packed voice again.") from error


def completed(heard: Heard, present: Bins, whole: np.ndarray) -> np.ndarray:
    """The (t, m) mel with the bins that are not `present` guessed by the `products` of other recordings."""
    bins = np.arange(heard.mel.shape[1])
    missing = bins[(bins < present[0]) | (bins >= present[1])]
    given = np.setdiff1d(np.arange(len(whole)), missing)
    ridge = whole[np.ix_(given, given)] + _RIDGE * np.eye(len(given))
    weights = np.linalg.solve(ridge, whole[np.ix_(given, missing)])
    mel = heard.mel.copy()
    mel[:, missing] = _known_of(heard)[:, given] @ weights
    return mel


def describe_missing(present: Bins, settings: Audio) -> str:
    """Which ends are missing that a user should know of; empty if none is."""
    centers, (first, end) = _centers_hz(settings), present
    low, high = centers[first], centers[end - 1]
    parts = [f"below {low:.0f} Hz"] if first and low >= _TELL_LOW_HZ else []
    if high < _TELL_HIGH * settings.fmax:
        parts.append(f"above {high / 1000:.1f} kHz")
    return " and ".join(parts)


def _known_of(heard: Heard) -> np.ndarray:
    """(t, m + p + 1): the bins, the pitch, and a one."""
    return np.concatenate([heard.mel, heard.pitch, np.ones((len(heard.mel), 1))], axis=1)


def _centers_hz(settings: Audio) -> np.ndarray:
    hz = np.fft.rfftfreq(settings.n_fft, 1 / settings.sample_rate)
    return hz[mel_filters(settings).argmax(axis=1)]
