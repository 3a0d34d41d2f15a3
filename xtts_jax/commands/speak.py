"""`xtts-jax speak`: speak a text with a trained run.

`xtts-jax speak --ckpt WORKDIR --text "..." [--language en] [--reference a.wav ...] --out out.wav`

Without a text, `--save-voice` and the options that begin with `--list` do what they say and no more.
"""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import add_run, add_step, add_vocoder
from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import FieldError, UserError

if TYPE_CHECKING:
    from xtts_jax.speak.speech import Saved
    from xtts_jax.speak.synthesizer import Synthesizer
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
}
DRAWING = ("flow_steps", "flow_solver", "guidance", "temperature")
FILES = {"type": Path, "nargs": "+", "default": [], "metavar": "AUDIO"}
PLOTS = (".png", ".pdf", ".svg")
AUDIBLE_DB = 0.1  # speech that is lowered by less, to fit into a file, is not reported


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    with flags(FLAGS):
        if options.list_speakers or options.list_emotions:
            _list(options)
        else:
            _speak(options)


def _speak(options: argparse.Namespace) -> None:
    from xtts_jax.speak.delivery import Delivery

    voice = _voice(options)
    delivery = Delivery(options.seed, options.speed, options.pitch, options.energy)
    texts = _texts(options)
    _check_places(options, texts)

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.speak.speech import save_while_spoken
    from xtts_jax.speak.spelling import describe_unknown
    from xtts_jax.speak.synthesizer import Synthesizer

    use_compile_cache()
    given = {"step": options.step, "vocoder": options.vocoder, "iterations": options.iterations}
    drawing = {name: value for name in DRAWING if (value := getattr(options, name)) is not None}
    synthesizer = Synthesizer(options.ckpt, **given, drawing=drawing)
    if voice.emotion and voice.speaker:
        _warn_of_others_emotion(options.ckpt, voice)
    if options.list_style_tokens:
        _list_style_tokens(synthesizer)
    if options.save_voice:
        _save_voice(synthesizer, voice, options)
    for text, path in zip(texts, _paths(options.path, len(texts)), strict=True):
        pieces = synthesizer.speak_in_pieces(text, options.language, voice, **asdict(delivery))
        try:
            saved = save_while_spoken(pieces, path, keep_mel=options.plot is not None)
            if saved.speech.unknown:
                _warn(describe_unknown(saved.speech.unknown))
            if saved.speech.remark:
                _warn(saved.speech.remark)
            _report(saved, path, options, synthesizer)
        except OSError as error:
            raise FieldError("The speech cannot be written ({cause}). Change {path}.", cause=error) from error


def _parser() -> argparse.ArgumentParser:
    parser = new_parser("speak")
    add_run(parser)
    add_step(parser)
    _add(parser, "text", help="what to say; [[...]] in it holds phonemes")
    parser.add_argument("--text-file", type=Path, metavar="FILE", help="UTF-8, a WAV file for each line")
    _add(parser, "language", metavar="CODE", help="en, fa, ...; default: the run's first")
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
    _add(parser, "path", type=Path, metavar="WAV", help="where to write; required with a text")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the mel and its tokens there")
    parser.add_argument("--timestamps", action="store_true", help="write .json and .srt beside the WAV file")
    return parser


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


def _voice(options: argparse.Namespace) -> "VoiceChoice":
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


def _texts(options: argparse.Namespace) -> list[str]:
    text, file = options.text, options.text_file
    if text is None and file is None and (options.save_voice or options.list_style_tokens):
        return []
    if (text is None) == (file is None):
        raise UserError("Give what to say either with --text or with --text-file.")
    if file is None:
        return [str(text)]
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The text file {file} cannot be read as UTF-8 text ({error}).") from error
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise UserError(f"The text file {file} has no text in it.")
    return texts


