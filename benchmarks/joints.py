"""How speech sounds where chunks of a stream, or pieces of a text, were joined.

    python benchmarks/joints.py [--ckpt WORKDIR] [--language CODE]

A click is a sudden rise in all bands, which is what spectral flux measures. That of every joint is ranked
among all other places of the same speech: joints that cannot be heard have a mean rank of 0.5 or less.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from xtts_jax.commands.endings import run
from xtts_jax.commands.options import add_voice
from xtts_jax.data import demo_corpus
from xtts_jax.speak.synthesizer import Synthesizer

WINDOW, HOP = 256, 64  # samples; short, so that a click fills most of a window
LEAST = 0.01  # magnitude below which nothing is heard
SENTENCES, PARAGRAPHS = 12, 8


def flux(audio: np.ndarray) -> np.ndarray:
    """(t,) mean rise of the log-magnitudes from one window to the next, in nepers."""
    windows = sliding_window_view(audio, WINDOW)[::HOP] * np.hanning(WINDOW)
    magnitudes = np.log(np.abs(np.fft.rfft(windows)) + LEAST)
    return np.maximum(np.diff(magnitudes, axis=0), 0).mean(axis=1)


def ranks(audio: np.ndarray, joints: Iterable[int]) -> np.ndarray:
    """For each joint, given in samples, the share of places whose flux is lower than its own."""
    reach = WINDOW // HOP + 1  # windows that a joint is in
    highest = sliding_window_view(flux(audio), reach).max(axis=1)
    firsts = np.clip([(joint - WINDOW) // HOP for joint in joints], 0, len(highest) - 1)
    return np.array([np.mean(highest < highest[first]) for first in firsts])


def joints(parts: Sequence[np.ndarray]) -> np.ndarray:
    return np.cumsum([len(part) for part in parts])[:-1]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add_voice(parser)
    parser.add_argument("--language", default="en", metavar="CODE", help="default: %(default)s")
    options = parser.parse_args(arguments)
    tts = Synthesizer(options.ckpt)
    said = [said_twice(tts, text, options.language) for text in paragraphs(options.language)]
    of_chunks, of_pieces, difference = zip(*said, strict=True)
    for name, found in (("chunks of a stream", of_chunks), ("pieces of a text", of_pieces)):
        found = np.concatenate(found)
        print(f"{len(found)} joints of {name}: mean rank {found.mean():.2f}, highest {found.max():.3f}")
    print(f"a stream differs from speech at once by at most {max(difference):.1e} of full scale")


def paragraphs(language: str) -> list[str]:
    texts = demo_corpus.sentences(language)
    return [
        " ".join(texts[first : first + SENTENCES]) for first in range(0, SENTENCES * PARAGRAPHS, SENTENCES)
    ]


def said_twice(tts: Synthesizer, text: str, language: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Ranks of the joints of its stream and of its pieces, and the largest difference between the two."""
    pieces = [piece.audio for piece in tts.speak_in_pieces(text, language)]
    chunks = list(tts.stream(text, language))
    between = joints(pieces)
    within = np.setdiff1d(joints(chunks), between)
    whole, stream = np.concatenate(pieces), np.concatenate(chunks)
    return ranks(stream, within), ranks(whole, between), float(np.abs(whole - stream).max())


if __name__ == "__main__":
    run(main)
