"""Roman numerals after Persian words."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import cardinal, ordinal
from xtts_jax.text.normalize.persian.borders import BEFORE, LETTER
from xtts_jax.text.normalize.roman_value import roman_value

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
_SEVERAL = re.compile(rf"({LETTER}+){_OTHER}([ِ‌ٔ]?) ([IVX]{{2,}})(?![\w+#'-])")
_SINGLE = re.compile(rf"{BEFORE}({_COUNTED}|{_RANKED})([ِٔ]?) ([IVX])(?![\w+#'-])")


def expand_roman(text: str, row: Language) -> str:
    """Reads Louis XIV, World War II and chapter IV; a single letter only after a known noun or name."""

    def spoken(match: re.Match[str]) -> str:
        word, ezafe, numeral = match.groups()
        value = str(roman_value(numeral))
        if value == "0":
            return match.group()
        said = cardinal(value, row) if re.fullmatch(_COUNTED, word) else ordinal(value, row)
        return f"{word}{ezafe} {said}"

    return _SINGLE.sub(spoken, _SEVERAL.sub(spoken, text))
