"""From what is asked for to a voice: recordings, words, mixtures, styles and emotions."""

import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
import soundfile
from made_up_voices import made_up
from speaking_run import RATE, TEXT, buzz

from xtts_jax.audio.io import load, resample
from xtts_jax.errors import FieldError, UserError, UserNotice
from xtts_jax.runs import voices
from xtts_jax.speak.narrow_band import hear, products
from xtts_jax.speak.reference import read_own
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import OWN_VOICE, VoiceChoice

Pair = tuple[Path, Path]


def weighted(*parts: tuple[Any, float]) -> Any:
    """The sum of trees, each times its share."""
    trees, shares = zip(*parts, strict=True)
    return jax.tree.map(
        lambda *leaves: sum(x * share for x, share in zip(leaves, shares, strict=True)), *trees
    )


def flagged(error: FieldError) -> str:
    return error.named(lambda field: f"--{field}")


def test_references_change_the_voice(synthesizer: Synthesizer, two_voices: Pair) -> None:
    low, high, both = (
        synthesizer.draw(TEXT, "en", VoiceChoice(paths)).mel
        for paths in (two_voices[:1], two_voices[1:], two_voices)
    )
    for one, other in ((low, high), (low, both), (high, both)):
        assert one.shape != other.shape or np.abs(one - other).max() > 1e-3


def test_a_path_may_be_text(synthesizer: Synthesizer, two_voices: Pair) -> None:
    paths, texts = (
        synthesizer.voices.choose(VoiceChoice(each), "en")
        for each in (two_voices, list(map(str, two_voices)))
    )
    np.testing.assert_array_equal(texts.speaker, paths.speaker)


def test_a_speaker_speaks_its_own_language_if_none_is_asked_for(synthesizer: Synthesizer) -> None:
    persian = VoiceChoice(speaker="s1")
    unsaid, said, other = (synthesizer.draw(TEXT, code, persian).mel for code in (None, "fa", "en"))
    np.testing.assert_array_equal(unsaid, said)
    assert unsaid.shape != other.shape or np.abs(unsaid - other).max() > 1e-3
    main, english = (synthesizer.draw(TEXT, code).mel for code in (None, "en"))
    np.testing.assert_array_equal(main, english)


