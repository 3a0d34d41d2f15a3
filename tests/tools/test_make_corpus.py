"""tools/make_corpus.py with fake engines: programs on PATH with the real ones' interfaces that hum."""

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest
import soundfile

from tools.make_corpus import main
from tools.speech_engines import corpus
from xtts_jax.data.manifest import read_manifest
from xtts_jax.errors import UserError

# Writes a tone whose length depends on the text; ENGINE_FAULTS (voice=fault,...) makes voices fail.
FAKE = """#!{python} -IS
import array, math, os, pathlib, sys, time, wave

def after(flag):
    return sys.argv[sys.argv.index(flag) + 1]

program = pathlib.Path(sys.argv[0]).name
if program == "flite" and sys.argv[1] == "-lv":
    print("Voices available: kal awb_time kal16 awb rms slt ")
    sys.exit()
if program == "flite":
    voice, text, wav = after("-voice"), after("-f"), after("-o")
elif program == "RHVoice-test":
    voice, text, wav = after("-p"), after("-i"), after("-o")
elif program == "text2wave":
    voice, text, wav = after("-eval")[7:-1], sys.argv[-1], after("-o")
elif program == "espeak-ng":
    voice, text, wav = after("-v"), after("-f"), after("-w")
elif program == "pico2wave":
    language, wave_option, dashes, said = sys.argv[1:]
    voice, wav = language.removeprefix("--lang="), wave_option.removeprefix("--wave=")
if program != "pico2wave":
    said = pathlib.Path(text).read_text(encoding="ascii" if program == "flite" else "utf-8")
faults = dict(pair.split("=") for pair in os.environ.get("ENGINE_FAULTS", "").split(",") if pair)
fault = faults.get(voice, "")
if fault == "status":
    sys.exit("no voice of that name")
if fault == "hang":
    time.sleep(60)
level = 0 if fault == "silent" else 9000
length = 0 if fault == "empty" else 400 * len(said.strip())
if fault != "unwritten":
    with wave.open(wav, "wb") as file:
        file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)
        tone = array.array("h", (int(level * math.sin(0.2 * i)) for i in range(80)))
        file.writeframes((tone.tobytes() * (length // 80 + 1))[: 2 * length])
"""
PROGRAMS = ("flite", "RHVoice-test", "text2wave", "espeak-ng", "pico2wave", "mbrola")
DATA = (
    "mbrola/ir1/ir1",
    "mbrola/us1/us1",
    "mbrola/us1/us1mrpa",
    "pico/lang/en-GB_ta.bin",
    "festival/voices/us/cmu_us_slt_arctic_hts",
    "festival/voices/english/rab_diphone",
)


