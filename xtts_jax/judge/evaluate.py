"""How well a trained run speaks, and at which step between recordings and its speech the quality is lost."""

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.config import Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.data.shards import Record
from xtts_jax.errors import FieldError, UserError
from xtts_jax.findings import some
from xtts_jax.judge import phonemes, prosody, rows, table
from xtts_jax.judge.melody import melody_errors
from xtts_jax.judge.naturalness import TRIAL, Predictor
from xtts_jax.judge.rows import Clips
from xtts_jax.judge.table import Judged, Sentences
from xtts_jax.listen.listener import Listener
from xtts_jax.listen.transcriber import Transcriber
from xtts_jax.models.initial import param_shapes
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs.params import load_params
from xtts_jax.runs.settings import EVALUATION, read_config_of
from xtts_jax.runs.shapes import require_shapes
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.validation import Validator
from xtts_jax.types import Batch

COMPARED = (rows.GIVEN_PROSODY, rows.FREE)  # rows in which two runs are compared
KEPT = 3  # sentences of every row whose clips stay in the run folder
TITLES = {
    "mel_l1_teacher": "mel error (nat), durations of the recording",
    "mel_l1_free": "mel error (nat), free-running",
    "duration_error_frames": "error of a token's duration (frames)",
    "length_ratio": "length, synthesized over recorded",
    "variance_ratio": "variance of the spectrum, ours over recorded",
    "mel_l1_best_constant": "mel error of the best constant spectrum",
    "mel_l1_previous_frame": "mel error of the previous frame",
    "shuffled_utterances": "utterances of the comparison below",
    "mel_l1_unshuffled": "mel error (nat), with own texts and references",
    "mel_l1_text_shuffled": "the same, every text read backwards",
    "mel_change_text_shuffled": "largest change of the normalized mel by that",
    "mel_l1_reference_shuffled": "the same error, references exchanged",
    "mel_change_reference_shuffled": "largest change of the normalized mel by that",
    "log_f0_rmse": "error of log-F0, free-running",
    "log_f0_rmse_griffin_lim": "the same, recordings, mel + Griffin-Lim",
    "voicing_error": "share of frames voiced in only one of the two",
    "voicing_error_griffin_lim": "the same, recordings, mel + Griffin-Lim",
    "cpu_s_per_s": "CPU-seconds per second of speech, text to mel",
}


class Judges(NamedTuple):
    transcriber: Transcriber
    predictors: Sequence[Predictor]
    listener: Listener | None  # a recogniser of ours, which counts phonemes


class Among(NamedTuple):
    """Which utterances may be judged; an empty field admits all."""

    language: str = ""
    speaker: str = ""


EVERYTHING = Among()


class Evaluation(NamedTuple):
    report: dict[str, Any]  # as JSON holds it
    judged: dict[str, Judged]  # by row; empty without judges


def evaluate(
    workdir: Path,
    *,
    step: int | None,
    vocoder: str,
    sentences: int,
    judges: Judges | None,
    audio_dir: Path | None,
    among: Among = EVERYTHING,
) -> Evaluation:
    """Errors of the model, and what the judges find in at most `sentences` held-out sentences.

    The model's errors are those on all held-out utterances; `among` narrows down what is spoken and judged.
    A few clips of every row stay in `evaluation/` of the run folder, all of them in `audio_dir` where one is
    given. Raises `UserError`.
    """
    config = read_config_of(workdir, "acoustic")
    params, step = load_params(workdir, step)
    corpus = corpus_of_run(workdir, config)
    vocoder = vocoder or config.synthesis.vocoder
    report = {"ckpt": str(workdir), "step": step, "vocoder": vocoder, "held_out": len(corpus.validation)}
    model = XTTS(config, n_vocab=len(corpus.tokenizer), n_languages=len(corpus.tokenizer.languages))
    require_shapes(params, param_shapes(model), workdir)
    ahead = None
    if judges or audio_dir:  # whatever may be refused comes before what takes minutes
        ahead = _prepare(workdir, corpus, step, vocoder, sentences, among, judges)
    validator = Validator(model, corpus, config)
    report["model"] = validator(parallel.replicate(params))
    if ahead is None:
        return Evaluation(report, {})
    report["model"] |= melody_errors(model, params, validator.batches, corpus.stats)
    clips, said, tokens = _speak(ahead, corpus, config, rows.speaker(model, params, corpus.stats))
    free, recorded, rate = clips[rows.FREE], clips[rows.RECORDINGS], config.audio.sample_rate
    report["prosody"] = prosody.prosody_figures(free, recorded, tokens, config.audio)
    records = [corpus.record(i) for i in ahead.chosen]
    report["model"]["cpu_s_per_s"] = speaking_cost(ahead.synthesizer, records)
    if audio_dir:
        save_clips(audio_dir, clips, said, rate)
    judged = {}
    if judges:
        judged = table.judge_rows(clips, rate, said, judges.transcriber, judges.predictors)
        report["speech"] = _figures(judged, said)
    if judges and judges.listener:
        heard = {row: clips[row] for row in (rows.RECORDINGS, rows.COPIED, rows.FREE)}
        report["phonemes"] = phonemes.phoneme_errors(judges.listener, heard, records)
    _keep_some(workdir / EVALUATION, clips, said, rate)
    return Evaluation(report, judged)


