"""A few recordings of one speaker with their texts, shared by several test files."""

import csv
import random
from pathlib import Path

import numpy as np
import soundfile

RATE = 22050  # Hz


def read(shared: Path, count: int) -> tuple[list[np.ndarray], list[str]]:
    """The (s,) clips and their texts, always the same ones."""
    folder = shared / "data" / "kathleen"
    with (folder / "metadata.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE))
    rows = random.Random(0).sample(rows, count)
    clips = [soundfile.read(folder / "wavs" / f"{row[0]}.flac", dtype="float32")[0] for row in rows]
    return clips, [row[-1] for row in rows]


def white_noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
