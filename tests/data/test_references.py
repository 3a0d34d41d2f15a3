"""References against a search through all recordings."""

import numpy as np
import pytest

from xtts_jax.data.index import Index
from xtts_jax.data.labels import Labels
from xtts_jax.data.references import References

ROWS = 60


@pytest.fixture(scope="module")
def index() -> Index:
    random = np.random.default_rng(0)
    nothing = np.zeros(ROWS, np.int32)
    return Index(
        id=np.arange(ROWS).astype(str),
        speaker=Labels.of(random.choice(["a", "b", "c"], ROWS)),
        language=Labels.of(["en"] * ROWS),
        emotion=Labels.of(random.choice(["", "sad", "happy"], ROWS)),
        shard=nothing,
        position=nothing,
        tokens=nothing,
        frames=nothing,
        audio=nothing,
        validation=np.zeros(ROWS, bool),
        shard_names=np.array(["x"]),
        shard_bytes=np.array([0]),
    )


@pytest.mark.parametrize("every", [1, 2, 9])
def test_references_are_drawn_evenly_from_others_of_the_voice_and_emotion(index: Index, every: int) -> None:
    members = np.arange(0, ROWS, every, dtype=np.int32)
    references = References(index, members)
    for i in range(ROWS):
        alike = (index.speaker[members] == index.speaker[i]) & (index.emotion[members] == index.emotion[i])
        others = members[alike & (members != i)]
        drawn = [references.pick(i, (n + 0.5) / max(1, len(others))) for n in range(max(1, len(others)))]
        assert drawn == (others.tolist() or [i])
        assert references.knows_voice_of(i) == (index.speaker[i] in index.speaker[members])


def test_an_unknown_voice_has_no_reference(index: Index) -> None:
    references = References(index, index.speaker.rows_of("a", np.arange(ROWS)))
    (stranger, *_) = index.speaker.rows_of("b", np.arange(ROWS))
    assert not references.knows_voice_of(stranger) and references.pick(stranger, 0.5) == stranger
