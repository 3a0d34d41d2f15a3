"""Mels predicted by an acoustic model, so that a vocoder learns from what it gets at synthesis.

Durations and prosody are those of the recordings, so that each predicted frame belongs to a recorded one
(Shen et al. 2018, section 2.3: "ground truth-aligned" predictions).
"""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
from tqdm import tqdm

from xtts_jax.audio.mel import require_same_mel
from xtts_jax.config import Config
from xtts_jax.data.batching import alignable
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.crops import Mels
from xtts_jax.data.pipeline import fixed_plan, load_batch
from xtts_jax.errors import UserError
from xtts_jax.models.features import denormalize_mel, extract
from xtts_jax.models.initial import param_shapes
from xtts_jax.models.xtts import XTTS, apply
from xtts_jax.runs.params import find_step, load_params
from xtts_jax.runs.settings import read_config_of
from xtts_jax.runs.shapes import require_shapes
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.train.state import Params
from xtts_jax.types import Batch

FILE = "predictions.npy"  # in the vocoder's run folder; 50 MB an hour of speech


def predict(corpus: Corpus, config: Config, workdir: Path) -> Mels:
    """The predictions of the run `config.vocoder.acoustic`, computed once and then read from `workdir`.

    Raises `UserError` where that run has another mel, or other symbols than this corpus.
    """
    run = Path(config.vocoder.acoustic).expanduser()
    acoustic = acoustic_config(config)
    corpus = _as_seen(corpus, acoustic, run)
    config = dataclasses.replace(config, model=acoustic.model)  # its decoder positions
    everyone = np.arange(len(corpus))
    ends = np.cumsum(corpus.index.frames, dtype=np.int64)
    starts, path = ends - corpus.index.frames, workdir / FILE
    if not path.exists():
        partial = path.with_suffix(".partial")
        shape = (int(ends[-1]), config.audio.n_mels)
        frames = np.lib.format.open_memmap(partial, "w+", np.float16, shape)
        params, _ = load_params(run)
        model = XTTS(acoustic, len(corpus.tokenizer), len(corpus.tokenizer.languages))
        require_shapes(params, param_shapes(model), run)
        for i, mel in _predicted(model, params, corpus, config, run):
            frames[starts[i] : ends[i]] = mel[: corpus.index.frames[i]]
        frames.flush()
        partial.replace(path)
    return Mels(np.load(path, mmap_mode="r"), starts, alignable(corpus, everyone, config))


def acoustic_config(config: Config) -> Config:
    """The configuration of the run `config.vocoder.acoustic`, an acoustic model's.

    Raises `UserError` where it is another model's, has no checkpoint, or another mel.
    """
    run = Path(config.vocoder.acoustic).expanduser()
    try:
        acoustic = read_config_of(run, "acoustic")
        find_step(run)
    except UserError as error:
        raise UserError(f"vocoder.acoustic is {run}, which cannot be used. {error}") from error
    require_same_mel(config.audio, acoustic.audio, f"the run in {run}", "leave vocoder.acoustic empty")
    return acoustic


def _as_seen(corpus: Corpus, acoustic: Config, run: Path) -> Corpus:
    if not Tokenizer.load(run / "tokenizer.json").covers(corpus.tokenizer):
        raise UserError(
            f"vocoder.acoustic is {run}, whose symbols or languages are not those of {corpus.folder}. "
            f"Train the vocoder on the corpus of that run: data.root={acoustic.data.root!r}, "
            f"data.frontend={acoustic.data.frontend!r}."
        )
    return corpus.with_tables_of(run)


def _predicted(
    model: XTTS, params: Params, corpus: Corpus, config: Config, run: Path
) -> Iterator[tuple[int, np.ndarray]]:
    """The index of each utterance that can be aligned, and its (t, m) mel, padded."""
    stats = corpus.stats

    @jax.jit
    def speak(params: Params, batch: Batch) -> jax.Array:
        features = extract(batch, config.audio, stats)
        outputs = apply(model, params, lambda m: m(features, train=False))
        return denormalize_mel(outputs.mel, stats)

    plan = list(fixed_plan(corpus, config, np.arange(len(corpus))))
    for planned, valid in tqdm(plan, f"predictions of {run}", unit="batch"):
        mels = np.asarray(speak(params, load_batch(corpus, config, planned)))
        yield from zip(planned.indices[valid], mels[valid], strict=True)
