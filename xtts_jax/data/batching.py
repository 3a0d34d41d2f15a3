"""Planning of batches: which utterances, in which static shape. Plain numpy."""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.references import References
from xtts_jax.errors import UserError
from xtts_jax.types import round_up

FRAMES_MULTIPLE, TOKENS_MULTIPLE = 16, 8

_log = logging.getLogger(__name__)


class Bucket(NamedTuple):
    """A static batch shape: the longest text and the longest mel it holds."""

    tokens: int
    frames: int


class PlannedBatch(NamedTuple):
    """Utterances, their references, and the seeds that place the references' crops; (b,) each."""

    bucket: Bucket
    indices: np.ndarray
    reference_indices: np.ndarray
    crop_seeds: np.ndarray


class Epoch(NamedTuple):
    """The batches of an epoch, which are numbered through all buckets."""

    order: np.ndarray  # (n,) numbers of batches
    drawn: list[np.ndarray]  # (batches, b) utterances, of each bucket


class BatchPlan:
    """The endless sequence of training batches: a pure function of the seed and the step."""

    def __init__(self, corpus: Corpus, config: Config) -> None:
        corpus.require(config)
        members = alignable(corpus, corpus.train, config)
        report_left_out(corpus, corpus.train, members)
        self.corpus = corpus
        self.buckets = buckets(corpus, config)
        self.most = len(members)
        self._batch_size, self._seed = config.train.batch_size, config.train.seed
        holder = np.searchsorted([bucket.frames for bucket in self.buckets], corpus.index.frames[members])
        weights = sampling_weights(corpus, members, config.data.balance)
        parts = [holder == i for i in range(len(self.buckets))]
        self._members = [(members[part], weights[part]) for part in parts]
        self._batches = [batches_for(weights[part].sum(), self._batch_size) for part in parts]
        self._firsts = np.cumsum([0, *self._batches])  # number of each bucket's first batch
        self._references = References(corpus.index, members)
        self._epoch = lru_cache(maxsize=2)(self._shuffle)

    @property
    def steps_per_epoch(self) -> int:
        return sum(self._batches)

    def __getitem__(self, step: int) -> PlannedBatch:
        epoch, position = divmod(step, self.steps_per_epoch)
        order, drawn = self._epoch(epoch)
        number = order[position]
        bucket = int(np.searchsorted(self._firsts, number, "right")) - 1
        indices = drawn[bucket][number - self._firsts[bucket]]
        random = np.random.default_rng([self._seed, 1, step])
        draws = random.random(len(indices))
        references = [self._references.pick(i, draw) for i, draw in zip(indices, draws, strict=True)]
        seeds = random.integers(2**31, size=len(indices))
        return PlannedBatch(self.buckets[bucket], indices, np.array(references), seeds)

    def ids(self, step: int) -> list[str]:
        return [str(name) for name in self.corpus.index.id[self[step].indices]]

    def _shuffle(self, epoch: int) -> Epoch:
        random = np.random.default_rng([self._seed, 0, epoch])
        drawn = [
            draw_evenly(random, members, weights, count * self._batch_size).reshape(self._batch_size, count).T
            for (members, weights), count in zip(self._members, self._batches, strict=True)
        ]
        return Epoch(random.permutation(self.steps_per_epoch), drawn)


def sampling_weights(corpus: Corpus, members: np.ndarray, balance: float) -> np.ndarray:
    """How often each member is sampled in an epoch, 1 on average.

    A language with n recordings has the weight n^(1 - balance), and so does a speaker within a language:
    the temperature sampling of multilingual models (Arivazhagan et al. 2019, section 4.2).
    """
    speaker, language = corpus.index.speaker, corpus.index.language.codes[members]
    voices = language.astype(np.int64) * len(speaker.names) + speaker.codes[members]
    recordings = np.maximum(np.bincount(voices), 1)
    weights = (recordings ** -float(balance))[voices]
    spoken = np.bincount(language)
    given = np.where(spoken > 0, np.bincount(language, weights), 1.0)
    weights *= (spoken ** (1 - balance) / given)[language]
    weights *= len(weights) / weights.sum()
    return weights


def batches_for(utterances: float, batch_size: int) -> int:
    """The number of batches; the last one is filled up."""
    return int(np.ceil(utterances / batch_size - 1e-6))


