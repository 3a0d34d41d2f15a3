"""benchmarks/matcha_step.py without Matcha-TTS: how it times two steps, and what it says of a bad peer."""

import sys
from pathlib import Path

import pytest

from benchmarks.matcha_step import Case, describe, matcha, measure
from xtts_jax.errors import UserError

ANSWERS = """
import json, sys
print(json.dumps({"params": 3, "gflop": 2.0, "torch": "2"}), flush=True)
for turn, _ in enumerate(sys.stdin):
    print(json.dumps([turn, 10.0 * turn]), flush=True)
"""


def python_that(says: str, folder: Path) -> str:
    """Takes the place of an interpreter, and runs this instead of the script that it is given."""
    path = folder / "python"
    path.write_text(f"#!{sys.executable}\n{says}", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def test_steps_take_turns_and_the_first_does_not_count(tmp_path: Path) -> None:
    order = []

    def ours() -> tuple[float, float]:
        order.append("ours")
        return 1.0, 5.0

    with matcha(python_that(ANSWERS, tmp_path)) as peer:

        def theirs() -> tuple[float, float]:
            order.append("theirs")
            return peer.once()

        first, second = measure([peer._replace(once=theirs), Case("tiny", 7, 4.0, ours)], 3)
    assert order == ["theirs", "ours"] * 4
    assert first[:5] == ("Matcha-TTS, PyTorch 2", 3, 2.0, 2.0, 20.0)
    assert first.frames_per_cpu_s == 16 * 600 / 20 and second.gflop_per_cpu_s == 4.0 / 5
    assert describe(second, first).split()[-2:] == ["4.00", "8.00"]


def test_peer_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(UserError, match="nowhere cannot be started"),
        matcha(f"{tmp_path}/nowhere"),
    ):
        pass
    failing = python_that("raise SystemExit(1)", tmp_path)
    with pytest.raises(UserError, match="The step of Matcha-TTS has failed"), matcha(failing):
        pass
