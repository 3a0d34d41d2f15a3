"""The flow decoder, which turns noise around a first estimate into mel by conditional flow matching."""

from collections.abc import Callable
from typing import ClassVar, NamedTuple, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Shaped

from xtts_jax.config import Model, Synthesis
from xtts_jax.models.decoders.interface import Abilities, Script, Spoken, Taught, lay_out
from xtts_jax.models.decoders.parallel import ParallelDecoder
from xtts_jax.models.ops import Stack, length_mask

Velocity = Callable[[Float[Array, "b p c"], Float[Array, ""]], Float[Array, "b p c"]]


class Draw(NamedTuple):
    """The random values of each example."""

    time: Float[Array, "b"]  # 0 at the noise, 1 at the mel
    noise: Float[Array, "b t m"]
    conditioned: Bool[Array, "b"]


def draw(key: Array, shape: tuple[int, ...], condition_dropout: float) -> Draw:
    """Random values; times are evenly spaced, so that batches are alike (Kingma et al. 2021)."""
    times, noise, kept = jax.random.split(key, 3)
    return Draw(
        (jax.random.uniform(times) + jnp.arange(shape[0]) / shape[0]) % 1,
        jax.random.normal(noise, shape),
        jax.random.bernoulli(kept, 1 - condition_dropout, shape[:1]),
    )


def draw_for_evaluation(shape: tuple[int, ...]) -> Draw:
    """Constant values, with time 0, at which the input contains nothing of the target."""
    noise = jax.random.normal(jax.random.key(0), shape)
    return Draw(jnp.zeros(shape[:1]), noise, jnp.ones(shape[:1], bool))


def solve(velocity: Velocity, x: Float[Array, "b p c"], steps: int, solver: str) -> Float[Array, "b p c"]:
    """x at time 1 from x at time 0; `solver` is "euler", or "midpoint" with two velocities per step."""
    width = 1 / steps

    def euler(i: Array, x: Array) -> Array:
        return x + width * velocity(x, i * width)

    def midpoint(i: Array, x: Array) -> Array:
        halfway = x + width / 2 * velocity(x, i * width)
        return x + width * velocity(halfway, (i + 0.5) * width)

    return jax.lax.fori_loop(0, steps, {"euler": euler, "midpoint": midpoint}[solver], x)


class VelocityNetwork(nn.Module):
    """The velocity of x at a time, given the text at every position.

    Following Karras et al. 2022, section 5, the network does not have to learn what follows from unit
    variance of the data: its input is the best linear estimate of the mel, which is 0 at time 0, and its
    output is added to the best linear estimate of the velocity, which at time 0 removes all noise.
    """

    settings: Model
    dtype: jnp.dtype
    remat: bool = False

    @nn.compact
    def __call__(
        self,
        x: Float[Array, "b p c"],
        time: Float[Array, "b"],
        text: Float[Array, "b p d"],
        condition: Float[Array, "b d"],
        real: Bool[Array, "b p c"],
        *,
        train: bool,
    ) -> Float[Array, "b p c"]:
        model, x = self.settings, x * real
        moment = nn.silu(nn.Dense(model.width, dtype=self.dtype, name="time_in")(_waves(time)))
        condition = condition + nn.Dense(model.width, dtype=self.dtype, name="time_out")(moment)
        at = time[:, None, None]
        variance = jnp.square(at) + jnp.square(1 - at)
        y = nn.Dense(model.width, dtype=self.dtype, name="noisy")(at / variance * x) + text
        shape = (model.decoder_layers, model.heads, model.ffn_width, model.dropout)
        y = Stack(*shape, self.dtype, self.remat, name="stack")(y, condition, real.any(axis=-1), train=train)
        learned = nn.Dense(x.shape[-1], dtype=jnp.float32, name="velocity")(y.astype(jnp.float32))
        return (learned + (2 * at - 1) / variance * x) * real


def _waves(time: Float[Array, "b"]) -> Float[Array, "b w"]:
    angles = time[:, None] * jnp.exp(jnp.linspace(0.0, jnp.log(1000.0), 32))[None]
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=-1)


