"""The prepare command."""

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from xtts_jax.commands.prepare import main
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import UserError

ROOT = Path(__file__).parents[2]
RATE = 16000


def buzz(seconds: float, hz: float = 140.0) -> np.ndarray:
    """A voiced sound with harmonics."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    harmonics = np.arange(1, 9)[:, None]
    return (0.2 / harmonics * np.sin(2 * np.pi * harmonics * hz * time_s)).sum(axis=0)


def make_corpus(folder: Path, names: list[str], seconds: float = 0.45) -> Path:
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names):
        soundfile.write(folder / "wavs" / f"{name}.wav", buzz(seconds, 100 + i % 50), RATE)
    lines = [f"{path.stem}|la {path.stem}" for path in sorted((folder / "wavs").iterdir())]
    (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def options(root: Path, cache: Path, *more: str) -> list[str]:
    settings = f"--data.workers=1 --data.frontend=characters --data.cache_dir={cache} --data.root"
    return [*settings.split(), str(root), *more]


def prepared(root: Path, cache: Path, *more: str) -> Path:
    main(options(root, cache, *more))
    return newest(cache)


def newest(cache: Path) -> Path:
    return max(cache.iterdir(), key=lambda path: path.stat().st_mtime_ns)


@pytest.fixture(autouse=True)
def in_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def test_every_skipped_utterance_is_listed_and_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_corpus(tmp_path / "corpus", ["good1", "good2", "good3"])
    silence = np.zeros(RATE)
    sounds = {
        "short": buzz(0.2),
        "long": buzz(3.5),
        "silent": silence,
        "crowded": buzz(0.5),
        "mute": buzz(0.7),
    }
    for name, sound in sounds.items():
        soundfile.write(root / "wavs" / f"{name}.wav", sound, RATE)
    (root / "wavs" / "broken.wav").write_bytes(b"no sound at all")
    with (root / "metadata.csv").open("a", encoding="utf-8") as file:
        file.write(
            "\nshort|a\nlong|b\nsilent|c\nmute|...\nbroken|e\ngone|f\ngood1|g\n" + "crowded|" + "ab " * 30
        )
    folder = prepared(root, tmp_path / "cache", "--data.max_seconds", "3")
    with (folder / "skipped.csv").open(encoding="utf-8", newline="") as file:
        reasons = {row["id"]: row["reason"].partition(":")[0] for row in csv.DictReader(file)}
    assert reasons == {
        "short": "shorter than data.min_seconds",
        "long": "longer than data.max_seconds",
        "silent": "loudness cannot be measured",
        "mute": "text cannot be used",
        "broken": "audio cannot be read",
        "crowded": "more symbols than frames",
        "gone": "no audio file",
        "good1": "its id occurs twice",
    }
    table = capsys.readouterr().out
    assert "8, listed in skipped.csv" in table
    assert all(f"1 x {reason}" in table for reason in reasons.values())
    assert set(Corpus.open(folder).index.id) == {"good1", "good2", "good3"}


def test_statistics_are_those_of_an_independent_mel(small_corpus: Path, tmp_path: Path) -> None:
    folder = prepared(small_corpus, tmp_path)
    corpus = Corpus.open(folder)
    mels, f0 = [], []
    for i in corpus.train:
        record = corpus.record(i)
        audio = np.pad(record.audio / 32767.0, 384, mode="reflect")
        mel = librosa.feature.melspectrogram(
            y=audio, sr=22050, n_fft=1024, hop_length=256, center=False, power=1, n_mels=80, fmax=8000
        )
        mels.append(np.log(np.maximum(mel, 1e-5)).T)
        f0.append(record.log_f0[record.voiced].astype(np.float64))
    mel = np.concatenate(mels)
    assert len(mel) == corpus.index.frames[corpus.train].sum()
    np.testing.assert_allclose(corpus.stats.mel_mean, mel.mean(axis=0), atol=0.02)
    np.testing.assert_allclose(corpus.stats.mel_std, mel.std(axis=0), atol=0.02)
    energy = 0.5 * np.log(np.exp(2 * mel).sum(axis=1))
    assert corpus.stats.energy_mean == pytest.approx(energy.mean(), abs=0.02)
    assert corpus.stats.energy_std == pytest.approx(energy.std(), abs=0.02)
    assert corpus.stats.log_f0_mean == pytest.approx(np.concatenate(f0).mean(), abs=1e-3)
    assert corpus.stats.log_f0_std == pytest.approx(np.concatenate(f0).std(), abs=1e-3)


@pytest.mark.slow
def test_killed_preparation_resumes_and_ends_like_an_uninterrupted_one(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", [f"u{i:03d}" for i in range(160)])
    cache = tmp_path / "killed"
    command = [sys.executable, "-m", "xtts_jax", "prepare", *options(root, cache)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (done := list(cache.glob("*/shards/*.json"))):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    with pytest.raises(UserError, match="missing or damaged"):
        Corpus.open(newest(cache))
    written = {path: path.stat().st_mtime_ns for path in done}
    resumed = Corpus.open(prepared(root, cache))
    assert {path: path.stat().st_mtime_ns for path in done} == written
    straight = Corpus.open(prepared(root, tmp_path / "straight"))
    assert len(resumed) == 160
    for one, other in zip(resumed.index, straight.index, strict=True):
        np.testing.assert_array_equal(one, other)
    assert resumed.stats.mel_mean.tolist() == straight.stats.mel_mean.tolist()
    assert resumed.tokenizer == straight.tokenizer
    for i in range(0, 160, 20):
        np.testing.assert_array_equal(resumed.record(i).audio, straight.record(i).audio)
    assert not list(resumed.folder.rglob("*.partial*"))


def test_added_recordings_redo_only_their_chunks_and_keep_the_split(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", [f"u{i:03d}" for i in range(150)])
    folder = prepared(root, tmp_path / "cache", "--data.validation_fraction", "0.2")
    before = Corpus.open(folder)
    sides = dict(zip(before.index.id.tolist(), before.index.validation.tolist(), strict=True))
    stamps = {path.name: path.stat().st_mtime_ns for path in (folder / "shards").iterdir()}
    make_corpus(root, ["u100b", "u101b"])
    assert prepared(root, tmp_path / "cache", "--data.validation_fraction", "0.2") == folder
    after = Corpus.open(folder)
    assert len(after) == 152
    assert (
        sides.items()
        <= dict(zip(after.index.id.tolist(), after.index.validation.tolist(), strict=True)).items()
    )
    kept = {
        path.name
        for path in (folder / "shards").iterdir()
        if stamps.get(path.name) == path.stat().st_mtime_ns
    }
    replaced = stamps.keys() - {path.name for path in (folder / "shards").iterdir()}
    assert len(kept) > len(replaced) > 0


def test_a_finished_corpus_is_used_unchanged_even_without_its_recordings(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", ["a", "b", "c"])
    folder = prepared(root, tmp_path / "cache")
    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    prepared(root, tmp_path / "cache")
    shutil.rmtree(root)
    prepared(root, tmp_path / "cache", "--data.workers", "2", "--data.reference_seconds=3")
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == stamps


def test_other_settings_get_their_own_folder(tmp_path: Path) -> None:
    root, cache = make_corpus(tmp_path / "corpus", ["a", "b", "c"]), tmp_path / "cache"
    changes = ["--data.trim_db=30", "--audio.fmax=7000", "--data.language=de"]
    folders = {prepared(root, cache), *(prepared(root, cache, change) for change in changes)}
    assert len(folders) == 4


def test_an_unknown_language_is_refused_at_once_also_where_every_row_names_its_own(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", ["a", "b", "c"])
    table = (root / "metadata.csv").read_text(encoding="utf-8").replace("|", "|en|")
    (root / "metadata.csv").write_text(f"id|language|text\n{table}", encoding="utf-8")
    cache = tmp_path / "cache"
    for wrong, hint in (("Englsh", "Did you mean 'en'?"), ("xx", "To add a language")):
        complaint = rf"data\.language must be one of en, .*, not '{wrong}'\. {re.escape(hint)}"
        with pytest.raises(UserError, match=complaint):
            main(options(root, cache, f"--data.language={wrong}"))
    with pytest.raises(UserError, match=r"data\.language must be one of"):
        main(["--data.language=xx", f"--data.cache_dir={cache}"])
    assert not cache.exists()
    assert Corpus.open(prepared(root, cache, "--data.language=")).languages == ("en",)


def test_changed_settings_of_a_prepared_folder_are_named(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", ["a", "b", "c"])
    path = prepared(root, tmp_path / "cache") / "settings.json"
    values = json.loads(path.read_text())
    values["audio"]["hop_length"] = 128
    path.write_text(json.dumps(values))
    with pytest.raises(UserError, match=r"audio\.hop_length \(prepared: 128, now: 256\)"):
        main(options(root, tmp_path / "cache"))


@pytest.mark.parametrize("victim", ["index.npz", "stats.json", "tokenizer.json", "shards"])
def test_a_damaged_folder_is_refused_and_repaired_by_preparing_again(tmp_path: Path, victim: str) -> None:
    root = make_corpus(tmp_path / "corpus", ["a", "b", "c"])
    folder = prepared(root, tmp_path / "cache")
    path = next((folder / "shards").glob("*.arrayrecord")) if victim == "shards" else folder / victim
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(UserError, match=path.name):
        Corpus.open(folder)
    prepared(root, tmp_path / "cache")
    assert Corpus.open(folder).record(0).audio.any()


@pytest.mark.slow
def test_two_workers_prepare_the_same_as_one(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", [f"u{i:03d}" for i in range(100)])
    one = Corpus.open(prepared(root, tmp_path / "one"))
    command = [
        sys.executable,
        "-m",
        "xtts_jax",
        "prepare",
        *options(root, tmp_path / "two"),
        "--data.workers=2",
    ]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    two = Corpus.open(newest(tmp_path / "two"))
    for left, right in zip(one.index, two.index, strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--data.rooot", "x"], "no option --config.data.rooot. Close to it: data.root"),
        (["--data.workers", "two"], "data.workers takes a value of type int"),
        (["--data.root"], "is not an option with a value"),
        (["--data.root", "/nowhere/at/all"], "no corpus folder"),
        (["--data.min_seconds=20"], "0.4 <= data.min_seconds < data.max_seconds"),
        (["--config", "configs/huge.py"], "no configuration file"),
        (["--data.lexicon=/nowhere.txt"], "lexicon /nowhere.txt cannot be read"),
    ],
)
def test_mistakes_are_explained_without_a_traceback(arguments: list[str], complaint: str) -> None:
    command = [sys.executable, "-m", "xtts_jax", "prepare", *arguments]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("ids", [["a"], ["a", "b"]])
def test_two_recordings_are_refused_as_too_little_before_the_work(tmp_path: Path, ids: list[str]) -> None:
    with pytest.raises(UserError, match=f"Only {len(ids)} recording.* too little to train on"):
        main(options(make_corpus(tmp_path / "corpus", ids), tmp_path / "cache"))
    assert not list((tmp_path / "cache").rglob("*.arrayrecord"))


def test_why_no_recording_can_be_used_is_said_and_not_only_listed(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", ["a", "b", "c"], seconds=0.2)
    soundfile.write(root / "wavs" / "b.wav", np.zeros(RATE), RATE)
    why = r"No recording of .*: 2 x shorter than data\.min_seconds: 0\.20 s; 1 x loudness.* `xtts-jax doctor "
    with pytest.raises(UserError, match=why):
        main(options(root, tmp_path / "cache"))


def test_recordings_without_voiced_frames_are_refused(tmp_path: Path) -> None:
    root = make_corpus(tmp_path / "corpus", ["a", "b", "c"])
    for i, path in enumerate((root / "wavs").iterdir()):
        soundfile.write(path, 0.1 * np.random.default_rng(i).standard_normal(RATE), RATE)
    with pytest.raises(UserError, match="do not seem to be speech"):
        main(options(root, tmp_path / "cache"))


@pytest.mark.slow
def test_the_demo_corpus_is_made_and_prepared(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "xtts_jax", "prepare", f"--data.cache_dir={tmp_path}"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400)
    assert result.returncode == 0, result.stderr
    assert "using the built-in demo corpus" in result.stdout
    assert "skipped     0" in result.stdout
    corpus = Corpus.open(next(tmp_path.glob("demo-*")))
    assert len(corpus) == 960 and len(corpus.speakers) == 8 and corpus.languages == ("en", "fa")


def test_recordings_of_the_shared_folder_can_be_prepared(shared: Path, tmp_path: Path) -> None:
    folder = prepared(shared / "data" / "vctk3", tmp_path)
    corpus = Corpus.open(folder)
    assert len(corpus) == 30 and corpus.speakers == ("p225", "p226", "p227")
    assert -6.5 < corpus.stats.mel_mean.mean() < -4
