"""The constraints that a configuration must satisfy."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from operator import attrgetter

from xtts_jax.config.sections import AUTO, Config
from xtts_jax.errors import FieldError, either

SHORTEST_WINDOW = 8  # frames that a discriminator of mels can judge

Complaint = str | FieldError  # FieldError: about a setting that can be changed when a run speaks
Rule = tuple[bool, Complaint]  # whether it holds, and the complaint if it does not


def rules(config: Config) -> Iterator[Rule]:
    """All rules, starting with the sizes because the others divide by them."""
    yield from _sizes(config)
    yield from _rules(config)


_MAY_BE_ZERO = ("adversarial_from", "refinements", "bin_mask", "time_mask")


def _sizes(c: Config) -> list[Rule]:
    """Lower bounds, including those of everything that other rules divide by."""
    groups = {
        "audio": c.audio,
        "model": c.model,
        "preflight": c.preflight,
        "vocoder": c.vocoder,
        "recogniser": c.recogniser,
        "synthesis": c.synthesis,
    }
    at_least_one = [
        (value >= 1, _must_be(f"{group}.{name}", "at least 1", value))
        for group, part in groups.items()
        for name, value in asdict(part).items()
        if isinstance(value, int) and not isinstance(value, bool) and name not in _MAY_BE_ZERO
    ]
    rate = c.optim.learning_rate
    return [
        *at_least_one,
        (
            c.train.steps >= 1 and c.train.batch_size >= AUTO,
            "train.steps and train.batch_size must be at least 1, or train.batch_size auto",
        ),
        (
            min(c.train.accumulate, c.health.patience) >= 1,
            "train.accumulate and health.patience must be at least 1",
        ),
        (0 <= rate < math.inf, f"optim.learning_rate must be finite and at least 0, not {rate}"),
    ]


_CHOICES = {
    "data.frontend": ("phonemes", "characters", "none"),
    "train.model": ("acoustic", "vocoder", "voice", "recogniser"),
    "model.decoder": ("parallel", "autoregressive", "flow"),
    "vocoder.generator": ("istft", "hifigan_v1", "hifigan_v2", "hifigan_v3"),
    "vocoder.adversarial_loss": ("hinge", "least_squares"),
    "synthesis.flow_solver": ("euler", "midpoint"),
}


_DROPOUTS = ("model.dropout", "model.prenet_dropout", "model.reference_dropout", "recogniser.dropout")
_SHARES = (*_DROPOUTS, "model.condition_dropout", "recogniser.warp", "optim.ema_decay")


def _rules(c: Config) -> list[Rule]:
    audio, data, model, vocoder, optim, train = c.audio, c.data, c.model, c.vocoder, c.optim, c.train
    synthesis, recogniser, adversarial = c.synthesis, c.recogniser, c.adversarial
    return [
        (
            c.compute_dtype in ("auto", "float32", "bfloat16"),
            "compute_dtype must be auto, float32 or bfloat16",
        ),
        *(
            (value in allowed, _must_be(path, either(allowed), value))
            for path, allowed in _CHOICES.items()
            for value in (attrgetter(path)(c),)
        ),
        (audio.win_length <= audio.n_fft, "audio.win_length must not exceed audio.n_fft"),
        ((audio.n_fft - audio.hop_length) % 2 == 0, "audio.n_fft - audio.hop_length must be even"),
        (
            0 <= audio.fmin < audio.fmax <= audio.sample_rate / 2,
            "0 <= audio.fmin < audio.fmax <= audio.sample_rate / 2 must hold",
        ),
        (
            0 < audio.f0_min < audio.f0_max < audio.sample_rate / 4,
            "0 < audio.f0_min < audio.f0_max < audio.sample_rate / 4 must hold",
        ),
        (0.4 <= data.min_seconds < data.max_seconds, "0.4 <= data.min_seconds < data.max_seconds must hold"),
        (
            data.speeds == tuple(sorted({round(x, 2) for x in data.speeds if 0.5 <= x <= 2} | {1.0})),
            "data.speeds must be increasing, contain 1.0, lie between 0.5 and 2 and have at most 2 decimals",
        ),
        (0 < data.validation_fraction < 0.5, "data.validation_fraction must lie between 0 and 0.5"),
        (
            0 <= data.validation_speaker_fraction < 0.5,
            "data.validation_speaker_fraction must lie in [0, 0.5)",
        ),
        (0 <= data.balance <= 1, "data.balance must lie between 0 and 1"),
        (data.buckets >= 1 and data.workers >= 1, "data.buckets and data.workers must be at least 1"),
        (data.ezafe in ("written", "tagged"), f"data.ezafe must be written or tagged, not {data.ezafe!r}"),
        (data.reference_seconds >= 0.5, "data.reference_seconds must be at least 0.5"),
        (
            train.model in ("vocoder", "voice") or data.frontend != "none",
            "data.frontend=none is only for vocoders and voice encoders: the other models need texts",
        ),
        (
            not (train.model == "vocoder" and vocoder.acoustic and data.frontend == "none"),
            "vocoder.acoustic needs texts: set data.root and data.frontend as in the run that it names",
        ),
        (
            1 <= vocoder.adversarial_frames <= vocoder.crop_frames,
            "vocoder.adversarial_frames must be at least 1 and at most vocoder.crop_frames",
        ),
        (
            min(adversarial.windows, default=0) >= SHORTEST_WINDOW,
            f"adversarial.windows must be at least {SHORTEST_WINDOW} frames, and one or more of them",
        ),
        (
            min(adversarial.deception, adversarial.feature_matching) >= 0,
            "adversarial.deception and adversarial.feature_matching must not be negative",
        ),
        (
            adversarial.start >= 0 and 0 <= adversarial.learning_rate < math.inf,
            "adversarial.start must be at least 0, and adversarial.learning_rate finite and at least 0",
        ),
        (
            train.model == "acoustic" or adversarial.start == 0,
            "adversarial.start must be 0 except with train.model=acoustic",
        ),
        (
            min(vocoder.resolutions, default=8) >= 8 and all(n % 8 == 0 for n in vocoder.resolutions),
            "vocoder.resolutions must be multiples of 8",
        ),
        (
            recogniser.width % (2 * recogniser.heads) == 0,
            "recogniser.width must be a multiple of twice recogniser.heads",
        ),
        (
            0 <= recogniser.bin_mask <= audio.n_mels and 0 <= recogniser.time_mask <= 64,
            "recogniser.bin_mask must lie between 0 and audio.n_mels, recogniser.time_mask between 0 and 64",
        ),
        (
            c.voice.crops_per_speaker >= 2 and 0 < c.voice.cosine_temperature < math.inf,
            "voice.crops_per_speaker must be at least 2, and voice.cosine_temperature positive and finite",
        ),
        (
            train.model != "voice" or train.batch_size % c.voice.crops_per_speaker == 0,
            "train.batch_size must be a multiple of voice.crops_per_speaker",
        ),
        (model.width % model.heads == 0, "model.width must be a multiple of model.heads"),
        ((model.width // model.heads) % 2 == 0, "model.width / model.heads must be even (rotary positions)"),
        (model.width % model.style_heads == 0, "model.width must be a multiple of model.style_heads"),
        *((0 <= attrgetter(path)(c) < 1, f"{path} must lie in [0, 1)") for path in _SHARES),
        (
            0 <= synthesis.guidance <= 10,
            _must_be("synthesis.guidance", "between 0 and 10", synthesis.guidance),
        ),
        (
            0 <= synthesis.temperature <= 2,
            _must_be("synthesis.temperature", "between 0 and 2", synthesis.temperature),
        ),
        (
            synthesis.guidance == 1 or model.condition_dropout > 0,
            _must_be(
                "synthesis.guidance",
                "1 unless the model is trained with model.condition_dropout above 0",
                synthesis.guidance,
            ),
        ),
        (min(asdict(c.loss).values()) >= 0, "the weights in loss must not be negative"),
        (optim.clip_norm > 0, "optim.clip_norm must be above 0"),
        (
            train.batch_size % train.accumulate == 0,
            "train.batch_size must be a multiple of train.accumulate",
        ),
        (
            min(train.log_every, train.eval_every, train.checkpoint_every) >= 1 and train.keep_every >= 0,
            "train.log_every, train.eval_every and train.checkpoint_every must be at least 1, and "
            "train.keep_every at least 0",
        ),
    ]


def _must_be(field: str, what: str, value: object) -> FieldError:
    return FieldError(f"{{{field}}} must be {what}, not {{value!r}}", value=value)
