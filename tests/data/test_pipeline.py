"""Batches of a prepared corpus."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.config import Config
from xtts_jax.data.batching import BatchPlan, buckets
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import fixed_plan, largest_batch, load_batch, train_batches
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError
from xtts_jax.types import Batch


@pytest.fixture(scope="module")
def config(tiny_config: Config, small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    cache = tmp_path_factory.mktemp("prepared")
    data = replace(
        tiny_config.data,
        root=str(small_corpus),
        cache_dir=str(cache),
        workers=1,
        buckets=2,
        validation_fraction=0.3,
        reference_seconds=1.0,
    )
    return replace(tiny_config, data=data, train=replace(tiny_config.train, batch_size=4))


@pytest.fixture(scope="module")
def corpus(config: Config) -> Corpus:
    return Corpus.open(prepare(config))


def validation_batches(corpus: Corpus, config: Config) -> Iterator[tuple[Batch, np.ndarray]]:
    for planned, valid in fixed_plan(corpus, config, corpus.validation):
        yield load_batch(corpus, config, planned), valid


def assert_equal(one: Batch, other: Batch) -> None:
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left, right)


def test_largest_batch_has_room_for_every_utterance(config: Config, corpus: Corpus) -> None:
    largest = largest_batch(corpus, config)
    assert len(largest.tokens) == 1
    for bucket in BatchPlan(corpus, config).buckets:
        assert bucket.tokens <= largest.tokens.shape[1] and bucket.frames <= largest.log_f0.shape[1]
    assert BatchPlan(corpus, config).buckets[-1].frames == largest.log_f0.shape[1]


def test_a_batch_holds_the_records_padded_with_zeros(config: Config, corpus: Corpus) -> None:
    hop = config.audio.hop_length
    planned = BatchPlan(corpus, config)[2]
    batch = load_batch(corpus, config, planned)
    assert batch.tokens.shape == (4, planned.bucket.tokens)
    assert batch.audio.shape == (4, planned.bucket.frames * hop)
    assert batch.log_f0.shape == batch.voiced.shape == (4, planned.bucket.frames)
    for row, i in enumerate(planned.indices):
        record = corpus.record(i)
        n, frames = batch.text_lengths[row], batch.mel_lengths[row]
        assert corpus.tokenizer.decode(batch.tokens[row, :n]) == record.symbols
        assert corpus.tokenizer.languages[batch.language_ids[row]] == record.language
        np.testing.assert_array_equal(batch.audio[row, : frames * hop], record.audio)
        np.testing.assert_array_equal(batch.voiced[row, :frames], record.voiced)
        np.testing.assert_array_equal(batch.log_f0[row, :frames] > 0, record.voiced)
        assert not batch.tokens[row, n:].any() and not batch.audio[row, frames * hop :].any()
        assert not batch.log_f0[row, frames:].any() and not batch.voiced[row, frames:].any()


def test_the_dtypes_of_a_batch(config: Config, corpus: Corpus) -> None:
    batch = next(train_batches(corpus, config))
    kinds = {name: str(value.dtype) for name, value in batch._asdict().items()}
    others = {"audio": "int16", "reference_audio": "int16", "log_f0": "float32", "voiced": "bool"}
    assert kinds == dict.fromkeys(kinds, "int32") | others


def test_references_are_crops_of_the_same_voice_with_true_lengths(config: Config, corpus: Corpus) -> None:
    hop, longest = config.audio.hop_length, config.audio.frames(config.data.reference_seconds)
    starts = set()
    for step in range(8):
        planned = BatchPlan(corpus, config)[step]
        batch = load_batch(corpus, config, planned)
        assert batch.reference_audio.shape == (4, longest * hop)
        for row, i in enumerate(planned.reference_indices):
            whole = corpus.record(i).audio
            length = batch.reference_lengths[row] * hop
            assert length == min(longest * hop, len(whole))
            crop = batch.reference_audio[row, :length]
            windows = range(0, len(whole) - length + 1, hop)
            found = [start // hop for start in windows if np.array_equal(whole[start : start + length], crop)]
            assert found
            starts.add(found[0])
            assert not batch.reference_audio[row, length:].any()
    assert len(starts) > 4


def test_processes_divide_a_batch_without_overlap(config: Config, corpus: Corpus) -> None:
    whole = train_batches(corpus, config)
    parts = [train_batches(corpus, config, i, 2) for i in range(2)]
    for _ in range(3):
        halves = [next(part) for part in parts]
        assert_equal(next(whole), Batch(*(np.concatenate(pair) for pair in zip(*halves, strict=True))))


def test_a_batch_that_cannot_be_divided_among_processes_is_refused(config: Config, corpus: Corpus) -> None:
    with pytest.raises(UserError, match="batch_size 4 cannot be divided among 3"):
        train_batches(corpus, config, 0, 3)


def test_a_stream_goes_on_from_any_step(config: Config, corpus: Corpus) -> None:
    straight = train_batches(corpus, config)
    for _ in range(5):
        next(straight)
    resumed = train_batches(Corpus.open(corpus.folder), config)
    resumed.seek(5)
    for _ in range(12):
        assert_equal(next(straight), next(resumed))


def test_the_iterator_follows_the_plan(config: Config, corpus: Corpus) -> None:
    plan, batches = BatchPlan(corpus, config), train_batches(corpus, config)
    for step in range(plan.steps_per_epoch + 2):
        assert_equal(next(batches), load_batch(corpus, config, plan[step]))


def test_validation_covers_every_utterance_once_in_training_shapes(config: Config, corpus: Corpus) -> None:
    hop = config.audio.hop_length
    known = [(bucket.tokens, bucket.frames * hop) for bucket in buckets(corpus, config)]
    seen, shapes = Counter(), set()
    for batch, valid in validation_batches(corpus, config):
        assert len(valid) == len(batch.tokens) == config.train.batch_size and valid.any()
        shapes.add((batch.tokens.shape[1], batch.audio.shape[1]))
        seen.update(
            row[:n].tobytes() for row, n in zip(batch.tokens[valid], batch.text_lengths[valid], strict=True)
        )
    assert seen == Counter(corpus.clip(i).tokens.tobytes() for i in corpus.validation)
    assert len(shapes - set(known)) <= 1


def test_validation_is_the_same_every_time(config: Config, corpus: Corpus) -> None:
    reseeded = replace(config, train=replace(config.train, seed=7))
    runs = zip(validation_batches(corpus, config), validation_batches(corpus, reseeded), strict=True)
    for (one, valid_one), (other, valid_other) in runs:
        assert_equal(one, other)
        np.testing.assert_array_equal(valid_one, valid_other)


def test_validation_mixes_corpora_whatever_their_order(config: Config, corpus: Corpus) -> None:
    together = np.array([f"{i % 2}/{i:04d}" for i in range(len(corpus))])
    order = np.argsort(together)
    listed = replace(corpus, index=corpus.index._replace(id=together[order]))
    half = replace(config, train=replace(config.train, batch_size=len(corpus) // 2))
    planned, valid = next(fixed_plan(listed, half, np.arange(len(corpus))))
    corpora = Counter(str(name)[0] for name in listed.index.id[planned.indices[valid]])
    assert min(corpora["0"], corpora["1"]) > valid.sum() / 5


def test_validation_clips_longer_than_all_training_clips_get_their_own_shape(
    config: Config, corpus: Corpus
) -> None:
    shortest = np.argsort(corpus.index.frames)[:6]
    validation = np.ones(len(corpus), bool)
    validation[shortest] = False
    uneven = replace(corpus, index=corpus.index._replace(validation=validation))
    batches = list(validation_batches(uneven, config))
    assert sum(valid.sum() for _, valid in batches) == len(corpus) - 6
    assert max(batch.mel_lengths.max() for batch, _ in batches) == corpus.index.frames.max()


def test_a_corpus_prepared_with_other_settings_is_refused_naming_them(config: Config, corpus: Corpus) -> None:
    audio = replace(config.audio, fmax=7000.0)
    changed = replace(config, audio=audio, data=replace(config.data, trim_db=30.0))
    with pytest.raises(UserError, match=r"audio\.fmax \(prepared: 8000\.0, now: 7000\.0\).*data\.trim_db"):
        train_batches(corpus, changed)
    with pytest.raises(UserError, match=r"audio\.fmax"):
        next(validation_batches(corpus, changed))


def test_small_corpora_stay_decoded_and_large_ones_do_not(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Corpus.open(corpus.folder)
    assert opened.clip(3) is opened.clip(3)
    monkeypatch.setattr("xtts_jax.data.corpus.KEPT_BYTES", 1000)
    opened = Corpus.open(corpus.folder)
    assert opened.clip(3) is not opened.clip(3)


def test_a_batch_is_the_same_whether_recordings_are_kept_or_decoded_in_part(
    config: Config, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned = BatchPlan(corpus, config)[3]
    kept = load_batch(corpus, config, planned)
    monkeypatch.setattr("xtts_jax.data.corpus.KEPT_BYTES", 1000)
    assert_equal(load_batch(Corpus.open(corpus.folder), config, planned), kept)


def test_reading_batches_needs_no_audio_or_speech_library(config: Config, corpus: Corpus) -> None:
    program = f"""
import sys
from dataclasses import replace
from configs import tiny
from xtts_jax.config import build
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import fixed_plan, load_batch, train_batches
from xtts_jax.data.prepare import prepare
keys = tiny.get_config()
keys.data.root, keys.data.cache_dir = {config.data.root!r}, {config.data.cache_dir!r}
keys.data.validation_fraction = 0.3
config = build(keys)
config = replace(config, train=replace(config.train, batch_size=4))
corpus = Corpus.open(prepare(config))
next(train_batches(corpus, config))
load_batch(corpus, config, next(fixed_plan(corpus, config, corpus.validation))[0])
heavy = "librosa soundfile soxr pyloudnorm espeakng_loader phonemizer num2words numba scipy".split()
print("loaded:", [name for name in heavy if name in sys.modules])
"""
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=120,
    )
    assert "loaded: []" in result.stdout, result.stdout + result.stderr
