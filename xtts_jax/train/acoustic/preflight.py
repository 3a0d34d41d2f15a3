"""Before a long run: can this model, with these settings, learn this data at all?

A few steps on one batch of the user's own recordings, compared with the baselines that need no model. A
falling loss proves nothing: a bias alone achieves that.
"""

from dataclasses import asdict
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from xtts_jax.data.corpus import Corpus
from xtts_jax.findings import SEVERE, Finding, some
from xtts_jax.models import decoders
from xtts_jax.models.decoders.causal import CausalAttention
from xtts_jax.models.features import Features, denormalize_mel, extract
from xtts_jax.models.ops import SelfAttention
from xtts_jax.models.xtts import BESIDE_THE_MEL, XTTS, apply
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.rules import RULES
from xtts_jax.train.acoustic.step import make_weighted_step
from xtts_jax.train.baselines import Baselines, baselines
from xtts_jax.train.health import leaf_names, loggable
from xtts_jax.train.optimizer import is_frozen, make_optimizer
from xtts_jax.train.rehearsal import announce, log_line, small_batch
from xtts_jax.train.rules import ROOTS
from xtts_jax.train.state import Params, init_state
from xtts_jax.train.watch import Watch
from xtts_jax.types import Batch

LEAK = 0.01  # nat; a frame may depend on what is hidden from it by rounding only


def preflight(model: XTTS, params: Params, corpus: Corpus) -> list[Finding]:
    """Prints the table and returns what is wrong in it; `params` are left as they were."""
    config = model.config
    announce()
    batch = small_batch(corpus, config)
    lines, after, cut_off = _learn(model, params, corpus, batch)
    target, mel, leaks = _speak(model, after, batch, corpus)
    base = baselines([batch], config.audio, [np.ones(len(batch.tokens), bool)])
    error = float(np.abs(target - mel).mean())
    print(_describe({"recording": target, "model": mel}, lines, config.optim.freeze))
    print(
        f"  mean absolute error {error:.3f} nat; best constant spectrum {base.constant:.3f}; "
        f"previous frame {base.previous:.3f}"
    )
    watch = Watch(config, RULES)
    found = [finding for line in lines for finding in watch(line)]
    roots = [finding for finding in found if finding.name in ROOTS]
    return roots or [*found, *_judge(error, base, cut_off, leaks, len(lines))]


def _learn(model: XTTS, params: Params, corpus: Corpus, batch: Batch) -> tuple[list[Line], Params, list[str]]:
    """The logged lines; the params after the last step; the leaves that the mel loss does not reach.

    The learning rate is at its peak from the first step. Dropout stays as in training.
    """
    config, names = model.config, leaf_names(params)
    optimizer = make_optimizer(config.optim, config.optim.learning_rate, params)
    weighted_step = make_weighted_step(model, optimizer, corpus.stats)
    step = parallel.compile_step(weighted_step, donate_state=True)
    weights = {name: jnp.float32(weight) for name, weight in asdict(config.loss).items()}
    all_terms = parallel.replicate(weights)
    mel_alone = parallel.replicate({name: jnp.float32(name == "mel") for name in weights})
    state, shards = (
        parallel.replicate(init_state(params, optimizer, config.train.seed)),
        parallel.shard(batch),
    )
    lines = []
    for number in range(1, config.preflight.steps + 1):
        state, metrics = step(state, shards, all_terms)
        lines.append(log_line(number, jax.device_get(parallel.unreplicate(metrics)), names, config))
    after = jax.device_get(parallel.unreplicate(state.params))
    _, metrics = step(state, shards, mel_alone)
    unreached = loggable(jax.device_get(parallel.unreplicate(metrics)), names)["leaves_without_gradient"]
    return lines, after, [name for name in unreached if name.split("/")[0] not in BESIDE_THE_MEL]


class _Leaks(NamedTuple):
    """How much the mel changes (nat) with noise in places that must not be seen."""

    padding: float
    future: float


