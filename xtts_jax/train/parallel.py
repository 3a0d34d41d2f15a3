"""Data parallelism over local and remote devices. The only module that uses pmap."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from flax import jax_utils

from xtts_jax.errors import UserError
from xtts_jax.train.step import DEVICES


def compile_step(step: Callable, *, donate_state: bool) -> Callable:
    """`step` over all devices: every argument and result has a leading axis of local devices."""
    return jax.pmap(step, axis_name=DEVICES, donate_argnums=(0,) if donate_state else ())


def replicate(tree: Any) -> Any:
    """A copy on every local device, laid out as a compiled step returns it, so that it compiles only once."""
    return jax.pmap(lambda x: x, axis_name=DEVICES)(jax_utils.replicate(tree))


def unreplicate(tree: Any) -> Any:
    return jax.tree.map(lambda x: x.addressable_shards[0].data[0], tree)


def shard(tree: Any) -> Any:
    """The leading axis of every array, split over this process's devices."""
    devices = jax.local_device_count()
    return jax.tree.map(lambda x: np.reshape(x, (devices, -1, *x.shape[1:])), tree)


def check_batch_size(batch_size: int, accumulate: int) -> None:
    parts = jax.device_count() * accumulate
    if batch_size % parts:
        raise UserError(
            f"train.batch_size is {batch_size}, which {jax.device_count()} devices with train.accumulate="
            f"{accumulate} cannot share evenly. Set train.batch_size to a multiple of {parts}."
        )
