"""Recordings without texts made a corpus: `python -m xtts_jax.label --ckpt RUN --data.root CORPUS --out DIR`.

A trained recogniser writes down the phonemes it hears; what it is sure of becomes the `phonemes` column of
a corpus that acoustic models train on, the rest is listed in `left_out.csv`.
"""

import argparse
import csv
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.cli import load_config, run
from xtts_jax.compile_cache import use_compile_cache
from xtts_jax.config import Config
from xtts_jax.data.layouts import Utterance
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.partial import partial_beside
from xtts_jax.errors import UserError
from xtts_jax.recognise import Hearing, Listener
from xtts_jax.text.sounds import phones

LEAST_CONFIDENCE = 0.7
HEADER = "id|speaker|language|phonemes"


class LeftOut(NamedTuple):
    id: str
    reason: str
    confidence: str = ""
    phonemes: str = ""


def label(listener: Listener, config: Config, out: Path, least: float) -> str:
    """Writes the corpus folder `out`, whole or not at all; what became of the recordings, in words."""
    if out.exists():
        raise UserError(f"--out {out} is there already. Name a folder that does not exist yet.")
    root = Path(config.data.root).expanduser()
    if not config.data.root:
        raise UserError("Nothing was named to label. Set --data.root to the folder of your recordings.")
    manifest = read_manifest(root, config.data.language, text_needed=False)
    left_out = [LeftOut(skip.id, skip.reason) for skip in manifest.skipped]
    with partial_beside(out) as partial:
        (partial / "wavs").mkdir()
        rows, seconds = [], 0.0
        for utterance in tqdm(manifest.utterances, "listening", unit="clip"):
            result = _heard(listener, config, utterance, least)
            if isinstance(result, LeftOut):
                left_out.append(result)
                continue
            hearing, length = result
            _copy_audio(utterance, partial / "wavs")
            rows.append(f"{utterance.id}|{utterance.speaker}|{utterance.language}|{hearing.symbols}")
            seconds += length
        if not rows:
            surest = max((row.confidence for row in left_out), default="") or "nothing"
            raise UserError(
                f"Not one recording of {root} was kept: {_reasons(left_out)} (the surest: {surest}). "
                f"{_HOW_TO_KEEP_MORE}"
            )
        (partial / "metadata.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
        with (partial / "left_out.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([LeftOut._fields, *left_out])
        partial.replace(out)
    kept = (
        f"{len(rows)} of {len(rows) + len(left_out)} recordings were kept, {seconds / 60:.1f} minutes: {out}"
    )
    return f"{kept}\nleft out, listed in left_out.csv: {_reasons(left_out)}" if left_out else kept


_HOW_TO_KEEP_MORE = (
    "Lower --least-confidence, or train the recogniser longer and on more voices; texts that are there "
    "already need no labels."
)


def _heard(
    listener: Listener, config: Config, utterance: Utterance, least: float
) -> tuple[Hearing, float] | LeftOut:
    """What is heard, and how many seconds long; or why the recording is left out (`what: detail`)."""
    if utterance.text.strip() or utterance.phonemes.strip():
        return LeftOut(utterance.id, "has a text already")
    if utterance.language not in listener.tokenizer.languages:
        return LeftOut(utterance.id, f"the recogniser never heard the language: {utterance.language}")
    try:
        audio = io.load(utterance.audio, listener.config.audio.sample_rate)
    except UserError as error:
        return LeftOut(utterance.id, f"audio cannot be read: {error}")
    rate = listener.config.audio.sample_rate
    seconds = len(io.trim(audio, rate, config.data.trim_db)) / rate  # as preparation will measure it
    if not config.data.min_seconds <= seconds <= config.data.max_seconds:
        return LeftOut(utterance.id, f"outside data.min_seconds and data.max_seconds: {seconds:.2f} s")
    hearing = listener.phonemes(audio)
    if not phones(hearing.symbols):
        return LeftOut(utterance.id, "nothing was heard")
    if hearing.confidence < least:
        confidence = f"{hearing.confidence:.3f}"
        return LeftOut(utterance.id, "less sure than --least-confidence", confidence, hearing.symbols)
    return hearing, seconds


def _copy_audio(utterance: Utterance, folder: Path) -> None:
    """Beside the table, under the name that its row will look for."""
    suffix = utterance.audio.suffix
    target = folder / (utterance.id if utterance.id.endswith(suffix) else utterance.id + suffix)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(utterance.audio, target)


def _reasons(left_out: Sequence[LeftOut]) -> str:
    counts = Counter(row.reason.partition(":")[0] for row in left_out)
    return "; ".join(f"{count} x {reason}" for reason, count in counts.most_common())


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m xtts_jax.label",
        description="Write down the phonemes of recordings without texts, as a corpus to train on.",
        allow_abbrev=False,
        epilog="--data.root DIR names the recordings; every key of the configuration is an option.",
    )
    parser.add_argument("--ckpt", type=Path, required=True, metavar="RUN", help="of a recogniser")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the corpus folder to make")
    parser.add_argument(
        "--least-confidence",
        type=float,
        default=LEAST_CONFIDENCE,
        metavar="X",
        help="mean probability of a symbol, 0 to 1; default: %(default)s",
    )
    parser.add_argument("--step", type=int, metavar="K", help="default: the best checkpoint")
    parser.add_argument(
        "--config", default="configs/recogniser.py", metavar="FILE", help="default: %(default)s"
    )
    options, overrides = parser.parse_known_args(arguments)
    if not 0 <= options.least_confidence <= 1:
        raise UserError(f"--least-confidence lies between 0 and 1, not {options.least_confidence}.")
    config = load_config(options.config, overrides)
    use_compile_cache()
    listener = Listener.load(options.ckpt, options.step)
    print(label(listener, config, options.out, options.least_confidence))


if __name__ == "__main__":
    run(main)
