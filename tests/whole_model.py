"""A small model that is compiled once, and random batches for it, shared by several test files."""

from dataclasses import asdict, replace
from functools import cache
from typing import Any, NamedTuple

import jax
import numpy as np
from conftest import SMALL_MODEL

from configs import tiny
from xtts_jax import config as configuration
from xtts_jax.audio.samples import to_int16
from xtts_jax.config import Config
from xtts_jax.losses.acoustic import count, loss_terms, weighted_sum
from xtts_jax.models.features import extract
from xtts_jax.models.initial import init_params
from xtts_jax.models.xtts import XTTS, Outputs, apply
from xtts_jax.train.state import Params
from xtts_jax.types import Batch, Stats

N_VOCAB, N_LANGUAGES = 20, 3
EXAMPLES, TOKENS, FRAMES, REFERENCE_FRAMES = 3, 12, 48, 24
# Frames by which a window extends past the end of its frame; beyond them, the padding is silent.
SLACK = 2


class Result(NamedTuple):
    total: jax.Array
    terms: dict[str, jax.Array]
    outputs: Outputs
    gradients: Params


@cache
def config(decoder: str = "parallel") -> Config:
    values = tiny.get_config()
    values.model.update(SMALL_MODEL | {"encoder_layers": 2, "decoder_layers": 2, "dropout": 0.2})
    values.model.decoder = decoder
    built = configuration.build(values)
    return replace(built, audio=replace(built.audio, n_mels=20))


@cache
def model(decoder: str = "parallel") -> XTTS:
    return XTTS(config(decoder), N_VOCAB, N_LANGUAGES)


@cache
def fresh_params(decoder: str = "parallel") -> Params:
    return init_params(model(decoder), seed=0)


@cache
def params(decoder: str = "parallel") -> Params:
    """Params as after some training: none of them is zero, so every path is open."""
    leaves, tree = jax.tree.flatten(fresh_params(decoder))
    random = np.random.default_rng(1)
    return tree.unflatten([x + 0.1 * random.standard_normal(x.shape).astype(np.float32) for x in leaves])


@cache
def stats() -> Stats:
    m = config().audio.n_mels
    return Stats(np.linspace(-4, -6, m), np.linspace(1.5, 2.5, m), 5.0, 0.3, -2.0, 1.2)


def batch(seed: int = 0) -> Batch:
    """A batch with varied text, pitch and loudness, padded with zeros, by at least SLACK frames."""
    random = np.random.default_rng(seed)
    hop = config().audio.hop_length
    text_lengths = random.integers(4, TOKENS - 1, EXAMPLES).astype(np.int32)
    mel_lengths = random.integers(TOKENS + 4, FRAMES - SLACK + 1, EXAMPLES).astype(np.int32)
    reference_lengths = random.integers(8, REFERENCE_FRAMES - SLACK + 1, EXAMPLES).astype(np.int32)
    frame_mask = np.arange(FRAMES) < mel_lengths[:, None]
    voiced = (random.random((EXAMPLES, FRAMES)) < 0.6) & frame_mask
    log_f0 = np.where(voiced, random.normal(5, 0.3, voiced.shape), 0).astype(np.float32)
    tokens = random.integers(0, N_VOCAB, (EXAMPLES, TOKENS)).astype(np.int32)
    return Batch(
        tokens=tokens * (np.arange(TOKENS) < text_lengths[:, None]),
        text_lengths=text_lengths,
        language_ids=random.integers(0, N_LANGUAGES, EXAMPLES).astype(np.int32),
        audio=_noise(random, FRAMES, hop) * np.repeat(frame_mask, hop, axis=1),
        mel_lengths=mel_lengths,
        log_f0=log_f0,
        voiced=voiced,
        reference_audio=_noise(random, REFERENCE_FRAMES, hop)
        * np.repeat(np.arange(REFERENCE_FRAMES) < reference_lengths[:, None], hop, axis=1),
        reference_lengths=reference_lengths,
    )


def with_junk_in_padding(clean: Batch, seed: int) -> Batch:
    """The same batch with other values in the padding."""
    random = np.random.default_rng(seed)
    hop = config().audio.hop_length

    def beyond(array: np.ndarray, lengths: np.ndarray, junk: np.ndarray) -> np.ndarray:
        real = np.arange(array.shape[1]) < lengths[:, None]
        return np.where(real, array, junk).astype(array.dtype)

    def noise(array: np.ndarray) -> np.ndarray:
        loudness = 10_000 if array.dtype == np.int16 else 3
        return random.normal(0, loudness, array.shape)

    return clean._replace(
        tokens=beyond(clean.tokens, clean.text_lengths, random.integers(0, N_VOCAB, clean.tokens.shape)),
        audio=beyond(clean.audio, clean.mel_lengths * hop, noise(clean.audio)),
        log_f0=beyond(clean.log_f0, clean.mel_lengths, noise(clean.log_f0)),
        voiced=beyond(clean.voiced, clean.mel_lengths, random.random(clean.voiced.shape) < 0.5),
        reference_audio=beyond(
            clean.reference_audio, clean.reference_lengths * hop, noise(clean.reference_audio)
        ),
    )


def with_more_padding(clean: Batch, tokens: int, frames: int, reference_frames: int) -> Batch:
    hop = config().audio.hop_length
    longer = {
        "tokens": tokens,
        "audio": frames * hop,
        "log_f0": frames,
        "voiced": frames,
        "reference_audio": reference_frames * hop,
    }
    padded = {name: np.pad(getattr(clean, name), ((0, 0), (0, more))) for name, more in longer.items()}
    return clean._replace(**padded)


def run(parameters: Params, examples: Batch, only: tuple[str, ...] = ()) -> Result:
    """Loss, outputs and gradients without dropout, for all terms or only those in `only`."""
    weights = {name: value * (not only or name in only) for name, value in asdict(config().loss).items()}
    (total, (terms, outputs)), gradients = _compiled()(parameters, examples, weights)
    return Result(total, terms, outputs, gradients)


@cache
def _compiled() -> Any:
    return jax.jit(jax.value_and_grad(loss, has_aux=True))


def loss(
    parameters: Params, examples: Batch, weights: dict[str, float]
) -> tuple[jax.Array, tuple[dict[str, jax.Array], Outputs]]:
    features = extract(examples, config().audio, stats())
    outputs = apply(model(), parameters, lambda m: m(features, train=False))
    terms = loss_terms(outputs, features, stats(), count(features))
    return weighted_sum(terms, weights), (terms, outputs)


def _noise(random: np.random.Generator, frames: int, hop: int) -> np.ndarray:
    """Noise whose color and loudness change every few frames, so that frames can be distinguished."""
    samples = random.normal(0, 1, (EXAMPLES, frames * hop)).cumsum(axis=1)
    blocks = -(-frames // 4)
    mix, gain = random.random((2, EXAMPLES, blocks)).repeat(4 * hop, axis=2)[:, :, : frames * hop]
    steep = np.diff(samples, axis=1, prepend=0)
    smooth = np.convolve(steep.ravel(), np.ones(16) / 4, mode="same").reshape(steep.shape)
    return to_int16(0.1 * np.exp(3 * gain - 2) * (mix * steep + (1 - mix) * smooth))
