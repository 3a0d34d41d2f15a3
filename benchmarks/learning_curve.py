"""What comes of 1, 5, 15 and 55 minutes of one person's recordings: the figures of docs/your_voice.md.

    python benchmarks/learning_curve.py --data-root FOLDER [--minutes 1 5 15 55] [--workdir runs/curve]

FOLDER is a corpus of one speaker. Some sentences are held out; of the others, the first so many minutes are
trained on, by `configs/your_voice.py` unless `--config` says otherwise. The held-out sentences are then
spoken by every run, and by the voice that ships: for 0 minutes with one recording as its reference, and
fitted to the words of five. They are judged beside the recordings: words, naturalness, and the cosine of
Resemblyzer's embeddings of what is spoken and of what was recorded. Needs `make judges` and
requirements-cloning.txt. What is finished is not done again.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.audio import io
from xtts_jax.audio.samples import to_float32
from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import run
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError
from xtts_jax.judge import naturalness, rows, speakers
from xtts_jax.judge.evaluate import held_out, sentences_of
from xtts_jax.judge.table import Sentences, judge_row
from xtts_jax.listen.recognisers import open_recogniser
from xtts_jax.runs.settings import write_json
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice

REPOSITORY = Path(__file__).resolve().parents[1]
FITTED_TO = 5  # recordings, the longest
LINES = {"recordings": "--", "fitted": ":"}  # rows that are drawn as lines
FIGURES = ("wer", "cer", "p808", "ovrl", "cosine")


class Judge(NamedTuple):
    """What every row is compared with."""

    said: Sentences
    recorded: Sequence[np.ndarray]
    embed: Callable[[Sequence[np.ndarray]], np.ndarray]  # to (n, 256)
    own: np.ndarray  # (n, 256), of the recordings
    figures: Callable[[Sequence[np.ndarray]], dict[str, float]]

    def __call__(self, clips: Sequence[np.ndarray]) -> dict[str, float]:
        cosines = np.sum(self.embed(clips) * self.own, axis=1)
        return self.figures(clips) | {"cosine": float(np.mean(cosines))}


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Further options (--config.train.steps=300 ...) are passed to run_train.py.",
        allow_abbrev=False,
    )
    parser.add_argument("--data-root", required=True, help="a corpus of one speaker")
    parser.add_argument("--minutes", nargs="+", type=float, default=[1, 5, 15, 55])
    parser.add_argument("--config", default="your_voice")
    parser.add_argument("--workdir", type=Path, default=Path("runs/curve"))
    parser.add_argument("--sentences", type=int, default=40)
    parser.add_argument(
        "--held-out", type=float, default=0.05, help="share of the recordings; default: %(default)s"
    )
    options, extra = parser.parse_known_args(arguments)
    naturalness.require_package()
    speakers.require_package()
    corpus, judge = held_out_corpus(options, extra)
    table = Table(options.workdir / "curve.json")
    table.add("recordings", lambda: judge(judge.recorded))
    folders = {minutes: subset(corpus, minutes, options.workdir) for minutes in options.minutes}
    longest = by_length(folders[min(folders)], judge.said.languages[0])[:FITTED_TO]
    paths, words = zip(*longest, strict=True)
    table.add("0", lambda: judge(shipped(judge.said, VoiceChoice(references=paths[:1]))))
    table.add("fitted", lambda: judge(shipped(judge.said, VoiceChoice(references=paths, words=words))))
    for minutes, folder in folders.items():
        workdir = options.workdir / f"minutes_{minutes:g}"
        train(options.config, workdir, folder, extra)
        table.add(f"{minutes:g}", lambda workdir=workdir: judge(tuned(workdir, judge.said)) | cost(workdir))
    draw(table.rows, options.workdir / "curve.png")


class Table:
    """The rows that are finished, kept in a file and printed as they come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: dict[str, dict[str, float]] = json.loads(path.read_text()) if path.is_file() else {}
        print(f"{'minutes':>12}" + "".join(f"{name:>8}" for name in (*FIGURES, "cpu_min")))

    def add(self, name: str, measure: Callable[[], dict[str, float]]) -> None:
        if name not in self.rows:
            self.rows[name] = measure()
            write_json(self._path, self.rows)
        figures = (f"{self.rows[name].get(figure, np.nan):8.3f}" for figure in (*FIGURES, "cpu_minutes"))
        print(f"{name:>12}" + "".join(figures), flush=True)


