"""A sound file that is written in pieces."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.audio.sound_file import AS_IT_IS, FORMATS, Encoding, SoundFile, chosen_format
from xtts_jax.errors import FieldError, UserError

RATE = 16000


def write(path: Path, *pieces: np.ndarray, encoding: Encoding = AS_IT_IS) -> float:
    with SoundFile(path, RATE, encoding, {"comment": "synthetic"}) as file:
        for piece in pieces:
            file.write(piece)
    return file.lowered_db


def tone(seconds: float, rate: int = RATE, hz: float = 440) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate).astype(np.float32)


@pytest.mark.parametrize("peaks", [(0.3, 0.9), (0.5, 2.0, 1.5, 4.0), (3.0, 1.0), ()])
def test_pieces_are_one_sound_lowered_as_a_whole(tmp_path: Path, peaks: tuple[float, ...]) -> None:
    pieces = [peak * np.sin(np.arange(300_000, dtype=np.float32)) for peak in peaks]
    highest = max((1.0, *(np.abs(piece).max() for piece in pieces)))
    assert write(tmp_path / "a.wav", *pieces) == pytest.approx(20 * np.log10(highest))
    audio, rate = soundfile.read(tmp_path / "a.wav", dtype="float32")
    assert rate == RATE and [path.name for path in tmp_path.iterdir()] == ["a.wav"]
    expected = np.concatenate([np.zeros(0), *pieces]) / highest
    np.testing.assert_allclose(audio, expected, atol=2 / 32767)


def test_what_cannot_be_encoded_is_a_refusal_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a disk with room for the samples and not for the file, which libsndfile calls a system error."""

    def refuse(*_: object, **__: object) -> None:
        raise soundfile.LibsndfileError(2, "Error opening the file: ")

    monkeypatch.setattr(soundfile, "SoundFile", refuse)
    with pytest.raises(OSError, match="System error"):
        write(tmp_path / "a.wav", np.zeros(100))
    assert not list(tmp_path.iterdir())


def test_what_is_interrupted_leaves_the_file_of_before(tmp_path: Path) -> None:
    write(tmp_path / "a.wav", np.zeros(100))
    before = (tmp_path / "a.wav").read_bytes()
    with pytest.raises(KeyboardInterrupt), SoundFile(tmp_path / "a.wav", RATE) as file:
        file.write(np.ones(50))
        raise KeyboardInterrupt
    with pytest.raises(UserError, match="not finite"):
        write(tmp_path / "a.wav", np.ones(50), np.full(3, np.nan))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a.wav": before}


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_holds_the_sound_and_says_that_it_is_synthetic(tmp_path: Path, suffix: str) -> None:
    sound = tone(1.0)
    write(tmp_path / f"a{suffix}", *np.split(sound, 4))
    audio, rate = soundfile.read(tmp_path / f"a{suffix}")
    assert rate == RATE and len(audio) == pytest.approx(RATE, abs=1200)  # MP3 has frames
    spectrum = np.abs(np.fft.rfft(audio[2000:12000]))
    assert spectrum.argmax() * RATE / 10000 == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(audio[2000:12000] ** 2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.05)
    with soundfile.SoundFile(tmp_path / f"a{suffix}") as file:
        assert file.comment == "synthetic"


@pytest.mark.parametrize(
    ("name", "bits", "subtype"),
    [("a.wav", 24, "PCM_24"), ("a.wav", 32, "FLOAT"), ("a.FLAC", 24, "PCM_24")],
)
def test_more_bits_are_finer(tmp_path: Path, name: str, bits: int, subtype: str) -> None:
    sound = tone(0.1)
    write(tmp_path / name, sound, encoding=Encoding(bits=bits))
    assert soundfile.info(tmp_path / name).subtype == subtype
    np.testing.assert_allclose(soundfile.read(tmp_path / name)[0], sound, atol=2**-22)


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_another_rate_is_the_same_sound(tmp_path: Path, rate: int) -> None:
    write(tmp_path / "a.wav", *np.array_split(tone(1.0), 7), encoding=Encoding(rate))
    audio, found = soundfile.read(tmp_path / "a.wav")
    assert (found, len(audio)) == (rate, rate)
    middle = slice(rate // 10, -rate // 10)
    np.testing.assert_allclose(audio[middle], tone(1.0, rate)[middle], atol=2e-3)


def test_a_format_without_the_rate_gets_the_next_higher_one() -> None:
    assert [chosen_format(Path(name), 22050, AS_IT_IS)[1] for name in ("a.opus", "a.mp3", "a.wav")] == [
        24000,
        22050,
        22050,
    ]
    assert chosen_format(Path("a.opus"), 96000, AS_IT_IS)[1] == 48000


@pytest.mark.parametrize(
    ("name", "encoding", "said"),
    [
        ("a.aac", Encoding(), r"path must end in \.wav, \.flac, .* or \.opus, such as a\.wav, not a\.aac"),
        ("a", Encoding(), r"such as a\.wav, not a"),
        ("", Encoding(), "path names no file"),
        ("a.mp3", Encoding(bits=24), r"bits must be 16 for \.mp3 files, not 24"),
        ("a.flac", Encoding(bits=32), r"bits must be 16 or 24 for \.flac files, not 32"),
        ("a.wav", Encoding(96000), r"sample_rate must be from 8000 to 48000 for \.wav files, not 96000"),
        ("a.opus", Encoding(22050), r"sample_rate must be 8000, 12000, .* or 48000 for \.opus files"),
    ],
)
def test_what_cannot_be_written_is_refused(name: str, encoding: Encoding, said: str) -> None:
    with pytest.raises(FieldError, match=said):
        chosen_format(Path(name), RATE, encoding)