class _Ahead(NamedTuple):
    chosen: list[int]  # utterances to speak, as positions in the corpus
    known: list[int]  # the same of the training set
    synthesizer: Synthesizer


def _prepare(
    workdir: Path,
    corpus: Corpus,
    step: int,
    vocoder: str,
    sentences: int,
    among: Among,
    judges: Judges | None,
) -> _Ahead:
    """Also tries the recognizer, if it knows the language of the first sentence."""
    chosen, known = held_out(corpus, sentences, among), trained_on(corpus, sentences, among)
    ahead = _Ahead(chosen, known, Synthesizer(workdir, step=step, vocoder=vocoder))
    if judges and (language := corpus.record(chosen[0]).language) in judges.transcriber.languages:
        judges.transcriber.hear(TRIAL, language)
    return ahead


def _speak(
    ahead: _Ahead, corpus: Corpus, config: Config, speak: Callable[[Batch], rows.Spoken]
) -> tuple[dict[str, Clips], dict[str, Sentences], rows.Tokens]:
    """The clips of every row, what they say, and the tokens of the free-running row."""
    vocode, recorded = ahead.synthesizer.vocode, rows.recordings(corpus, ahead.chosen)
    spoken, tokens = rows.speak_rows(speak, corpus, config, ahead.chosen, vocode)
    learned, _ = rows.speak_rows(speak, corpus, config, ahead.known, vocode, [rows.GIVEN_PROSODY])
    copied = [rows.through_mel(clip, config.audio, vocode) for clip in tqdm(recorded, "copying", leave=False)]
    clips = {rows.RECORDINGS: recorded, rows.COPIED: copied, **spoken}
    clips[rows.LEARNED] = learned[rows.GIVEN_PROSODY]
    said = dict.fromkeys(clips, sentences_of(corpus, ahead.chosen))
    return clips, said | {rows.LEARNED: sentences_of(corpus, ahead.known)}, tokens


def _figures(judged: dict[str, Judged], said: dict[str, Sentences]) -> dict[str, Any]:
    found = table.values(judged)
    return {
        "sentences": {row: each._asdict() for row, each in said.items()},
        "rows": found,
        "conclusion": table.conclusion(found),
    }


def _keep_some(folder: Path, clips: dict[str, Clips], said: dict[str, Sentences], sample_rate: int) -> None:
    """Replaces the clips of an earlier evaluation by the first of this one."""
    for row in clips:
        shutil.rmtree(folder / row, ignore_errors=True)
    save_clips(folder, {row: each[:KEPT] for row, each in clips.items()}, said, sample_rate)


def corpus_of_run(workdir: Path, config: Config) -> Corpus:
    """The prepared corpus, as the run sees it."""
    return Corpus.open(prepare(config)).of_run(workdir)


def held_out(corpus: Corpus, count: int, among: Among = EVERYTHING) -> list[int]:
    """Up to `count` validation utterances, chosen by their ids, whose whole text is written in words.

    Raises `UserError` where there is none.
    """
    usable = _written(corpus, _admitted(corpus, corpus.validation, among))
    if not usable and among != EVERYTHING:
        raise FieldError(
            "No held-out utterance of {folder} with a written text has {language} {code} and {speaker} "
            "{name}. Its languages are {languages}; its speakers include {speakers}.",
            folder=corpus.folder,
            code=among.language or "(any)",
            name=among.speaker or "(any)",
            languages=some(list(corpus.languages)),
            speakers=some(corpus.index.speaker.among(corpus.validation).tolist()),
        )
    if not usable:
        raise UserError(
            f"No held-out utterance of {corpus.folder} has a written text to speak and to judge by; phonemes "
            "alone are not enough. Add texts to the corpus, or evaluate a run of another one."
        )
    return usable[:count]