def _check_places(options: argparse.Namespace, texts: Sequence[str]) -> None:
    """Refuses files that cannot be written, before anything takes time."""
    from xtts_jax.report import plots
    from xtts_jax.speak.speech import wav_path
    from xtts_jax.speak.voice_choice import is_profile

    if texts and options.path is None:
        raise UserError("Give the file to write the speech to with --out, such as --out speech.wav.")
    if options.path:
        wav_path(options.path)
    if options.save_voice and not is_profile(options.save_voice):
        raise UserError(f"--save-voice writes .npz files, not {options.save_voice.name}.")
    if options.plot and options.plot.suffix.lower() not in PLOTS:
        raise UserError(f"--plot draws .png, .pdf or .svg files, not {options.plot.name}.")
    if options.plot and not plots.available():
        raise UserError("--plot needs the package matplotlib: pip install matplotlib, or leave --plot out.")
    for flag, path in (
        ("--out", options.path),
        ("--save-voice", options.save_voice),
        ("--plot", options.plot),
    ):
        if path:
            _require_writable(path, flag)


def _require_writable(path: Path, flag: str) -> None:
    """By trying: permissions do not tell what root may not write to."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path.parent):
            pass
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        raise UserError(
            f"{flag} {path} cannot be written ({error.strerror}). Name a file in a folder that this user may "
            "write to."
        ) from error


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


def _list_style_tokens(synthesizer: "Synthesizer") -> None:
    print("token\tmean weight\tmost\tin the voice of")
    for number, token in enumerate(synthesizer.voices.style_tokens()):
        print(f"{number}\t{token.mean:.3f}\t{token.most:.3f}\t{token.most_in}")


def _save_voice(synthesizer: "Synthesizer", voice: "VoiceChoice", options: argparse.Namespace) -> None:
    language = options.language or synthesizer.tokenizer.languages[0]
    synthesizer.voices.save(synthesizer.voices.choose(voice, language), options.save_voice)
    print(f"{options.save_voice}: the voice, for --reference")


def _report(saved: "Saved", path: Path, options: argparse.Namespace, synthesizer: "Synthesizer") -> None:
    from xtts_jax.report import plots
    from xtts_jax.runs.settings import write_json
    from xtts_jax.speak import timestamps

    speech = saved.speech
    print(f"{path}: {saved.seconds:.2f} s", flush=True)
    _warn_of_lowering(saved.lowered_db, path, options.energy)
    if options.timestamps:
        write_json(path.with_suffix(".json"), timestamps.to_json(speech))
        path.with_suffix(".srt").write_text(timestamps.to_srt(speech), encoding="utf-8")
    if options.plot:
        plot = options.plot.with_stem(path.stem.replace(options.path.stem, options.plot.stem, 1))
        plot.parent.mkdir(parents=True, exist_ok=True)
        (segment, *others), settings = speech.segments, synthesizer.config.audio
        named = {} if others else {"durations": segment.durations, "symbols": segment.symbols}
        plots.save_figure(plot, plots.mel_figure({"spoken": speech.mel}, settings, **named))


def _warn_of_lowering(lowered_db: float, path: Path, energy: float) -> None:
    from xtts_jax.speak.delivery import MOST_DB

    if lowered_db < AUDIBLE_DB:
        return
    quieter = energy - lowered_db
    remedy = f"; at --energy {quieter:.1f} nothing need be lowered" if quieter >= -MOST_DB else ""
    _warn(
        f"{path}: the highest peak was {lowered_db:.1f} dB over full scale, so all of the speech is lowered "
        f"by as much and nothing is clipped{remedy}."
    )


def _warn_of_others_emotion(workdir: Path, voice: "VoiceChoice") -> None:
    from xtts_jax.runs import emotions

    moods = emotions.moods_of(workdir, voice.emotion, voice.speaker)
    if all(mood.speaker != voice.speaker for mood in moods):
        _warn(
            f"no recording of {voice.speaker} is labeled {moods[0].emotion}; it is the manner of the others."
        )


def _warn(sentence: str) -> None:
    print(f"warning: {sentence}", file=sys.stderr)
