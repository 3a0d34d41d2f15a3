"""Arrays that stay on disk until they are used."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.data.mapped import map_arrays

ARRAYS = {
    "numbers": np.arange(7, dtype=np.int64),
    "names": np.array(["a", "bcd", "ه"]),
    "flags": np.array([True, False]),
    "none": np.zeros(0, np.int32),
}


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_are_those_that_were_saved(tmp_path: Path, save) -> None:
    save(tmp_path / "arrays.npz", **ARRAYS)
    found = map_arrays(tmp_path / "arrays.npz")
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)


def test_plain_arrays_are_mapped_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    np.savez(path, **ARRAYS)
    numbers = map_arrays(path)["numbers"]
    assert isinstance(numbers.base, np.memmap)
    with path.open("r+b") as file:
        file.seek(path.read_bytes().index(ARRAYS["numbers"].tobytes()))
        file.write(np.int64(99).tobytes())
    assert numbers[0] == 99


def test_damaged_files_are_errors(tmp_path: Path) -> None:
    path = tmp_path / "arrays.npz"
    np.savez(path, **ARRAYS)
    whole = path.read_bytes()
    for damaged in (b"", whole[:100], whole[:-30], whole.replace(b"NUMPY", b"NUMBY")):
        path.write_bytes(damaged)
        with pytest.raises((OSError, ValueError, EOFError, zipfile.BadZipFile)):
            map_arrays(path)
