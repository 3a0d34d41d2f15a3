"""The decoders by themselves, through their common interface."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import product
from typing import Any, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import whole_model

from xtts_jax.config import Config
from xtts_jax.models import decoders
from xtts_jax.models.decoders import flow
from xtts_jax.models.decoders.autoregressive import REACH, near_tokens
from xtts_jax.models.decoders.causal import causal_mask
from xtts_jax.models.decoders.interface import Script, Spoken, Taught

B, TOKENS, FRAMES, MELS, WIDTH, GROUP = 3, 9, 24, 4, 16, 2
LENGTHS, LAST = (24, 15, 10), (5, 4, 3)  # frames of each example, and of its last token
DURATIONS = np.array([[3, 1, 2, 1, 4, 2, 5, 1, 5], [2, 1, 3, 1, 4, 4, 0, 0, 0], [6, 1, 3, 0, 0, 0, 0, 0, 0]])
REAL = np.arange(FRAMES) < DURATIONS.sum(axis=1)[:, None]
DECODERS = ("parallel", "autoregressive", "flow")


@cache
def config(name: str, **synthesis: Any) -> Config:
    """Two layers of width 16 without dropout."""
    base = whole_model.config()
    still = {"dropout": 0.0, "prenet_dropout": 0.0, "condition_dropout": 0.0}
    model = replace(base.model, width=WIDTH, ffn_width=24, frames_per_step=GROUP, **still)
    return replace(
        base,
        audio=replace(base.audio, n_mels=MELS),
        model=replace(model, decoder=name),
        synthesis=replace(base.synthesis, **{"flow_steps": 2, "flow_solver": "euler"} | synthesis),
    )


@cache
def build(name: str, **synthesis: Any) -> decoders.Decoder:
    return decoders.build(config(name, **synthesis), jnp.dtype("float32"))


def normal(*shape: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


@cache
def script(seed: int = 0) -> Script:
    hidden, condition = normal(B, TOKENS, WIDTH, seed=seed), normal(B, WIDTH, seed=seed + 1)
    melody = normal(B, FRAMES // GROUP, WIDTH, seed=seed + 2)
    return Script(
        jnp.asarray(hidden), jnp.asarray(DURATIONS, jnp.int32), jnp.asarray(melody), jnp.asarray(condition)
    )


@cache
def target() -> jax.Array:
    return jnp.asarray(normal(B, FRAMES, MELS, seed=7) * REAL[..., None])


@cache
def params(name: str) -> Any:
    """Random params, none of them zero, so that every path is open."""
    init = partial(build(name).init, train=False)
    shapes = jax.eval_shape(init, jax.random.key(0), script(), target())
    leaves, tree = jax.tree.flatten(shapes)
    filled = [0.3 * normal(*leaf.shape, seed=i) for i, leaf in enumerate(leaves)]
    return tree.unflatten(filled)


def teach(name: str, p: Any, script: Script, mel: jax.Array) -> Taught:
    rngs = {"dropout": jax.random.key(0)}
    return cast(Taught, build(name).apply(p, script, mel, train=True, rngs=rngs))


@cache
def taught(name: str) -> Callable[[Any, Script, jax.Array], Taught]:
    return jax.jit(partial(teach, name))


@cache
def spoken(name: str, **synthesis: Any) -> Callable[..., Spoken]:
    decoder = build(name, **synthesis)
    return jax.jit(lambda p, script, key: decoder.apply(p, script, FRAMES, key, method=type(decoder).speak))


def speak(name: str, key: int = 0, **synthesis: Any) -> np.ndarray:
    """The real frames of the speech, concatenated."""
    return np.asarray(spoken(name, **synthesis)(params(name), script(), jax.random.key(key)).mel)[REAL]


def learning(name: str, decoder: decoders.Decoder) -> Any:
    """The compiled gradient of the error, with dropout."""

    def total(p: Any) -> jax.Array:
        rngs = {"dropout": jax.random.key(0)}
        found = cast(Taught, decoder.apply(p, script(), target(), train=True, rngs=rngs))
        return jnp.abs(found.mel - target()).mean() + sum(jnp.mean(e) for e in found.errors.values())

    return jax.jit(jax.grad(total)).lower(params(name)).compile()


@pytest.mark.parametrize("name", DECODERS)
def test_every_parameter_receives_gradient(name: str) -> None:
    gradients = learning(name, build(name))(params(name))
    largest = {
        jax.tree_util.keystr(path): np.abs(leaf).max() for path, leaf in jax.tree.leaves_with_path(gradients)
    }
    assert {path for path, value in largest.items() if not 1e-6 < value < np.inf} == set()


@pytest.mark.parametrize("name", DECODERS)
def test_rematerialized_layers_learn_the_same_in_less_memory(name: str) -> None:
    dropping = replace(config(name), model=replace(config(name).model, dropout=0.3))
    kept, again = (
        learning(name, decoders.build(replace(dropping, train=train), jnp.dtype("float32")))
        for train in (dropping.train, replace(dropping.train, rematerialize=True))
    )
    for one, other in zip(*(jax.tree.leaves(each(params(name))) for each in (kept, again)), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)
    assert again.memory_analysis().temp_size_in_bytes < 0.9 * kept.memory_analysis().temp_size_in_bytes


@pytest.mark.parametrize("name", DECODERS)
def test_padding_does_not_influence_real_frames(name: str) -> None:
    clean = taught(name)(params(name), script(), target())
    tokens = jnp.asarray(DURATIONS > 0)[..., None]
    other = script()._replace(hidden=jnp.where(tokens, script().hidden, 50.0))
    junk = taught(name)(params(name), other, jnp.where(REAL[..., None], target(), -50.0))
    assert np.abs(clean.mel[REAL]).mean() > 0.1
    for before, after in zip(jax.tree.leaves(clean), jax.tree.leaves(junk), strict=True):
        np.testing.assert_allclose(after[REAL], before[REAL], atol=1e-5)


@pytest.mark.parametrize("name", DECODERS)
def test_text_and_voice_change_the_speech(name: str) -> None:
    for changed in ({"hidden": script(2).hidden}, {"condition": script(2).condition}):
        other = spoken(name)(params(name), script()._replace(**changed), jax.random.key(0))
        assert np.abs(np.asarray(other.mel)[REAL] - speak(name)).mean() > 0.01


@pytest.mark.parametrize("name", DECODERS)
def test_the_key_matters_only_for_decoders_that_use_noise(name: str) -> None:
    np.testing.assert_array_equal(speak(name), speak(name))
    assert (np.abs(speak(name, key=1) - speak(name)).mean() > 0.01) == name.startswith("flow")


@pytest.mark.parametrize("name", DECODERS)
def test_a_decoder_that_is_causal_draws_a_frame_without_what_is_said_later(name: str) -> None:
    last = np.arange(TOKENS) == TOKENS - 1
    other = script()._replace(hidden=jnp.where(last[None, :, None], script(2).hidden, script().hidden))
    change = np.abs(
        spoken(name)(params(name), other, jax.random.key(0)).mel
        - spoken(name)(params(name), script(), jax.random.key(0)).mel
    )[0]
    assert change[-LAST[0] :].max() > 0.01
    assert (change[: DURATIONS[0][0]].max() < 1e-6) == decoders.abilities(config(name)).causal


@pytest.mark.parametrize("name", DECODERS)
def test_what_a_decoder_says_of_drawing_is_what_changes_its_speech(name: str) -> None:
    others = {"flow_steps": 3, "flow_solver": "midpoint", "guidance": 2.0, "temperature": 0.1}
    changed = [
        option for option, value in others.items() if np.any(speak(name, **{option: value}) != speak(name))
    ]
    assert tuple(changed) == decoders.abilities(config(name)).drawing


def with_stop(p: Any, logit: float) -> Any:
    """Params whose stop logit has the same value at every position."""
    head = p["params"]["next_frames"]["frames_and_stop"]
    stopping = head | {
        "bias": np.append(head["bias"][:-1], np.float32(logit)),
        "kernel": np.concatenate([head["kernel"][:, :-1], 0 * head["kernel"][:, -1:]], axis=1),
    }
    next_frames = p["params"]["next_frames"] | {"frames_and_stop": stopping}
    return {"params": p["params"] | {"next_frames": next_frames}}


def test_teacher_forcing_on_its_own_speech_equals_generation_with_the_cache() -> None:
    p = with_stop(params("autoregressive"), -1.0)
    alone = spoken("autoregressive")(p, script(), jax.random.key(0))
    np.testing.assert_array_equal(alone.lengths, LENGTHS)
    forced = taught("autoregressive")(p, script(), alone.mel)
    np.testing.assert_allclose(forced.mel[REAL], np.asarray(alone.mel)[REAL], atol=1e-5)
    assert np.abs(alone.mel[REAL]).mean() > 0.1


def test_speech_ends_within_the_last_token_whatever_the_stop_logit_says() -> None:
    lengths = {
        logit: np.asarray(
            spoken("autoregressive")(
                with_stop(params("autoregressive"), logit), script(), jax.random.key(0)
            ).lengths
        )
        for logit in (-50.0, 50.0)
    }
    np.testing.assert_array_equal(lengths[-50.0], LENGTHS)
    begun = np.subtract(LENGTHS, LAST)
    np.testing.assert_array_equal(lengths[50.0], begun // GROUP * GROUP + GROUP)


def test_stop_is_taught_only_at_the_last_position() -> None:
    error = np.asarray(
        taught("autoregressive")(with_stop(params("autoregressive"), 8.0), script(), target()).errors["stop"]
    )
    for row, length in zip(error, LENGTHS, strict=True):
        last = (length - 1) // GROUP * GROUP
        assert row[last:length].max() < 0.01 and row[:last].min() > 7


def test_every_frame_depends_on_all_earlier_ones_and_on_no_others() -> None:
    p, said = params("autoregressive"), script()

    def positions(mel: jax.Array) -> jax.Array:
        found = build("autoregressive").apply(p, said, mel, train=False).mel
        return found[0].reshape(FRAMES // GROUP, -1).sum(axis=1)

    reached = np.abs(jax.jit(jax.jacrev(positions))(target())[:, 0]).max(axis=-1)  # (position, frame)
    before = np.arange(FRAMES)[None] < GROUP * np.arange(FRAMES // GROUP)[:, None]
    assert not reached[~before].any()
    assert reached[before].min() > 1e-7


def test_causal_mask_equals_that_of_loops() -> None:
    for start, (queries, keys) in product(range(4), ((1, 6), (3, 6), (6, 6))):
        mask = np.asarray(causal_mask(start, queries, keys))
        for query, key in product(range(queries), range(keys)):
            assert mask[0, query, key] == (key <= start + query)


def token_said(durations: list[int], frame: int) -> int:
    """The token of a frame, or the last real one for frames past the end."""
    spoken_by = [token for token, duration in enumerate(durations) for _ in range(duration)]
    return spoken_by[min(frame, len(spoken_by) - 1)]


@pytest.mark.parametrize("group", [1, 2])
def test_text_mask_equals_that_of_loops_for_every_combination_of_padding(group: int) -> None:
    random, tokens, frames = np.random.default_rng(0), 2 * REACH + 4, 26
    lengths = list(product(range(1, tokens + 1), (0, 2, 9)))  # real tokens; frames of padding
    rows = []
    for real, rest in lengths:
        cuts = np.sort(random.choice(np.arange(1, frames - rest), real - 1, replace=False))
        rows.append([*np.diff([0, *cuts, frames - rest]), *[0] * (tokens - real)])
    mask = np.asarray(near_tokens(jnp.asarray(rows, jnp.int32), frames, group))
    assert mask.shape == (len(lengths), frames // group, tokens)
    for (i, (real, _)), position, token in product(enumerate(lengths), range(frames // group), range(tokens)):
        said = token_said(rows[i], position * group)
        assert mask[i, position, token] == (token < real and abs(token - said) <= REACH), (i, position, token)


@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("midpoint", 2)])
def test_error_of_a_solver_falls_with_its_order(solver: str, order: int) -> None:
    def end(steps: int) -> float:
        """The solution of x' = (1 + t) x, x(0) = 1, at time 1: exactly exp(3/2)."""
        return float(flow.solve(lambda x, t: (1 + t) * x, jnp.ones((1, 1, 1)), steps, solver)[0, 0, 0])

    errors = [abs(end(steps) - np.exp(1.5)) for steps in (20, 40)]
    assert errors[0] / errors[1] == pytest.approx(2**order, rel=0.1)


