"""The wheel, installed where there is no checkout: the command trains and speaks, and Python finds types."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from functools import partial
from importlib.metadata import distribution
from pathlib import Path

import pytest
from conftest import ROOT, SMALL_MODEL
from packaging.requirements import Requirement
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
    """A virtual environment with the wheel and what it requires, linked to this one's, so none is fetched."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = next((folder / "lib").glob("python*/site-packages"))
    purelib = Path(sysconfig.get_path("purelib"))
    for name in sorted(required("requirements.txt")):
        for top in {file.parts[0] for file in distribution(name).files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(purelib / top)
    python = str(folder / "bin" / "python")
    install = ["pip", "--python", python, "install", "--quiet", "--no-deps", str(wheel)]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True, timeout=300)
    return folder


def required(*files: str) -> set[str]:
    """The distributions that these files of requirements bring, by name."""
    lines = [line.split("#")[0].strip() for name in files for line in (ROOT / name).read_text().splitlines()]
    pending, found = [Requirement(line) for line in lines if line], set[str]()
    while pending:
        one = pending.pop()
        extras = {"", *one.extras}
        if (one.marker and not one.marker.evaluate({"extra": ""})) or one.name.lower() in found:
            continue
        found.add(one.name.lower())
        for line in distribution(one.name).requires or ():
            below = Requirement(line)
            if not below.marker or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                below.marker = None
                pending.append(below)
    return found


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


def xtts_jax(environment: Path, folder: Path, *arguments: object) -> str:
    """What the command prints, run in a folder."""
    places = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}  # nothing is compiled yet
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JAX_"))}
    done = subprocess.run(
        [str(environment / "bin" / "xtts-jax"), *map(str, arguments)],
        cwd=folder,
        env=clean | places,
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_it_speaks_with_what_its_requirements_bring_and_no_more(environment: Path, tmp_path: Path) -> None:
    xtts_jax(environment, tmp_path, "speak", "--text", "Good morning.", "--out", "hello.wav")
    assert (tmp_path / "hello.wav").stat().st_size > 10_000


@pytest.mark.long
def test_it_trains_and_speaks_outside_the_checkout(
    environment: Path, small_corpus: Path, tmp_path: Path
) -> None:
    command = partial(xtts_jax, environment, tmp_path)
    where = [str(environment / "bin" / "python"), "-c", "import xtts_jax; print(xtts_jax.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(environment)

    values = {f"model.{name}": value for name, value in SMALL_MODEL.items()} | FEW_STEPS
    values |= {"data.root": small_corpus, "data.workers": 1, "preflight.enabled": False}
    values |= {"train.steps": 2, "train.samples": 0}
    options = [f"--config.{name}={value}" for name, value in values.items()]
    command("train", "--config", "tiny", *options)
    xtts_jax(
        environment,
        tmp_path,
        "speak",
        "--ckpt",
        "runs/tiny",
        "--text",
        "Tea.",
        "--language",
        "en",
        "--out",
        "tea.wav",
    )
    assert (tmp_path / "tea.wav").stat().st_size > 1000
    (tmp_path / "mine.py").write_text(
        "from configs import tiny\n\n\ndef get_config():\n    return tiny.get_config()\n", encoding="utf-8"
    )
    xtts_jax(
        environment,
        tmp_path,
        "prepare",
        "--config",
        "mine.py",
        f"--data.root={small_corpus}",
        "--data.workers=1",
    )
