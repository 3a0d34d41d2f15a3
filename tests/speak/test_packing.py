"""A run packed to be shared speaks as the run does."""

import json
import shutil
import warnings
from pathlib import Path

import numpy as np
import pytest
from speaking_run import TEXT

from xtts_jax.commands import pack
from xtts_jax.commands.speak import main as speak
from xtts_jax.errors import FieldError, UserError
from xtts_jax.runs import emotions, voices
from xtts_jax.runs.own_files import WEIGHTS
from xtts_jax.runs.params import find_step, load_params
from xtts_jax.speak.narrow_band import load_products
from xtts_jax.speak.packing import Kept, pack_run
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice


@pytest.fixture(scope="module")
def folder(speaking_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packed") / "deep" / "voice"
    pack_run(speaking_run, out, kept=[Kept("s1", "Sara", "a woman"), Kept("s0", "Sam")])
    return out


@pytest.fixture(scope="module")
def speaker(folder: Path) -> Synthesizer:
    return Synthesizer(folder)


def test_it_holds_numbers_only(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {
        "README.md",
        "config.json",
        "model.safetensors",
        "stats.json",
        "tokenizer.json",
        "voices",
    }
    assert {path.suffix for path in (folder / "voices").iterdir()} == {".json", ".npz"}
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert config["data"]["root"] == config["data"]["cache_dir"] == config["train"]["init_from"] == ""
    assert "| Sara | fa | a woman |" in (folder / "README.md").read_text(encoding="utf-8")


def test_it_speaks_as_the_run_does(synthesizer: Synthesizer, speaker: Synthesizer) -> None:
    for theirs, ours in (("s0", "Sam"), ("s1", "Sara")):
        wanted = synthesizer.draw(TEXT, "en", VoiceChoice(speaker=theirs)).mel
        mel = speaker.draw(TEXT, "en", VoiceChoice(speaker=ours)).mel
        assert abs(len(mel) - len(wanted)) <= 2
        both = min(len(mel), len(wanted))
        assert np.abs(mel[:both] - wanted[:both]).mean() < 0.05


def test_its_first_voice_of_a_language_speaks_it(speaker: Synthesizer, folder: Path) -> None:
    assert speaker.voices.language_of("") == "fa"
    own, chosen = (speaker.draw(TEXT, "en", VoiceChoice(speaker=name)).mel for name in ("", "Sam"))
    np.testing.assert_array_equal(own, chosen)
    assert [voice.about for voice in voices.read(folder)] == ["a woman", ""]


def test_its_emotions_are_those_of_the_voices_that_were_kept(
    speaking_run: Path, synthesizer: Synthesizer, speaker: Synthesizer, tmp_path: Path
) -> None:
    assert {mood.speaker for mood in emotions.read(speaker.workdir)} == {"Sara", "Sam"}
    wanted = synthesizer.voices.choose(VoiceChoice(emotion="sad", speaker="s0"), "en").style
    style = speaker.voices.choose(VoiceChoice(emotion="sad", speaker="Sam"), "en").style
    np.testing.assert_allclose(style, wanted, atol=1e-4)
    pack_run(speaking_run, tmp_path / "one", kept=[Kept("s1", "s1")])
    assert {mood.emotion for mood in emotions.read(tmp_path / "one")} == {"sad"}


def test_it_clones_as_the_run_does(
    synthesizer: Synthesizer, speaker: Synthesizer, two_voices: tuple[Path, Path]
) -> None:
    choice = VoiceChoice(two_voices[:1])
    wanted, voice = (tts.voices.choose(choice, "en") for tts in (synthesizer, speaker))
    np.testing.assert_allclose(voice.speaker, wanted.speaker, atol=2e-2)


def test_another_step_is_refused(folder: Path) -> None:
    assert find_step(folder) == find_step(folder, 3) == 3
    with pytest.raises(UserError, match="has only step 3, not 4"):
        load_params(folder, 4)


@pytest.mark.parametrize("content", [b"", b"nothing", None])
def test_damaged_weights_end_in_a_paragraph(folder: Path, tmp_path: Path, content: bytes | None) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    whole = (folder / WEIGHTS).read_bytes()
    (copy / WEIGHTS).write_bytes(whole[:5000] if content is None else content)
    with pytest.raises(UserError, match=r"model\.safetensors cannot be read .* Copy the packed voice again"):
        Synthesizer(copy)


def test_a_voice_without_its_weights_is_no_run_either(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / WEIGHTS).unlink()
    with pytest.raises(UserError, match=r"nor the model\.safetensors of a packed voice"):
        find_step(copy)


def test_a_damaged_voice_of_its_own_is_to_be_copied_again(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    for profile in (copy / "voices").glob("*.npz"):
        profile.write_bytes(profile.read_bytes()[:500])
    with pytest.raises(UserError, match=r"\.npz is not a voice profile .* Copy the packed voice again"):
        Synthesizer(copy)("Hello.")


def test_damaged_products_are_named(tmp_path: Path) -> None:
    assert load_products(tmp_path) is None
    (tmp_path / "whole.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(UserError, match=r"whole\.npy cannot be read .* Copy the packed voice again"):
        load_products(tmp_path)


def test_weights_of_another_program_are_refused(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    save_file({"a": np.zeros(1, np.float32)}, copy / WEIGHTS)
    with pytest.raises(UserError, match="was not written by `xtts-jax pack`"):
        Synthesizer(copy)


def test_an_edited_configuration_is_found_out(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    values = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    values["model"]["width"] = 48
    (copy / "config.json").write_text(json.dumps(values), encoding="utf-8")
    with pytest.raises(UserError, match="not of the model that the settings"):
        Synthesizer(copy)


def test_a_speaker_that_the_run_lacks_is_refused(speaking_run: Path, tmp_path: Path) -> None:
    with pytest.raises(FieldError, match=r"must be of the run, not 's9'\..* It has s0, s1\."):
        pack_run(speaking_run, tmp_path / "out", kept=[Kept("s9", "s9")])
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_else_is_left_alone(speaking_run: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(FieldError, match="is something else than a packed voice"):
        pack_run(speaking_run, tmp_path)
    with pytest.raises(FieldError, match="is something else"):
        pack_run(speaking_run, speaking_run)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_the_command_packs_all_voices_and_replaces_what_it_wrote(
    speaking_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "voice"
    pack.main(["--ckpt", str(speaking_run), "--out", str(out), "--speakers", "s0=Sam"])
    pack.main(["--ckpt", str(speaking_run), "--out", str(out)])
    assert f"{out}: 2 voices" in capsys.readouterr().out
    assert [voice.speaker for voice in voices.read(out)] == ["s0", "s1"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        speak(["--ckpt", str(out), "--text", TEXT, "--language", "en", "--out", str(tmp_path / "a.wav")])
    assert "the one that was packed" in capsys.readouterr().err
    with pytest.raises(UserError, match="is a packed voice already"):
        pack.main(["--ckpt", str(out), "--out", str(tmp_path / "again")])


def test_options_of_the_other_kind_are_refused(speaking_run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--refinements is for vocoders"):
        pack.main(["--ckpt", str(speaking_run), "--out", str(tmp_path), "--refinements", "3"])
