"""The language table; a row is all that a language needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from xtts_jax.errors import UserError, did_you_mean


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
    also: tuple[
        str, ...
    ] = ()  # what it is called beside its code and its name: ISO 639-2 and -3, other names


def _words(spoken: str) -> dict[str, str]:
    """`words` from the spoken forms of % $ € £ & + = @ - . – in this order, separated by /."""
    return dict(zip("%$€£&+=@-.–", spoken.split("/"), strict=True))


_ENGLISH = _words("percent/dollars/euros/pounds/and/plus/equals/at/minus/point/to")
_ENGLISH_ORDINALS = ("st", "nd", "rd", "th")

_ROWS = (
    Language(
        "en", "English (US)", "en-us", "en", False, ".", _ENGLISH, _ENGLISH_ORDINALS,
        also=("eng", "English", "American English", "US English"),
    ),
    Language(
        "en-gb", "English (Britain)", "en-gb-x-rp", "en", False, ".", _ENGLISH, _ENGLISH_ORDINALS,
        also=(
            "British English", "UK English", "English (UK)", "English (GB)", "English (British)",
            "English (United Kingdom)", "English (Great Britain)",
        ),
    ),
    Language(
        "fa", "Persian", "fa", "fa", True, ".",
        _words("درصد/دلار/یورو/پوند/و/به علاوهٔ/مساوی/ات/منفی/ممیز/تا"),
        ("م", "ام", "اُم", "مین", "امین", "اُمین"),
        script="ARABIC",
        also=("fas", "per", "pes", "Farsi", "Iranian", "Iranian Persian", "فارسی"),
    ),
    Language(
        "de", "German", "de", "de", False, ",",
        _words("Prozent/Dollar/Euro/Pfund/und/plus/gleich/at/minus/Komma/bis"),
        also=("deu", "ger", "Deutsch"),
    ),
    Language(
        "nl", "Dutch", "nl", "nl", False, ",",
        _words("procent/dollar/euro/pond/en/plus/is gelijk aan/at/min/komma/tot"),
        ("e", "de", "ste"),
        also=("nld", "dut", "Flemish", "Nederlands"),
    ),
    Language(
        "fr", "French", "fr", "fr", False, ",",
        _words("pour cent/dollars/euros/livres/et/plus/égale/arobase/moins/virgule/à"),
        ("er", "re", "e", "ème"),
        also=("fra", "fre", "Français"),
    ),
    Language(
        "es", "Spanish", "es", "es", False, ",",
        _words("por ciento/dólares/euros/libras/y/más/igual a/arroba/menos/coma/a"),
        ("º", "ª"),
        also=("spa", "Castilian", "Español", "Castellano"),
    ),
    Language(
        "it", "Italian", "it", "it", False, ",",
        _words("per cento/dollari/euro/sterline/e/più/uguale/chiocciola/meno/virgola/a"),
        ("º", "ª"),
        also=("ita", "Italiano"),
    ),
    Language(
        "pt", "Portuguese (Portugal)", "pt", "pt", False, ",",
        _words("por cento/dólares/euros/libras/e/mais/igual a/arroba/menos/vírgula/a"),
        ("º", "ª"),
        also=("por", "Portuguese", "European Portuguese", "Brazilian Portuguese", "Português"),
    ),
    Language(
        "ru", "Russian", "ru", "ru", False, ",",
        _words("процентов/долларов/евро/фунтов/и/плюс/равно/собака/минус/запятая/до"),
        script="CYRILLIC",
        also=("rus", "Русский"),
    ),
    Language(
        "tr", "Turkish", "tr", "tr", False, ",",
        _words("yüzde/dolar/avro/sterlin/ve/artı/eşittir/et/eksi/virgül/ila"),
        also=("tur", "Türkçe"),
    ),
    Language(
        "ar", "Arabic", "ar", "ar", True, ".",
        _words("بالمئة/دولار/يورو/جنيه/و/زائد/يساوي/آت/سالب/فاصلة/إلى"),
        script="ARABIC",
        also=("ara", "arb", "Modern Standard Arabic", "العربية"),
    ),
)  # fmt: skip

LANGUAGES: dict[str, Language] = {row.code: row for row in _ROWS}
_SCRIPT = re.compile("[a-z]{4}")  # such as Latn, Arab
_REGIONS = {"uk": "gb"}


def _plain(name: str) -> str:
    return " ".join(re.findall(r"\w+", name.casefold().replace("_", " ")))


_CODES = {_plain(name): row.code for row in _ROWS for name in (row.code, row.name, *row.also)}


def code_named(name: str) -> str:
    """The code of a language that is named in full, or by another standard than the table's; else "".

    What is in brackets after a name makes no difference unless the table has a row for it.
    """
    return _CODES.get(_plain(name)) or _CODES.get(_plain(name.partition("(")[0]), "")


def language_code(tag: str) -> str:
    """The code in the table for a language in any spelling, whether or not there is a row for it.

    Names and codes of ISO 639 are known. Case, _ for -, a script and an encoding make no difference, and
    subtags are cut off from the end until the table knows the rest: `EN`, `eng`, `English`, `en_US.UTF-8`
    and `en-Latn-AU` are `en`, and `en_GB` has a row of its own.
    """
    if code := code_named(tag):
        return code
    first, *others = re.split(r"[-_]", tag.strip().lower().partition(".")[0])
    regions = [_REGIONS.get(subtag, subtag) for subtag in others if not _SCRIPT.fullmatch(subtag)]
    subtags = [_CODES.get(first, first), *regions]
    while len(subtags) > 1 and "-".join(subtags) not in LANGUAGES:
        subtags.pop()
    return "-".join(subtags)


def similar_language(tag: str) -> str:
    """The code that may have been meant by an unknown one, as a sentence; else ""."""
    return did_you_mean(_plain(tag), _CODES, _CODES)


def get_language(tag: str) -> Language:
    """The row of a language tag; `UserError` if the table has none."""
    code = language_code(tag)
    if code in LANGUAGES:
        return LANGUAGES[code]
    raise UserError(
        f"Unknown language {tag!r}.{similar_language(tag)} Known: {', '.join(LANGUAGES)}. "
        "To add a language, see docs/adding_a_language.md."
    )
