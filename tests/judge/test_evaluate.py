"""What is evaluated and how, with judges that need no package."""

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from benchmarks.time_to_speech import Point, cpu_seconds, heard_records, time_to_speech
from configs.base import get_config
from xtts_jax.audio import io
from xtts_jax.commands import evaluate as evaluate_command
from xtts_jax.config import build
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.shards import Record
from xtts_jax.errors import UserError
from xtts_jax.judge import evaluate, naturalness, words
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.vocoder.vocode import GriffinLim

AUDIO = build(get_config()).audio
HEADING = {"ckpt": "w", "step": 1, "vocoder": "shipped", "held_out": 3, "model": {}}


def a_record(name: str, text: str = "the old man", language: str = "en") -> Record:
    empty = np.zeros(0)
    return Record(
        name, "one", language, text, "", empty.astype(np.int16), empty.astype(np.float16), empty > 0
    )


def shelf(records: list[Record]) -> Corpus:
    """What `held_out` reads of a corpus in which every record validates."""
    view = SimpleNamespace(
        validation=np.arange(len(records)), record=records.__getitem__, folder=Path("shelf")
    )
    return cast(Corpus, view)


def test_held_out_sentences_depend_on_their_ids_alone():
    records = [a_record(f"utterance {i}") for i in range(50)]
    chosen = [record.id for record in evaluate.held_out(shelf(records), 10)]
    assert [record.id for record in evaluate.held_out(shelf(records[::-1]), 10)] == chosen
    assert len(set(chosen)) == 10 and chosen != sorted(chosen)
    without = [record for record in records if record.id != chosen[3]]
    assert [record.id for record in evaluate.held_out(shelf(without), 9)] == chosen[:3] + chosen[4:]


def test_utterances_without_a_written_text_are_not_evaluated():
    spoken = a_record("a")
    corpus = shelf([spoken, a_record("b", text=" "), a_record("c", text="say [[tuː]] now")])
    assert evaluate.held_out(corpus, 10) == [spoken]
    with pytest.raises(UserError, match="written text"):
        evaluate.held_out(shelf([a_record("b", text="")]), 10)


def test_a_clip_through_its_mel_keeps_length_and_pitch():
    seconds = np.arange(AUDIO.sample_rate // 2 + 77) / AUDIO.sample_rate
    tone = (0.3 * np.sin(2 * np.pi * 440 * seconds)).astype(np.float32)
    rebuilt = evaluate.through_mel(tone, AUDIO, GriffinLim(AUDIO))
    assert rebuilt.shape == tone.shape
    spectrum = np.abs(np.fft.rfft(rebuilt))
    assert np.fft.rfftfreq(len(rebuilt), 1 / AUDIO.sample_rate)[spectrum.argmax()] == pytest.approx(
        440, abs=10
    )


@pytest.fixture
def judged_by_length(monkeypatch):
    """Judges without packages: DNSMOS is the mean length of the clips, and every second word is missed."""
    monkeypatch.setattr(
        naturalness, "dnsmos", lambda clips, rate: float(np.mean([len(clip) for clip in clips]))
    )

    def word_error_rate(clips, rate, texts, vocabulary):
        assert len(clips) == len(texts)
        return words.count_errors(texts, [" ".join(text.split()[::2]) for text in texts])

    monkeypatch.setattr(words, "word_error_rate", word_error_rate)


def ways_of(count: int) -> dict[str, list[np.ndarray]]:
    return {
        way: [np.ones(10 * i, np.float32) for _ in range(count)] for i, way in enumerate(evaluate.WAYS, 1)
    }


def test_only_english_is_recognised_and_the_table_says_so(judged_by_length):
    records = [a_record("a", "one two three four"), a_record("b", "سلام", "fa"), a_record("c", "five six")]
    speech = evaluate.judge_ways(ways_of(3), records, 16000)
    assert speech["recognised"] == ["a", "c"]
    assert speech["ours"]["wer_open"] == pytest.approx(0.5)
    assert speech["ours"]["wrong_closed"] >= 0.9
    assert speech["ours"]["dnsmos"] == 30
    table = evaluate.describe({**HEADING, "speech": speech})
    assert "no word error rate for fa" in table and "guessed" in table
    assert "our speech / recordings rebuilt" in table
    json.dumps(speech)


def test_a_run_without_english_is_judged_by_dnsmos_alone(judged_by_length):
    records = [a_record("a", "guten Tag", "de")]
    speech = evaluate.judge_ways(ways_of(1), records, 16000)
    assert speech["ours"] == {"dnsmos": 30.0}
    table = evaluate.describe({**HEADING, "speech": speech})
    row = next(line for line in table.splitlines() if line.startswith("our speech"))
    assert row.split()[-3:] == ["-", "-", "30.000"]


def test_cost_is_cpu_time_for_each_second_of_speech():
    def draw(text: str, language: str) -> SimpleNamespace:
        end = time.process_time() + 0.02
        while time.process_time() < end:
            pass
        return SimpleNamespace(mel=np.zeros((AUDIO.frames(0.5), 1)))

    drawer = cast(Synthesizer, SimpleNamespace(draw=draw, config=SimpleNamespace(audio=AUDIO)))
    assert evaluate.drawing_cost(drawer, [a_record("a"), a_record("b")]) == pytest.approx(0.04, rel=0.2)


def test_clips_are_saved_by_way_and_utterance(tmp_path):
    evaluate.save_clips(tmp_path, ways_of(1), [a_record("speaker/7")], AUDIO.sample_rate)
    assert len(io.load(tmp_path / "ours" / "speaker_7.wav", AUDIO.sample_rate)) == 30


def test_a_folder_that_is_not_a_run_is_a_user_error(tmp_path):
    with pytest.raises(UserError, match=r"no config\.json"):
        evaluate_command.main(["--ckpt", str(tmp_path), "--no-judges"])


def points(*ratios: float) -> list[Point]:
    return [Point(100 * i, float(i), 0.0, 0.0, ratio) for i, ratio in enumerate(ratios, 1)]


@pytest.mark.parametrize(
    ("ratios", "step"),
    [((3.0, 1.3, 1.2), 200), ((1.2, 1.4, 1.1), 300), ((2.0, 1.2, 1.31), None), ((1.0,), 100)],
)
def test_speech_is_reached_where_the_errors_stay_low(ratios, step):
    reached = time_to_speech(points(*ratios))
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


def test_the_benchmark_needs_english_sentences():
    with pytest.raises(UserError, match="English"):
        heard_records([a_record("a", language="fa")])
