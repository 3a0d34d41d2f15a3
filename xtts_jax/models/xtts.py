"""The acoustic model: text and a voice to normalized mel."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar, cast

import flax.linen as nn
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from xtts_jax.config import Config
from xtts_jax.models import decoders
from xtts_jax.models.alignment import (
    alignment_path,
    gaussian_log_likelihood,
    monotonic_alignment,
    path_posterior,
    token_mean,
)
from xtts_jax.models.contour import Contour, ContourEmbedding
from xtts_jax.models.decoders.interface import Script, Taught
from xtts_jax.models.features import Features, loud_spectrum
from xtts_jax.models.ops import compute_dtype
from xtts_jax.models.text_encoder import TextEncoder
from xtts_jax.models.variance import Prosody, ProsodyEmbedding, VariancePrediction, VariancePredictor
from xtts_jax.models.voice_encoder import VoiceEncoder

T = TypeVar("T")

MODULES = {  # top-level names of the params
    "aligner",
    "colour",
    "contour_embedding",
    "decoder",
    "language_embedding",
    "prosody_embedding",
    "text_encoder",
    "variance_predictor",
    "voice_encoder",
}
# Modules that learn only from loss terms of their own; the mel loss must reach all others.
BESIDE_THE_MEL = ("aligner", "variance_predictor")


class Voice(NamedTuple):
    speaker: Float[Array, "b d"]
    style: Float[Array, "b d"]
    style_weights: Float[Array, "b h k"]
    spectrum: Float[Array, "b m"]  # normalized mean of the louder frames: the color of the recording
    register: Float[Array, "b 1"]  # added to the predicted log F0
    adaptation: dict | None = None  # added to the decoder's params; only for fitted voices
    log_f0: Float[Array, "b 1"] | None = None  # mean that `register` is to lead to; None: as predicted

    def at_strength(self, strength: Float[Array, "b 1"] | float) -> "Voice":
        """Scales the voice: 0 is no voice, 1 this one, and more exaggerates it."""

        def weaker(part: T) -> T:
            return jax.tree.map(lambda leaf: (leaf * strength).astype(leaf.dtype), part)

        return self._replace(
            speaker=weaker(self.speaker),
            style=weaker(self.style),
            spectrum=weaker(self.spectrum),
            register=weaker(self.register),
            adaptation=weaker(self.adaptation),
            log_f0=weaker(self.log_f0),
        )


class Encoded(NamedTuple):
    """The text in a voice, before it is expanded to frames."""

    hidden: Float[Array, "b n d"]
    condition: Float[Array, "b d"]
    token_mel: Float[Array, "b n m"]  # predicted mean mel of each token, normalized; used for alignment
    prediction: VariancePrediction


class TeacherForced(NamedTuple):
    """The model's output with the durations and the prosody of a recording."""

    encoded: Encoded
    likelihood: Float[Array, "b n t"]
    durations: Int[Array, "b n"]  # from the alignment search
    path: Float[Array, "b t n"]
    prosody: Prosody  # measured in the recording
    taught: Taught


class Outputs(NamedTuple):
    """What training compares with the recording."""

    mel: Float[Array, "b t m"]  # normalized
    decoder_errors: dict[str, Float[Array, "b t"]]  # the decoder's own loss terms
    aligned_token_mel: Float[Array, "b t m"]
    durations: Int[Array, "b n"]  # from the alignment search
    prosody: Prosody  # measured in the recording
    prediction: VariancePrediction
    voice: Voice
    path_posterior: Float[Array, "b t"]  # probability of the token assigned to each frame
    voice_similarity: Float[Array, "b"]  # cosine of the speaker embeddings of output and recording


