"""The training command, as far as it goes without a corpus."""

from pathlib import Path

import jax
import pytest

from xtts_jax.commands import train
from xtts_jax.errors import UserError


def test_batch_that_the_devices_cannot_share_is_refused_before_the_corpus_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jax, "device_count", lambda: 8)
    options = [f"--config.data.root={tmp_path / 'missing'}", "--config.train.batch_size=12"]
    with pytest.raises(UserError, match=r"12, which 8 devices .* multiple of 8"):
        train.main(["--config", "tiny", "--workdir", str(tmp_path / "run"), *options])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("spelling", ["{}", "{}/", "{}/../recordings"])
def test_the_folder_of_the_recordings_is_refused_as_that_of_the_run(tmp_path: Path, spelling: str) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    with pytest.raises(UserError, match=r"is the folder of the recordings\. Name another one"):
        train.main(
            ["--config", "tiny", "--workdir", spelling.format(recordings), f"--config.data.root={recordings}"]
        )
    assert not list(recordings.iterdir())
