"""A few held-out sentences, spoken at every evaluation: free-running, as in synthesis."""

from pathlib import Path

import jax
import numpy as np

from xtts_jax.audio.io import save
from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.models.features import denormalize_mel, extract
from xtts_jax.models.generate import generate_beside
from xtts_jax.models.xtts import XTTS, apply
from xtts_jax.report import plots
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.state import Params
from xtts_jax.types import Batch, Stats
from xtts_jax.vocoder.vocode import Vocode


class Samples:
    """Speaks the first sentences of one validation batch; the same at every step of a run."""

    def __init__(self, model: XTTS, corpus: Corpus, config: Config, batch: Batch, vocode: Vocode) -> None:
        self._batch = jax.tree.map(lambda x: x[: config.train.samples], batch)
        self._config, self._tokenizer, self._vocode = config, corpus.tokenizer, vocode
        self._speak = jax.jit(lambda params: _speak(model, params, self._batch, corpus.stats))

    def write(self, params: Params, step: int, workdir: Path, recorder: Recorder) -> None:
        """WAV files and mel pictures under `samples/`, and the same to TensorBoard."""
        folder = workdir / "samples" / f"step_{step:07d}"
        folder.mkdir(parents=True, exist_ok=True)
        spoken = jax.device_get(self._speak(params))
        for i in range(len(self._batch.tokens)):
            length = min(int(spoken["durations"][i].sum()), spoken["mel"].shape[1])
            sound, remark = self._vocode(spoken["mel"][i, :length], seed=0)
            if remark:
                print(f"Sample {i}: {remark}")
            save(folder / f"{i}.wav", sound, self._config.audio.sample_rate)
            recorder.audio(step, f"sample/{i}", sound, self._config.audio.sample_rate)
            if plots.available():
                figure = self._figure(spoken, i, length)
                plots.save_figure(folder / f"{i}.png", figure)
                recorder.picture(step, f"sample/{i}", figure)

    def _figure(self, spoken: dict[str, np.ndarray], i: int, length: int):
        n, t = self._batch.text_lengths[i], self._batch.mel_lengths[i]
        mels = {
            "spoken, free-running": spoken["mel"][i, :length],
            "predicted with the recording's durations": spoken["teacher"][i, :t],
            "recording, and the tokens aligned with it": spoken["target"][i, :t],
        }
        symbols = self._tokenizer.decode(self._batch.tokens[i, :n])
        return plots.mel_figure(mels, self._config.audio, spoken["target_durations"][i, :n], symbols)


def _speak(model: XTTS, params: Params, batch: Batch, stats: Stats) -> dict[str, jax.Array]:
    features = extract(batch, model.config.audio, stats)
    outputs = apply(model, params, lambda m: m(features, train=False))
    free = generate_beside(model, params, features)
    return {
        "mel": denormalize_mel(free.mel, stats),
        "durations": free.durations,
        "teacher": denormalize_mel(outputs.mel, stats),
        "target": denormalize_mel(features.mel, stats),
        "target_durations": outputs.durations,
    }
