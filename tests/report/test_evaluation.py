"""The table of where quality is lost, on the page of a run."""

import json
from pathlib import Path

import numpy as np
import soundfile

from xtts_jax.judge import rows
from xtts_jax.report.evaluation import TITLES, evaluation
from xtts_jax.runs.settings import EVALUATION, REPORT


def test_every_row_has_its_figures_and_a_player(tmp_path: Path) -> None:
    figure = {"mean": 0.25, "low": 0.2, "high": 0.3}
    said = {"ids": ["a/1"], "texts": ['say "it"'], "languages": ["en"]}
    speech = {
        "rows": {row: {"wer": figure, "p808": figure, "heard": ["x"]} for row in rows.ROWS},
        "sentences": dict.fromkeys(rows.ROWS, said),
        "conclusion": "Most is lost in the <decoder>.",
    }
    folder = tmp_path / EVALUATION
    (folder / "free").mkdir(parents=True)
    (folder / REPORT).write_text(json.dumps({"step": 1200, "speech": speech}))
    soundfile.write(folder / "free" / "a_1.wav", np.zeros(100), 22050)
    page = evaluation(tmp_path)
    assert page.count("0.250 <small>±0.050</small>") == 2 * len(rows.ROWS)
    assert page.count("<audio") == 1 and "say &quot;it&quot;" in page
    assert "Step 1,200" in page and "&lt;decoder&gt;" in page
    assert set(TITLES) == set(rows.ROWS)


def test_a_run_that_was_not_evaluated_says_how_to(tmp_path: Path) -> None:
    assert "xtts-jax evaluate --ckpt" in evaluation(tmp_path)
    (tmp_path / EVALUATION).mkdir()
    (tmp_path / EVALUATION / REPORT).write_text('{"step": 3, "model": {}}')
    assert "None yet" in evaluation(tmp_path)
