"""Rows of clips judged, as values, as a table for people, and in one sentence on where quality is lost."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from xtts_jax.judge import rows as names
from xtts_jax.judge.bootstrap import Interval, difference, interval
from xtts_jax.judge.naturalness import Predictor, scores
from xtts_jax.judge.words import count_errors, word_errors
from xtts_jax.listen.transcriber import Transcriber

TITLES = {"wer": "WER", "cer": "CER", "p808": "P.808", "ovrl": "OVRL"}
LOWER_IS_BETTER = ("wer", "cer")
STEPS = {  # what separates a row from the one before it
    "vocoder": (names.RECORDINGS, names.COPIED),
    "decoder": (names.COPIED, names.GIVEN_PROSODY),
    "pitch and energy": (names.GIVEN_PROSODY, names.GIVEN_DURATIONS),
    "durations": (names.GIVEN_DURATIONS, names.FREE),
}
FEW = 12  # sentences; with fewer, differences between rows are mostly chance
CLEAR = 0.05  # smaller differences of P.808 or WER are not called a loss


class Sentences(NamedTuple):
    """What the clips of a row should say."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    languages: tuple[str, ...]


class Judged(NamedTuple):
    """A row: the figures of each of n sentences."""

    errors: np.ndarray  # (n,) words that are wrong
    words: np.ndarray  # (n,)
    character_errors: np.ndarray  # (n,)
    characters: np.ndarray  # (n,)
    scores: dict[str, np.ndarray]  # (n,) each, by name
    heard: tuple[str, ...]
    wrong_text: float | None  # word error rate against the text of the next sentence, a control

    def figures(self) -> dict[str, Interval]:
        """Mean and interval of every column."""
        return {name: interval(*column) for name, column in self.columns().items()}

    def means(self) -> dict[str, float]:
        """The mean of every column."""
        return {name: figure.mean for name, figure in self.figures().items()}

    def columns(self) -> Mapping[str, tuple[np.ndarray, np.ndarray | None]]:
        """Values (n,) and, of rates, weights (n,); no word errors where the recognizer knows no sentence."""
        scored = {name: (values, None) for name, values in self.scores.items()}
        if not self.words.any():
            return scored
        return {
            "wer": (self.errors / np.maximum(self.words, 1), self.words),
            "cer": (self.character_errors / np.maximum(self.characters, 1), self.characters),
        } | scored


def judge_row(
    clips: Sequence[np.ndarray],
    sample_rate: int,
    sentences: Sentences,
    transcriber: Transcriber,
    predictors: Sequence[Predictor],
) -> Judged:
    """Words are counted in the languages that the recognizer knows; elsewhere a sentence has none."""
    ids, texts, languages = sentences
    known = [i for i in range(len(ids)) if languages[i] in transcriber.languages]
    counts, heard, wrong = np.zeros((4, len(ids)), int), [""] * len(ids), None
    if known:
        ours, codes = [texts[i] for i in known], [languages[i] for i in known]
        found = word_errors(transcriber, [clips[i] for i in known], sample_rate, ours, codes)
        counts[:, known] = found[:4]
        if len(known) > 1:
            wrong = count_errors([*ours[1:], *ours[:1]], found.heard, codes).wer
        for i, words in zip(known, found.heard, strict=True):
            heard[i] = words
    errors, words, character_errors, characters = counts
    return Judged(
        errors=errors,
        words=words,
        character_errors=character_errors,
        characters=characters,
        scores=scores(predictors, clips, sample_rate),
        heard=tuple(heard),
        wrong_text=wrong,
    )


def judge_rows(
    clips: Mapping[str, Sequence[np.ndarray]],
    sample_rate: int,
    sentences: Mapping[str, Sentences],
    transcriber: Transcriber,
    predictors: Sequence[Predictor],
) -> dict[str, Judged]:
    """Every row of `clips`, each with its own sentences."""
    return {
        row: judge_row(clips[row], sample_rate, sentences[row], transcriber, predictors)
        for row in tqdm(clips, "judging", leave=False)
    }


def values(judged: Mapping[str, Judged]) -> dict[str, Any]:
    """The rows as JSON holds them."""
    return {
        row: {
            **{name: figure._asdict() for name, figure in each.figures().items()},
            "wrong_text": each.wrong_text,
            "heard": list(each.heard),
        }
        for row, each in judged.items()
    }


def describe(rows: Mapping[str, Any]) -> list[str]:
    """Lines of a table: a row each, with the half width of the 95 % interval of several sentences."""
    first = next(iter(rows.values()))
    columns = [name for name, value in first.items() if isinstance(value, dict)]
    lines = [f"{'':<42}" + "".join(f"{TITLES.get(name, name):>16}" for name in columns)]
    for row, each in rows.items():
        cells = (_cell(each[name], len(each["heard"])) if name in each else "-" for name in columns)
        lines.append(f"{names.TITLES[row]:<42}" + "".join(f"{cell:>16}" for cell in cells))
    return lines


def _cell(figure: Mapping[str, float], sentences: int) -> str:
    half = (figure["high"] - figure["low"]) / 2
    return f"{figure['mean']:.3f}" + (f" ±{half:.3f}" if sentences > 1 else "")


def conclusion(rows: Mapping[str, Any]) -> str:
    """Where naturalness and words are lost, from the largest step down."""
    losses = {
        step: rows[before]["p808"]["mean"] - rows[after]["p808"]["mean"]
        for step, (before, after) in STEPS.items()
    }
    step, loss = max(losses.items(), key=lambda item: item[1])
    if loss < CLEAR:
        return "No step loses naturalness: our speech is rated as the recordings are."
    total = sum(losses.values())
    said = f"Most naturalness is lost in the {step}: {loss:.2f} of the {total:.2f} of P.808"
    ours, learned = rows[names.GIVEN_PROSODY], rows[names.LEARNED]
    if (count := len(ours["heard"])) < FEW:
        return f"{said}. {count} sentences are too few to say more."
    better = learned["p808"]["mean"] - ours["p808"]["mean"]
    fewer = ours["wer"]["mean"] - learned["wer"]["mean"] if "wer" in ours else 0.0
    sound = (
        "sentences that it trained on sound no better, so more data would not change that"
        if better < CLEAR
        else f"sentences that it trained on sound better (by {better:.2f}), so more data would help"
    )
    words = (
        "their words are no clearer, so they are not lost for want of data"
        if fewer < CLEAR
        else f"their words are clearer (WER {learned['wer']['mean']:.3f} against {ours['wer']['mean']:.3f}): "
        "it has too little data, or learned it by heart"
    )
    return f"{said}; {sound}; {words}."


def verdicts(ours: Judged, theirs: Judged) -> dict[str, dict[str, Any]]:
    """Two rows of the same sentences, compared pair by pair: difference, interval and verdict by column."""
    other = theirs.columns()
    pairs = {
        name: difference(found, other[name][0], weights) for name, (found, weights) in ours.columns().items()
    }
    return {name: pair._asdict() | {"verdict": _verdict(name, pair)} for name, pair in pairs.items()}


def _verdict(name: str, pair: Interval) -> str:
    if pair.low <= 0 <= pair.high:
        return "no clear difference"
    return "better" if (pair.mean < 0) == (name in LOWER_IS_BETTER) else "worse"
