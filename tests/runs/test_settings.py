"""The configuration in a run folder."""

from pathlib import Path

import pytest

from xtts_jax.config import Config, to_dict
from xtts_jax.errors import UserError
from xtts_jax.runs import settings
from xtts_jax.runs.own_files import LEXICON, VOCODER, WEIGHTS


def test_config_comes_back_and_damage_to_it_is_named(tmp_path: Path, tiny_config: Config) -> None:
    settings.write_config(tmp_path, tiny_config)
    assert settings.read_config(tmp_path) == tiny_config
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]
    for damage in ('{"audio": ', "[]", "{}", '{"audio": 3}', "\udcff"):
        (tmp_path / "config.json").write_text(damage, encoding="utf-8", errors="surrogateescape")
        with pytest.raises(UserError, match=r"config\.json (is damaged|cannot be used)"):
            settings.read_config(tmp_path)


def test_packed_voice_has_its_own_lexicon_and_vocoder(tmp_path: Path, tiny_config: Config) -> None:
    settings.write_config(tmp_path, tiny_config)
    lexicon, vocoder, weights = (tmp_path / name for name in (LEXICON, VOCODER, WEIGHTS))
    lexicon.write_text("", encoding="utf-8")
    vocoder.mkdir()
    assert settings.read_config(tmp_path) == tiny_config  # a run that has something of these names
    weights.write_bytes(b"")
    read = settings.read_config_of(tmp_path, "acoustic")
    assert (read.data.lexicon, read.synthesis.vocoder) == (str(lexicon), str(vocoder))
    lexicon.unlink()
    vocoder.rmdir()
    assert settings.read_config(tmp_path) == tiny_config


def test_run_older_than_discriminators_of_mels_is_read_as_one_without(
    tmp_path: Path, tiny_config: Config
) -> None:
    values = to_dict(tiny_config)
    del values["adversarial"]
    settings.write_json(tmp_path / "config.json", values)
    read = settings.read_config(tmp_path)
    assert read.adversarial.start == 0 and read.model == tiny_config.model


@pytest.mark.parametrize(("group", "name"), [("data", "ezafe"), ("train", "rematerialize")])
def test_run_older_than_a_setting_reads_as_before_it(
    tmp_path: Path, tiny_config: Config, group: str, name: str
) -> None:
    values = to_dict(tiny_config)
    del values[group][name]
    settings.write_json(tmp_path / "config.json", values)
    assert settings.read_config(tmp_path) == tiny_config


def test_run_of_another_model_is_refused_with_what_it_is_and_what_is_needed(
    tmp_path: Path, tiny_config: Config
) -> None:
    settings.write_config(tmp_path, tiny_config)
    assert settings.read_config_of(tmp_path, "voice", "acoustic") == tiny_config
    with pytest.raises(UserError) as refusal:
        settings.read_config_of(tmp_path, "vocoder", "recogniser")
    assert str(refusal.value) == (
        f"{tmp_path} is the run of an acoustic model, but that of a vocoder or a recognizer is needed here. "
        "Give the --workdir of such a run, for example one of configs/vocoder.py or configs/recogniser.py."
    )
