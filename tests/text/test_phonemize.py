"""What the phonemes keep, drop and distinguish."""

import subprocess
import sys
from pathlib import Path

import pytest

from xtts_jax.text import espeak
from xtts_jax.text.normalize import normalize
from xtts_jax.text.phonemize import phonemize

Z = "\u200c"


def say(text: str, language: str) -> str:
    return phonemize(normalize(text, language), language)


def test_english_keeps_stress_length_and_punctuation() -> None:
    assert say("Hello, world!", "en") == "həlˈoʊ, wˈɜːld!"
    assert say("Wait… what? No; yes: well— so.", "en").count(" ") == 5


@pytest.mark.parametrize("mark", ",.?!;:…—")
def test_every_mark_stays_after_its_word(mark: str) -> None:
    assert say(f"red{mark} blue", "en") == f"ɹˈɛd{mark} blˈuː"


def test_written_short_vowels_are_pronounced_in_persian() -> None:
    assert say("مَرد", "fa") == "mard"
    assert say("مُرد", "fa") == "mord"
    assert say("گُل", "fa") != say("گِل", "fa")
    assert say("کتابِ من", "fa") == "ketɑbe man"


def test_doubled_consonants_are_pronounced_in_any_order_of_marks() -> None:
    for order in ("مُدَرِّس", "مُدَر\u0651\u0650س", "مُدَر\u0650\u0651س"):
        assert say(order, "fa") == "modarres"
    assert say("مُحَمَّد", "ar") == "muħˈammad"


def test_persian_has_no_stress_length_or_engine_names() -> None:
    symbols = say("قلب غمگین خانه‌ای دانش‌آموز hello را می‌بیند", "fa")
    assert symbols.startswith("ɢalb ɢamɡin")
    assert not set("ˈˌː1q()") & set(symbols)
    assert " hələʊ rɑ " in symbols  # without (en)...(fa) around it


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        (f"می{Z}روم", "miravam"),
        ("می روم", "miravam"),
        (f"خانه{Z}ها", "xɑnehɑ"),
        ("خانه ها", "xɑnehɑ"),
        (f"خسته{Z}ام", "xasteam"),
        ("حتماً", "hatman"),
        ("خانهٔ ما", "xɑneje mɑ"),
        ("خانۀ ما", "xɑneje mɑ"),
        ("كتاب", "ketɑb"),
    ],
)
def test_zwnj_and_arabic_letters_are_read_correctly_in_persian(typed: str, heard: str) -> None:
    assert say(typed, "fa") == heard


def test_american_and_british_english_differ() -> None:
    assert say("car", "en") != say("car", "en-gb")


@pytest.mark.parametrize(
    ("written", "ending"),
    [
        ("Two PCs, please.", "iːz, plˈiːz."),
        ("MPs", "iːz"),
        ("FBI's", "aɪz"),
        ("the GPUs!", "uːz!"),
        ("VIPs", "iːz"),
    ],
)
def test_the_ending_of_a_last_acronym_is_heard(written: str, ending: str) -> None:
    assert phonemize(written, "en").endswith(ending)


def test_phonemes_do_not_depend_on_earlier_calls() -> None:
    alone = say("سلام دنیا", "fa"), say("hello world", "en")
    say("Les amis", "fr")
    assert (say("سلام دنیا", "fa"), say("hello world", "en")) == alone


def test_a_long_text_without_marks_is_read_to_its_end() -> None:
    words = ["seven", "green", "bottles"] * 200
    assert len(say(" ".join(words), "en").split()) == len(words)


def test_real_sentences_leave_only_sounds_and_marks(shared) -> None:
    for language in ("en", "fa"):
        lines = (shared / "data/sentences" / f"{language}.txt").read_text(encoding="utf-8").splitlines()[:300]
        symbols = set("".join(say(line, language) for line in lines))
        assert not symbols & set("0123456789()_-\"'@^*"), symbols
        assert 25 < len(symbols) < 70


def test_an_installation_with_a_long_path_works() -> None:
    code = (
        "from xtts_jax.text import espeak\n"
        "espeak.LONGEST_PATH = 1\n"
        "print(espeak.phonemes('hello', 'en-us'), espeak._engine().folder.name)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, folder = done.stdout.split()
    assert said == "həlˈoʊ"
    assert not Path(folder).exists()


def test_importing_the_package_starts_nothing() -> None:
    code = (
        "import sys, pkgutil, importlib, xtts_jax.text as package\n"
        "for module in pkgutil.walk_packages(package.__path__, 'xtts_jax.text.'):\n"
        "    importlib.import_module(module.name)\n"
        "print(sorted({'espeakng_loader', 'num2words', 'jax'} & sys.modules.keys()))\n"
        "from xtts_jax.text import espeak\n"
        "print(espeak._engine.cache_info().currsize)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["[]", "0"]


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("Plan A is ready", "Plan eh is ready"),
        ("Team A and Team B won", "Team eh and Team B won"),
        ("option A or B", "option eh or B"),
        ('He said "A" not "B"', "He said eh not B"),
        ("Dr. A. B. Jones", "Doctor eh B Jones"),
        ("Mr. A. Lee", "Mister eh Lee"),
        ("A. Smith", "eh Smith"),
        ("A is for apple", "eh is for apple"),
        ("Team A United", "Team eh United"),
        ("A4 paper", "eh four paper"),
        ("a Q&A session", "a Q and eh session"),
        ("AM/PM", "A.M P.M"),
        ("A cat read A Tale", "a cat read a Tale"),
        ('He said "A man came"', "He said a man came"),
        ("I AM here", "I am here"),
        ("UFC", "U.F.C"),
        ("VIPs", "V.I.P's"),
        ("IMF", "I.M.F"),
        ("UAE", "U.A.E"),
        ("The EPA or the ECB's AFC", "The E.P.A or the E.C.B's A.F.C"),
        ("an IV drip", "an I.V drip"),
        ("STOP", "stop"),
        ("It is SO OLD NOW", "It is so old now"),
        ("NASA", "Nasa"),
    ],
)
def test_a_letter_is_named_and_a_word_in_capitals_read(written: str, same: str) -> None:
    assert say(written, "en") == espeak.phonemes(same, "en-us")
