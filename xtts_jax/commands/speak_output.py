"""Where `xtts-jax speak` puts what it says, and what it tells about it."""

import argparse
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from io import BufferedIOBase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import numpy as np

from xtts_jax.commands.speak_lines import STDOUT
from xtts_jax.errors import FieldError

if TYPE_CHECKING:
    from xtts_jax.speak.speech import Saved, Speech
    from xtts_jax.speak.synthesizer import Synthesizer

AUDIBLE_DB = 0.1  # speech that is lowered by less, to fit into a file, is not reported


def put(
    pieces: Iterator["Speech"], path: Path, options: argparse.Namespace, synthesizer: "Synthesizer"
) -> None:
    from xtts_jax.speak.spelling import describe_unknown

    try:
        saved = _save(pieces, path, options)
        if saved.speech.unknown:
            warn(describe_unknown(saved.speech.unknown))
        if saved.speech.remark:
            warn(saved.speech.remark)
        _report(saved, path, options, synthesizer)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise FieldError(
            "The speech cannot be written ({cause}). Check that the disk has room, or change {path}.",
            cause=error.strerror or error,
        ) from error


def put_live(chunks: Iterator[np.ndarray], options: argparse.Namespace, synthesizer: "Synthesizer") -> None:
    """To a player or a pipe, each chunk as soon as it is there."""
    from xtts_jax.speak.live import player, write_live

    rate = synthesizer.config.audio.sample_rate
    if options.play:
        with player() as pipe:
            samples = write_live(chunks, rate, pipe, header=True)
    else:
        samples = write_live(chunks, rate, cast(BufferedIOBase, sys.stdout.buffer), header=not options.raw)
    place = "played" if options.play else "standard output"
    print(f"{place}: {samples / rate:.2f} s", file=sys.stderr)


def _save(pieces: Iterator["Speech"], path: Path, options: argparse.Namespace) -> "Saved":
    from xtts_jax.speak.speech import save_while_spoken

    encoding = {"sample_rate": options.sample_rate, "bits": options.bits}
    keep = partial(save_while_spoken, pieces, **encoding, keep_mel=options.plot is not None)
    if path != STDOUT:
        return keep(path)
    with TemporaryDirectory() as folder:
        whole = Path(folder) / "speech.wav"  # its header and its level depend on all of it
        saved = keep(whole)
        with whole.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
    return saved


def _report(saved: "Saved", path: Path, options: argparse.Namespace, synthesizer: "Synthesizer") -> None:
    from xtts_jax.report import plots
    from xtts_jax.runs.settings import write_json
    from xtts_jax.speak import timestamps

    speech = saved.speech
    place = "standard output" if path == STDOUT else str(path)
    tell(options, f"{place}: {saved.seconds:.2f} s")
    _warn_of_lowering(saved.lowered_db, place, options.energy)
    if options.timestamps:
        times, subtitles = path.with_suffix(".json"), path.with_suffix(".srt")
        write_json(times, timestamps.to_json(speech))
        subtitles.write_text(timestamps.to_srt(speech), encoding="utf-8")
        tell(options, f"{times} and {subtitles}: the times of its words")
    if options.plot:
        plot = options.plot.with_stem(_stem_of_plot(path, options))
        plot.parent.mkdir(parents=True, exist_ok=True)
        (segment, *others), settings = speech.segments, synthesizer.config.audio
        named = {} if others else {"durations": segment.durations, "symbols": segment.symbols}
        plots.save_figure(plot, plots.mel_figure({"spoken": speech.mel}, settings, **named))
        tell(options, f"{plot}: its mel")


def _stem_of_plot(path: Path, options: argparse.Namespace) -> str:
    """That of --plot with the number that a line's file has, or the file's where it has its own name."""
    if options.path and path.stem.startswith(options.path.stem):
        return options.plot.stem + path.stem.removeprefix(options.path.stem)
    return path.stem


def _warn_of_lowering(lowered_db: float, place: str, energy: float) -> None:
    from xtts_jax.speak.delivery import MOST_DB

    if lowered_db < AUDIBLE_DB:
        return
    quieter = energy - lowered_db
    remedy = f"; at --energy {quieter:.1f} nothing need be lowered" if quieter >= -MOST_DB else ""
    warn(
        f"{place}: the highest peak was {lowered_db:.1f} dB over full scale, so all of the speech is lowered "
        f"by as much and nothing is clipped{remedy}."
    )


def tell(options: argparse.Namespace, line: str) -> None:
    """Prints to standard output, unless that is where the speech goes."""
    print(line, file=sys.stderr if options.path == STDOUT else sys.stdout, flush=True)


def warn(sentence: str) -> None:
    print(f"warning: {sentence}", file=sys.stderr)
