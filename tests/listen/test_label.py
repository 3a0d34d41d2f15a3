"""Recordings without texts become a corpus; phoneme errors of speech are counted."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.audio import io
from xtts_jax.audio.samples import to_float32
from xtts_jax.commands import label as label_command
from xtts_jax.config import Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError
from xtts_jax.judge import phonemes
from xtts_jax.listen import label
from xtts_jax.listen.listener import Listener
from xtts_jax.listen.pocketsphinx import WordListener
from xtts_jax.runs.settings import read_config
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.text import espeak
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.sounds import said

SHORT, GERMAN, TEXT = "short", "german", "texted"


@pytest.fixture(scope="module")
def textless(recogniser_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recordings of the recogniser's training without their texts, and four rows that get no label."""
    folder = tmp_path_factory.mktemp("textless") / "corpus"
    shutil.copytree(Path(read_config(recogniser_run).data.root), folder)
    rows = [line.split("|") for line in (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    table = ["id|speaker|language|text", *(f"{row[0]}|{row[1]}|{row[2]}|" for row in rows[1:])]
    noise = 0.1 * np.random.default_rng(0).standard_normal(5000)
    for name in (SHORT, GERMAN, TEXT):
        soundfile.write(folder / "wavs" / f"{name}.flac", noise, 22050)
    table += [f"{SHORT}|x|en|", f"{GERMAN}|x|de|", f"{TEXT}|x|en|Said already.", "missing|x|en|"]
    (folder / "metadata.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    return folder


def options(run: Path, root: Path, out: Path, *more: str) -> list[str]:
    return ["--ckpt", str(run), "--data.root", str(root), "--out", str(out), *more]


@pytest.mark.slow
def test_confident_labels_become_a_corpus_and_the_rest_is_listed(
    recogniser_run: Path, textless: Path, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    out = tmp_path / "labeled"
    label_command.main(options(recogniser_run, textless, out, "--least-confidence", "0.3"))
    kept = read_manifest(out, "en", text_needed=True)
    assert not kept.skipped
    corpus = Corpus.open(prepare(read_config(recogniser_run)))
    symbols = {record.id: record.symbols for record in map(corpus.record, corpus.train)}
    labels = {utterance.id: utterance for utterance in kept.utterances}
    right = [name for name, text in symbols.items() if labels[name].phonemes == said(text)]
    assert len(right) >= len(symbols) - 1
    assert {utterance.language for utterance in kept.utterances} == {"en", "fa"}
    with (out / "left_out.csv").open(encoding="utf-8", newline="") as file:
        left = {row["id"]: row for row in csv.DictReader(file)}
    assert left[GERMAN]["reason"] == "not a language that the recogniser knows (en, fa): de"
    assert left[TEXT]["reason"] == "has a text already"
    assert left["missing"]["reason"] == "no audio file"
    assert left[SHORT]["reason"] == "outside data.min_seconds and data.max_seconds: 0.23 s"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labeled"]


def test_a_label_is_read_as_it_stands(recogniser_run: Path) -> None:
    corpus = Corpus.open(prepare(read_config(recogniser_run)))
    text = said(corpus.record(int(corpus.train[0])).symbols)
    assert Frontend("phonemes", {})("", "en", text) == text


def test_labels_below_the_threshold_are_left_out_with_their_confidence(
    recogniser_run: Path, textless: Path, tmp_path: Path
) -> None:
    listener, config = Listener.load(recogniser_run), labeling(recogniser_run, textless)
    confidences = sorted(
        listener.hear(io.load(path, config.audio.sample_rate), "en").confidence
        for path in (textless / "wavs").glob("*.wav")
    )
    least = (confidences[1] + confidences[2]) / 2
    printed = label.label(listener, config, tmp_path / "out", least)
    assert f"{len(confidences) - 2} phrases" in printed
    with (tmp_path / "out" / "left_out.csv").open(encoding="utf-8", newline="") as file:
        unsure = [row for row in csv.DictReader(file) if row["reason"] == "confidence is too low"]
    assert {f"{value:.3f}" for value in confidences[:2]} <= {row["confidence"] for row in unsure}
    assert all(row["heard"] for row in unsure)
    with pytest.raises(UserError, match=r"The highest confidence is 0\.\d+: lower least_confidence"):
        label.label(listener, config, tmp_path / "none", 1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_a_folder_that_exists_is_refused(recogniser_run: Path, textless: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"out .* exists already"):
        label.label(Listener.load(recogniser_run), labeling(recogniser_run, textless), tmp_path, 0.5)


def test_confidence_is_between_0_and_1(recogniser_run: Path, textless: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="between 0 and 1"):
        label_command.main(options(recogniser_run, textless, tmp_path / "out", "--least-confidence", "70"))


def test_a_recogniser_does_not_speak(recogniser_run: Path) -> None:
    with pytest.raises(UserError, match="recogniser"):
        Synthesizer(recogniser_run)


def test_silence_has_no_symbols(recogniser_run: Path) -> None:
    assert Listener.load(recogniser_run).hear(np.zeros(22050, np.float32), "en") == ("", 0.0)


def test_speech_is_judged_in_each_language_against_right_and_wrong_texts(recogniser_run: Path) -> None:
    config = read_config(recogniser_run)
    corpus = Corpus.open(prepare(config))
    listener = phonemes.open_judge(recogniser_run, config.audio, "phonemes")
    records = [corpus.record(int(i)) for i in corpus.train]
    clips = [to_float32(record.audio) for record in records]
    ways = {"recordings": clips, "ours": [np.zeros(22050, np.float32)] * len(clips)}
    report = phonemes.phoneme_errors(listener, ways, records)
    assert report["recordings"]["per"] < 0.05
    assert report["recordings"]["wrong_text"] > 0.5
    assert report["recordings"]["languages"].keys() == {"en", "fa"}
    assert report["ours"]["per"] == 1.0
    lines = phonemes.describe(report, {"recordings": "recordings", "ours": "our speech"})
    assert lines[1].startswith("recordings") and lines[2].startswith("our speech")


def test_a_judge_of_other_symbols_is_refused(recogniser_run: Path) -> None:
    with pytest.raises(UserError, match=r"data\.frontend=characters"):
        phonemes.open_judge(recogniser_run, read_config(recogniser_run).audio, "characters")


def labeling(run: Path, root: Path) -> Config:
    config = read_config(run)
    return replace(config, data=replace(config.data, root=str(root)))


def test_a_speaker_held_out_gets_no_label(recogniser_run: Path, textless: Path, tmp_path: Path) -> None:
    folder = tmp_path / "two"
    shutil.copytree(textless, folder)
    rows = [line.split("|") for line in (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()]
    spoken = [row for row in rows[1:] if row[1] == "f2"]
    rows = [rows[0], *([row[0], ("ann", "bob")[i % 2], *row[2:]] for i, row in enumerate(spoken))]
    (folder / "metadata.csv").write_text("\n".join("|".join(row) for row in rows) + "\n", encoding="utf-8")
    held, other = sorted(("ann", "bob"), key=hash_fraction)
    config = labeling(recogniser_run, folder)
    config = replace(
        config, data=replace(config.data, validation_speaker_fraction=hash_fraction(held) + 1e-9)
    )
    label.label(Listener.load(recogniser_run), config, tmp_path / "out", 0.0)
    kept = read_manifest(tmp_path / "out", "en", text_needed=True).utterances
    assert {each.speaker for each in kept} == {other}
    left = (tmp_path / "out" / "left_out.csv").read_text(encoding="utf-8")
    assert left.count("of a speaker that data.validation_speaker_fraction holds out") == len(spoken) // 2


def test_words_of_long_recordings_are_written_down_phrase_by_phrase(
    tmp_path: Path, tiny_config: Config
) -> None:
    folder = tmp_path / "textless"
    (folder / "wavs").mkdir(parents=True)
    spoken = [
        espeak.synthesize(text, "en-us+f2")
        for text in (
            "The old man and his friend were in the house all day.",
            "It is very good to see you again today.",
        )
    ]
    rate = spoken[0][1]
    audio = np.concatenate([spoken[0][0], np.zeros(rate // 2, spoken[0][0].dtype), spoken[1][0]])
    soundfile.write(folder / "wavs" / "a.flac", audio, rate)
    (folder / "metadata.csv").write_text("id|speaker|language\na|f2|en\n", encoding="utf-8")
    config = replace(tiny_config, data=replace(tiny_config.data, root=str(folder)))
    label.label(WordListener(), config, tmp_path / "out", 0.0)
    kept = read_manifest(tmp_path / "out", "en", text_needed=True).utterances
    assert [each.id for each in kept] == ["a_00", "a_01"]
    heard = [{*each.text.split()} for each in kept]
    assert heard[0] & {"old", "man", "friend", "house"} and heard[1] & {"very", "good", "see", "again"}
    lengths = [soundfile.info(each.audio).frames for each in kept]
    assert sum(lengths) == len(audio) and all(soundfile.info(each.audio).samplerate == rate for each in kept)


def test_names_that_clash_and_levels_that_pass_full_scale_do_no_harm(
    recogniser_run: Path, textless: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "textless"
    (folder / "wavs").mkdir(parents=True)
    sound, rate = soundfile.read(sorted((textless / "wavs").glob("*.wav"))[0], dtype="float32")
    loud = sound * (3 / np.abs(sound).max())
    soundfile.write(folder / "wavs" / "a.wav", loud, rate, subtype="FLOAT")
    soundfile.write(folder / "wavs" / "a.flac", sound, rate)
    rows = ["id|speaker|language", "wavs/a.wav|x|en", "a.flac|y|en"]
    (folder / "metadata.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
    label.label(Listener.load(recogniser_run), labeling(recogniser_run, folder), tmp_path / "out", 0.0)
    (kept,) = read_manifest(tmp_path / "out", "en", text_needed=True).utterances
    assert (kept.id, kept.speaker) == ("a", "y"), "the first by id"
    assert "another recording has its id: a" in (tmp_path / "out" / "left_out.csv").read_text(
        encoding="utf-8"
    )
    io.save_flac(tmp_path / "loud.flac", loud, rate)
    written = soundfile.read(tmp_path / "loud.flac", dtype="float32")[0]
    np.testing.assert_allclose(written, loud / 3, atol=1e-3)


def test_a_recogniser_that_is_not_there_is_refused(textless: Path, tmp_path: Path) -> None:
    rest = ["--data.root", str(textless), "--out", str(tmp_path / "out")]
    with pytest.raises(UserError, match="--recogniser runs/nowhere is not a recognizer"):
        label_command.main(["--recogniser", "runs/nowhere", *rest])
    with pytest.raises(UserError, match="--step goes with the run of a recogniser"):
        label_command.main(["--recogniser", "pocketsphinx", "--step", "3", *rest])
