"""How well a run clones voices.

Each speaker that the corpora hold out whole, and that the run was not trained on, gives one reference. What
the run says in that voice is compared with the reference, beside other recordings of the speaker, as they
are and through the same vocoder.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.config import Config
from xtts_jax.data import demo_corpus
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import FieldError, UserError
from xtts_jax.judge.phonemes import open_judge
from xtts_jax.judge.rows import through_mel
from xtts_jax.judge.speakers import speaker_embeddings
from xtts_jax.judge.unseen_speakers import UnseenSpeaker, unseen_speakers
from xtts_jax.listen.edit_distance import error_rates
from xtts_jax.listen.listener import Listener
from xtts_jax.listen.transcriber import Transcriber
from xtts_jax.runs.params import find_step
from xtts_jax.runs.settings import read_config_of
from xtts_jax.runs.voices import read as read_voices
from xtts_jax.speak.speech import Speech
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.text.languages import language_code
from xtts_jax.text.sounds import phones

FEWEST_WORDS = 6  # in a sentence; a shorter one shows too little of a voice
WAYS = {
    "across": "another recording",
    "recordings": "another recording, or other half",
    "rebuilt": "the same, through mel + vocoder",
    "ours": "our speech",
}

Embed = Callable[[Sequence[np.ndarray], int], np.ndarray]  # (s,) clips and their rate to (b, d) unit vectors


def clone(
    workdir: Path,
    corpus: Corpus,
    *,
    step: int | None,
    vocoder: str,
    voices: int,
    texts: Sequence[str],
    sentence_count: int,
    language: str,
    recogniser: Path | None,
    references: Sequence[str],
    everyone: bool,
    fit: Transcriber | None,
    colour: float,
    audio_dir: Path | None,
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The report of `judge_cloning`, and the mels of the first sentence by voice.

    texts: what to say; built-in sentences where there are none. language: of the texts; "" is English, or the
    run's first. everyone: as in `unseen_speakers`. recogniser: the run of one, to count phoneme errors with.
    Raises `UserError`.
    """
    find_step(workdir, step)  # first, as it takes no time
    trained = read_config_of(workdir, "acoustic")
    known = {voice.speaker for voice in read_voices(workdir)}
    speakers = unseen_speakers(corpus, trained.audio, known, voices, references, everyone=everyone)
    synthesizer = Synthesizer(workdir, step=step, vocoder=vocoder)
    languages = synthesizer.tokenizer.languages
    language = language_code(language or ("en" if "en" in languages else languages[0]))
    listener = _listener(recogniser, trained, language)
    if fit:
        _require_languages(fit, speakers)
    said = list(texts[:sentence_count]) or sentences(language, sentence_count)
    with TemporaryDirectory() as temporary:
        report, spoken = judge_cloning(
            synthesizer,
            speakers,
            said,
            language,
            speaker_embeddings,
            audio_dir or Path(temporary),
            colour,
            fit,
        )
    if listener:
        report |= intelligibility(listener, spoken, language)
    named = {"ckpt": str(workdir), "step": synthesizer.step, "vocoder": vocoder or trained.synthesis.vocoder}
    mels = {each.speaker: row[0].mel for each, row in zip(speakers, spoken, strict=True)}
    return named | report, mels


def judge_cloning(
    synthesizer: Synthesizer,
    speakers: Sequence[UnseenSpeaker],
    texts: Sequence[str],
    language: str,
    embed: Embed,
    audio_dir: Path,
    colour: float = 1.0,
    fit: Transcriber | None = None,
) -> tuple[dict[str, Any], list[list[Speech]]]:
    """The report, as JSON holds it, and what was spoken, by voice and text; writes the clips to `audio_dir`.

    fit: transcribes the references, and the voices are fitted to these words.
    """
    audio, rate = synthesizer.config.audio, synthesizer.config.audio.sample_rate
    folders = [audio_dir / f"{number:03d}" for number in range(len(speakers))]
    chosen = [
        _voice(synthesizer, speaker, colour, fit, folder / "reference.wav")
        for speaker, folder in zip(speakers, tqdm(folders, "references", leave=False), strict=True)
    ]
    spoken = [
        _speak(synthesizer, voice, texts, language, folder)
        for voice, folder in zip(chosen, tqdm(folders, "speaking", leave=False), strict=True)
    ]
    rebuilt = [through_mel(speaker.other, audio, synthesizer.vocode) for speaker in speakers]
    everyone = np.arange(len(speakers))
    clips = {
        "recordings": ([speaker.other for speaker in speakers], everyone),
        "rebuilt": (rebuilt, everyone),
        "ours": ([each.audio for row in spoken for each in row], everyone.repeat(len(texts))),
    }
    references = embed([speaker.reference for speaker in speakers], rate)
    vectors = {way: embed(rows, rate) for way, (rows, _) in tqdm(clips.items(), "judging", leave=False)}
    ways = {way: likeness(vectors[way], clips[way][1], references) for way in clips}
    across = np.flatnonzero([speaker.across for speaker in speakers])
    if len(across):
        ways["across"] = likeness(vectors["recordings"][across], across, references)
    report = {
        "fitted": sum(bool(voice.words) for voice in chosen),
        "language": language,
        "sentences": list(texts),
        "voices": [{"speaker": each.speaker, "reference": each.id} for each in speakers],
        "voices_with_another_recording": len(across),
        "chance": 1 / len(speakers),
        "ways": {way: ways[way] for way in WAYS if way in ways},
    }
    return report, spoken