def draw_evenly(
    random: np.random.Generator, members: np.ndarray, weights: np.ndarray, count: int
) -> np.ndarray:
    """Samples `count` members in proportion to their weights; counts are rounded up or down at random.

    The order is random, except that repetitions of a member are adjacent.
    """
    order = random.permutation(len(members))
    ends = np.cumsum(weights[order]) * (count / weights.sum())
    drawn = np.searchsorted(ends, np.arange(count) + random.random(), "right")
    return members[order][np.minimum(drawn, len(members) - 1)]


def buckets(corpus: Corpus, config: Config) -> list[Bucket]:
    """At most `data.buckets` shapes, shortest first, with the least padding over the training set.

    Each holds enough training utterances to fill a batch, unless the whole set is smaller than a batch.
    """
    members = alignable(corpus, corpus.train, config)
    frames, tokens = corpus.index.frames[members], corpus.index.tokens[members]
    edges, counts = np.unique(round_up(frames, _frames_step(config)), return_counts=True)
    bounds = _best_bounds(edges, counts, config.data.buckets, config.train.batch_size)
    holder = np.searchsorted(bounds, frames)
    return [shape_for(int(tokens[holder == i].max()), int(bound), config) for i, bound in enumerate(bounds)]


def alignable(corpus: Corpus, members: np.ndarray, config: Config) -> np.ndarray:
    """The members with at least one model position per token; `UserError` if there are none."""
    positions = corpus.index.frames[members] // config.frames_per_position
    fits = corpus.index.tokens[members] <= positions
    if not fits.any():
        raise UserError(
            f"No utterance of {corpus.folder} has {config.frames_per_position} frames for every "
            "token. Check that the texts belong to the recordings, or lower model.frames_per_step (for a "
            "recogniser, recogniser.frames_per_position)."
        )
    return members[fits]


def report_left_out(corpus: Corpus, members: np.ndarray, kept: np.ndarray) -> None:
    """Logs the number and the first ids of the utterances that `alignable` left out."""
    if number := len(members) - len(kept):
        names = corpus.index.id[np.setdiff1d(members, kept, assume_unique=True)[:8]]
        _log.warning("Left out %d utterances, too short for their text: %s", number, ", ".join(names))


def fitting(shapes: list[Bucket], tokens: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """(n,) the number of the first shape that holds each utterance; that of shapes if there is none."""
    chosen = np.full(len(tokens), len(shapes))
    for number, shape in reversed(list(enumerate(shapes))):
        chosen[(tokens <= shape.tokens) & (frames <= shape.frames)] = number
    return chosen


def shape_for(tokens: int, frames: int, config: Config) -> Bucket:
    """The smallest allowed shape that holds an utterance."""
    return Bucket(round_up(tokens, TOKENS_MULTIPLE), round_up(frames, _frames_step(config)))


def _best_bounds(edges: np.ndarray, counts: np.ndarray, most: int, smallest: int) -> np.ndarray:
    """The upper bounds, among the sorted edges, with the least padding, by dynamic programming.

    Parts are runs of edges; every part has at least `smallest` utterances, or there is a single part.
    """
    total = np.concatenate([[0], np.cumsum(counts)])
    position = np.arange(len(total))
    size = total[None, :] - total[:, None]  # [i, j]: utterances with edges i to j - 1
    allowed = (size >= min(smallest, total[-1])) & (position[None, :] > position[:, None])
    padded = np.where(allowed, size * np.concatenate([[0], edges])[None, :], np.inf)
    cost = np.where(position == 0, 0.0, np.inf)  # [j]: least padded size of the first j edges in k parts
    came_from, totals = [], []
    for _ in range(min(most, len(edges))):
        reached = cost[:, None] + padded
        came_from.append(reached.argmin(axis=0))
        cost = reached.min(axis=0)
        totals.append(cost[-1])
    bounds, end = [], len(edges)
    for back in came_from[int(np.argmin(totals)) :: -1]:
        bounds.append(edges[end - 1])
        end = int(back[end])
    return np.array(bounds[::-1])


def _frames_step(config: Config) -> int:
    return int(np.lcm(FRAMES_MULTIPLE, config.frames_per_position))


def pad_rows(rows: Sequence[np.ndarray], length: int, dtype: type[np.generic]) -> np.ndarray:
    """Rows (n,) of different lengths as one (b, length) array, padded with zeros."""
    padded = np.zeros((len(rows), length), dtype)
    for target, row in zip(padded, rows, strict=True):
        target[: len(row)] = row
    return padded
