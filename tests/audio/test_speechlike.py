"""What is taken for speech: voices of espeak-ng, whatever the line; not noise, tones or music."""

from collections.abc import Callable

import numpy as np
import pytest

from xtts_jax.audio.io import resample
from xtts_jax.audio.speechlike import is_speech
from xtts_jax.config import Config
from xtts_jax.text import espeak

RATE, SECONDS = 22050, 4.0
TIME = np.arange(round(RATE * SECONDS)) / RATE
SENTENCES = {"en-us+m3": "The cook is frying eggs in the kitchen.", "fa+f2": "آشپز در آشپزخانه است."}


def noise(tilt: float = 0.0) -> np.ndarray:
    """tilt: power of 1/f; 1 is pink."""
    spectrum = np.fft.rfft(np.random.default_rng(0).normal(size=len(TIME)))
    return np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 1) ** (tilt / 2), len(TIME))


def chords(notes: int) -> np.ndarray:
    """Struck strings, another chord every 0.4 s."""
    random, sound = np.random.default_rng(1), np.zeros(len(TIME))
    for start in range(0, len(TIME), round(0.4 * RATE)):
        time = TIME[: len(TIME) - start]
        for hz in 220 * 2 ** (random.choice(12, notes, replace=False) / 12):
            harmonics = sum(np.sin(2 * np.pi * hz * n * time) / n for n in range(1, 8))
            sound[start:] += harmonics * np.exp(-4 * time)
    return sound


def buzz(hz: float, vibrato: float = 0.0) -> np.ndarray:
    phase = 2 * np.pi * hz * TIME + vibrato * np.sin(2 * np.pi * 6 * TIME)
    n = np.arange(1, 9)[:, None]
    return (np.sin(n * phase) / n).sum(axis=0)


NOT_SPEECH: dict[str, Callable[[], np.ndarray]] = {
    "white noise": noise,
    "pink noise": lambda: noise(1.0),
    "noise in the rhythm of syllables": lambda: noise(1.0) * (1 + np.sin(2 * np.pi * 4 * TIME)),
    "tone": lambda: np.sin(2 * np.pi * 440 * TIME),
    "beeps": lambda: np.sin(2 * np.pi * 800 * TIME) * (TIME % 0.5 < 0.2),
    "hum": lambda: buzz(50),
    "held note": lambda: buzz(220, vibrato=1.0),
    "siren": lambda: np.sin(2 * np.pi * 600 * TIME - 600 * np.cos(np.pi * TIME)),
    "melody": lambda: chords(1),
    "music": lambda: chords(3),
}


def level(sound: np.ndarray) -> np.ndarray:
    return (0.1 * sound / sound.std()).astype(np.float32)


@pytest.mark.parametrize("name", NOT_SPEECH)
def test_what_is_not_speech(tiny_config: Config, name: str) -> None:
    assert not is_speech(level(NOT_SPEECH[name]()), tiny_config.audio)


@pytest.mark.parametrize("voice", SENTENCES)
def test_speech_is_speech_also_by_telephone_and_in_noise(tiny_config: Config, voice: str) -> None:
    sound, rate = espeak.synthesize(SENTENCES[voice], voice)
    clean = level(resample(sound, rate, RATE))
    telephone = resample(resample(clean, RATE, 8000), 8000, RATE)
    noisy = clean + level(np.resize(noise(), len(clean))) * 10 ** (-10 / 20)
    for heard in (clean, telephone, noisy):
        assert is_speech(level(heard), tiny_config.audio)
