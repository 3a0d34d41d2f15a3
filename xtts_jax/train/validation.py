"""How good the model is on recordings it never trained on, beside what takes no model at all."""

from dataclasses import dataclass
from itertools import islice

import jax
import numpy as np

from xtts_jax.audio.mel import log_mel
from xtts_jax.config import Audio, Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import validation_batches
from xtts_jax.models.xtts import XTTS
from xtts_jax.train import parallel
from xtts_jax.train.state import Params
from xtts_jax.train.step import make_eval_step
from xtts_jax.types import Batch


@dataclass(frozen=True)
class Baselines:
    """Mean absolute errors (nat) that a model must beat to have learned anything.

    constant: the best constant spectrum, the median of each bin. previous: each frame a copy of the
    recording's frame before it.
    """

    constant: float
    previous: float


class Validator:
    """The validation pass: compiled once, batches and baselines kept in memory."""

    def __init__(self, model: XTTS, corpus: Corpus, config: Config) -> None:
        self.batches = list(islice(validation_batches(corpus, config), config.train.eval_batches))
        self.baselines = baselines(
            [batch for batch, _ in self.batches], config.audio, [v for _, v in self.batches]
        )
        self._step = parallel.compile_step(make_eval_step(model, corpus.stats), donate_state=False)

    def __call__(self, replicated_params: Params) -> dict[str, float]:
        """Metrics in nat and frames, by name, without the `eval/` they are logged under."""
        sums: dict[str, float] = {}
        for batch, valid in self.batches:
            part = jax.device_get(
                parallel.unreplicate(self._step(replicated_params, *parallel.shard((batch, valid))))
            )
            sums = {name: sums[name] + float(value) if sums else float(value) for name, value in part.items()}
        return {
            "mel_l1_teacher": sums["mel_l1_teacher"] / sums["frames"],
            "mel_l1_free": sums["mel_l1_free"] / sums["frames"],
            "duration_error_frames": sums["duration_error_frames"] / sums["tokens"],
            "length_ratio": sums["predicted_frames"] / sums["frames"],
            "mel_l1_best_constant": self.baselines.constant,
            "mel_l1_previous_frame": self.baselines.previous,
        }


def baselines(batches: list[Batch], settings: Audio, valid: list[np.ndarray]) -> Baselines:
    """Over the real frames of the examples where `valid` is True."""
    compute = jax.jit(log_mel, static_argnums=1)
    mels = [
        mel[:length]
        for batch, keep in zip(batches, valid, strict=True)
        for mel, length in zip(
            np.asarray(compute(batch.audio, settings))[keep], batch.mel_lengths[keep], strict=True
        )
    ]
    frames = np.concatenate(mels)
    return Baselines(
        constant=float(np.abs(frames - np.median(frames, axis=0)).mean()),
        previous=float(np.concatenate([np.abs(np.diff(mel, axis=0)) for mel in mels]).mean()),
    )
