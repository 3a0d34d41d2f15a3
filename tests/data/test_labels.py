"""Columns of names, stored as numbers."""

import numpy as np

from xtts_jax.data.labels import Labels

COLUMN = np.array(["b", "a", "", "b", "ه"])


def test_labels_are_indexed_as_the_strings_would_be() -> None:
    labels = Labels.of(COLUMN)
    assert len(labels) == len(COLUMN) and labels.codes.dtype == np.int32
    assert str(labels[1]) == "a" and labels[:].tolist() == COLUMN.tolist()
    for rows in (slice(1, 4), np.array([4, 0]), COLUMN == "b"):
        np.testing.assert_array_equal(labels[rows], COLUMN[rows])


def test_names_and_rows_among_some() -> None:
    labels = Labels.of(COLUMN)
    assert labels.among(np.array([3, 0, 4])).tolist() == ["b", "ه"]
    assert labels.rows_of("b", np.array([1, 2, 3])).tolist() == [3]
    assert labels.rows_of("unknown", np.arange(5)).tolist() == []
    assert labels.rows_of("zz", np.arange(5)).tolist() == []
