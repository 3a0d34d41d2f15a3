"""Files like those of torch.save, with the same bytes where a reader looks, without PyTorch."""

import pickle
import zipfile
from pathlib import Path

import numpy as np

STORAGES = {"f4": "FloatStorage", "f2": "HalfStorage", "i8": "LongStorage"}


def write_zip(path: Path, state: dict[str, np.ndarray]) -> None:
    """A state_dict in the format of PyTorch 1.6 and later."""
    arrays = {name: np.ascontiguousarray(array) for name, array in state.items()}
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", _pickled(arrays))
        for key, array in enumerate(arrays.values()):
            archive.writestr(f"archive/data/{key}", array.tobytes())


def write_pickle(path: Path, pickled: bytes) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)


def pickled_tensor(array: np.ndarray, key: str, numel: int) -> bytes:
    """The pickle opcodes of a tensor in a storage of `numel` elements."""
    strides = [step // array.itemsize for step in array.strides]
    storage = _tuple(
        _text("storage"),
        _global("torch", STORAGES[array.dtype.str[1:]]),
        _text(key),
        _text("cpu"),
        _int(numel),
    )
    layout = _int(0) + _tuple(*map(_int, array.shape)) + _tuple(*map(_int, strides))
    hooks = pickle.NEWFALSE + _global("collections", "OrderedDict") + _tuple() + pickle.REDUCE
    arguments = _tuple(storage + pickle.BINPERSID, layout, hooks)
    return _global("torch._utils", "_rebuild_tensor_v2") + arguments + pickle.REDUCE


def _pickled(arrays: dict[str, np.ndarray]) -> bytes:
    items = [
        _text(name) + pickled_tensor(array, str(key), array.size)
        for key, (name, array) in enumerate(arrays.items())
    ]
    body = pickle.EMPTY_DICT + pickle.MARK + b"".join(items) + pickle.SETITEMS
    return pickle.PROTO + b"\x02" + body + pickle.STOP


def _text(value: str) -> bytes:
    return pickle.BINUNICODE + len(value.encode()).to_bytes(4, "little") + value.encode()


def _int(value: int) -> bytes:
    return pickle.BININT + value.to_bytes(4, "little", signed=True)


def _tuple(*parts: bytes) -> bytes:
    return pickle.MARK + b"".join(parts) + pickle.TUPLE


def _global(module: str, name: str) -> bytes:
    return pickle.GLOBAL + f"{module}\n{name}\n".encode()