def held_out_corpus(options: argparse.Namespace, extra: Sequence[str]) -> tuple[Corpus, Judge]:
    config = load_config(options.config, [*extra, f"--config.data.root={options.data_root}"])
    cache = str(options.workdir / "prepared")
    config = replace(config, data=replace(config.data, cache_dir=cache, validation_fraction=options.held_out))
    corpus = Corpus.open(prepare(config))
    if len(corpus.speakers) > 1:
        raise UserError(f"{options.data_root} has {len(corpus.speakers)} speakers. Give a corpus of one.")
    chosen = held_out(corpus, options.sentences)
    said, recogniser = sentences_of(corpus, chosen), open_recogniser("whisper")
    rate = config.audio.sample_rate

    def figures(clips: Sequence[np.ndarray]) -> dict[str, float]:
        return judge_row(clips, rate, said, recogniser, [naturalness.dnsmos]).means()

    recorded, embed = rows.recordings(corpus, chosen), partial(speakers.speaker_embeddings, sample_rate=rate)
    return corpus, Judge(said, recorded, embed, embed(recorded), figures)


def subset(corpus: Corpus, minutes: float, workdir: Path) -> Path:
    """A corpus of the first training recordings, so many minutes of them."""
    folder, rate = workdir / "data" / f"minutes_{minutes:g}", corpus.settings["audio"]["sample_rate"]
    table, seconds = ["file_name|text|language"], 0.0
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    for i in corpus.train:
        if seconds >= 60 * minutes:
            break
        record = corpus.record(i)
        name = f"{len(table):05d}.wav"
        io.save(folder / "wavs" / name, to_float32(record.audio), rate)
        table.append(f"{name}|{record.text.replace('|', ' ')}|{record.language}")
        seconds += len(record.audio) / rate
    else:
        raise UserError(f"There are only {seconds / 60:.1f} minutes to train on, not {minutes:g}.")
    (folder / "metadata.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    return folder


def train(config: str, workdir: Path, root: Path, extra: Sequence[str]) -> None:
    command = [
        sys.executable,
        str(REPOSITORY / "run_train.py"),
        "--config",
        config,
        "--workdir",
        str(workdir),
    ]
    places = [f"--config.data.root={root}", f"--config.data.cache_dir={root.parent / 'prepared'}"]
    if subprocess.run([*command, *places, *extra], check=False).returncode:
        raise UserError("The training failed; its message is above.")


def by_length(folder: Path, language: str) -> list[tuple[Path, str]]:
    """The recordings of a corpus and their texts, the longest first."""
    rows = read_manifest(folder, language, text_needed=True).utterances
    return [(row.audio, row.text) for row in sorted(rows, key=lambda row: -row.audio.stat().st_size)]


def shipped(said: Sentences, voice: VoiceChoice) -> list[np.ndarray]:
    """As the voice that ships speaks, in a voice of its own or of recordings."""
    return speak(Synthesizer(), said, voice)


def tuned(workdir: Path, said: Sentences) -> list[np.ndarray]:
    return speak(Synthesizer(workdir), said, VoiceChoice())


def speak(tts: Synthesizer, said: Sentences, voice: VoiceChoice) -> list[np.ndarray]:
    pairs = zip(said.texts, said.languages, strict=True)
    return [tts.speak(text, language, voice).audio for text, language in pairs]


def cost(workdir: Path) -> dict[str, float]:
    lines = (workdir / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return {"cpu_minutes": max(json.loads(line).get("cpu_s", 0.0) for line in lines) / 60}


def draw(table: dict[str, dict[str, float]], path: Path) -> None:
    """A panel for each figure; the dashed line is the recordings', the dotted one the fitted voice's."""
    from matplotlib.figure import Figure

    names = {"wer": "word error rate", "p808": "P.808", "cosine": "cosine to the speaker"}
    minutes = sorted((float(name), name) for name in table if name not in LINES)
    figure = Figure(figsize=(10, 3), layout="constrained")
    for axes, (name, title) in zip(figure.subplots(1, len(names)), names.items(), strict=True):
        axes.plot([table[key][name] for _, key in minutes], "o-")
        for row, style in LINES.items():
            axes.axhline(table[row][name], color="gray", linestyle=style)
        axes.set_xticks(range(len(minutes)), [key for _, key in minutes])
        axes.set(title=title, xlabel="minutes of recordings")
    figure.savefig(path, dpi=100)
    print(f"Wrote {path}.")


if __name__ == "__main__":
    run(main)
