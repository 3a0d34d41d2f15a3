"""`xtts-jax cloning`: measure how well a run clones voices that it was not trained on.

`xtts-jax cloning --ckpt WORKDIR --data.root CORPUS`
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.endings import flags
from xtts_jax.commands.options import (
    CONFIG_KEYS,
    add_audio_dir,
    add_config,
    add_json,
    add_recogniser,
    add_run,
    add_step,
    add_vocoder,
    require_at_least_one,
)
from xtts_jax.commands.verbs import new_parser
from xtts_jax.config import Audio
from xtts_jax.data.encodings import lines_in
from xtts_jax.errors import UserError

DRAWN = 4  # voices shown by --picture
FLAGS = {
    "texts": "--text-file",
    "recogniser": "--recogniser",
    "language": "--language",
    "fit": "--fit",
    "references": "--references",
    "everyone": "--all-speakers",
    "colour": "--colour",
    "data.root": "--data.root",
    "data.validation_speaker_fraction": "--data.validation_speaker_fraction",
}


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("cloning", epilog=CONFIG_KEYS)
    add_run(parser)
    add_step(parser)
    add_vocoder(parser)
    parser.add_argument("--voices", type=int, default=20, metavar="N", help="at most; default: %(default)s")
    parser.add_argument(
        "--sentences", type=int, default=3, metavar="N", help="in each voice; default: %(default)s"
    )
    parser.add_argument(
        "--language", default="", metavar="CODE", help="of the sentences; default: en, or the run's first"
    )
    parser.add_argument(
        "--text-file", type=Path, metavar="FILE", help="sentences, one a line; default: built-in ones"
    )
    add_recogniser(parser)
    parser.add_argument(
        "--references",
        default="",
        metavar="FILE|ID,ID",
        help="ids of the recordings to clone, one per speaker",
    )
    parser.add_argument(
        "--all-speakers",
        action="store_true",
        help="clone every speaker that the run does not name (it names at most 200); only for corpora whose "
        "speakers it was not trained on",
    )
    parser.add_argument(
        "--colour", type=float, default=1.0, metavar="X", help="as for `speak`; default: %(default)s"
    )
    parser.add_argument(
        "--fit",
        nargs="?",
        const="whisper",
        default="",
        metavar="RECOGNISER",
        help="fit each voice to the words that a recognizer finds in its reference; default: whisper",
    )
    add_config(parser, "voice")
    add_json(parser)
    add_audio_dir(parser)
    parser.add_argument(
        "--picture", type=Path, metavar="PNG", help=f"draw the first sentence in {DRAWN} voices"
    )
    options, overrides = parser.parse_known_args(arguments)
    require_at_least_one(options, "voices", "sentences")

    from xtts_jax.commands.compile_cache import use_compile_cache
    from xtts_jax.data.corpus import Corpus
    from xtts_jax.data.prepare import prepare
    from xtts_jax.judge import speakers
    from xtts_jax.judge.cloning import clone, describe
    from xtts_jax.listen.recognisers import open_recogniser
    from xtts_jax.report import plots
    from xtts_jax.runs.settings import read_config_of, write_json

    if options.picture and not plots.available():
        raise UserError("--picture needs the package matplotlib: pip install matplotlib, or leave it out.")
    speakers.require_package()
    use_compile_cache()
    audio = read_config_of(options.ckpt, "acoustic").audio
    config = replace(load_config(options.config, overrides), audio=audio)
    with flags(FLAGS):
        report, mels = clone(
            options.ckpt,
            Corpus.open(prepare(config)),
            step=options.step,
            vocoder=options.vocoder,
            voices=options.voices,
            texts=lines_in(options.text_file) if options.text_file else [],
            sentence_count=options.sentences,
            language=options.language,
            recogniser=options.recogniser,
            references=_ids(options.references),
            everyone=options.all_speakers,
            fit=open_recogniser(options.fit) if options.fit else None,
            colour=options.colour,
            audio_dir=options.audio_dir,
        )
    print(describe(report))
    if options.json:
        write_json(options.json, report)
    if options.picture:
        draw(options.picture, mels, audio)


def draw(path: Path, mels: dict[str, np.ndarray], audio: Audio) -> None:
    """Draws the mels of the first sentence in a few of the voices."""
    from xtts_jax.report import plots

    path.parent.mkdir(parents=True, exist_ok=True)
    plots.save_figure(path, plots.mel_figure(dict(list(mels.items())[:DRAWN]), audio))


def _ids(given: str) -> list[str]:
    """The ids in a file, one a line, or between commas."""
    if given and Path(given).is_file():
        return lines_in(Path(given))
    return [name.strip() for name in given.split(",") if name.strip()]
