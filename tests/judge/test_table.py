"""Rows as values and as text, and what is concluded from them."""

import json
from typing import Any

import numpy as np
import pytest

from xtts_jax.judge import rows
from xtts_jax.judge.table import Judged, Sentences, conclusion, describe, judge_row, values, verdicts
from xtts_jax.listen.external import External
from xtts_jax.listen.transcriber import Hearing

P808 = {rows.RECORDINGS: 3.9, rows.COPIED: 3.8, rows.GIVEN_PROSODY: 3.0, rows.GIVEN_DURATIONS: 2.95}
P808 |= {rows.FREE: 2.9, rows.LEARNED: 3.0}


def judged(p808: float, errors: int = 1, count: int = 12) -> Judged:
    ones = np.ones(count, int)
    scores = {"p808": np.full(count, p808), "ovrl": np.full(count, 3.0)}
    return Judged(errors * ones, 10 * ones, 3 * ones, 40 * ones, scores, ("x",) * count, 0.9)


def table(p808: dict[str, float], errors: dict[str, int] | None = None) -> dict[str, Any]:
    wrong = dict.fromkeys(p808, 1) | (errors or {})
    return values({row: judged(score, wrong[row]) for row, score in p808.items()})


def test_values_are_json_and_the_text_has_a_line_for_every_row() -> None:
    found = table(P808)
    json.dumps(found)
    header, *lines = describe(found)
    assert header.split() == ["WER", "CER", "P.808", "OVRL"] and len(lines) == len(P808)
    assert lines[-1].split()[-4:] == ["3.000", "±0.000", "3.000", "±0.000"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "lost in the decoder: 0.80 of the 1.00"),
        ({rows.COPIED: 2.0}, "lost in the vocoder"),
        ({rows.GIVEN_PROSODY: 3.75, rows.GIVEN_DURATIONS: 2.7, rows.FREE: 2.6}, "in the pitch and energy"),
        ({rows.GIVEN_PROSODY: 3.75, rows.GIVEN_DURATIONS: 3.7, rows.FREE: 2.6}, "in the durations"),
    ],
)
def test_the_conclusion_names_the_largest_step_down(changed: dict[str, float], said: str) -> None:
    assert said in conclusion(table(P808 | changed))


def test_the_conclusion_says_whether_more_data_would_help() -> None:
    assert "sound no better, so more data would not change that" in conclusion(table(P808))
    assert "sound better (by 0.60), so more data would help" in conclusion(table(P808 | {rows.LEARNED: 3.6}))
    clearer = conclusion(table(P808, {rows.GIVEN_PROSODY: 2, rows.LEARNED: 0}))
    assert "their words are clearer (WER 0.000 against 0.200)" in clearer


def test_few_sentences_conclude_little() -> None:
    few = values({row: judged(score, count=4) for row, score in P808.items()})
    assert conclusion(few).endswith("of P.808. 4 sentences are too few to say more.")
    alone = {row: judged(score, count=1)._replace(wrong_text=None) for row, score in P808.items()}
    assert "±" not in "".join(describe(values(alone)))
    json.dumps(values(alone), allow_nan=False)


def test_speech_as_good_as_recordings_loses_nothing() -> None:
    assert "No step loses" in conclusion(table(dict.fromkeys(P808, 3.9)))


def test_verdicts_know_which_way_is_better() -> None:
    found = verdicts(judged(3.5, errors=2), judged(3.0, errors=1))
    assert {name: each["verdict"] for name, each in found.items()} == {
        "wer": "worse",
        "cer": "no clear difference",
        "p808": "better",
        "ovrl": "no clear difference",
    }


def test_without_known_words_only_scores_are_compared() -> None:
    silent = judged(3.5)._replace(words=np.zeros(12, int), characters=np.zeros(12, int))
    found = verdicts(silent, silent)
    assert {name: each["verdict"] for name, each in found.items()} == dict.fromkeys(
        ("p808", "ovrl"), "no clear difference"
    )


class Deaf(External):
    languages = ("en",)


def test_words_are_counted_only_in_languages_that_the_recognizer_knows() -> None:
    pytest.importorskip("whisper_normalizer", reason="whisper-normalizer is not installed (make judges)")
    deaf = Deaf("deaf", lambda audio, rate, language: "the old man")
    clips = [np.ones(800, np.float32)] * 3
    said = Sentences(("a", "b", "c"), ("the old man", "سلام", "a big river"), ("en", "fa", "en"))
    row = judge_row(clips, 16000, said, deaf, [lambda clip, rate: {"p808": 3.0}])
    assert row.words.tolist() == [3, 0, 3] and row.errors.tolist() == [0, 0, 3]
    assert row.figures()["wer"].mean == pytest.approx(0.5)
    assert row.wrong_text == 0.5 and row.heard[1] == ""
    unknown = Sentences(("b",), ("سلام",), ("fa",))
    none = judge_row(clips[:1], 16000, unknown, deaf, [lambda clip, rate: {"p808": 3.0}])
    assert set(none.figures()) == {"p808"} and isinstance(deaf.hear(clips[0], "en"), Hearing)
