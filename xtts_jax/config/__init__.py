"""The configuration of a run: frozen dataclasses, built and validated once, at startup."""

from xtts_jax.config.build import build, digest, from_dict, to_dict
from xtts_jax.config.sections import (
    AUTO,
    Adversarial,
    Audio,
    Config,
    Data,
    Health,
    Loss,
    Model,
    Optim,
    Preflight,
    Recogniser,
    Synthesis,
    Train,
    Vocoder,
    VoiceLearning,
)

__all__ = [
    "AUTO",
    "Adversarial",
    "Audio",
    "Config",
    "Data",
    "Health",
    "Loss",
    "Model",
    "Optim",
    "Preflight",
    "Recogniser",
    "Synthesis",
    "Train",
    "Vocoder",
    "VoiceLearning",
    "build",
    "digest",
    "from_dict",
    "to_dict",
]
