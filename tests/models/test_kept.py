"""Functions that are traced once, also over several starts."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from xtts_jax.models.kept import Kept


class Sums(NamedTuple):
    scaled: jax.Array
    total: jax.Array


class Pair(NamedTuple):
    first: jax.Array | np.ndarray
    second: jax.Array | np.ndarray | None = None


traced: list[int] = []


def sums(pair: Pair, factor: jax.Array, *, power: int) -> Sums:
    traced.append(power)
    other = 0 if pair.second is None else pair.second
    first = jnp.asarray(pair.first)
    return Sums(first * factor + other, (first**power).sum())


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    before = jax.config.values["jax_compilation_cache_dir"]
    jax.config.update("jax_compilation_cache_dir", str(tmp_path))
    traced.clear()
    yield tmp_path
    jax.config.update("jax_compilation_cache_dir", before)


def started(identity: object = "first") -> Kept:
    return Kept(sums, "sums", identity, returns=Sums, static_argnames=["power"])


def call(kept: Kept, size: int = 3, power: int = 2, second: float | None = None) -> Sums:
    first = np.arange(size, dtype=np.float32)
    other = None if second is None else np.full(size, second, np.float32)
    return kept(Pair(first, other), np.float32(2), power=power)


def files(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("traced/*/*") if path.is_file()]


def test_the_second_start_does_not_trace(cache: Path) -> None:
    expected = call(started())
    assert traced == [2]
    again = call(started())
    assert traced == [2]
    np.testing.assert_array_equal(again.scaled, expected.scaled)
    assert float(again.total) == float(expected.total) == 5


def test_shapes_statics_structure_and_identity_are_told_apart(cache: Path) -> None:
    kept = started()
    assert call(kept).scaled.tolist() == [0, 2, 4]
    assert call(kept, size=2).scaled.tolist() == [0, 2]
    assert float(call(kept, power=3).total) == 9
    assert call(kept, second=1).scaled.tolist() == [1, 3, 5]
    call(started("second"))
    assert len(files(cache)) == 5


def test_a_damaged_file_is_traced_again(cache: Path) -> None:
    call(started())
    (path,) = files(cache)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert call(started()).scaled.tolist() == [0, 2, 4]
    assert path.stat().st_size > len(whole) // 2


def test_files_of_other_versions_are_removed(cache: Path) -> None:
    older = cache / "traced" / "older" / "file"
    older.parent.mkdir(parents=True)
    older.write_text("")
    call(started())
    assert not older.exists()


def test_without_a_compile_cache_nothing_is_kept(cache: Path) -> None:
    jax.config.update("jax_compilation_cache_dir", None)
    assert call(started()).scaled.tolist() == [0, 2, 4]
    assert not list(cache.rglob("*"))


def test_a_folder_that_cannot_be_written_is_no_error(cache: Path) -> None:
    (cache / "traced").write_text("a file where the folder should be")
    assert jnp.asarray(call(started()).scaled).tolist() == [0, 2, 4]
