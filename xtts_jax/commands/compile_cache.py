"""Compiled functions, kept so that a command compiles almost nothing when it starts again."""

import os
from pathlib import Path

import jax

FOLDER = Path(".cache") / "jax"
IN_RUN = Path("compiled")  # in the run folder
MIN_COMPILE_S = 0.5  # functions that compile faster are not kept


def use_compile_cache(folder: Path = FOLDER) -> None:
    """Keeps compiled functions in `folder`, if JAX's own variables are not set.

    JAX_COMPILATION_CACHE_DIR names another folder; JAX_ENABLE_COMPILATION_CACHE=false keeps nothing.
    """
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        jax.config.update("jax_compilation_cache_dir", str(folder.absolute()))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", MIN_COMPILE_S)
