"""Rows of Parquet files become a corpus folder that loads."""

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tools.unpack_parquet import unpack
from xtts_jax.data.manifest import read_manifest

RATE = 16000
TEXTS = ["The baker opens at six.", "Nobody saw the red boat leave."]
SAMPLES = (0.1 * np.sin(np.arange(RATE) / 20)).astype(np.float32)


Form = Callable[[str], dict[str, object]]


def as_samples(text: str) -> dict[str, object]:
    """A row as in ManaTTS."""
    audio = SAMPLES.tolist()
    return {"file name": "one.wav", "transcript": text, "duration": 1.0, "audio": audio, "samplerate": RATE}


def as_file(text: str) -> dict[str, object]:
    """A row as `datasets` stores recordings."""
    file = io.BytesIO()
    soundfile.write(file, SAMPLES, RATE, format="FLAC")
    return {"audio": {"bytes": file.getvalue(), "path": None}, "text": text, "speaker_id": 7}


@pytest.mark.parametrize(("form", "speaker"), [(as_samples, "corpus"), (as_file, "7")])
def test_unpacked_rows_are_a_corpus(tmp_path: Path, form: Form, speaker: str) -> None:
    assert unpack(map(form, TEXTS), tmp_path / "corpus") == 2
    found = read_manifest(tmp_path / "corpus", "en", text_needed=True).utterances
    assert [(row.text, row.speaker) for row in found] == [(text, speaker) for text in TEXTS]
    audio, rate = soundfile.read(found[0].audio)
    assert rate == RATE and np.abs(audio - SAMPLES).max() < 1e-3


def test_a_row_without_a_recording_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="columns are text, audio_url"):
        unpack([{"text": "Hi", "audio_url": "somewhere"}], tmp_path / "corpus")
