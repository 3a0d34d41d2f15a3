"""The front end: text to the symbols of a model, phonemes or plain characters."""

import re
import unicodedata
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from xtts_jax.errors import FieldError, UserError
from xtts_jax.text.languages import LANGUAGES, Language, get_language
from xtts_jax.text.lexicon import fold
from xtts_jax.text.normalize import normalize
from xtts_jax.text.normalize.common import COMBINING, PLACEHOLDERS, ZWNJ
from xtts_jax.text.phonemize import phonemize
from xtts_jax.text.scripts import language_of, replace_foreign, script_of

FIRST_PLACEHOLDER = ord(PLACEHOLDERS[0])
MOST_PLACEHOLDERS = ord(PLACEHOLDERS[-1]) - FIRST_PLACEHOLDER

_OVERRIDE = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
_SWITCHED = re.compile(r"<([a-z]{2,3}(?:-[a-z]+)*)>(.*?)</\1>", re.DOTALL)
_TAG = re.compile(r"</?[a-z]{2,3}(?:-[a-z]+)*>")
_WORD = re.compile(rf"[^\W_][\w{COMBINING}]*(?:['\-{ZWNJ}][\w{COMBINING}]+)*")


@dataclass(frozen=True)
class Frontend:
    """Converts texts to symbols.

    `kind` is "phonemes", "characters" or, for vocoders, "none", which gives no symbols. `lexicon` maps
    words to phonemes, regardless of case. `languages` may be spoken within a text of another script.
    """

    kind: str
    lexicon: Mapping[str, str]
    languages: tuple[str, ...] = tuple(LANGUAGES)

    def __call__(self, text: str, language: str, phonemes: str | None = None) -> str:
        """The symbols of an utterance, one code point each.

        Precedence: `phonemes` if given, `[[...]]` in the text, the lexicon, the front end. The text in
        `<fa>...</fa>` is read in that language. Raises `UserError` if there is nothing to say.
        """
        if self.kind == "none":
            return ""
        symbols = _one_spacing(phonemes or "") or self._from_text(text, language)
        if not any(character.isalnum() for character in symbols):
            raise UserError(
                f"There is nothing to say in {(phonemes or text)!r}. It must contain at least one word."
            )
        return symbols

    def _from_text(self, text: str, language: str) -> str:
        said: list[str] = []
        held = _SWITCHED.sub(
            lambda match: _hold(self._from_text(match[2], match[1]), said), _without_placeholders(text)
        )
        _require_closed_tags(held)
        held = _OVERRIDE.sub(lambda match: _hold(match[1], said), held)
        _require_closed_brackets(held)
        words = normalize(self._in_own_script(held, get_language(language), said), language)
        if self._folded:
            words = _WORD.sub(lambda match: self._from_lexicon(match.group(), said), words)
        return _one_spacing(_restore(self._symbols(words, language), said))

    def _in_own_script(self, text: str, language: Language, said: list[str]) -> str:
        """The text without words in other scripts: these are spoken by a language that writes them.

        What no language of `languages` writes is left out, with a warning.
        """
        silent: list[str] = []

        def spoken(words: str, script: str) -> str:
            code = language_of(words, script, self.languages)
            return _hold(self._from_text(words, code), said) if code else words

        def left_out(words: str, _script: str) -> str:
            silent.append(words)
            return ""

        if any(script_of(letter) in (language.script, "LATIN") for letter in text):
            text = replace_foreign(text, language, spoken)
        _require_script(_without_placeholders(text), language)
        text = replace_foreign(text, language, left_out)
        if silent:
            warnings.warn(_describe_silent(silent, language), stacklevel=2)
        return text

    @cached_property
    def _folded(self) -> dict[str, str]:
        return {fold(word): phonemes for word, phonemes in self.lexicon.items()}

    def _from_lexicon(self, word: str, said: list[str]) -> str:
        phonemes = self._folded.get(fold(word))
        return word if phonemes is None else _hold(phonemes, said)

    def _symbols(self, words: str, language: str) -> str:
        match self.kind:
            case "phonemes":
                return phonemize(words, language)
            case "characters":
                return _lower(words, language)
        raise UserError(f"data.frontend must be phonemes or characters, not {self.kind!r}.")


def _require_closed_tags(text: str) -> None:
    if tag := _TAG.search(text):
        raise UserError(
            f"The tag {tag[0]} has no partner in {text.strip()[:60]!r}. Write words of another language "
            "between two tags, as in <fa>...</fa>."
        )


def _require_closed_brackets(text: str) -> None:
    if "[[" in text or "]]" in text:
        raise UserError(
            f"A [[ or ]] has no partner in {text.strip()[:60]!r}. Write phonemes between both, as in "
            "[[həlˈoʊ]]."
        )


def _require_script(text: str, language: Language) -> None:
    """Raises `UserError` if most letters belong to a script that the language does not use.

    espeak-ng would spell such text out, letter by letter.
    """
    scripts = [script for character in text if (script := script_of(character))]
    foreign = [script for script in scripts if script not in (language.script, "LATIN")]
    if 2 * len(foreign) > len(scripts) and (len(foreign) > 1 or "GREEK" not in foreign):
        raise FieldError(
            "{beginning!r} is not written in the letters of {name} ({code}). Name the language that it is "
            "written in, with {language} or in the metadata of the corpus.",
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
    return re.sub(f"[{PLACEHOLDERS}]", "", text)


def _hold(phonemes: str, said: list[str]) -> str:
    """A private-use code point that represents `phonemes` until `_restore`."""
    if len(said) > MOST_PLACEHOLDERS:
        raise UserError(f"The text has more than {MOST_PLACEHOLDERS} given pronunciations. Split the text.")
    said.append(phonemes)
    return chr(FIRST_PLACEHOLDER + len(said) - 1)


def _restore(symbols: str, said: list[str]) -> str:
    return re.sub(f"[{PLACEHOLDERS}]", lambda match: said[ord(match.group()) - FIRST_PLACEHOLDER], symbols)
