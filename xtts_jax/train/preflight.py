"""Before a long run: can this model, with these settings, learn this data at all?

A handful of steps on one batch of the user's own recordings, judged by the baselines that need no
model. That a loss falls proves nothing: a bias alone does that.
"""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from xtts_jax.data.batching import BatchPlan
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import load_batch
from xtts_jax.errors import UserError
from xtts_jax.models.features import denormalize_mel, extract
from xtts_jax.models.xtts import XTTS, apply
from xtts_jax.train import parallel
from xtts_jax.train.optimizer import make_optimizer
from xtts_jax.train.state import Params, init_state
from xtts_jax.train.step import make_train_step
from xtts_jax.train.validation import baselines
from xtts_jax.types import Batch

LEAST_MOVED = 0.5  # share of a trained module's parameters that must have changed


def preflight(model: XTTS, params: Params, corpus: Corpus) -> None:
    """Prints the table; raises `UserError` naming what did not learn. `params` are left as they were."""
    config = model.config
    print("Preflight: compiling one step on one small batch of your recordings.", flush=True)
    batch = _one_batch(corpus, model)
    # The batch is its own epoch: constant peak rate, no warm-up, and dropout stays as it is in training.
    optimizer = make_optimizer(config.optim, config.optim.learning_rate, params)
    step = parallel.compile_step(make_train_step(model, optimizer, corpus.stats), donate_state=True)
    state = parallel.replicate(init_state(params, optimizer))
    shards, history = parallel.shard(batch), []
    for _ in range(config.preflight.steps):
        state, metrics = step(state, shards)
        history.append(jax.device_get(parallel.unreplicate(metrics)))
    after = jax.device_get(parallel.unreplicate(state.params))
    moved = {name: _share_moved(params[name], after[name]) for name in params}
    mae, table = _measure(model, after, batch, corpus)
    print(_describe(table, moved, history, config.preflight.steps, config.optim.freeze))
    _judge(mae, moved, batch, model)


def _one_batch(corpus: Corpus, model: XTTS) -> Batch:
    """The shortest shape of the plan, cut to `preflight.batch_size` utterances (more if devices need it)."""
    config = model.config
    size = -(-config.preflight.batch_size // jax.local_device_count()) * jax.local_device_count()
    size *= config.train.accumulate
    small = replace(config, train=replace(config.train, batch_size=size))
    plan = BatchPlan(corpus, small)
    shortest = min(range(plan.steps_per_epoch), key=lambda i: plan[i].bucket.frames)
    return load_batch(corpus, small, plan[shortest])


def _share_moved(before: Params, after: Params) -> float:
    changed = [
        np.sum(np.asarray(a) != np.asarray(b))
        for a, b in zip(*map(jax.tree.leaves, (before, after)), strict=True)
    ]
    return float(sum(changed) / sum(leaf.size for leaf in jax.tree.leaves(before)))


def _measure(
    model: XTTS, params: Params, batch: Batch, corpus: Corpus
) -> tuple[float, dict[str, np.ndarray]]:
    """Mean absolute error of the model (nat), and the real frames of target and prediction."""

    def predict(params: Params) -> tuple[jax.Array, jax.Array, jax.Array]:
        features = extract(batch, model.config.audio, corpus.stats)
        mel = apply(model, params, lambda m: m(features, train=False)).mel
        return (
            denormalize_mel(features.mel, corpus.stats),
            denormalize_mel(mel, corpus.stats),
            features.mel_mask,
        )

    target, mel, mask = jax.device_get(jax.jit(predict)(params))
    frames = {"target": target[mask], "model": mel[mask]}
    return float(np.abs(frames["target"] - frames["model"]).mean()), frames


def _describe(
    frames: dict[str, np.ndarray], moved: dict[str, float], history: list, steps: int, freeze: tuple[str, ...]
) -> str:
    lines = [
        f"Preflight: {steps} steps on one batch",
        f"  {'mel (nat)':20s} {'min':>8s} {'max':>8s} {'mean':>8s} {'std':>8s}",
    ]
    for name, mel in frames.items():
        lines.append(f"  {name:20s} {mel.min():8.2f} {mel.max():8.2f} {mel.mean():8.2f} {mel.std():8.2f}")
    target, mel = frames["target"], frames["model"]
    first, last = history[0], history[-1]
    lines += [
        f"  range ratio {float(np.ptp(mel) / np.ptp(target)):.2f}, gradient norm "
        f"{float(first['grad_norm']):.3g} -> {float(last['grad_norm']):.3g}",
        f"  {'module':20s} {'moved':>8s} {'update ratio':>14s}",
    ]
    for name, share in moved.items():
        note = "  frozen on purpose" if name in freeze else ""
        lines.append(f"  {name:20s} {share:8.1%} {float(last[f'update_ratio/{name}']):14.2e}{note}")
    return "\n".join(lines)


def _judge(mae: float, moved: dict[str, float], batch: Batch, model: XTTS) -> None:
    config = model.config
    base = baselines([batch], config.audio, [np.ones(len(batch.tokens), bool)])
    print(
        f"  mean absolute error {mae:.3f} nat; best constant spectrum {base.constant:.3f}; "
        f"previous frame {base.previous:.3f}"
    )
    stuck = [name for name, share in moved.items() if name not in config.optim.freeze and share < LEAST_MOVED]
    stirred = [name for name, share in moved.items() if name in config.optim.freeze and share > 0]
    if stuck or stirred or not jnp.isfinite(mae):
        raise UserError(
            f"Preflight failed, so training did not start. Modules that must learn and did not move: "
            f"{', '.join(stuck) or 'none'}; modules that are frozen and moved: "
            f"{', '.join(stirred) or 'none'}; error {mae:.3f} nat. Look for a learning rate of 0, a loss "
            "weight of 0 or a module without gradient; --config.preflight.enabled=false skips this check."
        )
    if mae >= base.constant:
        raise UserError(
            f"Preflight failed, so training did not start. After {config.preflight.steps} steps on one batch "
            f"the error is {mae:.3f} nat, no better than the best constant spectrum ({base.constant:.3f}): "
            "the model has learned nothing of the speech. Check that the texts belong to the recordings and "
            f"that optim.learning_rate ({config.optim.learning_rate:g}) is neither tiny nor huge; raise "
            "preflight.steps for a model that starts slowly, or skip this check with "
            "--config.preflight.enabled=false."
        )
