"""A WAV file that is written in pieces."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.audio.wav_file import WavFile
from xtts_jax.errors import UserError


def write(path: Path, *pieces: np.ndarray) -> float:
    with WavFile(path, 16000) as file:
        for piece in pieces:
            file.write(piece)
    return file.lowered_db


@pytest.mark.parametrize("peaks", [(0.3, 0.9), (0.5, 2.0, 1.5, 4.0), (3.0, 1.0), ()])
def test_pieces_are_one_sound_lowered_as_a_whole(tmp_path: Path, peaks: tuple[float, ...]) -> None:
    pieces = [peak * np.sin(np.arange(700_000, dtype=np.float32)) for peak in peaks]
    highest = max((1.0, *(np.abs(piece).max() for piece in pieces)))
    assert write(tmp_path / "a.wav", *pieces) == pytest.approx(20 * np.log10(highest))
    audio, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert rate == 16000 and [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    expected = np.concatenate([np.zeros(0), *pieces]) / highest
    np.testing.assert_allclose(audio, expected, atol=2 / 32767)


def test_what_is_interrupted_leaves_the_file_of_before(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", np.zeros(100))
    before = (tmp_path / "a.wav").read_bytes()
    with pytest.raises(KeyboardInterrupt), WavFile(tmp_path / "a.wav", 16000) as file:
        file.write(np.ones(50))
        raise KeyboardInterrupt
    with pytest.raises(UserError, match="not finite"):
        write(tmp_path / "a.wav", np.ones(50), np.full(3, np.nan))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.wav": before}
