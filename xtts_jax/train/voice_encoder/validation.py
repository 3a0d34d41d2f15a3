"""How well an encoder tells apart voices it never trained on."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.voice_crops import PlannedVoiceCrops, load_voice_crops
from xtts_jax.models.features import normalize_mel
from xtts_jax.models.ops import length_mask
from xtts_jax.train.state import Params
from xtts_jax.train.voice_encoder.step import Embed

_BATCH = 64  # crops embedded at once


class Trials(NamedTuple):
    """Which pairs of crops are compared; none within a recording where its speaker has several."""

    same: Bool[np.ndarray, "b b"]
    other: Bool[np.ndarray, "b b"]
    across: Bool[np.ndarray, "b b"]  # those of `same` that come from two recordings
    speakers: np.ndarray  # (b,)


class VoiceValidator:
    """Equal error rate and identification of held-out voices, and the same from their mean spectra."""

    def __init__(self, embed: Embed, corpus: Corpus, config: Config, planned: PlannedVoiceCrops) -> None:
        crops = load_voice_crops(corpus, config, planned)
        self.trials = trials_of(planned.speakers, planned.indices)
        self._lengths, self._embed = crops.lengths, jax.jit(embed)
        measure = jax.jit(lambda audio: normalize_mel(log_mel(to_float32(audio), config.audio), corpus.stats))
        self._mels = np.concatenate([np.asarray(measure(part)) for part in _parts(crops.audio)])
        mask = np.asarray(length_mask(jnp.asarray(crops.lengths), self._mels.shape[1]))[..., None]
        spectra = (self._mels * mask).sum(axis=1) / crops.lengths[:, None]
        self._baseline = told_apart(cosines(spectra), self.trials)

    def cosines(self, params: Params) -> Float[np.ndarray, "b b"]:
        embedded = [
            np.asarray(self._embed(params, mel, lengths))
            for mel, lengths in zip(_parts(self._mels), _parts(self._lengths), strict=True)
        ]
        return cosines(np.concatenate(embedded))

    def __call__(self, params: Params) -> dict[str, float]:
        """Metrics by name, without the `eval/` they are logged under."""
        spectral = {f"{name}_mean_spectrum": value for name, value in self._baseline.items()}
        return {
            **told_apart(self.cosines(params), self.trials),
            **spectral,
            "speakers": float(len(np.unique(self.trials.speakers))),
        }


def trials_of(speakers: np.ndarray, recordings: np.ndarray) -> Trials:
    """From the speaker and the recording of each crop, both (b,); the crops of a speaker are adjacent."""
    same = speakers[:, None] == speakers[None]
    apart = recordings[:, None] != recordings[None]
    several = (same & apart).any(axis=1)
    one = same & ~apart & ~several[:, None] & ~np.eye(len(speakers), dtype=bool)
    return Trials(same & apart | one, ~same, same & apart, speakers)


def told_apart(scores: Float[np.ndarray, "b b"], trials: Trials) -> dict[str, float]:
    """Figures of all speakers, by name.

    equal_error_across_recordings: only of speakers with several recordings, if there are any; there the noise
    of a recording cannot identify them. identified: the share of crops that, among the first crops of all
    speakers, are nearest to that of their own speaker.
    """
    above = np.triu(np.ones_like(trials.same), 1)
    others = scores[trials.other & above]
    found = {"equal_error": equal_error_rate(scores[trials.same & above], others)}
    if trials.across.any():
        found["equal_error_across_recordings"] = equal_error_rate(scores[trials.across & above], others)
    _, first = np.unique(trials.speakers, return_index=True)
    own = trials.same[:, first]
    asked = own.any(axis=1)
    nearest = scores[asked][:, first].argmax(axis=1)
    found["identified"] = float(own[asked][np.arange(len(nearest)), nearest].mean())
    return found


def equal_error_rate(same: Float[np.ndarray, "p"], other: Float[np.ndarray, "q"]) -> float:
    """The share of errors at the threshold that rejects as many of `same` as it accepts of `other`."""
    thresholds = np.unique(np.concatenate([same, other]))
    missed = np.searchsorted(np.sort(same), thresholds) / len(same)
    let_in = 1 - np.searchsorted(np.sort(other), thresholds) / len(other)
    nearest = np.abs(missed - let_in).argmin()
    return float((missed[nearest] + let_in[nearest]) / 2)


def cosines(vectors: Float[np.ndarray, "b d"]) -> Float[np.ndarray, "b b"]:
    unit = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return unit @ unit.T


def _parts(rows: Float[np.ndarray, "b ..."] | Array) -> list[np.ndarray]:
    return [np.asarray(rows[start : start + _BATCH]) for start in range(0, len(rows), _BATCH)]
