"""The sections of the configuration, as frozen dataclasses, and quantities derived from them.

`configs/base.py` holds the values and explains them.
"""

from dataclasses import dataclass


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
    ezafe: str
    cache_dir: str
    loudness: float
    denoise: bool
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
class Adversarial:
    start: int
    learning_rate: float
    windows: tuple[int, ...]
    width: int
    deception: float
    feature_matching: float

    def learns(self, step: int) -> bool:
        """Whether the discriminators take part in this step."""
        return 0 < self.start < step


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
    ema_warmup: bool
    freeze: tuple[str, ...]


AUTO = 0  # a batch size that is yet to be found


@dataclass(frozen=True)
class Train:
    model: str
    steps: int
    batch_size: int
    accumulate: int
    rematerialize: bool
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
    adversarial: Adversarial
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
        """Mel frames per position of the model; a text needs at least one position per token."""
        if self.train.model == "recogniser":
            return self.recogniser.frames_per_position
        return self.model.frames_per_step