def test_flow_error_and_one_step_estimate_follow_a_straight_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    time = jnp.array([0.0, 0.3, 0.8])
    chance = flow.Draw(time, jnp.asarray(normal(B, FRAMES, MELS, seed=5)), jnp.ones(B, bool))
    monkeypatch.setattr(flow, "draw", lambda *_: chance)
    found = jax.jit(partial(teach, "flow"))(params("flow"), script(), target())
    left = (found.mel - target()) / (1 - time[:, None, None])  # the error of the velocity
    np.testing.assert_allclose(found.errors["flow"], jnp.square(left).mean(axis=-1), rtol=1e-3)


def test_a_flow_without_learned_velocity_removes_the_noise_in_one_step() -> None:
    silent = jax.tree.map(np.zeros_like, params("flow"))
    one_step = spoken("flow", flow_steps=1)(silent, script(), jax.random.key(0))
    np.testing.assert_allclose(one_step.mel[REAL], 0, atol=1e-5)


def test_guidance_extrapolates_from_the_speech_without_text() -> None:
    said = speak("flow", flow_steps=1)
    unsaid, more = (speak("flow", flow_steps=1, guidance=guidance) for guidance in (0.0, 2.0))
    assert np.abs(said - unsaid).mean() > 0.1
    np.testing.assert_allclose(more, 2 * said - unsaid, atol=1e-4)


