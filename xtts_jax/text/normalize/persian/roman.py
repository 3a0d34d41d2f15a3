"""Roman numerals after Persian words."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.numbers import cardinal, ordinal
from xtts_jax.text.normalize.persian.borders import BEFORE, LETTER
from xtts_jax.text.normalize.roman_value import roman_value
from xtts_jax.text.patterns import sub

_COUNTED = (
    "فصل|جلد|بخش|قسمت|پرده|صحنه|مرحله|فاز|نوع|تیپ|سطح|بند|ماده|ضمیمه|پیوست|جدول|شکل|باب|کتاب|درس|گفتار|فاکتور|عامل|کلاس|"
    "درجه|اپیزود|مجلد|دفتر"
)
_RANKED = (
    "جنگ جهانی|جنگ|قرن|سده|هزاره|المپیک|شاه|پادشاه|ملکه|پاپ|تزار|قیصر|امپراتور|لویی|لوئی|هنری|چارلز|جرج|جورج|"
    "ادوارد|ریچارد|ویلیام|جیمز|الیزابت|ویکتوریا|فیلیپ|ناپلئون|فردریک|ویلهلم|نیکلای|نیکولای|الکساندر|پتر|کاترین|"
    "ایوان|پل|پیوس|بندیکت|داریوش|خشایارشا|اردشیر|شاپور|یزدگرد|خسرو|کوروش|شاه عباس|سلیم|سلیمان|مراد|محمد|رامسس"
)
_OTHER = "".join(
    f"(?<!{word})" for word in ("سرم", "تزریق", "کروموزوم", "ژن", "سایز", "اندازه")
)  # no numeral follows
_NEXT = r"(?:(?: و | تا |, |\s?[-–]\s?)[IVX]+(?![\w+#']))"
_SEVERAL = re.compile(rf"({LETTER}+){_OTHER}([ِٔ]?) ([IVX]{{2,}}(?![\w+#'])(?:{_NEXT})*)(?!-?\w)")
_SINGLE = re.compile(
    rf"{BEFORE}((?:{_COUNTED}|{_RANKED})(?:{ZWNJ}?های)?)([ِٔ]?) ([IVX]+(?![\w+#'])(?:{_NEXT})*)(?!-?\w)"
)


def expand_roman(text: str, row: Language) -> str:
    """Reads Louis XIV, World War II and chapters I-IV; a single letter only after a known noun or name."""

    def spoken(match: re.Match[str]) -> str:
        word, ezafe, numerals = match.groups()
        is_counted = bool(re.fullmatch(rf"(?:{_COUNTED})(?:{ZWNJ}?های)?", word))
        said = sub("[IVX]+", lambda m: _said(m[0], row, is_counted=is_counted), numerals)
        return f"{word}{ezafe} " + sub(r"\s?[-–]\s?", " تا ", said)

    return _SEVERAL.sub(spoken, _SINGLE.sub(spoken, text))


def _said(numeral: str, row: Language, *, is_counted: bool) -> str:
    """A number after what is counted, else a rank, of which the first is اول."""
    value = roman_value(numeral)
    if not value:
        return numeral
    if is_counted:
        return cardinal(str(value), row)
    return "اول" if value == 1 else ordinal(str(value), row)
