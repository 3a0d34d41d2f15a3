"""How well a run clones voices: `python -m xtts_jax.cloning --ckpt WORKDIR --data.root CORPORA`.

Speakers that the corpora hold out whole, and that the run never trained on, lend one reference each. Its own
speech from that reference is set beside other recordings of them, as they are and through the same vocoder.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.commands.cli import load_config, run
from xtts_jax.commands.compile_cache import use_compile_cache
from xtts_jax.config import Audio, Config
from xtts_jax.data import demo_corpus
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError
from xtts_jax.judge import judges
from xtts_jax.judge.evaluate import through_mel
from xtts_jax.judge.phonemes import open_judge
from xtts_jax.judge.unseen_speakers import Stranger, strangers_of
from xtts_jax.listen.edit_distance import error_rates
from xtts_jax.listen.listener import Listener
from xtts_jax.listen.pocketsphinx import WordListener
from xtts_jax.report import plots
from xtts_jax.runs import voices
from xtts_jax.runs.checkpoint import find_step
from xtts_jax.runs.settings import read_config_of, write_json
from xtts_jax.speak.synthesizer import Speech, Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.text.sounds import phones

FEWEST_WORDS = 6  # of a sentence: less is too short to hear a voice in
DRAWN = 4  # voices in the picture
WAYS = {
    "across": "another recording of theirs",
    "recordings": "the same, or the other half",
    "rebuilt": "through mel + vocoder",
    "ours": "our speech",
}

Embed = Callable[[Sequence[np.ndarray], int], np.ndarray]  # (s,) clips and their rate to (b, d) unit vectors


def judge_cloning(
    synthesizer: Synthesizer,
    strangers: Sequence[Stranger],
    texts: Sequence[str],
    language: str,
    embed: Embed,
    audio_dir: Path,
    colour: float = 1.0,
    ear: WordListener | None = None,
) -> tuple[dict[str, Any], list[list[Speech]]]:
    """The report, as JSON holds it, and what was spoken, by voice and text; clips are left in `audio_dir`.

    ear: hears the words of the references, to which the voices are then fitted.
    """
    audio, rate = synthesizer.config.audio, synthesizer.config.audio.sample_rate
    folders = [audio_dir / f"{number:03d}" for number in range(len(strangers))]
    chosen = [
        _voice(synthesizer, stranger, colour, ear, folder / "reference.wav")
        for stranger, folder in zip(strangers, tqdm(folders, "listening", leave=False), strict=True)
    ]
    spoken = [
        _speak(synthesizer, voice, texts, language, folder)
        for voice, folder in zip(chosen, tqdm(folders, "speaking", leave=False), strict=True)
    ]
    rebuilt = [through_mel(stranger.other, audio, synthesizer.vocode) for stranger in strangers]
    everyone = np.arange(len(strangers))
    clips = {
        "recordings": ([stranger.other for stranger in strangers], everyone),
        "rebuilt": (rebuilt, everyone),
        "ours": ([each.audio for row in spoken for each in row], everyone.repeat(len(texts))),
    }
    references = embed([stranger.reference for stranger in strangers], rate)
    vectors = {way: embed(rows, rate) for way, (rows, _) in tqdm(clips.items(), "judging", leave=False)}
    ways = {way: likeness(vectors[way], clips[way][1], references) for way in clips}
    across = np.flatnonzero([stranger.across for stranger in strangers])
    if len(across):
        ways["across"] = likeness(vectors["recordings"][across], across, references)
    report = {
        "fitted": sum(bool(voice.words) for voice in chosen),
        "language": language,
        "sentences": list(texts),
        "voices": [{"speaker": each.speaker, "reference": each.id} for each in strangers],
        "voices_with_another_recording": len(across),
        "chance": 1 / len(strangers),
        "ways": {way: ways[way] for way in WAYS if way in ways},
    }
    return report, spoken


def likeness(vectors: np.ndarray, owners: np.ndarray, references: np.ndarray) -> dict[str, float]:
    """Of unit vectors (b, d), of the voices `owners` (b,), with the references (n, d) of all n voices.

    nearest: the share whose own reference is the nearest of all.
    """
    cosines = vectors @ references.T
    own = owners[:, None] == np.arange(len(references))
    return {
        "cosine_own": float(cosines[own].mean()),
        "cosine_others": float(cosines[~own].mean()),
        "nearest": float((cosines.argmax(axis=1) == owners).mean()),
    }


def intelligibility(
    listener: Listener, spoken: Sequence[Sequence[Speech]], language: str
) -> dict[str, float]:
    """Phoneme error rates of our speech in all voices, against its texts and, as a control, others."""
    speeches = [speech for row in spoken for speech in row]
    said = [phones("".join(segment.symbols for segment in speech.segments)) for speech in speeches]
    heard = [
        phones(listener.hear(speech.audio).symbols) for speech in tqdm(speeches, "listening", leave=False)
    ]
    rates = error_rates(said, heard, [language] * len(said))
    return {"per": rates.all, "per_wrong_text": rates.wrong}


def sentences(language: str, count: int) -> list[str]:
    """Of the built-in corpus, chosen by what they say."""
    if language not in demo_corpus.ESPEAK_LANGUAGES:
        raise UserError(
            f"There are no built-in sentences in {language!r}, only in "
            f"{', '.join(demo_corpus.ESPEAK_LANGUAGES)}. Give some, one a line, with --text-file."
        )
    long = [text for text in demo_corpus.sentences(language) if len(text.split()) >= FEWEST_WORDS]
    return sorted(long, key=lambda text: hash_fraction(f"cloning {text}"))[:count]


def _listener(recogniser: Path | None, trained: Config, language: str) -> Listener | None:
    if not recogniser:
        return None
    listener = open_judge(recogniser, trained.audio, trained.data.frontend)
    if language not in listener.languages:
        raise UserError(
            f"The recogniser in {recogniser} never heard {language}, only {', '.join(listener.languages)}. "
            "Leave --recogniser out, or choose another --language."
        )
    return listener


def _ear(strangers: Sequence[Stranger]) -> WordListener:
    ear = WordListener()
    for stranger in strangers:
        if stranger.language not in ear.languages:
            raise UserError(
                f"--fit needs the words, and {stranger.id} is {stranger.language}: pocketsphinx "
                f"hears {', '.join(ear.languages)}. Leave --fit out, or choose other --references."
            )
    return ear


def _voice(
    synthesizer: Synthesizer, stranger: Stranger, colour: float, ear: WordListener | None, path: Path
) -> VoiceChoice:
    """Of the reference, which is written to `path`; without words where none are heard that could be said."""
    rate = synthesizer.config.audio.sample_rate
    path.parent.mkdir(parents=True, exist_ok=True)
    io.save(path, np.clip(stranger.reference, -1, 1), rate)
    voice = VoiceChoice([path], colour=colour)
    words = ear.hear(io.resample(stranger.reference, rate, ear.sample_rate)).symbols if ear else ""
    if not words:
        return voice
    fitted = voice._replace(words=[words], words_language=stranger.language)
    try:
        synthesizer.voices.choose(fitted, stranger.language)
    except UserError:
        return voice
    return fitted


def _speak(
    synthesizer: Synthesizer, voice: VoiceChoice, texts: Sequence[str], language: str, folder: Path
) -> list[Speech]:
    spoken = [synthesizer.speak(text, language, voice) for text in texts]
    for i, speech in enumerate(spoken):
        io.save(folder / f"{i}.wav", speech.audio, synthesizer.config.audio.sample_rate)
    return spoken


def describe(report: dict[str, Any]) -> str:
    """The report as a table for people."""
    count, across = len(report["voices"]), report["voices_with_another_recording"]
    lines = [
        f"{report['ckpt']}, step {report['step']}, vocoder {report['vocoder']}: {count} voices never trained "
        f"on, {len(report['sentences'])} sentences each, language {report['language']}",
        "",
        f"{'cosine of speaker embeddings':<32} {'own voice':>10} {'others':>8} {'nearest':>8}",
    ]
    for way, title in WAYS.items():
        if way in report["ways"]:
            values = report["ways"][way]
            own, others, nearest = (values[key] for key in ("cosine_own", "cosine_others", "nearest"))
            lines.append(f"{title:<32} {own:>10.3f} {others:>8.3f} {nearest:>8.1%}")
    lines.append(f"{'chance':<32} {'':>10} {'':>8} {report['chance']:>8.1%}")
    lines += [
        "",
        f"{across} of the {count} voices have another recording than the reference.",
        f"{report['fitted']} of the {count} voices were fitted to the words heard in their references.",
    ]
    if "per" in report:
        errors = f"phoneme error rate of our speech {report['per']:.3f}, against other texts"
        lines.append(f"{errors} {report['per_wrong_text']:.3f}")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        "python -m xtts_jax.cloning",
        description="Clone voices that a run never heard, and let a judge say how alike they are.",
        allow_abbrev=False,
        epilog="Every key of the configuration is an option for the corpora: --data.root DIR and so on.",
    )
    parser.add_argument("--ckpt", type=Path, required=True, metavar="WORKDIR", help="of a run_train.py run")
    parser.add_argument("--step", type=int, metavar="K", help="default: the best checkpoint")
    parser.add_argument("--voices", type=int, default=20, metavar="N", help="at most; default: %(default)s")
    parser.add_argument(
        "--sentences", type=int, default=3, metavar="N", help="in each voice; default: %(default)s"
    )
    parser.add_argument("--language", metavar="CODE", help="of the sentences; default: en, or the run's own")
    parser.add_argument(
        "--text-file", type=Path, metavar="FILE", help="sentences, one a line; default: built-in"
    )
    parser.add_argument(
        "--recogniser",
        type=Path,
        metavar="RUN",
        help="of configs/recogniser.py: count phoneme errors as well",
    )
    parser.add_argument(
        "--references", default="", metavar="FILE|ID,ID", help="ids of recordings to clone, one a speaker"
    )
    parser.add_argument(
        "--all-speakers",
        action="store_true",
        help="you vouch that no speaker of these corpora was trained on; a run names 200 of those it knows",
    )
    parser.add_argument(
        "--colour", type=float, default=1.0, metavar="X", help="as in run_infer.py; default: 1"
    )
    parser.add_argument(
        "--fit",
        action="store_true",
        help="fit each voice to the words that pocketsphinx hears in its reference, which must be English",
    )
    parser.add_argument(
        "--vocoder", default="", metavar="WORKDIR|shipped|griffin_lim", help="default: what the run names"
    )
    parser.add_argument("--config", default="configs/voice.py", metavar="FILE", help="default: %(default)s")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there as well")
    parser.add_argument("--audio-dir", type=Path, metavar="DIR", help="write the clips there")
    parser.add_argument("--picture", type=Path, metavar="PNG", help=f"one sentence in {DRAWN} of the voices")
    options, overrides = parser.parse_known_args(arguments)
    for name in ("voices", "sentences"):
        if getattr(options, name) < 1:
            raise UserError(f"--{name} is at least 1, not {getattr(options, name)}.")
    if options.picture and not plots.available():
        raise UserError("--picture needs the package matplotlib: pip install matplotlib, or leave it out.")
    judges.require_speaker_judge()
    if options.fit:
        judges.require_word_judge()
    clone(options, overrides)


def clone(options: argparse.Namespace, overrides: Sequence[str]) -> None:
    use_compile_cache()
    trained, step = read_config_of(options.ckpt, "acoustic"), find_step(options.ckpt, options.step)[1]
    config = replace(load_config(options.config, overrides), audio=trained.audio)
    corpus = Corpus.open(prepare(config))
    known = {voice.speaker for voice in voices.read(options.ckpt)}
    strangers = strangers_of(
        corpus,
        trained.audio,
        known,
        options.voices,
        _ids(options.references),
        everyone=options.all_speakers,
    )
    synthesizer = Synthesizer.load(options.ckpt, step, options.vocoder)
    spoken_here = synthesizer.tokenizer.languages
    language = options.language or ("en" if "en" in spoken_here else spoken_here[0])
    listener = _listener(options.recogniser, trained, language)
    ear = _ear(strangers) if options.fit else None
    texts = _lines(options.text_file)[: options.sentences] if options.text_file else None
    texts = texts or sentences(language, options.sentences)
    with TemporaryDirectory() as temporary:
        folder = options.audio_dir or Path(temporary)
        report, spoken = judge_cloning(
            synthesizer, strangers, texts, language, judges.speaker_embeddings, folder, options.colour, ear
        )
    if listener:
        report |= intelligibility(listener, spoken, language)
    vocoder = options.vocoder or trained.synthesis.vocoder
    report = {"ckpt": str(options.ckpt), "step": step, "vocoder": vocoder} | report
    print(describe(report))
    if options.json:
        write_json(options.json, report)
    if options.picture:
        draw(options.picture, strangers, spoken, trained.audio)


def draw(path: Path, strangers: Sequence[Stranger], spoken: list[list[Speech]], audio: Audio) -> None:
    """The first sentence in a few of the voices."""
    mels = {each.speaker: row[0].mel for each, row in zip(strangers[:DRAWN], spoken, strict=False)}
    path.parent.mkdir(parents=True, exist_ok=True)
    plots.save_figure(path, plots.mel_figure(mels, audio))


def _ids(given: str) -> list[str]:
    """From a file, one a line, or between commas."""
    if given and Path(given).is_file():
        return _lines(Path(given))
    return [name.strip() for name in given.split(",") if name.strip()]


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read as UTF-8 text ({error}).") from error
    return [line.strip() for line in lines if line.strip()]


if __name__ == "__main__":
    run(main)
