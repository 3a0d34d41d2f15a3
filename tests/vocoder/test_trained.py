"""A vocoder on disk and in use."""

import json
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from vocoder_params import random_params

from configs import base
from xtts_jax import config as configuration
from xtts_jax.errors import UserError
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders.spec import HIFIGAN_V3, Istft
from xtts_jax.vocoder.trained import Vocoder, load_vocoder, save_vocoder

AUDIO = configuration.build(base.get_config()).audio
SPECS = {
    "istft": Istft(width=16, hidden=24, layers=2),
    "refined": Istft(width=16, hidden=24, layers=2, refinements=2),
    "hifigan": replace(HIFIGAN_V3, upsample_initial_channel=16),
}


def trained(name: str) -> Vocoder:
    generator = vocoders.build(SPECS[name], AUDIO, jnp.dtype("float32"))
    return Vocoder(SPECS[name], AUDIO, "slaney", random_params(generator))


def log_mel(frames: int) -> np.ndarray:
    return np.random.default_rng(frames).normal(-5, 2, (1, frames, AUDIO.n_mels)).astype(np.float32)


@pytest.mark.parametrize("name", SPECS)
def test_a_vocoder_comes_back_as_it_was_saved(name, tmp_path: Path):
    vocoder = trained(name)
    save_vocoder(tmp_path / "run", vocoder)
    again = load_vocoder(tmp_path / "run")
    assert (again.spec, again.audio, again.filters) == (vocoder.spec, AUDIO, "slaney")
    np.testing.assert_array_equal(again(log_mel(50)), vocoder(log_mel(50)))


def test_half_the_bytes_give_nearly_the_same_sound(tmp_path: Path):
    vocoder = trained("istft")
    small = Vocoder(
        vocoder.spec, AUDIO, "slaney", jax.tree.map(lambda x: np.asarray(x, np.float16), vocoder.params)
    )
    save_vocoder(tmp_path, small)
    params = sum(leaf.size for leaf in jax.tree.leaves(vocoder.params))
    assert (tmp_path / "vocoder.safetensors").stat().st_size < 2 * params + 4000
    np.testing.assert_allclose(load_vocoder(tmp_path)(log_mel(50)), vocoder(log_mel(50)), atol=2e-3)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("frames", [20, 64, 300])
def test_a_stream_is_the_whole_in_pieces(name, frames):
    vocoder, mel = trained(name), log_mel(frames)
    heard = list(vocoder.stream(mel))
    assert heard[0].shape[1] == min(frames, 26) * AUDIO.hop_length  # 0.3 s
    np.testing.assert_allclose(np.concatenate(heard, axis=1), vocoder(mel), atol=1e-5)


def test_other_mels_are_refused():
    trained("istft").require_mel_of(replace(AUDIO, f0_max=400.0), "the vocoder of a test")
    with pytest.raises(UserError, match="n_mels is 100 here and 80 there"):
        trained("istft").require_mel_of(replace(AUDIO, n_mels=100), "the vocoder of a test")
    vocoder = trained("istft")
    with pytest.raises(UserError, match="mel_filters_differ"):
        Vocoder(vocoder.spec, AUDIO, "foreign", vocoder.params).require_mel_of(AUDIO, "the vocoder of a test")


def test_a_folder_without_a_vocoder_is_explained(tmp_path: Path):
    with pytest.raises(UserError, match="no vocoder in"):
        load_vocoder(tmp_path)
    save_vocoder(tmp_path, trained("istft"))
    settings = json.loads((tmp_path / "vocoder.json").read_text())
    (tmp_path / "vocoder.json").write_text(json.dumps(settings | {"spec": settings["spec"] | {"width": 8}}))
    with pytest.raises(UserError, match="not of one vocoder"):
        load_vocoder(tmp_path)
    (tmp_path / "vocoder.json").write_text(json.dumps(settings | {"kind": "wavenet"}))
    with pytest.raises(UserError, match="wavenet"):
        load_vocoder(tmp_path)
    (tmp_path / "vocoder.json").write_text(json.dumps(settings))
    weights = (tmp_path / "vocoder.safetensors").read_bytes()
    (tmp_path / "vocoder.safetensors").write_bytes(weights[: len(weights) // 2])
    with pytest.raises(UserError, match="cannot be read"):
        load_vocoder(tmp_path)
