"""From `git clone` to the first sentence heard in a browser, by the commands of README and docs/serving.md.

    python benchmarks/clone_to_speech.py [--repository URL] [--picture docs/page.png]

Everything is made anew in a temporary folder, without pip's cache. Needs `make setup-dev` and Chromium.
Prints when each stage is reached, and the CPU time of what has ended by then. `--picture` keeps the page as
it looks while the sentence is spoken.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from page_user import ask, position_s, wait_for_all
from playwright.sync_api import expect
from web_browser import browsing, loudness, visiting, wait_until

from xtts_jax.commands.endings import run
from xtts_jax.errors import UserError

TEXT = "Good morning! This sentence was typed into a web page, and the words light up while they are spoken."
REPOSITORY = Path(__file__).resolve().parents[1]
PYTHON, SERVE = ".venv/bin/python", [".venv/bin/xtts-jax", "serve", "--port", "0"]
SET_UP = {
    "it can speak": ["make", "setup"],
    "it can serve": [PYTHON, "-m", "pip", "install", "--quiet", "-r", "requirements-serve.txt"],
}
AUDIBLE, PICTURED_S = 0.01, 3.0


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--repository", default=str(REPOSITORY), metavar="URL", help="default: this one")
    parser.add_argument("--picture", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    start = time.perf_counter()

    def reached(stage: str) -> None:
        spent = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = spent.ru_utime + spent.ru_stime
        print(f"{time.perf_counter() - start:6.1f} s {cpu:6.1f} CPU-seconds  {stage}", flush=True)

    with TemporaryDirectory() as folder:
        clone = Path(folder) / "xtts_jax"
        succeed(["git", "clone", "--quiet", options.repository, str(clone)], Path(folder))
        reached("it is cloned")
        for stage, command in SET_UP.items():
            succeed(command, clone)
            reached(stage)
        with served(clone) as url:
            reached("the server is ready")
            hear(url, reached, options.picture)
        reached("the server and the browser are closed")


def succeed(command: Sequence[str], folder: Path) -> None:
    if subprocess.run(command, cwd=folder, env=fresh(), check=False).returncode:
        raise UserError(f"{' '.join(command)} failed; see above.")


def fresh() -> dict[str, str]:
    """The environment without caches of other installations."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JAX_")}
    return kept | {"PIP_NO_CACHE_DIR": "1"}


@contextmanager
def served(clone: Path) -> Iterator[str]:
    """The address of a server that runs meanwhile."""
    with subprocess.Popen(SERVE, cwd=clone, env=fresh(), stderr=subprocess.PIPE, text=True) as server:
        try:
            yield address_in(server.stderr or [])
        finally:
            server.terminate()


def address_in(lines: Iterable[str]) -> str:
    for line in lines:
        sys.stderr.write(line)
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise UserError(f"{' '.join(SERVE)} ended before it could speak; see above.")


def hear(url: str, reached: Callable[[str], None], picture: Path | None) -> None:
    with browsing() as browser, visiting(browser, url, viewport={"width": 1100, "height": 800}) as page:
        expect(page.locator("#model")).not_to_be_empty()
        reached("the page is open")
        ask(page, TEXT)
        wait_until(page, lambda: loudness(page) > AUDIBLE)
        reached("the sentence is heard")
        if picture:
            wait_for_all(page)
            wait_until(page, lambda: position_s(page) > PICTURED_S)
            page.screenshot(path=picture, full_page=True)


if __name__ == "__main__":
    run(main)
