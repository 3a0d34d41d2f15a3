"""The built-in demo corpus."""

from collections import Counter
from pathlib import Path

import pytest

from xtts_jax.data import demo_corpus
from xtts_jax.data.demo_speech import make_demo_corpus
from xtts_jax.data.manifest import read_manifest


def test_every_voice_speaks_as_much_as_any_other_in_both_languages() -> None:
    shares = Counter((line.voice.variant, line.language) for line in demo_corpus.lines())
    assert len(shares) == 16
    assert len(set(shares.values())) == 1


def test_every_sentence_is_spoken_by_high_and_low_voices() -> None:
    for language in demo_corpus.ESPEAK_LANGUAGES:
        spoken = dict.fromkeys(demo_corpus.sentences(language), "")
        for line in demo_corpus.lines():
            if line.language == language:
                spoken[line.text] += line.voice.variant[0]
        assert all(sorted(voices) == ["f", "f", "m", "m"] for voices in spoken.values())


@pytest.mark.parametrize("language", ["en", "fa"])
def test_sentences_are_distinct_and_short(language: str) -> None:
    sentences = demo_corpus.sentences(language)
    assert len(sentences) == len(set(sentences)) == 120
    assert all(4 <= len(sentence.split()) <= 12 for sentence in sentences)


def test_sentences_cover_the_sounds_of_the_languages() -> None:
    letters = Counter("".join(demo_corpus.sentences("en")).lower())
    assert all(letters[letter] >= 3 for letter in "abcdefghijklmnopqrstuvwxyz")
    letters = Counter("".join(demo_corpus.sentences("fa")))
    assert all(letters[letter] for letter in "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی")
    assert not set("يكىـ") & set(letters)


def test_the_corpus_is_made_once_and_again_when_its_content_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = demo_corpus.lines()[:9]
    monkeypatch.setattr("xtts_jax.data.demo_corpus.lines", lambda: few)
    monkeypatch.setattr("xtts_jax.data.demo_speech.lines", lambda: few)
    folder = make_demo_corpus(tmp_path, 1)
    manifest = read_manifest(folder, "en", text_needed=True)
    assert sorted(u.id for u in manifest.utterances) == sorted(line.id for line in few)
    before = (folder / "metadata.csv").stat().st_mtime_ns
    assert make_demo_corpus(tmp_path, 1) == folder
    assert (folder / "metadata.csv").stat().st_mtime_ns == before
    few.pop()
    assert not demo_corpus.is_made(tmp_path)
    assert len(read_manifest(make_demo_corpus(tmp_path, 1), "en", text_needed=True).utterances) == 8
    assert [path.name for path in tmp_path.iterdir()] == ["demo_corpus"]
