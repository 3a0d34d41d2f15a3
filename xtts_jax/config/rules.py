"""The rules between settings: what each must hold for a configuration to work."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from operator import attrgetter

from xtts_jax.config.sections import Config
from xtts_jax.errors import FieldError

Complaint = str | FieldError  # FieldError: about a setting that can be changed when a run speaks
Rule = tuple[bool, Complaint]  # whether it holds, and the complaint where it does not


def rules(config: Config) -> Iterator[Rule]:
    """The sizes first: the other rules may divide by them."""
    yield from _sizes(config)
    yield from _rules(config)


_MAY_BE_NONE = ("adversarial_from", "refinements", "bin_mask", "time_mask")


def _sizes(c: Config) -> list[Rule]:
    """What the other rules may divide by, and what nothing works without."""
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
        if isinstance(value, int) and not isinstance(value, bool) and name not in _MAY_BE_NONE
    ]
    rate = c.optim.learning_rate
    return [
        *at_least_one,
        (c.train.steps >= 1 and c.train.batch_size >= 1, "train.steps and train.batch_size are at least 1"),
        (
            min(c.train.accumulate, c.health.patience) >= 1,
            "train.accumulate and health.patience are at least 1",
        ),
        (0 <= rate < math.inf, f"optim.learning_rate is at least 0 and finite, not {rate}"),
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
    synthesis, recogniser = c.synthesis, c.recogniser
    return [
        (c.compute_dtype in ("auto", "float32", "bfloat16"), "compute_dtype is auto, float32 or bfloat16"),
        *(
            (value in allowed, _must_be(path, f"{', '.join(allowed[:-1])} or {allowed[-1]}", value))
            for path, allowed in _CHOICES.items()
            for value in (attrgetter(path)(c),)
        ),
        (audio.win_length <= audio.n_fft, "audio.win_length may not exceed audio.n_fft"),
        ((audio.n_fft - audio.hop_length) % 2 == 0, "audio.n_fft - audio.hop_length must be even"),
        (
            0 <= audio.fmin < audio.fmax <= audio.sample_rate / 2,
            "0 <= fmin < fmax <= sample_rate / 2 of audio",
        ),
        (
            0 < audio.f0_min < audio.f0_max < audio.sample_rate / 4,
            "0 < audio.f0_min < audio.f0_max < sample_rate / 4",
        ),
        (0.4 <= data.min_seconds < data.max_seconds, "0.4 <= data.min_seconds < data.max_seconds"),
        (
            data.speeds == tuple(sorted({round(x, 2) for x in data.speeds if 0.5 <= x <= 2} | {1.0})),
            "data.speeds rise, hold 1.0, lie between 0.5 and 2, and have two decimals at most",
        ),
        (0 < data.validation_fraction < 0.5, "data.validation_fraction lies between 0 and 0.5"),
        (0 <= data.validation_speaker_fraction < 0.5, "data.validation_speaker_fraction lies in [0, 0.5)"),
        (0 <= data.balance <= 1, "data.balance lies between 0 and 1"),
        (data.buckets >= 1 and data.workers >= 1, "data.buckets and data.workers are at least 1"),
        (data.reference_seconds >= 0.5, "data.reference_seconds is at least 0.5"),
        (
            train.model in ("vocoder", "voice") or data.frontend != "none",
            "data.frontend none is for vocoders and voice encoders: the other models need texts",
        ),
        (
            not (train.model == "vocoder" and vocoder.acoustic and data.frontend == "none"),
            "vocoder.acoustic needs texts: data.root and data.frontend are those of that run",
        ),
        (
            1 <= vocoder.adversarial_frames <= vocoder.crop_frames,
            "vocoder.adversarial_frames is at least 1 and at most vocoder.crop_frames",
        ),
        (
            min(vocoder.resolutions, default=8) >= 8 and all(n % 8 == 0 for n in vocoder.resolutions),
            "vocoder.resolutions are multiples of 8",
        ),
        (train.model == "acoustic" or train.accumulate == 1, "train.accumulate is 1 but for acoustic models"),
        (
            recogniser.width % (2 * recogniser.heads) == 0,
            "recogniser.width must be a multiple of twice recogniser.heads",
        ),
        (
            0 <= recogniser.bin_mask <= audio.n_mels and 0 <= recogniser.time_mask <= 64,
            "recogniser.bin_mask lies between 0 and audio.n_mels, recogniser.time_mask between 0 and 64",
        ),
        (
            c.voice.crops_per_speaker >= 2 and 0 < c.voice.cosine_temperature < math.inf,
            "voice.crops_per_speaker is at least 2, voice.cosine_temperature above 0 and finite",
        ),
        (
            train.model != "voice" or train.batch_size % c.voice.crops_per_speaker == 0,
            "train.batch_size must be a multiple of voice.crops_per_speaker",
        ),
        (model.width % model.heads == 0, "model.width must be a multiple of model.heads"),
        ((model.width // model.heads) % 2 == 0, "model.width / model.heads must be even (rotary positions)"),
        (model.width % model.style_heads == 0, "model.width must be a multiple of model.style_heads"),
        *((0 <= attrgetter(path)(c) < 1, f"{path} lies in [0, 1)") for path in _SHARES),
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
        (min(asdict(c.loss).values()) >= 0, "no weight in loss is below 0"),
        (optim.clip_norm > 0, "optim.clip_norm is above 0"),
        (train.batch_size % train.accumulate == 0, "train.batch_size is a multiple of train.accumulate"),
        (
            min(train.log_every, train.eval_every, train.checkpoint_every) >= 1 and train.keep_every >= 0,
            "train.log_every, eval_every and checkpoint_every are at least 1, keep_every at least 0",
        ),
    ]


def _must_be(field: str, what: str, value: object) -> FieldError:
    return FieldError(f"{{{field}}} must be {what}, not {{value!r}}", value=value)
