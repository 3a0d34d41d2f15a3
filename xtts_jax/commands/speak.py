"""`xtts-jax speak`: speak a text with a trained run.

`xtts-jax speak [--ckpt WORKDIR] --text "..." [--language en] [--reference a.wav ...] --out out.wav`

Without a text, `--save-voice` and the options that begin with `--list` do what they say and no more.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from xtts_jax.commands.endings import flags
from xtts_jax.commands.speak_lines import Line, lines_of
from xtts_jax.commands.speak_options import DRAWING, FLAGS, check_places, new_speak_parser, voice_of
from xtts_jax.commands.speak_output import put, put_live, tell, warn
from xtts_jax.errors import TextError, UserError, WordlessError
from xtts_jax.runs.shipped import SHIPPED, folder_of

if TYPE_CHECKING:
    from xtts_jax.speak.speech import Speech
    from xtts_jax.speak.synthesizer import Synthesizer
    from xtts_jax.speak.voice_choice import VoiceChoice

DELIVERY = ("seed", "speed", "pitch", "energy")


def main(arguments: Sequence[str]) -> None:
    options = new_speak_parser().parse_args(arguments)
    options.ckpt = folder_of(options.ckpt)
    with flags(FLAGS):
        if options.list_speakers or options.list_emotions:
            _list(options)
        else:
            _speak(options)


def _speak(options: argparse.Namespace) -> None:
    from xtts_jax.speak.delivery import Delivery

    voice = voice_of(options)
    Delivery(options.seed, options.speed, options.pitch, options.energy)  # raises for what is out of range
    lines = lines_of(options)
    check_places(options, lines)

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.runs.params import rank
    from xtts_jax.speak.synthesizer import Synthesizer

    use_compile_cache()
    given = {"step": options.step, "vocoder": options.vocoder, "iterations": options.iterations}
    drawing = {name: value for name in DRAWING if (value := getattr(options, name)) is not None}
    synthesizer = Synthesizer(options.ckpt, **given, drawing=drawing)
    which = f", {rank(options.ckpt, synthesizer.step)}" if options.step is None else ""
    name = "The voice that ships" if options.ckpt == folder_of(SHIPPED) else options.ckpt
    print(f"{name} speaks with step {synthesizer.step}{which}.", file=sys.stderr)
    if voice.emotion and voice.speaker:
        _warn_of_others_emotion(options.ckpt, voice)
    if options.list_style_tokens:
        _list_style_tokens(synthesizer, options)
    if options.save_voice:
        _save_voice(synthesizer, voice, options)
    if options.play or options.stream:
        put_live(synthesizer.stream(**_asked(lines[0], voice, options)), options, synthesizer)
    elif options.text_file is None:
        for line in lines:
            put(_spoken(line, voice, options, synthesizer), line.path, options, synthesizer)
    else:
        _speak_lines(lines, voice, options, synthesizer)


def _asked(line: Line, voice: "VoiceChoice", options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of the synthesizer for a line: what it says itself, and else the options."""
    from xtts_jax.speak.voice_choice import VoiceChoice

    own = {name: line.fields[name] for name in _names(VoiceChoice) if name in line.fields}
    said = {name: line.fields.get(name, getattr(options, name)) for name in ("language", *DELIVERY)}
    return {"text": line.text, "voice": replace(voice, **own)} | said


def _names(kind: type) -> list[str]:
    return [field.name for field in fields(kind)]


def _spoken(
    line: Line, voice: "VoiceChoice", options: argparse.Namespace, synthesizer: "Synthesizer"
) -> Iterator["Speech"]:
    return synthesizer.speak_in_pieces(**_asked(line, voice, options))


def _speak_lines(
    lines: Sequence[Line], voice: "VoiceChoice", options: argparse.Namespace, synthesizer: "Synthesizer"
) -> None:
    """A file for each line that has words; `UserError` at the end if one of them cannot be spoken."""
    failed: list[Line] = []
    wordless, there = 0, {line.number for line in lines if options.resume and line.path.is_file()}
    for line in tqdm(lines, "speaking", unit="line", disable=None, leave=False):
        if line.number in there:
            continue
        try:
            pieces = _spoken(line, voice, options, synthesizer)
        except WordlessError:
            wordless += 1
            warn(f"line {line.number}, {line.text.strip()!r}, has no words and is left out.")
        except TextError as error:
            warn(f"line {line.number} is left out. {error.named(_flag)}")
            failed.append(line)
        except UserError as error:
            if not line.fields:  # what is wrong with one is wrong with all
                raise
            warn(f"line {line.number} is left out. {error}")
            failed.append(line)
        else:
            with flags(FLAGS | {"path": line.named_by}):
                put(pieces, line.path, options, synthesizer)
    if there:
        tell(options, f"{len(there)} of the {len(lines)} lines had their files already.")
    _report_failed(lines, wordless, failed, options.text_file)


def _report_failed(lines: Sequence[Line], wordless: int, failed: Sequence[Line], file: Path) -> None:
    if wordless == len(lines):
        raise UserError(f"No line of {file} has any words to say.")
    if failed:
        numbers = ", ".join(str(line.number) for line in failed)
        others = "" if len(failed) + wordless == len(lines) else " The other lines were spoken."
        raise UserError(
            f"{len(failed)} of the {len(lines)} lines of {file} could not be spoken: {numbers}. The warnings "
            f"above say why.{others}"
        )


def _list(options: argparse.Namespace) -> None:
    from xtts_jax.runs import emotions, voices
    from xtts_jax.runs.settings import read_config

    read_config(options.ckpt)
    if options.list_speakers:
        rows = [
            (voice.speaker, ", ".join(voice.languages), *([voice.about] if voice.about else []))
            for voice in voices.read(options.ckpt)
        ]
    else:
        rows = emotions.counts(options.ckpt).items()
    for row in rows:
        print(*row, sep="\t")


def _list_style_tokens(synthesizer: "Synthesizer", options: argparse.Namespace) -> None:
    tell(options, "token\tmean weight\tmost\tin the voice of")
    for number, token in enumerate(synthesizer.voices.style_tokens()):
        tell(options, f"{number}\t{token.mean:.3f}\t{token.most:.3f}\t{token.most_in}")


def _save_voice(synthesizer: "Synthesizer", voice: "VoiceChoice", options: argparse.Namespace) -> None:
    language = options.language or synthesizer.voices.language_of(options.speaker)
    synthesizer.voices.save(voice, language, options.save_voice)
    tell(options, f"{options.save_voice}: the voice, for --reference")


def _warn_of_others_emotion(workdir: Path, voice: "VoiceChoice") -> None:
    from xtts_jax.runs import emotions

    moods = emotions.moods_of(workdir, voice.emotion, voice.speaker)
    if all(mood.speaker != voice.speaker for mood in moods):
        warn(
            f"no recording of {voice.speaker} is labeled {moods[0].emotion}; it is the manner of the others."
        )


def _flag(field: str) -> str:
    return FLAGS.get(field, field)
