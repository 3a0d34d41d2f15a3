"""Public weights through the command, against PyTorch's output (tests/golden/make_vocoder_values.py)."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from golden import vocoder_weights as weights
from torch_file import write_zip

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio.mel import mel_filters
from xtts_jax.commands import convert
from xtts_jax.errors import UserError
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders import spec as specs
from xtts_jax.vocoder.trained import Vocoder, load_vocoder

AUDIO = configuration.build(base.get_config()).audio
HIFIGANS = {"v1": specs.HIFIGAN_V1, "v2": specs.HIFIGAN_V2, "v3": specs.HIFIGAN_V3}
SMALL = replace(specs.HIFIGAN_V3, upsample_initial_channel=16)
MEL = {
    "num_mels": 80,
    "n_fft": 1024,
    "hop_size": 256,
    "win_size": 1024,
    "sampling_rate": 22050,
    "fmin": 0,
    "fmax": 8000,
}
VOCOS_YAML = """
feature_extractor:
  class_path: vocos.feature_extractors.MelSpectrogramFeatures
  init_args: {{sample_rate: {rate}, n_fft: 1024, hop_length: 256, n_mels: {mels}, padding: center{more}}}
backbone:
  class_path: vocos.models.VocosBackbone
  init_args: {{input_channels: {mels}, dim: {width}, intermediate_dim: {hidden}, num_layers: {layers}}}
head:
  class_path: vocos.heads.ISTFTHead
  init_args: {{dim: {width}, n_fft: 1024, hop_length: 256, padding: center}}
"""


@pytest.fixture(scope="module")
def golden(root: Path) -> dict[str, np.ndarray]:
    return dict(np.load(root / "tests" / "golden" / "vocoder_values.npz"))


def convert_hifigan(folder: Path, spec: specs.Hifigan, state: dict, **settings: object) -> Vocoder:
    write_zip(folder / "generator.pth", state)
    (folder / "config.json").write_text(json.dumps(asdict(spec) | MEL | {"num_gpus": 0} | settings))
    files = [str(folder / name) for name in ("generator.pth", "config.json")]
    convert.main(["hifigan", *files, "--out", str(folder / "run")])
    return load_vocoder(folder / "run")


def convert_vocos(folder: Path, spec: specs.Istft, state: dict, rate: int, mels: int, more: str) -> Vocoder:
    write_zip(folder / "pytorch_model.bin", state)
    text = VOCOS_YAML.format(rate=rate, mels=mels, more=more, **asdict(spec))
    (folder / "config.yaml").write_text(text)
    files = [str(folder / name) for name in ("pytorch_model.bin", "config.yaml")]
    convert.main(["vocos", *files, "--out", str(folder / "run")])
    return load_vocoder(folder / "run")


def generated(vocoder: Vocoder, mel: np.ndarray) -> np.ndarray:
    """The waveform of these frames alone; a `Vocoder` repeats the last one as padding."""
    generator = vocoders.build(vocoder.spec, vocoder.audio, jnp.dtype("float32"))
    return np.asarray(jax.jit(generator.apply)({"params": vocoder.params}, mel))


@pytest.mark.parametrize(
    "name", [*(pytest.param(name, marks=pytest.mark.slow) for name in ("v1", "v2")), "v3"]
)
def test_hifigan_speaks_as_in_pytorch(name, golden, tmp_path: Path):
    seed = list(HIFIGANS).index(name)
    vocoder = convert_hifigan(
        tmp_path, HIFIGANS[name], weights.hifigan_state(HIFIGANS[name], 80, seed=seed), segment_size=8192
    )
    vocoder.require_mel_of(AUDIO, "HiFi-GAN")
    heard = generated(vocoder, golden[f"{name}_mel"])
    np.testing.assert_allclose(heard, golden[f"{name}_audio"], atol=1e-5, rtol=0)


def test_vocos_mel_24khz_speaks_as_in_pytorch(golden, tmp_path: Path):
    spec = weights.VOCOS_MEL_24KHZ
    state = weights.vocos_state(spec, 100, 1024, seed=3)
    state["head.istft.window"] = np.hanning(1025)[:-1].astype(np.float32)
    state["feature_extractor.mel_spec.mel_scale.fb"] = np.ones((513, 100), np.float32)
    vocoder = convert_vocos(tmp_path, spec, state, rate=24000, mels=100, more="")
    expected = golden["vocos_audio"]  # framed "center": its first frame lies on the first sample
    heard = generated(vocoder, golden["vocos_mel"])[:, 128 : 128 + expected.shape[1]]
    np.testing.assert_allclose(heard, expected, atol=1e-5, rtol=0)
    assert (vocoder.audio.sample_rate, vocoder.audio.fmax) == (24000, 12000)
    with pytest.raises(UserError, match="mel_filters_differ"):
        vocoder.require_mel_of(vocoder.audio, "Vocos")


def test_a_vocos_of_our_filters_fits_our_mels(tmp_path: Path):
    spec = specs.Istft(width=8, hidden=8, layers=1)
    state = weights.vocos_state(spec, 80, 1024, seed=0)
    state["feature_extractor.mel_spec.mel_scale.fb"] = mel_filters(AUDIO).T
    vocoder = convert_vocos(tmp_path, spec, state, rate=22050, mels=80, more=", f_min: 0, f_max: 8000")
    vocoder.require_mel_of(AUDIO, "Vocos")


def test_every_tensor_is_accounted_for(tmp_path: Path):
    state = weights.hifigan_state(SMALL, 80, seed=0)
    del state["ups.1.bias"]
    state["speaker_embedding.weight"] = np.zeros((2, 2), np.float32)
    state["conv_pre.bias"] = np.zeros(17, np.float32)
    state["conv_post.bias"][:] = np.nan
    with pytest.raises(UserError) as refused:
        convert_hifigan(tmp_path, SMALL, state)
    for part in (
        "1 tensors missing: ups.1.bias",
        "1 tensors unknown: speaker_embedding.weight",
        "conv_pre.bias (17,) instead of (16,)",
        "1 tensors not finite: conv_post.bias",
    ):
        assert part in str(refused.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"hop_size": 300}, "hop_length is 300"),
        ({"num_mels": "80"}, "n_mels"),
        ({"resblock_kernel_sizes": [3, 5]}, "a row for each"),
    ],
)
def test_a_config_that_cannot_be_is_refused(settings, named, tmp_path: Path):
    with pytest.raises(UserError, match=named):
        convert_hifigan(tmp_path, SMALL, weights.hifigan_state(SMALL, 80, seed=0), **settings)


def test_what_the_config_lacks_is_named(tmp_path: Path):
    (tmp_path / "config.json").write_text('{"resblock": "1"}')
    with pytest.raises(UserError, match="lacks upsample_rates"):
        convert.main(["hifigan", "weights.pth", str(tmp_path / "config.json"), "--out", str(tmp_path)])
    with pytest.raises(UserError, match="no file"):
        convert.main(["hifigan", "weights.pth", str(tmp_path / "config.yml"), "--out", str(tmp_path)])
