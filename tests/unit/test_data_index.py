"""Which utterances of a prepared corpus validate."""

import dataclasses

import pytest

from xtts_jax.config import Config
from xtts_jax.data.chunks import ChunkReport, Entry, hash_fraction
from xtts_jax.data.index import Index, index_of
from xtts_jax.errors import UserError
from xtts_jax.text.tokenizer import Tokenizer

SPEAKERS = [f"s{i}" for i in range(40)]


def indexed(config: Config, speaker_fraction: float, speakers: list[str] = SPEAKERS) -> Index:
    entries = tuple(
        Entry(f"{speaker}-{i:02d}", speaker, "en", "", 100, f"{speaker}{i}")
        for speaker in speakers
        for i in range(50)
    )
    data = dataclasses.replace(config.data, validation_speaker_fraction=speaker_fraction)
    report = ChunkReport("shard", 1, entries, ())
    return index_of([report], Tokenizer.build([""], ["en"], "none"), data)


def test_all_that_a_held_out_speaker_says_validates_and_the_others_keep_their_side(
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


def test_a_corpus_whose_every_speaker_is_held_out_is_refused(tiny_config: Config) -> None:
    (unlucky, *_) = sorted(SPEAKERS, key=hash_fraction)
    with pytest.raises(UserError, match=f"{unlucky}.*Lower it"):
        indexed(tiny_config, 0.2, [unlucky])
