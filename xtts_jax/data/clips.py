"""Conversion of a recording and its text to a record; used only in preparation."""

import numpy as np

from xtts_jax.audio import io, pitch
from xtts_jax.audio.denoise import denoise
from xtts_jax.audio.samples import to_float32, to_int16
from xtts_jax.config import Config
from xtts_jax.data.rows import Skipped, Utterance
from xtts_jax.data.shards import Record
from xtts_jax.data.speeds import play
from xtts_jax.errors import UserError
from xtts_jax.text.frontend import Frontend

EDGE_TOKENS = 2  # the tokenizer's <start> and <end>


def prepare_clip(utterance: Utterance, config: Config, frontend: Frontend) -> Record | Skipped:
    """A record of whole frames, trimmed and at `data.loudness`, or why not, as `reason: detail`."""
    try:
        audio = io.load(utterance.audio, config.audio.sample_rate)
    except UserError as error:
        return Skipped(utterance.id, f"audio cannot be read: {error}")
    audio = play(audio, utterance.speed)
    if config.data.denoise:
        audio = denoise(audio, config.audio.sample_rate)
    audio = io.trim(audio, config.audio.sample_rate, config.data.trim_db)
    seconds = len(audio) / config.audio.sample_rate
    if seconds < config.data.min_seconds:
        return Skipped(utterance.id, f"shorter than data.min_seconds: {seconds:.2f} s")
    if seconds > config.data.max_seconds:
        return Skipped(utterance.id, f"longer than data.max_seconds: {seconds:.2f} s")
    try:
        audio = io.normalize_loudness(audio, config.audio.sample_rate, config.data.loudness)
    except UserError as error:
        return Skipped(utterance.id, f"loudness cannot be measured: {error}")
    try:
        symbols = frontend(utterance.text, utterance.language, utterance.phonemes or None)
    except UserError as error:
        return Skipped(utterance.id, f"text cannot be used: {error}")
    return _record(utterance, config, audio, symbols)


def _record(utterance: Utterance, config: Config, audio: np.ndarray, symbols: str) -> Record | Skipped:
    frames = len(audio) // config.audio.hop_length
    if not symbols and config.data.frontend != "none":
        return Skipped(utterance.id, "nothing in its text can be spoken")
    if len(symbols) + EDGE_TOKENS > frames:
        return Skipped(utterance.id, f"more symbols than frames: {len(symbols)} in {frames}")
    samples = to_int16(audio[: frames * config.audio.hop_length])
    log_f0, voiced = pitch.log_f0(to_float32(samples), config.audio)
    return Record(
        id=utterance.id,
        speaker=utterance.speaker,
        language=utterance.language,
        text=utterance.text,
        symbols=symbols,
        audio=samples,
        log_f0=log_f0.astype(np.float16),
        voiced=voiced,
    )
