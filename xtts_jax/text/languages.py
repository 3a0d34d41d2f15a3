"""The language table; a row is all that a language needs."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from xtts_jax.errors import UserError


@dataclass(frozen=True)
class Language:
    """A row of the table.

    `words` gives the spoken form of % $ € £ & + = @ and of - (minus), . (the decimal mark, however it is
    written) and – (between two numbers, a range).
    """

    code: str
    name: str
    espeak_voice: str
    number_language: str  # num2words' code
    right_to_left: bool
    decimal_mark: str  # "." or ","; the other one groups thousands
    words: Mapping[str, str]
    ordinal_marks: tuple[str, ...] = ()  # suffixes that make a written number an ordinal
    script: str = "LATIN"  # how its letters' Unicode names begin; Latin words are read in every language


def _words(spoken: str) -> dict[str, str]:
    """`words` from the spoken forms of % $ € £ & + = @ - . – in this order, separated by /."""
    return dict(zip("%$€£&+=@-.–", spoken.split("/"), strict=True))


_ENGLISH = _words("percent/dollars/euros/pounds/and/plus/equals/at/minus/point/to")
_ENGLISH_ORDINALS = ("st", "nd", "rd", "th")

_ROWS = (
    Language("en", "English (US)", "en-us", "en", False, ".", _ENGLISH, _ENGLISH_ORDINALS),
    Language("en-gb", "English (Britain)", "en-gb-x-rp", "en", False, ".", _ENGLISH, _ENGLISH_ORDINALS),
    Language(
        "fa", "Persian", "fa", "fa", True, ".",
        _words("درصد/دلار/یورو/پوند/و/به علاوهٔ/مساوی/ات/منفی/ممیز/تا"),
        ("م", "ام", "اُم", "مین", "امین", "اُمین"),
        script="ARABIC",
    ),
    Language(
        "de", "German", "de", "de", False, ",",
        _words("Prozent/Dollar/Euro/Pfund/und/plus/gleich/at/minus/Komma/bis"),
    ),
    Language(
        "nl", "Dutch", "nl", "nl", False, ",",
        _words("procent/dollar/euro/pond/en/plus/is gelijk aan/at/min/komma/tot"),
        ("e", "de", "ste"),
    ),
    Language(
        "fr", "French", "fr", "fr", False, ",",
        _words("pour cent/dollars/euros/livres/et/plus/égale/arobase/moins/virgule/à"),
        ("er", "re", "e", "ème"),
    ),
    Language(
        "es", "Spanish", "es", "es", False, ",",
        _words("por ciento/dólares/euros/libras/y/más/igual a/arroba/menos/coma/a"),
        ("º", "ª"),
    ),
    Language(
        "it", "Italian", "it", "it", False, ",",
        _words("per cento/dollari/euro/sterline/e/più/uguale/chiocciola/meno/virgola/a"),
        ("º", "ª"),
    ),
    Language(
        "pt", "Portuguese (Portugal)", "pt", "pt", False, ",",
        _words("por cento/dólares/euros/libras/e/mais/igual a/arroba/menos/vírgula/a"),
        ("º", "ª"),
    ),
    Language(
        "ru", "Russian", "ru", "ru", False, ",",
        _words("процентов/долларов/евро/фунтов/и/плюс/равно/собака/минус/запятая/до"),
        script="CYRILLIC",
    ),
    Language(
        "tr", "Turkish", "tr", "tr", False, ",",
        _words("yüzde/dolar/avro/sterlin/ve/artı/eşittir/et/eksi/virgül/ila"),
    ),
    Language(
        "ar", "Arabic", "ar", "ar", True, ".",
        _words("بالمئة/دولار/يورو/جنيه/و/زائد/يساوي/آت/سالب/فاصلة/إلى"),
        script="ARABIC",
    ),
)  # fmt: skip

LANGUAGES: dict[str, Language] = {row.code: row for row in _ROWS}
_SCRIPT = re.compile("[a-z]{4}")  # such as Latn, Arab


def language_code(tag: str) -> str:
    """The code in the table for a language tag in any spelling, whether or not there is a row for it.

    Case, _ for -, a script and an encoding make no difference, and subtags are cut off from the end until the
    table knows the rest: `EN`, `en_US.UTF-8` and `en-Latn-AU` are `en`, and `en_GB` has a row of its own.
    """
    subtags = re.split(r"[-_]", tag.strip().lower().partition(".")[0])
    subtags[1:] = [subtag for subtag in subtags[1:] if not _SCRIPT.fullmatch(subtag)]
    while len(subtags) > 1 and "-".join(subtags) not in LANGUAGES:
        subtags.pop()
    return "-".join(subtags)


def get_language(tag: str) -> Language:
    """The row of a language tag; `UserError` if the table has none."""
    code = language_code(tag)
    if code in LANGUAGES:
        return LANGUAGES[code]
    near = difflib.get_close_matches(code, LANGUAGES, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise UserError(
        f"Unknown language {tag!r}.{hint} Known: {', '.join(LANGUAGES)}. "
        "To add a language, see docs/adding_a_language.md."
    )
