"""Recordings played at other speeds: names, sound, and their side of the validation split."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.config import Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.clips import prepare_clip
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.prepare import prepare
from xtts_jax.data.rows import Utterance
from xtts_jax.data.shards import Record
from xtts_jax.data.speeds import with_speeds
from xtts_jax.errors import UserError
from xtts_jax.runs import voices
from xtts_jax.text.frontend import Frontend

SPEEDS = (0.9, 1.0, 1.1)


@pytest.fixture(scope="module")
def played(small_corpus: Path, tiny_config: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    data = dataclasses.replace(
        tiny_config.data,
        root=str(small_corpus),
        speeds=SPEEDS,
        validation_fraction=0.2,
        workers=1,
        cache_dir=str(tmp_path_factory.mktemp("prepared")),
    )
    return dataclasses.replace(tiny_config, data=data)


def test_every_recording_is_played_at_every_speed(small_corpus: Path) -> None:
    recorded = read_manifest(small_corpus, "en", text_needed=True).utterances
    varied = with_speeds(recorded, SPEEDS)
    assert [each for each in varied if each.speed == 1] == list(recorded)
    for speed in (0.9, 1.1):
        others = [each for each in varied if each.speed == speed]
        assert [each.id for each in others] == [f"{each.id}@{speed}" for each in recorded]
        assert [each.speaker for each in others] == [f"{each.speaker}@{speed}" for each in recorded]
        assert [each.audio for each in others] == [each.audio for each in recorded]
    assert [each.id for each in varied] == sorted(each.id for each in varied)


def test_names_that_look_like_another_speed_are_refused(small_corpus: Path) -> None:
    recorded = read_manifest(small_corpus, "en", text_needed=True).utterances
    for change in ({"id": "a@0.9"}, {"speaker": "anna@1.1"}):
        with pytest.raises(UserError, match=r"has the name '(a@0\.9|anna@1\.1)'.*Rename it"):
            with_speeds([*recorded, recorded[0]._replace(**change)], SPEEDS)
    assert with_speeds([recorded[0]._replace(id="a@0.8")], SPEEDS)


@pytest.mark.parametrize("change", [{"validation_fraction": 1e-9}, {"validation_speaker_fraction": 0.5}])
def test_validation_recordings_are_not_trained_on_at_another_speed(played: Config, change: dict) -> None:
    """The validation recording is the one with the smallest hash, or all those of a held-out speaker."""
    if "validation_speaker_fraction" in change:
        first, second = sorted(("f2", "m3"), key=hash_fraction)
        change = {"validation_speaker_fraction": (hash_fraction(first) + hash_fraction(second)) / 2}
    corpus = Corpus.open(
        prepare(dataclasses.replace(played, data=dataclasses.replace(played.data, **change)))
    )
    index = corpus.index
    validating, training = (set(index.id[part].tolist()) for part in (corpus.validation, corpus.train))
    assert validating and not [name for name in validating if "@" in name]
    assert len(training) % 3 == 0 and {name.partition("@")[0] for name in training}.isdisjoint(validating)
    if "validation_speaker_fraction" in change:
        assert set(index.speaker[corpus.train].tolist()) == {second, f"{second}@0.9", f"{second}@1.1"}


def test_a_corpus_has_the_added_voices_and_validates_on_recordings_as_they_are(
    played: Config, tmp_path: Path
) -> None:
    corpus = Corpus.open(prepare(played))
    index = corpus.index
    assert sorted(corpus.speakers) == ["f2", "f2@0.9", "f2@1.1", "m3", "m3@0.9", "m3@1.1"]
    assert not [name for name in index.id[corpus.validation] if "@" in name]
    assert {name.partition("@")[0] for name in index.id[corpus.train]}.isdisjoint(index.id[corpus.validation])
    voices.write(tmp_path, corpus)
    assert sorted(voice.speaker for voice in voices.read(tmp_path)) == ["f2", "m3"]


@pytest.mark.parametrize("speed", [0.9, 1.1])
def test_time_and_pitch_follow_the_speed(small_corpus: Path, tiny_config: Config, speed: float) -> None:
    def record(speed: float) -> Record:
        audio = small_corpus / "wavs" / "en_f2_7.wav"
        found = prepare_clip(
            Utterance("a", "f2", "en", "a", "a", audio, speed=speed), tiny_config, Frontend("phonemes", {})
        )
        assert isinstance(found, Record)
        return found

    before, after = record(1.0), record(speed)
    assert len(after.audio) / len(before.audio) == pytest.approx(1 / speed, rel=0.02)
    pitch = [float(np.median(each.log_f0[each.voiced])) for each in (before, after)]
    assert np.exp(pitch[1] - pitch[0]) == pytest.approx(speed, rel=0.02)
