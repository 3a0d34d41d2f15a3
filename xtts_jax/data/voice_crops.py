"""Crops of recordings by speaker, to train the voice encoder; the plan is a function of seed and step."""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.speeds import is_played
from xtts_jax.errors import UserError

SHORTEST_S = 1.5  # shortest recording used, and shortest crop if the recording allows it
HELD_OUT_VOICES, HELD_OUT_CROPS = 100, 4  # most voices, and crops per voice


class VoiceCrops(NamedTuple):
    audio: np.ndarray  # (b, s) int16, padded with zeros
    lengths: np.ndarray  # (b,) int32, frames
    speakers: np.ndarray  # (b,) int32, equal for crops of the same voice


class PlannedVoiceCrops(NamedTuple):
    """(b,) each; the crops of a speaker are adjacent."""

    indices: np.ndarray  # utterances
    starts: np.ndarray  # frames
    lengths: np.ndarray  # frames
    speakers: np.ndarray


class Stretch(NamedTuple):
    """The part of a recording that one crop is cut from; the parts for one speaker do not overlap."""

    index: int
    first: int  # frame
    frames: int


class VoicePlan:
    """The endless sequence of training batches; all speakers are sampled equally often."""

    def __init__(self, corpus: Corpus, config: Config) -> None:
        corpus.require(config)
        self._corpus, self._seed = corpus, config.train.seed
        self._crops = config.voice.crops_per_speaker
        self._count = config.train.batch_size // self._crops
        self._voices = list(_usable(corpus, corpus.train, config).values())
        self.most = len(self._voices) * self._crops
        self._shortest, self._longest = _bounds(config)
        if not 2 <= self._count <= len(self._voices):
            raise UserError(
                f"A batch of {config.train.batch_size} with {self._crops} crops per speaker needs "
                f"{self._count} speakers, and at least 2; {corpus.folder} has {len(self._voices)} to train "
                f"on with a recording of {SHORTEST_S} s or more. Set train.batch_size to at most "
                f"{len(self._voices) * self._crops} and at least {2 * self._crops}, or add speakers."
            )

    def __getitem__(self, step: int) -> PlannedVoiceCrops:
        random = np.random.default_rng([self._seed, 3, step])
        drawn = random.choice(len(self._voices), size=self._count, replace=False)
        rows = [(*crop, n) for n in drawn for crop in self._draw(self._voices[n], random)]
        return PlannedVoiceCrops(*np.array(rows, np.int64).T)

    def ids(self, step: int) -> list[str]:
        return [str(name) for name in self._corpus.index.id[self[step].indices]]

    def _draw(self, members: np.ndarray, random: np.random.Generator) -> Iterator[tuple[int, int, int]]:
        frames = self._corpus.index.frames
        for stretch in stretches(random.permutation(members), frames, self._crops):
            length = min(int(random.integers(self._shortest, self._longest + 1)), stretch.frames)
            start = stretch.first + int(random.integers(stretch.frames - length + 1))
            yield stretch.index, start, length


def held_out_crops(corpus: Corpus, config: Config) -> PlannedVoiceCrops:
    """Long crops at fixed places, of speakers that are not trained on; `UserError` if fewer than two."""
    codes = corpus.index.speaker.codes
    trained = np.bincount(codes[corpus.train], minlength=len(corpus.speakers)) > 0
    theirs = corpus.validation[~trained[codes[corpus.validation]]]
    known = _usable(corpus, theirs, config)
    names = sorted(known, key=lambda name: hash_fraction(f"voice {name}"))[:HELD_OUT_VOICES]
    if len(names) < 2:
        raise UserError(
            f"{corpus.folder} keeps {len(names)} of its speakers with a recording of {SHORTEST_S} s or more "
            "only for validation, but at least two are needed to measure how well voices are distinguished. "
            f"{_more_held_out(corpus, config)}"
        )
    longest, frames, rows = _bounds(config)[1], corpus.index.frames, []
    for number, name in enumerate(names):
        members = sorted(known[name], key=lambda i: hash_fraction(f"voice {corpus.index.id[i]}"))
        for stretch in stretches(members, frames, HELD_OUT_CROPS):
            length = min(longest, stretch.frames)
            rows.append((stretch.index, stretch.first + (stretch.frames - length) // 2, length, number))
    return PlannedVoiceCrops(*np.array(rows, np.int64).T)


def _more_held_out(corpus: Corpus, config: Config) -> str:
    """What to do for two held-out speakers and two others."""
    names = _usable(corpus, np.arange(len(corpus)), config)
    places = sorted(hash_fraction(name) for name in names if not is_played(name, config.data.speeds))
    fraction = math.floor(100 * places[1] + 1) / 100 if len(places) > 1 else 1.0
    if fraction < 0.5 and sum(place >= fraction for place in places) >= 2:
        return f"Set data.validation_speaker_fraction to {fraction:g}, or add speakers."
    return "Add speakers: four or more are needed in all."


def stretches(members: Sequence[int] | np.ndarray, frames: np.ndarray, count: int) -> Iterator[Stretch]:
    """`count` stretches of different recordings; if there are too few, equal parts of the same ones."""
    for j in range(count):
        turn, part = j % len(members), j // len(members)
        index, parts = int(members[turn]), -(-(count - turn) // len(members))
        first, end = (int(frames[index]) * n // parts for n in (part, part + 1))
        yield Stretch(index, first, end - first)


def load_voice_crops(corpus: Corpus, config: Config, planned: PlannedVoiceCrops) -> VoiceCrops:
    """Reads, decodes, cuts and pads the planned crops."""
    hop = config.audio.hop_length
    audio = np.zeros((len(planned.indices), _bounds(config)[1] * hop), np.int16)
    for row, index, start, length in zip(audio, *planned[:3], strict=True):
        cut = corpus.samples(index, slice(start * hop, (start + length) * hop))
        row[: len(cut)] = cut
    return VoiceCrops(audio, planned.lengths.astype(np.int32), planned.speakers.astype(np.int32))


def _usable(corpus: Corpus, members: np.ndarray, config: Config) -> dict[str, np.ndarray]:
    """The recordings of each speaker that are long enough."""
    long = corpus.index.frames[members] >= config.audio.frames(SHORTEST_S)
    return voices(corpus, members[long]) if long.any() else {}


def voices(corpus: Corpus, members: np.ndarray) -> dict[str, np.ndarray]:
    """The members of each speaker."""
    codes = corpus.index.speaker.codes[members]
    order = np.argsort(codes, kind="stable")
    found, starts = np.unique(codes[order], return_index=True)
    names = corpus.index.speaker.names[found].tolist()
    return dict(zip(names, np.split(members[order], starts[1:]), strict=True))


def _bounds(config: Config) -> tuple[int, int]:
    """Frames of the shortest and the longest crop."""
    longest = config.audio.frames(config.data.reference_seconds)
    return min(config.audio.frames(SHORTEST_S), longest), longest
