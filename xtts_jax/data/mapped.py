"""Arrays of a file, read when they are used: a long column takes memory for no more than its used parts."""

import zipfile
from pathlib import Path
from typing import BinaryIO

import numpy as np

_LOCAL_HEADER = 30  # bytes of a member's header before its name
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def map_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an .npz file by name; compressed and empty ones are loaded.

    Raises `OSError`, `ValueError`, `EOFError` or `zipfile.BadZipFile` for a missing or damaged file.
    """
    with (
        np.load(path, allow_pickle=False) as columns,
        zipfile.ZipFile(path) as archive,
        path.open("rb") as file,
    ):
        return {
            name: _mapped(path, file, member) if _is_plain(member) else columns[name]
            for name, member in zip(columns.files, archive.infolist(), strict=True)
        }


def _is_plain(member: zipfile.ZipInfo) -> bool:
    return member.compress_type == zipfile.ZIP_STORED


def _mapped(path: Path, file: BinaryIO, member: zipfile.ZipInfo) -> np.ndarray:
    file.seek(member.header_offset + _LOCAL_HEADER - 4)
    name, extra = np.frombuffer(file.read(4), "<u2")
    file.seek(int(name) + int(extra), 1)
    shape, is_fortran, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
    if is_fortran or file.tell() + dtype.itemsize * int(np.prod(shape)) > path.stat().st_size:
        raise ValueError(f"{member.filename} is damaged")
    if not np.prod(shape) or not dtype.itemsize:
        return np.empty(shape, dtype)
    return np.asarray(np.memmap(path, dtype, "r", file.tell(), shape))
