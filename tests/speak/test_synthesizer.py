"""Speech of a run whose params are random: what follows from the code and not from training."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import soundfile
from trained_run import random_params, save_params

from xtts_jax.commands import endings, speak
from xtts_jax.config import Config
from xtts_jax.data.statistics import load_stats, save_stats
from xtts_jax.errors import UserError
from xtts_jax.models.conv import smooth
from xtts_jax.models.features import loud_spectrum, normalize_mel
from xtts_jax.models.xtts import XTTS, Voice
from xtts_jax.runs import checkpoint, settings
from xtts_jax.speak import synthesizer as synthesizing
from xtts_jax.speak.synthesizer import (
    COLOUR_BINS,
    LONGEST_PIECE,
    NAT_PER_DB,
    PAUSE_S,
    UNSURE_FRAMES,
    Synthesizer,
    coloured,
    level,
    split_text,
    with_drawing,
)
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats
from xtts_jax.vocoder.vocode import Voiced

RATE, HOP = 22050, 256
FEW = ["--griffin-lim-iterations", "2"]
TEXT = "a man said it ten times, and then he sat and ate."

Infer = Callable[..., str]


def buzz(seconds: float, hz: float) -> np.ndarray:
    """A voiced sound with harmonics, getting louder and softer."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    harmonics = np.arange(1, 9)[:, None]
    sound = (0.2 / harmonics * np.sin(2 * np.pi * harmonics * hz * time_s)).sum(axis=0)
    return sound * (1 + 0.5 * np.sin(2 * np.pi * 3 * time_s))


def mood(emotion: str, speaker: str, recordings: int, examples: list[int]) -> dict[str, object]:
    names = [f"{i}.wav" for i in examples]
    return {"emotion": emotion, "speaker": speaker, "recordings": recordings, "examples": names}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_config: Config) -> Path:
    """A run folder that reads characters, of a corpus without x, q and z."""
    workdir = tmp_path_factory.mktemp("run")
    tokenizer = Tokenizer.build(["abcdefghijklmnoprstuvwy .,'"], ["en", "fa"], "characters")
    tokenizer.save(workdir / "tokenizer.json")
    config = replace(tiny_config, synthesis=replace(tiny_config.synthesis, vocoder="griffin_lim"))
    settings.write_config(workdir, config)
    save_stats(workdir / "stats.json", Stats(np.full(80, -5.0), np.full(80, 2.0), 5.0, 0.3, -2.0, 1.0))
    (workdir / "voices").mkdir()
    voices = []
    for i, language in enumerate(tokenizer.languages):
        soundfile.write(workdir / "voices" / f"{i}.wav", buzz(1.0, 120 + 90 * i), RATE)
        voices.append({"speaker": f"s{i}", "languages": [language], "reference": f"{i}.wav"})
    (workdir / "voices" / "voices.json").write_text(json.dumps(voices))
    moods = [mood("happy", "s0", 2, [0]), mood("sad", "s0", 6, [0, 1]), mood("sad", "s1", 1, [1])]
    (workdir / "voices" / "emotions.json").write_text(json.dumps(moods))
    params = random_params(XTTS(tiny_config, len(tokenizer), 2), 0)
    params["variance_predictor"]["heads"]["kernel"] *= 0.2  # durations far from the floor of one frame
    save_params(workdir, 3, params)
    return workdir


@pytest.fixture(scope="module")
def synthesizer(run: Path) -> Synthesizer:
    """Loaded once for all: the commands of this file compile nothing a second time."""
    return Synthesizer.load(run, iterations=2)


