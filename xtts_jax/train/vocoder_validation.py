"""How well a vocoder rebuilds recordings it never trained on, beside Griffin-Lim and a constant."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio import pitch
from xtts_jax.audio.griffin_lim import griffin_lim
from xtts_jax.audio.mel import log_mel
from xtts_jax.config import Audio, Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.shards import to_float32
from xtts_jax.train.state import Params
from xtts_jax.train.validation import best_constant_error
from xtts_jax.vocoder_losses import recorded_norms, spectral

ITERATIONS = 60  # of Griffin-Lim
N_FFTS = (512, 1024, 2048)  # of the STFT distance

Clips = Float[np.ndarray, "b s"]


class Errors(NamedTuple):
    """Of rebuilt waveforms against the recordings."""

    mel_l1: float  # nat
    stft: float  # spectral convergence and log-magnitude error, mean over N_FFTS
    log_f0_rmse: float  # natural log, over frames that both voice
    voicing_error: float  # share of frames


class VocoderValidator:
    """Copy-synthesis of the same stretches of held-out recordings, whenever it is called."""

    def __init__(self, corpus: Corpus, config: Config, generate: Callable[[Params, Array], Array]) -> None:
        self.audio = config.audio
        self.clips = held_out_stretches(corpus, config)
        self.mels = np.asarray(jax.jit(log_mel, static_argnums=1)(self.clips, config.audio))
        self._generate = jax.jit(generate)
        self._pitch = [pitch.log_f0(clip, config.audio) for clip in self.clips]
        self.rebuilt = np.asarray(griffin_lim(self.mels, config.audio, ITERATIONS, jax.random.key(0)))
        self._griffin_lim = self.errors(self.rebuilt)
        self._constant = best_constant_error(self.mels.reshape(-1, config.audio.n_mels))

    def generate(self, params: Params) -> Clips:
        return np.asarray(self._generate(params, jnp.asarray(self.mels)))

    def __call__(self, params: Params) -> dict[str, float]:
        """Metrics by name, without the `eval/` they are logged under."""
        ours = self.errors(self.generate(params))
        return {
            **ours._asdict(),
            **{f"{name}_griffin_lim": value for name, value in self._griffin_lim._asdict().items()},
            "mel_l1_best_constant": self._constant,
        }

    def errors(self, waveforms: Clips) -> Errors:
        mel, stft = _distances(waveforms, self.clips, self.audio)
        found = [pitch.log_f0(clip, self.audio) for clip in np.nan_to_num(waveforms)]
        differences, disagreeing, frames = [], 0, 0
        for (ours, voiced), (theirs, truly) in zip(found, self._pitch, strict=True):
            differences.append((ours - theirs)[voiced & truly])
            disagreeing += int(np.sum(voiced != truly))
            frames += len(truly)
        both = np.concatenate(differences)
        rmse = float(np.sqrt(np.square(both).mean())) if len(both) else float("nan")
        return Errors(float(mel), float(stft), rmse, disagreeing / frames)


def held_out_stretches(corpus: Corpus, config: Config) -> Clips:
    """The first frames of validation recordings, picked by their ids, as many as one batch."""
    length = config.vocoder.validation_frames * config.audio.hop_length
    long = [int(i) for i in corpus.validation if len(corpus.record(int(i)).audio) >= length]
    chosen = sorted(long or _longest(corpus), key=lambda i: hash_fraction(f"vocoder {corpus.index.id[i]}"))
    rows = [to_float32(corpus.record(i).audio[:length]) for i in chosen[: config.train.batch_size]]
    shortest = min(len(row) for row in rows)
    return np.stack([row[:shortest] for row in rows])


def _longest(corpus: Corpus) -> list[int]:
    """The longest validation recording, where none is long enough."""
    return [int(corpus.validation[np.argmax(corpus.index.frames[corpus.validation])])]


def _distances(waveforms: Clips, recorded: Clips, settings: Audio) -> tuple[Array, Array]:
    @jax.jit
    def measure(ours: Array, theirs: Array) -> tuple[Array, Array]:
        mel = jnp.abs(log_mel(ours, settings) - log_mel(theirs, settings)).mean()
        found = spectral(ours, theirs, recorded_norms(theirs, N_FFTS, settings), N_FFTS, settings)
        return mel, found.convergence + found.log_magnitude

    return measure(waveforms, recorded)
