"""How well the shipped vocoder rebuilds recordings of a few made-up voices, through the command."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import soundfile
from made_up_voices import RATE, made_up

from xtts_jax.audio.io import load
from xtts_jax.audio.samples import to_float32
from xtts_jax.commands import copy_synthesis as command
from xtts_jax.commands.config_files import load_config
from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError
from xtts_jax.judge import naturalness
from xtts_jax.judge.copy_synthesis import FRAME_STEP, WAYS, chosen, describe, measured

VOICES, TAKES, SECONDS = 6, 2, 1.0
ERRORS = {"stft", "mel_l1", "log_f0_rmse", "voicing_error"}


class Done(NamedTuple):
    printed: str
    report: dict[str, Any]
    clips: Path


def options(corpus: Path, *more: str) -> list[str]:
    """The corpus with a held-out voice, and with held-out recordings of other voices."""
    held_out = ["--data.validation_fraction=0.45", "--data.validation_speaker_fraction=0.4"]
    return [
        f"--data.root={corpus}",
        f"--data.cache_dir={corpus / 'prepared'}",
        "--data.workers=1",
        *held_out,
        *more,
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("voices")
    (folder / "wavs").mkdir()
    rows = ["id|speaker|language"]
    for number in range(VOICES):
        for take in range(TAKES):
            soundfile.write(folder / "wavs" / f"{number}_{take}.wav", made_up(number, take, SECONDS), RATE)
            rows.append(f"{number}_{take}|voice{number}|en")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def config(folder: Path) -> Config:
    return load_config("vocoder", options(folder))


@pytest.fixture(scope="module")
def corpus(config: Config) -> Corpus:
    return Corpus.open(prepare(config))


@pytest.fixture(scope="module")
def done(folder: Path, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The command on two recordings of each group."""
    out = tmp_path_factory.mktemp("copies")
    more = ["--no-judges", "--recordings", "4", "--json", str(out / "report.json"), "--audio-dir", str(out)]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        command.main(options(folder, *more))
    return Done(printed.getvalue(), json.loads((out / "report.json").read_text(encoding="utf-8")), out)


def test_the_report_has_both_groups_and_all_ways(done: Done) -> None:
    assert done.report.keys() == {"vocoder", "refinements", "known", "unknown"}
    assert (done.report["vocoder"], done.report["refinements"]) == ("shipped", None)
    for group in (done.report["known"], done.report["unknown"]):
        assert len(group["recordings"]) == 2
        assert list(group["ways"]) == list(WAYS)
        for way, figures in group["ways"].items():
            assert figures.keys() == (set() if way == "recordings" else ERRORS)


def test_errors_of_the_ways_are_in_their_known_order(done: Done) -> None:
    """Griffin-Lim here fits nothing but the mel, to which its usual form never returns."""
    for group in (done.report["known"], done.report["unknown"]):
        errors = {way: figures["mel_l1"] for way, figures in group["ways"].items() if figures}
        assert 0 < errors["griffin_lim"] < errors["vocoder"] < errors["griffin_lim_held"] < 0.3
        assert group["ways"]["vocoder"]["stft"] < group["ways"]["griffin_lim_held"]["stft"]


def test_the_table_has_a_row_for_each_way_of_each_group(done: Done) -> None:
    lines = [line.strip() for line in done.printed.splitlines()]
    assert describe(done.report) in done.printed
    first = lines.index("Recordings of training voices: 2")
    assert " ".join(lines[first - 1].split()) == "STFT mel L1 log F0 voicing P.808 OVRL"
    for title, line in zip(WAYS.values(), lines[first + 1 : first + 5], strict=True):
        assert line.startswith(f"{title} ") and line.endswith("-")
    assert lines[first + 1].split() == ["recordings", *"------"]
    assert lines[first + 5] == "Recordings of held-out voices: 2"


