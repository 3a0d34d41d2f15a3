"""Recordings as bytes."""

import gc
import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from xtts_jax.audio.coded import FORMATS, Encoder, decode, format_of, whole
from xtts_jax.errors import FieldError, UserError

RATE = 22050
TIME_S = np.arange(2 * RATE) / RATE
SOUND = (0.5 * np.sin(2 * np.pi * 220 * TIME_S) * np.linspace(0.2, 1, len(TIME_S))).astype(np.float32)
PIECES = [SOUND[:100], SOUND[100:9000], SOUND[9000:9000], SOUND[9000:]]


def file_of(audio: np.ndarray, rate: int = RATE, kind: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, audio, rate, format=kind)
    return file.getvalue()


def read(data: bytes, name: str) -> tuple[np.ndarray, int]:
    if name == "pcm":
        return np.frombuffer(data, "<i2") / 32768, FORMATS["pcm"].sample_rate
    return soundfile.read(io.BytesIO(data))


def loudest_hz(audio: np.ndarray, rate: int) -> float:
    return float(np.abs(np.fft.rfft(audio)).argmax() * rate / len(audio))


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_encoded_piece_by_piece_is_the_sound(name: str) -> None:
    kind = format_of(name)
    encoder = Encoder(kind, RATE)
    data = b"".join([*map(encoder.add, PIECES), encoder.end()])
    for made in (data, whole(PIECES, kind, RATE)):
        heard, rate = read(made, name)
        assert rate == encoder.sample_rate == (kind.sample_rate or RATE)
        assert len(heard) / rate == pytest.approx(2, abs=0.12 if name == "mp3" else 1e-3)
        assert loudest_hz(heard, rate) == pytest.approx(220, abs=1)
        assert np.abs(heard).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("name", [name for name, kind in FORMATS.items() if kind.grows])
def test_the_first_bytes_come_before_the_last_piece(name: str) -> None:
    encoder = Encoder(FORMATS[name], RATE)
    first = encoder.add(SOUND)
    assert first
    if name == "wav":
        soundfile.read(io.BytesIO(first))


@pytest.mark.parametrize("name", ["mp3", "opus", "flac"])
def test_what_is_given_up_halfway_is_forgotten_in_silence(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    encoder = Encoder(FORMATS[name], RATE)
    encoder.add(SOUND)
    del encoder
    gc.collect()
    assert capfd.readouterr().err == ""


def test_what_is_too_loud_is_lowered_in_a_file_and_clipped_in_a_stream() -> None:
    loud = [SOUND * 4]
    heard, _ = read(whole(loud, FORMATS["flac"], RATE), "flac")
    np.testing.assert_allclose(heard, SOUND * 4 / np.abs(SOUND * 4).max(), atol=1e-3)
    encoder = Encoder(FORMATS["wav"], RATE)
    heard, _ = read(encoder.add(loud[0]), "wav")
    np.testing.assert_allclose(heard, np.clip(SOUND * 4, -1, 1), atol=1e-3)


def test_a_format_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(FieldError, match=r"response_format must be .*wav or pcm, not 'aac'"):
        format_of("aac")


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_recordings_are_decoded_at_the_rate_that_is_asked_for(kind: str) -> None:
    stereo = np.stack([SOUND * 0.1, SOUND + 0.1], axis=1)
    found = decode(file_of(stereo, kind=kind), 16000, 10.0)
    assert found.audio.dtype == np.float32 and found.clipped == 0
    assert len(found.audio) == pytest.approx(32000, abs=2500 if kind == "MP3" else 1)
    assert abs(found.audio.mean()) < 1e-3 and np.abs(found.audio).max() == pytest.approx(0.5, abs=0.06)


def test_clipped_samples_are_counted() -> None:
    assert decode(file_of(np.clip(SOUND * 4, -1, 1)), RATE, 10.0).clipped > 1000


def test_a_header_that_lies_costs_nothing() -> None:
    data = bytearray(file_of(SOUND))
    data[40:44] = data[4:8] = b"\xff\xff\xff\xff"
    assert len(decode(bytes(data), RATE, 10.0).audio) == len(SOUND)
    with pytest.raises(UserError, match="at most 1 s"):
        decode(file_of(SOUND), RATE, 1.0)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(["WAV", "FLAC", "OGG", "MP3"]), st.integers(0, 500), st.binary(min_size=1, max_size=8))
def test_damaged_files_are_decoded_or_refused(kind: str, at: int, damage: bytes) -> None:
    data = file_of(SOUND[:4000], kind=kind)
    try:
        found = decode(data[:at] + damage + data[at + len(damage) :], 16000, 10.0)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        assert np.isfinite(found.audio).all()
