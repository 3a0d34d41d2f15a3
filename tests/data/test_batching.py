"""Planning of batches, on corpora made up in memory."""

import itertools
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xtts_jax.config import Config
from xtts_jax.data.batching import (
    BatchPlan,
    _best_bounds,
    alignable,
    buckets,
    draw_evenly,
    fitting,
    sampling_weights,
)
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.index import Index, split_validation
from xtts_jax.data.labels import Labels
from xtts_jax.data.pipeline import fixed_plan
from xtts_jax.data.settings import prepared_settings
from xtts_jax.errors import UserError
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats

STATS = Stats(np.zeros(80), np.ones(80), 5.0, 0.2, 0.0, 1.0)
TOKENIZER = Tokenizer.build(["a"], ["en"], "characters")


def invented(config: Config, frames: np.ndarray, tokens: np.ndarray, speakers: int) -> Corpus:
    """A corpus in which every tenth utterance is for validation."""
    n = len(frames)
    numbers = np.arange(n)
    index = Index(
        id=np.array([f"u{i:05d}" for i in numbers]),
        speaker=Labels.of([f"s{i % speakers}" for i in numbers]),
        language=Labels.of(["en"] * n),
        emotion=Labels.of([""] * n),
        shard=np.zeros(n, np.int32),
        position=numbers.astype(np.int32),
        tokens=tokens.astype(np.int32),
        frames=frames.astype(np.int32),
        audio=numbers.astype(np.uint64),
        validation=numbers % 10 == 9,
        shard_names=np.array(["x"]),
        shard_bytes=np.array([0]),
    )
    return Corpus(Path("nowhere"), prepared_settings(config), TOKENIZER, STATS, index)


def random_corpus(config: Config, n: int, seed: int, speakers: int = 3) -> Corpus:
    random = np.random.default_rng(seed)
    frames = random.integers(60, 900, n)
    return invented(config, frames, (frames // 6 + random.integers(0, 10, n)), speakers)


def with_batch(config: Config, batch_size: int, count: int = 4, balance: float = 0.5) -> Config:
    train = replace(config.train, batch_size=batch_size)
    return replace(config, train=train, data=replace(config.data, buckets=count, balance=balance))


sizes = st.tuples(st.integers(2, 200), st.integers(1, 24), st.integers(1, 6), st.integers(0, 10**6))


@settings(max_examples=30, deadline=None)
@given(sizes)
def test_an_epoch_visits_every_utterance_and_few_twice(tiny_config: Config, size: tuple) -> None:
    n, batch_size, count, seed = size
    config = with_batch(tiny_config, batch_size, count, balance=0.0)
    corpus = random_corpus(config, n, seed)
    plan = BatchPlan(corpus, config)
    batches = [plan[step] for step in range(plan.steps_per_epoch)]
    visits = Counter(int(i) for batch in batches for i in batch.indices)
    assert set(visits) == set(corpus.train.tolist())
    assert all(len(batch.indices) == batch_size for batch in batches)
    assert visits.total() - len(visits) < batch_size * len(plan.buckets)
    if len(corpus.train) >= batch_size:
        assert all(len(set(batch.indices.tolist())) == batch_size for batch in batches)


@settings(max_examples=30, deadline=None)
@given(sizes)
def test_every_batch_fits_one_of_few_static_shapes(tiny_config: Config, size: tuple) -> None:
    n, batch_size, count, seed = size
    config = with_batch(tiny_config, batch_size, count)
    corpus = random_corpus(config, n, seed)
    shapes = buckets(corpus, config)
    assert 1 <= len(shapes) <= count
    assert all(shape.frames % 16 == 0 and shape.tokens % 8 == 0 for shape in shapes)
    plan = BatchPlan(corpus, config)
    for step in range(plan.steps_per_epoch):
        bucket, indices, *_ = plan[step]
        assert bucket in shapes
        assert corpus.index.frames[indices].max() <= bucket.frames
        assert corpus.index.tokens[indices].max() <= bucket.tokens


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(1, 9), min_size=1, max_size=7),
    st.integers(1, 4),
    st.integers(1, 12),
    st.integers(0, 10**6),
)
def test_bucket_bounds_have_the_least_padding(counts: list[int], most: int, smallest: int, seed: int) -> None:
    edges = np.sort(np.random.default_rng(seed).choice(np.arange(16, 900, 16), len(counts), replace=False))
    total = sum(counts)

    def padded(bounds: tuple[int, ...]) -> float:
        held = [
            sum(c for c, e in zip(counts, edges, strict=True) if low < e <= high)
            for low, high in itertools.pairwise((0, *bounds))
        ]
        if any(count < min(smallest, total) for count in held):
            return np.inf
        return sum(count * bound for count, bound in zip(held, bounds, strict=True))

    choices = [
        (*(int(e) for e in inner), int(edges[-1]))
        for size in range(most)
        for inner in itertools.combinations(edges[:-1], size)
    ]
    found = tuple(int(bound) for bound in _best_bounds(edges, np.array(counts), most, smallest))
    assert found in choices
    assert padded(found) == min(padded(choice) for choice in choices)


