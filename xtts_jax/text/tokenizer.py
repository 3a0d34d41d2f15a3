"""The tokenizer: a closed table of symbols, built from the corpus and stored with the run."""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from xtts_jax.errors import FieldError, UserError
from xtts_jax.text.languages import language_code

SPECIAL = ("<pad>", "<start>", "<end>")
PAD, START, END = range(3)


class Encoded(NamedTuple):
    ids: np.ndarray  # (n,) int32, including <start> and <end>
    unknown: tuple[str, ...]  # distinct symbols that are not in the table; `ids` omits them


@dataclass(frozen=True)
class Tokenizer:
    """Ids are positions in `symbols` (the three special ones, then the others, sorted) and `languages`."""

    symbols: tuple[str, ...]
    languages: tuple[str, ...]
    frontend: str  # "phonemes", "characters" or "none"

    @classmethod
    def build(cls, texts: Iterable[str], languages: Iterable[str], frontend: str) -> "Tokenizer":
        """The table of all code points in `texts`; the order of texts and languages does not matter."""
        return cls(SPECIAL + tuple(sorted(set().union(*texts))), tuple(sorted(set(languages))), frontend)

    def joined(self, other: "Tokenizer") -> "Tokenizer":
        """With the symbols and languages of another as well, unless it is of another front end."""
        if other.frontend != self.frontend:
            return self
        texts = ("".join(each.symbols[len(SPECIAL) :]) for each in (self, other))
        return Tokenizer.build(texts, self.languages + other.languages, self.frontend)

    def covers(self, other: "Tokenizer") -> bool:
        """Whether it knows all that the other does."""
        known = {*other.symbols} <= {*self.symbols} and {*other.languages} <= {*self.languages}
        return known and other.frontend == self.frontend

    def __len__(self) -> int:
        return len(self.symbols)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {symbol: i for i, symbol in enumerate(self.symbols)}

    def encode(self, symbols: str) -> Encoded:
        known = [self._ids[symbol] for symbol in symbols if symbol in self._ids]
        unknown = tuple(dict.fromkeys(symbol for symbol in symbols if symbol not in self._ids))
        return Encoded(np.array([START, *known, END], np.int32), unknown)

    def decode(self, ids: Iterable[int]) -> str:
        return "".join(self.symbols[int(i)] for i in ids if int(i) >= len(SPECIAL))

    def language_id(self, tag: str) -> int:
        """The id of a language in any spelling of its tag; `UserError` if the run has not seen it."""
        code = language_code(tag)
        if code not in self.languages:
            raise FieldError(
                "{language} must be one that the run has learned, not {code!r}: {known}. To add another, "
                "train on recordings of it.",
                code=tag,
                known=", ".join(self.languages),
            )
        return self.languages.index(code)

    def save(self, path: Path | str) -> None:
        Path(path).write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path | str) -> "Tokenizer":
        """Reads what `save` wrote; `UserError` if the file is missing or damaged."""
        try:
            values = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            raise UserError(f"The tokenizer {path} cannot be read ({error.strerror}). {_FIX}") from error
        except ValueError as error:
            raise UserError(f"The tokenizer {path} is damaged ({error}). {_FIX}") from error
        complaint = _complaint(values)
        if complaint:
            raise UserError(f"The tokenizer {path} is damaged: {complaint}. {_FIX}")
        return cls(tuple(values["symbols"]), tuple(values["languages"]), values["frontend"])


_FIX = "Copy it again from where its folder came from, or, if that is a prepared corpus, prepare it again."


def _complaint(values: Any) -> str:
    if not isinstance(values, dict) or values.keys() != {"symbols", "languages", "frontend"}:
        return "it must have the keys symbols, languages and frontend, and no others"
    symbols, languages = values["symbols"], values["languages"]
    if not _strings(symbols) or not _strings(languages):
        return "symbols and languages must be lists of strings"
    own = symbols[len(SPECIAL) :]
    if tuple(symbols[: len(SPECIAL)]) != SPECIAL or any(len(symbol) != 1 for symbol in own):
        return f"symbols must begin with {' '.join(SPECIAL)}, followed by single characters"
    if own != sorted(set(own)) or len(set(languages)) != len(languages):
        return "symbols must be sorted, and no symbol or language may occur twice"
    if values["frontend"] not in ("phonemes", "characters", "none"):
        return "frontend must be phonemes, characters or none"
    return ""


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def spell_out(symbol: str) -> str:
    """A readable description of a symbol: itself, its code point and its Unicode name."""
    return f"{symbol!r} (U+{ord(symbol):04X} {unicodedata.name(symbol, 'unnamed')})"