class XTTS(nn.Module):
    """The acoustic model, a pure function of its params.

    `train` is the only mode flag: it turns on dropout, hides some voices, and lets a flow draw random times.
    """

    config: Config
    n_vocab: int
    n_languages: int

    def setup(self):
        model, dtype = self.config.model, compute_dtype(self.config.compute_dtype)
        stack, remat = (model.heads, model.ffn_width), self.config.train.rematerialize
        self.voice_encoder = VoiceEncoder(
            model.voice_width, model.width, model.style_tokens, model.style_heads, dtype
        )
        self.colour = nn.Dense(model.width, dtype=dtype)
        self.language_embedding = nn.Embed(self.n_languages, model.width, dtype=dtype)
        self.text_encoder = TextEncoder(
            self.n_vocab, model.width, model.encoder_layers, *stack, model.dropout, dtype, remat
        )
        self.aligner = nn.Dense(self.config.audio.n_mels, dtype=jnp.float32)
        self.variance_predictor = VariancePredictor(model.variance_width, model.dropout, dtype)
        self.prosody_embedding = ProsodyEmbedding(model.width, dtype)
        self.contour_embedding = ContourEmbedding(model.width, model.frames_per_step, dtype)
        self.decoder = decoders.build(self.config, dtype)

    def __call__(self, features: Features, *, train: bool) -> Outputs:
        """Runs the model with the durations and the prosody of the recording."""
        voice = self.encode_voice(features.reference_mel, features.reference_lengths, train=train)
        forced = self.teacher_force(features, self.hide_some(voice) if train else voice, train=train)
        encoded, mel = forced.encoded, forced.taught.mel
        posterior = path_posterior(forced.likelihood, forced.durations, features.text_mask)
        return Outputs(
            mel=mel,
            decoder_errors=forced.taught.errors,
            aligned_token_mel=jnp.einsum("btn,bnm->btm", forced.path, encoded.token_mel),
            durations=forced.durations,
            prosody=forced.prosody,
            prediction=encoded.prediction,
            voice=voice,
            path_posterior=jax.lax.stop_gradient(posterior),
            voice_similarity=cosine(
                self._voice_heard(mel, features.mel_lengths),
                self._voice_heard(features.mel, features.mel_lengths),
            ),
        )

    def teacher_force(self, features: Features, voice: Voice, *, train: bool) -> TeacherForced:
        """Runs the model on a recording in any voice; no text may have more tokens than frames."""
        text = (features.tokens, features.text_mask, features.language_ids)
        encoded = self.encode_text(*text, voice, train=train)
        likelihood = gaussian_log_likelihood(encoded.token_mel, features.mel)
        durations = monotonic_alignment(likelihood, features.text_lengths, features.mel_lengths)
        path = alignment_path(durations, features.mel.shape[1])
        prosody = _measure(features, path)
        contour = Contour(features.log_f0, features.voiced)
        taught = self.decode(encoded, durations, prosody, contour, features.mel, train=train)
        return TeacherForced(encoded, likelihood, durations, path, prosody, taught)

    def _voice_heard(self, mel: Float[Array, "b t m"], lengths: Int[Array, "b"]) -> Float[Array, "b d"]:
        """The speaker embedding of a mel, without gradient for the voice encoder's params."""
        params = jax.lax.stop_gradient(self.voice_encoder.variables)
        listener = self.voice_encoder.clone(parent=None, name=None)
        return cast(Array, listener.apply(params, mel, lengths, train=False, method="embed_speaker"))

    def encode_voice(
        self, reference_mel: Float[Array, "b r m"], reference_lengths: Int[Array, "b"], *, train: bool
    ) -> Voice:
        speaker, style, weights = self.voice_encoder(reference_mel, reference_lengths, train=train)
        spectrum = loud_spectrum(reference_mel, reference_lengths)
        return Voice(speaker, style, weights, spectrum, jnp.zeros((len(speaker), 1)))

    def hide_some(self, voice: Voice) -> Voice:
        """Replaces a share `model.reference_dropout` of the voices by nobody's, --reference-strength 0."""
        kept = 1 - self.config.model.reference_dropout
        heard = jax.random.bernoulli(self.make_rng("dropout"), kept, (len(voice.speaker), 1))
        return voice.at_strength(heard.astype(jnp.float32))

    def encode_text(
        self,
        tokens: Int[Array, "b n"],
        text_mask: Bool[Array, "b n"],
        language_ids: Int[Array, "b"],
        voice: Voice,
        *,
        train: bool,
    ) -> Encoded:
        condition = (
            voice.speaker + voice.style + self.colour(voice.spectrum) + self.language_embedding(language_ids)
        )
        hidden = self.text_encoder(tokens, condition, text_mask, train=train)
        token_mel = self.aligner(hidden.astype(jnp.float32))
        predicted = self.variance_predictor(hidden, condition, text_mask, train=train)
        prediction = predicted._replace(log_f0=predicted.log_f0 + voice.register)
        return Encoded(hidden, condition, token_mel, prediction)

    def decode(
        self,
        encoded: Encoded,
        durations: Int[Array, "b n"],
        prosody: Prosody,
        contour: Contour,
        target: Float[Array, "b t m"],
        *,
        train: bool,
    ) -> Taught:
        return self.decoder(self.script(encoded, durations, prosody, contour), target, train=train)

    def script(
        self, encoded: Encoded, durations: Int[Array, "b n"], prosody: Prosody, contour: Contour
    ) -> Script:
        """The decoder's script; the contour must have as many frames as the output, in whole positions."""
        hidden = encoded.hidden + self.prosody_embedding(prosody)
        return Script(hidden, durations, self.contour_embedding(contour), encoded.condition)


def cosine(one: Float[Array, "b d"], other: Float[Array, "b d"]) -> Float[Array, "b"]:
    one, other = one.astype(jnp.float32), other.astype(jnp.float32)
    lengths = jnp.sqrt(jnp.square(one).sum(axis=-1) * jnp.square(other).sum(axis=-1) + 1e-12)
    return (one * other).sum(axis=-1) / lengths


def apply(
    model: XTTS, params: dict, function: Callable[[XTTS], T], rngs: dict[str, Array] | None = None
) -> T:
    """Calls `function` with the model bound to params; training needs the key `dropout` in `rngs`."""
    return cast(T, model.apply({"params": params}, method=function, rngs=rngs))


def adapted(params: dict, voice: Voice) -> dict:
    """The params adapted to a voice."""
    if voice.adaptation is None:
        return params
    return params | {"decoder": jax.tree.map(jnp.add, params["decoder"], voice.adaptation)}


def _measure(features: Features, path: Float[Array, "b t n"]) -> Prosody:
    log_f0, voiced = token_mean(features.log_f0, features.voiced, path)
    energy, _ = token_mean(features.energy, features.mel_mask, path)
    return jax.lax.stop_gradient(Prosody(log_f0, voiced, energy))