def test_recording_is_measured_once_until_it_changes(
    synthesizer: Synthesizer, two_voices: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured, true = [], synthesizer.voices._encoded
    monkeypatch.setattr(synthesizer.voices, "_encoded", lambda mel: measured.append(len(mel)) or true(mel))
    path = tmp_path / "anna.wav"
    path.write_bytes(two_voices[0].read_bytes())
    first = synthesizer.voices.choose(VoiceChoice([path]), "en")
    again = synthesizer.voices.choose(VoiceChoice([path], strength=1.0), "en")
    np.testing.assert_array_equal(again.speaker, first.speaker)
    assert len(measured) == 1
    path.write_bytes(two_voices[1].read_bytes())
    os.utime(path, ns=(0, 0))
    other = synthesizer.voices.choose(VoiceChoice([path]), "en")
    assert len(measured) == 2 and not np.array_equal(other.speaker, first.speaker)


def test_speakers_of_the_run_are_named(
    synthesizer: Synthesizer, speaking_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    by_file = choose(VoiceChoice([speaking_run / "voices" / "1.wav"]))
    np.testing.assert_array_equal(choose(VoiceChoice(speaker="s1")).speaker, by_file.speaker)
    np.testing.assert_array_equal(
        synthesizer.voices.choose(OWN_VOICE, "fa").speaker, choose(VoiceChoice(speaker="s1")).speaker
    )
    with pytest.raises(FieldError) as caught:
        choose(VoiceChoice(speaker="Bob"))
    assert flagged(caught.value) == "--speaker must be one that the run has, not 'Bob'. It has s0, s1."


@pytest.mark.parametrize(
    ("name", "meant"), [("S1", "s1"), ("kathleen", "kathleen/kathleen"), ("set/Kathlen", "kathleen/kathleen")]
)
def test_a_speaker_that_may_be_meant_is_named(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    known = [voices.Voice(speaker, ["en"], "0.wav") for speaker in ("s0", "s1", "kathleen/kathleen")]
    monkeypatch.setattr(voices, "read", lambda _: known)
    with pytest.raises(
        FieldError, match=rf"not '{name}'\. Did you mean '{meant}'\? It has s0, s1, kathleen/"
    ):
        synthesizer.voices.choose(VoiceChoice(speaker=name), "en")


def test_a_recording_that_the_run_has_lost_is_named(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voices, "read", lambda _: [voices.Voice("s0", ["en"], "9.wav")])
    with pytest.raises(FieldError) as caught:
        synthesizer.voices.choose(OWN_VOICE, "en")
    assert re.search(r"has lost .*voices/9\.wav, .* speak with --references\.$", flagged(caught.value))


def test_a_voice_is_fitted_to_what_its_reference_says(synthesizer: Synthesizer, two_voices: Pair) -> None:
    said = VoiceChoice(two_voices, words=["a man sat", "and ate"], words_language="en")
    measured, fitted = (synthesizer.voices.choose(each, "fa") for each in (VoiceChoice(two_voices), said))
    assert np.abs(fitted.speaker - measured.speaker).max() > 0.1
    np.testing.assert_array_equal(fitted.style, measured.style)
    for change in ({"words": ["and ate", "a man sat"]}, {"words_language": ""}):
        other = synthesizer.voices.choose(replace(said, **change), "fa")
        assert np.abs(fitted.speaker - other.speaker).max() > 0.01


def test_a_fitted_decoder_is_spoken_with_as_far_as_the_voice_is_wanted(
    synthesizer: Synthesizer, two_voices: Pair, tmp_path: Path
) -> None:
    """As strong as `strength` says, and in a mixture by its share."""
    choose = partial(synthesizer.voices.choose, language="en")
    fitted = VoiceChoice(two_voices[:1], words=["a man sat"])
    whole, half = choose(fitted), choose(replace(fitted, strength=0.5))
    assert whole.adaptation and half.adaptation
    np.testing.assert_allclose(half.adaptation["mel"]["kernel"], whole.adaptation["mel"]["kernel"] / 2)
    profile = tmp_path / "fitted.npz"
    synthesizer.voices.save(fitted, "en", profile)
    mixed = choose(VoiceChoice([profile, two_voices[1]], shares=(0.25, 0.75)))
    halves = (whole.adaptation, 0.25), (mixed.adaptation, -1.0)
    assert all(np.abs(left).max() < 1e-3 for left in jax.tree.leaves(weighted(*halves)))
    assert choose(VoiceChoice(two_voices)).adaptation is None
    spoken = [
        synthesizer.draw("a man sat", "en", voice).mel
        for voice in (
            VoiceChoice([profile]),
            fitted,
            replace(fitted, strength=0.5),
            VoiceChoice(two_voices[:1]),
        )
    ]
    frames = min(map(len, spoken))
    from_profile, exact, weaker, measured = (mel[:frames] for mel in spoken)
    np.testing.assert_allclose(from_profile, exact, atol=0.05)
    assert np.abs(exact - measured).mean() > 0.1 and np.abs(exact - weaker).mean() > 0.01


@pytest.mark.parametrize(
    ("words", "language", "problem"),
    [
        (["xxx"], "", "m3.wav cannot be used. The run never saw any sound of 'xxx'"),
        (["xxx"], "", "Check that --words_language is that of the text"),
        (["a box"], "", "m3.wav cannot be used. The run never saw x of 'a box'"),
        ([""], "", "There is nothing to say: --words is empty."),
        (["a man sat " * 20], "", "that is 201 sounds in 1.0 s. Check --words."),
        (["\u0633\u0644\u0627\u0645"], "", "Set --words_language to the one that it is written in"),
        (["a man sat"], "de", "--words_language must be one that the run has learned, not 'de': en, fa"),
    ],
)
def test_words_that_a_reference_cannot_say_are_reported(
    synthesizer: Synthesizer, two_voices: Pair, words: list[str], language: str, problem: str
) -> None:
    with pytest.raises(FieldError) as caught:
        synthesizer.voices.choose(VoiceChoice(two_voices[:1], words=words, words_language=language), "en")
    assert problem in flagged(caught.value) and "--language" not in flagged(caught.value)


def test_profiles_and_long_recordings_have_no_words(synthesizer: Synthesizer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", buzz(31.0, 120), RATE)
    soundfile.write(tmp_path / "more.wav", buzz(8.0, 120), RATE)
    with pytest.raises(UserError, match=r"says more than 'a man': .*all that it says in words"):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "more.wav"], words=["a man"]), "en")
    with pytest.raises(UserError, match=r"There is no reference recording or voice profile .*absent\.wav"):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "absent.wav"], words=["a man"]), "en")
    with pytest.raises(UserError, match="lasts 30 s or more"):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "long.wav"], words=["a man"]), "en")
    synthesizer.voices.save(OWN_VOICE, "en", tmp_path / "one.npz")
    with pytest.raises(UserError, match="is a voice profile, which words cannot go with"):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "one.npz"], words=["a man"]), "en")


