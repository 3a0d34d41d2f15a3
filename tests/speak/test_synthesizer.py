"""Text to waveform, by a run whose params are random: what follows from the code and not from training."""

import warnings
from pathlib import Path
from typing import Any

import compilations
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from speaking_run import HOP, LONG_TEXT, RATE, TEXT, buzz
from vocoder_params import random_params

from xtts_jax.errors import FieldError
from xtts_jax.models import vocoders
from xtts_jax.models.vocoders.spec import Istft
from xtts_jax.speak.colour import NAT_PER_DB, level
from xtts_jax.speak.synthesizer import PAUSE_S, Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.vocoder.trained import Vocoder
from xtts_jax.vocoder.vocode import GriffinLim, Neural, Vocode, Voiced


def test_energy_is_the_level_in_decibels(synthesizer: Synthesizer) -> None:
    usual, same, *changed = (synthesizer.draw(TEXT, energy=db).mel for db in (0, 0.0, -9, 6))
    np.testing.assert_array_equal(same, usual)
    for mel, db in zip(changed, (-9, 6), strict=True):
        assert mel.shape == usual.shape
        assert (level(mel) - level(usual)) / NAT_PER_DB == pytest.approx(db, abs=0.1)
        assert np.ptp(mel - usual) > 1e-3  # not a gain alone: the decoder knew


def test_energy_is_not_the_vocoders_affair(synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = level(synthesizer.draw(TEXT).mel)

    def hum(mel: np.ndarray, seed: int) -> Voiced:
        assert level(mel) == pytest.approx(usual, abs=0.02)
        return Voiced(buzz(1.0, 100).astype(np.float32))

    monkeypatch.setattr(synthesizer, "vocode", hum)
    quiet, loud = (synthesizer.speak(TEXT, energy=db).audio for db in (0, 10))
    np.testing.assert_allclose(loud, quiet * 10**0.5, rtol=1e-5)


def test_pitch_changes_the_sound_and_not_the_length(synthesizer: Synthesizer) -> None:
    usual, same, higher = (synthesizer.speak(TEXT, pitch=each).audio for each in (0, 0.0, 6))
    np.testing.assert_array_equal(same, usual)
    assert len(higher) == len(usual) and np.abs(higher - usual).max() > 1e-3


@pytest.mark.parametrize(
    ("text", "pitch"),
    [
        (TEXT, 3.0),
        (f"<prosody pitch='142.7Hz'>{TEXT}</prosody>", 0.0),
        (f"<prosody pitch='+22.7Hz'>{TEXT}</prosody>", 0.0),
    ],
)
def test_pitch_is_as_asked_of_a_decoder_that_goes_part_of_the_way(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch, text: str, pitch: float
) -> None:
    asked = []
    say = synthesizer._say

    def listen(*given):
        asked.append(given[-1].log_f0 * synthesizer._stats.log_f0_std * 12 / np.log(2))
        return say(*given)

    def hum(mel: np.ndarray, seed: int) -> Voiced:
        return Voiced(buzz(1.0, 120 * 2 ** (0.6 * asked[-1] / 12)))

    monkeypatch.setattr(synthesizer, "_say", listen)
    monkeypatch.setattr(synthesizer, "vocode", hum)
    synthesizer.speak(text, pitch=pitch)
    assert 0.6 * asked[-1] == pytest.approx(3, abs=0.3)


def test_language_changes_the_mel(synthesizer: Synthesizer, speaking_run: Path) -> None:
    same_voice = VoiceChoice([speaking_run / "voices" / "0.wav"])
    one, other, again = (synthesizer.draw(TEXT, code, same_voice).mel for code in ("en", "fa", "en-US"))
    assert one.shape != other.shape or np.abs(one - other).max() > 1e-3
    assert np.array_equal(one, again)


def test_pieces_of_a_long_text_follow_each_other_after_a_pause(synthesizer: Synthesizer) -> None:
    speech = synthesizer.speak(LONG_TEXT)
    assert len(speech.segments) == 2 and " ".join(part.text for part in speech.segments) == LONG_TEXT
    first, second = speech.segments
    pause = round(PAUSE_S * RATE / HOP)
    assert second.start_frame == first.durations.sum() + pause
    assert len(speech.audio) == HOP * (second.start_frame + second.durations.sum()) == HOP * len(speech.mel)
    assert speech.audio.dtype == np.float32


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"text": " "}, "<text> is empty"),
        ({"text": "xxx"}, "Check that <language> is that of the text"),
        ({"text": "\u0633\u0644\u0627\u0645"}, "Set <language> to the one that it is written in"),
        ({"language": "de"}, "<language> must be one that the run has learned, not 'de': en, fa"),
        ({"speed": 9}, "<speed> must be between 0.25 and 4, not 9"),
        (
            {"voice": VoiceChoice(speaker="Bob")},
            "<speaker> must be one that the run has, not 'Bob'. It has s0, s1",
        ),
    ],
)
@pytest.mark.parametrize("method", ["speak", "draw", "stream"])
def test_what_cannot_be_said_is_refused_at_once(
    synthesizer: Synthesizer, method: str, given: dict[str, Any], problem: str
) -> None:
    with pytest.raises(FieldError) as caught:
        getattr(synthesizer, method)(**{"text": TEXT} | given)
    assert problem in caught.value.named(lambda field: f"<{field}>")


