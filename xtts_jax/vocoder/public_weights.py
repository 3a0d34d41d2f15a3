"""Public vocoders converted: their settings, and their weights under our names and in our layouts."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import yaml

from xtts_jax.audio.mel import mel_filters
from xtts_jax.config import Audio
from xtts_jax.errors import UserError
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders.spec import Hifigan, Istft, Spec, complaints, typed
from xtts_jax.vocoder.torch_reader import read_torch
from xtts_jax.vocoder.trained import FOREIGN, SLANEY, Vocoder

NAMED = 8  # tensors that a message names at most
NO_PITCH = 0.0  # a vocoder does not use the pitch range
VOCOS_FILTERS = "feature_extractor.mel_spec.mel_scale.fb"
VOCOS_BUFFERS = (VOCOS_FILTERS, "feature_extractor.mel_spec.spectrogram.window", "head.istft.window")
HIFIGAN_MEL = ("sampling_rate", "n_fft", "hop_size", "win_size", "num_mels", "fmin", "fmax")
VOCOS_MEL = ("sample_rate", "n_fft", "hop_length", "win_length", "n_mels", "f_min", "f_max")
VOCOS_WIDTHS = {"dim": "width", "intermediate_dim": "hidden", "num_layers": "layers"}
WEIGHT_NORMS = (
    ("weight_g", "weight_v"),
    ("parametrizations.weight.original0", "parametrizations.weight.original1"),
)


def hifigan(weights: Path, config: Path) -> Vocoder:
    """A HiFi-GAN from its `generator_v*` or `g_*` file and its `config.json`. Raises `UserError`."""
    values = _read_settings(config, json.loads)
    names = [field.name for field in fields(Hifigan)]
    _require(values, [*names, *HIFIGAN_MEL], config)
    architecture = {name: values[name] for name in names} | {"resblock": str(values["resblock"])}
    spec = typed(Hifigan, architecture, str(config))
    audio = _audio(*(values[name] for name in HIFIGAN_MEL), config)
    _buildable(spec, audio, config)
    state = fold_weight_norm(_state_dict(weights))
    return Vocoder(spec, audio, SLANEY, _params(spec, audio, state, weights, config))


def vocos(weights: Path, config: Path) -> Vocoder:
    """A Vocos that takes mels, from its `pytorch_model.bin` and `config.yaml`. Raises `UserError`.

    Its filters are compared with ours: those of vocos-mel-24khz are HTK's, which no run here produces.
    Padding "center" and "same" differ in which frame comes first, not in the weights; both are accepted.
    """
    values = _read_settings(config, yaml.safe_load)
    features = _part(values, "feature_extractor", "MelSpectrogramFeatures", config)
    backbone = _part(values, "backbone", "VocosBackbone", config)
    head = _part(values, "head", "ISTFTHead", config)
    features = {"win_length": None, "f_min": 0, "f_max": None} | features
    _require(features, list(VOCOS_MEL), config)
    _require(backbone, list(VOCOS_WIDTHS), config)
    _require(head, ["n_fft", "hop_length"], config)
    if any(head[name] != features[name] for name in ("n_fft", "hop_length")):
        raise UserError(
            f"{config}: the head and the feature extractor may not differ in n_fft or hop_length."
        )
    features["win_length"] = features["win_length"] or features["n_fft"]
    widths = {ours: backbone[theirs] for theirs, ours in VOCOS_WIDTHS.items()}
    spec = typed(Istft, widths | {"refinements": 0}, str(config))
    audio = _audio(*(features[name] for name in VOCOS_MEL), config)
    _buildable(spec, audio, config)
    state = _state_dict(weights)
    filters = SLANEY if _takes_our_mel(state, audio) else FOREIGN
    state = {name: value for name, value in state.items() if name not in VOCOS_BUFFERS}
    return Vocoder(spec, audio, filters, _params(spec, audio, state, weights, config))


def _audio(*values: Any) -> Audio:
    """From sample_rate, n_fft, hop_length, win_length, n_mels, fmin, fmax, and the path of the file."""
    *settings, path = values
    names = [field.name for field in fields(Audio)]
    named = dict(zip(names, [*settings, NO_PITCH, NO_PITCH], strict=True))
    if named["fmax"] is None and isinstance(named["sample_rate"], int):
        named["fmax"] = named["sample_rate"] / 2
    return typed(Audio, named, str(path))


def _buildable(spec: Spec, audio: Audio, path: Path) -> None:
    wrong = complaints(spec, audio)
    if wrong:
        raise UserError(f"{path} describes a vocoder that cannot be built here: {'; '.join(wrong)}.")


def _takes_our_mel(state: dict[str, np.ndarray], audio: Audio) -> bool:
    theirs, ours = state.get(VOCOS_FILTERS), mel_filters(audio).T
    return theirs is not None and theirs.shape == ours.shape and np.allclose(theirs, ours, atol=1e-5)


def _read_settings(path: Path, parse: Any) -> dict[str, Any]:
    try:
        values = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(
            f"There is no file {path}. Give the configuration that came with the weights."
        ) from error
    except (ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read ({error}). Download it again.") from error
    if not isinstance(values, dict):
        raise UserError(f"{path} contains no settings. Give the configuration that came with the weights.")
    return values


def _require(values: dict[str, Any], names: list[str], path: Path) -> None:
    missing = [name for name in names if name not in values]
    if missing:
        raise UserError(
            f"{path} lacks {', '.join(missing)}. Give the configuration that came with the weights."
        )


def _part(values: dict[str, Any], name: str, known: str, path: Path) -> dict[str, Any]:
    _require(values, [name], path)
    _require(values[name], ["class_path", "init_args"], path)
    if values[name]["class_path"].rpartition(".")[2] != known:
        raise UserError(f"{path}: {name} is a {values[name]['class_path']}; only {known} can be converted.")
    return values[name]["init_args"]


def _state_dict(path: Path) -> dict[str, np.ndarray]:
    """Float32 arrays by name; the files of a training have them under "generator"."""
    value = read_torch(path)
    state = value["generator"] if isinstance(value, dict) and "generator" in value else value
    if not isinstance(state, dict) or not all(isinstance(array, np.ndarray) for array in state.values()):
        raise UserError(
            f"{path} contains no state_dict (names and tensors). Give the weights of a generator."
        )
    return {name: array.astype(np.float32) for name, array in state.items()}


def fold_weight_norm(state: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """weight = g * v / |v|, normed over all but the first axis (Salimans & Kingma 2016, equation 2)."""
    folded = dict(state)
    for gain, direction in WEIGHT_NORMS:
        for name in [name for name in state if name.endswith(f".{gain}")]:
            layer = name.removesuffix(gain)
            if layer + direction in state:
                g, v = folded.pop(name), folded.pop(layer + direction)
                axes = tuple(range(1, v.ndim))
                norm = np.sqrt(np.sum(np.square(v, dtype=np.float64), axis=axes, keepdims=True))
                folded[f"{layer}weight"] = (v * (g / norm)).astype(np.float32)
    return folded


def _params(
    spec: Spec, audio: Audio, state: dict[str, np.ndarray], weights: Path, config: Path
) -> dict[str, Any]:
    """Our params. Raises `UserError` unless the file has all of them, in their shapes, and no others."""
    generator = vocoders.build(spec, audio, jnp.dtype("float32"))
    mel = jax.ShapeDtypeStruct((1, 2, audio.n_mels), jnp.float32)
    shapes = jax.eval_shape(generator.init, jax.random.key(0), mel)["params"]
    flat, tree = jax.tree_util.tree_flatten_with_path(shapes)
    names = [_torch_name([key.key for key in path], spec) for path, _ in flat]
    _account_for(state, dict(zip(names, (leaf.shape for _, leaf in flat), strict=True)), weights, config)
    return jax.tree_util.tree_unflatten(tree, [_laid_out(name, state[name]) for name in names])


def _torch_name(path: list[str], spec: Spec) -> str:
    """For example, ("resblocks_0", "convs1_2", "kernel") is resblocks.0.convs1.2.weight."""
    *modules, leaf = path
    layer = ".".join(re.sub(r"_(\d+)$", r".\1", module) for module in modules)
    name = f"{layer}.{'weight' if leaf in ('kernel', 'scale') else leaf}"
    return f"backbone.{name}" if isinstance(spec, Istft) and modules[0] != "head" else name


def _laid_out(name: str, array: np.ndarray) -> np.ndarray:
    """PyTorch's (out, in, taps), or (in, out, taps) of a transposed convolution, as (taps, in, out)."""
    if array.ndim == 3 and name.startswith("ups."):
        return array.transpose(2, 0, 1)
    return array.T


def _account_for(
    state: dict[str, np.ndarray], shapes: dict[str, tuple[int, ...]], weights: Path, config: Path
) -> None:
    shared = shapes.keys() & state.keys()
    laid_out = {name: _laid_out(name, state[name]).shape for name in shared}
    problems = {
        "missing": sorted(shapes.keys() - state.keys()),
        "unknown": sorted(state.keys() - shapes.keys()),
        "of another shape": [
            f"{name} {laid_out[name]} instead of {shapes[name]}"
            for name in sorted(shared)
            if laid_out[name] != shapes[name]
        ],
        "not finite": sorted(name for name in shared if not np.isfinite(state[name]).all()),
    }
    shown = [f"{len(names)} tensors {what}: {_first(names)}" for what, names in problems.items() if names]
    if shown:
        raise UserError(
            f"{weights} does not fit {config}: {'. '.join(shown)}. Give the configuration that came with "
            "these weights."
        )


def _first(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
