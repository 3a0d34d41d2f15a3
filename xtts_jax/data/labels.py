"""A column of names that many utterances share, stored as numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Labels:
    """(n,) strings; indexed, it gives one or several of them as numpy would."""

    codes: np.ndarray  # (n,) int32, index into names
    names: np.ndarray  # str, sorted

    @classmethod
    def of(cls, column: Sequence[str] | np.ndarray) -> "Labels":
        names, codes = np.unique(np.asarray(column, str), return_inverse=True)
        return cls(codes.astype(np.int32), names)

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[str]:
        return (str(self.names[code]) for code in self.codes)

    def __getitem__(self, rows: Any) -> Any:
        return self.names[self.codes[rows]]

    def among(self, rows: np.ndarray) -> np.ndarray:
        """The different names in some rows, sorted."""
        return self.names[np.bincount(self.codes[rows], minlength=len(self.names)) > 0]

    def rows_of(self, name: str, rows: np.ndarray) -> np.ndarray:
        """Those of some rows that have a name."""
        code = np.searchsorted(self.names, name)
        known = code < len(self.names) and self.names[code] == name
        return rows[self.codes[rows] == code] if known else rows[:0]