def test_clips_are_written_by_way_and_recording(done: Done, corpus: Corpus) -> None:
    names = sorted(f"{id}.wav" for group in ("known", "unknown") for id in done.report[group]["recordings"])
    clips = {way: sorted((done.clips / way).glob("*.wav")) for way in WAYS}
    for paths in clips.values():
        assert [path.name for path in paths] == names
    recorded, rebuilt = (load(clips[way][0], RATE) for way in ("recordings", "vocoder"))
    assert len(recorded) == len(rebuilt)
    assert np.abs(recorded - rebuilt).max() > 1e-3


def test_recordings_are_held_out_ones_cut_to_few_lengths(corpus: Corpus, config: Config) -> None:
    groups = chosen(corpus, config.audio, 4)
    ids = [str(corpus.index.id[i]) for i in corpus.validation]
    trained = set(corpus.index.speaker[corpus.train])
    speakers = dict(zip(map(str, corpus.index.id), corpus.index.speaker, strict=True))
    for name, recordings in groups.items():
        for each in recordings:
            assert each.id in ids and (speakers[each.id] in trained) == (name == "known")
            assert len(each.audio) % (FRAME_STEP * config.audio.hop_length) == 0 < len(each.audio)
            whole = next(i for i in corpus.validation if corpus.index.id[i] == each.id)
            whole = to_float32(corpus.record(int(whole)).audio)
            np.testing.assert_array_equal(each.audio, whole[: len(each.audio)])
    assert {name: len(rows) for name, rows in groups.items()} == {"known": 2, "unknown": 2}


def test_few_recordings_of_one_group_make_room_for_the_other(corpus: Corpus, config: Config) -> None:
    everything = chosen(corpus, config.audio, 1000)
    count = sum(map(len, everything.values()))
    assert count == len(corpus.validation)
    fewer = chosen(corpus, config.audio, count - 1)
    assert sum(map(len, fewer.values())) == count - 1


def test_recordings_have_no_errors_and_noise_has_more_than_a_copy(corpus: Corpus, config: Config) -> None:
    clips = [each.audio for rows in chosen(corpus, config.audio, 2).values() for each in rows]
    noise = np.random.default_rng(0).normal(0, 0.01, len(clips[0])).astype(np.float32)
    ways = {"recordings": clips, "griffin_lim": [clip + noise for clip in clips], "vocoder": clips}
    found = measured(ways, config.audio, judge=False)
    assert found["recordings"] == {}
    assert found["vocoder"] == pytest.approx(dict.fromkeys(ERRORS, 0), abs=1e-6)
    assert found["griffin_lim"]["stft"] > 0 and found["griffin_lim"]["mel_l1"] > 0.1


def test_every_way_is_rated_where_judges_are_wanted(
    corpus: Corpus, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = [each.audio for each in chosen(corpus, config.audio, 2)["unknown"]]
    monkeypatch.setattr(naturalness, "dnsmos", lambda clip, rate: {"p808": 2.0, "ovrl": 3.0})
    found = measured({"recordings": clips, "vocoder": clips}, config.audio, judge=True)
    assert found["recordings"] == {"p808": 2.0, "ovrl": 3.0} and found["vocoder"]["p808"] == 2.0


def test_recordings_that_are_too_short_are_refused(tmp_path: Path) -> None:
    (tmp_path / "wavs").mkdir()
    rows = ["id|speaker|language"]
    for number in range(4):
        soundfile.write(tmp_path / "wavs" / f"{number}.wav", made_up(number, 0, 0.6), RATE)
        rows.append(f"{number}|voice{number}|en")
    (tmp_path / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    complaint = r"lasts 0\.74 s or longer.*Raise --data\.validation_fraction, or .* with --data\.root"
    with pytest.raises(UserError, match=complaint):
        command.main(options(tmp_path, "--no-judges", "--vocoder", "griffin_lim"))


def test_refinements_are_refused_by_the_name_of_their_flag(folder: Path, corpus: Corpus) -> None:
    more = ["--no-judges", "--refinements", "-1"]
    for vocoder in ("shipped", "griffin_lim"):
        with pytest.raises(UserError, match=r"^--refinements .*1000.*, not -1"):
            command.main(options(folder, *more, "--vocoder", vocoder))
