"""Speak with a trained run.

`python run_infer.py --ckpt WORKDIR --text "..." [--language en] [--reference a.wav ...] --out out.wav`

Without a text, `--save-voice` and the options that begin with `--list` do what they say and no more.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from xtts_jax.commands.verbs import new_parser
from xtts_jax.errors import UserError

TOLD_FROM_DB = 0.1  # by which speech is lowered to fit into a file


def main(arguments: Sequence[str]) -> None:
    options = _parser().parse_args(arguments)
    if options.list_speakers:
        return _list_speakers(options.ckpt)
    if options.list_emotions:
        return _list_emotions(options.ckpt)
    references, shares = _references(options)
    silent = options.text is None and options.text_file is None
    texts = [] if silent and (options.save_voice or options.list_style_tokens) else _texts(options)
    if texts and options.out is None:
        raise UserError("Give the file to write the speech to with --out, such as --out speech.wav.")
    if options.save_voice and options.save_voice.suffix != ".npz":
        raise UserError(f"--save-voice writes .npz files, not {options.save_voice.name}.")
    if options.out and options.out.suffix.lower() != ".wav":
        raise UserError(f"--out writes WAV files: name it {options.out.stem}.wav, not {options.out.name}.")
    if not 0 <= options.seed < 2**32:
        raise UserError(f"--seed lies between 0 and {2**32 - 1}, not {options.seed}.")
    if options.plot and options.plot.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise UserError(f"--plot draws .png, .pdf or .svg files, not {options.plot.name}.")

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.report import plots
    from xtts_jax.speak.synthesizer import DRAWING, Synthesizer
    from xtts_jax.speak.voice_choice import VoiceChoice

    if options.plot and not plots.available():
        raise UserError("--plot needs the package matplotlib: pip install matplotlib, or leave --plot out.")
    use_compile_cache()
    given = vars(options)
    drawing = {name: given[name] for name in DRAWING if given[name] is not None}
    synthesizer = Synthesizer.load(
        options.ckpt, options.step, options.vocoder, options.griffin_lim_iterations, drawing
    )
    voice = VoiceChoice(
        references=references,
        shares=shares,
        words=options.reference_text,
        words_language=options.reference_language,
        speaker=options.speaker,
        style_references=options.style_reference,
        style_weights=options.style_weights,
        emotion=options.emotion.strip().lower(),
        denoise=options.denoise,
        strength=options.reference_strength,
        colour=options.colour,
    )
    if options.emotion and options.speaker:
        _report_others_emotion(options.ckpt, voice.emotion, options.speaker)
    if options.list_style_tokens:
        _list_style_tokens(synthesizer)
    if options.save_voice:
        language = options.language or synthesizer.tokenizer.languages[0]
        synthesizer.voices.save(synthesizer.voices.choose(voice, language), options.save_voice)
        print(f"{options.save_voice}: the voice, for --reference")
    for text, path in zip(texts, _paths(options.out, len(texts)), strict=True):
        speech = synthesizer.speak(
            text, options.language, voice, options.seed, options.speed, options.pitch, options.energy
        )
        _report_unknown(speech.unknown)
        if speech.remark:
            print(f"warning: {speech.remark}", file=sys.stderr)
        try:
            _write(speech, path, options, synthesizer)
        except OSError as error:
            raise UserError(
                f"The speech cannot be written ({error}). Give another place with --out."
            ) from error


def _parser() -> argparse.ArgumentParser:
    parser = new_parser("speak")
    parser.add_argument("--ckpt", type=Path, required=True, metavar="WORKDIR", help="of a run_train.py run")
    parser.add_argument("--step", type=int, metavar="K", help="checkpoint to use; default: the best")
    parser.add_argument("--text", help="what to say; [[...]] in it holds phonemes")
    parser.add_argument(
        "--text-file", type=Path, metavar="FILE", help="UTF-8, one text a line, one WAV file each"
    )
    parser.add_argument("--language", metavar="CODE", help="en, fa, ...; default: the run's first")
    parser.add_argument(
        "--vocoder",
        default="",
        metavar="WORKDIR|shipped|griffin_lim",
        help="mel to waveform; default: what the run's configuration names",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="of all that is drawn at random: Griffin-Lim's first phases, a flow's noise",
    )
    voice = parser.add_argument_group("the voice; default: the run's own speaker of the language")
    voice.add_argument(
        "--reference",
        type=Path,
        nargs="+",
        default=[],
        metavar="AUDIO",
        help="recordings of a voice, 3 to 30 s each, or a saved .npz; several are averaged",
    )
    voice.add_argument(
        "--reference-text",
        nargs="+",
        default=[],
        metavar="WORDS",
        help="what each --reference says, in the same order: the voice is fitted to it",
    )
    voice.add_argument(
        "--reference-language", default="", metavar="CODE", help="of these words; default: --language"
    )
    voice.add_argument(
        "--blend", nargs="+", default=[], metavar="AUDIO:SHARE", help="a mixture: a.wav:0.7 b.wav:0.3"
    )
    voice.add_argument(
        "--denoise",
        action="store_true",
        help="take hiss and hum out of the recordings given here or for style",
    )
    voice.add_argument("--speaker", default="", metavar="NAME", help="of the training set")
    voice.add_argument(
        "--reference-strength",
        type=float,
        default=1.0,
        metavar="X",
        help="0 is nobody's voice, 1 the reference's, more exaggerates it; default: %(default)s",
    )
    voice.add_argument(
        "--colour",
        type=float,
        default=1.0,
        metavar="X",
        help="how far speech takes on the recording's average spectrum, 0 to 1; default: %(default)s",
    )
    voice.add_argument("--list-speakers", action="store_true", help="the names --speaker takes, then end")
    voice.add_argument("--save-voice", type=Path, metavar="NPZ", help="the voice as numbers, for --reference")
    style = parser.add_argument_group("the style (global style tokens); default: that of the voice")
    style.add_argument(
        "--style-reference", type=Path, nargs="+", default=[], metavar="AUDIO", help="to speak as it does"
    )
    style.add_argument(
        "--style-weights", type=float, nargs="+", default=[], metavar="X", help="one for each style token"
    )
    style.add_argument(
        "--emotion",
        default="",
        metavar="NAME",
        help="by the labels of the corpus: as the speaker sounds, or else as all do",
    )
    style.add_argument("--list-emotions", action="store_true", help="the names --emotion takes, then end")
    style.add_argument(
        "--list-style-tokens", action="store_true", help="how much of each the run's voices have"
    )
    parser.add_argument("--speed", type=float, default=1.0, help="2 is twice as fast; default: %(default)s")
    parser.add_argument("--pitch", type=float, default=0.0, metavar="SEMITONES", help="higher or lower")
    parser.add_argument("--energy", type=float, default=0.0, metavar="DB", help="louder or softer")
    parser.add_argument(
        "--griffin-lim-iterations",
        type=int,
        metavar="N",
        help="the more, the nearer to the mel; default: 60, or what the vocoder finishes with",
    )
    flow = parser.add_argument_group("of flow decoders; default: what the run's configuration says")
    flow.add_argument("--flow-steps", type=int, metavar="N", help="more are slower and finer")
    flow.add_argument("--flow-solver", metavar="NAME", help="euler or midpoint")
    flow.add_argument(
        "--guidance",
        type=float,
        metavar="X",
        help="how much text and voice count in what the noise becomes, 0 to 10; 1: as learned",
    )
    flow.add_argument("--temperature", type=float, metavar="X", help="of the noise it begins with, 0 to 2")
    parser.add_argument("--out", type=Path, metavar="WAV", help="needed with a text")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="picture of the mel and its tokens")
    parser.add_argument(
        "--timestamps", action="store_true", help="write OUT.json and OUT.srt beside the WAV file"
    )
    return parser


def _list_speakers(workdir: Path) -> None:
    from xtts_jax.runs import voices
    from xtts_jax.runs.settings import read_config

    read_config(workdir)
    for voice in voices.read(workdir):
        print(f"{voice.speaker}\t{', '.join(voice.languages)}")


def _list_emotions(workdir: Path) -> None:
    from xtts_jax.runs import emotions
    from xtts_jax.runs.settings import read_config

    read_config(workdir)
    for name, recordings in emotions.counts(workdir).items():
        print(f"{name}\t{recordings}")


def _report_others_emotion(workdir: Path, emotion: str, speaker: str) -> None:
    from xtts_jax.runs import emotions

    if all(mood.speaker != speaker for mood in emotions.moods_of(workdir, emotion, speaker)):
        print(
            f"warning: no recording of {speaker} is labelled {emotion}; it is the manner of the others.",
            file=sys.stderr,
        )


def _list_style_tokens(synthesizer) -> None:
    print("token\tmean weight\tmost\tin the voice of")
    for number, token in enumerate(synthesizer.voices.style_tokens()):
        print(f"{number}\t{token.mean:.3f}\t{token.most:.3f}\t{token.most_in}")


def _references(options: argparse.Namespace) -> tuple[list[Path], list[float]]:
    """The recordings of the voice, and their shares where these were given."""
    for one, other in (
        ("reference", "blend"),
        ("reference", "speaker"),
        ("blend", "speaker"),
        ("style_reference", "style_weights"),
        ("emotion", "style_reference"),
        ("emotion", "style_weights"),
    ):
        if getattr(options, one) and getattr(options, other):
            one, other = (name.replace("_", "-") for name in (one, other))
            raise UserError(f"--{one} and --{other} exclude each other: leave one out.")
    if options.reference_text and not options.reference:
        raise UserError(
            "--reference-text is what the recordings of --reference say: give these too, no blend."
        )
    if options.reference_language and not options.reference_text:
        raise UserError("--reference-language is that of --reference-text: give this too.")
    blended = [_blended(given) for given in options.blend]
    paths = options.reference or [path for path, _ in blended]
    if options.denoise and all(path.suffix == ".npz" for path in (*paths, *options.style_reference)):
        raise UserError(
            "--denoise is for recordings: give some with --reference, --blend or --style-reference, or leave "
            "it out. A saved voice holds no sound any more."
        )
    return paths, [share for _, share in blended]


def _blended(given: str) -> tuple[Path, float]:
    path, _, number = given.rpartition(":")
    try:
        share = float(number)
    except ValueError:
        share = 0.0
    if not path or not 0 < share < float("inf"):
        raise UserError(
            f"--blend takes recordings with their shares above 0, such as a.wav:0.7 b.wav:0.3, not {given!r}."
        )
    return Path(path), share


def _texts(options: argparse.Namespace) -> list[str]:
    if (options.text is None) == (options.text_file is None):
        raise UserError("Give what to say either with --text or with --text-file.")
    if options.text is not None:
        return [options.text]
    try:
        lines = options.text_file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"The text file {options.text_file} cannot be read as UTF-8 text ({error})."
        ) from error
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise UserError(f"The text file {options.text_file} has no text in it.")
    return texts


def _paths(path: Path | None, count: int) -> list[Path]:
    """`path` itself for one text; NAME-001.wav, NAME-002.wav, ... for more."""
    if path is None:
        return []
    if count == 1:
        return [path]
    return [path.with_stem(f"{path.stem}-{number:03d}") for number in range(1, count + 1)]


def _report_unknown(unknown: tuple[str, ...]) -> None:
    if unknown:
        from xtts_jax.text.tokenizer import spell_out

        print(
            f"warning: the run never saw {', '.join(map(spell_out, unknown))}; left out of the speech.",
            file=sys.stderr,
        )


def _report_lowered(lowered_db: float, path: Path, energy: float) -> None:
    from xtts_jax.speak.synthesizer import MOST_DB

    if lowered_db < TOLD_FROM_DB:
        return
    quieter = energy - lowered_db
    remedy = f"; at --energy {quieter:.1f} nothing need be lowered" if quieter >= -MOST_DB else ""
    print(
        f"warning: {path}: the highest peak was {lowered_db:.1f} dB over full scale, so all of the speech is "
        f"lowered by as much and nothing is clipped{remedy}.",
        file=sys.stderr,
    )


def _write(speech, path: Path, options: argparse.Namespace, synthesizer) -> None:
    from xtts_jax.audio.io import save
    from xtts_jax.report import plots
    from xtts_jax.runs.settings import write_json
    from xtts_jax.speak import timestamps

    settings = synthesizer.config.audio
    path.parent.mkdir(parents=True, exist_ok=True)
    lowered_db = save(path, speech.audio, speech.sample_rate)
    print(f"{path}: {len(speech.audio) / speech.sample_rate:.2f} s")
    _report_lowered(lowered_db, path, options.energy)
    if options.timestamps:
        write_json(path.with_suffix(".json"), timestamps.to_json(speech, settings))
        path.with_suffix(".srt").write_text(timestamps.to_srt(speech, settings), encoding="utf-8")
    if options.plot:
        plot = options.plot.with_stem(path.stem.replace(options.out.stem, options.plot.stem, 1))
        plot.parent.mkdir(parents=True, exist_ok=True)
        named = [] if len(speech.segments) > 1 else [speech.segments[0].durations, speech.segments[0].symbols]
        plots.save_figure(plot, plots.mel_figure({"spoken": speech.mel}, settings, *named))