def test_the_plan_depends_only_on_the_seed_and_the_step(tiny_config: Config) -> None:
    config = with_batch(tiny_config, 8)
    one, other = (BatchPlan(random_corpus(config, 100, 1), config) for _ in range(2))
    steps = [40, 3, 17, 0, 39, 3]
    backwards = {step: other[step] for step in reversed(steps)}
    for step in steps:
        for left, right in zip(one[step], backwards[step], strict=True):
            np.testing.assert_array_equal(left, right)
    reseeded = replace(config, train=replace(config.train, seed=1))
    changed = BatchPlan(one.corpus, reseeded)
    assert any(changed.ids(step) != one.ids(step) for step in range(5))


def test_epochs_differ_in_order(tiny_config: Config) -> None:
    config = with_batch(tiny_config, 8)
    plan = BatchPlan(random_corpus(config, 100, 1), config)
    first, second = ([plan.ids(epoch * plan.steps_per_epoch + i) for i in range(5)] for epoch in (0, 1))
    assert first != second


def test_references_are_other_utterances_of_the_same_speaker(tiny_config: Config) -> None:
    config = with_batch(tiny_config, 8)
    corpus = random_corpus(config, 100, 1, speakers=4)
    plan = BatchPlan(corpus, config)
    seen = set()
    for step in range(30):
        _, indices, references, _ = plan[step]
        assert (corpus.index.speaker[indices] == corpus.index.speaker[references]).all()
        assert (indices != references).all()
        assert not corpus.index.validation[references].any()
        seen |= set(references.tolist())
    assert len(seen) > 0.8 * len(corpus.train)


def test_references_have_the_emotion_of_their_target(tiny_config: Config) -> None:
    config = with_batch(tiny_config, 8)
    corpus = random_corpus(config, 100, 1, speakers=3)
    emotion = np.array(["", "sad", "happy", "sad"])[np.arange(100) % 4]
    emotion[0] = "angry"  # the only one
    corpus = replace(corpus, index=corpus.index._replace(emotion=Labels.of(emotion)))
    plan = BatchPlan(corpus, config)
    batches = [plan[step] for step in range(30)]
    planned = [*batches, *(batch for batch, _ in fixed_plan(corpus, config, corpus.validation))]
    seen = set()
    for _, indices, references, _ in planned:
        assert (emotion[indices] == emotion[references]).all()
        assert (corpus.index.speaker[indices] == corpus.index.speaker[references]).all()
        assert ((indices != references) | (indices == 0)).all()
        seen |= set(references.tolist())
    assert len(seen) > 0.8 * len(corpus.train)


def test_a_lone_utterance_of_a_speaker_is_its_own_reference(tiny_config: Config) -> None:
    config = with_batch(tiny_config, 4)
    corpus = random_corpus(config, 9, 1, speakers=9)
    _, indices, references, seeds = BatchPlan(corpus, config)[0]
    np.testing.assert_array_equal(indices, references)
    assert len(set(seeds.tolist())) == 4


