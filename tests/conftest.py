"""The settings and fixtures of all tests: CPU, a persistent compile cache, shape checks, a small model.

XTTS_JAX_TYPECHECK=0 disables the run-time shape checks, to see whether they are what makes a test slow.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
CHECKED = ["xtts_jax.audio", "xtts_jax.models", "xtts_jax.losses"]

# Set before the first import of jax or of the package; child processes inherit them.
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_COMPILATION_CACHE_DIR"] = str(ROOT / ".cache" / "jax")
os.environ["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
os.environ["JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES"] = "0"
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"  # most tests compile for longer than they run
# librosa compiles with numba, whose cache is damaged, and crashes later readers, when two workers write it.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
os.environ["NUMBA_CACHE_DIR"] = str(ROOT / ".cache" / f"numba-{WORKER}")

import jax
import pytest
import soundfile
from jaxtyping import install_import_hook

jax.config.update("jax_numpy_rank_promotion", "raise")

if os.environ.get("XTTS_JAX_TYPECHECK", "1") != "0":
    install_import_hook(CHECKED, "beartype.beartype")

from configs import tiny
from xtts_jax import config as configuration
from xtts_jax.data import demo_corpus
from xtts_jax.models import decoders
from xtts_jax.text import espeak

if TYPE_CHECKING:
    from xtts_jax.speak.synthesizer import Synthesizer

MOST_MAPS = 10_000

# The default decoder is in every test run, the others only in `make test-all`.
EVERY_DECODER = [
    decoders.NAMES[0],
    *(pytest.param(name, marks=pytest.mark.long) for name in decoders.NAMES[1:]),
]
SMALL_MODEL = {
    "width": 32,
    "heads": 2,
    "ffn_width": 64,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "variance_width": 32,
    "voice_width": 32,
    "style_tokens": 4,
    "style_heads": 2,
}


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The recordings and sentences beside some checkouts, which must not be copied into the project."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        pytest.skip("the recordings of ../shared/data are not on this machine")
    return folder


@pytest.fixture(scope="module")
def optimized() -> Iterator[None]:
    """Compiles with all optimizations, for programs that run for longer than they compile."""
    jax.config.update("jax_disable_most_optimizations", False)
    yield
    jax.config.update("jax_disable_most_optimizations", True)


@pytest.fixture(scope="module", autouse=True)
def few_memory_maps() -> Iterator[None]:
    """Drops compiled programs that hold many memory maps, of which Linux allows a process 65530."""
    yield
    maps = Path("/proc/self/maps")
    if maps.exists() and len(maps.read_bytes().splitlines()) > MOST_MAPS:
        jax.clear_caches()
        gc.collect()


@pytest.fixture(scope="session")
def tiny_config() -> configuration.Config:
    """`configs/tiny.py` with a model that compiles and runs quickly."""
    config = tiny.get_config()
    config.model.update(SMALL_MODEL)
    config.adversarial.start = 0
    return configuration.build(config)


@pytest.fixture(scope="session")
def small_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus folder with a header: two voices, English and Persian, 32 short clips by espeak-ng."""
    folder = tmp_path_factory.mktemp("small_corpus")
    (folder / "wavs").mkdir()
    rows = ["id|speaker|language|text"]
    for language, voice in demo_corpus.ESPEAK_LANGUAGES.items():
        short = sorted(demo_corpus.sentences(language), key=lambda text: (len(text), text))[:8]
        for variant in ("f2", "m3"):
            for i, text in enumerate(short):
                name = f"{language}_{variant}_{i}"
                audio, rate = espeak.synthesize(text, f"{voice}+{variant}")
                soundfile.write(folder / "wavs" / f"{name}.wav", audio, rate)
                rows.append(f"{name}|{variant}|{language}|{text}")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def recogniser_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a tiny recogniser that has memorized its few utterances."""
    from recogniser_run import trained

    return trained(tmp_path_factory.mktemp("recogniser"), steps=120)


@pytest.fixture(scope="session")
def speaking_run(tmp_path_factory: pytest.TempPathFactory, tiny_config: configuration.Config) -> Path:
    """The folder of a run that can speak, with random params; `speaking_run.py` describes it."""
    from speaking_run import write_run

    workdir = tmp_path_factory.mktemp("speaking_run")
    write_run(workdir, tiny_config)
    return workdir


@pytest.fixture(scope="session")
def synthesizer(speaking_run: Path) -> "Synthesizer":
    """Loaded once for all tests, so that nothing is compiled twice."""
    from xtts_jax.speak.synthesizer import Synthesizer

    return Synthesizer(speaking_run, iterations=2)


@pytest.fixture(scope="session")
def two_voices(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Recordings of a low and a high voice."""
    folder = tmp_path_factory.mktemp("two_voices")
    for name in ("m3", "f2"):
        soundfile.write(folder / f"{name}.wav", *espeak.synthesize("A man sat there.", f"en-us+{name}"))
    return folder / "m3.wav", folder / "f2.wav"