def _speak(
    model: XTTS, params: Params, batch: Batch, corpus: Corpus
) -> tuple[np.ndarray, np.ndarray, _Leaks]:
    """Frames (k, m) of the recordings and of the model, in nat; and the leaks into the latter."""

    def mel_of(params: Params, features: Features) -> jax.Array:
        return denormalize_mel(apply(model, params, lambda m: m(features, train=False)).mel, corpus.stats)

    def run(params: Params) -> tuple[jax.Array, ...]:
        features = extract(batch, model.config.audio, corpus.stats)
        mel = mel_of(params, features)
        with nn.intercept_methods(_noise_in_the_padding):
            padded = mel_of(params, features)
        with nn.intercept_methods(_noise_in_the_future):
            later = mel_of(params, features) if decoders.abilities(model.config).causal else mel
        return denormalize_mel(features.mel, corpus.stats), mel, padded, later, features.mel_mask

    target, mel, padded, later, mask = jax.device_get(jax.jit(run)(params))
    group = model.config.model.frames_per_step
    early = mask & (np.arange(mask.shape[1]) < mask.shape[1] // group // 2 * group)
    leaks = _Leaks(
        padding=float(np.abs(padded - mel)[mask].mean()), future=float(np.abs(later - mel)[early].mean())
    )
    return target[mask], mel[mask], leaks


def _noise_in_the_padding(call: Any, arguments: tuple, keywords: dict, context: nn.module.InterceptorContext):
    """Noise before every self-attention, at the positions that are masked out."""
    if not isinstance(context.module, SelfAttention) or context.method_name != "__call__":
        return call(*arguments, **keywords)
    x, mask = arguments
    return call(jnp.where(mask[..., None], x, _noise(x)), mask, **keywords)


def _noise_in_the_future(call: Any, arguments: tuple, keywords: dict, context: nn.module.InterceptorContext):
    """Noise before every causal attention, in the second half."""
    if not isinstance(context.module, CausalAttention) or context.method_name != "__call__":
        return call(*arguments, **keywords)
    x, *rest = arguments
    early = jnp.arange(x.shape[1]) < x.shape[1] // 2
    return call(jnp.where(early[None, :, None], x, _noise(x)), *rest, **keywords)


def _noise(x: jax.Array) -> jax.Array:
    return jax.random.normal(jax.random.key(0), x.shape, x.dtype)


def _describe(frames: dict[str, np.ndarray], lines: list[Line], freeze: tuple[str, ...]) -> str:
    first, last = lines[0], lines[-1]
    rows = [
        f"Preflight: {len(lines)} steps on one batch",
        f"  {'mel (nat)':20s} {'min':>8s} {'max':>8s} {'mean':>8s} {'std':>8s}",
    ]
    for name, mel in frames.items():
        rows.append(f"  {name:20s} {mel.min():8.2f} {mel.max():8.2f} {mel.mean():8.2f} {mel.std():8.2f}")
    ratio = float(np.ptp(frames["model"]) / np.ptp(frames["recording"]))
    rows += [
        f"  range ratio {ratio:.2f}, gradient norm {first['grad_norm']:.3g} -> {last['grad_norm']:.3g}",
        f"  {'module':20s} {'moving':>8s} {'gradient':>10s} {'update ratio':>14s}",
    ]
    for name in (key.removeprefix("unmoved/") for key in last if key.startswith("unmoved/")):
        note = "  frozen on purpose" if is_frozen(name, freeze) else ""
        rows.append(
            f"  {name:20s} {1 - last[f'unmoved/{name}']:8.1%} {last[f'grad_norm/{name}']:10.2e} "
            f"{last[f'update_ratio/{name}']:14.2e}{note}"
        )
    return "\n".join(rows)


def _judge(error: float, base: Baselines, cut_off: list[str], leaks: _Leaks, steps: int) -> list[Finding]:
    """Findings that only the preflight looks for."""
    found = []
    if cut_off:
        found.append(
            Finding(
                "mel_loss_cut_off",
                SEVERE,
                f"The mel loss alone gives no gradient to {some(cut_off)}.",
                "a change of the code: a stop_gradient between them and the decoder's output.",
                "follow models/xtts.py from `decode` back to the first of them.",
            )
        )
    if not leaks.padding <= LEAK:
        found.append(
            Finding(
                "padding_is_read",
                SEVERE,
                f"Noise in the padding changes the predicted mel by {leaks.padding:.3f} nat on average.",
                "a change of the code: an attention mask is inverted or missing; True must mean valid.",
                "make every mask with models.ops.length_mask, and apply it only in models.ops.attend.",
            )
        )
    if not leaks.future <= LEAK:
        found.append(
            Finding(
                "future_is_read",
                SEVERE,
                f"Noise in the second half of the frames changes the first half by {leaks.future:.3f} nat on "
                "average: the decoder sees frames that do not exist yet in synthesis.",
                "a change of the code: the causal mask is inverted or missing; True must mean visible.",
                "fix causal_mask in models/decoders/causal.py.",
            )
        )
    if not error < base.constant:
        found.append(
            Finding(
                "no_better_than_a_constant",
                SEVERE,
                f"After {steps} steps on one batch the mel error is {error:.3f} nat, no better than the best "
                f"constant spectrum ({base.constant:.3f}).",
                "the texts do not belong to the recordings, or optim.learning_rate is tiny or huge.",
                "listen to a few clips with their texts; raise preflight.steps where a model starts slowly.",
            )
        )
    return found
