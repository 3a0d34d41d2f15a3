"""What `from xtts_jax import ...` gives, and the lines of the README."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import compilations
import numpy as np
import pytest
import soundfile
from speaking_run import RATE

import xtts_jax
from xtts_jax.errors import FieldError
from xtts_jax.speak.speech import Word
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice

README = """\
from xtts_jax import Synthesizer
tts = Synthesizer("runs/my_voice")
speech = tts("Good morning.", language="en", references=["me.wav"], speed=0.9)
speech.save("hello.wav")
print(speech.words)
"""


def test_the_lines_of_the_readme_speak(
    speaking_run: Path,
    two_voices: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("runs").mkdir()
    Path("runs/my_voice").symlink_to(speaking_run)
    Path("me.wav").symlink_to(two_voices[0])
    exec(README, names := {})
    speech = names["speech"]
    assert isinstance(speech, xtts_jax.Speech)
    audio, rate = soundfile.read("hello.wav")
    assert rate == speech.sample_rate == RATE and np.abs(audio).max() > 1e-3
    np.testing.assert_allclose(audio, speech.audio / max(1, np.abs(speech.audio).max()), atol=1e-4)
    assert [word.symbols for word in speech.words] == ["good", "morning."]
    assert speech.words == sorted(speech.words, key=lambda word: word.start_s)
    assert speech.words[-1].end_s <= len(audio) / rate
    assert eval(capsys.readouterr().out, {"Word": Word}) == speech.words


def test_a_call_is_speech_in_a_voice_whose_fields_may_be_given_with_it(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path]
) -> None:
    voice = VoiceChoice([two_voices[0]], colour=0.0)
    wanted = synthesizer.speak("a man", "en", voice, seed=1, speed=1.5).audio
    say = partial(synthesizer, "a man", language="en", seed=1, speed=1.5)
    for speech in (
        say(voice=voice),
        say(references=[str(two_voices[0])], colour=0.0),
        say(voice=VoiceChoice(two_voices[:1]), colour=0.0),
    ):
        np.testing.assert_array_equal(speech.audio, wanted)


def test_what_is_wrong_is_called_by_its_keyword(synthesizer: Synthesizer) -> None:
    with pytest.raises(FieldError, match=r"^references and speaker exclude each other"):
        synthesizer("a man", references=["a.wav"], speaker="s0")
    with pytest.raises(FieldError, match=r"^pitch must be between -12 and 12 semitones, not 13"):
        synthesizer("a man", pitch=13)
    with pytest.raises(TypeError, match="refrences"):
        synthesizer("a man", refrences=["a.wav"])  # pyright: ignore[reportCallIssue]


def test_a_misspelt_keyword_is_told_what_it_may_mean(synthesizer: Synthesizer) -> None:
    options: dict[str, Any] = {"sped": 2.0}
    with pytest.raises(TypeError, match=r"^There is no option 'sped'\. Did you mean 'speed'\?$"):
        synthesizer("a man", **options)
    with pytest.raises(TypeError, match=r"^There is no option 'sped'\.$"):
        synthesizer.voice(**options)


def test_a_run_may_be_given_as_text_with_other_settings(speaking_run: Path) -> None:
    with pytest.raises(FieldError, match=r"^flow_steps: the decoder of this run, parallel, has no such"):
        xtts_jax.Synthesizer(str(speaking_run), step=3, iterations=1, drawing={"flow_steps": 2})


def run_python(root: Path, program: str) -> str:
    child = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert child.returncode == 0, child.stderr
    return child.stdout


def test_importing_the_package_imports_no_jax(root: Path) -> None:
    program = "import sys, xtts_jax; print('jax' in sys.modules)"
    assert run_python(root, program) == "False\n"
    program = "import sys; from xtts_jax import VoiceChoice; VoiceChoice(); print('jax' in sys.modules)"
    assert run_python(root, program) == "False\n"


def test_the_names_of_the_package_are_known() -> None:
    assert {*xtts_jax.__all__} <= {*dir(xtts_jax)}
    assert [getattr(xtts_jax, name).__name__ for name in xtts_jax.__all__] == xtts_jax.__all__
    with pytest.raises(AttributeError, match="has no attribute 'Vocoder'"):
        _ = xtts_jax.Vocoder  # pyright: ignore[reportAttributeAccessIssue]


def test_a_voice_is_made_once_and_used_many_times(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = synthesizer.voice(references=[two_voices[1]], colour=0.5)
    wanted = synthesizer("a man", language="en", references=[two_voices[1]], colour=0.5).audio
    monkeypatch.setattr(synthesizer.voices, "_encode", lambda *_: pytest.fail("it was encoded again"))
    np.testing.assert_array_equal(synthesizer("a man", language="en", voice=voice).audio, wanted)
    with pytest.raises(FieldError, match="must be one that the run has, not 'nobody'"):
        synthesizer.voice(speaker="nobody")


def test_what_is_no_text_or_voice_is_named(synthesizer: Synthesizer) -> None:
    speak: Any = synthesizer.speak
    call: Any = synthesizer
    for text in (None, 5, b"so"):
        with pytest.raises(FieldError, match="must be a str, not"):
            speak(text)
    for voice in (None, "s0"):
        with pytest.raises(FieldError, match=r"must come from Synthesizer.voice\(\)"):
            speak("so", voice=voice)
        with pytest.raises(FieldError, match=r"must come from Synthesizer.voice\(\)"):
            call("so", voice=voice, colour=0.5)
    with pytest.raises(TypeError):
        synthesizer.voice("me.wav")  # pyright: ignore[reportCallIssue]


def test_threads_share_a_synthesizer(synthesizer: Synthesizer) -> None:
    texts = ["it is one.", "a man said it ten times, and then he sat.", "so it is.", "and that is all."] * 2
    expected = [synthesizer(text, language="en", seed=3).audio for text in texts]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda text: synthesizer(text, language="en", seed=3).audio, texts))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_was_warmed_up_compiles_nothing_more(synthesizer: Synthesizer) -> None:
    synthesizer.warm_up(3.0)
    with compilations.noted() as compiled:
        for text in ("a man", "a man said it.", "a man said it, and then he sat."):
            list(synthesizer.stream(text))
    assert not compiled
