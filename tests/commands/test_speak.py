"""`xtts-jax speak` as the shell calls it, on a run whose params are random."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from pathlib import Path

import jax
import numpy as np
import pytest
import soundfile
from speaking_run import HOP, LONG_TEXT, RATE, TEXT, buzz

from xtts_jax.commands import endings, speak
from xtts_jax.models.decoders import KINDS
from xtts_jax.speak import synthesizer as module
from xtts_jax.speak.delivery import Delivery
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.vocoder.vocode import Voiced

FEW = ["--griffin-lim-iterations", "2"]

Infer = Callable[..., str]
Pair = tuple[Path, Path]


@pytest.fixture
def infer(
    speaking_run: Path,
    synthesizer: Synthesizer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Infer:
    """Calls the command; gives what it wrote to stderr, and checks how it ended.

    load: whether it loads a run itself, in place of the one that all tests share.
    """

    def call(*arguments: object, status: int = 0, ckpt: Path = speaking_run, load: bool = False) -> str:
        monkeypatch.setattr(sys, "argv", ["xtts-jax", "--ckpt", str(ckpt), *FEW, *map(str, arguments)])
        with monkeypatch.context() as patch:
            if not load:
                patch.setattr(module, "Synthesizer", lambda *_, **__: synthesizer)
            try:
                endings.run(speak.main)
                ended = 0
            except SystemExit as error:
                ended = error.code
        errors = re.sub(r"\S+ speaks with step \d+.*\n", "", capsys.readouterr().err)
        assert ended == status, errors
        others = [line for line in errors.splitlines() if not line.startswith("warning: ")]
        assert not status or (len(others) == 1 and others[0].startswith("error: "))
        return errors

    return call


def read(path: Path) -> np.ndarray:
    audio, rate = soundfile.read(path)
    assert rate == RATE
    return audio


def spoken(infer: Infer, folder: Path, *arguments: object) -> np.ndarray:
    infer("--text", TEXT, "--out", folder / "out.wav", *arguments)
    return read(folder / "out.wav")


def test_every_field_of_the_library_has_a_flag() -> None:
    names = [field.name for kind in (VoiceChoice, Delivery) for field in fields(kind)]
    assert {*names, "text", "language"} <= speak.FLAGS.keys()
    assert {*speak.DRAWING} == {name for kind in KINDS.values() for name in kind.abilities.drawing}


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


def test_speech_over_full_scale_is_lowered_as_a_whole_and_reported(
    infer: Infer, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def hum(mel: np.ndarray, seed: int) -> Voiced:
        sound = buzz(1.0, 100)
        return Voiced((0.5 * sound / np.abs(sound).max()).astype(np.float32))

    monkeypatch.setattr(synthesizer, "vocode", hum)
    assert np.abs(spoken(infer, tmp_path)).max() == pytest.approx(0.5, abs=1e-3)
    say = ("--text", TEXT, "--out", tmp_path / "out.wav", "--energy")
    assert infer(*say, 6) == ""
    warning = infer(*say, 10)
    assert "out.wav: the highest peak was 4.0 dB over full scale" in warning and "--energy 6.0" in warning
    assert np.abs(read(tmp_path / "out.wav")).max() == pytest.approx(1, abs=1e-3)


def test_options_of_the_voice_are_fields_of_a_choice(
    infer: Infer, synthesizer: Synthesizer, two_voices: Pair, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    low, high = two_voices
    weights = [0.5, 0.0, -1.0, 2.0]
    for given, wanted in (
        (["--reference", low, high], VoiceChoice([low, high])),
        (["--blend", f"{low}:0.7", f"{high}:3"], VoiceChoice((low, high), (0.7, 3.0))),
        (
            ["--reference", low, "--reference-text", "a man", "--reference-language", "fa"],
            VoiceChoice([low], words=["a man"], words_language="fa"),
        ),
        (["--speaker", "s1", "--emotion", "sad"], VoiceChoice(speaker="s1", emotion="sad")),
        (
            ["--style-reference", low, high, "--denoise"],
            VoiceChoice(style_references=[low, high], denoise=True),
        ),
        (["--style-weights", *weights], VoiceChoice(style_weights=weights)),
        (["--reference-strength", 2, "--colour", 0.5], VoiceChoice(strength=2.0, colour=0.5)),
        ([], VoiceChoice()),
    ):
        chosen = []
        choose = synthesizer.voices.choose
        with monkeypatch.context() as patch:
            patch.setattr(
                synthesizer.voices,
                "choose",
                lambda *asked, c=choose, to=chosen: to.append(asked) or c(*asked),
            )
            infer("--text", "a man", "--out", tmp_path / "out.wav", "--language", "en", *given)
        assert chosen == [(wanted, "en")]


def test_a_reference_counts_as_much_as_its_strength_says(
    infer: Infer, two_voices: Pair, tmp_path: Path
) -> None:
    low, high = (
        [spoken(infer, tmp_path, "--reference", path, "--reference-strength", x) for x in "012"]
        for path in two_voices
    )
    np.testing.assert_array_equal(low[0], high[0])
    np.testing.assert_array_equal(low[1], spoken(infer, tmp_path, "--reference", two_voices[0]))
    assert not np.array_equal(low[1][: len(high[1])], high[1][: len(low[1])])


def test_equal_shares_are_as_good_as_none(infer: Infer, two_voices: Pair, tmp_path: Path) -> None:
    even = spoken(infer, tmp_path, "--reference", *two_voices)
    equal_shares = spoken(infer, tmp_path, "--blend", *(f"{path}:0.5" for path in two_voices))
    np.testing.assert_array_equal(equal_shares, even)


def test_a_fitted_voice_can_be_saved(
    infer: Infer, synthesizer: Synthesizer, two_voices: Pair, tmp_path: Path
) -> None:
    given = ("--reference", two_voices[0], "--reference-text", "a man sat")
    assert infer(*given, "--save-voice", tmp_path / "fitted.npz") == ""
    kept = synthesizer.voices.choose(VoiceChoice([tmp_path / "fitted.npz"]), "en")
    alone = synthesizer.voices.choose(VoiceChoice(two_voices[:1], words=["a man sat"]), "en")
    np.testing.assert_allclose(kept.speaker, alone.speaker, atol=1e-6)
    jax.tree.map(partial(np.testing.assert_allclose, atol=1e-3), kept, alone)


def test_saved_voice_speaks_as_its_recordings_do(infer: Infer, two_voices: Pair, tmp_path: Path) -> None:
    profile = tmp_path / "new" / "voice.npz"
    direct = spoken(infer, tmp_path, "--reference", *two_voices, "--save-voice", profile)
    assert [path.name for path in profile.parent.iterdir()] == ["voice.npz"]
    np.testing.assert_array_equal(spoken(infer, tmp_path, "--reference", profile), direct)
    (tmp_path / "out.wav").unlink()
    infer("--reference", two_voices[0], "--save-voice", profile)
    assert not (tmp_path / "out.wav").exists()
    assert np.abs(spoken(infer, tmp_path, "--reference", profile)[:1000] - direct[:1000]).max() > 1e-4


def test_a_profile_that_cannot_be_used_is_explained(infer: Infer, two_voices: Pair, tmp_path: Path) -> None:
    profile, damaged = tmp_path / "voice.npz", tmp_path / "damaged.npz"
    infer("--reference", two_voices[0], "--save-voice", profile)
    damaged.write_bytes(profile.read_bytes()[:100])
    with np.load(profile) as file:
        np.savez(profile, allow_pickle=False, **dict(file) | {"made_by": np.array("another")})
    say = ("--text", TEXT, "--out", tmp_path / "out.wav")
    assert "another run or another checkpoint" in infer(*say, "--reference", profile, status=1)
    assert "not a voice profile that can be read" in infer(*say, "--reference", damaged, status=1)


def test_style_weights_change_the_speech(infer: Infer, synthesizer: Synthesizer, tmp_path: Path) -> None:
    tokens = synthesizer.config.model.style_tokens
    first, last = (["1", *"0" * (tokens - 1)], [*"0" * (tokens - 1), "1"])
    one, other = (spoken(infer, tmp_path, "--style-weights", *weights) for weights in (first, last))
    assert one.shape != other.shape or np.abs(one - other).max() > 1e-4


def test_an_emotion_that_only_others_have_is_reported(infer: Infer, tmp_path: Path) -> None:
    say = ("--text", TEXT, "--out", tmp_path / "out.wav", "--speaker", "s1", "--emotion")
    assert "no recording of s1 is labeled happy" in infer(*say, "Happy")
    assert "no recording" not in infer(*say, "sad")


def test_run_without_labels_says_what_they_would_be(infer: Infer, speaking_run: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").symlink_to(speaking_run / "config.json")
    errors = infer("--list-emotions", ckpt=tmp_path, status=1)
    assert "none of the recordings" in errors and "column `emotion`" in errors
    assert "--style-reference takes the manner of a recording" in errors


def test_speakers_of_the_run_are_listed_and_speak_by_name(
    infer: Infer, speaking_run: Path, tmp_path: Path
) -> None:
    by_name = spoken(infer, tmp_path, "--speaker", "s1")
    by_file = spoken(infer, tmp_path, "--reference", speaking_run / "voices" / "1.wav", "--language", "fa")
    np.testing.assert_array_equal(by_name, by_file)
    errors = infer("--text", "a", "--out", tmp_path / "out.wav", "--speaker", "Bob", status=1)
    assert "--speaker must be one that the run has, not 'Bob'. It has s0, s1." in errors


def test_the_step_that_speaks_is_told_beside_the_speech(
    synthesizer: Synthesizer,
    speaking_run: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(module, "Synthesizer", lambda *_, **__: synthesizer)
    say = ["--ckpt", str(speaking_run), *FEW, "--text", "a man", "--out", str(tmp_path / "out.wav")]
    for options, which in (([], ", its best"), (["--step", "3"], "")):
        speak.main([*say, *options])
        printed = capsys.readouterr()
        assert printed.err.splitlines()[0] == f"{speaking_run} speaks with step 3{which}."
        assert "speaks with" not in printed.out


def test_lists_are_printed_without_a_text(
    synthesizer: Synthesizer,
    speaking_run: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "Synthesizer", lambda *_, **__: synthesizer)
    speak.main(["--ckpt", str(speaking_run), "--list-speakers"])
    assert capsys.readouterr().out == "s0\ten\ns1\tfa\n"
    speak.main(["--ckpt", str(speaking_run), "--list-emotions"])
    assert capsys.readouterr().out == "happy\t2\nsad\t7\n"
    speak.main(["--ckpt", str(speaking_run), "--list-style-tokens"])
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()[1:]]
    assert [int(row[0]) for row in rows] == list(range(synthesizer.config.model.style_tokens))
    assert sum(float(row[1]) for row in rows) == pytest.approx(1, abs=0.01)
    assert all(float(most) >= float(mean) and name in ("s0", "s1") for _, mean, most, name in rows)


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


def test_every_file_is_named_that_is_written(
    synthesizer: Synthesizer,
    speaking_run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "Synthesizer", lambda *_, **__: synthesizer)
    places = ["--out", f"{tmp_path}/out.wav", "--plot", f"{tmp_path}/seen.png", "--timestamps"]
    speak.main(["--ckpt", str(speaking_run), *FEW, "--text", TEXT, *places])
    printed = capsys.readouterr().out
    assert len(list(tmp_path.iterdir())) == 4
    assert all(str(path) in printed for path in tmp_path.iterdir())


def test_file_of_texts_makes_a_file_for_each_line(infer: Infer, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("it is one.\n\nand it is the second of them.\n", encoding="utf-8")
    places = ("--out", tmp_path / "new" / "say.wav", "--plot", tmp_path / "seen.png", "--timestamps")
    infer("--text-file", tmp_path / "texts.txt", *places)
    files = sorted(path.name for path in (tmp_path / "new").iterdir())
    assert files == [f"say-00{i}.{kind}" for i in (1, 2) for kind in ("json", "srt", "wav")]
    assert len(read(tmp_path / "new" / "say-001.wav")) < len(read(tmp_path / "new" / "say-002.wav"))
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["seen-001.png", "seen-002.png"]


def lines_file(folder: Path, *lines: str) -> Path:
    path = folder / "lines.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_lines_without_words_are_named_and_the_others_spoken(infer: Infer, tmp_path: Path) -> None:
    file = lines_file(tmp_path, "it is.", "", "* * *", "!!!", "\U0001f600", "so.")
    errors = infer("--text-file", file, "--out", tmp_path / "say.wav")
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["say-001.wav", "say-005.wav"]
    warned = [line for line in errors.splitlines() if "has no words and is left out" in line]
    assert [line.partition(",")[0] for line in warned] == [f"warning: line {number}" for number in (3, 4, 5)]
    assert "'* * *'" in warned[0]
    nothing = lines_file(tmp_path, "* * *", "!")
    assert "has any words to say" in infer("--text-file", nothing, "--out", tmp_path / "a.wav", status=1)


def test_a_file_in_another_encoding_is_named_with_the_way_out(infer: Infer, tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("it is one.\n", encoding="utf-16")
    errors = infer("--text-file", file, "--out", tmp_path / "say.wav", status=1)
    assert "UTF-16" in errors and "> new.txt" in errors


def test_a_line_that_cannot_be_spoken_ends_the_command_only_at_its_end(infer: Infer, tmp_path: Path) -> None:
    file = lines_file(tmp_path, "it is.", "xxx", "so <fa>it is.", "so.")
    errors = infer("--text-file", file, "--out", tmp_path / "say.wav", status=1)
    assert sorted(path.name for path in tmp_path.glob("*.wav")) == ["say-001.wav", "say-004.wav"]
    assert "warning: line 2 is left out. The run never saw any sound of 'xxx'" in errors
    assert "--language is that of the text" in errors
    assert "warning: line 3 is left out. The tag <fa> has no partner" in errors
    assert f"error: 2 of the 4 lines of {file} could not be spoken: 2, 3." in errors


def test_a_text_with_markup_is_spoken_and_timed_without_it(
    infer: Infer, synthesizer: Synthesizer, tmp_path: Path
) -> None:
    text = (
        '<break time="300ms"/>it <b>is</b> so.<break time="2s"/>'
        "<prosody rate='200%' volume='-6dB'>it is so.</prosody>\n* * *\n"
        "<fa>a\n\nman</fa> <sub alias='sat'>SAT</sub> [[a b]]."
    )
    errors = infer("--text", text, "--out", tmp_path / "out.wav", "--timestamps")
    assert "markup that is not known is left out: <b>." in errors and "'* * *' has no words" in errors
    segments = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [segment["text"] for segment in segments] == ["it is so.", "it is so.", "a", "man SAT a b."]
    assert [word["text"] for word in segments[3]["words"]] == ["man", "SAT", "a b."]
    first, second, third, last = ((segment["start_s"], segment["end_s"]) for segment in segments)
    assert first[0] == pytest.approx(0.3, abs=0.02) and second[0] - first[1] == pytest.approx(2, abs=0.02)
    assert (second[1] - second[0]) / (first[1] - first[0]) == pytest.approx(0.5, rel=0.1)
    assert third[0] - second[1] == pytest.approx(0.5, abs=0.02)
    audio = read(tmp_path / "out.wav")
    assert len(audio) / RATE == pytest.approx(last[1], abs=0.02)
    assert np.abs(audio[round((first[1] + 0.5) * RATE) : round((second[0] - 0.5) * RATE)]).max() < 0.01
    cues = (tmp_path / "out.srt").read_text(encoding="utf-8").strip().split("\n\n")
    assert [len(cue.splitlines()) for cue in cues] == [3] * 4


def test_speech_goes_to_standard_output_and_all_else_to_the_other(
    infer: Infer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken(infer, tmp_path)
    with (tmp_path / "piped.wav").open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        errors = infer(
            "--text", TEXT, "--out", "-", "--list-style-tokens", "--save-voice", tmp_path / "v.npz"
        )
        monkeypatch.undo()
    assert (tmp_path / "piped.wav").read_bytes() == (tmp_path / "out.wav").read_bytes()
    assert "token\tmean weight" in errors and "v.npz: the voice" in errors and "standard output: " in errors
    assert not Path("-").exists()
    for option in (["--timestamps"], ["--text-file", lines_file(tmp_path, "so.")]):
        say = [] if "--text-file" in option else ["--text", "so."]
        assert f"{option[0]} writes several files" in infer(*say, "--out", "-", *option, status=1)


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
        case "empty":
            path.touch()
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
        ("empty", "is not readable audio: the file is empty"),
        ("short", "lasts 0.30 s"),
        ("silent", "silent"),
        ("click", "loudness"),
        ("missing", "There is no reference recording or voice profile"),
    ],
)
def test_reference_that_cannot_be_used_is_named(
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
        (
            ["--text", "a", "--reference-text", "b"],
            "--reference-text is what the recordings of --reference say",
        ),
        (["--text", "a", "--reference-language", "en"], "is the language of --reference-text"),
        ([], "either with --text or with --text-file"),
        (["--text", "a", "--text-file", "b"], "either with --text or with --text-file"),
        (["--text-file", "nowhere.txt"], "nowhere.txt cannot be read"),
        (["--text", "a", "--resume"], "--resume leaves out lines of --text-file"),
        (
            ["--text", "a", "--language", "de"],
            "--language must be one that the run has learned, not 'de': en, fa",
        ),
        (["--text", "a", "--speed", "0"], "--speed must be between 0.25 and 4, not 0"),
        (["--text", "a", "--pitch", "13"], "--pitch must be between -12 and 12 semitones, not 13"),
        (["--text", "a", "--reference-strength", "4"], "--reference-strength must be between 0 and 3, not 4"),
        (["--text", "a", "--energy", "nan"], "--energy must be between -20 and 20 dB, not nan"),
        (["--text", "a", "--seed", "-1"], "--seed must be between 0 and 4294967295, not -1"),
        (["--text", "a", "--colour", "2"], "--colour must be between 0 and 1, not 2"),
        (
            ["--text", "a", "--blend", "a.wav"],
            "--blend takes recordings with their shares, such as a.wav:0.7",
        ),
        (["--text", "a", "--blend", "0.5"], "b.wav:0.3, not '0.5'"),
        (["--text", "a", "--blend", "a.wav:0"], "--blend takes finite numbers above 0, not 0.0"),
        (
            ["--text", "a", "--blend", "a.wav:1", "--reference", "b.wav"],
            "--reference and --blend exclude each other",
        ),
        (
            ["--text", "a", "--reference", "a.wav", "--reference-text", "b", "c"],
            "one text for each of --reference, in the same order and each in quotes, not 2 for 1",
        ),
        (
            ["--text", "a", "--blend", "a.wav:1", "--speaker", "s0"],
            "--blend and --speaker exclude each other",
        ),
        (
            ["--text", "a", "--emotion", "angry"],
            "the run knows, not 'angry'. It knows happy (2 recordings), sad (7",
        ),
        (
            ["--text", "a", "--emotion", "sad", "--style-reference", "a.wav"],
            "--emotion and --style-reference exclude each other",
        ),
        (
            ["--text", "a", "--emotion", "sad", "--style-weights", "1"],
            "--emotion and --style-weights exclude each other",
        ),
        (["--text", "a", "--denoise"], "--denoise is for recordings"),
        (["--text", "a", "--denoise", "--reference", "a.npz"], "A saved voice holds no sound"),
        (["--text", "a", "--style-weights", "1"], "--style-weights takes one number for each of the run's"),
        (["--text", "a", "--plot", "a.gif"], "--plot draws .png, .pdf or .svg files, not a.gif"),
        (["--text", "a", "--save-voice", "a.wav"], "--save-voice writes .npz files, not a.wav"),
        (["--text", "a", "--speed", "nan"], "--speed must be between 0.25 and 4, not nan"),
    ],
)
def test_mistakes_end_with_a_paragraph(
    infer: Infer, tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    assert complaint in infer("--out", tmp_path / "out.wav", *arguments, status=1)
    assert not (tmp_path / "out.wav").exists()


def test_a_long_text_is_written_while_it_is_made(
    infer: Infer, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole, sizes = synthesizer.speak(LONG_TEXT).audio, []

    def watched(mel: np.ndarray, seed: int) -> Voiced:
        sizes.append([path.stat().st_size for path in tmp_path.glob("out.wav.*")])
        return vocode(mel, seed)

    vocode = synthesizer.vocode
    monkeypatch.setattr(synthesizer, "vocode", watched)
    infer("--text", LONG_TEXT, "--out", tmp_path / "out.wav", "--timestamps")
    assert sizes[0] == [] and all(size > 0 for (size,) in sizes[1:]) and len(sizes) > 1
    lowered = whole / max(1, np.abs(whole).max())
    np.testing.assert_allclose(read(tmp_path / "out.wav"), lowered, atol=1e-4)
    segments = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert segments[-1]["end_s"] == pytest.approx(len(whole) / RATE, abs=1e-3)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.json", "out.srt", "out.wav"]


@pytest.mark.parametrize("flag", ["--out", "--plot", "--save-voice"])
def test_a_place_where_nothing_can_be_written_is_refused_before_speaking(
    infer: Infer, synthesizer: Synthesizer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, flag: str
) -> None:
    name = {"--out": "x.wav", "--plot": "x.png", "--save-voice": "x.npz"}[flag]
    places = {"--out": tmp_path / "out.wav"} | {flag: Path("/proc") / name}
    monkeypatch.setattr(synthesizer, "vocode", lambda *_: pytest.fail("it spoke"))
    errors = infer("--text", TEXT, *(part for pair in places.items() for part in pair), status=1)
    assert f"{flag} /proc/{name} cannot be written" in errors


def test_places_that_cannot_be_written_are_named(infer: Infer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.wav").mkdir()
    for place in (tmp_path / "file" / "out.wav", tmp_path / "folder.wav"):
        assert str(place) in infer("--text", "a man", "--out", place, status=1) or "file" in str(place)
    mistaken = infer("--text", "a", "--out", tmp_path / "out.aac", status=1)
    assert "--out must end in .wav, .flac, .mp3, .ogg or .opus, such as out.wav, not out.aac" in mistaken
    assert "speech to with --out, such as --out speech.wav" in infer("--text", "a", status=1)


def test_options_of_a_flow_are_refused_by_other_decoders(infer: Infer, tmp_path: Path) -> None:
    options = ("--flow-steps", 4, "--temperature", 0.5)
    errors = infer("--text", "a", "--out", tmp_path / "out.wav", *options, load=True, status=1)
    assert "--flow-steps, --temperature: the decoder of this run, parallel, has no such setting" in errors


def copied(run: Path, folder: Path) -> Path:
    """A run folder whose files can be replaced."""
    workdir = folder / "run"
    workdir.mkdir()
    for path in run.iterdir():
        (workdir / path.name).symlink_to(path)
    return workdir


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        (("--flow-steps", 0), "--flow-steps must be at least 1, not 0."),
        (("--flow-solver", "rk4"), "--flow-solver must be euler or midpoint, not 'rk4'."),
        (("--guidance", 11), "--guidance must be between 0 and 10, not 11.0."),
        (("--temperature", -1), "--temperature must be between 0 and 2, not -1.0."),
    ],
)
def test_options_of_a_flow_are_named_where_they_are_out_of_range(
    infer: Infer, speaking_run: Path, tmp_path: Path, option: tuple[object, ...], complaint: str
) -> None:
    workdir = copied(speaking_run, tmp_path)
    settings = json.loads((workdir / "config.json").read_text())
    settings["model"]["decoder"] = "flow"
    (workdir / "config.json").unlink()
    (workdir / "config.json").write_text(json.dumps(settings))
    say = ("--text", "a", "--out", tmp_path / "out.wav")
    assert complaint in infer(*say, *option, ckpt=workdir, load=True, status=1)


def test_folder_that_is_no_finished_run_is_explained(
    infer: Infer, speaking_run: Path, tmp_path: Path
) -> None:
    say = ("--text", "a", "--out", tmp_path / "out.wav")
    assert "no trained run" in infer(*say, ckpt=tmp_path / "nowhere", load=True, status=1)
    (tmp_path / "young" / "checkpoints").mkdir(parents=True)
    assert "no finished checkpoint" in infer(*say, ckpt=tmp_path / "young", load=True, status=1)
    assert "no checkpoint of step 7. It has: 3" in infer(*say, "--step", 7, load=True, status=1)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "stats.json"])
def test_damaged_file_of_a_run_is_named(infer: Infer, speaking_run: Path, tmp_path: Path, name: str) -> None:
    workdir = copied(speaking_run, tmp_path)
    (workdir / name).unlink()
    (workdir / name).write_text('{"audio": ')
    errors = infer("--text", "a", "--out", tmp_path / "out.wav", ckpt=workdir, load=True, status=1)
    assert str(workdir / name) in errors


def test_lines_of_json_say_how_they_are_spoken(infer: Infer, tmp_path: Path) -> None:
    lines = [
        {"text": TEXT, "speaker": "s0", "language": "en"},
        {"text": TEXT, "speaker": "s1", "language": "en", "speed": 2, "out": str(tmp_path / "fast.flac")},
        {"text": TEXT, "speaker": "nobody"},
        {"text": TEXT, "reference": str(tmp_path / "missing.wav"), "language": None},
        {"text": "?!"},
    ]
    file = tmp_path / "lines.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    errors = infer("--text-file", file, "--out", tmp_path / "say.wav", status=1)
    assert "warning: line 3 is left out. speaker must be one that the run has, not 'nobody'." in errors
    assert "warning: line 4 is left out. There is no reference recording" in errors
    assert "3 of the 5 lines" in errors or ("2 of the 5 lines" in errors and "line 5, " in errors)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fast.flac", "lines.jsonl", "say-001.wav"]
    slow, fast = (soundfile.info(tmp_path / name) for name in ("say-001.wav", "fast.flac"))
    assert fast.format == "FLAC" and fast.duration < 0.75 * slow.duration


def test_lines_that_have_their_files_are_left_out_when_resuming(
    infer: Infer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = lines_file(tmp_path, "it is one.", "and it is two.")
    (tmp_path / "say-001.wav").write_text("mine")
    infer("--text-file", file, "--out", tmp_path / "say.wav", "--resume")
    assert (tmp_path / "say-001.wav").read_text() == "mine" and len(read(tmp_path / "say-002.wav"))
    infer("--text-file", file, "--out", tmp_path / "say.wav")
    assert len(read(tmp_path / "say-001.wav"))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("it is", "is not JSON"),
        ('["it is"]', "has no text"),
        ('{"words": "so"}', "has no text"),
        ('{"text": "so", "voice": "s0"}', "voice is not a field. There are text, out, language"),
        ('{"text": "so", "speed": "fast"}', 'speed must be a number, not "fast"'),
        ('{"text": "so", "speed": true}', "speed must be a number, not true"),
        ('{"text": "so", "references": "a.wav"}', 'references must be a list of texts, not "a.wav"'),
        ('{"text": "so", "reference": 3}', "reference must be a text, not 3"),
        ('{"text": "so", "style_weights": [1, "b"]}', "style_weights must be a list of numbers"),
        ('{"text": "so", "denoise": 1}', "denoise must be true or false, not 1"),
        ('{"text": "so", "out": "a.aac"}', "out must end in .wav"),
        ('{"text": "so", "out": "/dev/null/a.wav"}', "out /dev/null/a.wav cannot be written"),
    ],
)
def test_a_line_of_json_that_is_wrong_is_named_before_anything_is_spoken(
    infer: Infer, tmp_path: Path, line: str, said: str
) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text(f'{{"text": "so"}}\n\n{line}\n', encoding="utf-8")
    errors = infer("--text-file", file, "--out", tmp_path / "say.wav", status=1)
    assert said in errors and f"Line 3 of {file}" in errors and "--" not in errors
    assert not list(tmp_path.glob("*.wav"))


def test_lines_of_json_that_would_be_written_to_one_file_are_named(infer: Infer, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    lines = [{"text": "so", "out": f"{tmp_path}/{name}"} for name in ("a.wav", "b.wav", "new/../a.wav")]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    errors = infer("--text-file", file, "--out", tmp_path / "say.wav", status=1)
    assert f"Lines 1 and 3 of {file} would both be written to {tmp_path}/new/../a.wav" in errors
    assert not list(tmp_path.glob("*.wav"))


def test_lines_of_json_without_text_are_left_out(infer: Infer, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": ""}\n{"text": "so"}\n{"text": "so", "speed": 99}\n', encoding="utf-8")
    errors = infer("--text-file", file, "--out", tmp_path / "say.wav", status=1)
    assert "line 1, '', has no words and is left out" in errors
    assert "1 of the 3 lines" in errors
    assert "The other lines were spoken" in errors
    assert [path.name for path in tmp_path.glob("*.wav")] == ["say-002.wav"]
    file.write_text('{"text": "so", "speed": 99}\n', encoding="utf-8")
    assert "The other lines" not in infer("--text-file", file, "--out", tmp_path / "a.wav", status=1)


def test_a_file_has_the_format_rate_and_bits_that_are_asked_for(infer: Infer, tmp_path: Path) -> None:
    infer("--text", TEXT, "--out", tmp_path / "a.flac", "--sample-rate", "48000", "--bits", "24")
    info = soundfile.info(tmp_path / "a.flac")
    assert (info.format, info.samplerate, info.subtype) == ("FLAC", 48000, "PCM_24")
    with soundfile.SoundFile(tmp_path / "a.flac") as file:
        assert file.comment.startswith("Synthetic speech")
    for wrong, said in (
        (["--out", tmp_path / "a.mp3", "--bits", "24"], "--bits must be 16 for .mp3 files, not 24"),
        (["--out", tmp_path / "a.wav", "--sample-rate", "9"], "--sample-rate must be from 8000 to 48000"),
        (["--out", tmp_path / "a.wav", "--stream"], "--stream is for pipes"),
        (["--out", tmp_path / "a.wav", "--play"], "--play and --out exclude each other"),
        (["--out", "-", "--raw"], "--raw is for `--out - --stream`"),
        (["--out", tmp_path / "a.wav", "--raw"], "--raw is for `--out - --stream`"),
        (["--play", "--raw"], "--raw is for `--out - --stream`"),
        (["--play", "--stream", "--raw"], "--stream is for pipes"),
        (["--out", tmp_path / "a.wav", "--stream", "--raw"], "--stream is for pipes"),
    ):
        assert said in infer("--text", TEXT, *wrong, status=1)


def test_a_stream_is_the_speech_while_it_is_spoken(
    infer: Infer, synthesizer: Synthesizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = np.clip(np.concatenate(list(synthesizer.stream(TEXT))), -1, 1)
    for options in (["--stream"], ["--stream", "--raw"]):
        with (tmp_path / "piped").open("w") as stdout:
            monkeypatch.setattr(sys, "stdout", stdout)
            infer("--text", TEXT, "--out", "-", *options)
            monkeypatch.undo()
        data = (tmp_path / "piped").read_bytes()
        assert data.startswith(b"RIFF") == (len(options) == 1)
        samples = np.frombuffer(data[44 if len(options) == 1 else 0 :], "<i2") / 32767
        np.testing.assert_allclose(samples, whole, atol=1e-3)