@pytest.fixture
def infer(
    run: Path,
    synthesizer: Synthesizer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Infer:
    """run_infer.py as the shell calls it; gives what it wrote to stderr, and checks how it ended."""

    def call(*arguments: object, status: int = 0, ckpt: Path = run, load: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["run_infer.py", "--ckpt", str(ckpt), *FEW, *map(str, arguments)])
        with monkeypatch.context() as patch:
            if not load:
                patch.setattr(Synthesizer, "load", lambda *_: synthesizer)
            try:
                endings.run(speak.main)
                ended = 0
            except SystemExit as error:
                ended = error.code
        errors = capsys.readouterr().err
        assert ended == status, errors
        assert not status or (errors.startswith("error: ") and errors.count("\n") == 1)
        return errors

    return call


def read(path: Path) -> np.ndarray:
    audio, rate = soundfile.read(path)
    assert rate == RATE
    return audio


def spoken(infer: Infer, folder: Path, *arguments: object) -> np.ndarray:
    infer("--text", TEXT, "--out", folder / "out.wav", *arguments)
    return read(folder / "out.wav")


def test_it_speaks_and_the_seed_decides_the_phases_alone(infer: Infer, tmp_path: Path) -> None:
    one, again = spoken(infer, tmp_path), spoken(infer, tmp_path)
    other = spoken(infer, tmp_path, "--seed", 1)
    assert np.abs(one).max() > 1e-3 and len(one) % HOP == 0 and len(one) > 0.5 * RATE
    np.testing.assert_array_equal(one, again)
    assert len(other) == len(one) and np.abs(other - one).max() > 1e-3


@pytest.mark.parametrize("speed", [2.0, 0.5])
def test_speed_divides_the_duration(infer: Infer, tmp_path: Path, speed: float) -> None:
    usual, changed = spoken(infer, tmp_path), spoken(infer, tmp_path, "--speed", speed)
    assert len(usual) / len(changed) == pytest.approx(speed, rel=0.05)


def test_energy_is_the_level_in_decibels(synthesizer: Synthesizer) -> None:
    usual, same, *changed = (synthesizer.draw(TEXT, energy=db).mel for db in (0, 0.0, -9, 6))
    np.testing.assert_array_equal(same, usual)
    for mel, db in zip(changed, (-9, 6), strict=True):
        assert mel.shape == usual.shape
        assert (level(mel) - level(usual)) / NAT_PER_DB == pytest.approx(db, abs=0.1)
        assert np.ptp(mel - usual) > 1e-3  # not a gain alone: the decoder was told


def test_speech_over_full_scale_is_lowered_as_a_whole_and_told(
    infer: Infer, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usual = level(synthesizer.draw(TEXT).mel)

    def hum(mel: np.ndarray, seed: int) -> Voiced:
        assert level(mel) == pytest.approx(usual, abs=0.02)  # --energy is not the vocoder's affair
        sound = buzz(1.0, 100)
        return Voiced((0.5 * sound / np.abs(sound).max()).astype(np.float32))

    monkeypatch.setattr(synthesizer, "vocode", hum)
    assert np.abs(spoken(infer, tmp_path)).max() == pytest.approx(0.5, abs=1e-3)
    say = ("--text", TEXT, "--out", tmp_path / "out.wav", "--energy")
    assert infer(*say, 6) == ""
    warning = infer(*say, 10)
    assert "out.wav: the highest peak was 4.0 dB over full scale" in warning and "--energy 6.0" in warning
    assert np.abs(read(tmp_path / "out.wav")).max() == pytest.approx(1, abs=1e-3)


def test_pitch_changes_the_sound_and_not_the_length(infer: Infer, tmp_path: Path) -> None:
    usual, same, higher = (spoken(infer, tmp_path, "--pitch", each) for each in (0, 0, 6))
    np.testing.assert_array_equal(same, usual)
    assert len(higher) == len(usual) and np.abs(higher - usual).max() > 1e-3


def test_pitch_is_as_asked_of_a_decoder_that_goes_part_of_the_way(
    synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    say = synthesizer._speak_tokens

    def listen(*given):
        asked.append(given[-1].log_f0 * synthesizer._stats.log_f0_std * 12 / np.log(2))
        return say(*given)

    def hum(mel: np.ndarray, seed: int) -> Voiced:
        return Voiced(buzz(1.0, 120 * 2 ** (0.6 * asked[-1] / 12)))

    monkeypatch.setattr(synthesizer, "_speak_tokens", listen)
    monkeypatch.setattr(synthesizer, "vocode", hum)
    synthesizer.speak(TEXT, pitch=3.0)
    assert 0.6 * asked[-1] == pytest.approx(3, abs=0.3)


def test_references_change_the_voice(infer: Infer, tmp_path: Path) -> None:
    paths = [tmp_path / f"{hz}.wav" for hz in (90, 250)]
    for path, hz in zip(paths, (90, 250), strict=True):
        soundfile.write(path, buzz(0.8, hz), RATE)
    low, high = (spoken(infer, tmp_path, "--reference", path) for path in paths)
    both = spoken(infer, tmp_path, "--reference", *paths)
    for one, other in ((low, high), (low, both), (high, both)):
        assert one.shape != other.shape or np.abs(one - other).max() > 1e-3


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A low and a high voice."""
    folder = tmp_path_factory.mktemp("pair")
    for hz in (90, 250):
        soundfile.write(folder / f"{hz}.wav", buzz(0.8, hz), RATE)
    return folder / "90.wav", folder / "250.wav"


def test_a_voice_is_fitted_to_what_its_reference_says(
    infer: Infer, synthesizer: Synthesizer, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    said = VoiceChoice(pair, words=["a man sat", "and ate"], words_language="en")
    heard, fitted = (synthesizer.voices.choose(each, "fa") for each in (VoiceChoice(pair), said))
    assert np.abs(fitted.speaker - heard.speaker).max() > 0.1
    np.testing.assert_array_equal(fitted.style, heard.style)
    for change in ({"words": ["and ate", "a man sat"]}, {"words_language": ""}, {"shares": (1.9, 0.1)}):
        other = synthesizer.voices.choose(said._replace(**change), "fa")
        assert np.abs(fitted.speaker - other.speaker).max() > 0.01
    given = ("--reference", pair[0], "--reference-text", "a man sat")
    assert infer(*given, "--save-voice", tmp_path / "fitted.npz") == ""
    kept = synthesizer.voices.choose(VoiceChoice([tmp_path / "fitted.npz"]), "en")
    alone = synthesizer.voices.choose(VoiceChoice(pair[:1], words=["a man sat"]), "en")
    np.testing.assert_allclose(kept.speaker, alone.speaker, atol=1e-6)
    jax.tree.map(partial(np.testing.assert_allclose, atol=1e-3), kept, alone)


def test_a_fitted_decoder_is_spoken_with_as_far_as_the_voice_is_wanted(
    synthesizer: Synthesizer, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    """As strong as `--reference-strength` says, and in a mixture by its share."""
    choose = partial(synthesizer.voices.choose, language="en")
    fitted = VoiceChoice(pair[:1], words=["a man sat"])
    whole, half = choose(fitted), choose(fitted._replace(strength=0.5))
    assert whole.adaptation and half.adaptation
    np.testing.assert_allclose(half.adaptation["mel"]["kernel"], whole.adaptation["mel"]["kernel"] / 2)
    profile = tmp_path / "fitted.npz"
    synthesizer.voices.save(whole, profile)
    mixed = choose(VoiceChoice([profile, pair[1]], shares=(0.25, 0.75)))
    halves = (whole.adaptation, 0.25), (mixed.adaptation, -1.0)
    assert all(np.abs(left).max() < 1e-3 for left in jax.tree.leaves(weighted(*halves)))
    assert choose(VoiceChoice(pair)).adaptation is None
    spoken = [
        synthesizer.draw("a man sat", "en", voice).mel
        for voice in (VoiceChoice([profile]), fitted, fitted._replace(strength=0.5), VoiceChoice(pair[:1]))
    ]
    frames = min(map(len, spoken))
    from_profile, told, weaker, heard = (mel[:frames] for mel in spoken)
    np.testing.assert_allclose(from_profile, told, atol=0.05)
    assert np.abs(told - heard).mean() > 0.1 and np.abs(told - weaker).mean() > 0.01


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["a man sat", "and ate"], "each in quotes. References here: 1; texts: 2"),
        (["xxx"], "90.wav are of no use.*never saw any sound of 'xxx'"),
        (["a box"], "90.wav are of no use.*never saw x of 'a box'"),
        (["a man sat " * 20], "cannot say all of .*sounds in 0.8 s. Check --reference-text"),
        (["\u0633\u0644\u0627\u0645"], "90.wav are of no use.*with --reference-language"),
    ],
)
def test_words_that_a_reference_cannot_say_are_told(
    synthesizer: Synthesizer, pair: tuple[Path, Path], words: list[str], problem: str
) -> None:
    with pytest.raises(UserError, match=problem):
        synthesizer.voices.choose(VoiceChoice(pair[:1], words=words), "en")


def test_run_of_a_model_that_heard_less_is_refused(run: Path, tmp_path: Path, tiny_config: Config) -> None:
    shutil.copytree(run, tmp_path / "old", ignore=shutil.ignore_patterns("checkpoints"))
    params, _ = checkpoint.load_params(run)
    save_params(tmp_path / "old", 1, {name: part for name, part in params.items() if name != "colour"})
    with pytest.raises(UserError, match=r"older version.*no colour.*init_from=.*old"):
        Synthesizer.load(tmp_path / "old")


def test_profiles_and_long_recordings_have_no_words(synthesizer: Synthesizer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "long.wav", buzz(31.0, 120), RATE)
    soundfile.write(tmp_path / "more.wav", buzz(8.0, 120), RATE)
    with pytest.raises(UserError, match=r"says more than 'a man': .*words in --reference-text"):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "more.wav"], words=["a man"]), "en")
    with pytest.raises(UserError, match="lasts 30 s or more"):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "long.wav"], words=["a man"]), "en")
    synthesizer.voices.save(synthesizer.voices.choose(VoiceChoice(), "en"), tmp_path / "one.npz")
    with pytest.raises(UserError, match="is a voice profile, which --reference-text cannot go with"):
        synthesizer.voices.choose(VoiceChoice([tmp_path / "one.npz"], words=["a man"]), "en")


def test_a_reference_counts_as_much_as_its_strength_says(
    infer: Infer, synthesizer: Synthesizer, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    low, high = (
        [spoken(infer, tmp_path, "--reference", path, "--reference-strength", x) for x in "012"]
        for path in pair
    )
    np.testing.assert_array_equal(low[0], high[0])
    np.testing.assert_array_equal(low[1], spoken(infer, tmp_path, "--reference", pair[0]))
    assert not np.array_equal(low[1][: len(high[1])], high[1][: len(low[1])])
    whole, double = (
        synthesizer.voices.choose(VoiceChoice(pair[:1], strength=x), language="en") for x in (1.0, 2.0)
    )
    np.testing.assert_allclose(double.speaker, 2 * whole.speaker, rtol=1e-5)
    kept = VoiceChoice(pair[:1], style_references=pair[1:], strength=0.0)
    other = synthesizer.voices.choose(VoiceChoice(pair[1:]), language="en")
    np.testing.assert_allclose(synthesizer.voices.choose(kept, language="en").style, other.style, rtol=1e-5)


def weighted(*parts: tuple[Any, float]) -> Any:
    """The sum of trees, each times its share."""
    trees, shares = zip(*parts, strict=True)
    return jax.tree.map(
        lambda *leaves: sum(x * share for x, share in zip(leaves, shares, strict=True)), *trees
    )


def test_blends_are_means_weighted_by_their_shares(
    infer: Infer, synthesizer: Synthesizer, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    low, high = (choose(VoiceChoice([path])) for path in pair)
    mixed = choose(VoiceChoice(pair, [1.4, 0.6]))
    jax.tree.map(partial(np.testing.assert_allclose, atol=1e-5), mixed, weighted((low, 0.7), (high, 0.3)))
    even = spoken(infer, tmp_path, "--reference", *pair)
    equal_shares = spoken(infer, tmp_path, "--blend", *(f"{path}:0.5" for path in pair))
    np.testing.assert_array_equal(equal_shares, even)


def test_saved_voice_speaks_as_its_recordings_do(
    infer: Infer, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    profile = tmp_path / "new" / "voice.npz"
    direct = spoken(infer, tmp_path, "--reference", *pair, "--save-voice", profile)
    assert [path.name for path in profile.parent.iterdir()] == ["voice.npz"]
    np.testing.assert_array_equal(spoken(infer, tmp_path, "--reference", profile), direct)
    (tmp_path / "out.wav").unlink()
    infer("--reference", pair[0], "--save-voice", profile)
    assert not (tmp_path / "out.wav").exists()
    assert np.abs(spoken(infer, tmp_path, "--reference", profile)[:1000] - direct[:1000]).max() > 1e-4


def test_profile_that_fits_no_longer_is_refused(
    infer: Infer, synthesizer: Synthesizer, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    profile, damaged = tmp_path / "voice.npz", tmp_path / "damaged.npz"
    infer("--reference", pair[0], "--save-voice", profile)
    with np.load(profile) as file:
        arrays, made_by = dict(file) | {"made_by": np.array("another")}, file["made_by"]
    np.savez(profile, allow_pickle=False, **arrays)
    damaged.write_bytes(profile.read_bytes()[:100])
    good = arrays | {"made_by": made_by}
    for name, change in {
        "missing": {"register": None},
        "cut": {"speaker": good["speaker"][:, 1:]},
        "broadcast": {"adaptation/mel/bias": np.zeros(1, np.float16)},
        "foreign": {"speakers": good["speaker"]},
        "infinite": {"spectrum": good["spectrum"] * np.inf},
        "words": {"style": np.full(good["style"].shape, "x")},
    }.items():
        changed = {key: part for key, part in (good | change).items() if part is not None}
        np.savez(tmp_path / name, **changed)
        with pytest.raises(UserError, match=f"{name}.npz is no voice profile that can be read"):
            synthesizer.voices.choose(VoiceChoice([tmp_path / f"{name}.npz"]), "en")
    say = ("--text", TEXT, "--out", tmp_path / "out.wav")
    assert "another run or another checkpoint" in infer(*say, "--reference", profile, status=1)
    assert "no voice profile that can be read" in infer(*say, "--reference", damaged, status=1)


def test_speakers_of_the_run_are_listed_and_speak_by_name(infer: Infer, run: Path, tmp_path: Path) -> None:
    by_name = spoken(infer, tmp_path, "--speaker", "s1")
    by_file = spoken(infer, tmp_path, "--reference", run / "voices" / "1.wav")
    np.testing.assert_array_equal(by_name, by_file)
    errors = infer("--text", "a", "--out", tmp_path / "out.wav", "--speaker", "Bob", status=1)
    assert "no speaker 'Bob'" in errors and "s0, s1" in errors


def test_lists_are_printed_without_a_text(
    synthesizer: Synthesizer,
    run: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Synthesizer, "load", lambda *_: synthesizer)
    speak.main(["--ckpt", str(run), "--list-speakers"])
    assert capsys.readouterr().out == "s0\ten\ns1\tfa\n"
    speak.main(["--ckpt", str(run), "--list-emotions"])
    assert capsys.readouterr().out == "happy\t2\nsad\t7\n"
    speak.main(["--ckpt", str(run), "--list-style-tokens"])
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
    assert [int(row[0]) for row in rows] == list(range(synthesizer.config.model.style_tokens))
    assert sum(float(row[1]) for row in rows) == pytest.approx(1, abs=0.01)
    assert all(float(most) >= float(mean) and name in ("s0", "s1") for _, mean, most, name in rows)


def test_speech_takes_on_the_average_spectrum_of_its_reference_and_stays_as_loud(
    synthesizer: Synthesizer, run: Path, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    stats = load_stats(run / "stats.json")
    wanted = np.asarray(synthesizer.voices.choose(VoiceChoice(pair[:1]), "en").spectrum[0])

    def distance(mel: np.ndarray, over_bins: int = 1) -> float:
        own = loud_spectrum(normalize_mel(jnp.asarray(mel)[None], stats), jnp.array([len(mel)]))[0]
        shape = (np.asarray(own) - wanted) * np.asarray(stats.mel_std)
        return float(np.std(smooth(jnp.asarray(shape)[None], over_bins)))

    plain = synthesizer.draw(TEXT, "en", VoiceChoice(pair[:1], colour=0.0)).mel
    half, whole = (coloured(plain, wanted, x, stats) for x in (0.5, 1.0))
    assert distance(whole) < 0.8 * distance(plain)
    assert distance(whole) < distance(half) < distance(plain)
    assert level(whole) == pytest.approx(level(plain), abs=1e-3)
    drawn = synthesizer.draw(TEXT, "en", VoiceChoice(pair[:1])).mel
    monkeypatch.setattr(synthesizing, "coloured", lambda mel, *_: mel)
    uncoloured = synthesizer.draw(TEXT, "en", VoiceChoice(pair[:1])).mel
    assert distance(drawn) < distance(uncoloured)
    assert distance(drawn, COLOUR_BINS) < 0.5 * distance(uncoloured, COLOUR_BINS)
    with pytest.raises(UserError, match="--colour lies between 0 and 1, not 2"):
        synthesizer.draw(TEXT, "en", VoiceChoice(pair[:1], colour=2.0))


def test_harmonics_of_the_reference_are_not_laid_over_what_is_said() -> None:
    stats = Stats(np.zeros(80), np.ones(80), 5.0, 0.3, 0.0, 1.0)
    harmonics = np.cos(2 * np.pi * np.arange(80) / 5).astype(np.float32)  # those of 185 Hz
    moved = coloured(np.zeros((4000, 80), np.float32), harmonics, 1.0, stats)
    assert np.ptp(moved[0, 5:-5]) < 0.2 * np.ptp(harmonics)


def test_without_colour_the_spectrum_of_the_reference_reaches_nothing(
    synthesizer: Synthesizer, pair: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = synthesizer.draw(TEXT, "en", VoiceChoice(pair[:1], colour=0.0)).mel
    choose = synthesizer.voices.choose

    def other_microphone(voice: VoiceChoice, language: str) -> Voice:
        chosen = choose(voice, language)
        return chosen._replace(spectrum=chosen.spectrum + jnp.linspace(-1, 1, 80)[None])

    monkeypatch.setattr(synthesizer.voices, "choose", other_microphone)
    np.testing.assert_array_equal(synthesizer.draw(TEXT, "en", VoiceChoice(pair[:1], colour=0.0)).mel, said)
    other = synthesizer.draw(TEXT, "en", VoiceChoice(pair[:1], colour=1.0)).mel
    assert other.shape != said.shape or np.abs(other - said).max() > 0.1


def test_a_short_word_is_coloured_less() -> None:
    stats = Stats(np.zeros(80), np.ones(80), 5.0, 0.3, 0.0, 1.0)
    spectrum = np.repeat([1.0, -1.0], 40).astype(np.float32)
    moved = [
        coloured(np.zeros((frames, 80), np.float32), spectrum, 1.0, stats)
        for frames in (10, UNSURE_FRAMES, 4000)
    ]
    tilt = [float(mel[0, 0] - mel[0, -1]) for mel in moved]
    assert tilt == pytest.approx([2 * 10 / (10 + UNSURE_FRAMES), 1.0, 2.0], rel=0.02)


def test_style_comes_from_elsewhere_and_the_speaker_stays(
    synthesizer: Synthesizer, pair: tuple[Path, Path]
) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    low, high = (choose(VoiceChoice([path])) for path in pair)
    styled = choose(VoiceChoice([pair[0]], style_references=[pair[1]]))
    np.testing.assert_array_equal(styled.speaker, low.speaker)
    np.testing.assert_array_equal(styled.style, high.style)
    assert np.abs(low.style - high.style).max() > 1e-4


def test_style_weights_mix_the_tokens_as_attention_does(
    infer: Infer, synthesizer: Synthesizer, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    tokens = synthesizer.config.model.style_tokens
    each = [choose(VoiceChoice([pair[0]], style_weights=row)) for row in np.eye(tokens).tolist()]
    low = choose(VoiceChoice([pair[0]]))
    heads = synthesizer.config.model.style_heads
    values = np.stack([voice.style[0] for voice in each]).reshape(tokens, heads, -1)
    attended = np.einsum("hk,khc->hc", low.style_weights[0], values).reshape(-1)
    np.testing.assert_allclose(attended, low.style[0], atol=1e-5)
    first, last = (["1", *"0" * (tokens - 1)], [*"0" * (tokens - 1), "1"])
    one, other = (spoken(infer, tmp_path, "--style-weights", *weights) for weights in (first, last))
    assert one.shape != other.shape or np.abs(one - other).max() > 1e-4


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


def test_emotions_are_the_mean_style_of_their_recordings(
    infer: Infer, synthesizer: Synthesizer, run: Path, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    choose = partial(synthesizer.voices.choose, language="en")
    low, high = (choose(VoiceChoice(speaker=name)) for name in ("s0", "s1"))
    for choice, share_of_low in (
        (VoiceChoice(speaker="s0", emotion="sad"), 0.5),
        (VoiceChoice(emotion="sad"), 0.5),  # of the run's own speaker of the language
        (VoiceChoice(speaker="s1", emotion="sad"), 0.0),
        (VoiceChoice(speaker="s1", emotion="happy"), 1.0),  # s1 has none
        (VoiceChoice([pair[0]], emotion="sad"), 3 / 7),  # of all recordings
    ):
        voice, usual = choose(choice), choose(choice._replace(emotion=""))
        np.testing.assert_array_equal(voice.speaker, usual.speaker)
        for part in ("style", "style_weights"):
            mean = share_of_low * getattr(low, part) + (1 - share_of_low) * getattr(high, part)
            np.testing.assert_allclose(getattr(voice, part), mean, atol=1e-5)
    say = ("--text", TEXT, "--out", tmp_path / "out.wav", "--speaker", "s1", "--emotion")
    assert "no recording of s1 is labelled happy" in infer(*say, "Happy")
    assert "no recording" not in infer(*say, "sad")


def test_run_without_labels_says_what_they_would_be(infer: Infer, run: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").symlink_to(run / "config.json")
    errors = infer("--list-emotions", ckpt=tmp_path, status=1)
    assert "none of the recordings" in errors and "column `emotion`" in errors
    assert "--style-reference" in errors


def test_language_changes_the_sound(infer: Infer, run: Path, tmp_path: Path) -> None:
    same_voice = ("--reference", run / "voices" / "0.wav")
    one = spoken(infer, tmp_path, "--language", "en", *same_voice)
    other = spoken(infer, tmp_path, "--language", "fa", *same_voice)
    assert one.shape != other.shape or np.abs(one - other).max() > 1e-3


def test_timestamps_cover_the_audio(infer: Infer, tmp_path: Path) -> None:
    seconds = len(spoken(infer, tmp_path, "--timestamps")) / RATE
    (segment,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert segment["start_s"] == 0 and segment["end_s"] == pytest.approx(seconds, abs=1e-3)
    assert [word["symbols"] for word in segment["words"]] == TEXT.split()
    times = [time for word in segment["words"] for time in (word["start_s"], word["end_s"])]
    assert times == sorted(times) and times[-1] <= seconds
    cue = (tmp_path / "out.srt").read_text(encoding="utf-8").splitlines()
    assert cue[0] == "1" and cue[2] == TEXT
    start, end = cue[1].split(" --> ")
    assert start == "00:00:00,000"
    assert float(end[6:].replace(",", ".")) == pytest.approx(seconds, abs=1e-3)


def test_pieces_of_a_long_text_follow_each_other_after_a_pause(synthesizer: Synthesizer) -> None:
    text = " ".join(["it is a long and winding tale of men and of their sons."] * 5)
    speech = synthesizer.speak(text)
    assert len(speech.segments) == 2 and " ".join(part.text for part in speech.segments) == text
    first, second = speech.segments
    pause = round(PAUSE_S * RATE / HOP)
    assert second.start_frame == first.durations.sum() + pause
    assert len(speech.audio) == HOP * (second.start_frame + second.durations.sum()) == HOP * len(speech.mel)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two.", ["One. Two."]),
        ("a" * 150 + ". " + "b" * 150 + ".", ["a" * 150 + ".", "b" * 150 + "."]),
        ("a" * 150 + ", " + "b" * 150, ["a" * 150 + ",", "b" * 150]),
        ("Dr. " + "c" * 150 + " " + "d" * 60, ["Dr. " + "c" * 150, "d" * 60]),
        ("e" * 300, ["e" * 300]),
        (f"<fa>{'f' * 150}. {'g' * 40}</fa> {'h' * 20}", [f"<fa>{'f' * 150}. {'g' * 40}</fa>", "h" * 20]),
    ],
)
def test_texts_are_cut_between_sentences_then_clauses_then_words(text: str, pieces: list[str]) -> None:
    assert split_text(text) == pieces
    assert all(len(piece) <= LONGEST_PIECE or " " not in piece or "<" in piece for piece in pieces)


def test_file_of_texts_makes_a_file_for_each_line(infer: Infer, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("it is one.\n\nand it is the second of them.\n", encoding="utf-8")
    places = ("--out", tmp_path / "new" / "say.wav", "--plot", tmp_path / "seen.png", "--timestamps")
    infer("--text-file", tmp_path / "texts.txt", *places)
    files = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert files == [f"say-00{i}.{kind}" for i in (1, 2) for kind in ("json", "srt", "wav")]
    assert len(read(tmp_path / "new" / "say-001.wav")) < len(read(tmp_path / "new" / "say-002.wav"))
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["seen-001.png", "seen-002.png"]


def test_phonemes_in_brackets_are_said_as_they_stand(infer: Infer, tmp_path: Path) -> None:
    infer("--text", "say [[a,b'c]] now", "--out", tmp_path / "out.wav", "--timestamps")
    (segment,) = json.loads((tmp_path / "out.json").read_text())
    assert [word["symbols"] for word in segment["words"]] == ["say", "a,b'c", "now"]


def test_unknown_symbols_are_named_and_the_rest_is_said(infer: Infer, tmp_path: Path) -> None:
    errors = infer("--text", "a taxi at the zoo", "--out", tmp_path / "out.wav", "--timestamps")
    assert "warning" in errors and "'x' (U+0078 LATIN SMALL LETTER X)" in errors and "'z'" in errors
    (segment,) = json.loads((tmp_path / "out.json").read_text())
    assert [word["symbols"] for word in segment["words"]] == ["a", "tai", "at", "the", "oo"]
    assert len(read(tmp_path / "out.wav")) > 0


def broken(folder: Path, name: str) -> Path:
    """A reference recording with something wrong."""
    path = folder / f"{name}.wav"
    match name:
        case "noaudio":
            path.write_bytes(b"no sound at all")
        case "short":
            soundfile.write(path, buzz(0.3, 100), RATE)
        case "silent":
            soundfile.write(path, np.zeros(RATE), RATE)
        case "click":
            soundfile.write(path, np.pad(buzz(0.1, 100), RATE), RATE)
    return path


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("noaudio", "is not readable audio"),
        ("short", "lasts 0.30 s"),
        ("silent", "silent"),
        ("click", "loudness"),
        ("missing", "There is no reference recording or voice profile"),
    ],
)
def test_reference_that_is_of_no_use_is_named(
    infer: Infer, tmp_path: Path, name: str, complaint: str
) -> None:
    path = broken(tmp_path, name)
    errors = infer("--text", TEXT, "--out", tmp_path / "out.wav", "--reference", path, status=1)
    assert complaint in errors and str(path) in errors
    assert not (tmp_path / "out.wav").exists()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--text", " "], "text is empty"),
        (["--text", "?!"], "nothing to say"),
        (["--text", "xxx"], "never saw any sound of 'xxx'"),
        (["--text", "a", "--reference-text", "b"], "what the recordings of --reference say"),
        (["--text", "a", "--reference-language", "en"], "that of --reference-text"),
        ([], "either with --text or with --text-file"),
        (["--text", "a", "--text-file", "b"], "either with --text or with --text-file"),
        (["--text-file", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["--text", "a", "--language", "de"], "has not learned the language 'de'; it speaks en, fa"),
        (["--text", "a", "--speed", "0"], "speed of 0"),
        (["--text", "a", "--pitch", "13"], "--pitch lies between -12 and 12 semitones, not 13"),
        (["--text", "a", "--reference-strength", "4"], "--reference-strength is 4; it lies between 0"),
        (["--text", "a", "--energy", "nan"], "--energy lies between -20 and 20 dB, not nan"),
        (["--text", "a", "--blend", "a.wav"], "recordings with their shares above 0"),
        (["--text", "a", "--blend", "a.wav:0"], "recordings with their shares above 0"),
        (
            ["--text", "a", "--blend", "a.wav:1", "--speaker", "s0"],
            "--blend and --speaker exclude each other",
        ),
        (["--text", "a", "--emotion", "angry"], "no emotion 'angry'. It knows happy (2 recordings), sad (7"),
        (
            ["--text", "a", "--emotion", "sad", "--style-reference", "a.wav"],
            "--emotion and --style-reference exclude each other",
        ),
        (
            ["--text", "a", "--emotion", "sad", "--style-weights", "1"],
            "--emotion and --style-weights exclude each other",
        ),
        (["--text", "a", "--denoise"], "--denoise is for recordings"),
        (["--text", "a", "--denoise", "--reference", "a.npz"], "A saved voice holds no sound any more"),
        (["--text", "a", "--style-weights", "1"], "number for each of the run's"),
        (["--text", "a", "--save-voice", "a.wav"], "--save-voice writes .npz files, not a.wav"),
        (["--text", "a", "--speed", "nan"], "speed of nan"),
    ],
)
def test_mistakes_end_with_a_paragraph(
    infer: Infer, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    assert complaint in infer("--out", tmp_path / "out.wav", *arguments, status=1)
    assert not (tmp_path / "out.wav").exists()


def test_places_that_cannot_be_written_are_named(infer: Infer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.wav").mkdir()
    for place in (tmp_path / "file" / "out.wav", tmp_path / "folder.wav"):
        assert str(place) in infer("--text", "a man", "--out", place, status=1) or "file" in str(place)
    assert "name it out.wav, not out.mp3" in infer("--text", "a", "--out", tmp_path / "out.mp3", status=1)


def test_options_of_a_flow_are_refused_by_other_decoders(infer: Infer, tmp_path: Path) -> None:
    options = ("--flow-steps", 4, "--temperature", 0.5)
    errors = infer("--text", "a", "--out", tmp_path / "out.wav", *options, load=True, status=1)
    assert "--flow-steps, --temperature: only flow decoders have this" in errors and "is parallel" in errors


def test_options_of_a_flow_replace_those_of_its_run(tiny_config: Config) -> None:
    config = replace(tiny_config, model=replace(tiny_config.model, decoder="flow"))
    changed = with_drawing(config, {"flow_steps": 3, "guidance": 2.0}).synthesis
    assert changed == replace(config.synthesis, flow_steps=3, guidance=2.0)
    with pytest.raises(UserError, match=r"The run cannot speak so: --flow-steps must be at least 1, not 0"):
        with_drawing(config, {"flow_steps": 0})


def test_folder_that_is_no_finished_run_is_explained(infer: Infer, run: Path, tmp_path: Path) -> None:
    say = ("--text", "a", "--out", tmp_path / "out.wav")
    assert "no trained run" in infer(*say, ckpt=tmp_path / "nowhere", load=True, status=1)
    (tmp_path / "young" / "checkpoints").mkdir(parents=True)
    assert "no finished checkpoint" in infer(*say, ckpt=tmp_path / "young", load=True, status=1)
    assert "no checkpoint of step 7. It has: 3" in infer(*say, "--step", 7, load=True, status=1)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "stats.json"])
def test_damaged_file_of_a_run_is_named(infer: Infer, run: Path, tmp_path: Path, name: str) -> None:
    workdir = tmp_path / "run"
    workdir.mkdir()
    for path in run.iterdir():
        (workdir / path.name).symlink_to(path)
    (workdir / name).unlink()
    (workdir / name).write_text('{"audio": ')
    errors = infer("--text", "a", "--out", tmp_path / "out.wav", ckpt=workdir, load=True, status=1)
    assert str(workdir / name) in errors
