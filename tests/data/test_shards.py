"""Records on disk."""

import zlib
from pathlib import Path

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from xtts_jax.audio.samples import to_int16
from xtts_jax.data import shards
from xtts_jax.data.shards import (
    Record,
    from_planes,
    pack,
    read_record,
    read_samples,
    to_planes,
    write_shard,
)
from xtts_jax.errors import UserError

SAMPLES = st_numpy.arrays(np.int16, st.integers(0, 300), elements=st.integers(-32768, 32767))


@given(SAMPLES, st.slices(300))
def test_planes_hold_every_sample_and_any_part_of_them(audio: np.ndarray, part: slice) -> None:
    restored = from_planes(to_planes(audio), part)
    assert restored.dtype == np.int16
    np.testing.assert_array_equal(restored, audio[part])


def test_a_shard_saves_space_on_a_smooth_signal(tmp_path: Path) -> None:
    tone = to_int16(0.3 * np.sin(np.arange(20 * 22050) * 2 * np.pi * 200 / 22050))
    write_shard(path := tmp_path / "x.arrayrecord", [record("tone", 5)._replace(audio=tone)])
    assert path.stat().st_size < 0.8 * tone.nbytes


def packed_formerly(record: Record) -> bytes:
    """A record as earlier versions packed it."""
    difference = np.diff(record.audio, prepend=np.int16(0))
    zigzag = ((difference << 1) ^ (difference >> 15)).view(np.uint16)
    planes = (zigzag >> 8).astype(np.uint8).tobytes() + (zigzag & 255).astype(np.uint8).tobytes()
    values = msgpack.unpackb(pack(record))
    del values["planes"]
    return bytes(msgpack.Packer().pack(values | {"audio": zlib.compress(planes)}))


def test_shards_of_earlier_versions_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, before = tmp_path / "x.arrayrecord", record("a", 5)
    monkeypatch.setattr(shards, "pack", packed_formerly)
    write_shard(path, [before])
    for one, other in zip(before, read_record(path, 0), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(read_samples(path, 0, slice(100, 200)), before.audio[100:200])


def record(name: str, frames: int) -> Record:
    random = np.random.default_rng(frames)
    voiced = random.random(frames) < 0.5
    log_f0 = np.where(voiced, random.uniform(4, 6, frames), 0).astype(np.float16)
    audio = random.integers(-32768, 32767, frames * 256).astype(np.int16)
    return Record(name, "Ann", "fa", "سلام", "salɒm", audio, log_f0, voiced)


def test_records_survive_a_round_trip(tmp_path: Path) -> None:
    records = [record("a", 5), record("b", 13)]
    path = tmp_path / "shards" / "x.arrayrecord"
    path.parent.mkdir()
    write_shard(path, records)
    for i, before in enumerate(records):
        for one, other in zip(before, read_record(path, i), strict=True):
            np.testing.assert_array_equal(one, other)


def test_only_the_finished_shard_is_left_in_the_folder(tmp_path: Path) -> None:
    write_shard(tmp_path / "x.arrayrecord", [record("a", 5)])
    assert [path.name for path in tmp_path.iterdir()] == ["x.arrayrecord"]


def test_a_shard_that_fails_halfway_does_not_appear(tmp_path: Path) -> None:
    def failing():
        yield record("a", 5)
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_shard(tmp_path / "x.arrayrecord", failing())
    assert not (tmp_path / "x.arrayrecord").exists()


@pytest.mark.parametrize("damage", ["missing", "cut", "flipped"])
def test_a_damaged_shard_is_a_user_error(tmp_path: Path, damage: str) -> None:
    path = tmp_path / damage / "shards" / "x.arrayrecord"
    path.parent.mkdir(parents=True)
    write_shard(path, [record("a", 500)])
    content = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    else:
        content[70_000] ^= 255
        path.write_bytes(content)
    with pytest.raises(UserError, match="damaged or missing"):
        read_record(path, 0)
