"""How well a recognizer reads sounds from recordings it never trained on."""

from itertools import islice

import jax
import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import fixed_plan, load_batch
from xtts_jax.listen.edit_distance import error_rates
from xtts_jax.models.recogniser import Recogniser
from xtts_jax.text.sounds import phones
from xtts_jax.train import parallel
from xtts_jax.train.recogniser.step import Heard, make_hearing
from xtts_jax.train.state import Params


class RecogniserValidator:
    """Phoneme error rates on held-out recordings, in all and by language."""

    def __init__(self, model: Recogniser, corpus: Corpus, config: Config, said: np.ndarray) -> None:
        planned = islice(fixed_plan(corpus, config, corpus.validation), config.train.eval_batches)
        self._batches = [(plan.indices, load_batch(corpus, config, plan), valid) for plan, valid in planned]
        self._corpus = corpus
        self._hear = parallel.compile_step(
            make_hearing(model, config, corpus.stats, said), donate_state=False
        )
        self.heard: list[tuple[str, str, str]] = []  # id, spoken, recognized; set by the last call

    def __call__(self, replicated_params: Params) -> dict[str, float]:
        """Metrics by name, without the `eval/` they are logged under."""
        self.heard, languages, errors, symbols = [], [], 0.0, 0
        for indices, batch, valid in self._batches:
            shards = parallel.shard((batch, valid))
            heard: Heard = jax.device_get(parallel.unreplicate(self._hear(replicated_params, *shards)))
            for row in np.flatnonzero(heard.valid[: len(indices)]).tolist():
                self.heard.append(self._texts(int(indices[row]), heard, row))
                languages.append(str(self._corpus.index.language[indices[row]]))
            errors += float(heard.errors[heard.valid].sum())
            symbols += int(heard.reference_lengths[heard.valid].sum())
        said = [phones(said) for _, said, _ in self.heard]
        found = [phones(found) for _, _, found in self.heard]
        rates = error_rates(said, found, languages)
        return {
            "per": rates.all,
            "per_wrong_text": rates.wrong,
            "length_ratio": sum(map(len, found)) / max(sum(map(len, said)), 1),
            "loss": errors / max(symbols, 1),
            **{f"per/{language}": rate for language, rate in rates.languages.items()},
        }

    def _texts(self, index: int, heard: Heard, row: int) -> tuple[str, str, str]:
        decode = self._corpus.tokenizer.decode
        said = decode(heard.reference[row, : heard.reference_lengths[row]])
        return str(self._corpus.index.id[index]), said, decode(heard.symbols[row, : heard.lengths[row]])
