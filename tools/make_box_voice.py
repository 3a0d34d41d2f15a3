"""Trains the voice that comes with xtts_jax, anew or on other corpora, and packs it.

python tools/make_box_voice.py --data DIR --workdir runs/box [--out FOLDER] [--set KEY=VALUE ...]

DIR has the corpora of CORPORA; what they are, and under which licenses, is in the model card beside the
weights. Every stage is a command of its own that goes on where it was stopped, and a stage that is finished
is left out: run the same command again after an interruption, or on another machine with the run folders.
All stages take about ten hours on one CPU core.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from xtts_jax.speak.packing import Kept, pack_run

CORPORA = {  # folder: language of what has no column of its own
    "kathleen": "en",
    "kerstin": "de",
    "nathalie": "nl",
    "vctk3": "en-gb",
    "librispeech_voices": "en",
    "speechocean": "en",
    "kokoro": "en",
    "kokoro_more": "en",  # by tools/kokoro_corpus.py: 43 minutes
}
LATER = "kokoro_more"
FIRST_CORPORA = tuple(name for name in CORPORA if name != LATER)
VOICES = {  # speaker: name and line in the packed voice; the first of a language speaks it
    "kathleen/kathleen": ("kathleen", "a woman, American English"),
    "kokoro/hm_omega": ("omega", "a man, Persian"),
    "kokoro/hf_beta": ("beta", "a woman, Persian"),
    "kokoro/am_michael": ("michael", "a man, American English and Persian"),
    "kokoro/af_kore": ("kore", "a woman, American English and Persian"),
    "kokoro/bm_daniel": ("daniel", "a man, British English and Persian"),
    "vctk3/p227": ("p227", "a man, British English"),
    "kerstin/kerstin": ("kerstin", "a woman, German"),
    "nathalie/nathalie": ("nathalie", "a woman, Dutch"),
}


class Stage(NamedTuple):
    """A training that starts from the one before it."""

    name: str
    config: str
    settings: Mapping[str, object]
    corpora: Sequence[str] = FIRST_CORPORA


FROZEN = "voice_encoder/features,voice_encoder/speaker"
ACOUSTIC: dict[str, object] = {
    "data.reference_seconds": 3.0,
    "loss.speaker": 0.3,
    "optim.freeze": FROZEN,
    "optim.learning_rate": 1.5e-3,
}
MAIN_CORPORA = tuple(name for name in CORPORA if any(voice.startswith(f"{name}/") for voice in VOICES))
FINISHING: dict[str, object] = ACOUSTIC | {
    "optim.learning_rate": 1e-3,
    "data.balance": 0,
    "train.steps": 1700,
    "adversarial.start": 150,
}
DEEPER: dict[str, object] = FINISHING | {
    "data.denoise": True,
    "model.encoder_layers": 5,
    "model.decoder_layers": 7,
}
STAGES = (
    Stage("voice", "voice", {"train.steps": 900}),
    Stage("many", "tiny", ACOUSTIC | {"train.steps": 1800, "adversarial.start": 700}),
    Stage("main", "tiny", ACOUSTIC | {"data.balance": 0, "train.steps": 2800, "adversarial.start": 1500}),
    Stage("longer", "tiny", ACOUSTIC | {"data.balance": 0, "train.steps": 2500, "adversarial.start": 900}),
    Stage("focused", "tiny", FINISHING, MAIN_CORPORA),
    Stage("natural", "tiny", FINISHING, (*MAIN_CORPORA, LATER)),
    Stage("deeper", "tiny", DEEPER, (*MAIN_CORPORA, LATER)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder that has the corpora")
    parser.add_argument("--workdir", type=Path, required=True, help="for the runs of the stages")
    parser.add_argument("--out", type=Path, default=Path("xtts_jax/assets/voice"))
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="for every stage")
    options = parser.parse_args()
    before = ""
    for stage in STAGES:
        corpora = collection(options.data, stage.corpora, options.workdir / f"corpora_{len(stage.corpora)}")
        before = train(stage, before, corpora, options.workdir, options.set)
    pack_run(Path(before), options.out, kept=[Kept(speaker, *said) for speaker, said in VOICES.items()])
    command("evaluate", "--ckpt", before, "--speaker", next(iter(VOICES)))


def collection(data: Path, names: Sequence[str], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{(data / name).resolve()}|{CORPORA[name]}\n" for name in names]
    (folder / "corpora.csv").write_text("".join(rows), encoding="utf-8")
    return folder


def train(stage: Stage, before: str, corpora: Path, workdir: Path, more: Sequence[str]) -> str:
    """Trains the stage, or what is left of it; returns its run folder."""
    folder = workdir / stage.name
    places = {"data.root": corpora, "data.cache_dir": workdir / "prepared"}
    settings: dict[str, object] = {**places, **stage.settings}
    if before:
        settings["train.init_from"] = before
    given = [f"--config.{name}={value}" for name, value in settings.items()]
    given += [f"--config.{setting}" for setting in more]
    command("train", "--config", stage.config, "--workdir", folder, *given)
    return str(folder)


def command(*arguments: object) -> None:
    print("$ xtts-jax", *arguments, flush=True)
    if status := subprocess.run([sys.executable, "-m", "xtts_jax", *map(str, arguments)]).returncode:
        sys.exit(status)


if __name__ == "__main__":
    main()