def neural(synthesizer: Synthesizer, nat: float) -> Neural:
    """A small vocoder with random params whose log-magnitudes are shifted by `nat`."""
    audio, spec = synthesizer.config.audio, Istft(width=16, hidden=24, layers=2)
    params = random_params(vocoders.build(spec, audio, jnp.dtype("float32")))
    bins = audio.n_fft // 2 + 1
    params["head"]["out"]["bias"] = params["head"]["out"]["bias"].at[:bins].add(nat)
    return Neural(Vocoder(spec, audio, "slaney", params), audio)


@pytest.fixture(params=["griffin_lim", "neural"])
def vocode(request: pytest.FixtureRequest, synthesizer: Synthesizer) -> Vocode:
    """Either vocoder; small, so that many pieces take moments."""
    if request.param == "griffin_lim":
        return GriffinLim(synthesizer.config.audio, 2)
    return neural(synthesizer, -3.0)


def test_a_stream_is_the_speech_in_chunks(
    synthesizer: Synthesizer, vocode: Vocode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesizer, "vocode", vocode)
    manner: dict[str, Any] = {"language": "en", "seed": 3, "speed": 0.8, "energy": -2.0}
    speech = synthesizer.speak(LONG_TEXT, **manner)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        chunks = list(synthesizer.stream(LONG_TEXT, **manner))
    assert len(chunks) >= len(speech.segments) == 2 and not speech.remark
    assert all(chunk.ndim == 1 and chunk.dtype == np.float32 for chunk in chunks)
    assert len(chunks) == 2 or len(chunks[0]) < 0.5 * RATE  # a neural vocoder begins with a short one
    np.testing.assert_allclose(np.concatenate(chunks), speech.audio, atol=1e-5)


def test_a_stream_draws_a_piece_when_it_is_wanted(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    say = synthesizer._say
    monkeypatch.setattr(synthesizer, "_say", lambda *given: said.append(len(given[0].ids)) or say(*given))
    chunks = synthesizer.stream(LONG_TEXT)
    assert len(said) == 0
    next(chunks)
    assert len(said) == 1
    next(chunks)
    assert len(said) == 2


def test_texts_of_other_lengths_compile_nothing_more(synthesizer: Synthesizer) -> None:
    """A program for each length would stay in memory."""
    synthesizer.speak("a man sat", "en")
    with compilations.noted() as compiled:
        lengths = {len(synthesizer.speak(f"a man {'sat ' * n}", "en").mel) for n in range(1, 5)}
        assert len(lengths) > 2 and not compiled
        jax.jit(lambda x: x + 1.5)(np.ones(len(lengths) + 7))
    assert compiled, "the event has another name"


def test_a_stream_warns_of_what_speech_reports(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synthesizer, "vocode", neural(synthesizer, -30.0))
    speech = synthesizer.speak("a taxi")
    assert speech.unknown == ("x",) and "silent, so Griffin-Lim was used" in speech.remark
    with pytest.warns(UserWarning) as caught:
        chunks = list(synthesizer.stream("a taxi"))
    assert np.abs(np.concatenate(chunks)).max() > 1e-3
    reported = [str(warning.message) for warning in caught]
    assert reported[0] == "the run never saw 'x' (U+0078 LATIN SMALL LETTER X); left out of the speech."
    assert set(reported[1:]) == {speech.remark}
