"""The Colab notebook, cell by cell, on CPU with a small model; only its parameters are replaced."""

import zipfile
from pathlib import Path

import nbformat
import numpy as np
import pytest
import soundfile
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

OVERRIDES = [
    "--config.model.width=32",
    "--config.model.ffn_width=64",
    "--config.model.encoder_layers=1",
    "--config.model.decoder_layers=1",
    "--config.model.variance_width=32",
    "--config.model.voice_width=32",
    "--config.data.buckets=1",
    "--config.train.steps=4",
    "--config.train.batch_size=4",
    "--config.train.eval_every=4",
    "--config.train.checkpoint_every=2",
    "--config.train.samples=1",
    "--config.optim.learning_rate=3e-3",
    "--config.preflight.steps=40",
]


def load(root: Path, **parameters: object) -> nbformat.NotebookNode:
    """The notebook with its `parameters` cell replaced; a name that the cell lacks is an error."""
    notebook = nbformat.read(root / "notebooks" / "train_on_colab_tpu.ipynb", as_version=4)
    (cell,) = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    names = {line.split(" = ")[0] for line in cell.source.splitlines()}
    assert set(parameters) == names, "the test must replace every parameter of the notebook, and no other"
    cell.source = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    return notebook


def execute(notebook: nbformat.NotebookNode, folder: Path) -> dict[str, str]:
    """The text that each code cell printed, by cell id."""
    NotebookClient(
        notebook, timeout=540, kernel_name="python3", resources={"metadata": {"path": folder}}
    ).execute()
    return {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def parameters(home: Path, recordings: str, reference: str = "") -> dict[str, object]:
    return {
        "REPOSITORY": "",
        "USE_DRIVE": False,
        "HOME": str(home),
        "NAME": "voice",
        "CONFIG": "configs/tiny.py",
        "RECORDINGS": recordings,
        "LANGUAGE": "en",
        "TEXT": "Never recorded.",
        "REFERENCE": reference,
        "OVERRIDES": OVERRIDES,
    }


def test_saved_notebook_carries_no_outputs(root: Path) -> None:
    notebook = nbformat.read(root / "notebooks" / "train_on_colab_tpu.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")


def test_notebook_outside_a_checkout_asks_for_the_repository(root: Path, tmp_path: Path) -> None:
    notebook = load(root, **parameters(tmp_path, recordings=""))
    with pytest.raises(CellExecutionError, match="REPOSITORY"):
        execute(notebook, tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.long
def test_notebook_trains_speaks_clones_packs_and_resumes(
    root: Path, small_corpus: Path, two_voices: tuple[Path, Path], tmp_path: Path
) -> None:
    printed = execute(load(root, **parameters(tmp_path, str(small_corpus), str(two_voices[0]))), root)
    assert "installing" not in printed["code"], "nothing is missing here"
    assert "Preflight:" in printed["train"]
    workdir = tmp_path / "runs" / "voice"
    speech, rate = soundfile.read(workdir / "speech.wav")
    assert rate == 22050 and len(speech) > 0
    cloned, _ = soundfile.read(workdir / "cloned.wav")
    assert len(cloned) > 0 and not np.array_equal(cloned, speech)
    assert (workdir / "speech.png").stat().st_size > 0
    packed = zipfile.ZipFile(tmp_path / "voice.zip").namelist()
    assert {"config.json", "tokenizer.json", "stats.json"} <= set(packed)
    lines = (workdir / "metrics.jsonl").read_text().splitlines()

    printed = execute(load(root, **parameters(tmp_path, str(small_corpus))), root)
    assert "Traceback" not in printed["train"] and "nothing to clone" in printed["clone"]
    assert (workdir / "metrics.jsonl").read_text().splitlines()[: len(lines)] == lines
