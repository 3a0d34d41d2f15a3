"""How well a vocoder rebuilds recordings it never trained on, compared with Griffin-Lim and a constant."""

from collections.abc import Callable
from heapq import nsmallest

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio.griffin_lim import griffin_lim
from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.crops import Crops, Mels, cut_crops
from xtts_jax.train.baselines import best_constant_error
from xtts_jax.train.state import Params
from xtts_jax.vocoder.errors import Yardstick
from xtts_jax.vocoder.vocode import ITERATIONS


class VocoderValidator:
    """Copy-synthesis of stretches of held-out recordings, the same at every call."""

    def __init__(
        self, corpus: Corpus, config: Config, mels: Mels | None, generate: Callable[[Params, Array], Array]
    ) -> None:
        clips = held_out_stretches(corpus, config, mels)
        recorded = to_float32(clips.audio)
        measured = np.asarray(jax.jit(log_mel, static_argnums=1)(recorded, config.audio))
        self.mels = measured if clips.mel is None else clips.mel
        self._generate, self._measure = jax.jit(generate), Yardstick(list(recorded), config.audio)
        rebuilt = np.asarray(griffin_lim(self.mels, config.audio, ITERATIONS, jax.random.key(0)))
        self._griffin_lim = self._measure(list(rebuilt))
        self._constant = best_constant_error(self.mels.reshape(-1, config.audio.n_mels))

    def generate(self, params: Params) -> Float[np.ndarray, "b s"]:
        return np.asarray(self._generate(params, jnp.asarray(self.mels)))

    def __call__(self, params: Params) -> dict[str, float]:
        """Metrics by name, without the `eval/` they are logged under."""
        ours = self._measure(list(self.generate(params)))
        return {
            **ours._asdict(),
            **{f"{name}_griffin_lim": value for name, value in self._griffin_lim._asdict().items()},
            "mel_l1_best_constant": self._constant,
        }


def held_out_stretches(corpus: Corpus, config: Config, mels: Mels | None) -> Crops:
    """The first frames of some validation recordings, chosen by their ids: as many as a batch has."""
    held_out = corpus.validation if mels is None else np.intersect1d(corpus.validation, mels.members)
    frames = corpus.index.frames[held_out]
    length = min(config.vocoder.validation_frames, int(frames.max()))
    long = held_out[frames >= length]
    size = config.train.batch_size
    chosen = nsmallest(size, long, key=lambda i: hash_fraction(f"vocoder {corpus.index.id[i]}"))
    return cut_crops(corpus, chosen, [0] * len(chosen), length, config.audio.hop_length, mels)
