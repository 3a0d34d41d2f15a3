"""The closed symbol table and its file."""

import json
from pathlib import Path

import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.text.tokenizer import Tokenizer

TOKENIZER = Tokenizer.build(["ba c", "çؤ"], ["fa", "en", "fa"], "phonemes")


def test_ids_are_positions_in_a_sorted_table() -> None:
    assert TOKENIZER.symbols == ("<pad>", "<start>", "<end>", " ", "a", "b", "c", "ç", "ؤ")
    assert TOKENIZER.languages == ("en", "fa")
    assert len(TOKENIZER) == 9


def test_the_order_of_the_corpus_does_not_matter() -> None:
    assert Tokenizer.build(["çؤ", "c ab"], ["en", "fa"], "phonemes") == TOKENIZER


def test_encode_adds_start_and_end_and_lists_unknown_symbols() -> None:
    encoded = TOKENIZER.encode("abxaby")
    assert encoded.ids.dtype == np.int32
    assert encoded.ids.tolist() == [1, 4, 5, 4, 5, 2]
    assert encoded.unknown == ("x", "y")
    assert TOKENIZER.encode("").ids.tolist() == [1, 2]


def test_an_unseen_language_is_an_error_that_names_the_known_ones() -> None:
    assert [TOKENIZER.language_id(code) for code in ("en", "fa")] == [0, 1]
    with pytest.raises(UserError, match=r"'de'.*en, fa"):
        TOKENIZER.language_id("de")


def test_the_file_is_readable_json(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    TOKENIZER.save(path)
    assert Tokenizer.load(path) == TOKENIZER
    assert "ؤ" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "damage",
    [
        {"symbols": ["<pad>", "<start>", "a"]},
        {"symbols": ["<pad>", "<start>", "<end>", "b", "a"]},
        {"symbols": ["<pad>", "<start>", "<end>", "ab"]},
        {"symbols": "abc"},
        {"languages": ["en", "en"]},
        {"languages": [1]},
        {"frontend": "letters"},
        {"extra": 1},
    ],
)
def test_a_damaged_file_is_an_error(tmp_path: Path, damage: dict) -> None:
    path = tmp_path / "tokenizer.json"
    TOKENIZER.save(path)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | damage))
    with pytest.raises(UserError, match=r"tokenizer\.json is damaged"):
        Tokenizer.load(path)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_a_file_that_is_not_a_table_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "t.json").write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        Tokenizer.load(tmp_path / "t.json")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        Tokenizer.load(tmp_path / "none.json")
