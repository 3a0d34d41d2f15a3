"""A synthetic corpus of voices without texts, shared by several test files."""

from functools import cache
from pathlib import Path

import numpy as np
import soundfile
from conftest import SMALL_MODEL

from configs import voice
from xtts_jax import config as configuration
from xtts_jax.config import Config

RATE, VOICES, TWICE = 22050, 24, 8  # TWICE: number of voices with two recordings


def made_up(voice_number: int, take: int, seconds: float) -> np.ndarray:
    """Pulses at the pitch of a voice, through resonances that form random syllables."""
    random, mine = np.random.default_rng([voice_number, take]), np.random.default_rng(voice_number)
    pitch, nasal = mine.uniform(90, 280), mine.uniform(500, 3000)
    time = np.arange(int(seconds * RATE)) / RATE

    def wander(low: float, high: float) -> np.ndarray:
        return np.interp(time, 0.12 * np.arange(50), random.uniform(low, high, 50))

    phase = 2 * np.pi * np.cumsum(pitch * wander(0.9, 1.1)) / RATE
    formants, sound = (wander(300, 1000), wander(900, 3000)), np.zeros_like(time)
    for n in range(1, int(5000 / pitch)):
        gain = sum(1 / (1 + ((n * pitch - formant) / 150) ** 2) for formant in (*formants, nasal))
        sound += gain * np.sin(n * phase)
    return 0.1 * sound * wander(0, 1) + 1e-3 * random.normal(size=len(time))


@cache
def config(root: Path) -> Config:
    values = voice.get_config()
    values.model.update(SMALL_MODEL)
    values.data.root, values.data.cache_dir, values.data.workers = str(root), str(root / "prepared"), 1
    values.data.validation_speaker_fraction, values.data.reference_seconds = 0.3, 1.6
    values.optim.learning_rate = 5e-3
    values.train.update({"batch_size": 16, "steps": 40, "eval_every": 40, "log_every": 10, "seed": 1})
    values.train.checkpoint_every = 40
    values.preflight.steps = 4
    return configuration.build(values)


def write_corpus(folder: Path) -> Path:
    """Writes the recordings and their metadata, without texts."""
    (folder / "wavs").mkdir()
    rows = ["id|speaker|language"]
    for number in range(VOICES):
        for take in range(1 + (number < TWICE)):
            soundfile.write(folder / "wavs" / f"{number}_{take}.wav", made_up(number, take, 4.2), RATE)
            rows.append(f"{number}_{take}|voice{number}|en")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
