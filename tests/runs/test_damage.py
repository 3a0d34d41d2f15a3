"""Run folders with a damaged file: an older checkpoint is used, or a paragraph says what is wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from stepped_run import kept, state, train

from xtts_jax.errors import UserError, UserNotice
from xtts_jax.runs import checkpoint, emotions, voices
from xtts_jax.speak.reference import read_own
from xtts_jax.speak.run import read_run

Damage = Callable[[Path], object]
DAMAGES: dict[str, Damage] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "deleted": lambda path: path.unlink(),
    "overwritten": lambda path: path.write_bytes(np.random.default_rng(0).bytes(path.stat().st_size)),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two checkpoints, of which the newer is the best."""
    workdir = tmp_path_factory.mktemp("run")
    train(workdir, {1: 0.3, 2: 0.2})
    return workdir


def contents(folder: Path) -> dict[Path, bytes]:
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def require_restored(workdir: Path) -> int:
    """Restores what was saved at some step, to the last number; returns the step."""
    restored, step = checkpoint.restore(workdir, state(0))
    jax.tree.map(np.testing.assert_array_equal, restored, state(step))
    return step


@pytest.mark.filterwarnings("ignore::xtts_jax.errors.UserNotice")
@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_file_is_damaged_a_whole_checkpoint_is_read(run: Path, tmp_path: Path, damage: str) -> None:
    older, names, fallbacks = contents(run / "checkpoints" / "1"), contents(run / "checkpoints" / "2"), 0
    for name in names:
        if damage != "cut" and name.parts[0] == "state":
            continue  # as in params
        workdir = tmp_path / "run"
        shutil.copytree(run, workdir)
        DAMAGES[damage](workdir / "checkpoints" / "2" / name)
        if name.parts[0] in ("params", "metrics"):
            params, step = checkpoint.load_params(workdir)
            np.testing.assert_array_equal(params["decoder"]["kernel"], -float(step))
        step = require_restored(workdir)
        fallbacks += step == 1
        assert contents(workdir / "checkpoints" / "1") == older
        assert (workdir / "damaged" / "2").exists() == (step == 1)
        shutil.rmtree(workdir)
    assert fallbacks >= 2


def test_training_goes_on_from_the_older_checkpoint_and_saves_again(run: Path, tmp_path: Path) -> None:
    workdir = shutil.copytree(run, tmp_path / "run")
    for _ in range(2):
        DAMAGES["cut"](workdir / "checkpoints" / "2" / "state" / "manifest.ocdbt")
        with pytest.warns(UserNotice, match=r"step 2.*cannot be read.*That of step 1 is used instead"):
            assert require_restored(workdir) == 1
        train(workdir, {2: 0.1})
        assert kept(workdir) == [1, 2]
        require_restored(workdir)
    assert sorted(path.name for path in (workdir / "damaged").iterdir()) == ["2", "2-1"]


def test_damaged_error_is_set_aside_and_its_checkpoint_stays(run: Path, tmp_path: Path) -> None:
    workdir = shutil.copytree(run, tmp_path / "run")
    DAMAGES["cut"](workdir / "checkpoints" / "1" / "metrics" / "metrics")
    assert checkpoint.load_params(workdir)[1] == 2
    with pytest.warns(UserNotice, match=r"metrics is damaged, and was moved to .*1-metrics"):
        require_restored(workdir)
    assert kept(workdir) == [1, 2]


def test_nothing_is_moved_where_no_checkpoint_can_be_read(run: Path, tmp_path: Path) -> None:
    workdir = shutil.copytree(run, tmp_path / "run")
    before = contents(workdir)
    with pytest.raises(UserError, match=r"step 2.*cannot be read.*Nor can any other"):
        checkpoint.restore(workdir, state(0, width=5))
    assert contents(workdir) == before


def test_step_that_is_named_is_not_replaced(run: Path, tmp_path: Path) -> None:
    workdir = shutil.copytree(run, tmp_path / "run")
    DAMAGES["deleted"](workdir / "checkpoints" / "2" / "params" / "manifest.ocdbt")
    with pytest.raises(UserError, match="step 2"):
        checkpoint.load_params(workdir, step=2)
    assert not checkpoint.is_readable(workdir, 2) and checkpoint.is_readable(workdir, 1)


def test_failed_read_says_nothing_but_its_error(
    run: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With an array large enough to stand in a file of its own."""
    workdir = tmp_path / "run"
    large = state(1, width=500)._replace(params={str(i): jnp.full((500, 3), float(i)) for i in range(9)})
    manager = checkpoint.open_manager(workdir)
    checkpoint.save(manager, 1, large, None)
    manager.wait_until_finished()
    for path in (workdir / "checkpoints" / "1").rglob("d/*"):
        DAMAGES["cut"](path)
    with pytest.raises(UserError):
        checkpoint.restore(workdir, large)
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("ignore::xtts_jax.errors.UserNotice")
@pytest.mark.parametrize("damage", ["cut", "deleted"])
def test_no_damaged_file_of_a_run_that_speaks_ends_in_a_traceback(
    speaking_run: Path, tmp_path: Path, damage: str
) -> None:
    names = [name for name in contents(speaking_run) if name.parts[0] != "checkpoints"]
    for name in names:
        workdir = shutil.copytree(speaking_run, tmp_path / "run")
        DAMAGES[damage](workdir / name)
        try:
            read_to_speak(workdir)
        except UserError as error:
            assert str(workdir) in str(error) and "\n" not in str(error)
        else:  # a recording that is cut is a shorter one
            assert (damage, name.suffix) == ("cut", ".wav") or name.name == "emotions.json"
        shutil.rmtree(workdir)


def read_to_speak(workdir: Path) -> None:
    run = read_run(workdir, None, {})
    for voice in voices.read(workdir):
        read_own(workdir / "voices" / voice.reference, run.config)
    emotions.read(workdir)
