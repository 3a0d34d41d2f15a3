"""The symbols of a clip."""

import dataclasses
from pathlib import Path

import pytest

from xtts_jax.config import Config
from xtts_jax.data.clips import prepare_clip
from xtts_jax.data.rows import Utterance
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
