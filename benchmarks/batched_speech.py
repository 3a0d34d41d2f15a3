"""Whether a server should speak several sentences in one compiled call: CPU-seconds a second of speech.

    python benchmarks/batched_speech.py --ckpt WORKDIR [--vocoder ...] [--sizes 1 2 4 8] [--repeats 3]

The sentences of the demo corpus are grouped in the order in which they come, as a queue would group them,
and padded to the longest of their group. Everything is compiled before it is measured. The best of `repeats`
is shown, each size in turn, so that a busy machine is unfair to none.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

import jax
import jax.numpy as jnp
import numpy as np

from xtts_jax.commands.endings import run
from xtts_jax.commands.options import add_run, add_vocoder
from xtts_jax.data import demo_corpus
from xtts_jax.models.features import denormalize_mel
from xtts_jax.models.generate import draw, plan
from xtts_jax.models.xtts import XTTS
from xtts_jax.speak.drawer import FRAME_STEP, TOKEN_STEP
from xtts_jax.speak.reading import read
from xtts_jax.speak.run import read_run
from xtts_jax.speak.spelling import Speller
from xtts_jax.speak.voice_choice import OWN_VOICE
from xtts_jax.speak.voice_chooser import VoiceChooser
from xtts_jax.types import round_up
from xtts_jax.vocoder.vocode import find_vocoder

Ids = np.ndarray  # (n,)


class Cost(NamedTuple):
    """CPU-seconds; the waveforms are made both ways."""

    frames: float  # that are spoken
    mel: float
    together: float  # the waveforms of a group in one call
    apart: float  # one after the other, each as long as it is


Speak = Callable[[Sequence[Ids]], Cost]


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add_run(parser)
    add_vocoder(parser, default="shipped")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args(arguments)
    speak, sentences, frame_s = prepared(options.ckpt, options.vocoder)
    for size in options.sizes:
        measured(speak, sentences, size)
    best = {size: measured(speak, sentences, size) for size in options.sizes}
    for _ in range(options.repeats - 1):
        for size in options.sizes:
            best[size] = Cost(*map(min, best[size], measured(speak, sentences, size)))
    seconds = best[options.sizes[0]].frames * frame_s
    print(f"{len(sentences)} sentences, {seconds:.0f} s of speech; CPU-seconds a second of speech")
    for size, cost in best.items():
        mel, together, apart = (part / seconds for part in cost[1:])
        print(f"groups of {size}: mel {mel:.4f} + waveforms {together:.4f} together, {apart:.4f} apart")


def prepared(workdir: Path, vocoder_name: str) -> tuple[Speak, list[Ids], float]:
    config, params, tokenizer, stats, _ = read_run(workdir, None, {})
    spell = Speller(tokenizer, config.data.lexicon, config.data.ezafe)
    model = XTTS(config, len(tokenizer), len(tokenizer.languages))
    language = "en" if "en" in tokenizer.languages else tokenizer.languages[0]
    voice = VoiceChooser(model, params, stats, workdir, spell.tokens_of_all).choose(OWN_VOICE, language)
    vocoder = find_vocoder(vocoder_name, config.audio)
    planned_by = jax.jit(partial(plan, model))
    drawn_by = jax.jit(partial(draw, model), static_argnames="frames")

    def speak(group: Sequence[Ids]) -> Cost:
        start, size = time.process_time(), round_up(max(map(len, group)), TOKEN_STEP)
        tokens = np.stack([np.pad(ids, (0, size - len(ids))) for ids in group])
        mask = np.arange(size) < np.array([len(ids) for ids in group])[:, None]
        spread = jax.tree.map(lambda part: jnp.repeat(part, len(group), axis=0), voice)
        ids = jnp.full(len(group), tokenizer.language_id(language))
        planned = planned_by(params, tokens, mask, ids, spread)
        longest = int(np.asarray(planned.durations).sum(axis=1).max())
        frames = round_up(longest, FRAME_STEP)
        drawn = drawn_by(params, planned, spread, jax.random.key(0), frames=frames)
        lengths = np.asarray(drawn.durations).sum(axis=1)
        mel = np.asarray(denormalize_mel(drawn.mel, stats))[:, : lengths.max()]
        times = [start, time.process_time()]
        vocoder(mel)
        times.append(time.process_time())
        for each, length in zip(mel, lengths, strict=True):
            vocoder(each[None, :length])
        times.append(time.process_time())
        return Cost(int(lengths.sum()), *np.diff(times))

    texts = demo_corpus.sentences(language)
    sayings = [read(text, language, tokenizer.languages, spell).sayings[0] for text in texts]
    return speak, [saying.spelt.ids for saying in sayings], config.audio.seconds(1)


def measured(speak: Speak, sentences: Sequence[Ids], size: int) -> Cost:
    """The sum over all groups."""
    frames, *spent = map(sum, zip(*map(speak, groups(sentences, size)), strict=True))
    return Cost(frames, *spent)


def groups(sentences: Sequence[Ids], size: int) -> Iterator[Sequence[Ids]]:
    """Full ones; what is left over at the end is spoken one by one."""
    whole = len(sentences) // size * size
    yield from (sentences[at : at + size] for at in range(0, whole, size))
    yield from (sentences[at : at + 1] for at in range(whole, len(sentences)))


if __name__ == "__main__":
    run(main)
