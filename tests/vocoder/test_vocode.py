"""Mel to waveform, and what happens when a vocoder fails."""

from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from vocoder_params import random_params

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio.mel import log_mel
from xtts_jax.errors import UserError
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders.spec import Istft
from xtts_jax.vocoder.trained import Vocoder, save_vocoder
from xtts_jax.vocoder.vocode import GRIFFIN_LIM, SHIPPED, GriffinLim, Neural, open_vocoder

AUDIO = configuration.build(base.get_config()).audio
SPEC = Istft(width=16, hidden=24, layers=2)
MEL = np.random.default_rng(0).normal(-5, 1, (40, AUDIO.n_mels)).astype(np.float32)
SAMPLES = len(MEL) * AUDIO.hop_length


def saved(folder: Path, scale: float) -> str:
    """A random vocoder whose last layer, which gives log-magnitudes, is shifted by `scale` nat."""
    params = random_params(vocoders.build(SPEC, AUDIO, jnp.dtype("float32")))
    bins = AUDIO.n_fft // 2 + 1
    params["head"]["out"]["bias"] = params["head"]["out"]["bias"].at[:bins].add(scale)
    save_vocoder(folder, Vocoder(SPEC, AUDIO, "slaney", params))
    return str(folder)


@pytest.fixture(scope="module")
def fallback() -> np.ndarray:
    return open_vocoder(GRIFFIN_LIM, AUDIO, 60)(MEL, seed=3).audio


def test_vocoder_speaks_as_long_as_griffin_lim_and_otherwise(tmp_path: Path, fallback: np.ndarray) -> None:
    voiced = open_vocoder(saved(tmp_path, -3.0), AUDIO)(MEL, seed=3)
    assert voiced.remark == "" and len(voiced.audio) == len(fallback) == SAMPLES
    assert np.abs(voiced.audio - fallback).max() > 1e-3


@pytest.mark.parametrize(
    ("scale", "said"), [(-30.0, "silent"), (8.0, "saturated"), (float("nan"), "not finite")]
)
def test_griffin_lim_replaces_output_that_is_not_speech(
    tmp_path: Path, fallback: np.ndarray, scale: float, said: str
) -> None:
    voiced = open_vocoder(saved(tmp_path, scale), AUDIO)(MEL, seed=3)
    assert said in voiced.remark and "Griffin-Lim" in voiced.remark
    np.testing.assert_array_equal(voiced.audio, fallback)


def test_a_stream_of_either_vocoder_is_its_audio_in_chunks(tmp_path: Path) -> None:
    for vocode in (open_vocoder(saved(tmp_path, -3.0), AUDIO), open_vocoder(GRIFFIN_LIM, AUDIO, 2)):
        chunks = list(vocode.stream(MEL, seed=3))
        assert len(chunks) == (1 if isinstance(vocode, GriffinLim) else 2)
        np.testing.assert_allclose(np.concatenate(chunks), vocode(MEL, seed=3).audio, atol=1e-5)


def test_only_the_chunks_of_a_stream_that_are_not_speech_come_from_griffin_lim(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vocode = open_vocoder(saved(tmp_path, -3.0), AUDIO)
    assert isinstance(vocode, Neural)
    first, second = vocode._vocoder.stream(MEL[None])
    monkeypatch.setattr(vocode._vocoder, "stream", lambda mel: iter([first, second * np.nan]))
    with pytest.warns(UserWarning, match="not finite, so Griffin-Lim was used"):
        one, other = vocode.stream(MEL, seed=3)
    np.testing.assert_array_equal(one, first[0])
    rest = MEL[len(one) // AUDIO.hop_length :]
    np.testing.assert_array_equal(other, open_vocoder(GRIFFIN_LIM, AUDIO)(rest, seed=3).audio)


def test_a_pause_is_silent_by_right(tmp_path: Path) -> None:
    voiced = open_vocoder(saved(tmp_path, -30.0), AUDIO)(np.full_like(MEL, -20.0), seed=3)
    assert voiced.remark == "" and np.abs(voiced.audio).max() < 1e-4


def test_single_peaks_beyond_full_scale_are_left_whole(tmp_path: Path) -> None:
    voiced = open_vocoder(saved(tmp_path, 1.6), AUDIO)(MEL, seed=3)
    assert voiced.remark == "" and np.abs(voiced.audio).max() > 1.05


def test_vocoder_of_another_mel_is_refused_with_both_values(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mel_settings_differ.*fmax is 7000.0 here and 8000.0 there"):
        open_vocoder(saved(tmp_path, 0.0), replace(AUDIO, fmax=7000.0))


def test_folder_without_a_vocoder_is_a_user_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no vocoder in"):
        open_vocoder(str(tmp_path), AUDIO)


def test_the_seed_chooses_the_phases_of_griffin_lim(fallback: np.ndarray) -> None:
    speak = open_vocoder(GRIFFIN_LIM, AUDIO, 60)
    assert np.abs(speak(MEL, seed=4).audio - fallback).max() > 1e-3
    assert jax.tree.all(jax.tree.map(np.array_equal, speak(MEL, seed=3), speak(MEL, seed=3)))


def test_the_shipped_vocoder_comes_closer_to_a_mel_with_every_refinement() -> None:
    time = np.arange(60 * AUDIO.hop_length) / AUDIO.sample_rate
    phase = 2 * np.pi * np.cumsum(120 + 80 * time) / AUDIO.sample_rate
    hum = 0.1 * sum(np.sin(k * phase) / k for k in range(1, 40)) * (1.2 + np.sin(20 * time))
    mel = np.asarray(log_mel(jnp.asarray(hum[None], jnp.float32), AUDIO))
    errors = []
    for iterations in (0, 1, 8):
        voiced = open_vocoder(SHIPPED, AUDIO, iterations)(mel[0], seed=0)
        assert not voiced.remark
        errors.append(float(jnp.abs(log_mel(jnp.asarray(voiced.audio)[None], AUDIO) - mel).mean()))
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 0.5 * errors[0]


def test_what_a_vocoder_cannot_do_is_a_user_error() -> None:
    with pytest.raises(UserError, match=r"(?s)shipped.*sample_rate is 16000 here.*griffin_lim"):
        open_vocoder(SHIPPED, replace(AUDIO, sample_rate=16000))
    for iterations in (-1, 10**9):
        with pytest.raises(UserError, match="from 0 to 1000"):
            open_vocoder(SHIPPED, AUDIO, iterations)
        with pytest.raises(UserError, match="1 to 1000"):
            open_vocoder(GRIFFIN_LIM, AUDIO, iterations)
