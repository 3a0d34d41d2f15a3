"""The index of a prepared corpus, and which utterances are for validation."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.config import Config, digest
from xtts_jax.data.chunks import ChunkReport, Entry, hash_fraction, split_into_chunks
from xtts_jax.data.index import Index, index_of, load_index, save_index
from xtts_jax.data.labels import Labels
from xtts_jax.data.rows import Utterance
from xtts_jax.errors import UserError
from xtts_jax.text.tokenizer import Tokenizer

SPEAKERS = [f"s{i}" for i in range(40)]


def indexed(config: Config, speaker_fraction: float, speakers: list[str] = SPEAKERS) -> Index:
    entries = tuple(
        Entry(f"{speaker}-{i:02d}", speaker, "en", "", 100, f"{i:x}")
        for speaker in speakers
        for i in range(50)
    )
    data = dataclasses.replace(config.data, validation_speaker_fraction=speaker_fraction)
    report = ChunkReport("shard", 1, entries, ())
    return index_of([report], Tokenizer.build([""], ["en"], "none"), data)


def test_held_out_speakers_are_for_validation_and_the_others_keep_their_side(
    tiny_config: Config,
) -> None:
    none_held, some_held = indexed(tiny_config, 0.0), indexed(tiny_config, 0.2)
    held = {speaker for speaker in SPEAKERS if hash_fraction(speaker) < 0.2}
    assert 3 < len(held) < 15
    of_held = [speaker in held for speaker in some_held.speaker]
    assert some_held.validation[of_held].all()
    others = [not each for each in of_held]
    assert (some_held.validation[others] == none_held.validation[others]).all()
    assert 0 < some_held.validation[others].mean() < 0.1


def test_holding_out_every_speaker_is_refused(tiny_config: Config) -> None:
    (unlucky, *_) = sorted(SPEAKERS, key=hash_fraction)
    with pytest.raises(UserError, match=f"{unlucky}.*Lower it"):
        indexed(tiny_config, 0.2, [unlucky])


def test_emotions_are_stored_and_an_older_index_has_none(tiny_config: Config, tmp_path: Path) -> None:
    index = indexed(tiny_config, 0.0)
    labelled = index._replace(emotion=Labels.of(np.where(index.speaker[:] == "s1", "sad", "")))
    save_index(tmp_path / "index.npz", labelled)
    assert (load_index(tmp_path / "index.npz").emotion[:] == labelled.emotion[:]).all()
    before = index._asdict() | {"speaker": index.speaker[:], "language": index.language[:]}
    del before["emotion"]
    np.savez_compressed(tmp_path / "index.npz", allow_pickle=False, **before)
    older = load_index(tmp_path / "index.npz")
    assert older.emotion[:].tolist() == [""] * len(index.id)
    for name in ("id", "speaker", "language", "frames", "shard_names"):
        assert (getattr(older, name)[:] == getattr(index, name)[:]).all()


def test_only_a_label_changes_the_name_of_its_chunk(tmp_path: Path) -> None:
    audio = tmp_path / "a.wav"
    audio.write_bytes(b"sound")
    unlabelled = Utterance("a", "Ann", "en", "Oh", "", audio)
    names = {
        emotion: split_into_chunks((unlabelled._replace(emotion=emotion),), tmp_path)[0].name
        for emotion in ("", "sad", "angry")
    }
    assert len(set(names.values())) == 3
    content = [[*unlabelled[:5], "a.wav", 5, int(audio.stat().st_mtime)]]  # as before emotions existed
    assert names[""] == digest(content) + digest(content, "wide")
