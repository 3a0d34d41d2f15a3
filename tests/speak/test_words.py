"""The written words of what is said."""

from collections.abc import Sequence

import pytest

from xtts_jax.errors import TextError
from xtts_jax.speak.words import written_words
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.markup import parse
from xtts_jax.text.spans import Span

FRONTENDS = {kind: Frontend(kind, {}) for kind in ("phonemes", "characters")}


def words(text: str, language: str = "en", kind: str = "phonemes") -> list[tuple[str, str]]:
    """Every written word with its symbols."""

    def spell(spans: Sequence[Span]) -> str:
        try:
            return FRONTENDS[kind].read(spans, language)
        except TextError:
            return ""

    spans = parse(text, language).spans
    symbols = FRONTENDS[kind].read(spans, language)
    return [(word.text, symbols[word.first : word.end]) for word in written_words(spans, symbols, spell)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I am here, of the", [("I", "aɪ"), ("am", "ɐm"), ("here,", "hˈɪɹ,"), ("of", "ʌv"), ("the", "ðə")]),
        ("She's at 5 km.", [("She's", "ʃiːz"), ("at", "æt"), ("5", "fˈaɪv"), ("km.", "kɪlˈɑːmɪɾɚz.")]),
        (
            "It was $5.50 — so",
            [("It", "ɪt"), ("was", "wʌz"), ("$5.50", "fˈaɪv dˈɑːlɚz ænd fˈɪfti sˈɛnts—"), ("so", "sˈoʊ")],
        ),
        ("a <sub alias='World Wide Web'>WWW</sub>!", [("a", "ɐ"), ("WWW!", "wˈɜːld wˈaɪd wˈɛb!")]),
        (
            "x [[a b]] <fa>سلام دنیا</fa>.",
            [("x", "ˈɛks"), ("a b", "a b"), ("سلام", "salɑm"), ("دنیا.", "donjɑ.")],
        ),
        ("<b>Hel</b>lo * 😀 dear", [("Hello", "həlˈoʊ"), ("dear", "dˈɪɹ")]),
    ],
)
def test_words_have_their_own_symbols(text: str, found: list[tuple[str, str]]) -> None:
    assert words(text) == found


def test_no_symbol_is_lost_and_none_is_shared() -> None:
    for text in ("On 10 June 2024, $5 million (or 3:45 pm) was 50% of the total", "that has been paid to me"):
        said = words(text)
        whole = FRONTENDS["phonemes"](text, "en")
        assert "".join(symbols for _, symbols in said).replace(" ", "") == whole.replace(" ", "")
        assert " ".join(word for word, _ in said) == text


def test_letters_are_aligned_too() -> None:
    assert words("It's 5 o'clock.", kind="characters") == [
        ("It's", "it's"),
        ("5", "five"),
        ("o'clock.", "o'clock."),
    ]


def test_persian_words_are_found() -> None:
    found = [("۲۵", "bist o pandʒ"), ("نفر،", "nafar,"), ("کتابِ", "ketɑbe"), ("من", "man")]
    assert words("۲۵ نفر، کتابِ من", "fa") == found


def test_without_words_there_are_none() -> None:
    assert written_words([], "", lambda spans: "") == ()
