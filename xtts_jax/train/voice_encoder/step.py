"""The voice encoder's params at the start, and its training step, which is pure."""

from collections.abc import Callable
from typing import cast

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.audio.mel import MEL_FLOOR, log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Config
from xtts_jax.data.voice_crops import VoiceCrops
from xtts_jax.losses.acoustic import contrastive
from xtts_jax.models.features import normalize_mel
from xtts_jax.models.ops import compute_dtype
from xtts_jax.models.voice_encoder import VoiceEncoder
from xtts_jax.train.health import Metrics
from xtts_jax.train.state import Params, TrainState
from xtts_jax.train.step import DEVICES, averaging, device_key, over_parts, split, take_step
from xtts_jax.types import Stats

MODULE = "voice_encoder"  # as in the params of an acoustic model

COLOURS = 6  # cosines over the mel bins: level, tilt, and four of higher order
COLOUR_NAT = 0.3  # standard deviation of each, 2.6 dB
NOISE_NAT = (-11.5, -6.5)  # level of the noise: inaudible to as loud as quiet speech
NOISE_STD_NAT = 0.5  # for a bin of noise: about that of its magnitude in one frame

Embed = Callable[[Params, Float[Array, "b r m"], Int[Array, "b"]], Float[Array, "b d"]]


def init_encoder(config: Config) -> tuple[Params, Embed]:
    """Params of an acoustic model's encoder without style tokens, and the function that they are for."""
    model = config.model
    encoder = VoiceEncoder(
        model.voice_width, model.width, model.style_tokens, model.style_heads,
        compute_dtype(config.compute_dtype),
    )  # fmt: skip

    def init(seed: Array) -> Params:
        mel = jnp.zeros((1, 4, config.audio.n_mels))
        variables = encoder.init(
            jax.random.key(seed), mel, jnp.array([4]), train=False, method=encoder.embed_speaker
        )
        return {MODULE: variables["params"]}

    def embed(params: Params, mel: Array, lengths: Array) -> Array:
        """`mel` is normalized."""
        found = encoder.apply(
            {"params": params[MODULE]}, mel, lengths, train=False, method=encoder.embed_speaker
        )
        return cast(Array, found).astype(jnp.float32)

    return jax.jit(init)(jnp.asarray(config.train.seed, jnp.int32)), embed


def make_voice_step(
    embed: Embed, optimizer: optax.GradientTransformation, config: Config, stats: Stats
) -> Callable[[TrainState, VoiceCrops], tuple[TrainState, Metrics]]:
    """A step over one device's share of the crops, which are compared with those of all devices."""

    def loss_fn(embedded: Array, crops: VoiceCrops) -> tuple[Array, tuple[Metrics, Array]]:
        everyone = jax.lax.all_gather(embedded, DEVICES, tiled=True)
        speakers = jax.lax.all_gather(jnp.asarray(crops.speakers), DEVICES, tiled=True)
        loss, cosines = contrastive(everyone, speakers, config.voice.cosine_temperature)
        metrics = {"loss/total": loss, "loss/contrastive": loss} | _similarity(cosines, speakers)
        spread = jnp.sqrt(everyone.var(axis=0).sum() / (jnp.square(everyone).sum(axis=1).mean() + 1e-12))
        return loss, (metrics | {"voice_spread": spread}, jnp.isfinite(everyone.sum(axis=1)))

    def train_step(state: TrainState, crops: VoiceCrops) -> tuple[TrainState, Metrics]:
        key, n_parts = device_key(state), config.train.accumulate
        audio = split(jnp.asarray(crops.audio), n_parts)
        _, mels = over_parts(lambda index: ((), log_mel(to_float32(audio[index]), config.audio)), n_parts)
        mel = normalize_mel(disguise(mels.reshape(-1, *mels.shape[2:]), key), stats)
        embedded, pull_back = embed_in_parts(embed, state.params, mel, jnp.asarray(crops.lengths), n_parts)
        slopes, (metrics, finite) = jax.grad(loss_fn, has_aux=True)(embedded, crops)
        grads = pull_back(slopes)
        grads, metrics = jax.lax.pmean((grads, metrics), DEVICES)
        metrics["utterance_finite"] = finite
        return take_step(state, grads, metrics, optimizer, averaging(config.optim))

    return train_step


def embed_in_parts(
    embed: Embed, params: Params, mel: Float[Array, "b t m"], lengths: Int[Array, "b"], n_parts: int
) -> tuple[Float[Array, "b d"], Callable[[Float[Array, "b d"]], Params]]:
    """The embeddings, and a function from a loss's gradient with respect to them to that of the params.

    As each crop is compared with all others, that loss needs all embeddings. So where there are several
    parts, the function embeds each again, and only one part's activations are in memory at a time (Gao et al.
    2021, section 3).
    """
    if n_parts == 1:
        embedded, pull_back = jax.vjp(lambda params: embed(params, mel, lengths), params)
        return embedded, lambda slopes: pull_back(slopes)[0]
    parts = split((mel, lengths), n_parts)

    def embed_part(params: Params, index: Array | int) -> Array:
        return embed(params, *(x[index] for x in parts))

    def pull_back_parts(slopes: Array) -> Params:
        shares = n_parts * split(slopes, n_parts)  # the loss is of all parts, not a mean over them

        def pull_back(index: Array | int) -> tuple[Params, tuple[()]]:
            return jax.vjp(lambda params: embed_part(params, index), params)[1](shares[index])[0], ()

        return over_parts(pull_back, n_parts)[0]

    _, embedded = over_parts(lambda index: ((), embed_part(params, index)), n_parts)
    return embedded.reshape(-1, embedded.shape[-1]), pull_back_parts


def disguise(mel: Float[Array, "b t m"], key: Array) -> Float[Array, "b t m"]:
    """Each mel (natural log) as if from another microphone and room: with random level, color and noise.

    Two crops of one recording share these, and would be identified by them rather than by the voice.
    """
    b, _, m = mel.shape
    keys = jax.random.split(key, 4)
    basis = jnp.cos(jnp.pi * jnp.arange(COLOURS)[:, None] * (jnp.arange(m)[None] + 0.5) / m)
    colour, hue = (COLOUR_NAT * jax.random.normal(k, (b, COLOURS)) @ basis for k in keys[:2])
    level = jax.random.uniform(keys[2], (b, 1), minval=NOISE_NAT[0], maxval=NOISE_NAT[1])
    noise = (level + hue)[:, None] + NOISE_STD_NAT * jax.random.normal(keys[3], mel.shape)
    return jnp.maximum(jnp.logaddexp(mel + colour[:, None], noise), jnp.log(MEL_FLOOR))


def _similarity(cosines: Float[Array, "b b"], speakers: Int[Array, "b"]) -> Metrics:
    """Mean cosines within a voice and between voices; share of crops nearest to one of the same voice."""
    same: Bool[Array, "b b"] = speakers[:, None] == speakers[None]
    itself = jnp.eye(len(speakers), dtype=bool)
    nearest = jnp.where(itself, -jnp.inf, cosines).argmax(axis=1)
    return {
        "cosine_same": jnp.mean(cosines, where=same & ~itself),
        "cosine_other": jnp.mean(cosines, where=~same),
        "identified": (speakers[nearest] == speakers).mean(),
    }
