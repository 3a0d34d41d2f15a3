"""Overrides, the lexicon, and the front end without phonemes."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from xtts_jax.errors import UserError
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.lexicon import read_lexicon
from xtts_jax.text.tokenizer import Tokenizer

PHONEMES = Frontend("phonemes", {})
CHARACTERS = Frontend("characters", {})


def test_phonemes_in_brackets_are_used_verbatim() -> None:
    assert PHONEMES("Say [[təmˈɑːtoʊ]], not $1!", "en") == "sˈeɪ təmˈɑːtoʊ, nˌɑːt wˈʌn dˈɑːlɚ!"
    assert PHONEMES("[[a b]]", "fa") == "a b"
    assert CHARACTERS("Say [[Xx]] now", "en") == "say Xx now"


def test_tagged_words_are_read_in_their_own_language() -> None:
    persian, german = PHONEMES("سلام دنیا", "fa"), PHONEMES("zwölf Uhr", "de")
    assert PHONEMES("She said <fa>سلام دنیا</fa>, twice.", "en") == f"ʃiː sˈɛd {persian}, twˈaɪs."
    assert PHONEMES("<de>12 Uhr</de>", "fa") == german != PHONEMES("12 Uhr", "en")
    assert CHARACTERS("It is <fa>كتاب</fa> [[X]]", "en") == "it is کتاب X"
    assert PHONEMES("<fa>[[ab]]</fa> <fa>سلام دنیا</fa>", "en") == f"ab {persian}"
    assert Frontend("phonemes", {"دنیا": "DDD"})("<fa>دنیا</fa>", "en") == "DDD"
    assert PHONEMES("2 < 3 and <3", "en")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("Say <fa>سلام", "<fa> has no partner"),
        ("Say [[həlˈoʊ.", r"A \[\[ or \]\] has no partner"),
        ("Say həlˈoʊ]] now", r"A \[\[ or \]\] has no partner"),
        ("Say hello</fa>", "</fa> has no partner"),
        ("<fa>سلام</de>", "<fa> has no partner"),
    ],
)
def test_unbalanced_tags_are_named(text: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint):
        PHONEMES(text, "en")


def test_given_phonemes_override_everything() -> None:
    frontend = Frontend("phonemes", {"hello": "xxx"})
    assert frontend("hello [[yyy]]", "en", phonemes=" h ə  l oʊ ") == "h ə l oʊ"
    assert frontend("hello", "en", phonemes="  ") == "xxx"
    assert frontend("hello", "en", phonemes=None) == "xxx"


def test_lexicon_words_are_replaced_as_whole_words_in_any_case() -> None:
    frontend = Frontend("phonemes", {"Red": "REDD", "سلام": "SSS", "five": "FFF"})
    assert frontend("RED, blue red! hundred", "en") == "REDD, blˈuː REDD! hˈʌndɹɪd"
    assert frontend("سلام دنیا", "fa") == "SSS donjɑ"
    assert frontend("5 cats", "en") == "FFF kˈæts"
    assert Frontend("phonemes", {"علي": "AAA"})("علی", "fa") == "AAA"


def test_persian_homographs_and_ezafe_can_be_written_in_three_ways() -> None:
    assert PHONEMES("کرم", "fa") == "karam"
    assert [PHONEMES(word, "fa") for word in ("کِرم", "کِرِم", "کَرَم")] == ["kerm", "kerem", "karam"]
    assert PHONEMES("کتاب من", "fa") == "ketɑb man"
    assert PHONEMES("کتابِ من", "fa") == "ketɑbe man"
    assert Frontend("phonemes", {"کرم": "kerem"})("کرم من", "fa") == "kerem man"
    assert PHONEMES("کرم من", "fa", phonemes="kereme man") == "kereme man"


def test_persian_short_vowels_reach_a_model_of_characters() -> None:
    words = ("کرم", "کِرم", "کِرِم", "کَرَم", "کرمِ")
    assert [CHARACTERS(word, "fa") for word in words] == list(words)


@pytest.mark.parametrize("frontend", [PHONEMES, CHARACTERS])
def test_all_persian_of_the_table_can_be_encoded(frontend: Frontend) -> None:
    table = Path(__file__).parents[1] / "golden" / "persian.tsv"
    texts = [line.split("\t")[1] for line in table.read_text(encoding="utf-8").splitlines()]
    said = [frontend(text, "fa") for text in texts]
    tokenizer = Tokenizer.build(said, ["fa"], frontend.kind)
    assert [tokenizer.decode(tokenizer.encode(symbols).ids) for symbols in said] == said
    assert len(tokenizer) < 100
    assert not any(character.isdigit() for symbols in said for character in symbols)


def test_a_lexicon_word_with_short_vowels_is_another_word() -> None:
    frontend = Frontend("phonemes", {"مِلک": "MELK"})
    assert frontend("مِلک مَلِک", "fa") == "MELK malek"


def test_a_frontend_can_be_pickled() -> None:
    frontend = Frontend("phonemes", {"red": "R"})
    frontend("red", "en")
    assert pickle.loads(pickle.dumps(frontend))("red", "en") == "R"


def test_characters_are_normalized_and_lowercased() -> None:
    assert CHARACTERS("It's 5 PM, “Bob”!", "en") == "it's five pm, bob!"
    assert CHARACTERS("IŞIK İzmir", "tr") == "ışık izmir"
    assert CHARACTERS("كتابِ من؟", "fa") == "کتابِ من?"


@pytest.mark.parametrize("text", ["", "  ", "...", "😀 —", "[[]]", "?!"])
@pytest.mark.parametrize("frontend", [PHONEMES, CHARACTERS])
def test_silence_is_an_error(frontend: Frontend, text: str) -> None:
    with pytest.raises(UserError, match="nothing to say"):
        frontend(text, "en")


def test_an_unknown_language_or_kind_is_an_error() -> None:
    with pytest.raises(UserError, match="Known: en"):
        CHARACTERS("hello", "klingon")
    with pytest.raises(UserError, match="phonemes or characters"):
        Frontend("letters", {})("hello", "en")


def test_private_use_code_points_in_a_text_are_ignored() -> None:
    assert PHONEMES("red \ue000[[X]]", "en") == "ɹˈɛd X"


def test_without_the_wheel_characters_work_and_phonemes_explain_the_error() -> None:
    code = (
        "import sys; sys.modules['espeakng_loader'] = None\n"
        "from xtts_jax.text.frontend import Frontend\n"
        "print(Frontend('characters', {})('Hello, 5 cats', 'en'))\n"
        "Frontend('phonemes', {})('hello', 'en')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "hello, five cats"
    assert "UserError" in done.stderr
    assert "pip install espeakng_loader" in done.stderr and "data.frontend=characters" in done.stderr


def test_a_lexicon_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "words.tsv"
    path.write_text("\ufeff# mine\n\nKathleen\tkˈæθliːn\nعلي\tʔali\n", encoding="utf-8")
    assert read_lexicon(path) == {"kathleen": "kˈæθliːn", "علی": "ʔali"}


@pytest.mark.parametrize("line", ["word", "word phonemes", "\tphonemes", "word\t", "two words\tx", "a\tb\tc"])
def test_a_malformed_lexicon_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "words.tsv"
    path.write_text(f"good\tx\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"words\.tsv, line 2"):
        read_lexicon(path)


def test_a_missing_or_binary_lexicon_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.tsv"):
        read_lexicon(tmp_path / "none.tsv")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00a\xd8")
    with pytest.raises(UserError, match="UTF-8"):
        read_lexicon(tmp_path / "binary")


@pytest.mark.parametrize(
    ("language", "text"), [("en", "سلام، هوا خوب است."), ("de", "Привет, мир"), ("fa", "你好")]
)
def test_letters_of_another_script_are_refused(language, text):
    with pytest.raises(UserError, match="not written in the letters"):
        Frontend("phonemes", {})(text, language)


def test_latin_words_are_read_in_every_language():
    assert Frontend("phonemes", {})("OK", "fa")


@pytest.mark.parametrize(
    ("text", "language", "within"),
    [
        ("Hello سلام دنیا world", "en", ("سلام دنیا", "fa")),
        ("Hello مدرسة world", "en", ("مدرسة", "ar")),
        ("Sie sagte Привет, dann ging sie", "de", ("Привет", "ru")),
        ("او گفت Привет و رفت", "fa", ("Привет", "ru")),
        ("Hi سلام دنیا", "en", ("سلام دنیا", "fa")),
    ],
)
def test_words_in_another_script_are_spoken_by_a_language_that_writes_it(text, language, within):
    words, code = within
    tagged = text.replace(words, f"<{code}>{words}</{code}>")
    assert PHONEMES(text, language) == PHONEMES(tagged, language)


@pytest.mark.parametrize(
    "text", ["Hello 你好 world", "Hello 你 好 world", "Hello سلام world", "Hello สวัสดี world"]
)
@pytest.mark.parametrize("kind", ["phonemes", "characters"])
def test_words_that_no_language_of_the_run_writes_are_left_out_with_one_warning(text, kind):
    frontend = Frontend(kind, {}, languages=("en", "de"))
    with pytest.warns(UserWarning, match="left out of the speech") as caught:
        assert frontend(text, "en") == frontend("Hello world", "en")
    assert len(caught) == 1


@pytest.mark.parametrize(
    ("styled", "plain"), [("𝐇𝐞𝐥𝐥𝐨", "Hello"), ("Ｈｅｌｌｏ", "Hello"), ("Ω", "omega"), ("π", "pi")]
)
@pytest.mark.filterwarnings("error")
def test_styled_letters_and_greek_signs_are_of_no_other_script(styled, plain):
    assert PHONEMES(styled, "en") == PHONEMES(plain, "en")
