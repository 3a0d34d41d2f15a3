"""What every speaker of `benchmarks/peers.py` does: it speaks sentences twice and prints its figures.

Needs numpy alone, so that each system can live in an environment of its own.
"""

import argparse
import json
import resource
import sys
import time
import wave
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import distribution, packages_distributions
from pathlib import Path
from typing import NamedTuple

import numpy as np

Speak = Callable[[str], Iterable[np.ndarray]]  # a text to chunks (s,) float32


class Speaker(NamedTuple):
    speak: Speak
    rate: int  # Hz
    model: Sequence[Path] = ()  # its files and folders, beside those of packages


def run(load: Callable[[argparse.Namespace], Speaker], *options: str) -> None:
    """`options` are arguments that `load` needs, by name.

    The first round warms everything up and shows the cold start; the second is what is measured.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=Path, required=True, help="a JSON list of texts")
    parser.add_argument("--out", type=Path, required=True, help="folder for 000.wav and so on")
    parser.add_argument("--started", type=float, required=True, help="time.time() before this process")
    for name in options:
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    speak, rate, model = load(given)
    texts = json.loads(given.sentences.read_text(encoding="utf-8"))
    next(iter(speak(texts[0])))
    cold_s, cold_cpu_s = time.time() - given.started, time.process_time()
    for text in texts:
        list(speak(text))
    firsts, seconds, cpu, wall = [], 0.0, time.process_time(), time.perf_counter()
    for number, text in enumerate(texts):
        before, chunks = time.perf_counter(), []
        for chunk in speak(text):
            firsts += [] if chunks else [time.perf_counter() - before]
            chunks.append(chunk)
        audio = np.concatenate(chunks)
        seconds += len(audio) / rate
        _save(given.out / f"{number:03d}.wav", audio, rate)
    figures = {
        "cold_s": cold_s,
        "cold_cpu_s": cold_cpu_s,
        "first_s": float(np.median(firsts)),
        "cpu_s_per_s": (time.process_time() - cpu) / seconds,
        "wall_s_per_s": (time.perf_counter() - wall) / seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "model_mb": sum(map(_mb, model)),
        "installed_mb": _installed_mb(),
        "speech_s": seconds,
    }
    print(json.dumps(figures))


def _mb(path: Path) -> float:
    files = [path, *path.rglob("*")]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _installed_mb() -> float:
    """The size of all packages of which something was imported."""
    owners = packages_distributions()
    used = {name for module in [*sys.modules] for name in owners.get(module.partition(".")[0], [])}
    files = [Path(str(file.locate())) for name in used for file in distribution(name).files or []]
    return sum(file.stat().st_size for file in files if file.is_file()) / 1e6


def _save(path: Path, audio: np.ndarray, rate: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    peak = max(1.0, float(np.abs(audio).max()))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(audio / peak * 32767).astype("<i2").tobytes())