def test_texts_longer_than_their_recording_are_left_out_and_named(
    tiny_config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    config = with_batch(tiny_config, 4)
    frames = np.full(20, 200)
    tokens = np.full(20, 200 // config.model.frames_per_step)
    tokens[3] += 1
    corpus = invented(config, frames, tokens, 1)
    plan = BatchPlan(corpus, config)
    visited = {int(i) for step in range(plan.steps_per_epoch) for i in plan[step].indices}
    assert visited == set(corpus.train.tolist()) - {3}
    assert "u00003" in caplog.text
    with pytest.raises(UserError, match="2 frames for every token"):
        alignable(invented(config, frames, tokens + 100, 1), np.arange(20), config)


def test_a_shape_must_hold_both_the_text_and_the_mel(tiny_config: Config) -> None:
    config = with_batch(tiny_config, 4, count=2)
    corpus = invented(config, np.repeat([100, 500], 10), np.repeat([20, 90], 10), 1)
    short, long = buckets(corpus, config)
    tokens, frames = np.array([24, 25, 10]), np.array([112, 112, 513])
    assert fitting([short, long], tokens, frames).tolist() == [0, 1, 2]


@given(
    st.lists(st.floats(0, 1, exclude_max=True), min_size=2, max_size=50, unique=True), st.floats(0.01, 0.49)
)
def test_neither_side_of_the_split_is_empty(hashes: list[float], fraction: float) -> None:
    validation = split_validation(hashes, fraction)
    assert 0 < validation.sum() < len(hashes)


def test_the_share_of_validation_is_the_requested_fraction() -> None:
    hashes = np.random.default_rng(0).random(20_000).tolist()
    assert split_validation(hashes, 0.04).mean() == pytest.approx(0.04, abs=0.005)


def lopsided(config: Config) -> Corpus:
    """300 English recordings of one speaker, 20 of another, and 80 Persian ones of a third."""
    n = 400
    corpus = invented(config, np.full(n, 300), np.full(n, 40), 1)
    speaker = np.repeat(["much", "little", "other"], [300, 20, 80])
    language = np.repeat(["en", "fa"], [320, 80])
    labels = {"speaker": Labels.of(speaker), "language": Labels.of(language)}
    index = corpus.index._replace(**labels, validation=np.zeros(n, bool))
    return Corpus(corpus.folder, corpus.settings, corpus.tokenizer, corpus.stats, index)


@pytest.mark.parametrize(
    ("balance", "shares"),
    [(0.0, {"much": 300, "little": 20, "other": 80}), (1.0, {"much": 100, "little": 100, "other": 200})],
)
def test_balance_goes_from_recordings_to_languages_and_speakers(
    tiny_config: Config, balance: float, shares: dict[str, int]
) -> None:
    config = with_batch(tiny_config, 8, balance=balance)
    corpus = lopsided(config)
    plan = BatchPlan(corpus, config)
    drawn = Counter(
        str(name) for step in range(plan.steps_per_epoch) for name in corpus.index.speaker[plan[step].indices]
    )
    assert plan.steps_per_epoch == 50
    for speaker, share in shares.items():
        assert abs(drawn[speaker] - share) <= 8, drawn


def test_a_balance_of_one_half_weights_by_the_square_root_of_recordings(tiny_config: Config) -> None:
    corpus = lopsided(tiny_config)
    weights = sampling_weights(corpus, np.arange(400), 0.5)
    much, little, other = (
        weights[corpus.index.speaker[:] == name].mean() for name in ("much", "little", "other")
    )
    assert little / much == pytest.approx((300 / 20) ** 0.5)
    assert weights[320:].sum() / weights[:320].sum() == pytest.approx((80 / 320) ** 0.5)
    assert weights.mean() == pytest.approx(1) and much < 1 < other


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 20), min_size=1, max_size=40), st.integers(1, 100), st.integers(0, 99))
def test_members_are_drawn_as_often_as_their_weights_say_up_to_rounding(
    given: list[float], count: int, seed: int
) -> None:
    weights, members = np.array(given), np.arange(len(given)) + 7
    drawn = draw_evenly(np.random.default_rng(seed), members, weights, count)
    often = np.bincount(drawn, minlength=len(given) + 7)[7:]
    assert len(drawn) == count and drawn.min() >= 7
    assert np.abs(often - weights * count / weights.sum()).max() < 1 + 1e-6
