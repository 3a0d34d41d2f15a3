"""The rows of the language table: numbers, marks and phonemes."""

import re
import unicodedata

import pytest

from xtts_jax.errors import UserError
from xtts_jax.text import espeak
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.languages import LANGUAGES, get_language
from xtts_jax.text.normalize import normalize
from xtts_jax.text.normalize.common import MARKS
from xtts_jax.text.phonemize import phonemize
from xtts_jax.text.tokenizer import SPECIAL, Tokenizer

SENTENCES = {
    "en": ("The red car stopped near 21 old houses, didn't it?", "kˈɑːɹ"),
    "en-gb": ("The red car stopped near 21 old houses, didn't it?", "kˈɑː "),
    "fa": ("قلب من، ۲۱ کتاب خوب دارد؟", "ɢalb"),
    "de": ("Die schöne Straße hat 21 Häuser, oder nicht?", "ʃˈøːnə"),
    "nl": ("Het huis is 's ochtends 21 graden, goed?", "hˈœys"),
    "fr": ("Les amis ont 21 ans, n'est-ce pas?", "lez amˈi"),
    "es": ("¿Los niños tienen 21 años, no?", "nˈiɲos"),
    "it": ("L'uomo ha 21 gnocchi, un po' freddi?", "ɲˈokːɪ"),
    "pt": ("A canção tem 21 anos, não é?", "sˈɐ̃ʊ̃"),
    "ru": ("У меня есть 21 книга, правда?", "knʲˈiɡ"),
    "tr": ("Bugün 21 ağaç gördüm, değil mi?", "ɟœrdˈøm"),
    "ar": ("عندي ٢١ كتاب، أليس كذلك؟", "kitˈaːb"),
}
NUMBERS = [
    (
        "de",
        "1.234,50 € und 50 %",
        "eintausendzweihundertvierunddreißig Komma fünf null Euro und fünfzig Prozent",
    ),
    ("de", "10–12 Tage", "zehn bis zwölf Tage"),
    ("nl", "'t 2e huis", "'t tweede huis"),
    ("fr", "1 234 euros, le 1er", "mille deux cent trente-quatre euros, le premier"),
    ("fr", "12,5 %", "douze virgule cinq pour cent"),
    ("es", "¿El 1º y la 2ª?", "El primero y la segunda?"),
    ("it", "un po' di 3,5", "un po di tre virgola cinque"),
    ("pt", "25%", "vinte e cinco por cento"),
    ("ru", "3,5 и 21", "три запятая пять и двадцать один"),
    ("tr", "%50", "yüzde elli"),
    ("ar", "١٢؟", "اثنا عشر?"),
    ("ar", "مُحَمَّد", "مُحَم\u0651\u064eد"),
]


def test_every_row_has_a_sentence_here() -> None:
    assert set(SENTENCES) == LANGUAGES.keys(), "a new row needs a sentence here"
    assert all(row.code == code for code, row in LANGUAGES.items())


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_row_phonemizes(code: str) -> None:
    sentence, expected = SENTENCES[code]
    words = normalize(sentence, code)
    symbols = phonemize(words, code)
    assert expected in symbols
    assert symbols.endswith("?") and symbols.count(",") == words.count(",")
    assert not re.search(rf"\s\s|\s[{MARKS}]|^\s|\s$|[0-9()_\"^@*-]", symbols)
    sounds = set(symbols) - set(MARKS + " ")
    assert all(unicodedata.category(symbol) in ("Ll", "Lo", "Lm", "Mn", "Sk") for symbol in sounds), sounds
    assert len(sounds) > 10


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_row_leaves_no_digits_or_signs(code: str) -> None:
    spoken = normalize("12 3.5 1,5 50% $7 -4 8-9 7:45 007 1st x2 & + = @ 3/4", code)
    assert not re.search(r"[\d%$&+=@/:]", spoken), spoken


@pytest.mark.parametrize(("code", "written", "spoken"), NUMBERS)
def test_numbers_of_other_languages_are_spelled_out(code: str, written: str, spoken: str) -> None:
    assert normalize(written, code) == spoken


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("englsh", " Did you mean 'en'?"),
        ("Persain", " Did you mean 'fa'?"),
        ("Germn", " Did you mean 'de'?"),
        ("xx", ""),
    ],
)
def test_an_unknown_language_is_refused_naming_known_and_similar_ones(wrong: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        get_language(wrong)
    assert str(caught.value).startswith(f"Unknown language {wrong!r}.{hint} Known: en, en-gb, fa")


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("EN", "en"), ("en-US", "en"), ("en_US.UTF-8", "en"), (" en-Latn-AU ", "en"), ("en_gb", "en-gb"),
        ("en-GB-x-rp", "en-gb"), ("fa-IR", "fa"), ("fa_IR", "fa"), ("FA-Arab-IR", "fa"), ("pt-BR", "pt"),
        ("DE", "de"), ("English", "en"), ("eng", "en"), ("eng_GB", "en-gb"), ("en-UK", "en-gb"),
        ("British English", "en-gb"), ("English (Britain)", "en-gb"), ("English (Canada)", "en"),
        ("Farsi", "fa"),
        ("persian", "fa"), ("fas", "fa"), ("per", "fa"), ("فارسی", "fa"), ("german", "de"), ("deu", "de"),
        ("ger", "de"), ("Dutch", "nl"), ("fre", "fr"), ("SPA", "es"), ("italian", "it"),
        ("Portuguese (Brazil)", "pt"),
        ("Russian", "ru"), ("tur-TR", "tr"), ("ara", "ar"),
    ],
)  # fmt: skip
def test_a_language_has_many_spellings(tag: str, code: str) -> None:
    assert get_language(tag).code == code
    run = Tokenizer(SPECIAL, tuple(sorted(LANGUAGES)), "characters")
    assert run.languages[run.language_id(tag)] == code


@pytest.mark.parametrize("tag", ["fa", "FA", "fa-IR", "fa_IR"])
def test_a_part_of_a_text_in_another_language_may_have_any_tag(tag: str) -> None:
    frontend = Frontend("characters", {})
    assert frontend(f"Say <{tag}>سلام ۲</{tag}> now.", "en-US") == frontend("Say <fa>سلام ۲</fa> now.", "en")
    with pytest.raises(UserError, match=f"<{tag}> has no partner"):
        frontend(f"Say <{tag}>سلام", "en")


def test_voices_with_and_without_variant_speak() -> None:
    durations = {}
    for voice, text in (("fa+f2", "سلام دنیا"), ("en-us+m3", "Hello world"), ("en-us", "Hello world")):
        samples, rate = espeak.synthesize(text, voice)
        assert samples.dtype.name == "int16" and rate == 22050
        assert abs(samples).max() > 3000
        durations[voice] = len(samples) / rate
    slow, _ = espeak.synthesize("Hello world", "en-us", rate_wpm=90)
    assert len(slow) / 22050 > 1.3 * durations["en-us"]


def test_an_unknown_voice_is_named() -> None:
    for voice in ("fa+zz", "xx-yy"):
        with pytest.raises(UserError, match=re.escape(voice)):
            espeak.synthesize("hello", voice)
