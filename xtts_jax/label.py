"""Recordings without texts made a corpus: `python -m xtts_jax.label --ckpt RUN --data.root CORPUS --out DIR`.

They are cut at their pauses, and a trained recogniser, or pocketsphinx, writes down what it hears. What it is
sure of becomes a corpus that acoustic models train on, the rest is listed in `left_out.csv`.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.audio.phrases import phrases
from xtts_jax.cli import load_config, run
from xtts_jax.compile_cache import use_compile_cache
from xtts_jax.config import Config, Data
from xtts_jax.data.chunks import held_out_speaker
from xtts_jax.data.layouts import Utterance
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.partial import partial_beside
from xtts_jax.errors import UserError
from xtts_jax.recognise import Hearing, Listener
from xtts_jax.text.sounds import phones
from xtts_jax.word_listener import WordListener


class Ear(Protocol):
    """What `recognise.Listener` and `WordListener` have in common."""

    column: str  # of a corpus that what it hears belongs in
    least_confidence: float  # for a label

    @property
    def sample_rate(self) -> int: ...
    @property
    def languages(self) -> Collection[str]: ...
    def hear(self, audio: np.ndarray) -> Hearing: ...


class Phrase(NamedTuple):
    id: str
    audio: np.ndarray  # (s,) float32


class LeftOut(NamedTuple):
    id: str
    reason: str
    confidence: str = ""
    heard: str = ""


def label(ear: Ear, config: Config, out: Path, least: float) -> str:
    """Writes the corpus folder `out`, whole or not at all; what became of the recordings, in words."""
    if out.exists():
        raise UserError(f"--out {out} is there already. Name a folder that does not exist yet.")
    root = Path(config.data.root).expanduser()
    if not config.data.root:
        raise UserError("Nothing was named to label. Set --data.root to the folder of your recordings.")
    manifest = read_manifest(root, config.data.language, text_needed=False)
    left_out = [LeftOut(skip.id, skip.reason) for skip in manifest.skipped]
    with partial_beside(out) as partial:
        rows, seconds = [], 0.0
        for utterance in tqdm(manifest.utterances, "listening", unit="clip"):
            try:
                _require_unlabelled(utterance, ear, config.data)
                rate = io.read_header(utterance.audio).sample_rate
                cut = list(_phrases(utterance, rate))
            except (UserError, _NotWantedError) as error:
                reason = (
                    str(error) if isinstance(error, _NotWantedError) else f"audio cannot be read: {error}"
                )
                left_out.append(LeftOut(utterance.id, reason))
                continue
            for phrase in cut:
                heard = _heard(ear, config.data, phrase, rate, least)
                if isinstance(heard, LeftOut):
                    left_out.append(heard)
                    continue
                _write_audio(partial / "wavs" / f"{phrase.id}.flac", phrase.audio, rate)
                rows.append(f"{phrase.id}|{utterance.speaker}|{utterance.language}|{heard.symbols}")
                seconds += len(phrase.audio) / rate
        if not rows:
            surest = max((row.confidence for row in left_out), default="") or "nothing"
            raise UserError(
                f"Not one recording of {root} was kept: {_reasons(left_out)} (the surest: {surest}). "
                f"{_HOW_TO_KEEP_MORE}"
            )
        header = f"id|speaker|language|{ear.column}"
        (partial / "metadata.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        with (partial / "left_out.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([LeftOut._fields, *left_out])
        partial.replace(out)
    kept = f"{len(rows)} of {len(rows) + len(left_out)} phrases were kept, {seconds / 60:.1f} minutes: {out}"
    return f"{kept}\nleft out, listed in left_out.csv: {_reasons(left_out)}" if left_out else kept


_HOW_TO_KEEP_MORE = (
    "Lower --least-confidence, or train the recogniser longer and on more voices; texts that are there "
    "already need no labels."
)


class _NotWantedError(Exception):
    """Why a recording gets no label (`what: detail`)."""


def _require_unlabelled(utterance: Utterance, ear: Ear, data: Data) -> None:
    if utterance.text.strip() or utterance.phonemes.strip():
        raise _NotWantedError("has a text already")
    if utterance.language not in ear.languages:
        raise _NotWantedError(f"the recogniser never heard the language: {utterance.language}")
    if held_out_speaker(utterance.speaker, data):
        raise _NotWantedError("of a speaker that data.validation_speaker_fraction holds out")


def _phrases(utterance: Utterance, rate: int) -> Iterator[Phrase]:
    audio = io.load(utterance.audio, rate)
    name = utterance.id.removesuffix(utterance.audio.suffix)
    spans = phrases(audio, rate)
    for number, span in enumerate(spans):
        yield Phrase(f"{name}_{number:02d}" if len(spans) > 1 else name, audio[span])


def _heard(ear: Ear, data: Data, phrase: Phrase, rate: int, least: float) -> Hearing | LeftOut:
    """What is heard, or why the phrase is left out."""
    seconds = len(io.trim(phrase.audio, rate, data.trim_db)) / rate  # as preparation will measure it
    if not data.min_seconds <= seconds <= data.max_seconds:
        return LeftOut(phrase.id, f"outside data.min_seconds and data.max_seconds: {seconds:.2f} s")
    hearing = ear.hear(io.resample(phrase.audio, rate, ear.sample_rate))
    if not phones(hearing.symbols):
        return LeftOut(phrase.id, "nothing was heard")
    if hearing.confidence < least:
        confidence = f"{hearing.confidence:.3f}"
        return LeftOut(phrase.id, "less sure than --least-confidence", confidence, hearing.symbols)
    return hearing


def _write_audio(path: Path, audio: np.ndarray, rate: int) -> None:
    import soundfile

    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, audio, rate, subtype="PCM_16")


def _reasons(left_out: Sequence[LeftOut]) -> str:
    counts = Counter(row.reason.partition(":")[0] for row in left_out)
    return "; ".join(f"{count} x {reason}" for reason, count in counts.most_common())


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m xtts_jax.label",
        description="Write down what recordings without texts say, as a corpus to train on.",
        allow_abbrev=False,
        epilog="--data.root DIR names the recordings; every key of the configuration is an option.",
    )
    by = parser.add_mutually_exclusive_group(required=True)
    by.add_argument("--ckpt", type=Path, metavar="RUN", help="of a recogniser, which hears phonemes")
    by.add_argument("--pocketsphinx", action="store_true", help="hears English words")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the corpus folder to make")
    parser.add_argument(
        "--least-confidence",
        type=float,
        metavar="X",
        help="mean probability of a symbol or word, 0 to 1; default: "
        f"{Listener.least_confidence}, of words {WordListener.least_confidence}",
    )
    parser.add_argument("--step", type=int, metavar="K", help="default: the best checkpoint")
    parser.add_argument(
        "--config", default="configs/recogniser.py", metavar="FILE", help="default: %(default)s"
    )
    options, overrides = parser.parse_known_args(arguments)
    least = options.least_confidence
    if least is not None and not 0 <= least <= 1:
        raise UserError(f"--least-confidence lies between 0 and 1, not {least}.")
    config = load_config(options.config, overrides)
    use_compile_cache()
    ear = WordListener() if options.pocketsphinx else Listener.load(options.ckpt, options.step)
    print(label(ear, config, options.out, ear.least_confidence if least is None else least))


if __name__ == "__main__":
    run(main)
