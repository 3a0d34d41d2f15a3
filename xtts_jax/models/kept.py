"""Functions kept as they were traced, so that a program that starts again neither traces nor compiles.

JAX's compile cache spares the compiling alone, and tracing a speech model takes longer than saying a
sentence. The files are in the folder of that cache, and only where there is one.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import get_ident
from typing import Any

import jax
from jax import export

_FOLDER = "traced"  # in the compile cache
_PACKAGE = Path(__file__).parents[1]
_SETTINGS = ("jax_enable_x64", "jax_default_matmul_precision", "jax_default_prng_impl")


class Kept:
    """A jitted function of arrays, traced once for each of their shapes.

    name, identity: tell it from every other function of this package; `identity` is all that it closes over,
    and its `repr` must show every difference. returns: makes the result of its leaves. `static_argnames` are
    given by name.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        identity: object,
        *,
        returns: Callable[..., Any],
        static_argnames: Sequence[str] = (),
    ) -> None:
        self.function, self._identity, self._returns = function, (name, repr(identity)), returns
        self._jitted = jax.jit(function, static_argnames=tuple(static_argnames))
        self._traced: dict[Hashable, Callable[..., Any]] = {}  # by shapes, from leaves to leaves

    def __call__(self, *args: Any, **static: Hashable) -> Any:
        folder = _folder()
        if folder is None:
            return self._jitted(*args, **static)
        leaves, tree = jax.tree.flatten(args)
        key = tuple(map(jax.typeof, leaves)), tree, tuple(sorted(static.items()))
        if key not in self._traced:
            kinds = tuple(map(str, key[0]))  # takes longer than looking the key up
            name = repr((self._identity, (kinds, *key[1:])))
            path = folder / hashlib.sha256(name.encode()).hexdigest()
            traced = _read(path) or self._trace(path, leaves, tree, static)
            self._traced[key] = jax.jit(traced.call)
        return self._returns(*self._traced[key](*leaves))

    def _trace(self, path: Path, leaves: Sequence[Any], tree: Any, static: dict[str, Any]) -> export.Exported:
        def flat(*leaves: Any) -> list[Any]:
            return jax.tree.leaves(self._jitted(*jax.tree.unflatten(tree, leaves), **static))

        traced = export.export(jax.jit(flat))(*leaves)
        _write(path, traced)
        return traced


def _folder() -> Path | None:
    """That of this version of the package and of JAX, on this machine; None where nothing is to be kept."""
    parent = jax.config.values["jax_compilation_cache_dir"]
    if not parent or not jax.config.values["jax_enable_compilation_cache"]:
        return None
    return Path(parent) / _FOLDER / _surroundings()


@cache
def _surroundings() -> str:
    sources = sorted((str(path), path.stat().st_mtime_ns) for path in _PACKAGE.rglob("*.py"))
    devices = [(device.platform, device.device_kind) for device in jax.devices()]
    settings = os.environ.get("XLA_FLAGS"), [jax.config.values[name] for name in _SETTINGS]
    return hashlib.sha256(repr((jax.__version__, sources, devices, settings)).encode()).hexdigest()


def _read(path: Path) -> export.Exported | None:
    """None where there is none, or none that can be read."""
    try:
        return export.deserialize(bytearray(path.read_bytes()))
    except Exception:  # there are many types: whatever is wrong, tracing again mends it
        return None


def _write(path: Path, traced: export.Exported) -> None:
    """Not where the folder cannot be written: it is only slower next time."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{get_ident()}")
    try:
        if not path.parent.exists():
            shutil.rmtree(path.parents[1], ignore_errors=True)  # those that other versions left
            path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(traced.serialize())
        temporary.replace(path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
