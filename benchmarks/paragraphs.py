"""Whether pitch goes on from piece to piece of a paragraph, or starts anew at each.

    python benchmarks/paragraphs.py [--ckpt WORKDIR] [--language CODE] [--speaker NAME ...]

Paragraphs of several pieces are spoken, and each of their pieces as a text of its own. For later pieces it
prints, with 95 % intervals, how far their first phrase is above their others (medians of F0), and how far
they start above the end of the piece before; beside the latter, how far phrases within a piece do.
"""

import argparse
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

import numpy as np

from xtts_jax.audio import pitch
from xtts_jax.audio.phrases import phrases
from xtts_jax.commands.endings import run
from xtts_jax.commands.options import add_voice
from xtts_jax.config import Audio
from xtts_jax.data import demo_corpus
from xtts_jax.speak.synthesizer import Synthesizer

SENTENCES = 24  # a paragraph; one has about 40 characters
EDGE = 25  # voiced frames at the start and at the end of a phrase


class Phrase(NamedTuple):
    """Pitch in semitones."""

    median: float
    start: float
    end: float


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add_voice(parser)
    parser.add_argument("--language", default="en", metavar="CODE", help="default: %(default)s")
    parser.add_argument(
        "--speaker", nargs="+", default=[""], metavar="NAME", help="default: that of the language"
    )
    options = parser.parse_args(arguments)
    tts = Synthesizer(options.ckpt)
    sentences = demo_corpus.sentences(options.language)
    texts = [" ".join(sentences[first : first + SENTENCES]) for first in range(0, len(sentences), SENTENCES)]
    for speaker in options.speaker:
        voice = tts.voice(language=options.language, speaker=speaker)
        together = [list(tts.speak_in_pieces(text, options.language, voice)) for text in texts]
        for name, spoken in (
            ("as they are spoken", [[piece.audio for piece in pieces] for pieces in together]),
            (
                "each by itself",
                [
                    [tts.speak(piece.segments[0].text, options.language, voice).audio for piece in pieces]
                    for pieces in together
                ],
            ),
        ):
            report(f"{speaker} pieces {name}".strip(), spoken, tts.config.audio)


def report(name: str, spoken: Sequence[Sequence[np.ndarray]], audio: Audio) -> None:
    texts = [[found for piece in pieces if (found := pitches(piece, audio))] for pieces in spoken]
    higher = [
        first.median - float(np.mean([phrase.median for phrase in others]))
        for pieces in texts
        for first, *others in pieces[1:]
        if others
    ]
    across = [after[0].start - before[-1].end for pieces in texts for before, after in pairwise(pieces)]
    within = [
        after.start - before.end for pieces in texts for piece in pieces for before, after in pairwise(piece)
    ]
    print(
        f"{name}: first phrase {mean(higher)} above the others; start {mean(across)} above the end before, "
        f"{mean(within)} within pieces",
        flush=True,
    )


def pitches(sound: np.ndarray, audio: Audio) -> list[Phrase]:
    log_f0, voiced = pitch.log_f0(sound, audio)
    found = []
    for part in phrases(sound, audio.sample_rate):
        frames = slice(part.start // audio.hop_length, part.stop // audio.hop_length)
        semitones = 12 / np.log(2) * log_f0[frames][voiced[frames]]
        if len(semitones) > 2 * EDGE:
            edges = np.median(semitones[:EDGE]), np.median(semitones[-EDGE:])
            found.append(Phrase(float(np.median(semitones)), *map(float, edges)))
    return found


def mean(values: Sequence[float]) -> str:
    spread = 1.96 * np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.2f} ± {spread:.2f} st"


if __name__ == "__main__":
    run(main)
