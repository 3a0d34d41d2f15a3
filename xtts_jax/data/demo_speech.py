"""Synthesis of the built-in demo corpus with espeak-ng."""

import multiprocessing
import shutil
import wave
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from xtts_jax.data.demo_corpus import ESPEAK_LANGUAGES, VOICES, Line, demo_folder, is_made, lines, version
from xtts_jax.data.partial import partial_beside
from xtts_jax.text import espeak
from xtts_jax.text.normalize import normalize


def make_demo_corpus(cache_dir: Path, workers: int) -> Path:
    """The corpus folder (LJSpeech layout with a header), synthesized if it does not exist yet."""
    folder = demo_folder(cache_dir)
    if is_made(cache_dir):
        return folder
    with partial_beside(folder) as partial:
        (partial / "wavs").mkdir()
        _speak_all(partial / "wavs", workers)
        rows = [f"{line.id}|{line.voice.variant}|{line.language}|{line.text}" for line in lines()]
        table = "\n".join(["id|speaker|language|text", *rows, ""])
        (partial / "metadata.csv").write_text(table, encoding="utf-8")
        (partial / "version.txt").write_text(version())
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    return folder


def _speak_all(folder: Path, workers: int) -> None:
    groups = [[line for line in lines() if line.voice == voice] for voice in VOICES]
    tasks = [(group, folder) for group in groups]
    with tqdm(total=len(lines()), desc="synthesizing the demo corpus", unit="clip") as bar:
        if workers == 1:
            for task in tasks:
                bar.update(_speak(*task))
            return
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            for count in pool.map(_speak, *zip(*tasks, strict=True)):
                bar.update(count)


def _speak(group: list[Line], folder: Path) -> int:
    """Synthesizes the lines of one voice. Parallel calls need processes: espeak-ng's state is global."""
    for line in group:
        voice = f"{ESPEAK_LANGUAGES[line.language]}+{line.voice.variant}"
        text = normalize(line.text, line.language)
        samples, rate = espeak.synthesize(text, voice, rate_wpm=line.voice.rate_wpm, pitch=line.voice.pitch)
        _write_wav(folder / f"{line.id}.wav", samples, rate)
    return len(group)


def _write_wav(path: Path, samples: np.ndarray, sample_rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples.astype("<i2").tobytes())
