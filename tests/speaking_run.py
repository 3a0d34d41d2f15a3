"""A run that can speak at once: its params are random, so that it shows what follows from the code alone."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from trained_run import random_params, save_params

from xtts_jax.config import Config
from xtts_jax.data.statistics import save_stats
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs import settings
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats

RATE, HOP = 22050, 256
TEXT = "a man said it ten times, and then he sat and ate."
LONG_TEXT = " ".join(["it is a long and winding tale of men and of their sons."] * 5)  # a text of two pieces


def buzz(seconds: float, hz: float) -> np.ndarray:
    """A voiced sound with harmonics, getting louder and softer."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    harmonics = np.arange(1, 9)[:, None]
    sound = (0.2 / harmonics * np.sin(2 * np.pi * harmonics * hz * time_s)).sum(axis=0)
    return sound * (1 + 0.5 * np.sin(2 * np.pi * 3 * time_s))


def write_run(workdir: Path, tiny_config: Config) -> None:
    """Reads characters, from a corpus without x, q and z; speakers s0 (en) and s1 (fa), happy and sad."""
    tokenizer = Tokenizer.build(["abcdefghijklmnoprstuvwy .,'"], ["en", "fa"], "characters")
    tokenizer.save(workdir / "tokenizer.json")
    config = replace(tiny_config, synthesis=replace(tiny_config.synthesis, vocoder="griffin_lim"))
    settings.write_config(workdir, config)
    save_stats(workdir / "stats.json", Stats(np.full(80, -5.0), np.full(80, 2.0), 5.0, 0.3, -2.0, 1.0))
    (workdir / "voices").mkdir()
    voices = []
    for i, language in enumerate(tokenizer.languages):
        soundfile.write(workdir / "voices" / f"{i}.wav", buzz(1.0, 120 + 90 * i), RATE)
        voices.append({"speaker": f"s{i}", "languages": [language], "reference": f"{i}.wav"})
    (workdir / "voices" / "voices.json").write_text(json.dumps(voices))
    moods = [_mood("happy", "s0", 2, [0]), _mood("sad", "s0", 6, [0, 1]), _mood("sad", "s1", 1, [1])]
    (workdir / "voices" / "emotions.json").write_text(json.dumps(moods))
    params = random_params(XTTS(tiny_config, len(tokenizer), 2), 0)
    params["variance_predictor"]["heads"]["kernel"] *= 0.2  # durations far from the floor of one frame
    save_params(workdir, 3, params)


def _mood(emotion: str, speaker: str, recordings: int, examples: list[int]) -> dict[str, object]:
    names = [f"{i}.wav" for i in examples]
    return {"emotion": emotion, "speaker": speaker, "recordings": recordings, "examples": names}
