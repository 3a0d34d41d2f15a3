"""Planning of batches: which utterances, in which static shape. Plain numpy."""

import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
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
        self._voices = voices(corpus, members)
        self._epoch = lru_cache(maxsize=2)(self._shuffle)

    @property
    def steps_per_epoch(self) -> int:
        return sum(self._batches)

    def __getitem__(self, step: int) -> PlannedBatch:
        epoch, position = divmod(step, self.steps_per_epoch)
        bucket, indices = self._epoch(epoch)[position]
        random = np.random.default_rng([self._seed, 1, step])
        speakers = self.corpus.index.speaker[indices]
        references = [
            pick_reference(self._voices[str(speaker)], i, draw, self.corpus.index.emotion)
            for speaker, i, draw in zip(speakers, indices, random.random(len(indices)), strict=True)
        ]
        seeds = random.integers(2**31, size=len(indices))
        return PlannedBatch(self.buckets[bucket], indices, np.array(references), seeds)

    def ids(self, step: int) -> list[str]:
        return [str(name) for name in self.corpus.index.id[self[step].indices]]

    def _shuffle(self, epoch: int) -> list[tuple[int, np.ndarray]]:
        random = np.random.default_rng([self._seed, 0, epoch])
        batches = []
        for i, ((members, weights), count) in enumerate(zip(self._members, self._batches, strict=True)):
            drawn = draw_evenly(random, members, weights, count * self._batch_size)
            batches += [(i, part) for part in drawn.reshape(self._batch_size, count).T]
        return [batches[i] for i in random.permutation(len(batches))]


def sampling_weights(corpus: Corpus, members: np.ndarray, balance: float) -> np.ndarray:
    """How often each member is sampled in an epoch, 1 on average.

    A language with n recordings has the weight n^(1 - balance), and so does a speaker within a language:
    the temperature sampling of multilingual models (Arivazhagan et al. 2019, section 4.2).
    """
    _, language = np.unique(corpus.index.language[members], return_inverse=True)
    _, speaker = np.unique(corpus.index.speaker[members], return_inverse=True)
    _, voice, recordings = np.unique(
        language * len(members) + speaker, return_inverse=True, return_counts=True
    )
    weights = recordings[voice] ** -float(balance)
    wanted = np.bincount(language) ** (1 - balance)
    weights = weights * (wanted / np.bincount(language, weights))[language]
    return weights * (len(weights) / weights.sum())


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
    names = corpus.index.id[np.setdiff1d(members, kept)]
    if len(names):
        _log.warning("Left out %d utterances, too short for their text: %s", len(names), ", ".join(names[:8]))


def voices(corpus: Corpus, members: np.ndarray) -> dict[str, np.ndarray]:
    """The members of each speaker."""
    speakers = corpus.index.speaker[members]
    order = np.argsort(speakers, kind="stable")
    names, starts = np.unique(speakers[order], return_index=True)
    return {str(name): part for name, part in zip(names, np.split(members[order], starts[1:]), strict=True)}


def pick_reference(voice: np.ndarray, i: int, draw: float, emotion: np.ndarray) -> int:
    """The reference of utterance i: another of its voice, chosen by `draw` in [0, 1), or i if there is none.

    emotion: (n,) labels of the whole corpus. The reference has the label of i, or none if i has none: from
    references with another emotion, style tokens could not learn emotions.
    """
    others = voice[(voice != i) & (emotion[voice] == emotion[i])]
    return int(others[int(draw * len(others))]) if len(others) else int(i)


def fitting(shapes: list[Bucket], tokens: int, frames: int) -> Bucket | None:
    """The first shape that holds an utterance, if any."""
    return next((shape for shape in shapes if tokens <= shape.tokens and frames <= shape.frames), None)


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
