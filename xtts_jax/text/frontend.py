"""The front end: text to the symbols of a model, phonemes or plain characters."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from xtts_jax.errors import TextError, UserError, WordlessError, notify
from xtts_jax.text.ezafe import EZAFE, mark_ezafe, tagger_package
from xtts_jax.text.languages import LANGUAGES, Language, get_language
from xtts_jax.text.lexicon import fold
from xtts_jax.text.markup import parse
from xtts_jax.text.normalize import normalize
from xtts_jax.text.normalize.common import COMBINING, PLACEHOLDERS, ZWNJ
from xtts_jax.text.patterns import sub
from xtts_jax.text.phonemize import phonemize
from xtts_jax.text.say_as import sign_name
from xtts_jax.text.scripts import language_of, replace_foreign, script_of
from xtts_jax.text.spans import Span, Way, written

FIRST_PLACEHOLDER = ord(PLACEHOLDERS[0])
MOST_PLACEHOLDERS = ord(PLACEHOLDERS[-1]) - FIRST_PLACEHOLDER

_WORD = re.compile(rf"[^\W_][\w{COMBINING}]*(?:['\-{ZWNJ}][\w{COMBINING}]+)*")


@dataclass(frozen=True)
class Frontend:
    """Converts texts to symbols.

    `kind` is "phonemes", "characters" or, for vocoders, "none", which gives no symbols. `lexicon` maps
    words to phonemes, regardless of case. `ezafe` is "written", or "tagged" to add those that a Persian
    text leaves to its reader. `languages` may be spoken within a text of
    another script.
    """

    kind: str
    lexicon: Mapping[str, str]
    ezafe: str = "written"
    languages: tuple[str, ...] = tuple(LANGUAGES)

    def __post_init__(self) -> None:
        if self.ezafe == "tagged":
            tagger_package()  # raises now, instead of for every Persian text

    def __call__(self, text: str, language: str, phonemes: str | None = None) -> str:
        """The symbols of an utterance, one code point each.

        Precedence: `phonemes` if given, `[[...]]` in the text, the lexicon, the front end. The text in
        `<fa>...</fa>` is read in that language; other markup is obeyed as far as it concerns what is said.
        Raises `TextError` for a text that cannot be said, and `WordlessError` for one without any word.
        """
        if self.kind == "none":
            return ""
        given = _one_spacing(phonemes or "")
        if given:
            return _require_words(given, given)
        return self.read(parse(text, language).spans, language)

    def read(self, spans: Sequence[Span], language: str) -> str:
        """The symbols of a text without its markup; `TextError` without any word."""
        return _require_words(self._from_spans(spans, language), written(spans))

    def _from_spans(self, spans: Iterable[Span], language: str) -> str:
        said: list[str] = []
        groups = groupby(spans, key=lambda span: span.language)
        held = "".join(
            self._from_text(group, said) if code == language else self._from_other(group, code, said)
            for code, group in groups
        )
        words = normalize(self._in_own_script(held, get_language(language), said), language)
        if language == "fa" and self.ezafe == "tagged":
            words = mark_ezafe(words)
        if self._folded:
            words = _WORD.sub(lambda match: self._from_lexicon(match.group(), said), words)
        return _one_spacing(_restore(self._symbols(words, language), said))

    def _from_text(self, spans: Iterable[Span], said: list[str]) -> str:
        return "".join(self._held(span, said) for span in spans)

    def _from_other(self, spans: Iterable[Span], language: str, said: list[str]) -> str:
        """Words of another language than those around them."""
        spans = list(spans)
        text = written(spans)
        around = " " * text[:1].isspace(), " " * text[-1:].isspace()
        return _hold(self._from_spans(spans, language), said).join(around)

    def _held(self, span: Span, said: list[str]) -> str:
        match span.way:
            case Way.SYMBOLS:
                return _hold(span.said, said)
            case Way.IPA:
                return _hold(span.said, said) if self.kind == "phonemes" else span.written
            case Way.LETTERS:
                names = (normalize(sign_name(sign, span.language), span.language) for sign in span.said)
                letters = (self._symbols(name, span.language) for name in names)
                return _hold(_one_spacing(" ".join(letters)), said)
        return span.said

    def _in_own_script(self, text: str, language: Language, said: list[str]) -> str:
        """The text without words in other scripts: these are spoken by a language that writes them.

        What no language of `languages` writes is left out, with a warning.
        """
        silent: list[str] = []

        def spoken(words: str, script: str) -> str:
            code = language_of(words, script, self.languages)
            return _hold(self._from_spans([Span(words, words, code)], code), said) if code else words

        def left_out(words: str, _script: str) -> str:
            silent.append(words)
            return ""

        if any(script_of(letter) in (language.script, "LATIN") for letter in text):
            text = replace_foreign(text, language, spoken)
        _require_script(_without_placeholders(text), language)
        text = replace_foreign(text, language, left_out)
        if silent:
            notify(_describe_silent(silent, language), stacklevel=2)
        return text

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {fold(word): phonemes for word, phonemes in self.lexicon.items()}

    def _from_lexicon(self, word: str, said: list[str]) -> str:
        phonemes = self._folded.get(fold(word))
        if phonemes is None and word.endswith(EZAFE) and (bare := self._folded.get(fold(word[:-1]))):
            phonemes = f"{bare}{'je' if bare[-1] in 'ɑeiou' else 'e'}"
        return word if phonemes is None else _hold(phonemes, said)

    def _symbols(self, words: str, language: str) -> str:
        match self.kind:
            case "phonemes":
                return phonemize(words, language)
            case "characters":
                return _lower(words, get_language(language).code)
        raise UserError(f"data.frontend must be phonemes or characters, not {self.kind!r}.")


def _require_words(symbols: str, text: str) -> str:
    if not any(character.isalnum() for character in symbols):
        raise WordlessError(text)
    return symbols


def _require_script(text: str, language: Language) -> None:
    """Raises `TextError` if most letters belong to a script that the language does not use.

    espeak-ng would spell such text out, letter by letter.
    """
    scripts = [script for character in text if (script := script_of(character))]
    foreign = [script for script in scripts if script not in (language.script, "LATIN")]
    if 2 * len(foreign) > len(scripts) and (len(foreign) > 1 or "GREEK" not in foreign):
        raise TextError(
            "{beginning!r} is not written in the letters of {name} ({code}). Set {language} to the one that "
            "it is written in.",
            beginning=text.strip()[:60],
            name=language.name,
            code=language.code,
        )


def _describe_silent(words: list[str], language: Language) -> str:
    """What became of words that no language of the run writes."""
    return (
        f"{', '.join(words)}: not in the letters of {language.name} ({language.code}) or of another language "
        "of the run; left out of the speech."
    )


def _one_spacing(symbols: str) -> str:
    return " ".join(unicodedata.normalize("NFC", symbols).split())


def _lower(words: str, language: str) -> str:
    if language == "tr":
        words = words.replace("I", "ı").replace("İ", "i")
    return words.lower()


def _without_placeholders(text: str) -> str:
    return sub(f"[{PLACEHOLDERS}]", "", text)


def _hold(phonemes: str, said: list[str]) -> str:
    """A private-use code point that represents `phonemes` until `_restore`."""
    if len(said) > MOST_PLACEHOLDERS:
        raise UserError(f"The text has more than {MOST_PLACEHOLDERS} given pronunciations. Split the text.")
    said.append(phonemes)
    return chr(FIRST_PLACEHOLDER + len(said) - 1)


def _restore(symbols: str, said: list[str]) -> str:
    return sub(f"[{PLACEHOLDERS}]", lambda match: said[ord(match.group()) - FIRST_PLACEHOLDER], symbols)
