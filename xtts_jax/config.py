"""The configuration as frozen dataclasses, built once from a ConfigDict at the edge.

Values and their reasons live in `configs/base.py` alone; here are the types, the derived
numbers and the rules between fields.
"""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, fields, is_dataclass
from operator import attrgetter
from typing import Any, get_args, get_origin, get_type_hints

from ml_collections import ConfigDict

from xtts_jax.errors import UserError


@dataclass(frozen=True)
class Audio:
    sample_rate: int
    n_fft: int
    hop_length: int
    win_length: int
    n_mels: int
    fmin: float
    fmax: float
    f0_min: float
    f0_max: float

    def frames(self, seconds: float) -> int:
        return round(seconds * self.sample_rate / self.hop_length)

    def seconds(self, frames: int) -> float:
        return frames * self.hop_length / self.sample_rate


@dataclass(frozen=True)
class Data:
    root: str
    language: str
    frontend: str
    lexicon: str
    cache_dir: str
    loudness: float
    trim_db: float
    min_seconds: float
    max_seconds: float
    validation_fraction: float
    validation_speaker_fraction: float
    balance: float
    speeds: tuple[float, ...]
    buckets: int
    reference_seconds: float
    workers: int


@dataclass(frozen=True)
class Model:
    decoder: str
    width: int
    heads: int
    ffn_width: int
    encoder_layers: int
    decoder_layers: int
    frames_per_step: int
    variance_width: int
    voice_width: int
    style_tokens: int
    style_heads: int
    dropout: float
    prenet_dropout: float
    reference_dropout: float
    condition_dropout: float


@dataclass(frozen=True)
class Vocoder:
    generator: str
    width: int
    hidden: int
    layers: int
    refinements: int
    acoustic: str
    crop_frames: int
    validation_frames: int
    adversarial_from: int
    adversarial_frames: int
    adversarial_loss: str
    periods: tuple[int, ...]
    period_widths: tuple[int, ...]
    resolutions: tuple[int, ...]
    resolution_width: int
    mel: float
    stft: float
    adversarial: float
    feature_matching: float


@dataclass(frozen=True)
class Recogniser:
    width: int
    heads: int
    ffn_width: int
    conv_layers: int
    layers: int
    frames_per_position: int
    dropout: float
    warp: float
    bin_mask: int
    time_mask: int


@dataclass(frozen=True)
class VoiceLearning:
    crops_per_speaker: int
    cosine_temperature: float


@dataclass(frozen=True)
class Loss:
    mel: float
    alignment: float
    duration: float
    log_f0: float
    voiced: float
    energy: float
    speaker: float
    stop: float
    flow: float
    coarse: float


@dataclass(frozen=True)
class Optim:
    learning_rate: float
    warmup_steps: int
    final_fraction: float
    b1: float
    b2: float
    weight_decay: float
    clip_norm: float
    ema_decay: float
    freeze: tuple[str, ...]


@dataclass(frozen=True)
class Train:
    model: str
    steps: int
    batch_size: int
    accumulate: int
    log_every: int
    eval_every: int
    checkpoint_every: int
    keep_every: int
    eval_batches: int
    samples: int
    seed: int
    init_from: str


@dataclass(frozen=True)
class Preflight:
    enabled: bool
    steps: int
    batch_size: int


@dataclass(frozen=True)
class Synthesis:
    vocoder: str
    flow_steps: int
    flow_solver: str
    guidance: float
    temperature: float


@dataclass(frozen=True)
class Health:
    stop: bool
    patience: int
    settle_steps: int
    most_skipped: int
    unmoved: float
    update_ratio: float
    loss_mismatch: float
    mel_mean_error: float
    mel_range_ratio: float
    rise: float
    validation_rise: float
    least_shuffled: int
    text_gain: float
    reference_gain: float
    voice_spread: float
    alignment_sharpness: float
    tokens_starved: float
    alignment_stuck: float
    duration_ratio: float
    leaked: float