def trained_on(corpus: Corpus, count: int, among: Among = EVERYTHING) -> list[int]:
    """As `held_out`, but utterances of the training set, any where `among` admits none of them."""
    found = _admitted(corpus, corpus.train, among) or _admitted(corpus, corpus.train, EVERYTHING)
    first = sorted(found, key=lambda i: hash_fraction(f"evaluate {corpus.index.id[i]}"))
    return _written(corpus, first[: 4 * count])[:count]


def _written(corpus: Corpus, members: Sequence[int]) -> list[int]:
    records = {i: corpus.record(i) for i in members}
    usable = [i for i, record in records.items() if record.text.strip() and "[[" not in record.text]
    return sorted(usable, key=lambda i: hash_fraction(f"evaluate {records[i].id}"))


def _admitted(corpus: Corpus, members: np.ndarray, among: Among) -> list[int]:
    languages, speakers = corpus.index.language, corpus.index.speaker
    return [
        int(i) for i in members if among.language in ("", languages[i]) and among.speaker in ("", speakers[i])
    ]


def sentences_of(corpus: Corpus, indices: Sequence[int]) -> Sentences:
    records = [corpus.record(i) for i in indices]
    return Sentences(
        ids=tuple(record.id for record in records),
        texts=tuple(record.text for record in records),
        languages=tuple(record.language for record in records),
    )


def speaking_cost(synthesizer: Synthesizer, records: Sequence[Record]) -> float:
    """CPU-seconds from text to mel for each second of speech, once everything is compiled."""

    def frames() -> int:
        return sum(len(synthesizer.draw(record.text, record.language).mel) for record in records)

    frames()
    before = time.process_time()
    count = frames()
    return (time.process_time() - before) / synthesizer.config.audio.seconds(count)


def save_clips(folder: Path, clips: dict[str, Clips], said: dict[str, Sentences], sample_rate: int) -> None:
    """Writes a folder of WAV files for each row, named by utterance."""
    for row, found in clips.items():
        (folder / row).mkdir(parents=True, exist_ok=True)
        for name, clip in zip(said[row].ids, found, strict=False):
            io.save(folder / row / f"{name.replace('/', '_')}.wav", clip, sample_rate)


def compare(ours: Evaluation, theirs: Evaluation) -> dict[str, Any]:
    """The rows COMPARED of two runs, sentence by sentence, with a verdict for each column.

    Raises `UserError` where they did not speak the same sentences.
    """
    ids = [each.report["speech"]["sentences"][rows.FREE]["ids"] for each in (ours, theirs)]
    if ids[0] != ids[1]:
        raise FieldError(
            "{against} {other} has other held-out sentences than {run}: only runs on the same corpus can be "
            "compared.",
            other=theirs.report["ckpt"],
            run=ours.report["ckpt"],
        )
    return {row: table.verdicts(ours.judged[row], theirs.judged[row]) for row in COMPARED}


def describe(report: dict[str, Any]) -> str:
    """The report as a table."""
    lines = [
        f"{report['ckpt']}, step {report['step']}, {report['held_out']} held-out utterances, "
        f"vocoder {report['vocoder']}",
        "",
    ]
    for name, value in report["model"].items():
        shown = str(value) if isinstance(value, int) else f"{value:.3f}"
        lines.append(f"{TITLES[name]:<48} {shown:>8}")
    if "prosody" in report:
        lines += [f"{prosody.TITLES[name]:<48} {value:8.3f}" for name, value in report["prosody"].items()]
    if "speech" in report:
        speech = report["speech"]
        count, wrong = len(speech["sentences"][rows.FREE]["ids"]), speech["rows"][rows.FREE]["wrong_text"]
        lines += ["", *table.describe(speech["rows"]), ""]
        if wrong is not None:
            lines += [f"{count} sentences; against other texts our speech has a WER of {wrong:.3f}.", ""]
        lines.append(speech["conclusion"])
    if "phonemes" in report:
        lines += ["", *phonemes.describe(report["phonemes"], rows.TITLES)]
    if "against" in report:
        lines += ["", *_verdicts(report)]
    return "\n".join(lines)


def _verdicts(report: dict[str, Any]) -> list[str]:
    lines = [f"Compared with {report['against']['ckpt']}, sentence by sentence:"]
    for row, columns in report["against"]["rows"].items():
        for name, found in columns.items():
            figure = f"{found['mean']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"
            lines.append(
                f"  {rows.TITLES[row]:<42}{table.TITLES.get(name, name):<8}{figure:<28}{found['verdict']}"
            )
    return lines
