"""A vocoder's step as a loop compiles it: over one device, through `train.parallel`."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from configs import base
from xtts_jax import config as configuration
from xtts_jax.audio.mel import log_mel
from xtts_jax.losses import adversarial
from xtts_jax.losses import vocoder as losses
from xtts_jax.models import vocoders
from xtts_jax.models.discriminators import Discriminators
from xtts_jax.models.discriminators.periods import Periods
from xtts_jax.models.discriminators.resolutions import Resolutions
from xtts_jax.models.vocoders.spec import Istft
from xtts_jax.train import parallel
from xtts_jax.train.health import leaf_names, loggable
from xtts_jax.train.state import TrainState
from xtts_jax.train.vocoder.duel import Objective
from xtts_jax.train.vocoder.step import Clips, Optimizers, init_vocoder_state, make_vocoder_step

AUDIO = replace(
    configuration.build(base.get_config()).audio, n_fft=64, hop_length=16, win_length=64, n_mels=10
)
FRAMES = 40
OBJECTIVE = Objective(
    mel=1.0,
    stft=0.5,
    adversarial=0.25,
    feature_matching=2.0,
    periods=1.0,
    resolutions=0.5,
    kind="least_squares",
    n_ffts=(64, 128),
    adversarial_frames=FRAMES,
)
RATE, DECAY = 0.01, 0.5
FLOAT = jnp.dtype("float32")
GENERATOR = vocoders.build(Istft(width=8, hidden=12, layers=1), AUDIO, FLOAT)
DISCRIMINATORS = Discriminators(Periods((2, 3), (4, 4)), Resolutions((64,), 4), AUDIO, FLOAT)
OPTIMIZERS = Optimizers(optax.sgd(RATE), optax.adamw(RATE, weight_decay=0.1))
DESCENT = Optimizers(optax.sgd(RATE), optax.sgd(RATE))  # whose updates are as exact as the gradients


def generate(params: Any, mel: jax.Array) -> jax.Array:
    return cast(jax.Array, GENERATOR.apply({"params": params}, mel))


def judge(params: Any, audio: jax.Array) -> Any:
    return DISCRIMINATORS.apply({"params": params}, audio)


def decay(step: jax.Array) -> jax.Array:
    return jnp.full_like(step, DECAY, jnp.float32)


@cache
def compiled(
    dueling: bool, objective: Objective = OBJECTIVE, optimizers: Optimizers = OPTIMIZERS, accumulate: int = 1
) -> Callable[..., Any]:
    step = make_vocoder_step(
        generate, judge, optimizers, AUDIO, objective, decay, dueling=dueling, accumulate=accumulate
    )
    return parallel.compile_step(step, donate_state=False)


@cache
def params() -> tuple[Any, Any]:
    batch = clips()
    generator = jax.jit(GENERATOR.init)(jax.random.key(0), batch.mel)["params"]
    return generator, jax.jit(DISCRIMINATORS.init)(jax.random.key(1), batch.audio)["params"]


def first_state(optimizers: Optimizers = OPTIMIZERS) -> TrainState:
    return parallel.replicate(init_vocoder_state(*params(), optimizers, 0))


@cache
def clips(seed: int = 0) -> Clips:
    audio = np.random.default_rng(seed).normal(size=(2, FRAMES * AUDIO.hop_length)).astype(np.float32) * 0.1
    return Clips(audio, np.asarray(log_mel(jnp.asarray(audio), AUDIO)))


def take(step: Callable[..., Any], state: TrainState, batch: Clips) -> tuple[TrainState, dict[str, Any]]:
    state, metrics = step(state, parallel.shard(batch))
    return state, parallel.unreplicate(metrics)


def changed(before: Any, after: Any) -> list[bool]:
    pairs = zip(jax.tree.leaves(before), jax.tree.leaves(after), strict=True)
    return [not np.array_equal(a, b) for a, b in pairs]


def test_alone_the_generator_moves_and_the_discriminators_and_their_optimizer_stand_still() -> None:
    start = first_state()
    after, metrics = take(compiled(False), start, clips())
    assert all(changed(start.params["generator"], after.params["generator"]))
    for part in ("params", "opt_state"):
        before, now = getattr(start, part), getattr(after, part)
        assert not any(changed(before["discriminators"], now["discriminators"])), part
    assert metrics["loss/adversarial"] == metrics["loss/feature_matching"] == 0
    reconstruction = OBJECTIVE.mel * metrics["loss/mel"] + OBJECTIVE.stft * metrics["loss/stft"]
    assert metrics["loss/total"] == pytest.approx(float(reconstruction), rel=1e-5)


def test_both_programs_have_one_state_and_the_same_metrics() -> None:
    alone, duel = (jax.eval_shape(compiled(d), first_state(), parallel.shard(clips())) for d in (False, True))
    assert jax.tree.map(lambda x: (x.shape, x.dtype), alone) == jax.tree.map(
        lambda x: (x.shape, x.dtype), duel
    )


def test_in_the_duel_every_leaf_of_both_sides_moves_and_the_average_is_of_the_generator_alone() -> None:
    start = first_state()
    after, metrics = take(compiled(True), start, clips())
    assert all(changed(start.params, after.params))
    assert set(after.ema) == {"generator"} and all(changed(start.ema, after.ema))
    logged = loggable(jax.device_get(metrics), leaf_names(parallel.unreplicate(start.params)))
    assert logged["leaves_without_gradient"] == []
    assert logged["unmoved/generator"] < 0.01 and logged["unmoved/discriminators"] < 0.01
    assert logged["mel_l1"] == pytest.approx(logged["loss/mel"], rel=1e-5)


def test_no_rule_takes_waiting_discriminators_for_broken_ones() -> None:
    start = first_state()
    _, metrics = take(compiled(False), start, clips())
    logged = loggable(jax.device_get(metrics), leaf_names(parallel.unreplicate(start.params)))
    assert logged["leaves_without_gradient"] == []
    assert logged["unmoved/discriminators"] == logged["grad_norm/discriminators"] == 0
    assert np.isfinite([value for value in logged.values() if isinstance(value, float)]).all()


def test_each_side_descends_its_own_loss_against_the_other_as_it_was() -> None:
    """The generator's step is plain descent of the open loss, computed here in one expression."""
    batch = clips()
    generator, discriminators = params()

    def open_loss(generator: Any) -> jax.Array:
        ours, theirs = generate(generator, jnp.asarray(batch.mel)), jnp.asarray(batch.audio)
        norms = losses.recorded_norms(theirs, OBJECTIVE.n_ffts, AUDIO)
        spectral = losses.spectral(ours, theirs, norms, OBJECTIVE.n_ffts, AUDIO)
        fake, real = judge(discriminators, ours), judge(discriminators, theirs)
        total = losses.mel(ours, theirs, AUDIO) + 0.5 * (spectral.convergence + spectral.log_magnitude)
        for family, weight in (("periods", 1 / 2), ("resolutions", 0.5)):
            for r, f in zip(real[family], fake[family], strict=True):
                total += weight * 0.25 * adversarial.deception(f, "least_squares")
                total += weight * 2.0 * adversarial.feature_matching(r, f)
        return total

    value, slopes = jax.jit(jax.value_and_grad(open_loss))(generator)
    start = first_state()
    after, metrics = take(compiled(True), start, batch)
    assert metrics["loss/total"] == pytest.approx(float(value), rel=1e-4)
    assert metrics["grad_norm/generator"] == pytest.approx(float(optax.tree.norm(slopes)), rel=1e-3)
    expected = jax.tree.map(lambda p, g: p - RATE * g, generator, slopes)
    for ours, theirs in zip(
        jax.tree.leaves(parallel.unreplicate(after.params["generator"])),
        jax.tree.leaves(expected),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_adversarial_slope_alone_reaches_every_leaf_of_the_generator() -> None:
    generator, discriminators = params()

    def deceive(generator: Any) -> jax.Array:
        fake = judge(discriminators, generate(generator, jnp.asarray(clips().mel)))
        return adversarial.over_families(
            lambda each: adversarial.deception(each, "hinge"), (fake,), OBJECTIVE.families
        )

    slopes = jax.tree_util.tree_leaves_with_path(jax.jit(jax.grad(deceive))(generator))
    assert [jax.tree_util.keystr(path) for path, slope in slopes if not np.any(slope)] == []


def test_discriminators_learn_to_tell_recordings_from_generated_waveforms() -> None:
    step, state = compiled(True), first_state()
    state, first = take(step, state, clips())
    for _ in range(30):
        state, last = take(step, state, clips())
    assert last["loss/discriminators"] < 0.8 * first["loss/discriminators"]
    assert last["score/recorded"] > last["score/generated"]


@pytest.mark.slow  # two more compilations
def test_two_parts_of_a_batch_are_the_whole_for_both_sides() -> None:
    """At every place of the piece that the discriminators see: it is the same in both parts."""
    loud = clips()._replace(audio=clips().audio * np.array([[1.0], [5.0]], np.float32))
    narrow, states, seen = replace(OBJECTIVE, adversarial_frames=10), [], []
    for accumulate in (1, 2):
        step, state = compiled(True, narrow, DESCENT, accumulate), first_state(DESCENT)
        for _ in range(2):
            state, metrics = take(step, state, loud)
        states.append(parallel.unreplicate(state.params))
        seen.append(metrics)
    assert all(changed(params(), (states[0]["generator"], states[0]["discriminators"])))
    for whole, halves in zip(*map(jax.tree.leaves, states), strict=True):
        np.testing.assert_allclose(halves, whole, atol=1e-5)
    for name in ("loss/total", "loss/discriminators", "mel_l1", "grad_norm"):
        np.testing.assert_allclose(seen[1][name], seen[0][name], rtol=1e-4)
    assert seen[1]["utterance_finite"].shape == (2,)


@pytest.mark.parametrize("dueling", [False, True])
def test_a_batch_that_is_not_finite_changes_nothing_but_the_count_of_skipped_steps(dueling: bool) -> None:
    audio = clips().audio.copy()
    audio[0, 100] = np.nan
    before, _ = take(compiled(dueling), first_state(), clips())
    once, metrics = take(compiled(dueling), before, clips()._replace(audio=audio))
    for part in ("params", "ema", "opt_state"):
        assert not any(changed(getattr(before, part), getattr(once, part))), part
    assert int(metrics["skipped"]) == 1 and int(parallel.unreplicate(once.step)) == 2
    again, metrics = take(compiled(dueling), once, clips())
    assert int(metrics["skipped"]) == 0 and all(changed(once.params["generator"], again.params["generator"]))


@pytest.mark.slow  # one more compilation
def test_discriminators_see_a_piece_at_a_place_that_changes_from_step_to_step() -> None:
    narrow = replace(OBJECTIVE, adversarial_frames=10)
    step, state = compiled(True, narrow), first_state()
    moved = []
    for number in (0, 1):
        later = state._replace(step=state.step + number)
        after, _ = take(step, later, clips())
        moved.append(after.params["discriminators"])
    assert any(changed(*moved))
