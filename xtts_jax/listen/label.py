"""Recordings without texts, made a corpus to train on.

They are cut at their pauses and transcribed by a recognizer. What it is sure of becomes a corpus for acoustic
models, the rest is listed in `left_out.csv`.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.audio.phrases import phrases
from xtts_jax.config import Config, Data
from xtts_jax.data.chunks import held_out_speaker
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.partial import partial_beside
from xtts_jax.data.rows import Utterance
from xtts_jax.data.settings import require_language
from xtts_jax.errors import FieldError, UserError
from xtts_jax.listen.transcriber import Hearing, Transcriber
from xtts_jax.text.sounds import phones


class Phrase(NamedTuple):
    id: str
    audio: np.ndarray  # (s,) float32


class Label(NamedTuple):
    phrase: Phrase
    sample_rate: int
    row: str  # a line of metadata.csv


class LeftOut(NamedTuple):
    id: str
    reason: str
    confidence: str = ""
    heard: str = ""


def label(transcriber: Transcriber, config: Config, out: Path, least: float) -> str:
    """Writes the corpus folder `out`, whole or not at all; gives a summary in words.

    least: the confidence a label must have. Raises `UserError` where no recording gets one.
    """
    if out.exists():
        raise FieldError("{out} {folder} exists already. Name a folder that does not exist yet.", folder=out)
    if not config.data.root:
        raise FieldError("There is nothing to label. Set {data.root} to the folder of your recordings.")
    require_language(config)
    root = Path(config.data.root).expanduser()
    manifest = read_manifest(root, config.data.language, text_needed=False)
    left_out = [LeftOut(skip.id, skip.reason) for skip in manifest.skipped]
    rows, seconds = [f"id|speaker|language|{transcriber.column}"], 0.0
    with partial_beside(out) as partial:
        for found in _labels(transcriber, config.data, manifest.utterances, least):
            if isinstance(found, LeftOut):
                left_out.append(found)
                continue
            target = partial / "wavs" / f"{found.phrase.id}.flac"
            target.parent.mkdir(parents=True, exist_ok=True)
            io.save_flac(target, found.phrase.audio, found.sample_rate)
            rows.append(found.row)
            seconds += len(found.phrase.audio) / found.sample_rate
        if len(rows) == 1:
            raise _nothing_labeled(root, left_out)
        (partial / "metadata.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")
        with (partial / "left_out.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([LeftOut._fields, *left_out])
        partial.replace(out)
    kept = f"{out}: {len(rows) - 1} phrases, {seconds / 60:.1f} minutes."
    return f"{kept}\nleft out, listed in left_out.csv: {_reasons(left_out)}" if left_out else kept


def _labels(
    transcriber: Transcriber, data: Data, utterances: Sequence[Utterance], least: float
) -> Iterator[Label | LeftOut]:
    """The phrases of all recordings, each labeled or left out; of phrases with one id only the first."""
    labeled: set[str] = set()
    for utterance in tqdm(utterances, "transcribing", unit="clip"):
        if reason := _why_not(utterance, transcriber, data):
            yield LeftOut(utterance.id, reason)
            continue
        try:
            rate = io.read_header(utterance.audio).sample_rate
            cut = _phrases(utterance, rate)
        except UserError as error:
            yield LeftOut(utterance.id, f"audio cannot be read: {error}")
            continue
        for phrase in cut:
            if phrase.id in labeled:
                yield LeftOut(utterance.id, f"another recording has its id: {phrase.id}")
                continue
            found = _transcribed(transcriber, data, phrase, utterance.language, rate, least)
            if isinstance(found, LeftOut):
                yield found
                continue
            labeled.add(phrase.id)
            said = " ".join(found.symbols.replace("|", " ").split())
            row = f"{phrase.id}|{utterance.speaker}|{utterance.language}|{said}"
            yield Label(phrase, rate, row)


def _nothing_labeled(root: Path, left_out: Sequence[LeftOut]) -> FieldError:
    reasons = _reasons(left_out)
    if surest := max((row.confidence for row in left_out), default=""):
        return FieldError(
            "No recording of {root} could be labeled: {reasons}. The highest confidence is {surest}: lower "
            "{least_confidence}, or train the recogniser longer and on more voices.",
            root=root,
            reasons=reasons,
            surest=surest,
        )
    return FieldError(
        "No recording of {root} could be labeled: {reasons}. A recording with a text needs no label.",
        root=root,
        reasons=reasons,
    )


def _why_not(utterance: Utterance, transcriber: Transcriber, data: Data) -> str:
    """Why a recording gets no label (`what: detail`); "" where it may get one."""
    if utterance.text.strip() or utterance.phonemes.strip():
        return "has a text already"
    if utterance.language not in transcriber.languages:
        known = ", ".join(transcriber.languages)
        return f"not a language that the recogniser knows ({known}): {utterance.language}"
    if held_out_speaker(utterance.speaker, data):
        return "of a speaker that data.validation_speaker_fraction holds out"
    return ""


def _phrases(utterance: Utterance, rate: int) -> list[Phrase]:
    audio = io.load(utterance.audio, rate)
    name = re.sub("^(wavs|clips)/", "", utterance.id.removesuffix(utterance.audio.suffix))
    spans = phrases(audio, rate)
    ids = [f"{name}_{number:02d}" for number in range(len(spans))] if len(spans) > 1 else [name]
    return [Phrase(id, audio[span]) for id, span in zip(ids, spans, strict=True)]


def _transcribed(
    transcriber: Transcriber, data: Data, phrase: Phrase, language: str, rate: int, least: float
) -> Hearing | LeftOut:
    """What is recognized, or why the phrase is left out."""
    seconds = len(io.trim(phrase.audio, rate, data.trim_db)) / rate  # as preparation will measure it
    if not data.min_seconds <= seconds <= data.max_seconds:
        return LeftOut(phrase.id, f"outside data.min_seconds and data.max_seconds: {seconds:.2f} s")
    hearing = transcriber.hear(io.resample(phrase.audio, rate, transcriber.sample_rate), language)
    if not phones(hearing.symbols):
        return LeftOut(phrase.id, "nothing was recognized")
    if hearing.confidence < least:
        confidence = f"{hearing.confidence:.3f}"
        return LeftOut(phrase.id, "confidence is too low", confidence, hearing.symbols)
    return hearing


def _reasons(left_out: Sequence[LeftOut]) -> str:
    counts = Counter(row.reason.partition(":")[0] for row in left_out)
    return "; ".join(f"{count} x {reason}" for reason, count in counts.most_common())
