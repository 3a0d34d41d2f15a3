"""Builds a corpus of many voices with the speech engines that are installed on this machine.

`python tools/make_corpus.py --sentences en.txt fa.txt --minutes 60 --out DIR`; `--list-voices` lists the
voices found, and the Debian packages that provide more. It installs nothing. docs/data.md describes the
result.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from tools.speech_engines.corpus import Part, Speech, audible, build, held_out_folder, held_out_people
from tools.speech_engines.engine import Engine, Voice
from tools.speech_engines.table import ENGINES
from xtts_jax.commands.endings import run
from xtts_jax.data.tables import read_lines
from xtts_jax.errors import UserError
from xtts_jax.text.languages import get_language


def make_corpus(options: argparse.Namespace) -> None:
    engines = _chosen_engines(options.engines)
    print(_missing(engines), end="")
    if options.list_voices:
        print(_listing(_voices(engines, options.languages, options.ships_only)))
        return
    out = _free_folder(options.out)
    sentences = _read_sentences(options.sentences, options.languages)
    minutes = _minutes(options.minutes, sentences)
    found = _voices(engines, list(sentences), options.ships_only)
    speech = Speech({engine.name: engine for engine in engines}, options.timeout, options.workers)
    voices, silent = audible(found, sentences, speech)
    print(_complaints(silent), end="", flush=True)
    if not voices:
        raise UserError(
            f"None of {len(found)} voices speaks {', '.join(sentences)}. Install engines (--list-voices has "
            "the packages), or leave out --engines, --languages or --ships-only."
        )
    held = held_out_people(voices, speech.engines, options.hold_out_speakers)
    parts = build(out, _goals_s(voices, minutes), sentences, held, options.seed, speech)
    print(_report(out, parts, held), flush=True)


def _chosen_engines(names: Sequence[str] | None) -> list[Engine]:
    known = {engine.name: engine for engine in ENGINES}
    if unknown := [name for name in names or () if name not in known]:
        raise UserError(f"There is no engine {unknown[0]!r}. The engines are {', '.join(known)}.")
    return [engine for engine in ENGINES if not names or engine.name in names]


def _missing(engines: Sequence[Engine]) -> str:
    lines = [
        f"not used: {engine.name}, {what}. To install it: {engine.how_to_get}\n"
        for engine in engines
        if (what := _absence(engine))
    ]
    return "".join(lines)


def _absence(engine: Engine) -> str:
    if not engine.is_installed:
        return "not on PATH"
    return "" if any(True for _ in engine.voices()) else "without voices"


def _voices(engines: Sequence[Engine], languages: Sequence[str] | None, ships_only: bool) -> list[Voice]:
    return [
        voice
        for engine in engines
        if engine.is_installed
        for voice in engine.voices()
        if (not languages or voice.language in languages) and (voice.ships or not ships_only)
    ]


def _listing(voices: Sequence[Voice]) -> str:
    rows = [
        (
            voice.speaker,
            voice.language,
            voice.name,
            voice.person,
            "yes" if voice.ships else "no",
            voice.licence,
        )
        for voice in voices
    ]
    return _columns([("speaker", "language", "voice", "person", "ships", "licence"), *rows])


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _free_folder(name: str) -> Path:
    out = Path(name).expanduser()
    for folder in (out, held_out_folder(out)):
        if folder.exists() or folder.is_symlink():
            raise UserError(f"{folder} already exists. Name another folder with --out, or remove it.")
    out.parent.mkdir(parents=True, exist_ok=True)
    return out


def _read_sentences(files: Sequence[str], languages: Sequence[str] | None) -> dict[str, list[str]]:
    """Sentences by language; a file is given as `CODE=FILE`, or its name without suffix is the code."""
    found: dict[str, list[str]] = {}
    for name in files:
        code, _, path = name.rpartition("=")
        file = Path(path).expanduser()
        if not file.is_file():
            raise UserError(
                f"There is no file of sentences {file}. Give text files with one sentence per line."
            )
        language = get_language(code or file.stem).code
        found.setdefault(language, []).extend(line.strip() for line in read_lines(file))
    found = {code: _usable(lines) for code, lines in found.items() if not languages or code in languages}
    wanted = languages or found
    if empty := [code for code in wanted if not found.get(code)]:
        raise UserError(
            f"There are no sentences in {', '.join(empty)}. Give a file for each language, as in --sentences "
            "en.txt fa=any_name.txt, with one sentence per line and without the character |."
        )
    return found


def _usable(lines: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(line for line in lines if line and "|" not in line))


def _minutes(values: Sequence[str], languages: Mapping[str, object]) -> dict[str, float]:
    """Minutes by language from `CODE=N`, or one number for all, under the empty code."""
    try:
        numbers = {code: float(number) for code, _, number in (value.rpartition("=") for value in values)}
    except ValueError:
        numbers = {}
    positive = all(0 < number < float("inf") for number in numbers.values())
    if positive and len(numbers) == len(values) and set(numbers) in ({""}, set(languages)):
        return numbers
    raise UserError(
        f"--minutes {' '.join(values)} cannot be used. Give one positive number for all, or one for each "
        f"language that has sentences, such as {' '.join(f'{code}=30' for code in languages)}."
    )


def _goals_s(voices: Sequence[Voice], minutes: Mapping[str, float]) -> dict[Voice, float]:
    """Seconds of each voice: equal for all, or within each language if minutes are given by language."""
    if "" in minutes:
        return dict.fromkeys(voices, 60 * minutes[""] / len(voices))
    speaking = Counter(voice.language for voice in voices)
    return {voice: 60 * minutes[voice.language] / speaking[voice.language] for voice in voices}


def _complaints(parts: Sequence[Part]) -> str:
    lines = [f"left out: {part.voice}, {part.complaint}\n" for part in parts if part.complaint]
    return "".join(lines)


def _report(out: Path, parts: Sequence[Part], held: set[str]) -> str:
    rows = [
        (
            part.voice.speaker,
            part.voice.language,
            str(len(part.clips)),
            f"{part.seconds / 60:.2f}",
            str(part.failures.total()),
            "yes" if part.voice.ships else "no",
            "yes" if part.voice.person in held else "",
        )
        for part in parts
    ]
    table = _columns([("speaker", "language", "clips", "minutes", "failed", "ships", "held out"), *rows])
    short = "".join(f"cut short: {part.voice}, {part.complaint}\n" for part in parts if part.complaint)
    total = sum(part.seconds for part in parts) / 60
    apart = f" The held-out speakers are in their own corpus: {held_out_folder(out)}." if held else ""
    speakers = len({part.voice.speaker for part in parts if part.clips})
    return f"{table}\n{short}{out}: {total:.1f} minutes, {speakers} speakers.{apart}"


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "python tools/make_corpus.py", description="Build a corpus of many voices from speech engines.",
        allow_abbrev=False,
    )  # fmt: skip
    add = parser.add_argument
    add("--list-voices", action="store_true", help="list the voices found and what is missing, and exit")
    add("--sentences", nargs="+", metavar="FILE", help="one sentence per line: en.txt, or en=FILE")
    add("--minutes", nargs="+", metavar="N", help="total speech, or en=N fa=N by language")
    add("--out", metavar="DIR", help="corpus folder to create")
    add("--languages", nargs="+", metavar="CODE", help="default: those of the sentences")
    add("--engines", nargs="+", metavar="NAME", help="default: all installed engines")
    add("--ships-only", action="store_true", help="only voices that weights for distribution may learn from")
    add("--hold-out-speakers", type=int, default=0, metavar="N", help="most natural ones, to DIR_held_out")
    add("--seed", type=int, default=0, help="seed for the choice of sentences (default: 0)")
    add("--timeout", type=float, default=60.0, metavar="S", help="limit for a sentence (default: 60 s)")
    add("--workers", type=int, default=os.cpu_count() or 1, metavar="N", help="engines to run at a time")
    options = parser.parse_args(arguments)
    options.languages = [get_language(code).code for code in options.languages or ()] or None
    needed = {"--sentences": options.sentences, "--minutes": options.minutes, "--out": options.out}
    if absent := [name for name, value in needed.items() if not value and not options.list_voices]:
        parser.error(f"give {', '.join(absent)}, or --list-voices")
    if options.workers < 1 or options.hold_out_speakers < 0 or options.timeout <= 0:
        parser.error("--workers and --timeout must be positive, --hold-out-speakers not negative")
    make_corpus(options)


if __name__ == "__main__":
    run(main)