class Plan(NamedTuple):
    """The flow's inputs from the script."""

    text: Float[Array, "b p d"]
    real: Bool[Array, "b p c"]
    start: Float[Array, "b t m"]  # the first estimate of the mel, to which the flow's output is added


class FlowDecoder(nn.Module):
    """Optimal-transport conditional flow matching (Lipman et al. 2023, section 4.1, sigma_min = 0).

    x_t = (1 - t) noise + t mel has the velocity mel - noise. Here mel is the recording minus the estimate of
    a parallel decoder, which measures better than starting from noise alone (docs/results.md). The reported
    mel is a single step from x_t to the end, and outside training from the noise itself.
    """

    abilities: ClassVar[Abilities] = Abilities(
        drawing=("flow_steps", "flow_solver", "guidance", "temperature")
    )

    settings: Model
    synthesis: Synthesis
    n_mels: int
    dtype: jnp.dtype
    remat: bool = False

    def setup(self):
        width = self.settings.width
        self.position = nn.Dense(width, dtype=self.dtype)
        self.network = VelocityNetwork(self.settings, self.dtype, self.remat)
        self.coarse = ParallelDecoder(self.settings, self.n_mels, self.dtype, self.remat)
        self.seen_coarse = nn.Dense(width, dtype=self.dtype)

    def __call__(self, script: Script, target: Float[Array, "b t m"], *, train: bool) -> Taught:
        shape, dropped = target.shape, self.settings.condition_dropout
        chance = draw(self.make_rng("dropout"), shape, dropped) if train else draw_for_evaluation(shape)
        plan = self._plan(script, shape[1], train=train)
        time, kept = chance.time[:, None, None], chance.conditioned[:, None]
        start = jax.lax.stop_gradient(plan.start)
        goal = target - start
        x = (1 - time) * chance.noise + time * goal
        velocity = self.network(
            self._fold(x),
            chance.time,
            plan.text * kept[..., None],
            script.condition * kept,
            plan.real,
            train=train,
        ).reshape(shape)
        errors = {
            "flow": jnp.square(velocity - (goal - chance.noise)).mean(axis=-1),
            "coarse": jnp.abs(plan.start - target).mean(axis=-1),
        }
        return Taught(start + x + (1 - time) * velocity, errors)

    def speak(self, script: Script, frames: int, key: Array) -> Spoken:
        b, synthesis = script.hidden.shape[0], self.synthesis
        plan = self._plan(script, frames, train=False)
        network, variables = self.network.unbind()
        guided = synthesis.guidance != 1
        given = (plan.text, script.condition, plan.real)
        if guided:  # twice in one batch, the second time without text and voice
            given = jax.tree.map(
                lambda x, y: jnp.concatenate([x, y]),
                given,
                (jnp.zeros_like(plan.text), jnp.zeros_like(script.condition), plan.real),
            )

        def velocity(x: Array, time: Array) -> Array:
            twice = jnp.concatenate([x, x]) if guided else x
            times = jnp.full(len(twice), time)
            found = cast(Array, network.apply(variables, twice, times, *given, train=False))
            if not guided:
                return found
            conditioned, unconditioned = jnp.split(found, 2)
            return unconditioned + synthesis.guidance * (conditioned - unconditioned)

        noise = synthesis.temperature * jax.random.normal(key, (b, frames, self.n_mels))
        x = solve(velocity, self._fold(noise), synthesis.flow_steps, synthesis.flow_solver)
        return Spoken(plan.start + x.reshape(noise.shape), script.lengths)

    def _plan(self, script: Script, frames: int, *, train: bool) -> Plan:
        layout = lay_out(script, frames, self.settings.frames_per_step)
        start = self.coarse.predict(script, frames, train=train)
        text = layout.text + self.position(layout.place) + self.seen_coarse(self._fold(start))
        real = length_mask(script.lengths, frames)
        return Plan(text, self._fold(jnp.repeat(real[..., None], self.n_mels, axis=-1)), start)

    def _fold(self, mel: Shaped[Array, "b t m"]) -> Shaped[Array, "b p c"]:
        return mel.reshape(len(mel), -1, self.settings.frames_per_step * self.n_mels)