def test_a_reference_counts_as_much_as_its_strength_says(
    synthesizer: Synthesizer, two_voices: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    whole, double = (choose(VoiceChoice(two_voices[:1], strength=x)) for x in (1.0, 2.0))
    np.testing.assert_allclose(double.speaker, 2 * whole.speaker, rtol=1e-5)
    kept = VoiceChoice(two_voices[:1], style_references=two_voices[1:], strength=0.0)
    other = choose(VoiceChoice(two_voices[1:]))
    np.testing.assert_allclose(choose(kept).style, other.style, rtol=1e-5)
    config = synthesizer.config
    untrained = replace(config, model=replace(config.model, reference_dropout=0.0))
    monkeypatch.setattr(synthesizer.voices, "_config", untrained)
    with pytest.raises(FieldError, match=r"strength must be 1 with this run: .*model\.reference_dropout"):
        choose(VoiceChoice(two_voices[:1], strength=2.0))


def test_blends_are_means_weighted_by_their_shares(synthesizer: Synthesizer, two_voices: Pair) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    low, high = (choose(VoiceChoice([path])) for path in two_voices)
    mixed = choose(VoiceChoice(two_voices, [1.4, 0.6]))
    jax.tree.map(partial(np.testing.assert_allclose, atol=1e-5), mixed, weighted((low, 0.7), (high, 0.3)))


def test_style_comes_from_elsewhere_and_the_speaker_stays(synthesizer: Synthesizer, two_voices: Pair) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    low, high = (choose(VoiceChoice([path])) for path in two_voices)
    styled = choose(VoiceChoice([two_voices[0]], style_references=[two_voices[1]]))
    np.testing.assert_array_equal(styled.speaker, low.speaker)
    np.testing.assert_array_equal(styled.style, high.style)
    assert np.abs(low.style - high.style).max() > 1e-4


def test_style_weights_mix_the_tokens_as_attention_does(synthesizer: Synthesizer, two_voices: Pair) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    tokens = synthesizer.config.model.style_tokens
    each = [choose(VoiceChoice([two_voices[0]], style_weights=row)) for row in np.eye(tokens).tolist()]
    low = choose(VoiceChoice([two_voices[0]]))
    heads = synthesizer.config.model.style_heads
    values = np.stack([voice.style[0] for voice in each]).reshape(tokens, heads, -1)
    attended = np.einsum("hk,khc->hc", low.style_weights[0], values).reshape(-1)
    np.testing.assert_allclose(attended, low.style[0], atol=1e-5)
    with pytest.raises(
        FieldError, match=r"^style_weights takes one number for each of the run's 4 .*not 1\.$"
    ):
        choose(VoiceChoice(style_weights=[1.0]))


def test_denoised_reference_is_nearer_to_the_clean_one(synthesizer: Synthesizer, tmp_path: Path) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    clean = np.concatenate([buzz(0.6, 120), np.zeros(4000), buzz(0.6, 140), np.zeros(4000)])
    noise = np.random.default_rng(0).normal(0, np.sqrt(np.mean(clean**2) / 10), len(clean))
    for name, sound in (("clean", clean), ("noisy", clean + noise)):
        soundfile.write(tmp_path / f"{name}.wav", sound, RATE)
    wanted, noisy, denoised = (
        choose(VoiceChoice([tmp_path / f"{name}.wav"], denoise=cleaned)).speaker
        for name, cleaned in (("clean", False), ("noisy", False), ("noisy", True))
    )
    assert np.abs(denoised - wanted).mean() < 0.7 * np.abs(noisy - wanted).mean()


def test_reference_by_telephone_is_reported_and_gives_nearly_the_voice_of_the_whole(
    synthesizer: Synthesizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chooser, hiss = synthesizer.voices, np.random.default_rng(0).normal(0, 0.01, round(3 * RATE))
    sounds = {number: made_up(number, 0, 3.0) + hiss for number in range(6)}
    for number, sound in sounds.items():
        soundfile.write(tmp_path / f"{number}.wav", sound, RATE)
    soundfile.write(tmp_path / "telephone.wav", resample(sounds[0], RATE, 8000), 8000)
    (whole, narrow) = (VoiceChoice([tmp_path / name]) for name in ("0.wav", "telephone.wav"))
    wanted, dull = (chooser.choose(each, "en") for each in (whole, narrow))  # the run has none that is whole
    config = synthesizer.config
    own = [read_own(tmp_path / f"{number}.wav", config) for number in range(1, 6)]
    examples = [hear(chooser._mel(audio), audio, config.audio) for audio in own]
    monkeypatch.setitem(chooser.__dict__, "own_products", products(examples))
    monkeypatch.setattr(chooser, "_measured", {})
    with pytest.warns(UserNotice, match=r"telephone.wav has next to nothing above \d\.\d kHz"):
        guessed = chooser.choose(narrow, "en")
    for part in ("speaker", "style", "spectrum"):
        far, near = (np.abs(getattr(v, part) - getattr(wanted, part)).mean() for v in (dull, guessed))
        assert near < 0.5 * far


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("noise", "There seems to be no speech in the reference"),
        ("loud", "samples of the reference .* clipped"),
        ("short", r"has only 1\.0. s of speech"),
        ("long", r"Only the first 30 s of the reference .*a\.wav are heard, of 31\.\d s"),
    ],
)
def test_what_is_wrong_with_a_reference_is_said(
    synthesizer: Synthesizer, tmp_path: Path, name: str, said: str
) -> None:
    sounds = {
        "noise": np.random.default_rng(0).normal(0, 0.05, RATE),
        "loud": 50 * made_up(0, 0, 1.0),
        "short": made_up(0, 0, 1.0),
        "long": made_up(0, 0, 31.5),
    }
    soundfile.write(tmp_path / "a.wav", np.clip(sounds[name], -1, 1), RATE)
    with pytest.warns(UserNotice, match=said):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "a.wav"]), "en")


