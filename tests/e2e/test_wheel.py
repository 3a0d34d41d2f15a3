"""The wheel, installed where there is no checkout: the command trains and speaks, and Python finds types."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT, SMALL_MODEL
from trained_run import FEW_STEPS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, as setuptools leaves its `build` folder beside the sources."""
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source") / "xtts_jax"
    for name in ("xtts_jax", "configs"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in (
        "pyproject.toml",
        "setup.py",
        "README.md",
        "LICENSE",
        "requirements.txt",
        "requirements-serve.txt",
    ):
        shutil.copyfile(ROOT / name, source / name)
    build = ["pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)]
    subprocess.run([sys.executable, "-m", *build], check=True, capture_output=True, timeout=300)
    (wheel,) = folder.glob("xtts_jax-*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment with the wheel; its dependencies come from this one, so none is fetched."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    python = str(folder / "bin" / "python")
    install = ["pip", "--python", python, "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True, timeout=300)
    return folder


def test_configurations_weights_and_types_travel_with_it(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    configs = {f"xtts_jax/assets/configs/{path.name}" for path in (ROOT / "configs").glob("*.py")}
    assert configs <= names
    others = {
        "xtts_jax/py.typed",
        "xtts_jax/assets/vocoder/vocoder.safetensors",
        "xtts_jax/serve/page/index.html",
    }
    assert others <= names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "configs/", "tools/"))]


@pytest.mark.long
def test_it_trains_and_speaks_outside_the_checkout(
    environment: Path, small_corpus: Path, tmp_path: Path
) -> None:
    def command(*arguments: object) -> str:
        clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [str(environment / "bin" / "xtts-jax"), *map(str, arguments)],
            cwd=tmp_path,
            env=clean,
            capture_output=True,
            text=True,
            timeout=500,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    where = [str(environment / "bin" / "python"), "-c", "import xtts_jax; print(xtts_jax.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(environment)

    values = {f"model.{name}": value for name, value in SMALL_MODEL.items()} | FEW_STEPS
    values |= {"data.root": small_corpus, "data.workers": 1, "preflight.enabled": False}
    values |= {"train.steps": 2, "train.samples": 0}
    options = [f"--config.{name}={value}" for name, value in values.items()]
    command("train", "--config", "tiny", *options)
    command("speak", "--ckpt", "runs/tiny", "--text", "Tea.", "--language", "en", "--out", "tea.wav")
    assert (tmp_path / "tea.wav").stat().st_size > 1000
    (tmp_path / "mine.py").write_text(
        "from configs import tiny\n\n\ndef get_config():\n    return tiny.get_config()\n", encoding="utf-8"
    )
    command("prepare", "--config", "mine.py", f"--data.root={small_corpus}", "--data.workers=1")
