"""benchmarks/accelerator.py with everything cut down, on a CPU."""

import json
from pathlib import Path

import pytest

from benchmarks import accelerator
from xtts_jax.errors import UserError

SMALL = accelerator.Sizes(utterances=2, tokens=8, frames=64, product=64, repeats=1, learning_steps=3)


@pytest.mark.slow
@pytest.mark.long
def test_parts_are_measured_once_and_an_interrupted_run_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = tmp_path / "figures.json"
    command = ["--json", str(figures), "--presets", "tiny", "--parts"]
    accelerator.main([*command, "search", "step tiny", "profile"], SMALL)
    done = json.loads(figures.read_text())
    assert done.keys() == {"device", "search", "step tiny", "profile"}
    assert done["device"]["product_tflop_per_s"] > 0 and done["search"]["by_blocks_s"] > 0
    usual = done["step tiny"]["usual"]
    assert usual["utterances"] == 2 and usual["gib"] > 0 and 0 < usual["share_of_product"] < 10
    assert len(done["profile"]["top_ten_ms_a_step"]) == 10

    capsys.readouterr()
    monkeypatch.setattr(accelerator, "vocoder", lambda sizes: {"times_real_time": sizes.frames})
    accelerator.main([*command, "search", "vocoder"], SMALL)
    printed = capsys.readouterr().out
    assert "vocoder (" in printed and "search" not in printed
    assert json.loads(figures.read_text()) == done | {"vocoder": {"times_real_time": 64}}


def test_unknown_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--parts speed: there are device, search"):
        accelerator.main(["--json", str(tmp_path / "figures.json"), "--parts", "speed"], SMALL)


def test_batch_fills_the_memory_in_powers_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator.parallel, "memory_there", lambda: 100 * 2**30)
    assert accelerator._filling(gib=9.0, utterances=16) == 128
    assert accelerator._filling(gib=60.0, utterances=16) == 16
