"""What the validation pass changes in order to see what the model listens to."""

import numpy as np

from xtts_jax.data.batching import Bucket, PlannedBatch
from xtts_jax.train.acoustic.validation import references_exchanged

SPEAKERS = np.array(["ann", "ann", "bob", "ann", "bob", "cy"])


def planned(*indices: int) -> PlannedBatch:
    rows = np.array(indices)
    return PlannedBatch(Bucket(8, 16), rows, 100 + rows, 200 + rows)


def test_references_are_exchanged_between_speakers() -> None:
    exchanged = references_exchanged(planned(0, 1, 2, 3), np.ones(4, bool), SPEAKERS)
    assert exchanged.indices.tolist() == [0, 1, 2, 3]
    assert exchanged.reference_indices.tolist() == [102, 102, 103, 102]
    assert exchanged.crop_seeds.tolist() == [202, 202, 203, 202]


def test_padding_lends_no_reference_and_one_speaker_keeps_its_own() -> None:
    valid = np.array([True, True, False, False])
    exchanged = references_exchanged(planned(0, 1, 2, 5), valid, SPEAKERS)
    assert exchanged.reference_indices[:2].tolist() == [100, 101]
