"""A prepared corpus: index and records are read on demand."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.chunks import shard_path, shard_size
from xtts_jax.data.index import Index, load_index, stored_record, stored_samples
from xtts_jax.data.settings import read_settings, require_settings
from xtts_jax.data.shards import Record
from xtts_jax.data.statistics import load_stats
from xtts_jax.errors import UserError
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats

KEPT_BYTES = 2 * 1024**3  # most int16 audio kept in memory; larger corpora are decoded every epoch


class Clip(NamedTuple):
    """A record with its tokens."""

    record: Record
    tokens: np.ndarray  # (n,) int32
    language_id: int


@dataclass(frozen=True)
class Corpus:
    folder: Path
    settings: dict[str, Any]
    tokenizer: Tokenizer
    stats: Stats
    index: Index
    _kept: dict[int, Clip] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def open(cls, folder: Path) -> "Corpus":
        """Opens a prepared folder; raises `UserError` if it is incomplete or damaged."""
        folder = Path(folder)
        settings = read_settings(folder)
        index = load_index(folder / "index.npz")
        _require_shards(folder, index)
        tokenizer = Tokenizer.load(folder / "tokenizer.json")
        return cls(folder, settings, tokenizer, load_stats(folder / "stats.json"), index)

    def require(self, config: Config) -> None:
        """Raises `UserError` if the corpus was prepared with other settings."""
        require_settings(self.settings, config, self.folder)

    def with_tables_of(self, workdir: Path) -> "Corpus":
        """With the statistics of the run or packed voice in `workdir`, and its symbols and languages too."""
        tokenizer = self.tokenizer.joined(Tokenizer.load(workdir / "tokenizer.json"))
        return replace(self, tokenizer=tokenizer, stats=load_stats(workdir / "stats.json"), _kept={})

    def of_run(self, workdir: Path) -> "Corpus":
        """As the run in `workdir` sees it; `UserError` where it does not know all symbols and languages."""
        if not Tokenizer.load(workdir / "tokenizer.json").covers(self.tokenizer):
            raise UserError(
                f"The corpus in {self.folder} has other symbols or languages than {workdir} was trained on. "
                "Restore the recordings and texts of that time, or train a new run."
            )
        return self.with_tables_of(workdir)

    def __len__(self) -> int:
        return len(self.index.id)

    @cached_property
    def train(self) -> np.ndarray:
        """(k,) int32 indices of the training utterances."""
        return np.flatnonzero(~self.index.validation).astype(np.int32)

    @cached_property
    def validation(self) -> np.ndarray:
        """(k,) int32 indices of the validation utterances."""
        return np.flatnonzero(self.index.validation).astype(np.int32)

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        return tuple(self.index.speaker.names.tolist())

    @cached_property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.index.language.names.tolist())

    def record(self, i: int) -> Record:
        return self.clip(i).record

    def clip(self, i: int) -> Clip:
        """Record i, decoded and tokenized; cached if the corpus is small."""
        i = int(i)
        if i in self._kept:
            return self._kept[i]
        record = stored_record(self.folder, self.index, i)
        tokens = np.asarray(self.tokenizer.encode(record.symbols).ids, np.int32)
        clip = Clip(record, tokens, self.tokenizer.language_id(record.language))
        if self._fits_in_memory:
            self._kept[i] = clip
        return clip

    def samples(self, i: int, part: slice) -> np.ndarray:
        """A part of the samples of record i, int16; of a large corpus, the others are not decoded."""
        if self._fits_in_memory:
            return self.clip(i).record.audio[part]
        return stored_samples(self.folder, self.index, int(i), part)

    @cached_property
    def _fits_in_memory(self) -> bool:
        samples = int(self.index.frames.sum(dtype=np.int64)) * self.settings["audio"]["hop_length"]
        return samples * 2 <= KEPT_BYTES


def _require_shards(folder: Path, index: Index) -> None:
    for name, size in zip(index.shard_names, index.shard_bytes, strict=True):
        if shard_size(folder, name) != size:
            raise UserError(
                f"The shard {shard_path(folder, name)} is missing or incomplete. Prepare the corpus again "
                "with `xtts-jax prepare` and the same settings."
            )
