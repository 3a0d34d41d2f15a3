"""The optimizer: which params are trained, and the learning rate."""

from collections.abc import Collection, Hashable, Mapping
from types import MappingProxyType

import jax
import optax

from xtts_jax.config import Optim
from xtts_jax.errors import UserError
from xtts_jax.train.health import leaf_names
from xtts_jax.train.state import Params


def learning_rate(optim: Optim, steps: int) -> optax.Schedule:
    """Linear warm-up, then a cosine down to `final_fraction` of the peak at the last step."""
    warmup = min(optim.warmup_steps, max(steps // 10, 1))
    return optax.warmup_cosine_decay_schedule(
        init_value=optim.learning_rate / max(warmup, 1),
        peak_value=optim.learning_rate,
        warmup_steps=warmup,
        decay_steps=max(steps, warmup + 1),
        end_value=optim.learning_rate * optim.final_fraction,
    )


def is_frozen(path: str, freeze: tuple[str, ...]) -> bool:
    """Whether `freeze` names this path or a module that contains it."""
    return any(f"{path}/".startswith(f"{name}/") for name in freeze)


def labels(params: Params, freeze: tuple[str, ...], apart: Collection[str] = ()) -> Params:
    """A tree like params with "trained" or "frozen" at every leaf, or the name of its module in `apart`."""
    paths = leaf_names(params)
    for name in freeze:
        if not any(is_frozen(path, (name,)) for path in paths):
            raise UserError(
                f"optim.freeze names {name!r}, which is not a module of this model. Modules: "
                f"{', '.join(sorted(params))}. A part of one is named like voice_encoder/speaker."
            )
    frozen = [is_frozen(path, freeze) for path in paths]
    if all(frozen):
        raise UserError(
            "optim.freeze names every module of the model: nothing is left to train. Remove some of them."
        )
    modules = [path.split("/")[0] for path in paths]
    trained = [module if module in apart else "trained" for module in modules]
    named = ["frozen" if each else label for each, label in zip(frozen, trained, strict=True)]
    return jax.tree.unflatten(jax.tree.structure(params), named)


def make_optimizer(
    optim: Optim,
    schedule: optax.Schedule | float,
    params: Params,
    apart: Mapping[str, optax.GradientTransformation] = MappingProxyType({}),
) -> optax.GradientTransformation:
    """`adamw` for what is trained; what `optim.freeze` names stays as it is.

    apart: modules that have an optimizer of their own, which clips their gradients alone.
    """
    transforms: dict[Hashable, optax.GradientTransformation] = {
        "trained": adamw(optim, schedule),
        "frozen": optax.set_to_zero(),
        **apart,
    }
    return optax.partition(transforms, labels(params, optim.freeze, apart))


def adamw(optim: Optim, schedule: optax.Schedule | float) -> optax.GradientTransformation:
    """AdamW behind global-norm clipping (Loshchilov & Hutter 2019); matrices decay, vectors do not."""
    return optax.chain(
        optax.clip_by_global_norm(optim.clip_norm),
        optax.adamw(
            schedule,
            b1=optim.b1,
            b2=optim.b2,
            weight_decay=optim.weight_decay,
            mask=lambda tree: jax.tree.map(lambda leaf: leaf.ndim > 1, tree),
        ),
    )


def describe_modules(params: Params, optim: Optim, rates: Mapping[str, float] = MappingProxyType({})) -> str:
    """The start-up table: each module's size, and whether it is trained or frozen.

    rates: peak learning rates, of modules that have their own.
    """
    rows = []
    for name, module in params.items():
        parts = [part for part in optim.freeze if part.startswith(f"{name}/")]
        trained = f"trained, peak learning rate {rates.get(name, optim.learning_rate):g}"
        trained += f", except {', '.join(parts)}" if parts else ""
        size = sum(leaf.size for leaf in jax.tree.leaves(module))
        rows.append(f"  {name:20s} {size:12,d}   {'frozen' if is_frozen(name, optim.freeze) else trained}")
    total = sum(leaf.size for leaf in jax.tree.leaves(params))
    return "\n".join([*rows, f"  {'all':20s} {total:12,d}   parameters"])
