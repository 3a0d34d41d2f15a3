"""Recordings without texts made a corpus: `python -m xtts_jax.label --ckpt RUN --data.root CORPUS --out DIR`.

They are cut at their pauses, and a trained recogniser, or pocketsphinx, writes down what it hears. What it is
sure of becomes a corpus that acoustic models train on, the rest is listed in `left_out.csv`.
"""

import argparse
import csv
import re
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.audio.phrases import phrases
from xtts_jax.commands.cli import load_config, run
from xtts_jax.commands.compile_cache import use_compile_cache
from xtts_jax.config import Config, Data
from xtts_jax.data.chunks import held_out_speaker
from xtts_jax.data.layouts import Utterance
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.partial import partial_beside
from xtts_jax.errors import UserError
from xtts_jax.listen.listener import Hearing, Listener
from xtts_jax.listen.pocketsphinx import WordListener
from xtts_jax.text.sounds import phones


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
        rows: dict[str, str] = {}
        seconds = 0.0
        for utterance in tqdm(manifest.utterances, "listening", unit="clip"):
            if reason := _why_not(utterance, ear, config.data):
                left_out.append(LeftOut(utterance.id, reason))
                continue
            try:
                rate = io.read_header(utterance.audio).sample_rate
                cut = _phrases(utterance, rate)
            except UserError as error:
                left_out.append(LeftOut(utterance.id, f"audio cannot be read: {error}"))
                continue
            for phrase in cut:
                if phrase.id in rows:
                    left_out.append(LeftOut(utterance.id, f"another recording has its id: {phrase.id}"))
                    continue
                heard = _heard(ear, config.data, phrase, rate, least)
                if isinstance(heard, LeftOut):
                    left_out.append(heard)
                    continue
                target = partial / "wavs" / f"{phrase.id}.flac"
                target.parent.mkdir(parents=True, exist_ok=True)
                io.save_flac(target, phrase.audio, rate)
                rows[phrase.id] = f"{phrase.id}|{utterance.speaker}|{utterance.language}|{heard.symbols}"
                seconds += len(phrase.audio) / rate
        if not rows:
            raise UserError(f"Nothing of {root} was kept: {_reasons(left_out)}.{_remedy(left_out)}")
        header = f"id|speaker|language|{ear.column}"
        (partial / "metadata.csv").write_text("\n".join([header, *rows.values(), ""]), encoding="utf-8")
        with (partial / "left_out.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([LeftOut._fields, *left_out])
        partial.replace(out)
    kept = f"{out}: {len(rows)} phrases, {seconds / 60:.1f} minutes."
    return f"{kept}\nleft out, listed in left_out.csv: {_reasons(left_out)}" if left_out else kept


def _remedy(left_out: Sequence[LeftOut]) -> str:
    if surest := max((row.confidence for row in left_out), default=""):
        return (
            f" The surest is {surest}: lower --least-confidence, or train the recogniser longer and on more "
            "voices."
        )
    return " There is nothing to label in it; what has a text needs no label."


def _why_not(utterance: Utterance, ear: Ear, data: Data) -> str:
    """Why a recording gets no label (`what: detail`); empty where it may get one."""
    if utterance.text.strip() or utterance.phonemes.strip():
        return "has a text already"
    if utterance.language not in ear.languages:
        return f"not a language that the recogniser hears ({', '.join(ear.languages)}): {utterance.language}"
    if held_out_speaker(utterance.speaker, data):
        return "of a speaker that data.validation_speaker_fraction holds out"
    return ""


def _phrases(utterance: Utterance, rate: int) -> list[Phrase]:
    audio = io.load(utterance.audio, rate)
    name = re.sub("^(wavs|clips)/", "", utterance.id.removesuffix(utterance.audio.suffix))
    spans = phrases(audio, rate)
    ids = [f"{name}_{number:02d}" for number in range(len(spans))] if len(spans) > 1 else [name]
    return [Phrase(id, audio[span]) for id, span in zip(ids, spans, strict=True)]


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
    by = parser.add_mutually_exclusive_group()
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
    if not options.ckpt and not options.pocketsphinx:
        raise UserError("Who should listen? Give --ckpt, the run of a recogniser, or --pocketsphinx.")
    if options.step is not None and options.pocketsphinx:
        raise UserError("--step is for --ckpt: pocketsphinx has no checkpoints. Leave it out.")
    least = options.least_confidence
    if least is not None and not 0 <= least <= 1:
        raise UserError(f"--least-confidence lies between 0 and 1, not {least}.")
    config = load_config(options.config, overrides)
    use_compile_cache()
    ear = WordListener() if options.pocketsphinx else Listener.load(options.ckpt, options.step)
    print(label(ear, config, options.out, ear.least_confidence if least is None else least))


if __name__ == "__main__":
    run(main)