@pytest.fixture
def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Puts only the engines on PATH; returns the folder of the sentences en.txt and fa.txt."""
    programs, share = tmp_path / "bin", tmp_path / "share"
    programs.mkdir()
    for name in PROGRAMS:
        (programs / name).write_text(FAKE.format(python=sys.executable))
        (programs / name).chmod(0o755)
    for name in DATA:
        (share / name).parent.mkdir(parents=True, exist_ok=True)
        (share / name).touch()
    for voice in ("bdl", "lyubov", "slt"):
        folder = share / "RHVoice" / "voices" / voice
        folder.mkdir(parents=True)
        (folder / "voice.info").write_text(f"name={voice.title()}\nlanguage=English\n")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_DATA_DIRS", str(share))
    words = ("tea", "bread", "a long way home", "yesterday’s café", "rain")
    lines = [f"{verb} {word} {name}" for verb in ("We like", "I saw") for word in words for name in "ABCDEF"]
    (tmp_path / "en.txt").write_text("\n".join([*lines, "", "not|this", lines[0]]), encoding="utf-8")
    (tmp_path / "fa.txt").write_text(
        "\n".join(f"{'باران ' * n}بارید" for n in range(1, 12)), encoding="utf-8"
    )
    return tmp_path


def make(folder: Path, *options: str, out: str = "made", minutes: str = "0.2") -> Path:
    sentences = [str(folder / "en.txt"), str(folder / "fa.txt")]
    made = ["--minutes", minutes, "--out", str(folder / out), "--workers", "2"]
    main(["--sentences", *sentences, *made, *options])
    return folder / out


def rows(folder: Path) -> list[dict[str, str]]:
    lines = (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="|", quoting=csv.QUOTE_NONE))


def test_voices_speak_equally_long_and_the_corpus_can_be_read(engines: Path) -> None:
    made = make(engines, "--engines", "flite", "rhvoice", "mbrola", "pico", "festival", minutes="0.6")
    seconds: dict[str, float] = defaultdict(float)
    longest = 0.0
    manifest = read_manifest(made, "de", text_needed=True)
    assert manifest.skipped == () and len(manifest.utterances) == len(list((made / "wavs").iterdir()))
    for utterance in manifest.utterances:
        assert utterance.audio.suffix == ".flac"
        duration = soundfile.info(utterance.audio).duration
        seconds[f"{utterance.speaker}/{utterance.language}"] += duration
        longest = max(longest, duration)
    assert len(seconds) == 12 and {name for name in seconds if name.endswith("/fa")} == {"mbrola_ir1/fa"}
    assert all(abs(said - 0.6 * 60 / 12) <= longest for said in seconds.values())


def test_a_row_has_the_origin_of_a_voice_and_whether_it_may_ship(engines: Path) -> None:
    made = make(engines, "--engines", "flite", "rhvoice", "mbrola", "festival", "espeak-ng", minutes="0.1")
    found = {(row["engine"], row["voice"], row["language"]): row for row in rows(made)}
    ships = {key: row["ships"] for key, row in found.items()}
    assert ships["flite", "slt", "en"] == ships["rhvoice", "bdl", "en"] == "yes"
    assert ships["espeak-ng", "fa+f2", "fa"] == "yes"
    assert ships["rhvoice", "lyubov", "en"] == ships["mbrola", "mb-ir1", "fa"] == "no"
    assert ships["festival", "rab_diphone", "en"] == "no"
    assert found["mbrola", "mb-us1", "en"]["licence"].startswith("MBROLA")
    assert ("flite", "kal", "en") not in found and ("flite", "awb_time", "en") not in found
    one, other = (found["espeak-ng", f"{base}+m3", code] for base, code in (("en-us", "en"), ("fa", "fa")))
    assert one["speaker"] == other["speaker"] == "espeak-ng_m3"


def test_ships_only_leaves_out_restricted_voices(engines: Path) -> None:
    made = make(engines, "--engines", "rhvoice", "mbrola", "--ships-only", "--languages", "en")
    assert {row["voice"] for row in rows(made)} == {"bdl", "slt"}


def test_the_same_command_makes_the_same_table_and_the_seed_another(engines: Path) -> None:
    options = ("--engines", "flite", "rhvoice", "--languages", "en")
    first = make(engines, *options, out="first")
    again = make(engines, *options, "--workers", "1", out="again")
    other = make(engines, *options, "--seed", "1", out="other")
    table = (first / "metadata.csv").read_bytes()
    assert (again / "metadata.csv").read_bytes() == table
    assert (other / "metadata.csv").read_bytes() != table
    said = [row["text"] for row in rows(first)]
    assert len(set(said)) == len(said), "two voices share a sentence although there are enough"
    assert not [text for text in said if "not|this" in text]


def test_a_voice_continues_with_sentences_of_others_and_repeats_none(
    engines: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (engines / "en.txt").write_text("\n".join(f"Yesterday’s café {letter}" for letter in "ABCDEF"), "utf-8")
    made = make(engines, "--engines", "flite", "--languages", "en", minutes="6")
    said = [(row["speaker"], row["text"]) for row in rows(made)]
    assert len(set(said)) == len(said) == 4 * 6
    assert capsys.readouterr().out.count("no sentences left after 0.1 minutes") == 4


def test_minutes_by_language(engines: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentences = ["--sentences", str(engines / "en.txt"), f"fa={engines / 'fa.txt'}"]
    chosen = ["--engines", "mbrola", "--out", str(engines / "made")]
    main([*sentences, "--minutes", "en=0.2", "fa=0.1", *chosen])
    seconds: dict[str, float] = defaultdict(float)
    for row in rows(engines / "made"):
        seconds[row["language"]] += soundfile.info(engines / "made" / "wavs" / f"{row['id']}.flac").duration
    assert seconds["en"] == pytest.approx(12, abs=1) and seconds["fa"] == pytest.approx(6, abs=1.5)
    assert "0.3 minutes, 2 speakers" in capsys.readouterr().out


def test_held_out_speakers_get_their_own_corpus(engines: Path) -> None:
    made = make(engines, "--engines", "flite", "rhvoice", "festival", "--hold-out-speakers", "5")
    trained, held = (
        {row["voice"] for row in rows(folder)} for folder in (made, made.with_name("made_held_out"))
    )
    assert held == {"rms", "bdl", "lyubov", "awb", "slt", "cmu_us_slt_arctic_hts"}
    assert trained == {"kal16", "rab_diphone"}, "slt is one person in three engines"
    assert len(read_manifest(made.with_name("made_held_out"), "en", text_needed=True).skipped) == 0


def test_holding_out_everybody_is_refused(engines: Path) -> None:
    with pytest.raises(UserError, match="leaves en without a voice"):
        make(engines, "--engines", "pico", "--languages", "en", "--hold-out-speakers", "1")
    assert not list(engines.glob("made*"))


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("status", r"exit status 1 \(no voice of that name\)"),
        ("silent", "silent audio"),
        ("empty", "empty audio"),
        ("unwritten", "no audio was written"),
        ("hang", "not finished within 0.2 s"),
    ],
)
def test_a_voice_that_fails_is_listed_and_the_others_make_up_for_it(
    engines: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fault: str,
    reason: str,
) -> None:
    monkeypatch.setenv("ENGINE_FAULTS", f"lyubov={fault}")
    timeout = "0.2" if fault == "hang" else "30"
    options = ("--engines", "rhvoice", "--languages", "en", "--timeout", timeout)
    made = make(engines, *options, minutes="0.2")
    printed = capsys.readouterr().out
    assert re.search(rf"left out: rhvoice_lyubov \(en\), .*{reason}", printed)
    assert "0.2 minutes, 2 speakers" in printed
    assert {row["voice"] for row in rows(made)} == {"bdl", "slt"}


def test_it_is_an_error_when_no_voice_is_left(engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENGINE_FAULTS", "en-GB=status")
    with pytest.raises(UserError, match="None of 1 voices speaks en"):
        make(engines, "--engines", "pico", "--languages", "en")
    assert not list(engines.glob("made*"))


def test_a_run_that_fails_leaves_nothing_behind(engines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(corpus, "_write_metadata", fail)
    with pytest.raises(OSError, match="No space"):
        make(engines, "--engines", "pico", "--languages", "en")
    assert not list(engines.glob("made*"))


def test_an_existing_folder_is_refused_and_kept(engines: Path) -> None:
    (engines / "made").mkdir()
    (engines / "made" / "mine.txt").touch()
    with pytest.raises(UserError, match=r"made already exists"):
        make(engines)
    assert [path.name for path in (engines / "made").iterdir()] == ["mine.txt"]


def test_what_is_missing_is_named_with_its_packages(
    engines: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(engines / "nowhere"))
    main(["--list-voices", "--languages", "fa"])
    printed = capsys.readouterr().out
    for package in ("flite", "festival festvox-kallpc16k", "libttspico-utils", "rhvoice rhvoice-english"):
        assert f"not on PATH. To install it: apt-get install {package}" in printed
    assert "mbrola-ir1 (section contrib non-free" in printed
    assert "fa+f2" in printed, "espeak-ng needs no package, because its wheel is installed"


def test_an_engine_without_voices_is_listed(
    engines: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_DATA_DIRS", str(engines / "nowhere"))
    main(["--list-voices", "--engines", "rhvoice"])
    assert "not used: rhvoice, without voices" in capsys.readouterr().out


def test_the_wheel_speaks_if_the_program_espeak_ng_is_missing(
    engines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (engines / "bin" / "espeak-ng").unlink()
    monkeypatch.setattr("tools.speech_engines.table.ESPEAK_VARIANTS", ("f2",))
    made = make(engines, "--engines", "espeak-ng", "--languages", "en", minutes="0.02")
    (row, *_) = rows(made)
    assert soundfile.info(made / "wavs" / f"{row['id']}.flac").samplerate == 22050


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--engines", "siri"), "no engine 'siri'"),
        (("--languages", "de"), "no sentences in de"),
        (("--minutes", "en=1"), "--minutes en=1 cannot be used"),
        (("--minutes", "nan"), "--minutes nan cannot be used"),
        (("--sentences", "nowhere.txt"), r"no file of sentences nowhere\.txt"),
    ],
)
def test_wrong_options_are_explained(engines: Path, options: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        make(engines, *options)
    assert not list(engines.glob("made*"))
