"""The symbols of a clip, and its sound."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.config import Config
from xtts_jax.data.clips import prepare_clip
from xtts_jax.data.rows import Utterance
from xtts_jax.data.settings import prepared_folder, prepared_settings
from xtts_jax.data.shards import Record
from xtts_jax.text.frontend import Frontend


@pytest.mark.parametrize("kind", ["phonemes", "characters"])
def test_the_phonemes_column_overrides_text_and_lexicon(
    small_corpus: Path, tiny_config: Config, kind: str
) -> None:
    config = dataclasses.replace(tiny_config, data=dataclasses.replace(tiny_config.data, frontend=kind))
    audio = small_corpus / "wavs" / "fa_f2_7.wav"
    frontend = Frontend(kind, {"کرم": "kerm"})

    def symbols(text: str, phonemes: str) -> str:
        record = prepare_clip(Utterance("a", "f2", "fa", text, phonemes, audio), config, frontend)
        assert isinstance(record, Record)
        return record.symbols

    assert symbols("کَرم", "kerem") == "kerem"
    assert symbols("کرم", "") == "kerm"
    assert symbols("کَرَم", "") == ("karam" if kind == "phonemes" else "کَرَم")


def test_steady_noise_is_lowered_if_asked(small_corpus: Path, tiny_config: Config, tmp_path: Path) -> None:
    clean, rate = soundfile.read(small_corpus / "wavs" / "fa_f2_7.wav", dtype="float32")
    pause = np.zeros(rate // 2, np.float32)
    padded = np.concatenate([clean, pause, clean])
    noise = np.random.default_rng(0).normal(0, 0.02 * np.abs(clean).max(), len(padded))
    soundfile.write(tmp_path / "noisy.wav", padded + noise, rate)

    def pause_over_speech(denoise: bool) -> float:
        config = dataclasses.replace(tiny_config, data=dataclasses.replace(tiny_config.data, denoise=denoise))
        utterance = Utterance("a", "f2", "fa", "کرم", "", tmp_path / "noisy.wav")
        record = prepare_clip(utterance, config, Frontend("characters", {}))
        assert isinstance(record, Record)
        blocks = record.audio[: len(record.audio) // 512 * 512].reshape(-1, 512).astype(np.float32)
        levels = np.sort(np.sqrt(np.mean(blocks**2, axis=1)))
        return levels[len(levels) // 10] / levels[-1]

    assert pause_over_speech(True) < 0.3 * pause_over_speech(False)


def test_corpora_of_before_denoising_are_still_those_without_it(tiny_config: Config) -> None:
    noisy, quiet = (
        dataclasses.replace(tiny_config, data=dataclasses.replace(tiny_config.data, denoise=denoise))
        for denoise in (False, True)
    )
    assert "denoise" not in prepared_settings(noisy)["data"]
    assert prepared_folder(noisy) != prepared_folder(quiet)
