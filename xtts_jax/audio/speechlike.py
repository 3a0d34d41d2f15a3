"""Whether a recording has speech in it, by how its pitch and its spectrum move.

Speech is voiced for a part of the time, its pitch glides, and its spectrum is another one a tenth of a second
later. Noise is not voiced, notes do not glide, and neither they nor a hum change from within.
"""

from typing import NamedTuple

import numpy as np

from xtts_jax.audio import pitch
from xtts_jax.config import Audio

LEAST_VOICED = 0.2  # share of the audible frames; speech has 0.38 to 0.96
LEAST_SWITCHES = 0.5  # between voiced and unvoiced, a second; speech has 2 to 11
MOST_STILL = 0.48  # share of voiced frames whose pitch stays; speech has 0 to 0.42, notes 0.5 to 1
LEAST_CHANGE = 0.5  # nat of magnitude; speech has 0.7 to 1.6, noise 0.4
_STILL = 0.15 / 12 * np.log(2)  # a seventh of a semitone, in log F0, over _GLIDE_FRAMES
_GLIDE_FRAMES, _CHANGE_FRAMES = 4, 8
_AUDIBLE_DB = 30.0  # below the loudest frame
_BANDS, _LOWEST_HZ, _HIGHEST_HZ = 32, 100.0, 3600.0  # what every recording has, also one by telephone
_SMOOTHED_FRAMES = 4
_FLOOR = 1e-10


class Movement(NamedTuple):
    """How a recording sounds from frame to frame."""

    voiced: float  # share of the audible frames
    switches: float  # between voiced and unvoiced, a second
    still: float  # share of the voiced frames in which the pitch stays as it is
    change: float  # median distance of the spectrum's shape to that of a tenth of a second before


def is_speech(audio: np.ndarray, settings: Audio) -> bool:
    """Whether an (s,) clip may be speech; singing and music with a voice in front may pass or not."""
    found = movement(audio, settings)
    return (
        found.voiced >= LEAST_VOICED
        and found.switches >= LEAST_SWITCHES
        and found.still <= MOST_STILL
        and found.change >= LEAST_CHANGE
    )


def movement(audio: np.ndarray, settings: Audio) -> Movement:
    """How a clip of at least half a second moves."""
    log_f0, voiced = pitch.log_f0(audio, settings)
    power = _power(audio, settings)[: len(log_f0)]
    level = 10 * np.log10(power.sum(axis=1) + _FLOOR)
    audible = level > level.max() - _AUDIBLE_DB
    voiced = voiced & audible
    held = voiced[_GLIDE_FRAMES:] & voiced[:-_GLIDE_FRAMES]
    glides = np.abs(log_f0[_GLIDE_FRAMES:] - log_f0[:-_GLIDE_FRAMES])[held]
    heard = audible[_CHANGE_FRAMES:] & audible[:-_CHANGE_FRAMES]
    changes = _changes(power)[: len(heard)][heard[: len(_changes(power))]]
    return Movement(
        voiced=float(voiced.sum() / audible.sum()),
        switches=float(np.abs(np.diff(voiced.astype(int))).sum() / settings.seconds(len(voiced))),
        still=float((glides < _STILL).mean()) if len(glides) else 1.0,
        change=float(np.median(changes)) if len(changes) else 0.0,
    )


def _power(audio: np.ndarray, settings: Audio) -> np.ndarray:
    """(t, bands): of each frame, in bands of equal width on a logarithmic scale."""
    size = settings.win_length
    padded = np.pad(audio, size // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[:: settings.hop_length]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2
    edges = np.geomspace(_LOWEST_HZ, _HIGHEST_HZ, _BANDS + 1) * size / settings.sample_rate
    starts = np.unique(np.round(edges).astype(int))
    return np.add.reduceat(power, starts, axis=1)[:, :-1]


def _changes(power: np.ndarray) -> np.ndarray:
    """(t - _CHANGE_FRAMES,): how far the shape of the smoothed spectrum moves, whatever its level."""
    magnitude = 0.5 * np.log(power + _FLOOR)
    shape = magnitude - magnitude.mean(axis=1, keepdims=True)
    sums = np.cumsum(np.pad(shape, ((_SMOOTHED_FRAMES, 0), (0, 0))), axis=0)
    smooth = (sums[_SMOOTHED_FRAMES:] - sums[:-_SMOOTHED_FRAMES]) / _SMOOTHED_FRAMES
    return np.sqrt(np.square(smooth[_CHANGE_FRAMES:] - smooth[:-_CHANGE_FRAMES]).mean(axis=1))
