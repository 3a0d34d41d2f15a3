"""A trained recogniser in use: a recording to the symbols that are said in it."""

from functools import partial
from pathlib import Path
from typing import cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from xtts_jax.audio import io
from xtts_jax.audio.mel import log_mel
from xtts_jax.config import Config
from xtts_jax.data.statistics import load_stats
from xtts_jax.errors import UserError
from xtts_jax.listen.transcriber import Hearing
from xtts_jax.models.features import normalize_mel
from xtts_jax.models.ops import compute_dtype, length_mask
from xtts_jax.models.recogniser import Recogniser, best_path, ctc_errors
from xtts_jax.runs.params import load_params
from xtts_jax.runs.settings import read_config_of
from xtts_jax.runs.shapes import require_shapes
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import round_up

FRAME_STEP = 192  # clips are padded to multiples of it, so that few shapes are compiled


class Listener:
    """The recogniser of a run, loaded once. Clips are trimmed and leveled as preparation does it."""

    column: str = "phonemes"
    least_confidence: float = 0.7

    def __init__(self, config: Config, params: dict, tokenizer: Tokenizer, workdir: Path) -> None:
        self.config, self.tokenizer = config, tokenizer
        self.languages, self.sample_rate = tokenizer.languages, config.audio.sample_rate
        self._params = params
        stats = load_stats(workdir / "stats.json")
        model = Recogniser(config.recogniser, len(tokenizer), compute_dtype(config.compute_dtype))

        @jax.jit
        def hear(params: dict, audio: Array, frames: Array) -> tuple[Array, ...]:
            mel = normalize_mel(log_mel(audio[None], config.audio), stats)
            lengths = frames[None]
            mel = mel * length_mask(lengths, mel.shape[1])[..., None]
            log_probs, mask = model.apply({"params": params}, mel, lengths, train=False)
            symbols, counts = best_path(log_probs, cast(Array, mask))
            errors, _ = ctc_errors(log_probs, cast(Array, mask), symbols, counts)
            return symbols[0], counts[0], errors[0]

        self._hear = hear

    @classmethod
    def load(cls, workdir: Path, step: int | None = None) -> "Listener":
        """From the run's best checkpoint, or that of `step`; raises `UserError` where there is none."""
        config = read_config_of(workdir, "recogniser")
        params, _ = load_params(workdir, step)
        tokenizer = Tokenizer.load(workdir / "tokenizer.json")
        require_shapes(params, _shapes(config, len(tokenizer)), workdir)
        return cls(config, params, tokenizer, workdir)

    def hear(self, audio: np.ndarray, language: str) -> Hearing:
        """The symbols of a (s,) clip at `sample_rate`; none for one that is silent or shorter than 0.4 s."""
        del language  # one model for all that it has learned
        settings, data = self.config.audio, self.config.data
        try:
            audio = io.trim(np.asarray(audio, np.float32), settings.sample_rate, data.trim_db)
            audio = io.normalize_loudness(audio, settings.sample_rate, data.loudness)
        except UserError:
            return Hearing("", 0.0)
        frames = len(audio) // settings.hop_length
        padded = np.zeros(round_up(frames, FRAME_STEP) * settings.hop_length, np.float32)
        padded[: frames * settings.hop_length] = audio[: frames * settings.hop_length]
        symbols, count, error = jax.device_get(self._hear(self._params, padded, jnp.asarray(frames)))
        heard = self.tokenizer.decode(symbols[:count]).strip()
        return Hearing(heard, float(np.exp(-error / count)) if count else 0.0)


def _shapes(config: Config, n_vocab: int) -> dict:
    """The params with shapes in place of arrays."""
    model = Recogniser(config.recogniser, n_vocab, compute_dtype(config.compute_dtype))
    mel = jnp.zeros((1, config.frames_per_position, config.audio.n_mels))
    init = partial(model.init, train=False)
    return dict(jax.eval_shape(init, jax.random.key(0), mel, jnp.ones(1, jnp.int32))["params"])
