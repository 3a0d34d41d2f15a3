import wave
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from xtts_jax.audio import io
from xtts_jax.errors import UserError


def tone(seconds: float, rate: int, hz: float = 440.0) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def loudest_hz(audio: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    return float(np.fft.rfftfreq(len(audio), 1 / rate)[spectrum.argmax()])


@pytest.mark.parametrize("extension", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("rate", [16000, 22050, 44100, 48000])
def test_load_reads_formats_and_rates(tmp_path, extension, rate):
    path = tmp_path / f"clip.{extension}"
    soundfile.write(path, tone(1.0, rate), rate)
    audio = io.load(path, 22050)
    assert audio.dtype == np.float32
    assert audio.ndim == 1
    assert abs(len(audio) - 22050) < 0.12 * 22050  # lossy formats pad their ends
    assert abs(loudest_hz(audio, 22050) - 440) < 2
    np.testing.assert_allclose(np.abs(audio[5000:15000]).max(), 0.3, rtol=0.1)


def delayed(sound: np.ndarray) -> np.ndarray:
    """From a microphone 30 cm further away: the mean would lack 500 Hz, 1500 Hz ..."""
    return 0.9 * np.pad(sound, (22, 0))[: len(sound)]


@pytest.mark.parametrize(
    "other",
    [delayed, lambda sound: -0.9 * sound, np.zeros_like, lambda sound: 0.2 * tone(0.5, 22050, hz=1000)],
)
def test_load_takes_the_loudest_channel(tmp_path, other):
    sound = tone(0.5, 22050)
    for channels in ([sound, other(sound)], [other(sound), sound]):
        soundfile.write(tmp_path / "stereo.wav", np.stack(channels, axis=1), 22050, subtype="FLOAT")
        np.testing.assert_allclose(io.load(tmp_path / "stereo.wav", 22050), sound, atol=1e-4)


def test_load_takes_out_an_offset(tmp_path):
    sound = tone(0.5, 22050)
    soundfile.write(tmp_path / "stereo.wav", np.stack([sound + 0.2, 0.2 - 0.9 * sound], axis=1), 22050)
    np.testing.assert_allclose(io.load(tmp_path / "stereo.wav", 22050), sound, atol=1e-4)


def test_load_removes_frequencies_above_the_new_band(tmp_path):
    soundfile.write(tmp_path / "high.wav", tone(0.5, 48000, hz=15_000), 48000)
    assert np.abs(io.load(tmp_path / "high.wav", 22050)[2000:-2000]).max() < 1e-3


def write_header_alone(path: Path) -> None:
    soundfile.write(path, np.zeros(0, np.float32), 22050)


def write_not_a_number(path: Path) -> None:
    soundfile.write(path, np.full(1000, np.nan, np.float32), 22050, subtype="FLOAT")


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("missing.wav", lambda path: None),
        ("empty.wav", lambda path: path.write_bytes(b"")),
        ("text.wav", lambda path: path.write_text("these are words, not sound")),
        ("text.mp3", lambda path: path.write_text("these are words, not sound")),
        ("folder.wav", lambda path: path.mkdir()),
        ("headless.raw", lambda path: path.write_bytes(bytes(1000))),
        ("header.wav", write_header_alone),
        ("nan.wav", write_not_a_number),
    ],
)
def test_load_names_a_file_that_is_not_audio(tmp_path, name, write):
    write(tmp_path / name)
    with pytest.raises(UserError, match=rf"{name} is not readable audio"):
        io.load(tmp_path / name, 22050)


@pytest.mark.parametrize("read", [io.read_header, io.read_channels])
def test_an_empty_file_is_called_empty(tmp_path, read):
    (tmp_path / "a.wav").touch()
    with pytest.raises(UserError, match="not readable audio: the file is empty"):
        read(tmp_path / "a.wav")


def test_trim_removes_silence_and_leaves_a_margin():
    hiss = np.random.default_rng(0).normal(size=22050).astype(np.float32) * 1e-4
    audio = np.concatenate([hiss, tone(1.0, 22050), hiss[:11025]])
    trimmed = io.trim(audio, 22050, 40.0)
    assert abs(len(trimmed) / 22050 - 1.1) < 0.03
    assert np.abs(trimmed[: round(0.03 * 22050)]).max() < 1e-3 < np.abs(trimmed[round(0.07 * 22050)])


def test_trim_keeps_pauses_inside():
    audio = np.concatenate([tone(0.5, 22050), np.zeros(22050, np.float32), tone(0.5, 22050)])
    np.testing.assert_array_equal(io.trim(audio, 22050, 40.0), audio)


def test_trim_leaves_digital_silence_whole():
    assert len(io.trim(np.zeros(9999, np.float32), 22050, 40.0)) == 9999


@pytest.mark.parametrize("gain", [0.01, 0.3, 1.0])
def test_loudness_reaches_its_target(gain):
    audio = tone(1.0, 22050) * np.float32(gain)
    result = io.normalize_loudness(audio, 22050, -23.0)
    assert result.dtype == np.float32
    assert abs(pyloudnorm.Meter(22050).integrated_loudness(result.astype(np.float64)) + 23) < 0.1


def test_loudness_is_limited_by_the_peak():
    clicks = np.random.default_rng(0).normal(size=22050).astype(np.float32) * 0.01
    clicks[::5000] = 0.9
    result = io.normalize_loudness(clicks, 22050, -10.0)
    np.testing.assert_allclose(np.abs(result).max(), io.PEAK, atol=1e-3)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("audio", [np.zeros(22050, np.float32), np.full(22050, 1e-6, np.float32)])
def test_a_silent_clip_has_no_loudness(audio):
    with pytest.raises(UserError, match="silent"):
        io.normalize_loudness(audio, 22050, -23.0)


def test_a_clip_too_short_to_measure_is_refused_with_its_length():
    with pytest.raises(UserError, match=r"0\.30 s"):
        io.normalize_loudness(tone(0.3, 22050), 22050, -23.0)


def test_save_writes_what_load_reads(tmp_path):
    audio = tone(0.5, 22050)
    io.save(tmp_path / "a.wav", audio, 22050)
    with wave.open(str(tmp_path / "a.wav")) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 22050)
    np.testing.assert_allclose(io.load(tmp_path / "a.wav", 22050), audio, atol=1e-4)


def test_save_scales_peaks_down_and_never_wraps(tmp_path):
    audio = tone(0.5, 22050) * 10
    io.save(tmp_path / "loud.wav", audio, 22050)
    np.testing.assert_allclose(io.load(tmp_path / "loud.wav", 22050), audio / np.abs(audio).max(), atol=1e-4)


def test_save_returns_the_attenuation(tmp_path):
    sound = np.sin(np.arange(1000) / 9)
    sound /= np.abs(sound).max()
    assert io.save(tmp_path / "a.wav", 0.9 * sound, 22050) == 0.0
    assert io.save(tmp_path / "a.wav", 2.0 * sound, 22050) == pytest.approx(6.02, abs=0.01)
    np.testing.assert_allclose(io.read_channels(tmp_path / "a.wav")[0][:, 0], sound, atol=1e-3)


def test_save_refuses_a_waveform_that_is_not_finite(tmp_path):
    with pytest.raises(UserError, match="diverged"):
        io.save(tmp_path / "nan.wav", np.array([0.0, np.nan]), 22050)
    assert not (tmp_path / "nan.wav").exists()
