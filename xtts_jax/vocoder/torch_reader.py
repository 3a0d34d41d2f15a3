"""Reads tensors from files that `torch.save` wrote, without PyTorch and without running any code in them.

A pickle may call anything. Here it may make ordered dictionaries and tensors, and every other name in it is
refused. Both formats are read: the zip archive of PyTorch 1.6 and later, and the older stream, which the
public HiFi-GAN weights are in.
"""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from xtts_jax.errors import UserError

# The storage classes of PyTorch. bfloat16 is read as the upper half of float32.
DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "|b1",
}
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
LEGACY_PROTOCOL = 1001
_DAMAGE = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    ValueError,
    AttributeError,
    OverflowError,
    NotImplementedError,
)


class StorageType(NamedTuple):
    name: str


class Storage(NamedTuple):
    key: str
    type: StorageType
    numel: int


class View(NamedTuple):
    """A tensor whose storage is not read yet; offset, size and stride count elements."""

    storage: Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def read_torch(path: Path) -> Any:
    """The content of the file, with an array in place of each tensor (float32 for bfloat16).

    Raises `UserError` for a file that is missing, damaged, or contains anything but tensors.
    """
    try:
        with path.open("rb") as file:
            read = _read_zip if zipfile.is_zipfile(path) else _read_legacy
            return read(file)
    except FileNotFoundError as error:
        raise UserError(f"There is no file {path} to read weights from. Check its name.") from error
    except UserError as error:
        raise UserError(f"{path} cannot be read. {error}") from error
    except _DAMAGE as error:
        raise UserError(
            f"{path} is not a file of weights by torch.save, or it is damaged ({type(error).__name__}: "
            f"{error}). Download it again; TorchScript, ONNX and safetensors files are not supported."
        ) from error


def _read_zip(file: BinaryIO) -> Any:
    with zipfile.ZipFile(file) as archive:
        (pickled,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        folder = pickled.removesuffix("data.pkl")
        if f"{folder}byteorder" in archive.namelist() and archive.read(f"{folder}byteorder") != b"little":
            raise UserError("It was written on a big-endian machine; save it again on a little-endian one.")
        value = _TensorsOnly(io.BytesIO(archive.read(pickled))).load()
        return _fill(value, lambda storage: archive.read(f"{folder}data/{storage.key}"))


def _read_legacy(file: BinaryIO) -> Any:
    """The older format: pickles of magic number, protocol, machine, object and keys, then the storages."""
    magic, protocol, machine = (_TensorsOnly(file).load() for _ in range(3))
    if magic != LEGACY_MAGIC or protocol != LEGACY_PROTOCOL or not machine["little_endian"]:
        raise UserError(
            "It does not begin as a PyTorch file of a little-endian machine does. Download it again."
        )
    reader = _TensorsOnly(file)
    value = reader.load()
    found = {}
    for key in _TensorsOnly(file).load():
        storage = reader.storages[key]
        (numel,) = struct.unpack("<q", file.read(8))
        if numel != storage.numel:
            raise ValueError(f"storage {key} has {numel} elements instead of {storage.numel}")
        found[key] = file.read(numel * np.dtype(DTYPES[storage.type.name]).itemsize)
    return _fill(value, lambda storage: found[storage.key])


class _TensorsOnly(pickle.Unpickler):
    """Makes ordered dictionaries, storages and tensors, and refuses every other name in a pickle."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if module == "torch" and name in DTYPES:
            return StorageType(name)
        match module, name:
            case "collections", "OrderedDict":
                return OrderedDict
            case "torch._utils", "_rebuild_tensor_v2":
                return _view
            case "torch._utils", "_rebuild_parameter":
                return _parameter
        raise UserError(
            f"It contains {module}.{name}, which is not a tensor: loading it could run any program. Save "
            "only the weights in PyTorch, torch.save(model.state_dict(), FILE), and give that file."
        )

    def persistent_load(self, pid: Any) -> Storage:
        kind, storage_type, key, _, numel, *part = pid
        known = kind == "storage" and isinstance(storage_type, StorageType) and isinstance(key, str)
        if not known or not isinstance(numel, int) or any(part):
            raise ValueError("a storage of unknown kind")
        return self.storages.setdefault(key, Storage(key, storage_type, numel))


def _view(storage: Storage, offset: int, size: Any, stride: Any, *_: Any) -> View:
    """Replaces torch._utils._rebuild_tensor_v2, and checks that the tensor lies inside its storage."""
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    if not isinstance(storage, Storage) or len(size) != len(stride) or min(offset, *size, *stride, 0) < 0:
        raise ValueError("a tensor of unknown layout")
    last = offset + sum((count - 1) * step for count, step in zip(size, stride, strict=True))
    if 0 not in size and last >= storage.numel:
        raise ValueError("a tensor that reaches past its storage")
    return View(storage, int(offset), size, stride)


def _parameter(data: View, *_: Any) -> View:
    return data


def _fill(value: Any, load: Callable[[Storage], bytes]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(part, load) for key, part in value.items()}
    return _array(value, load(value.storage)) if isinstance(value, View) else value


def _array(view: View, stored: bytes) -> np.ndarray:
    kind = view.storage.type.name
    flat = np.frombuffer(stored, DTYPES[kind], count=view.storage.numel)
    steps = tuple(step * flat.itemsize for step in view.stride)
    array = np.lib.stride_tricks.as_strided(flat[view.offset :], view.size, steps, writeable=False)
    if kind == "BFloat16Storage":
        return (array.astype(np.uint32) << 16).view(np.float32)
    return array.copy()