@dataclass(frozen=True)
class Config:
    compute_dtype: str
    audio: Audio
    data: Data
    model: Model
    vocoder: Vocoder
    recogniser: Recogniser
    voice: VoiceLearning
    loss: Loss
    optim: Optim
    train: Train
    preflight: Preflight
    synthesis: Synthesis
    health: Health

    @property
    def frames_per_position(self) -> int:
        """Mel frames that share what can be one token: no text may have more tokens than there are such."""
        if self.train.model == "recogniser":
            return self.recogniser.frames_per_position
        return self.model.frames_per_step


def build(config: ConfigDict) -> Config:
    """The typed configuration; `UserError` names the key that is unknown, missing or out of range."""
    return from_dict(config.to_dict())


def from_dict(values: dict[str, Any]) -> Config:
    """The inverse of `to_dict`, for the `config.json` of a run."""
    config = _construct(Config, values, "config")
    for rules in (_sizes, _rules):
        for holds, complaint in rules(config):
            if not holds:
                raise UserError(f"The configuration cannot work: {complaint}.")
    return config


def to_dict(config: Config) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(config)))


def digest(*parts: Any) -> str:
    """Eight hexadecimal digits that change when any of the JSON-like parts does."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]


def _construct(cls: type, values: dict[str, Any], path: str) -> Any:
    names = {field.name for field in fields(cls)}
    for name in values.keys() - names:
        raise UserError(f"Unknown configuration key {path}.{name}. Keys there: {', '.join(sorted(names))}.")
    for name in names - values.keys():
        raise UserError(
            f"The configuration lacks {path}.{name}. Start from configs/base.py, which has every key."
        )
    hints = get_type_hints(cls)
    return cls(**{name: _convert(hints[name], values[name], f"{path}.{name}") for name in names})


def _convert(kind: Any, value: Any, path: str) -> Any:
    if isinstance(kind, type) and is_dataclass(kind):
        return _construct(kind, value, path)
    if get_origin(kind) is tuple:
        return tuple(_convert(get_args(kind)[0], each, path) for each in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UserError(f"{path} must be of type {kind.__name__}, not {type(value).__name__} ({value!r}).")
    return value


_MAY_BE_NONE = ("adversarial_from", "refinements", "bin_mask", "time_mask")


def _sizes(c: Config) -> list[tuple[bool, str]]:
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
        (value >= 1, f"{group}.{name} is at least 1, not {value}")
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


def _rules(c: Config) -> list[tuple[bool, str]]:
    audio, data, model, vocoder, optim, train = c.audio, c.data, c.model, c.vocoder, c.optim, c.train
    synthesis, recogniser = c.synthesis, c.recogniser
    return [
        (c.compute_dtype in ("auto", "float32", "bfloat16"), "compute_dtype is auto, float32 or bfloat16"),
        *(
            (value in allowed, f"{path} is {', '.join(allowed[:-1])} or {allowed[-1]}, not {value!r}")
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
        (0 <= synthesis.guidance <= 10, "synthesis.guidance lies in [0, 10]"),
        (0 <= synthesis.temperature <= 2, "synthesis.temperature lies in [0, 2]"),
        (
            synthesis.guidance == 1 or model.condition_dropout > 0,
            "synthesis.guidance other than 1 needs training with model.condition_dropout above 0",
        ),
        (min(asdict(c.loss).values()) >= 0, "no weight in loss is below 0"),
        (optim.clip_norm > 0, "optim.clip_norm is above 0"),
        (train.batch_size % train.accumulate == 0, "train.batch_size is a multiple of train.accumulate"),
        (
            min(train.log_every, train.eval_every, train.checkpoint_every) >= 1 and train.keep_every >= 0,
            "train.log_every, eval_every and checkpoint_every are at least 1, keep_every at least 0",
        ),
    ]
