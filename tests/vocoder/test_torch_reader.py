"""Weights as PyTorch saved them, and files that must be refused."""

import io
import pickle
from pathlib import Path

import numpy as np
import pytest
from torch_file import pickled_tensor, write_pickle, write_zip

from xtts_jax.errors import UserError
from xtts_jax.vocoder.public_weights import fold_weight_norm
from xtts_jax.vocoder.torch_reader import read_torch

GRID = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.fixture(params=["torch_zip.pth", "torch_legacy.pth"])
def state(request: pytest.FixtureRequest, root: Path) -> dict[str, np.ndarray]:
    """The same tensors, written by PyTorch in its new and in its old format."""
    return read_torch(root / "tests" / "golden" / request.param)["generator"]


def test_tensors_come_as_pytorch_saved_them(state):
    expected = {
        "transposed": GRID.T,
        "inside": GRID[1:, 1:3],
        "half": GRID.astype(np.float16),
        "bfloat16": GRID,
        "double": GRID.astype(np.float64),
        "int64": np.arange(3),
        "scalar": np.array(2.5, np.float32),
        "parameter": GRID,
    }
    for name, array in expected.items():
        assert (state[name].shape, state[name].dtype) == (array.shape, array.dtype), name
        np.testing.assert_array_equal(state[name], array, name)


@pytest.mark.parametrize("layer", ["old_conv", "old_up", "new_conv", "new_up"])
def test_weight_norm_folds_to_what_pytorch_computes(layer, state):
    own = {name: array for name, array in state.items() if name.startswith(f"{layer}.")}
    folded = fold_weight_norm(own)
    assert folded.keys() == {f"{layer}.weight", f"{layer}.bias"}
    np.testing.assert_allclose(folded[f"{layer}.weight"], state[f"expected.{layer}.weight"], atol=1e-6)


def test_a_file_made_here_reads_as_those_of_pytorch(tmp_path: Path):
    write_zip(tmp_path / "a.pth", {"x": GRID, "y": GRID.astype(np.float16)})
    state = read_torch(tmp_path / "a.pth")
    np.testing.assert_array_equal(state["x"], GRID)
    np.testing.assert_array_equal(state["y"], GRID)


def test_a_whole_module_is_refused_by_name(root: Path):
    with pytest.raises(UserError, match=r"torch\.nn\.modules\.linear\.Linear"):
        read_torch(root / "tests" / "golden" / "torch_module.pth")


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


class Builtin:
    def __reduce__(self) -> tuple:
        return eval, ("1 + 1",)


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_calls_anything_is_refused_and_calls_nothing(protocol, tmp_path: Path):
    touched = tmp_path / "touched"
    write_pickle(tmp_path / "a.pth", pickle.dumps({"x": Malicious(touched)}, protocol=protocol))
    (tmp_path / "legacy.pth").write_bytes(pickle.dumps(Malicious(touched), protocol=protocol))
    write_pickle(tmp_path / "b.pth", pickle.dumps(Builtin(), protocol=protocol))
    for name in ("a.pth", "legacy.pth", "b.pth"):
        with pytest.raises(UserError, match="which is not a tensor"):
            read_torch(tmp_path / name)
    assert not touched.exists()


def test_a_tensor_that_reaches_past_its_storage_is_refused(tmp_path: Path):
    pickled = pickle.PROTO + b"\x02" + pickled_tensor(GRID, "0", numel=11) + pickle.STOP
    write_pickle(tmp_path / "a.pth", pickled)
    with pytest.raises(UserError, match="past its storage"):
        read_torch(tmp_path / "a.pth")


@pytest.mark.parametrize("name", ["torch_zip.pth", "torch_legacy.pth"])
@pytest.mark.parametrize("kept", [0, 1, 100, 2000, 5000])
def test_a_cut_file_is_refused(name, kept, root: Path, tmp_path: Path):
    whole = (root / "tests" / "golden" / name).read_bytes()
    (tmp_path / "a.pth").write_bytes(whole[:kept])
    with pytest.raises(UserError, match=r"a\.pth"):
        read_torch(tmp_path / "a.pth")


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    with pytest.raises(UserError, match="There is no file"):
        read_torch(tmp_path / "absent.pth")
    buffer = io.BytesIO()
    np.savez(buffer, x=GRID)
    for content in (b"PK\x03\x04 nonsense", b'{"a": 1}', buffer.getvalue(), pickle.dumps({"a": 1})):
        (tmp_path / "a.pth").write_bytes(content)
        with pytest.raises(UserError, match=r"a\.pth"):
            read_torch(tmp_path / "a.pth")
