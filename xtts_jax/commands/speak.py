"""`xtts-jax speak`: speak a text with a trained run.

`xtts-jax speak --ckpt WORKDIR --text "..." [--language en] [--reference a.wav ...] --out out.wav`

Without a text, `--save-voice` and the options that begin with `--list` do what they say and no more.
"""

import argparse
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from xtts_jax.commands.endings import flags
from xtts_jax.commands.speak_options import (
    DRAWING,
    FLAGS,
    STDOUT,
    Line,
    check_places,
    lines_of,
    new_speak_parser,
    voice_of,
)
from xtts_jax.errors import FieldError, TextError, UserError, WordlessError

if TYPE_CHECKING:
    from xtts_jax.speak.speech import Saved, Speech
    from xtts_jax.speak.synthesizer import Synthesizer
    from xtts_jax.speak.voice_choice import VoiceChoice

AUDIBLE_DB = 0.1  # speech that is lowered by less, to fit into a file, is not reported


def main(arguments: Sequence[str]) -> None:
    options = new_speak_parser().parse_args(arguments)
    with flags(FLAGS):
        if options.list_speakers or options.list_emotions:
            _list(options)
        else:
            _speak(options)


def _speak(options: argparse.Namespace) -> None:
    from xtts_jax.speak.delivery import Delivery

    voice = voice_of(options)
    delivery = Delivery(options.seed, options.speed, options.pitch, options.energy)
    lines = lines_of(options)
    check_places(options, lines)

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.runs.checkpoint import is_measured
    from xtts_jax.speak.synthesizer import Synthesizer

    use_compile_cache()
    given = {"step": options.step, "vocoder": options.vocoder, "iterations": options.iterations}
    drawing = {name: value for name in DRAWING if (value := getattr(options, name)) is not None}
    synthesizer = Synthesizer(options.ckpt, **given, drawing=drawing)
    which = ""
    if options.step is None:
        which = ", its best" if is_measured(options.ckpt, synthesizer.step) else ", the newest it has"
    print(f"{options.ckpt} speaks with step {synthesizer.step}{which}.", file=sys.stderr)
    if voice.emotion and voice.speaker:
        _warn_of_others_emotion(options.ckpt, voice)
    if options.list_style_tokens:
        _list_style_tokens(synthesizer, options)
    if options.save_voice:
        _save_voice(synthesizer, voice, options)
    speak = partial(synthesizer.speak_in_pieces, language=options.language, voice=voice, **asdict(delivery))
    if options.text_file is None:
        for line in lines:
            _put(speak(line.text), options.path, options, synthesizer)
    else:
        _speak_lines(lines, speak, options, synthesizer)


def _speak_lines(
    lines: Sequence[Line],
    speak: Callable[[str], Iterator["Speech"]],
    options: argparse.Namespace,
    synthesizer: "Synthesizer",
) -> None:
    """A WAV file for each line that has words; `UserError` at the end if one of them cannot be spoken."""
    failed: list[Line] = []
    wordless = 0
    for line, path in zip(lines, _paths(options.path, len(lines)), strict=True):
        try:
            pieces = speak(line.text)
        except WordlessError:
            wordless += 1
            _warn(f"line {line.number}, {line.text.strip()!r}, has no words and is left out.")
        except TextError as error:
            _warn(f"line {line.number} is left out. {error.named(_flag)}")
            failed.append(line)
        else:
            _put(pieces, path, options, synthesizer)
    if wordless == len(lines):
        raise UserError(f"No line of {options.text_file} has any words to say.")
    if failed:
        numbers = ", ".join(str(line.number) for line in failed)
        raise UserError(
            f"{len(failed)} of the {len(lines)} lines of {options.text_file} could not be spoken: {numbers}. "
            "The warnings above say why. The other lines were spoken."
        )


def _put(
    pieces: Iterator["Speech"], path: Path, options: argparse.Namespace, synthesizer: "Synthesizer"
) -> None:
    from xtts_jax.speak.spelling import describe_unknown

    try:
        saved = _save(pieces, path, options)
        if saved.speech.unknown:
            _warn(describe_unknown(saved.speech.unknown))
        if saved.speech.remark:
            _warn(saved.speech.remark)
        _report(saved, path, options, synthesizer)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FieldError("The speech cannot be written ({cause}). Change {path}.", cause=error) from error