def test_a_kept_recording_is_the_voice_that_its_file_would_be(
    synthesizer: Synthesizer, two_voices: Pair
) -> None:
    chooser = synthesizer.voices
    chooser.keep("mine", load(two_voices[0], RATE))
    of_file, kept, in_mood, of_s0 = (
        chooser.choose(choice, "en")
        for choice in (
            VoiceChoice(two_voices[:1]),
            VoiceChoice(speaker="mine"),
            VoiceChoice(speaker="mine", emotion="sad"),
            VoiceChoice(two_voices[:1], emotion="sad"),
        )
    )
    np.testing.assert_array_equal(kept.speaker, of_file.speaker)
    np.testing.assert_array_equal(in_mood.style, of_s0.style)
    assert chooser.language_of("mine") == chooser.language_of("")
    chooser.forget("mine")
    with pytest.raises(FieldError, match="'mine'"):
        chooser.choose(VoiceChoice(speaker="mine"), "en")


def test_faults_of_a_kept_recording_are_said_and_a_useless_one_is_not_kept(synthesizer: Synthesizer) -> None:
    with pytest.warns(UserNotice, match="12 samples of the reference that was given are clipped"):
        synthesizer.voices.keep("mine", made_up(0, 0, 1.0).astype(np.float32), clipped_samples=12)
    synthesizer.voices.forget("mine")
    with pytest.raises(UserError, match=r"The reference that was given lasts 0\.10 s"):
        synthesizer.voices.keep("mine", np.zeros(RATE // 10, np.float32))
    with pytest.raises(KeyError):
        synthesizer.voices.forget("mine")


def test_a_folder_is_not_a_reference(synthesizer: Synthesizer, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"is a folder\. Give audio files"):
        synthesizer.voices.choose(VoiceChoice([tmp_path]), "en")


def test_the_missing_end_of_a_reference_is_said(synthesizer: Synthesizer, tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    soundfile.write(path, made_up(0, 0, 3.0), RATE)
    path.write_bytes(path.read_bytes()[:-RATE])
    with pytest.warns(UserNotice, match=r"cut\.wav is shorter than its header says.*Copy it again"):
        synthesizer.voices.choose(VoiceChoice([path]), "en")


def test_emotions_are_the_mean_style_of_their_recordings(synthesizer: Synthesizer, two_voices: Pair) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    low, high = (choose(VoiceChoice(speaker=name)) for name in ("s0", "s1"))
    for choice, share_of_low in (
        (VoiceChoice(speaker="s0", emotion="sad"), 0.5),
        (VoiceChoice(emotion=" Sad"), 0.5),  # as the run's own speaker of the language
        (VoiceChoice(speaker="s1", emotion="sad"), 0.0),
        (VoiceChoice(speaker="s1", emotion="happy"), 1.0),  # s1 has none
        (VoiceChoice([two_voices[0]], emotion="sad"), 3 / 7),  # as all recordings
    ):
        voice, usual = choose(choice), choose(replace(choice, emotion=""))
        np.testing.assert_array_equal(voice.speaker, usual.speaker)
        for part in ("style", "style_weights"):
            mean = share_of_low * getattr(low, part) + (1 - share_of_low) * getattr(high, part)
            np.testing.assert_allclose(getattr(voice, part), mean, atol=1e-5)
    with pytest.raises(FieldError) as caught:
        choose(VoiceChoice(emotion="angry"))
    assert flagged(caught.value) == (
        "--emotion must be one that the run knows, not 'angry'. It knows happy (2 recordings), sad (7 "
        "recordings). --style_references takes the manner of a recording, and needs no labels."
    )
