"""Where compiled functions are kept."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

from xtts_jax.commands import train
from xtts_jax.commands.compile_cache import use_compile_cache

OPTIONS = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = {name: getattr(jax.config, name) for name in OPTIONS}
    yield
    for name, value in before.items():
        jax.config.update(name, value)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("JAX_PLATFORMS", "cuda", "JAX_PLATFORMS is 'cuda': unset it"),
        ("XLA_FLAGS", "--xla_force_host_platform_device_count=0", "device_count=0': unset it"),
    ],
)
def test_devices_that_are_not_there_are_named(root: Path, variable: str, value: str, said: str) -> None:
    program = "from xtts_jax.commands import compile_cache, endings\n"
    program += "endings.run(lambda _: compile_cache.use_compile_cache())"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env=os.environ | {variable: value},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 1
    assert "error: JAX has no device to compute with" in ended.stderr
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_they_are_kept_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in OPTIONS:
        monkeypatch.delenv(name.upper())
    use_compile_cache()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / ".cache" / "jax")
    assert jax.config.jax_persistent_cache_min_compile_time_secs == 0.5


def test_variables_of_jax_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = [getattr(jax.config, name) for name in OPTIONS]
    use_compile_cache()
    assert [getattr(jax.config, name) for name in OPTIONS] == before
    assert not before[0].startswith(str(tmp_path))


def test_those_of_a_training_are_kept_in_its_run_folder_on_an_accelerator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JAX_COMPILATION_CACHE_DIR")
    found = []
    for backend in ("cpu", "gpu"):
        monkeypatch.setattr(jax, "default_backend", lambda name=backend: name)
        use_compile_cache(train._cache(Path("runs") / "voice"))
        found.append(jax.config.jax_compilation_cache_dir)
    assert found == [str(tmp_path / ".cache" / "jax"), str(tmp_path / "runs" / "voice" / "compiled")]
