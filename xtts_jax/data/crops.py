"""Short stretches of recordings, for vocoders: a plan that is a pure function of seed and step."""

from typing import NamedTuple

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.shards import to_float32
from xtts_jax.errors import UserError


class Crops(NamedTuple):
    audio: np.ndarray  # (b, s) float32 in [-1, 1]


class PlannedCrops(NamedTuple):
    indices: np.ndarray  # (b,) of utterances
    places: np.ndarray  # (b,) in [0, 1): where in them the stretch begins


class CropPlan:
    """The endless sequence of training batches; long recordings come as often as they are long."""

    def __init__(self, corpus: Corpus, config: Config) -> None:
        corpus.require(config)
        frames = corpus.index.frames[corpus.train]
        self._members = corpus.train[frames >= config.vocoder.crop_frames]
        if not len(self._members):
            raise UserError(
                f"No recording of {corpus.folder} is as long as vocoder.crop_frames "
                f"({config.vocoder.crop_frames} frames). Lower it, or add longer recordings."
            )
        self._ends = np.cumsum(corpus.index.frames[self._members], dtype=np.int64)
        self._corpus, self._batch_size, self._seed = corpus, config.train.batch_size, config.train.seed

    def __getitem__(self, step: int) -> PlannedCrops:
        random = np.random.default_rng([self._seed, 2, step])
        drawn = np.searchsorted(self._ends, random.integers(self._ends[-1], size=self._batch_size), "right")
        return PlannedCrops(self._members[drawn], random.random(self._batch_size))

    def ids(self, step: int) -> list[str]:
        return [str(name) for name in self._corpus.index.id[self[step].indices]]


def load_crops(corpus: Corpus, config: Config, planned: PlannedCrops) -> Crops:
    """Reads, decodes and cuts what a plan names."""
    hop, length = config.audio.hop_length, config.vocoder.crop_frames * config.audio.hop_length
    rows = []
    for i, place in zip(planned.indices, planned.places, strict=True):
        audio = corpus.record(int(i)).audio
        start = int(place * (len(audio) // hop - config.vocoder.crop_frames + 1)) * hop
        rows.append(to_float32(audio[start : start + length]))
    return Crops(np.stack(rows))