def _save(pieces: Iterator["Speech"], path: Path, options: argparse.Namespace) -> "Saved":
    from xtts_jax.speak.speech import save_while_spoken

    keep = partial(save_while_spoken, pieces, keep_mel=options.plot is not None)
    if path != STDOUT:
        return keep(path)
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "speech.wav"  # its header and its level depend on all of it
        saved = keep(whole)
        with whole.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
    return saved


def _paths(path: Path | None, count: int) -> list[Path]:
    """`path` itself for one text; NAME-001.wav, NAME-002.wav, ... for more."""
    if path is None:
        return []
    if count == 1:
        return [path]
    return [path.with_stem(f"{path.stem}-{number:03d}") for number in range(1, count + 1)]


def _list(options: argparse.Namespace) -> None:
    from xtts_jax.runs import emotions, voices
    from xtts_jax.runs.settings import read_config

    read_config(options.ckpt)
    if options.list_speakers:
        rows = [(voice.speaker, ", ".join(voice.languages)) for voice in voices.read(options.ckpt)]
    else:
        rows = emotions.counts(options.ckpt).items()
    for name, what in rows:
        print(f"{name}\t{what}")


def _list_style_tokens(synthesizer: "Synthesizer", options: argparse.Namespace) -> None:
    _tell(options, "token\tmean weight\tmost\tin the voice of")
    for number, token in enumerate(synthesizer.voices.style_tokens()):
        _tell(options, f"{number}\t{token.mean:.3f}\t{token.most:.3f}\t{token.most_in}")


def _save_voice(synthesizer: "Synthesizer", voice: "VoiceChoice", options: argparse.Namespace) -> None:
    language = options.language or synthesizer.voices.language_of(options.speaker)
    synthesizer.voices.save(synthesizer.voices.choose(voice, language), options.save_voice)
    _tell(options, f"{options.save_voice}: the voice, for --reference")


def _report(saved: "Saved", path: Path, options: argparse.Namespace, synthesizer: "Synthesizer") -> None:
    from xtts_jax.report import plots
    from xtts_jax.runs.settings import write_json
    from xtts_jax.speak import timestamps

    speech = saved.speech
    place = "standard output" if path == STDOUT else str(path)
    _tell(options, f"{place}: {saved.seconds:.2f} s")
    _warn_of_lowering(saved.lowered_db, place, options.energy)
    if options.timestamps:
        write_json(path.with_suffix(".json"), timestamps.to_json(speech))
        path.with_suffix(".srt").write_text(timestamps.to_srt(speech), encoding="utf-8")
    if options.plot:
        plot = options.plot.with_stem(path.stem.replace(options.path.stem, options.plot.stem, 1))
        plot.parent.mkdir(parents=True, exist_ok=True)
        (segment, *others), settings = speech.segments, synthesizer.config.audio
        named = {} if others else {"durations": segment.durations, "symbols": segment.symbols}
        plots.save_figure(plot, plots.mel_figure({"spoken": speech.mel}, settings, **named))


def _warn_of_lowering(lowered_db: float, place: str, energy: float) -> None:
    from xtts_jax.speak.delivery import MOST_DB

    if lowered_db < AUDIBLE_DB:
        return
    quieter = energy - lowered_db
    remedy = f"; at --energy {quieter:.1f} nothing need be lowered" if quieter >= -MOST_DB else ""
    _warn(
        f"{place}: the highest peak was {lowered_db:.1f} dB over full scale, so all of the speech is lowered "
        f"by as much and nothing is clipped{remedy}."
    )


def _warn_of_others_emotion(workdir: Path, voice: "VoiceChoice") -> None:
    from xtts_jax.runs import emotions

    moods = emotions.moods_of(workdir, voice.emotion, voice.speaker)
    if all(mood.speaker != voice.speaker for mood in moods):
        _warn(
            f"no recording of {voice.speaker} is labeled {moods[0].emotion}; it is the manner of the others."
        )


def _tell(options: argparse.Namespace, line: str) -> None:
    """Prints to standard output, unless that is where the speech goes."""
    print(line, file=sys.stderr if options.path == STDOUT else sys.stdout, flush=True)


def _flag(field: str) -> str:
    return FLAGS.get(field, field)


def _warn(sentence: str) -> None:
    print(f"warning: {sentence}", file=sys.stderr)
