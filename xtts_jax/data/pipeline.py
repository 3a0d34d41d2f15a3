"""Batches of a prepared corpus: endless training streams, and a fixed validation pass."""

from collections.abc import Iterator

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.ahead import LoadedAhead
from xtts_jax.data.batching import (
    BatchPlan,
    Bucket,
    PlannedBatch,
    alignable,
    buckets,
    fitting,
    pad_rows,
    report_left_out,
    shape_for,
)
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.crops import CropPlan, Crops, Mels, PlannedCrops, load_crops
from xtts_jax.data.references import References
from xtts_jax.data.voice_crops import PlannedVoiceCrops, VoiceCrops, VoicePlan, load_voice_crops
from xtts_jax.errors import UserError
from xtts_jax.types import Batch


def train_batches(
    corpus: Corpus, config: Config, process_index: int = 0, process_count: int = 1
) -> LoadedAhead[Batch]:
    """An endless stream of this process's share of each batch; `seek(n)` goes on after n steps."""
    rows, plan = _share(config, process_index, process_count), BatchPlan(corpus, config)

    def load(step: int) -> Batch:
        bucket, *columns = plan[step]
        return load_batch(corpus, config, PlannedBatch(bucket, *(column[rows] for column in columns)))

    return LoadedAhead(load)


def train_crops(
    corpus: Corpus, config: Config, mels: Mels | None, process_index: int = 0, process_count: int = 1
) -> LoadedAhead[Crops]:
    """Like `train_batches`, for crops of `vocoder.crop_frames`, with the same frames of `mels` if given."""
    rows, plan = _share(config, process_index, process_count), CropPlan(corpus, config, mels)

    def load(step: int) -> Crops:
        return load_crops(corpus, config, PlannedCrops(*(column[rows] for column in plan[step])), mels)

    return LoadedAhead(load)


def train_voice_crops(
    corpus: Corpus, config: Config, process_index: int = 0, process_count: int = 1
) -> LoadedAhead[VoiceCrops]:
    """Like `train_batches`, for crops grouped by speaker."""
    rows, plan = _share(config, process_index, process_count), VoicePlan(corpus, config)

    def load(step: int) -> VoiceCrops:
        return load_voice_crops(corpus, config, PlannedVoiceCrops(*(column[rows] for column in plan[step])))

    return LoadedAhead(load)


def _share(config: Config, process_index: int, process_count: int) -> slice:
    """The rows of a batch that belong to this process."""
    if config.train.batch_size % process_count:
        raise UserError(
            f"train.batch_size {config.train.batch_size} cannot be divided among {process_count} processes. "
            f"Make it a multiple of {process_count}."
        )
    share = config.train.batch_size // process_count
    return slice(process_index * share, (process_index + 1) * share)


def fixed_plan(
    corpus: Corpus, config: Config, members: np.ndarray
) -> Iterator[tuple[PlannedBatch, np.ndarray]]:
    """Every alignable member once, in a fixed order that mixes corpora and speakers, with a fixed reference.

    Yields a plan and valid (b,) bool: False marks the repetitions that fill a bucket's last batch.
    The shapes are those of training, and one more for utterances that fit none of these.
    """
    corpus.require(config)
    usual, others = (References(corpus.index, part) for part in (corpus.train, corpus.validation))
    for bucket, group in _fixed_groups(corpus, config, members).items():
        for start in range(0, len(group), config.train.batch_size):
            part = group[start : start + config.train.batch_size]
            valid = np.arange(config.train.batch_size) < len(part)
            indices = np.resize(part, config.train.batch_size)
            draws = np.array([hash_fraction(str(name)) for name in corpus.index.id[indices]])
            references = [
                (usual if usual.knows_voice_of(i) else others).pick(i, draw)
                for i, draw in zip(indices, draws, strict=True)
            ]
            seeds = (draws * 2**31).astype(np.int64)
            yield PlannedBatch(bucket, indices, np.array(references), seeds), valid


def _fixed_groups(corpus: Corpus, config: Config, members: np.ndarray) -> dict[Bucket, np.ndarray]:
    kept = alignable(corpus, members, config)
    report_left_out(corpus, members, kept)
    hashes = np.fromiter((hash_fraction(str(corpus.index.id[i])) for i in kept), float, len(kept))
    mixed = kept[np.argsort(hashes, kind="stable")]
    tokens, frames = corpus.index.tokens[mixed], corpus.index.frames[mixed]
    shapes = buckets(corpus, config)
    chosen = fitting(shapes, tokens, frames)
    outside = chosen == len(shapes)
    if outside.any():
        shapes.append(shape_for(int(tokens[outside].max()), int(frames[outside].max()), config))
    found, firsts = np.unique(chosen, return_index=True)
    return {shapes[shape]: mixed[chosen == shape] for shape in found[np.argsort(firsts)]}


def load_batch(corpus: Corpus, config: Config, planned: PlannedBatch) -> Batch:
    """Reads, decodes, crops and pads the planned utterances."""
    clips = [corpus.clip(i) for i in planned.indices]
    references = [
        _crop(corpus, i, int(seed), config)
        for i, seed in zip(planned.reference_indices, planned.crop_seeds, strict=True)
    ]
    hop, (tokens, frames) = config.audio.hop_length, planned.bucket
    reference_frames = config.audio.frames(config.data.reference_seconds)
    return Batch(
        tokens=pad_rows([clip.tokens for clip in clips], tokens, np.int32),
        text_lengths=np.array([len(clip.tokens) for clip in clips], np.int32),
        language_ids=np.array([clip.language_id for clip in clips], np.int32),
        audio=pad_rows([clip.record.audio for clip in clips], frames * hop, np.int16),
        mel_lengths=np.array([len(clip.record.audio) // hop for clip in clips], np.int32),
        log_f0=pad_rows([clip.record.log_f0 for clip in clips], frames, np.float32),
        voiced=pad_rows([clip.record.voiced for clip in clips], frames, np.bool_),
        reference_audio=pad_rows(references, reference_frames * hop, np.int16),
        reference_lengths=np.array([len(audio) // hop for audio in references], np.int32),
    )


def largest_batch(corpus: Corpus, config: Config) -> Batch:
    """One utterance, in a shape that holds each of the training set."""
    members = alignable(corpus, corpus.train, config)
    tokens, frames = (int(column[members].max()) for column in (corpus.index.tokens, corpus.index.frames))
    one = members[:1]
    return load_batch(corpus, config, PlannedBatch(shape_for(tokens, frames, config), one, one, 0 * one))


def _crop(corpus: Corpus, i: int, seed: int, config: Config) -> np.ndarray:
    """Samples of a crop of a recording: whole frames, at most `data.reference_seconds`."""
    hop, length = config.audio.hop_length, config.audio.frames(config.data.reference_seconds)
    start = seed % (max(0, int(corpus.index.frames[i]) - length) + 1)
    return corpus.samples(i, slice(start * hop, (start + length) * hop))
