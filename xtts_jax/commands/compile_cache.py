"""Compiled functions, kept so that a command compiles almost nothing when it starts again."""

import os
from pathlib import Path

import jax

from xtts_jax.errors import UserError

FOLDER = Path(".cache") / "jax"
IN_RUN = Path("compiled")  # in the run folder
MIN_COMPILE_S = 0.5  # functions that compile faster are not kept


def require_device() -> None:
    """Raises `UserError` where JAX_PLATFORMS or XLA_FLAGS leave JAX nothing to compute with."""
    try:
        jax.devices()
    except (RuntimeError, AssertionError, ValueError) as error:
        given = {name: os.environ.get(name, "") for name in ("JAX_PLATFORMS", "XLA_FLAGS")}
        said = " and ".join(f"{name} is {value!r}" for name, value in given.items() if value)
        reason = f"{error}".splitlines()[0] if f"{error}" else "it gives no reason"
        raise UserError(
            f"JAX has no device to compute with: {reason.rstrip('.')}. "
            + (f"{said}: unset it, or install the jax for that device." if said else "Install jax anew.")
        ) from error


def use_compile_cache(folder: Path = FOLDER) -> None:
    """Keeps compiled functions in `folder`, if JAX's own variables are not set.

    JAX_COMPILATION_CACHE_DIR names another folder; JAX_ENABLE_COMPILATION_CACHE=false keeps nothing.
    """
    require_device()
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        jax.config.update("jax_compilation_cache_dir", str(folder.absolute()))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", MIN_COMPILE_S)
