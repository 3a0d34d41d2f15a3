"""How well a trained run speaks.

The run's held-out utterances three ways: the recordings, the recordings through mel and vocoder (as good as
any mel can sound with it), and its own speech from their texts alone, through the same vocoder.
"""

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.audio.mel import log_mel
from xtts_jax.config import Audio, Config
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.data.shards import Record, to_float32
from xtts_jax.data.statistics import load_stats
from xtts_jax.errors import UserError
from xtts_jax.judge import judges, phonemes
from xtts_jax.judge.melody import melody_errors
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs.checkpoint import load_params
from xtts_jax.runs.settings import read_acoustic_config
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.validation import Validator
from xtts_jax.vocoder.vocode import Vocode

CLOSED_NEEDS = 30  # sentences; with fewer the closed vocabulary is guessed rather than heard
WAYS = {"recordings": "recordings", "rebuilt": "recordings, mel + vocoder", "ours": "our speech"}
TITLES = {
    "mel_l1_teacher": "mel error (nat), durations of the recording",
    "mel_l1_free": "mel error (nat), free-running",
    "duration_error_frames": "error of a token's duration (frames)",
    "length_ratio": "length, synthesised over recorded",
    "variance_ratio": "variance of the spectrum, ours over recorded",
    "mel_l1_best_constant": "mel error of the best constant spectrum",
    "mel_l1_previous_frame": "mel error of the frame before",
    "shuffled_utterances": "utterances of the comparison below",
    "mel_l1_unshuffled": "mel error (nat), with their texts and references",
    "mel_l1_text_shuffled": "the same, every text read backwards",
    "mel_l1_reference_shuffled": "the same, references changed places",
    "log_f0_rmse": "error of log-F0, free-running",
    "log_f0_rmse_griffin_lim": "the same, recordings, mel + Griffin-Lim",
    "voicing_error": "share of frames voiced by one alone",
    "voicing_error_griffin_lim": "the same, recordings, mel + Griffin-Lim",
    "cpu_s_per_s": "CPU-seconds a second of speech, text to mel",
}
_FRAME_STEP = 128  # clips are padded to multiples of so many frames: few shapes to compile

Clips = list[np.ndarray]  # (s,) float32 each


def evaluate(
    workdir: Path,
    *,
    step: int | None,
    vocoder: str,
    sentences: int,
    judge: bool,
    recogniser: Path | None,
    audio_dir: Path | None,
) -> dict[str, Any]:
    """The report, as JSON holds it; `describe` makes it a table. Raises `UserError`."""
    if judge:
        judges.require_packages()
    config = read_acoustic_config(workdir)
    listener = phonemes.open_judge(recogniser, config.audio, config.data.frontend) if recogniser else None
    params, step = load_params(workdir, step)
    corpus = corpus_of_run(workdir, config)
    vocoder = vocoder or config.synthesis.vocoder
    report = {"ckpt": str(workdir), "step": step, "vocoder": vocoder, "held_out": len(corpus.validation)}
    model = XTTS(config, n_vocab=len(corpus.tokenizer), n_languages=len(corpus.tokenizer.languages))
    validator = Validator(model, corpus, config)
    report["model"] = validator(parallel.replicate(params))
    if judge or audio_dir or listener:
        report["model"] |= melody_errors(model, params, validator.batches, corpus.stats)
        records = held_out(corpus, sentences)
        synthesizer = Synthesizer(workdir, step=step, vocoder=vocoder)
        ways = three_ways(synthesizer, records)
        report["model"]["cpu_s_per_s"] = drawing_cost(synthesizer, records)
        if audio_dir:
            save_clips(audio_dir, ways, records, config.audio.sample_rate)
        if judge:
            report["speech"] = judge_ways(ways, records, config.audio.sample_rate)
        if listener:
            report["phonemes"] = phonemes.phoneme_errors(listener, ways, records)
    return report


def corpus_of_run(workdir: Path, config: Config) -> Corpus:
    """The prepared corpus, with the statistics and symbols the run was trained with."""
    corpus = Corpus.open(prepare(config))
    if Tokenizer.load(workdir / "tokenizer.json") != corpus.tokenizer:
        raise UserError(
            f"The corpus {config.data.root or '(demo)'} holds other symbols or languages than when {workdir} "
            "was trained on it. Restore the recordings and texts of that time, or train anew."
        )
    return dataclasses.replace(corpus, stats=load_stats(workdir / "stats.json"))


def held_out(corpus: Corpus, count: int) -> list[Record]:
    """Up to `count` validation records whose text is all written out, chosen by their ids alone."""
    records = [corpus.record(int(i)) for i in corpus.validation]
    usable = [record for record in records if record.text.strip() and "[[" not in record.text]
    if not usable:
        raise UserError(
            f"No held-out utterance of {corpus.folder} has a written text to speak and to judge by."
        )
    return sorted(usable, key=lambda record: hash_fraction(f"evaluate {record.id}"))[:count]


def three_ways(synthesizer: Synthesizer, records: Sequence[Record]) -> dict[str, Clips]:
    """The clips of every record, for each of WAYS."""
    recordings = [to_float32(record.audio) for record in records]
    audio, vocode = synthesizer.config.audio, synthesizer.vocode
    rebuilt = [through_mel(clip, audio, vocode) for clip in tqdm(recordings, "rebuilding", leave=False)]
    return {"recordings": recordings, "rebuilt": rebuilt, "ours": speak_all(synthesizer, records)}


