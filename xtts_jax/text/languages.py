"""The language table: one row makes a language known to the whole project."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass

from xtts_jax.errors import UserError


@dataclass(frozen=True)
class Language:
    """A row. `words` speaks the signs % $ € £ & + = @ and - (minus), . (the decimal mark, whatever it
    looks like), – (from one number to another); `ordinal_marks` are the suffixes of a written ordinal.
    """

    code: str
    name: str
    espeak_voice: str
    number_language: str  # of num2words
    right_to_left: bool
    decimal_mark: str  # "." or ","; the other one groups thousands
    words: Mapping[str, str]
    ordinal_marks: tuple[str, ...] = ()
    script: str = "LATIN"  # as Unicode names its letters; Latin words are read in every language


def _words(spoken: str) -> dict[str, str]:
    """`spoken` names % $ € £ & + = @ - . – in this order, separated by /."""
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


def get_language(code: str) -> Language:
    """The row of `code`; `UserError` when the table has none."""
    if code in LANGUAGES:
        return LANGUAGES[code]
    near = difflib.get_close_matches(code.lower().replace("_", "-"), LANGUAGES, n=1, cutoff=0.5)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise UserError(
        f"Unknown language {code!r}.{hint} Known: {', '.join(LANGUAGES)}. "
        "A new one is a row in xtts_jax/text/languages.py; docs/adding_a_language.md says how."
    )
