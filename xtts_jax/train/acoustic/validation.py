"""How good an acoustic model is on recordings it never trained on, compared with the baselines."""

from itertools import islice
from typing import NamedTuple

import jax
import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.batching import PlannedBatch
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.labels import Labels
from xtts_jax.data.pipeline import fixed_plan, load_batch
from xtts_jax.models.xtts import XTTS
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.step import make_eval_step
from xtts_jax.train.baselines import baselines
from xtts_jax.train.state import Params
from xtts_jax.types import Batch

SHUFFLED_BATCHES = 2  # in the validation set that are evaluated again with other texts and other references


class Validator:
    """The validation pass: compiled once, batches and baselines kept in memory."""

    def __init__(self, model: XTTS, corpus: Corpus, config: Config) -> None:
        planned = list(islice(fixed_plan(corpus, config, corpus.validation), config.train.eval_batches))
        self.batches = [(load_batch(corpus, config, plan), valid) for plan, valid in planned]
        self.baselines = baselines(
            [batch for batch, _ in self.batches], config.audio, [v for _, v in self.batches]
        )
        few = self.batches[:SHUFFLED_BATCHES]
        self._backwards = [(texts_backwards(batch), valid) for batch, valid in few]
        self._swapped = [
            (load_batch(corpus, config, references_exchanged(plan, valid, corpus.index.speaker)), valid)
            for plan, valid in planned[:SHUFFLED_BATCHES]
        ]
        self._several_speakers = len(corpus.speakers) > 1
        self._compared = sum(int(valid.sum()) for _, valid in few)
        self._step = parallel.compile_step(make_eval_step(model, corpus.stats), donate_state=False)

    def __call__(self, replicated_params: Params) -> dict[str, float]:
        """Metrics in nat and frames, by name, without the `eval/` they are logged under."""
        results = [self._evaluate(replicated_params, pair) for pair in self.batches]
        parts, own = [result.sums for result in results], results[:SHUFFLED_BATCHES]
        sums = {name: sum(part[name] for part in parts) for name in parts[0]}
        metrics = {
            "mel_l1_teacher": sums["mel_l1_teacher"] / sums["frames"],
            "mel_l1_free": sums["mel_l1_free"] / sums["frames"],
            "duration_error_frames": sums["duration_error_frames"] / sums["tokens"],
            "length_ratio": sums["predicted_frames"] / sums["frames"],
            "variance_ratio": sums["variance_free"] / sums["variance_recorded"],
            "mel_l1_best_constant": self.baselines.constant,
            "mel_l1_previous_frame": self.baselines.previous,
            "shuffled_utterances": self._compared,
            "mel_l1_unshuffled": _teacher_error(own),
        }
        shuffled = {"text": self._backwards}
        if self._several_speakers:
            shuffled["reference"] = self._swapped
        for name, pairs in shuffled.items():
            others = [self._evaluate(replicated_params, pair) for pair in pairs]
            metrics[f"mel_l1_{name}_shuffled"] = _teacher_error(others)
            metrics[f"mel_change_{name}_shuffled"] = _largest_change(own, others)
        return metrics

    def _evaluate(self, replicated_params: Params, pair: tuple[Batch, np.ndarray]) -> "_Result":
        sums, mel = self._step(replicated_params, *parallel.shard(pair))
        totals = jax.device_get(parallel.unreplicate(sums))
        return _Result({name: float(value) for name, value in totals.items()}, mel)


class _Result(NamedTuple):
    """What the evaluation of a batch gave."""

    sums: dict[str, float]
    mel: jax.Array  # normalized, given the recording's timing


def texts_backwards(batch: Batch) -> Batch:
    """Every text reversed between <start> and <end>."""
    tokens = batch.tokens.copy()
    for row, length in zip(tokens, batch.text_lengths, strict=True):
        row[1 : length - 1] = row[1 : length - 1][::-1].copy()
    return batch._replace(tokens=tokens)


def references_exchanged(
    planned: PlannedBatch, valid: np.ndarray, speakers: Labels | np.ndarray
) -> PlannedBatch:
    """Every utterance with the reference of the next one in its batch by another speaker, if there is one.

    speakers: of every utterance in the corpus.
    """
    own, size = speakers[planned.indices], len(valid)

    def stranger(row: int) -> int:
        following = ((row + step) % size for step in range(1, size))
        return next((other for other in following if valid[other] and own[other] != own[row]), row)

    source = np.array([stranger(row) for row in range(size)])
    return planned._replace(
        reference_indices=planned.reference_indices[source], crop_seeds=planned.crop_seeds[source]
    )


def _teacher_error(results: list[_Result]) -> float:
    sums = [result.sums for result in results]
    return sum(part["mel_l1_teacher"] for part in sums) / sum(part["frames"] for part in sums)


def _largest_change(ones: list[_Result], others: list[_Result]) -> float:
    pairs = zip(ones, others, strict=True)
    return max(float(np.abs(_mel(one) - _mel(other)).max()) for one, other in pairs)


def _mel(result: _Result) -> np.ndarray:
    return parallel.unshard(result.mel)