def test_temperature_scales_the_noise_and_steps_and_solver_change_the_speech() -> None:
    cold, also_cold = (speak("flow", key=key, temperature=0.0) for key in (0, 1))
    np.testing.assert_array_equal(cold, also_cold)
    others = cold, speak("flow", flow_steps=1), speak("flow", flow_solver="midpoint")
    assert all(np.abs(other - speak("flow")).mean() > 1e-3 for other in others)


def test_condition_dropout_is_the_share_of_examples_without_text_and_voice() -> None:
    kept = flow.draw(jax.random.key(0), (2000, 1, 1), 0.3).conditioned
    assert float(kept.mean()) == pytest.approx(0.7, abs=0.04)


def test_condition_dropout_hides_text_and_voice_from_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = np.array([True, False, True])
    chance = flow.Draw(jnp.full(B, 0.5), jnp.asarray(normal(B, FRAMES, MELS, seed=5)), jnp.asarray(kept))
    monkeypatch.setattr(flow, "draw", lambda *_: chance)
    seen = []

    def look(call: Callable[..., Any], args: Any, kwargs: Any, context: nn.module.InterceptorContext) -> Any:
        if isinstance(context.module, flow.VelocityNetwork):
            seen.append((args[2], args[3]))
        return call(*args, **kwargs)

    with nn.intercept_methods(look):
        teach("flow", params("flow"), script(), target())
    ((text, condition),) = seen
    assert [bool(np.abs(example).max() > 0) for example in text] == kept.tolist()
    assert [bool(np.abs(example).max() > 0) for example in condition] == kept.tolist()
