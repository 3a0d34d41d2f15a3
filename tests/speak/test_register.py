"""A voice keeps the pitch of its recordings."""

from pathlib import Path

import numpy as np
import pytest
from speaking_run import TEXT

from xtts_jax.models.xtts import Voice
from xtts_jax.speak import register
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice


@pytest.fixture(autouse=True)
def sayable(monkeypatch: pytest.MonkeyPatch, synthesizer: Synthesizer) -> None:
    """The small run, which other tests share, cannot say numbers."""
    monkeypatch.setattr(register, "COUNTING", TEXT)
    monkeypatch.setattr(synthesizer.voices._register, "_known", {})


def predicted(synthesizer: Synthesizer, voice: Voice, language: str) -> float:
    """The mean log F0 that the run gives a voice as it is, normalized."""
    found = synthesizer.voices._register._predicted(voice, language)
    assert found is not None
    return found.item()


def test_a_reference_is_spoken_at_its_own_pitch_in_every_language(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path]
) -> None:
    for path in two_voices:
        choice = VoiceChoice([path])
        heard = synthesizer.voices._chosen(choice, "en").log_f0
        assert heard is not None
        for language in ("en", "fa"):
            voice = synthesizer.voices.choose(choice, language)
            assert predicted(synthesizer, voice, language) == pytest.approx(
                np.asarray(heard).item(), abs=1e-4
            )


def test_a_mixture_is_between_its_recordings_and_a_profile_like_its_own(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path], tmp_path: Path
) -> None:
    low, high, both = (
        predicted(synthesizer, synthesizer.voices.choose(VoiceChoice(paths), "en"), "en")
        for paths in (two_voices[:1], two_voices[1:], two_voices)
    )
    assert both == pytest.approx((low + high) / 2, abs=1e-4) and abs(high - low) > 0.1
    profile = tmp_path / "low.npz"
    synthesizer.voices.save(VoiceChoice(two_voices[:1]), "fa", profile)
    saved = synthesizer.voices.choose(VoiceChoice([profile]), "en")
    assert predicted(synthesizer, saved, "en") == pytest.approx(low, abs=1e-4)


def test_a_style_changes_the_pitch_that_a_voice_has(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path]
) -> None:
    plain = synthesizer.voices.choose(VoiceChoice(two_voices[:1]), "en")
    styled = synthesizer.voices.choose(VoiceChoice(two_voices[:1], style_references=two_voices[1:]), "en")
    np.testing.assert_array_equal(styled.register, plain.register)


def test_own_speakers_are_as_they_were_learned_and_keep_their_pitch_in_other_languages(
    synthesizer: Synthesizer,
) -> None:
    persian = VoiceChoice(speaker="s1")
    own, abroad = (synthesizer.voices.choose(persian, language) for language in ("fa", "en"))
    assert not np.any(own.register)
    usual = predicted(synthesizer, own, "fa")
    assert predicted(synthesizer, abroad, "en") == pytest.approx(usual, abs=1e-4)
    assert abs(predicted(synthesizer, own, "en") - usual) > 1e-3


def test_a_recording_without_voice_has_no_pitch(synthesizer: Synthesizer) -> None:
    voice = synthesizer.voices.choose(VoiceChoice(speaker="s1"), "fa")
    hiss = np.random.default_rng(0).normal(0, 0.1, 22050).astype(np.float32)
    assert synthesizer.voices._register.heard(voice, hiss).log_f0 is None


def test_a_run_that_cannot_say_numbers_leaves_voices_as_they_are(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "COUNTING", "مممم" * 3 + "ظ")
    voice = synthesizer.voices.choose(VoiceChoice(two_voices[:1], strength=0.9), "fa")
    assert voice.log_f0 is None and not np.any(voice.register)
