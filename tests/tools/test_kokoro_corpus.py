"""tools/kokoro_corpus.py with a Kokoro that hums."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import soundfile

from tools import kokoro_corpus
from tools.kokoro_corpus import plan, read_sentences, speak, trimmed

if TYPE_CHECKING:
    from tools.speech_engines.kokoro import Kokoro
from xtts_jax.data.manifest import read_manifest

VOICES = ("af_a", "af_b", "am_a", "am_b", "bf_a", "bf_b", "bm_a", "bm_b", "hf_a", "hm_a", "jf_a", "zm_a")
SENTENCES = {"en": [f"This is sentence {i}." for i in range(50)], "fa": [f"جمله {i}" for i in range(25)]}
NAMED = {"en": ["af_a", "bm_a"], "fa": ["hm_a"]}


class Humming:
    """Speaks a second of tone between seconds of silence; a text with "5" is silent."""

    rate = 8000

    def spell(self, text: str, language: str) -> list[int]:
        return [len(language)] * (2 if text.endswith("3.") else 20 if "5" not in text else 21)

    def speak(self, phonemes: list[int], mixture: dict[str, float], speed: float) -> np.ndarray:
        tone = 0.5 * np.sin(np.arange(self.rate)) * (len(phonemes) == 20)
        return np.pad(tone, self.rate).astype(np.float32)


def test_a_plan_has_fresh_mixtures_of_one_sex_and_the_named_voices() -> None:
    said = list(islice(plan(SENTENCES, VOICES, NAMED, 0.35, seed=3), 600))
    assert said == list(islice(plan(SENTENCES, VOICES, NAMED, 0.35, seed=3), 600))
    assert len({utterance.id for utterance in said}) == 600
    fresh = [utterance for utterance in said if len(utterance.mixture) == 2]
    assert {len([u for u in fresh if u.speaker == one]) for one in {u.speaker for u in fresh[:-3]}} == {3}
    for utterance in said:
        assert sum(utterance.mixture.values()) == pytest.approx(1)
        assert len({voice[1] for voice in utterance.mixture}) == 1
        assert not any(voice[0] in "jz" for voice in utterance.mixture)
        british = all(voice[0] == "b" for voice in utterance.mixture)
        assert utterance.language in (("en-gb", "fa") if british else ("en", "fa"))
    alone = {(u.speaker, u.language) for u in said if len(u.mixture) == 1}
    assert alone == {("af_a", "en"), ("bm_a", "en-gb"), ("hm_a", "fa")}
    assert 0.55 < sum(u.language != "fa" for u in said) / len(said) < 0.78


def test_no_sentence_is_said_again_before_all_have_been() -> None:
    english = {"en": SENTENCES["en"]}
    said = [u.text for u in islice(plan(english, VOICES, NAMED, 0.35, seed=4), 60)]
    once = [part.rstrip(".") for text in said for part in text.split(". ")][:50]
    assert sorted(once) == sorted(text.rstrip(".") for text in SENTENCES["en"])


@pytest.mark.parametrize(("share", "voices"), [(0, 2), (1, 1)])
def test_the_share_of_the_named_voices_may_be_all_or_nothing(share: float, voices: int) -> None:
    assert {len(u.mixture) for u in islice(plan(SENTENCES, VOICES, NAMED, share, seed=0), 30)} == {voices}


def test_a_corpus_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path) -> None:
    humming = cast("Kokoro", Humming())
    utterances = list(islice(plan(SENTENCES, VOICES, NAMED, 0.35, seed=0), 200))
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert speak(humming, utterances, 0.5, whole) >= 0.5
    speak(humming, utterances, 0.2, parts)
    short = (parts / "metadata.csv").read_text(encoding="utf-8")
    speak(humming, utterances, 0.5, parts)
    written = (whole / "metadata.csv").read_text(encoding="utf-8")
    assert (parts / "metadata.csv").read_text(encoding="utf-8") == written
    assert written.startswith(short)
    assert len(written) > len(short)
    rows = read_manifest(whole, "en", text_needed=True).utterances
    assert len(rows) == len(list((whole / "wavs").iterdir())) == 28
    assert not any("5" in row.text or row.text.endswith("3.") for row in rows)
    assert soundfile.info(rows[0].audio).duration == pytest.approx(1.1, abs=0.01)


def test_silence_is_left_out_but_for_a_twentieth_of_a_second() -> None:
    samples = np.concatenate([np.zeros(1000), np.ones(500), np.zeros(2000)]).astype(np.float32)
    assert len(trimmed(samples, 1000)) == 50 + 500 + 49
    assert len(trimmed(np.zeros(100, np.float32), 1000)) == 0


@pytest.mark.parametrize("pair", ["en.txt", "de=en.txt", "en=absent.txt"])
def test_sentences_that_cannot_be_read_are_named(
    pair: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("en.txt").write_text("One.\n\nA | B.\nTwo.\n", encoding="utf-8")
    assert read_sentences(["en=en.txt"]) == {"en": ["One.", "Two."]}
    with pytest.raises(SystemExit, match=f"--sentences {pair}"):
        read_sentences([pair])


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = tmp_path / "en.txt"
    text.write_text("One.\n", encoding="utf-8")
    given = ["", "--sentences", f"en={text}", "--minutes", "1", "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", [*given, "--models", str(tmp_path)])
    with pytest.raises(SystemExit, match="make peers"):
        kokoro_corpus.main()
