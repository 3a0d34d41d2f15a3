"""A small recogniser for tests, trained briefly on a corpus of a few sentences."""

from pathlib import Path

import soundfile

from configs import recogniser
from xtts_jax import config as configuration
from xtts_jax.config import Config
from xtts_jax.data import demo_corpus
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.prepare import prepare
from xtts_jax.text import espeak
from xtts_jax.train.loop import train

SMALL = {
    "width": 48,
    "heads": 2,
    "ffn_width": 64,
    "conv_layers": 2,
    "layers": 1,
    "dropout": 0.0,
    "warp": 0.02,
    "bin_mask": 2,
    "time_mask": 2,
}
CLIPS = 4  # per language


def make_corpus(folder: Path) -> Path:
    """The shortest sentences of the demo corpus in both languages, in one voice of espeak-ng."""
    (folder / "wavs").mkdir(parents=True)
    rows = ["id|speaker|language|text"]
    for language, voice in demo_corpus.ESPEAK_LANGUAGES.items():
        sentences = sorted(demo_corpus.sentences(language), key=lambda text: (len(text), text))
        for i, text in enumerate(sentences[:CLIPS]):
            audio, rate = espeak.synthesize(text, f"{voice}+f2")
            soundfile.write(folder / "wavs" / f"{language}_{i}.wav", audio, rate)
            rows.append(f"{language}_{i}|f2|{language}|{text}")
    (folder / "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder


def config_of(root: Path, cache: Path, steps: int) -> Config:
    values = recogniser.get_config()
    values.recogniser.update(SMALL)
    values.data.update({"root": str(root), "cache_dir": str(cache), "workers": 1, "buckets": 1})
    values.optim.update({"learning_rate": 4e-3, "warmup_steps": 20, "ema_decay": 0.9})
    values.train.update({"batch_size": 7, "steps": steps, "eval_every": steps, "checkpoint_every": steps})
    values.preflight.update({"enabled": False, "steps": 20})
    return configuration.build(values)


def trained(folder: Path, steps: int) -> Path:
    """Trains a run and returns its folder; the corpus and its prepared form are beside it."""
    config = config_of(make_corpus(folder / "corpus"), folder / "prepared", steps)
    train(config, folder / "run", Corpus.open(prepare(config)))
    return folder / "run"