def speak_all(synthesizer: Synthesizer, records: Sequence[Record]) -> Clips:
    """The texts of the records, spoken free-running in the run's own voice."""
    return [
        synthesizer.speak(record.text, record.language, seed=0).audio
        for record in tqdm(records, "speaking", leave=False)
    ]


def drawing_cost(synthesizer: Synthesizer, records: Sequence[Record]) -> float:
    """CPU-seconds from text to mel for each second of speech, where `speak_all` has compiled all it takes."""
    before = time.process_time()
    frames = sum(len(synthesizer.draw(record.text, record.language).mel) for record in records)
    return (time.process_time() - before) / synthesizer.config.audio.seconds(frames)


def through_mel(clip: np.ndarray, settings: Audio, vocode: Vocode) -> np.ndarray:
    """The (s,) clip as a vocoder rebuilds it from its mel."""
    padded = np.pad(clip, (0, -len(clip) % (_FRAME_STEP * settings.hop_length)))
    mel = np.asarray(_log_mel(padded[None], settings))[0]
    return vocode(mel, seed=0).audio[: len(clip)]


_log_mel = jax.jit(log_mel, static_argnames="settings")


def judge_ways(ways: dict[str, Clips], records: Sequence[Record], sample_rate: int) -> dict[str, Any]:
    """DNSMOS of all clips, and word error rates of the English ones, for each way."""
    chosen = [i for i, record in enumerate(records) if record.language in judges.LANGUAGES]
    texts = [records[i].text for i in chosen]
    speech: dict[str, Any] = {
        "sentences": len(records),
        "recognised": [records[i].id for i in chosen],
        "unheard_languages": sorted({record.language for record in records} - set(judges.LANGUAGES)),
    }
    for way, clips in tqdm(ways.items(), "judging", leave=False):
        speech[way] = {"dnsmos": judges.dnsmos(clips, sample_rate)}
        if chosen:
            speech[way] |= recognise([clips[i] for i in chosen], texts, sample_rate)
    return speech


def recognise(clips: Clips, texts: Sequence[str], sample_rate: int) -> dict[str, Any]:
    """Word error rates in both vocabularies.

    The control `wrong_*`, against the text of the next sentence, must be near 1 or above.
    """
    report: dict[str, Any] = {}
    shifted = [*texts[1:], *texts[:1]]
    for vocabulary in ("open", "closed"):
        errors = judges.word_error_rate(clips, sample_rate, texts, vocabulary)
        report[f"wer_{vocabulary}"] = errors.wer
        if len(texts) > 1:
            report[f"wrong_{vocabulary}"] = judges.count_errors(shifted, errors.hypotheses).wer
        report[f"heard_{vocabulary}"] = list(errors.hypotheses)
    return report


def save_clips(folder: Path, ways: dict[str, Clips], records: Sequence[Record], sample_rate: int) -> None:
    """One folder of WAV files for each way, named by utterance."""
    for way, clips in ways.items():
        (folder / way).mkdir(parents=True, exist_ok=True)
        for record, clip in zip(records, clips, strict=True):
            io.save(folder / way / f"{record.id.replace('/', '_')}.wav", clip, sample_rate)


def describe(report: dict[str, Any]) -> str:
    """The report as a table for people."""
    lines = [
        f"{report['ckpt']}, step {report['step']}, {report['held_out']} held-out utterances, "
        f"vocoder {report['vocoder']}",
        "",
    ]
    lines += [f"{TITLES[name]:<48} {value:8.3f}" for name, value in report["model"].items()]
    if "speech" in report:
        lines += ["", *_speech_table(report["speech"])]
    if "phonemes" in report:
        lines += ["", *phonemes.describe(report["phonemes"], WAYS)]
    return "\n".join(lines)


def _speech_table(speech: dict[str, Any]) -> list[str]:
    keys = ("wer_open", "wer_closed", "dnsmos")
    lines = [f"{'':<32} {'WER open':>10} {'closed':>8} {'DNSMOS':>8}"]
    for way, title in WAYS.items():
        cells = [f"{speech[way][key]:.3f}" if key in speech[way] else "-" for key in keys]
        lines.append(f"{title:<32} {cells[0]:>10} {cells[1]:>8} {cells[2]:>8}")
    ours, ceiling = speech["ours"], speech["rebuilt"]
    if "wrong_open" in ours:
        cells = [f"{ours[key]:.3f}" for key in ("wrong_open", "wrong_closed")]
        lines.append(f"{'our speech, wrong texts (control)':<33}{cells[0]:>10} {cells[1]:>8}")
    if "wer_open" in ours and ceiling["wer_open"] > 0:
        ratio = ours["wer_open"] / ceiling["wer_open"]
        lines.append(f"{'our speech / recordings rebuilt':<32} {ratio:>10.2f}")
    return [*lines, "", *_remarks(speech)]


def _remarks(speech: dict[str, Any]) -> list[str]:
    recognised, unheard = len(speech["recognised"]), ", ".join(speech["unheard_languages"])
    lines = [f"{speech['sentences']} sentences, {recognised} of them judged by the recogniser."]
    if unheard:
        lines.append(f"It hears English only: there is no word error rate for {unheard}.")
    if 0 < recognised < CLOSED_NEEDS:
        lines.append(f"Under {CLOSED_NEEDS} sentences the closed vocabulary is guessed more than heard.")
    return lines
