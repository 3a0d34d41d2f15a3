"""What every step shows of a model's health: gradients, and how far each module moves.

Computed inside the compiled step, always; `train.rules` reads it.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.train.state import Params, TrainState

Metrics = dict[str, Float[Array, "..."]]

ROUNDING = 1e-6  # relative, of float32 over a few operations


def leaf_norms(tree: Params) -> Params:
    return jax.tree.map(lambda leaf: jnp.sqrt(jnp.sum(jnp.square(leaf))), tree)


def total_norm(norms: Params) -> Float[Array, ""]:
    """The norm of a whole tree, from those of its leaves."""
    return jnp.sqrt(sum(jnp.square(norm) for norm in jax.tree.leaves(norms)))


def movement(before: TrainState, after: TrainState, grad_norms: Params) -> Metrics:
    """Each module's gradient norm, update ratio, and share of parameters that stand still.

    A parameter stands still if this step left it unchanged and it equals its moving average, if it has one,
    which lags behind whatever moves.
    """
    metrics: Metrics = {"leaf_grad_norm": jnp.stack(jax.tree.leaves(grad_norms))}
    for name, new in after.params.items():
        old = before.params[name]
        average = before.ema.get(name, old)
        step = jax.tree.map(jnp.subtract, new, old)
        still = jax.tree.map(_standing_still, new, old, average)
        size = sum(leaf.size for leaf in jax.tree.leaves(new))
        metrics |= {
            f"grad_norm/{name}": total_norm(grad_norms[name]),
            f"update_ratio/{name}": total_norm(leaf_norms(step)) / (total_norm(leaf_norms(old)) + 1e-12),
            f"unmoved/{name}": jnp.stack(jax.tree.leaves(still)).sum() / size,
        }
    return metrics


def _standing_still(new: Array, old: Array, average: Array) -> Array:
    """The number of parameters; an average of equal values may be off by rounding."""
    return jnp.sum((new == old) & (jnp.abs(old - average) <= ROUNDING * jnp.abs(old)))


def leaf_names(params: Params) -> list[str]:
    """The path of every leaf, in the order of `leaf_grad_norm`."""
    paths = jax.tree_util.tree_leaves_with_path(params)
    return ["/".join(str(entry.key) for entry in path) for path, _ in paths]


def loggable(metrics: dict[str, np.ndarray], names: list[str]) -> dict[str, Any]:
    """The metrics of a step as a log holds them: scalars, and the names of leaves without gradient."""
    arrays = ("leaf_grad_norm", "utterance_finite")
    scalars = {name: float(value) for name, value in metrics.items() if name not in arrays}
    norms = metrics["leaf_grad_norm"]
    return scalars | {
        "leaves_without_gradient": [name for name, norm in zip(names, norms, strict=True) if norm == 0]
    }
