"""Which sentences are evaluated, what is reported of them, and how two runs are compared."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from benchmarks.time_to_speech import Point, cpu_seconds, time_to_speech
from configs.base import get_config
from xtts_jax.audio import io
from xtts_jax.commands import evaluate as evaluate_command
from xtts_jax.config import build
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.labels import Labels
from xtts_jax.data.shards import Record
from xtts_jax.errors import UserError
from xtts_jax.judge import evaluate, rows
from xtts_jax.judge.evaluate import Evaluation
from xtts_jax.judge.table import Judged, Sentences
from xtts_jax.speak.synthesizer import Synthesizer

AUDIO = build(get_config()).audio


def a_record(name: str, text: str = "the old man", language: str = "en", speaker: str = "one") -> Record:
    empty = np.zeros(0)
    return Record(
        name, speaker, language, text, "", empty.astype(np.int16), empty.astype(np.float16), empty > 0
    )


def shelf(records: list[Record]) -> Corpus:
    """What is read of a corpus in which every record validates."""
    view = SimpleNamespace(
        validation=np.arange(len(records)),
        train=np.arange(len(records)),
        index=SimpleNamespace(
            id=np.array([record.id for record in records]),
            language=Labels.of([record.language for record in records]),
            speaker=Labels.of([record.speaker for record in records]),
        ),
        languages=tuple(sorted({record.language for record in records})),
        record=records.__getitem__,
        folder=Path("shelf"),
    )
    return cast(Corpus, view)


def test_sentences_depend_on_their_ids_alone() -> None:
    records = [a_record(f"utterance {i}") for i in range(50)]

    def names(records: list[Record], count: int) -> list[str]:
        return [records[i].id for i in evaluate.held_out(shelf(records), count)]

    chosen = names(records, 10)
    assert names(records[::-1], 10) == chosen
    assert len(set(chosen)) == 10 and chosen != sorted(chosen)
    assert names([r for r in records if r.id != chosen[3]], 9) == chosen[:3] + chosen[4:]
    known = evaluate.trained_on(shelf(records), 10)
    assert [records[i].id for i in known] == chosen


def test_utterances_without_a_written_text_are_not_evaluated() -> None:
    corpus = shelf([a_record("a"), a_record("b", text=" "), a_record("c", text="say [[tuː]] now")])
    assert evaluate.held_out(corpus, 10) == [0] == evaluate.trained_on(corpus, 10)
    with pytest.raises(UserError, match="written text"):
        evaluate.held_out(shelf([a_record("b", text="")]), 10)


def test_only_sentences_of_a_language_and_a_speaker_are_taken_where_asked() -> None:
    told = [("en", "one"), ("fa", "one"), ("en", "two"), ("fa", "two")]
    corpus = shelf([a_record(f"{i}", language=code, speaker=name) for i, (code, name) in enumerate(told)])
    for among, expected in (
        (evaluate.Among("fa"), {1, 3}),
        (evaluate.Among(speaker="two"), {2, 3}),
        (evaluate.Among("fa", "two"), {3}),
    ):
        assert set(evaluate.held_out(corpus, 10, among)) == expected
        assert set(evaluate.trained_on(corpus, 10, among)) == expected
    assert set(evaluate.trained_on(corpus, 10, evaluate.Among(speaker="held out"))) == {0, 1, 2, 3}
    with pytest.raises(UserError, match=r"language de .* languages are en, fa; .* include one, two"):
        evaluate.held_out(corpus, 10, evaluate.Among("de"))


def test_sentences_hold_id_text_and_language() -> None:
    found = evaluate.sentences_of(shelf([a_record("a"), a_record("b", "سلام", "fa")]), [1, 0])
    assert found == Sentences(("b", "a"), ("سلام", "the old man"), ("fa", "en"))


def test_cost_is_cpu_time_for_each_second_of_speech() -> None:
    """What is compiled at the first call does not count."""
    calls = []

    def draw(text: str, language: str) -> SimpleNamespace:
        calls.append(text)
        end = time.process_time() + (0.5 if len(calls) <= 2 else 0.02)
        while time.process_time() < end:
            pass
        return SimpleNamespace(mel=np.zeros((AUDIO.frames(0.5), 1)))

    drawer = cast(Synthesizer, SimpleNamespace(draw=draw, config=SimpleNamespace(audio=AUDIO)))
    assert evaluate.speaking_cost(drawer, [a_record("a"), a_record("b")]) == pytest.approx(0.04, rel=0.2)


def test_clips_are_saved_by_row_and_utterance(tmp_path: Path) -> None:
    said = {rows.FREE: Sentences(("speaker/7",), ("any",), ("en",))}
    evaluate.save_clips(tmp_path, {rows.FREE: [np.ones(30, np.float32)]}, said, AUDIO.sample_rate)
    assert len(io.load(tmp_path / "free" / "speaker_7.wav", AUDIO.sample_rate)) == 30


def evaluation(name: str, p808: float, ids: tuple[str, ...] = ("a", "b")) -> Evaluation:
    ones = np.ones(2, int)
    row = Judged(0 * ones, ones, 0 * ones, ones, {"p808": np.array([p808, p808 + 0.1])}, ("x", "y"), 1.0)
    sentences = {rows.FREE: Sentences(ids, ("x", "y"), ("en", "en"))._asdict()}
    report: dict[str, Any] = {"ckpt": name, "speech": {"sentences": sentences}}
    return Evaluation(report, dict.fromkeys(evaluate.COMPARED, row))


def test_two_runs_are_compared_sentence_by_sentence() -> None:
    found = evaluate.compare(evaluation("one", 3.0), evaluation("other", 2.5))
    assert found[rows.FREE]["p808"]["verdict"] == "better"
    assert found[rows.FREE]["p808"]["mean"] == pytest.approx(0.5)
    assert found[rows.GIVEN_PROSODY]["wer"]["verdict"] == "no clear difference"
    with pytest.raises(UserError, match="against other has other held-out sentences than one"):
        evaluate.compare(evaluation("one", 3.0), evaluation("other", 2.5, ("a", "c")))


def test_a_folder_that_is_not_a_run_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match=r"no config\.json"):
        evaluate_command.main(["--ckpt", str(tmp_path), "--no-judges"])


def points(*figures: tuple[float, float]) -> list[Point]:
    return [Point(100 * i, float(i), 0.0, ratio, p808) for i, (ratio, p808) in enumerate(figures, 1)]


@pytest.mark.parametrize(
    ("figures", "step"),
    [
        (((5, 3.5), (3, 3.3), (2, 3.4)), 200),
        (((2, 3.4), (2, 3.2), (2, 3.4)), 300),
        (((2, 3.4), (3.1, 3.4)), None),
        (((1, 4.0),), 100),
    ],
)
def test_speech_is_reached_where_words_and_ratings_stay_good(
    figures: tuple[tuple[float, float], ...], step: int | None
) -> None:
    reached = time_to_speech(points(*figures))
    assert (reached.step if reached else None) == step


def test_the_cpu_time_of_a_checkpoint_is_never_understated(tmp_path):
    log = tmp_path / "metrics.jsonl"
    lines = [
        {"step": 80, "cpu_s": 60.0},
        {"step": 90},
        {"step": 120, "cpu_s": 90.0},
        {"step": 120, "cpu_s": 95.0},
    ]
    log.write_text("\n".join(map(json.dumps, lines)))
    assert cpu_seconds(log, [80, 100]) == {80: 60.0, 100: 90.0}
    with pytest.raises(UserError, match="step 130"):
        cpu_seconds(log, [130])
