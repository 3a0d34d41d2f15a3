"""The options of `xtts-jax speak`, what they give to say, and where they want it written."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import add_step, add_vocoder, add_voice, require_writable
from xtts_jax.commands.speak_lines import NOWHERE, STDOUT, Line
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import FieldError, UserError

if TYPE_CHECKING:
    from xtts_jax.speak.voice_choice import VoiceChoice

FLAGS = {  # what the library calls a field, and how it is given here
    "text": "--text",
    "language": "--language",
    "references": "--reference",
    "words": "--reference-text",
    "words_language": "--reference-language",
    "shares": "--blend",
    "denoise": "--denoise",
    "speaker": "--speaker",
    "strength": "--reference-strength",
    "colour": "--colour",
    "style_references": "--style-reference",
    "style_weights": "--style-weights",
    "emotion": "--emotion",
    "seed": "--seed",
    "speed": "--speed",
    "pitch": "--pitch",
    "energy": "--energy",
    "iterations": "--griffin-lim-iterations",
    "flow_steps": "--flow-steps",
    "flow_solver": "--flow-solver",
    "guidance": "--guidance",
    "temperature": "--temperature",
    "path": "--out",
    "sample_rate": "--sample-rate",
    "bits": "--bits",
}
DRAWING = ("flow_steps", "flow_solver", "guidance", "temperature")
FILES = {"type": Path, "nargs": "+", "default": [], "metavar": "AUDIO"}
PLOTS = (".png", ".pdf", ".svg")


def new_speak_parser() -> argparse.ArgumentParser:
    parser = new_parser("speak")
    add_voice(parser)
    add_step(parser)
    _add(parser, "text", help="what to say; [[...]] in it holds phonemes, SSML is obeyed in part")
    parser.add_argument(
        "--text-file",
        type=Path,
        metavar="FILE",
        help="UTF-8, an audio file for each line; in a .jsonl file a line may say how: docs/speaking.md",
    )
    parser.add_argument("--resume", action="store_true", help="leave out lines whose file is there already")
    _add(
        parser,
        "language",
        metavar="CODE",
        help="en, fa, ...; default: that of --speaker, else of the run's main voice",
    )
    add_vocoder(parser)
    _add_voice(parser.add_argument_group("the voice; default: the run's own speaker of the language"))
    _add_style(parser.add_argument_group("the style (global style tokens); default: that of the voice"))
    _add(parser, "seed", type=int, default=0, help="for Griffin-Lim's first phases and the noise of a flow")
    _add(parser, "speed", type=float, default=1.0, help="2 is twice as fast; default: %(default)s")
    _add(parser, "pitch", type=float, default=0.0, metavar="SEMITONES", help="higher or lower")
    _add(parser, "energy", type=float, default=0.0, metavar="DB", help="louder or softer")
    nearer = "the more, the nearer to the mel; default: 60, or what the vocoder finishes with"
    _add(parser, "iterations", type=int, metavar="N", help=nearer)
    flow = parser.add_argument_group("for flow decoders; default: what the run's configuration says")
    _add(flow, "flow_steps", type=int, metavar="N", help="more are slower and finer")
    _add(flow, "flow_solver", metavar="NAME", help="euler or midpoint")
    guidance = "how much text and voice count in what the noise becomes, 0 to 10; 1: as learned"
    _add(flow, "guidance", type=float, metavar="X", help=guidance)
    _add(flow, "temperature", type=float, metavar="X", help="size of the noise it begins with, 0 to 2")
    _add_place(parser.add_argument_group("where it goes"))
    return parser


def _add_place(group: Any) -> None:
    formats = "where to write: .wav, .flac, .mp3, .ogg or .opus; - is standard output, as WAV"
    _add(group, "path", type=Path, metavar="AUDIO", help=formats)
    group.add_argument("--play", action="store_true", help="play it while it is spoken, instead of --out")
    live = "with --out -: write it while it is spoken"
    group.add_argument("--stream", action="store_true", help=live)
    raw = "with --stream: samples alone, 16-bit little-endian, at the rate of the run"
    group.add_argument("--raw", action="store_true", help=raw)
    _add(group, "sample_rate", type=int, metavar="HZ", help="8000 to 48000; default: that of the run")
    _add(group, "bits", type=int, default=16, metavar="N", help="24 or 32 for WAV, 24 for FLAC; default: 16")
    group.add_argument("--plot", type=Path, metavar="PNG", help="draw the mel and its tokens there")
    beside = "write .json and .srt beside the audio file"
    group.add_argument("--timestamps", action="store_true", help=beside)


def _add_voice(group: Any) -> None:
    number = {"type": float, "default": 1.0, "metavar": "X"}
    recordings = "recordings of a voice, 3 to 30 s each, or a saved .npz; several are averaged"
    _add(group, "references", **FILES, help=recordings)
    words = "what each --reference says, in the same order: the voice is fitted to it"
    _add(group, "words", nargs="+", default=[], metavar="WORDS", help=words)
    spoken = "language of these words; default: --language"
    _add(group, "words_language", default="", metavar="CODE", help=spoken)
    mixture = "a mixture: a.wav:0.7 b.wav:0.3"
    _add(group, "shares", nargs="+", default=[], metavar="AUDIO:SHARE", help=mixture)
    hiss = "take hiss and hum out of the recordings given here or for style"
    _add(group, "denoise", action="store_true", help=hiss)
    _add(group, "speaker", default="", metavar="NAME", help="one of the training set")
    strength = "0 is nobody's voice, 1 the reference's, up to 3 exaggerates it; default: %(default)s"
    _add(group, "strength", **number, help=strength)
    colour = "how far speech takes on the recording's average spectrum, 0 to 1; default: %(default)s"
    _add(group, "colour", **number, help=colour)
    group.add_argument("--list-speakers", action="store_true", help="print what --speaker takes, and end")
    group.add_argument("--save-voice", type=Path, metavar="NPZ", help="keep the voice there, for --reference")


def _add_style(group: Any) -> None:
    recordings = "speak in the manner of these recordings"
    _add(group, "style_references", **FILES, help=recordings)
    weights = "one for each style token"
    _add(group, "style_weights", type=float, nargs="+", default=[], metavar="X", help=weights)
    emotion = "by the labels of the corpus: as the speaker sounds, or else as all do"
    _add(group, "emotion", default="", metavar="NAME", help=emotion)
    group.add_argument("--list-emotions", action="store_true", help="print what --emotion takes, and end")
    tokens = "print how much of each token the run's voices have"
    group.add_argument("--list-style-tokens", action="store_true", help=tokens)


def _add(group: Any, field: str, **how: Any) -> None:
    group.add_argument(FLAGS[field], dest=field, **how)


def voice_of(options: argparse.Namespace) -> "VoiceChoice":
    from xtts_jax.speak.voice_choice import VoiceChoice

    given = {field.name: getattr(options, field.name) for field in fields(VoiceChoice)}
    if options.shares:
        if options.references:
            raise FieldError("{references} and {shares} exclude each other: leave one out.")
        given["references"], given["shares"] = zip(*map(_path_and_share, options.shares), strict=True)
    return VoiceChoice(**given)


def _path_and_share(given: str) -> tuple[Path, float]:
    path, _, share = given.rpartition(":")
    try:
        return Path(path), float(share if path else "")
    except ValueError:
        raise UserError(
            f"--blend takes recordings with their shares, such as a.wav:0.7 b.wav:0.3, not {given!r}."
        ) from None


def check_places(options: argparse.Namespace, lines: Sequence[Line]) -> None:
    """Refuses files that cannot be written, before anything takes time."""
    from xtts_jax.report import plots
    from xtts_jax.speak.speech import require_format
    from xtts_jax.speak.voice_choice import is_profile

    if options.resume and not options.text_file:
        raise UserError("--resume leaves out lines of --text-file that have their files: give one as well.")
    if options.raw and not options.stream:
        raise UserError(
            "--raw is for `--out - --stream`, whose header it leaves out: give these too, or leave --raw out."
        )
    if any(line.path == NOWHERE for line in lines) and not options.play:
        raise UserError("Give the file to write the speech to with --out, such as --out speech.wav.")
    if options.play or options.stream or options.path == STDOUT:
        _check_live(options)
    for line in lines:
        if line.path not in (STDOUT, NOWHERE):
            with flags(FLAGS | {"path": line.named_by}):
                require_format(line.path, options.sample_rate, options.bits)
    if options.save_voice and not is_profile(options.save_voice):
        raise UserError(f"--save-voice writes .npz files, not {options.save_voice.name}.")
    if options.plot and options.plot.suffix.lower() not in PLOTS:
        raise UserError(f"--plot draws .png, .pdf or .svg files, not {options.plot.name}.")
    if options.plot and not plots.available():
        raise UserError("--plot needs the package matplotlib: pip install matplotlib, or leave --plot out.")
    places = [("--save-voice", options.save_voice), ("--plot", options.plot)]
    for flag, path in [*((line.named_by, line.path) for line in lines), *places]:
        if path and path not in (STDOUT, NOWHERE):
            require_writable(path, flag)


def _check_live(options: argparse.Namespace) -> None:
    """The rules of speech that goes to a player or to standard output."""
    if options.play and options.path:
        raise UserError("--play and --out exclude each other: leave one out.")
    if options.text_file or options.timestamps:
        option = "--text-file" if options.text_file else "--timestamps"
        raise UserError(f"{option} writes several files, so --out must name one, such as speech.wav.")
    if options.stream and options.path != STDOUT:
        raise UserError("--stream is for pipes, with --out -.")
    live = options.play or options.stream
    if live and (options.plot or options.sample_rate or options.bits != 16):
        raise UserError(
            "--plot, --sample-rate and --bits are for files: leave them out with --play and --stream."
        )
    if not options.play and sys.stdout.isatty():
        raise UserError("--out - is for pipes: `... --out - | aplay`, or `... --out - > speech.wav`.")
