"""The average spectrum of a mel, moved towards that of a reference."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from speaking_run import TEXT

from xtts_jax.data.statistics import load_stats
from xtts_jax.models.conv import smooth
from xtts_jax.models.features import loud_spectrum, normalize_mel
from xtts_jax.models.generate import Generated
from xtts_jax.models.kept import Kept
from xtts_jax.models.xtts import Voice
from xtts_jax.speak import drawer
from xtts_jax.speak.colour import COLOUR_BINS, UNSURE_FRAMES, coloured, level
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.types import Stats


def colour(
    mel: np.ndarray, spectrum: np.ndarray, amount: float, stats: Stats, frames: int | None = None
) -> np.ndarray:
    length = len(mel) if frames is None else frames
    return np.asarray(coloured(jnp.asarray(mel), length, jnp.asarray(spectrum), amount, stats))


def test_speech_takes_on_the_average_spectrum_of_its_reference_and_stays_as_loud(
    synthesizer: Synthesizer,
    speaking_run: Path,
    two_voices: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stats = load_stats(speaking_run / "stats.json")
    wanted = np.asarray(synthesizer.voices.choose(VoiceChoice(two_voices[:1]), "en").spectrum[0])

    def distance(mel: np.ndarray, over_bins: int = 1) -> float:
        own = loud_spectrum(normalize_mel(jnp.asarray(mel)[None], stats), jnp.array([len(mel)]))[0]
        shape = (np.asarray(own) - wanted) * np.asarray(stats.mel_std)
        return float(np.std(smooth(jnp.asarray(shape)[None], over_bins)))

    plain = synthesizer.draw(TEXT, "en", VoiceChoice(two_voices[:1], colour=0.0)).mel
    half, whole = (colour(plain, wanted, x, stats) for x in (0.5, 1.0))
    assert distance(whole) < 0.9 * distance(plain)
    assert distance(whole) < distance(half) < distance(plain)
    assert level(whole) == pytest.approx(level(plain), abs=1e-3)
    drawn = synthesizer.draw(TEXT, "en", VoiceChoice(two_voices[:1])).mel
    monkeypatch.setattr(drawer, "coloured", lambda mel, *_: mel)
    draw = synthesizer._say._draw.function
    anew = Kept(lambda *a, **k: draw(*a, **k), "", "", returns=Generated, static_argnames=["frames"])
    monkeypatch.setattr(synthesizer._say, "_draw", anew)
    uncoloured = synthesizer.draw(TEXT, "en", VoiceChoice(two_voices[:1])).mel
    assert distance(drawn) < distance(uncoloured)
    assert distance(drawn, COLOUR_BINS) < 0.5 * distance(uncoloured, COLOUR_BINS)


def test_padding_changes_nothing() -> None:
    rng, stats = np.random.default_rng(0), Stats(np.full(80, -5.0), np.full(80, 2.0), 5.0, 0.3, 0.0, 1.0)
    mel, spectrum = rng.normal(-5, 2, (50, 80)).astype(np.float32), np.linspace(1, -1, 80, dtype=np.float32)
    padded = np.pad(mel, ((0, 30), (0, 0)), constant_values=3.0)
    alone, beside = (colour(x, spectrum, 1.0, stats, frames=50) for x in (mel, padded))
    np.testing.assert_allclose(beside[:50], alone, atol=1e-5)


def test_harmonics_of_the_reference_are_not_laid_over_what_is_said() -> None:
    stats = Stats(np.zeros(80), np.ones(80), 5.0, 0.3, 0.0, 1.0)
    harmonics = np.cos(2 * np.pi * np.arange(80) / 5).astype(np.float32)  # those of 185 Hz
    moved = colour(np.zeros((4000, 80), np.float32), harmonics, 1.0, stats)
    assert np.ptp(moved[0, 5:-5]) < 0.2 * np.ptp(harmonics)


def test_without_colour_the_spectrum_of_the_reference_reaches_nothing(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, whole = (VoiceChoice(two_voices[:1], colour=x) for x in (0.0, 1.0))
    said = synthesizer.draw(TEXT, "en", plain).mel
    choose = synthesizer.voices.choose

    def other_microphone(voice: VoiceChoice, language: str) -> Voice:
        chosen = choose(voice, language)
        return chosen._replace(spectrum=chosen.spectrum + jnp.linspace(-1, 1, 80)[None])

    monkeypatch.setattr(synthesizer.voices, "choose", other_microphone)
    np.testing.assert_array_equal(synthesizer.draw(TEXT, "en", plain).mel, said)
    other = synthesizer.draw(TEXT, "en", whole).mel
    assert other.shape != said.shape or np.abs(other - said).max() > 0.1


def test_a_short_word_is_coloured_less() -> None:
    stats = Stats(np.zeros(80), np.ones(80), 5.0, 0.3, 0.0, 1.0)
    spectrum = np.repeat([1.0, -1.0], 40).astype(np.float32)
    moved = [
        colour(np.zeros((frames, 80), np.float32), spectrum, 1.0, stats)
        for frames in (10, UNSURE_FRAMES, 4000)
    ]
    tilt = [float(mel[0, 0] - mel[0, -1]) for mel in moved]
    assert tilt == pytest.approx([2 * 10 / (10 + UNSURE_FRAMES), 1.0, 2.0], rel=0.02)
