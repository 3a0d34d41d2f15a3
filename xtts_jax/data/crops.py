"""Crops of recordings, to train vocoders on; the plan is a pure function of seed and step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import UserError


class Crops(NamedTuple):
    audio: np.ndarray  # (b, s) int16
    mel: np.ndarray | None = None  # (b, t, m) natural-log mel of the same frames; None: that of the audio


@dataclass(frozen=True)
class Mels:
    """Mels that an acoustic model predicted for the utterances of a corpus, aligned with their audio."""

    frames: np.ndarray  # (t, m) float16, natural log; all utterances, concatenated
    starts: np.ndarray  # (n,) int64, first frame of each utterance
    members: np.ndarray  # (k,) indices of the utterances that have a prediction

    def cut(self, i: int, start: int, length: int) -> np.ndarray:
        """`length` frames of utterance i from frame `start` on, (length, m) float32."""
        first = int(self.starts[i]) + start
        return np.asarray(self.frames[first : first + length], np.float32)


class PlannedCrops(NamedTuple):
    indices: np.ndarray  # (b,) utterances
    places: np.ndarray  # (b,) in [0, 1): relative position of the crop


class CropPlan:
    """The endless sequence of training batches; recordings are sampled in proportion to their length."""

    def __init__(self, corpus: Corpus, config: Config, mels: Mels | None) -> None:
        corpus.require(config)
        members = corpus.train if mels is None else np.intersect1d(corpus.train, mels.members)
        self._members = members[corpus.index.frames[members] >= config.vocoder.crop_frames]
        if not len(self._members):
            raise UserError(
                f"Every training recording of {corpus.folder} is shorter than vocoder.crop_frames "
                f"({config.vocoder.crop_frames} frames). Lower it, or add longer recordings."
            )
        self.most = len(self._members)
        self._ends = np.cumsum(corpus.index.frames[self._members], dtype=np.int64)
        self._corpus, self._batch_size, self._seed = corpus, config.train.batch_size, config.train.seed

    def __getitem__(self, step: int) -> PlannedCrops:
        random = np.random.default_rng([self._seed, 2, step])
        drawn = np.searchsorted(self._ends, random.integers(self._ends[-1], size=self._batch_size), "right")
        return PlannedCrops(self._members[drawn], random.random(self._batch_size))

    def ids(self, step: int) -> list[str]:
        return [str(name) for name in self._corpus.index.id[self[step].indices]]


def load_crops(corpus: Corpus, config: Config, planned: PlannedCrops, mels: Mels | None) -> Crops:
    """Reads, decodes and cuts the planned crops."""
    length = config.vocoder.crop_frames
    starts = [
        int(place * (int(corpus.index.frames[i]) - length + 1))
        for i, place in zip(planned.indices, planned.places, strict=True)
    ]
    return cut_crops(corpus, planned.indices, starts, length, config.audio.hop_length, mels)


def cut_crops(
    corpus: Corpus, indices: Iterable[int], starts: Sequence[int], length: int, hop: int, mels: Mels | None
) -> Crops:
    """Cuts `length` frames from each utterance, beginning at its frame in `starts`."""
    places = [(int(i), start) for i, start in zip(indices, starts, strict=True)]
    rows = [corpus.samples(i, slice(start * hop, (start + length) * hop)) for i, start in places]
    predicted = None if mels is None else np.stack([mels.cut(i, start, length) for i, start in places])
    return Crops(np.stack(rows), predicted)