def likeness(vectors: np.ndarray, owners: np.ndarray, references: np.ndarray) -> dict[str, float]:
    """How alike the unit vectors (b, d) of the voices `owners` (b,) are to the references (n, d) of n voices.

    nearest: the share of vectors whose own reference is the nearest of all.
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
    """Phoneme error rates of our speech in all voices, against its texts and, as a control, other texts."""
    speeches = [speech for row in spoken for speech in row]
    said = [phones("".join(segment.symbols for segment in speech.segments)) for speech in speeches]
    heard = [
        phones(listener.hear(speech.audio, language).symbols)
        for speech in tqdm(speeches, "recognizing", leave=False)
    ]
    rates = error_rates(said, heard, [language] * len(said))
    return {"per": rates.all, "per_wrong_text": rates.wrong}


def sentences(language: str, count: int) -> list[str]:
    """Sentences of the built-in corpus, always the same ones."""
    if language not in demo_corpus.ESPEAK_LANGUAGES:
        raise FieldError(
            "There are no built-in sentences in {code!r}, only in {known}. Give your own, one a line, with "
            "{texts}.",
            code=language,
            known=", ".join(demo_corpus.ESPEAK_LANGUAGES),
        )
    long = [text for text in demo_corpus.sentences(language) if len(text.split()) >= FEWEST_WORDS]
    return sorted(long, key=lambda text: hash_fraction(f"cloning {text}"))[:count]


def _listener(recogniser: Path | None, trained: Config, language: str) -> Listener | None:
    if not recogniser:
        return None
    listener = open_judge(recogniser, trained.audio, trained.data.frontend)
    if language not in listener.languages:
        raise FieldError(
            "The recogniser in {folder} does not know {code}, only {known}. Leave {recogniser} out, or "
            "choose another {language}.",
            folder=recogniser,
            code=language,
            known=", ".join(listener.languages),
        )
    return listener


def _require_languages(transcriber: Transcriber, speakers: Sequence[UnseenSpeaker]) -> None:
    for speaker in speakers:
        if speaker.language not in transcriber.languages:
            raise FieldError(
                "{fit} needs the words of the references, and {id} is in {code}, which this recognizer does "
                "not know: {known}. Take another, leave {fit} out, or choose other {references}.",
                id=speaker.id,
                code=speaker.language,
                known=", ".join(transcriber.languages),
            )


def _voice(
    synthesizer: Synthesizer, speaker: UnseenSpeaker, colour: float, fit: Transcriber | None, path: Path
) -> VoiceChoice:
    """The voice of the reference, which is written to `path`; with its words where the run can say them."""
    rate = synthesizer.config.audio.sample_rate
    path.parent.mkdir(parents=True, exist_ok=True)
    io.save(path, np.clip(speaker.reference, -1, 1), rate)
    voice = VoiceChoice([path], colour=colour)
    if fit is None:
        return voice
    words = fit.hear(io.resample(speaker.reference, rate, fit.sample_rate), speaker.language).symbols
    if not words:
        return voice
    fitted = replace(voice, words=[words], words_language=speaker.language)
    try:
        synthesizer.voices.choose(fitted, speaker.language)
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
    """The report as a table."""
    count, across = len(report["voices"]), report["voices_with_another_recording"]
    lines = [
        f"{report['ckpt']}, step {report['step']}, vocoder {report['vocoder']}: {count} unseen voices, "
        f"{len(report['sentences'])} sentences each, language {report['language']}",
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
        f"{report['fitted']} of the {count} voices were fitted to the words of their references.",
    ]
    if "per" in report:
        errors = f"phoneme error rate of our speech {report['per']:.3f}, against other texts"
        lines.append(f"{errors} {report['per_wrong_text']:.3f}")
    return "\n".join(lines)
