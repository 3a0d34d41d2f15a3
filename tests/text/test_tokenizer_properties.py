"""Properties of any text: the tokenizer's round trip, and the form of normalized text."""

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from xtts_jax.text.languages import LANGUAGES
from xtts_jax.text.normalize import normalize
from xtts_jax.text.normalize.common import MARKS
from xtts_jax.text.tokenizer import Tokenizer

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WRITTEN = "abAB .,?!;:…—-–'\"()[]%$€&@/#+=0123456789۱۲۳٫٬می هاتن\u200c\u064e\u0651ـكي°½\n"
written_text = st.text(st.sampled_from(WRITTEN), max_size=30)


@given(st.lists(any_text, max_size=5))
def test_a_corpus_survives_the_tokenizer(corpus: list[str]) -> None:
    tokenizer = Tokenizer.build(corpus, ["en"], "characters")
    for text in corpus:
        encoded = tokenizer.encode(text)
        assert tokenizer.decode(encoded.ids) == text
        assert encoded.unknown == ()
        assert encoded.ids.min() > 0 and encoded.ids.max() < len(tokenizer)


@given(any_text, any_text)
def test_all_symbols_that_are_lost_are_listed(corpus: str, text: str) -> None:
    tokenizer = Tokenizer.build([corpus], ["en"], "characters")
    encoded = tokenizer.encode(text)
    assert set(encoded.unknown) == set(text) - set(corpus)
    assert tokenizer.decode(encoded.ids) == "".join(c for c in text if c not in encoded.unknown)


@given(st.lists(any_text, max_size=3), st.lists(st.sampled_from(sorted(LANGUAGES)), max_size=4))
def test_a_table_survives_saving_and_loading(corpus: list[str], languages: list[str]) -> None:
    tokenizer = Tokenizer.build(corpus, languages, "phonemes")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        tokenizer.save(path)
        assert Tokenizer.load(path) == tokenizer


@settings(deadline=None)
@given(written_text, st.sampled_from(sorted(LANGUAGES)))
def test_normalized_text_has_no_digits_and_single_spaces(text: str, language: str) -> None:
    spoken = normalize(text, language)
    assert not re.search(rf"\d|\s\s|\s[{MARKS}]|[{MARKS}][^ ]|^[\s{MARKS}]|\s$", spoken)


@settings(deadline=None)
@given(
    st.text(st.sampled_from("bz'-\"() ,.?!…—سبی\u200c\u064e"), max_size=30),
    st.sampled_from(sorted(LANGUAGES)),
)
def test_normalizing_words_and_marks_twice_changes_nothing(text: str, language: str) -> None:
    spoken = normalize(text, language)
    assert normalize(spoken, language) == spoken
