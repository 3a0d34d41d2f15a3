"""Data parallelism over local and remote devices. The only module that uses pmap."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from flax import jax_utils

from xtts_jax.errors import UserError
from xtts_jax.train.step import DEVICES

_OUT_OF_MEMORY = "RESOURCE_EXHAUSTED"


def compile_step(step: Callable, *, donate_state: bool) -> Callable:
    """`step` over all devices: every argument and result has a leading axis of local devices."""
    return jax.pmap(step, axis_name=DEVICES, donate_argnums=(0,) if donate_state else ())


class Programs:
    """A step over all devices, compiled for each shape of a batch when that first comes. Donates the state.

    report: gets the seconds that every program took to compile and the bytes that it needs. In a group of
    processes the latter are 0: what pmap compiles ahead would then take global arrays.
    """

    def __init__(self, step: Callable, report: Callable[[float, int], None]) -> None:
        self._step, self._report = compile_step(step, donate_state=True), report
        self._compiled: dict[tuple, Callable] = {}

    def __call__(self, state: Any, batch: Any) -> Any:
        shapes = tuple(leaf.shape for leaf in jax.tree.leaves(batch))
        if jax.process_count() > 1:
            return self._dispatched(shapes, state, batch)
        if shapes not in self._compiled:
            start = time.perf_counter()
            program = self._step.lower(state, batch).compile()
            spent = time.perf_counter() - start
            self._report(spent, memory_needed(program))
            self._compiled[shapes] = program
        return self._compiled[shapes](state, batch)

    def _dispatched(self, shapes: tuple, state: Any, batch: Any) -> Any:
        """By pmap itself, which compiles what is new before it returns."""
        start = time.perf_counter()
        result = self._step(state, batch)
        if shapes not in self._compiled:
            self._report(time.perf_counter() - start, 0)
            self._compiled[shapes] = self._step
        return result


def memory_needed(program: Any) -> int:
    """Bytes that a compiled program needs on each device; 0 where the compiler does not say."""
    if (sizes := program.memory_analysis()) is None:
        return 0
    needed = sizes.argument_size_in_bytes + sizes.temp_size_in_bytes
    return needed + sizes.output_size_in_bytes - sizes.alias_size_in_bytes


def memory_there() -> int:
    """Bytes of memory of a device; 0 where it is unknown, as on a CPU."""
    return (jax.local_devices()[0].memory_stats() or {}).get("bytes_limit", 0)


def memory_of_step(step: Callable, state: Any, batch: Any, rows: int) -> float:
    """Bytes that a step over `rows` rows like those of `batch` needs on a device; infinite if it is refused.

    It is compiled for the first device of this process alone, so that one process of a group can do it.
    """
    compiled = compile_step(step, donate_state=True) if jax.device_count() == 1 else _alone(step)
    states = jax.tree.map(lambda x: jax.ShapeDtypeStruct((1, *x.shape), x.dtype), state)
    shares = jax.tree.map(lambda x: jax.ShapeDtypeStruct((1, rows, *x.shape[1:]), x.dtype), batch)
    try:
        return memory_needed(compiled.lower(states, shares).compile())
    except jax.errors.JaxRuntimeError as error:
        if _OUT_OF_MEMORY not in str(error):
            raise
        return math.inf


def _alone(step: Callable) -> Callable:
    """As `compile_step`, over the first device of this process: in a group pmap cannot lower mere shapes."""
    mesh = jax.sharding.Mesh(np.array(jax.local_devices()[:1]), (DEVICES,))
    spec = jax.sharding.PartitionSpec(DEVICES)

    def share(*given: Any) -> Any:
        result = step(*jax.tree.map(lambda x: x[0], given))
        return jax.tree.map(lambda x: x[None], result)

    over_mesh = jax.shard_map(share, mesh=mesh, in_specs=spec, out_specs=spec, check_vma=False)
    return jax.jit(over_mesh, donate_argnums=(0,))


@contextmanager
def memory_explained(batch_size: int, accumulate: int) -> Iterator[None]:
    """Turns a device's lack of memory into a `UserError`."""
    try:
        yield
    except jax.errors.JaxRuntimeError as error:
        if _OUT_OF_MEMORY not in str(error):
            raise
        raise UserError(
            f"The device has too little memory for train.batch_size={batch_size} with train.accumulate="
            f"{accumulate}. Halve train.batch_size, or double train.accumulate, which computes the same step "
            "in smaller parts; then run the same command again."
        ) from error


def replicate(tree: Any) -> Any:
    """A copy on every local device, laid out as a compiled step returns it, so that it compiles only once."""
    return jax.pmap(lambda x: x, axis_name=DEVICES)(jax_utils.replicate(tree))


def unreplicate(tree: Any) -> Any:
    return jax.tree.map(lambda x: x.addressable_shards[0].data[0], tree)


def unshard(x: jax.Array) -> np.ndarray:
    """What this process's devices hold of a result, one device's rows after the other's."""
    return np.concatenate([np.asarray(part.data[0]) for part in x.addressable_shards])


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
