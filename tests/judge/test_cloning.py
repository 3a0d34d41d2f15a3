"""How cloning is judged, with speaker embeddings that need no package and runs that copy the reference."""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import jax.numpy as jnp
import numpy as np
import pytest
import soundfile
from made_up_voices import config, write_corpus

from xtts_jax.audio.io import resample
from xtts_jax.audio.mel import log_mel
from xtts_jax.commands import cloning as cloning_command
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.errors import UserError
from xtts_jax.judge import cloning
from xtts_jax.judge.cloning import describe, intelligibility, judge_cloning, likeness, sentences
from xtts_jax.judge.unseen_speakers import LEAST_S, UnseenSpeaker, unseen_speakers
from xtts_jax.listen.listener import Hearing, Listener
from xtts_jax.listen.pocketsphinx import WordListener
from xtts_jax.runs.settings import read_config_of, write_config
from xtts_jax.speak.speech import Segment, Speech
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice
from xtts_jax.vocoder.vocode import GriffinLim

AUDIO = config(Path("nowhere")).audio
SECONDS = 1.5  # the length of all clips, so that few shapes are compiled
Copy = Callable[[np.ndarray], np.ndarray]


def mean_spectrum(clips: Sequence[np.ndarray], rate: int) -> np.ndarray:
    audio = np.stack([np.resize(clip, int(SECONDS * rate) // 256 * 256) for clip in clips])
    vectors = np.asarray(log_mel(jnp.asarray(audio), AUDIO)).mean(axis=1)
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def parrot(copy: Copy) -> Synthesizer:
    """A run that speaks by playing what `copy` makes of the reference."""

    def speak(text: str, language: str, voice: VoiceChoice) -> Speech:
        assert text and language == "en"
        audio = copy(soundfile.read(voice.references[0], dtype="float32")[0])
        return Speech(audio, np.zeros((20, 80), np.float32), 22050, (), (), "", 0.01)

    run = SimpleNamespace(config=SimpleNamespace(audio=AUDIO), vocode=GriffinLim(AUDIO, 2), speak=speak)
    return cast(Synthesizer, run)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return Corpus.open(prepare(config(write_corpus(tmp_path_factory.mktemp("made_up_voices")))))


@pytest.fixture(scope="module")
def speakers(corpus: Corpus) -> list[UnseenSpeaker]:
    return unseen_speakers(corpus, AUDIO, set(), 50)


def test_unseen_speakers_are_those_that_nobody_trained_on(
    corpus: Corpus, speakers: list[UnseenSpeaker]
) -> None:
    names = [each.speaker for each in speakers]
    trained = set(corpus.index.speaker[corpus.train].tolist())
    assert len(names) >= 3 and not trained & set(names)
    assert unseen_speakers(corpus, AUDIO, set(), 2)[1].id == speakers[1].id
    everyone = {each.speaker for each in unseen_speakers(corpus, AUDIO, set(), 50, everyone=True)}
    assert everyone == set(names) | trained
    rest = unseen_speakers(corpus, AUDIO, {names[0]}, 50)
    assert [each.speaker for each in rest] == names[1:]
    with pytest.raises(
        UserError, match=r"held out whole and speak long enough: 1\..*validation_speaker_fraction"
    ):
        unseen_speakers(corpus, AUDIO, set(names[1:]), 50)


def test_a_reference_is_compared_with_other_speech(corpus: Corpus, speakers: list[UnseenSpeaker]) -> None:
    for each in speakers:
        recordings = int((corpus.index.speaker[:] == each.speaker).sum())
        assert each.across == (recordings > 1)
        shorter = min(len(each.reference), len(each.other))
        assert shorter >= LEAST_S * AUDIO.sample_rate
        assert not np.array_equal(each.reference[:shorter], each.other[:shorter])
    assert {each.across for each in speakers} == {True, False}


def test_references_can_be_named(corpus: Corpus, speakers: list[UnseenSpeaker]) -> None:
    wanted = [each.id for each in speakers[:2]]
    assert {each.id for each in unseen_speakers(corpus, AUDIO, set(), 50, wanted)} == set(wanted)
    trained = str(corpus.index.id[corpus.train[0]])
    with pytest.raises(UserError, match=rf"references names {trained}, but .*held out whole"):
        unseen_speakers(corpus, AUDIO, set(), 50, [trained])


def test_likeness_of_known_vectors() -> None:
    references = np.array([[1.0, 0.0], [0.0, 1.0]])
    vectors = np.array([[1.0, 0.0], [0.6, 0.8], [0.8, 0.6]])
    found = likeness(vectors, np.array([0, 1, 1]), references)
    assert found["cosine_own"] == pytest.approx((1.0 + 0.8 + 0.6) / 3)
    assert found["cosine_others"] == pytest.approx((0.0 + 0.6 + 0.8) / 3)
    assert found["nearest"] == pytest.approx(2 / 3)


def test_a_run_that_copies_its_reference_is_not_one_with_a_single_voice(
    speakers: list[UnseenSpeaker], tmp_path: Path
) -> None:
    texts = ["one sentence", "and another"]

    def judged(copy: Copy, name: str) -> dict:
        report, spoken = judge_cloning(parrot(copy), speakers, texts, "en", mean_spectrum, tmp_path / name)
        assert [len(row) for row in spoken] == [2] * len(speakers)
        return report

    faithful, deaf = judged(lambda audio: audio, "faithful"), judged(lambda _: speakers[0].other, "deaf")
    ours = faithful["ways"]["ours"]
    assert ours["cosine_own"] == pytest.approx(1, abs=1e-3) and ours["nearest"] == 1
    assert deaf["ways"]["ours"]["nearest"] == pytest.approx(deaf["chance"]) == 1 / len(speakers)
    recordings = faithful["ways"]["recordings"]
    assert recordings["cosine_own"] > recordings["cosine_others"] and recordings["nearest"] > 0.5
    assert faithful["ways"]["rebuilt"]["cosine_own"] > recordings["cosine_others"]
    assert list(faithful["ways"]) == ["across", "recordings", "rebuilt", "ours"]
    assert json.loads(json.dumps(faithful)) == faithful
    table = describe(faithful | {"ckpt": "runs/one", "step": 7, "vocoder": "griffin_lim"})
    assert "runs/one, step 7" in table and "100.0%" in table and "chance" in table
    assert len(list((tmp_path / "faithful").glob("*/*.wav"))) == 3 * len(speakers)


def test_voices_are_fitted_to_the_words_of_their_references(
    speakers: list[UnseenSpeaker], tmp_path: Path
) -> None:
    class Transcriber(WordListener):
        def __init__(self) -> None: ...

        def hear(self, audio: np.ndarray, language: str) -> Hearing:
            return Hearing(str(len(audio)), 1.0)

    def choose(voice: VoiceChoice, language: str) -> None:
        if voice.words == chosen[0]:
            raise UserError("Nobody can say that.")

    run, asked, listener = parrot(lambda audio: audio), [], Transcriber()
    speak = run.speak
    lengths = [len(resample(each.reference, AUDIO.sample_rate, listener.sample_rate)) for each in speakers]
    chosen = [(str(length),) for length in lengths]
    run.voices = SimpleNamespace(choose=choose)
    run.speak = lambda text, language, voice: (asked.append(voice), speak(text, language, voice))[1]
    report, _ = judge_cloning(run, speakers, ["some text"], "en", mean_spectrum, tmp_path, fit=listener)
    fitted = [each for each in chosen if each != chosen[0]]
    assert [voice.words for voice in asked if voice.words] == fitted and len(fitted) >= 1
    assert {voice.words_language for voice in asked if voice.words} == {"en"}
    assert report["fitted"] == len(fitted) and not asked[0].words


def test_references_that_pocketsphinx_cannot_transcribe_are_named(speakers: list[UnseenSpeaker]) -> None:
    pytest.importorskip("pocketsphinx")
    with pytest.raises(
        UserError, match=rf"{speakers[1].id} is in fa, which this recognizer does not know: en"
    ):
        cloning._require_languages(WordListener(), [speakers[0], speakers[1]._replace(language="fa")])


def test_phoneme_errors_are_those_of_each_text_in_each_voice() -> None:
    class Recogniser:
        def hear(self, audio: np.ndarray, language: str) -> Hearing:
            return Hearing(["həlˈoʊ", "bɹˈɛdd", "wˈɔːtɚ"][int(audio[0])], 1.0)

    def speech(number: int, symbols: str) -> Speech:
        segment = Segment("", symbols, 0, np.zeros(1))
        return Speech(np.full(4, number, np.float32), np.zeros((1, 80)), 22050, (segment,), (), "", 0.01)

    row = [speech(0, "həlˈoʊ"), speech(1, "bɹˈɛd"), speech(2, "wˈɔːtɚ")]
    found = intelligibility(cast(Listener, Recogniser()), [row, row], "en")
    assert found["per"] == pytest.approx(1 / (5 + 4 + 4))
    assert found["per_wrong_text"] > 0.8


def test_the_picture_shows_a_sentence_in_some_voices(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    mels = {name: np.random.default_rng(0).normal(size=(30, 80)) for name in "abcdef"}
    cloning_command.draw(tmp_path / "deep" / "voices.png", mels, AUDIO)
    assert (tmp_path / "deep" / "voices.png").stat().st_size > 1000


def test_sentences_are_built_in_ones_and_long_enough() -> None:
    for language in ("en", "fa"):
        chosen = sentences(language, 3)
        assert len(set(chosen)) == 3 and min(len(text.split()) for text in chosen) >= 6
    with pytest.raises(UserError, match="with texts"):
        sentences("de", 3)


def test_the_command_says_how_to_install_resemblyzer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resemblyzer", None)
    with pytest.raises(
        UserError, match=r"package resemblyzer.*requirements-cloning\.txt.*CPU build of torch"
    ):
        cloning_command.main(["--ckpt", "nowhere"])


def test_a_run_that_cannot_speak_is_refused(tmp_path: Path) -> None:
    write_config(tmp_path, config(Path("nowhere")))
    with pytest.raises(UserError, match="run of a voice encoder, but that of an acoustic model is needed"):
        read_config_of(tmp_path, "acoustic")
