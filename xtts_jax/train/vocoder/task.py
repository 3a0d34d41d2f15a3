"""A vocoder as a task of the loop."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
import optax

from xtts_jax.audio.io import save
from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.crops import CropPlan, Crops, load_crops
from xtts_jax.data.pipeline import train_crops
from xtts_jax.errors import UserError
from xtts_jax.findings import SEVERE, Finding
from xtts_jax.models import discriminators, vocoders
from xtts_jax.models.ops import compute_dtype
from xtts_jax.models.vocoders.spec import complaints, spec_of, without_refinements
from xtts_jax.report import plots
from xtts_jax.train import parallel
from xtts_jax.train.baselines import best_constant_error
from xtts_jax.train.health import Metrics
from xtts_jax.train.hints import speak_command
from xtts_jax.train.optimizer import adamw, labels, learning_rate
from xtts_jax.train.recorder import Recorder
from xtts_jax.train.rehearsal import rehearse
from xtts_jax.train.state import DISCRIMINATORS, GENERATOR, Params, TrainState
from xtts_jax.train.step import averaging
from xtts_jax.train.task import Task
from xtts_jax.train.vocoder.duel import Objective
from xtts_jax.train.vocoder.predictions import acoustic_config, predict
from xtts_jax.train.vocoder.rules import RULES
from xtts_jax.train.vocoder.step import Clips, Optimizers, init_vocoder_state, make_vocoder_step
from xtts_jax.train.vocoder.validation import VocoderValidator
from xtts_jax.vocoder.vocode import find_vocoder

Rate = optax.Schedule | float


class VocoderTask(Task):
    """Mel to waveform."""

    def __init__(self, config: Config, corpus: Corpus, workdir: Path, *, resuming: bool) -> None:
        self._config, self._corpus, self._settings = config, corpus, config.vocoder
        spec, dtype = spec_of(config.vocoder), compute_dtype(config.compute_dtype)
        if wrong := complaints(spec, config.audio):
            raise UserError(
                f"The generator {config.vocoder.generator} cannot be built: {wrong[0]}. Correct "
                "config.vocoder or config.audio."
            )
        self._generator = vocoders.build(spec, config.audio, dtype)
        self._mels = predict(corpus, config, workdir) if config.vocoder.acoustic else None
        self._discriminators = discriminators.build(self._settings, config.audio, dtype)
        params = self._init()
        if config.train.init_from and not resuming:
            params[GENERATOR] = started_from(config)
        alone = max(config.train.steps - self._settings.adversarial_from, 1)
        self._schedule = learning_rate(config.optim, config.train.steps)
        late = learning_rate(config.optim, alone)
        _require_whole_modules(config.optim.freeze)
        labels(params, config.optim.freeze)
        self._optimizers = self._make_optimizers(self._schedule, late)
        self.state = self._begin(params, self._optimizers)
        self.batches = train_crops(corpus, config, self._mels, jax.process_index(), jax.process_count())
        self.closing = speak_command(f"--ckpt RUN --vocoder {workdir}")

    def step(self, number: int) -> Callable[[TrainState, Crops], tuple[TrainState, Metrics]]:
        return self._dueling_step if number > self._settings.adversarial_from else self._lonely_step

    def preflight(self) -> list[Finding]:
        """The generator alone, without discriminators."""
        config = self._config
        batch = load_crops(self._corpus, config, self._plan[0], self._mels)
        peak = config.optim.learning_rate
        optimizers = self._make_optimizers(peak, peak)
        step, state = self._make_step(optimizers, dueling=False), self._begin(self.state.params, optimizers)
        lines, found = rehearse(step, state, batch, config, RULES)
        metrics = lines[-1]
        mel = np.asarray(log_mel(jnp.asarray(to_float32(batch.audio)), config.audio))
        constant = best_constant_error(mel.reshape(-1, config.audio.n_mels))
        print(
            f"Preflight: {config.preflight.steps} steps on one batch: mel error {metrics['mel_l1']:.3f} nat, "
            f"best constant spectrum {constant:.3f}; {metrics['loudness_ratio']:.2f} times as loud as the "
            "recordings"
        )
        return found or self._judge(metrics["mel_l1"], constant)

    def _judge(self, error: float, constant: float) -> list[Finding]:
        if error < constant:
            return []
        return [
            Finding(
                "no_better_than_a_constant",
                SEVERE,
                f"After {self._config.preflight.steps} steps on one batch the mel error is {error:.3f} nat, "
                f"no better than the best constant spectrum ({constant:.3f}).",
                "optim.learning_rate is tiny or huge, or the recordings are not speech.",
                "listen to a few recordings; raise preflight.steps for a generator that starts slowly.",
            )
        ]

    def largest(self) -> Crops:
        return load_crops(self._corpus, self._config, self._plan[0], self._mels)

    def frames(self, batch: Crops) -> int:
        return batch.audio.shape[0] * self._settings.crop_frames

    def evaluate(self, state: TrainState) -> dict[str, float]:
        return self._validator(parallel.unreplicate(state.ema)[GENERATOR])

    def summarize(self, metrics: dict[str, float]) -> str:
        pairs = {"mel L1": "mel_l1", "STFT": "stft", "log F0": "log_f0_rmse", "voicing": "voicing_error"}
        shown = (
            f"{title} {metrics[name]:.3f} ({metrics[f'{name}_griffin_lim']:.3f})"
            for title, name in pairs.items()
        )
        return f"{', '.join(shown)}; in parentheses: Griffin-Lim"

    def error(self, metrics: dict[str, float], step: int) -> float:
        """Spectral distance: where the mel error is equal, the vocoder that sounds better has the lower."""
        return metrics["stft"]

    def write_samples(self, state: TrainState, step: int, workdir: Path, recorder: Recorder) -> None:
        folder, rate = workdir / "samples" / f"step_{step:07d}", self._config.audio.sample_rate
        folder.mkdir(parents=True, exist_ok=True)
        heard = self._validator.generate(parallel.unreplicate(state.ema)[GENERATOR])
        for i, clip in enumerate(heard[: self._config.train.samples]):
            save(folder / f"{i}.wav", np.clip(clip, -1, 1), rate)
            recorder.audio(step, f"sample/{i}", clip, rate)
            if plots.available():
                rebuilt = np.asarray(log_mel(jnp.asarray(clip)[None], self._config.audio))[0]
                mels = {"vocoder": rebuilt, "recording": self._validator.mels[i]}
                figure = plots.mel_figure(mels, self._config.audio)
                plots.save_figure(folder / f"{i}.png", figure)
                recorder.picture(step, f"sample/{i}", figure)

    def _init(self) -> Params:
        audio, frames = self._config.audio, self._settings.crop_frames

        def init(seed: jax.Array) -> Params:
            ours, theirs = jax.random.split(jax.random.key(seed))
            waveform = jnp.zeros((1, frames * audio.hop_length))
            return {
                GENERATOR: self._generator.init(ours, jnp.zeros((1, frames, audio.n_mels)))["params"],
                DISCRIMINATORS: self._discriminators.init(theirs, waveform)["params"],
            }

        return jax.jit(init)(jnp.asarray(self._config.train.seed, jnp.int32))

    def _begin(self, params: Params, optimizers: Optimizers) -> TrainState:
        seed = self._config.train.seed
        return init_vocoder_state(params[GENERATOR], params[DISCRIMINATORS], optimizers, seed)

    def _make_optimizers(self, generator: Rate, discriminators: Rate) -> Optimizers:
        optim = self._config.optim
        rates = {GENERATOR: generator, DISCRIMINATORS: discriminators}
        return Optimizers(
            *(
                optax.set_to_zero() if name in optim.freeze else adamw(optim, rate)
                for name, rate in rates.items()
            )
        )

    def _make_step(
        self, optimizers: Optimizers, *, dueling: bool
    ) -> Callable[[TrainState, Crops], tuple[TrainState, Metrics]]:
        vocoder, audio = self._settings, self._config.audio
        objective = Objective(
            vocoder.mel, vocoder.stft, vocoder.adversarial, vocoder.feature_matching, 1.0, 1.0,
            vocoder.adversarial_loss, vocoder.resolutions, vocoder.adversarial_frames,
        )  # fmt: skip
        step = make_vocoder_step(
            self._generate, self._judge_waveforms, optimizers, audio, objective,
            averaging(self._config.optim), dueling=dueling, accumulate=self._config.train.accumulate,
        )  # fmt: skip

        def stepping(state: TrainState, crops: Crops) -> tuple[TrainState, Metrics]:
            recorded = to_float32(jnp.asarray(crops.audio))
            mel = log_mel(recorded, audio) if crops.mel is None else crops.mel
            return step(state, Clips(recorded, mel))

        return stepping

    def _generate(self, params: Params, mel: jax.Array) -> jax.Array:
        return cast(jax.Array, self._generator.apply({"params": params}, mel))

    def _judge_waveforms(self, params: Params, waveforms: jax.Array) -> Any:
        return self._discriminators.apply({"params": params}, waveforms)

    @cached_property
    def _lonely_step(self) -> Callable[[TrainState, Crops], tuple[TrainState, Metrics]]:
        return self._make_step(self._optimizers, dueling=False)

    @cached_property
    def _dueling_step(self) -> Callable[[TrainState, Crops], tuple[TrainState, Metrics]]:
        return self._make_step(self._optimizers, dueling=True)

    @cached_property
    def _plan(self) -> CropPlan:
        return CropPlan(self._corpus, self._config, self._mels)

    @cached_property
    def _validator(self) -> VocoderValidator:
        return VocoderValidator(self._corpus, self._config, self._mels, self._generate)


def started_from(config: Config) -> Params:
    """The generator that `train.init_from` names; `UserError` where it is missing or does not fit."""
    name, spec = config.train.init_from, spec_of(config.vocoder)
    try:
        other = find_vocoder(name, config.audio)
    except UserError as error:
        raise UserError(
            f"train.init_from is {name}, which cannot be started from. {error} To begin from nothing, leave "
            "train.init_from empty."
        ) from error
    if without_refinements(other.spec) != without_refinements(spec):
        raise UserError(
            f"train.init_from is {name}, a {other.spec}, but this configuration asks for {spec}. "
            "Set config.vocoder to its values, or leave train.init_from empty."
        )
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, jnp.float32), other.params)


def require_named(config: Config, *, begun: bool) -> None:
    """`UserError` where `vocoder.acoustic` or `train.init_from` names what is missing or does not fit."""
    if config.vocoder.acoustic:
        acoustic_config(config)
    if config.train.init_from and not begun:
        started_from(config)


def _require_whole_modules(freeze: tuple[str, ...]) -> None:
    if parts := [name for name in freeze if "/" in name]:
        raise UserError(
            f"optim.freeze names {parts[0]!r}, but only whole modules of a vocoder can be frozen: "
            f"{GENERATOR} or {DISCRIMINATORS}."
        )
