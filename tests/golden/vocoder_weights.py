"""Reproducible random weights with the names and shapes of the public checkpoints.

Both make_vocoder_values.py, which uses PyTorch, and the tests make them; neither stores them.
"""

import math
from collections.abc import Iterator

import numpy as np

from xtts_jax.models.vocoders.spec import Hifigan, Istft

Shapes = Iterator[tuple[str, tuple[int, ...]]]
FRAMES = 24
VOCOS_MEL_24KHZ = Istft(width=512, hidden=1536, layers=8)


def hifigan_state(spec: Hifigan, n_mels: int, seed: int) -> dict[str, np.ndarray]:
    """Like `Generator.state_dict()` of the public code: with weight norm, convolutions (out, in, taps)."""
    rng = np.random.default_rng(seed)
    state = {}
    for name, shape in _hifigan_layers(spec, n_mels):
        transposed = name.startswith("ups")
        seen = shape[0] * 2 if transposed else shape[1] * shape[2]  # inputs per output; approximate for ups
        state[f"{name}.bias"] = _normal(rng, (shape[1 if transposed else 0],), 0.1)
        state[f"{name}.weight_g"] = _gain(rng, shape, seen)
        state[f"{name}.weight_v"] = _normal(rng, shape, 1.0)
    return state


def vocos_state(spec: Istft, n_mels: int, n_fft: int, seed: int) -> dict[str, np.ndarray]:
    """Like `pytorch_model.bin` without the feature extractor's filters: (out, in, taps), (out, in)."""
    rng = np.random.default_rng(seed)
    state = {}
    for name, shape in _vocos_layers(spec, n_mels, n_fft):
        seen = math.prod(shape[1:])
        state[f"{name}.weight"] = (
            _normal(rng, shape, seen**-0.5) if seen > 1 else 1 + _normal(rng, shape, 0.2)
        )
        state[f"{name}.bias"] = _normal(rng, shape[:1], 0.1)
    state["head.out.bias"][10] = 6  # a bin above the head's limit
    for i in range(spec.layers):
        state[f"backbone.convnext.{i}.gamma"] = 1 / spec.layers + _normal(rng, (spec.width,), 0.05)
    return state


def log_mel_like(n_mels: int, seed: int) -> np.ndarray:
    """Noise (1, FRAMES, n_mels) with the mean and spread of speech."""
    return (-5 + 2 * np.random.default_rng(seed).standard_normal((1, FRAMES, n_mels))).astype(np.float32)


def _hifigan_layers(spec: Hifigan, n_mels: int) -> Shapes:
    width, kinds = spec.upsample_initial_channel, len(spec.resblock_kernel_sizes)
    lists = ("convs1", "convs2") if spec.resblock == "1" else ("convs",)
    yield "conv_pre", (width, n_mels, 7)
    for i, taps in enumerate(spec.upsample_kernel_sizes):
        yield f"ups.{i}", (width, width // 2, taps)
        width //= 2
        for j, kernel in enumerate(spec.resblock_kernel_sizes):
            for part in lists:
                for k in range(len(spec.resblock_dilation_sizes[j])):
                    yield f"resblocks.{i * kinds + j}.{part}.{k}", (width, width, kernel)
    yield "conv_post", (1, width, 7)


def _vocos_layers(spec: Istft, n_mels: int, n_fft: int) -> Shapes:
    yield "backbone.embed", (spec.width, n_mels, 7)
    yield "backbone.norm", (spec.width,)
    for i in range(spec.layers):
        yield f"backbone.convnext.{i}.dwconv", (spec.width, 1, 7)
        yield f"backbone.convnext.{i}.norm", (spec.width,)
        yield f"backbone.convnext.{i}.pwconv1", (spec.hidden, spec.width)
        yield f"backbone.convnext.{i}.pwconv2", (spec.width, spec.hidden)
    yield "backbone.final_layer_norm", (spec.width,)
    yield "head.out", (n_fft + 2, spec.width)


def _normal(rng: np.random.Generator, shape: tuple[int, ...], scale: float) -> np.ndarray:
    return (scale * rng.standard_normal(shape)).astype(np.float32)


def _gain(rng: np.random.Generator, shape: tuple[int, ...], seen: int) -> np.ndarray:
    """Norms of the slices along the first axis, with which the layer roughly keeps the size of its input."""
    norm = math.sqrt(math.prod(shape[1:]) / seen)
    return (norm * rng.uniform(0.5, 1, (shape[0], 1, 1))).astype(np.float32)
