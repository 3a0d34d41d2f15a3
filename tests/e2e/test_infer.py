"""The synthesis command, with a run made by the training command."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from trained_run import Recordings, complaint, straight_run, succeed

RATE = 22050


@pytest.fixture(scope="session")
def straight(small_corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return straight_run(Recordings(small_corpus, tmp_path_factory.getbasetemp() / "prepared"))


def command(workdir: Path, out: Path, *arguments: object) -> list[str]:
    return [sys.executable, "run_infer.py", "--ckpt", str(workdir), "--out", str(out), *map(str, arguments)]


@pytest.mark.slow
def test_trained_run_speaks_a_file_of_texts_with_pictures_and_times(straight: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("Tea is hot.\nThe rain has stopped.\n", encoding="utf-8")
    picture = tmp_path / "seen.png"
    arguments = ("--text-file", tmp_path / "texts.txt", "--plot", picture, "--timestamps", "--language", "en")
    printed = succeed(command(straight, tmp_path / "say.wav", *arguments))
    for number in ("001", "002"):
        speech, rate = soundfile.read(tmp_path / f"say-{number}.wav")
        assert rate == RATE and np.abs(speech).max() > 1e-3
        (segment,) = json.loads((tmp_path / f"say-{number}.json").read_text(encoding="utf-8"))
        assert segment["end_s"] == pytest.approx(len(speech) / RATE, abs=1e-3)
        assert f"say-{number}.wav: {len(speech) / RATE:.2f} s" in printed
        assert (tmp_path / f"seen-{number}.png").stat().st_size > 0


@pytest.mark.slow
def test_speech_is_reproducible_and_changes_with_voice_and_language(
    straight: Path, small_corpus: Path, tmp_path: Path
) -> None:
    woman, man = (small_corpus / "wavs" / f"en_{variant}_7.wav" for variant in ("f2", "m3"))
    calls = {
        "woman": ("--reference", woman),
        "again": ("--reference", woman),
        "man": ("--reference", man),
        "persian": ("--reference", woman, "--language", "fa"),
    }
    sounds = {}
    for name, arguments in calls.items():
        succeed(command(straight, tmp_path / f"{name}.wav", "--text", "[[tˈen mˈen]]", *arguments))
        sounds[name] = (tmp_path / f"{name}.wav").read_bytes()
    assert sounds["again"] == sounds["woman"]
    assert len(set(sounds.values())) == 3


@pytest.mark.slow
def test_missing_run_is_explained(tmp_path: Path) -> None:
    error = complaint(command(tmp_path / "nowhere", tmp_path / "out.wav", "--text", "Tea."))
    assert "no trained run in" in error and "run_train.py" in error
