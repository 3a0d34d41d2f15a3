"""One recording, several voices: what is played at other speeds, and on which side of the split."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from xtts_jax import voices
from xtts_jax.config import Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.clips import prepare_clip
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.layouts import Utterance
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.shards import Record
from xtts_jax.data.speeds import with_speeds
from xtts_jax.prepare import prepare
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


def test_only_what_is_trained_on_is_played_at_other_speeds(small_corpus: Path, played: Config) -> None:
    recorded = read_manifest(small_corpus, "en", text_needed=True).utterances
    training = [each for each in recorded if hash_fraction(each.id) >= 0.2]
    assert 0 < len(training) < len(recorded)
    varied = with_speeds(recorded, played.data)
    assert [each for each in varied if each.speed == 1] == list(recorded)
    for speed in (0.9, 1.1):
        others = [each for each in varied if each.speed == speed]
        assert [each.id for each in others] == [f"{each.id}@{speed}" for each in training]
        assert [each.speaker for each in others] == [f"{each.speaker}@{speed}" for each in training]
        assert [each.audio for each in others] == [each.audio for each in training]
    assert [each.id for each in varied] == sorted(each.id for each in varied)


def test_a_held_out_speaker_is_not_played_at_other_speeds(small_corpus: Path, played: Config) -> None:
    recorded = read_manifest(small_corpus, "en", text_needed=True).utterances
    first, second = sorted({each.speaker for each in recorded}, key=hash_fraction)
    between = (hash_fraction(first) + hash_fraction(second)) / 2
    data = dataclasses.replace(played.data, validation_speaker_fraction=between, validation_fraction=1e-9)
    varied = with_speeds(recorded, data)
    assert {each.speaker for each in varied} == {first, second, f"{second}@0.9", f"{second}@1.1"}


def test_a_corpus_has_the_voices_and_validates_on_recordings_alone(played: Config, tmp_path: Path) -> None:
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
