"""Our speech beside Piper, Kokoro and espeak-ng, on the same sentences, by the same judges, in one run.

    make peers
    python benchmarks/peers.py --ckpt runs/my_voice
    python benchmarks/peers.py --speaker michael kore --voice am_michael af_kore --text-file sentences.txt
    python benchmarks/peers.py --no-judges

Every system speaks in a process of its own, one after the other; then all clips are judged, recordings first.
It is started twice, as ours compiles at its first start. Without judges, only what it costs is measured, on
sentences of the built-in corpus.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.audio import io
from xtts_jax.commands.endings import run
from xtts_jax.data.demo_corpus import sentences
from xtts_jax.data.encodings import lines_in
from xtts_jax.data.manifest import read_manifest
from xtts_jax.errors import UserError
from xtts_jax.judge import naturalness, rows
from xtts_jax.judge.evaluate import Among, corpus_of_run, held_out, sentences_of
from xtts_jax.judge.rows import Clips
from xtts_jax.judge.table import TITLES, Sentences, judge_row
from xtts_jax.listen.recognisers import open_recogniser
from xtts_jax.runs.settings import read_config_of, write_json
from xtts_jax.runs.shipped import SHIPPED, folder_of

REPOSITORY = Path(__file__).resolve().parents[1]
SPEAKERS = Path(__file__).parent / "speakers"
PEERS = REPOSITORY / ".venv-peers"
MODELS = REPOSITORY / ".cache" / "peers"
RATE = 24_000  # Hz, to which every clip is brought before it is judged
COST = {
    "cpu_s_per_s": "CPU s/s",
    "wall_s_per_s": "wall s/s",
    "first_s": "first s",
    "cold_s": "cold s",
    "cold_cpu_s": "cold CPU s",
    "peak_mb": "MB",
    "model_mb": "model MB",
    "installed_mb": "installed MB",
}


def commands(options: argparse.Namespace) -> dict[str, list[str]]:
    """How each system is started, by its name in the table."""
    peer, language = str(PEERS / "bin" / "python"), ["--language", options.language]
    ours = [sys.executable, str(SPEAKERS / "ours.py"), *language, "--ckpt", str(options.ckpt), "--speaker"]
    piper = {"Piper, en_US-joe-medium": [peer, str(SPEAKERS / "piper.py")]}
    kokoro = [peer, str(SPEAKERS / "kokoro.py"), *language, "--models", str(MODELS), "--voice"]
    return {
        **{f"ours, {name}" if name else "ours": [*ours, name] for name in options.speaker},
        **(piper if options.language == "en" else {}),
        **{f"Kokoro-82M, {voice}": [*kokoro, voice] for voice in options.voice},
        "espeak-ng": [sys.executable, str(SPEAKERS / "espeak.py"), *language],
    }


def spoken(command: Sequence[str], texts: Path, out: Path) -> dict[str, float]:
    """What a system says of its cost; its clips are in `out`."""
    arguments = ["--sentences", str(texts), "--out", str(out), "--started", str(time.time())]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, cwd=REPOSITORY)
    if done.returncode:
        raise UserError(f"{command[1]} failed: {' '.join(done.stderr.split())[-500:]}")
    return json.loads(done.stdout.splitlines()[-1])


def compare(options: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """Cost and quality of every system, by name."""
    with TemporaryDirectory() as temporary:
        folder = options.audio_dir or Path(temporary)
        said, recorded, rate = to_speak(options)
        found = costs(options, said.texts, folder)
        if options.no_judges:
            return found
        clips = {
            name: [io.load(path, RATE) for path in sorted((folder / f"{number}").glob("*.wav"))]
            for number, name in enumerate(found)
        }
    transcriber = open_recogniser(options.recogniser)
    table = {"recordings": _judged(recorded, rate, said, transcriber)} if len(recorded) else {}
    return table | {name: found[name] | _judged(clips[name], RATE, said, transcriber) for name in found}


def costs(options: argparse.Namespace, texts: Sequence[str], folder: Path) -> dict[str, dict[str, Any]]:
    """What every system says of its cost, by name; the clips of each are in a folder with its number."""
    folder.mkdir(parents=True, exist_ok=True)
    first, every = folder / "first.json", folder / "sentences.json"
    first.write_text(json.dumps(texts[:1], ensure_ascii=False), encoding="utf-8")
    every.write_text(json.dumps(texts, ensure_ascii=False), encoding="utf-8")
    found = {}
    for number, (name, command) in enumerate(commands(options).items()):
        spoken(command, first, folder / f"{number}")
        found[name] = spoken(command, every, folder / f"{number}")
    return found


def to_speak(options: argparse.Namespace) -> tuple[Sentences, Clips, int]:
    """Sentences, their recordings if there are any, and the rate of these in Hz."""
    if options.text_file:
        texts = lines_in(options.text_file)
        if not texts:
            raise UserError(f"There is no sentence in {options.text_file}. Write one on each line.")
        return unrecorded(texts, options), [], RATE
    if options.recordings:
        return recordings_of(options)
    if options.no_judges:
        return unrecorded(sentences(options.language), options), [], RATE
    return held_out_of(options)


def unrecorded(texts: Sequence[str], options: argparse.Namespace) -> Sentences:
    texts = tuple(texts[: options.sentences])
    return Sentences(tuple(map(str, range(len(texts)))), texts, (options.language,) * len(texts))


def held_out_of(options: argparse.Namespace) -> tuple[Sentences, Clips, int]:
    """Held-out sentences of the run, their recordings, and the rate in Hz."""
    if len(options.speaker) > 1:
        raise UserError("Give one --speaker, whose sentences are held out, or --text-file or --recordings.")
    workdir = folder_of(options.ckpt)
    config = read_config_of(workdir, "acoustic")
    corpus = corpus_of_run(workdir, config)
    chosen = held_out(corpus, options.sentences, Among(options.language, *options.speaker))
    return sentences_of(corpus, chosen), rows.recordings(corpus, chosen), config.audio.sample_rate


def recordings_of(options: argparse.Namespace) -> tuple[Sentences, Clips, int]:
    """The same of a corpus folder that no run has seen."""
    manifest = read_manifest(options.recordings, options.language, text_needed=True)
    chosen = [each for each in manifest.utterances if each.language == options.language][: options.sentences]
    said = Sentences(
        ids=tuple(each.id for each in chosen),
        texts=tuple(each.text for each in chosen),
        languages=tuple(each.language for each in chosen),
    )
    return said, [io.load(each.audio, RATE) for each in chosen], RATE


def _judged(clips: Sequence, rate: int, said: Sentences, transcriber: Any) -> dict[str, float]:
    return judge_row(clips, rate, said, transcriber, [naturalness.dnsmos]).means()


def describe(table: dict[str, dict[str, Any]]) -> str:
    """A Markdown table."""
    present = {key for values in table.values() for key in values}
    columns = {key: title for key, title in (TITLES | COST).items() if key in present}
    lines = [f"| | {' | '.join(columns.values())} |", f"|---|{'---:|' * len(columns)}"]
    for name, values in table.items():
        cells = (f"{values[key]:.3g}" if key in values else "" for key in columns)
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--ckpt", type=Path, default=Path(SHIPPED), metavar="WORKDIR", help="default: %(default)s"
    )
    texts = parser.add_mutually_exclusive_group()
    texts.add_argument(
        "--recordings", type=Path, metavar="DIR", help="a corpus folder to speak, in place of the run's own"
    )
    texts.add_argument(
        "--text-file", type=Path, metavar="FILE", help="sentences to speak, one a line, without recordings"
    )
    parser.add_argument("--sentences", type=int, default=40, metavar="N")
    parser.add_argument("--language", default="en", metavar="CODE")
    parser.add_argument("--speaker", nargs="+", default=[""], metavar="NAME", help="some of the run's")
    parser.add_argument("--voice", nargs="+", default=["af_heart"], help="Kokoro's; default: af_heart")
    parser.add_argument("--recogniser", default="whisper")
    parser.add_argument("--no-judges", action="store_true", help="only what speaking costs")
    parser.add_argument("--audio-dir", type=Path, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if not PEERS.is_dir():
        raise UserError("The peers are not installed. Run `make peers`.")
    if not options.no_judges:
        naturalness.require_package()
    table = compare(options)
    print(describe(table))
    if options.json:
        write_json(options.json, table)


if __name__ == "__main__":
    run(main)
