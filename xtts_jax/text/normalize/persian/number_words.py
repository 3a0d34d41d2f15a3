"""Numbers that are written in words, and suffixes of numbers."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.numbers import cardinal
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE
from xtts_jax.text.normalize.persian.measures import MEASURE
from xtts_jax.text.patterns import sub

_ONES = "یک|دو|سه|چهار|پنج|شش|هفت|هشت|نُه|نه"
_TEENS = "ده|یازده|دوازده|سیزده|چهارده|پانزده|شانزده|هفده|هجده|هیجده|نوزده"
_TENS = "بیست|سی|چهل|پنجاه|شصت|هفتاد|هشتاد|نود"
_HUNDREDS = "صد|یکصد|دویست|سیصد|چهارصد|پانصد|ششصد|هفتصد|هشتصد|نهصد"
_SCALES = "هزار|میلیون|میلیارد|تریلیون"
LARGE_NUMBER = f"{_TENS}|{_HUNDREDS}|{_SCALES}"
ANY_NUMBER = f"{_ONES}|{_TEENS}|{LARGE_NUMBER}"
ORDINAL = f"(?:{ANY_NUMBER})(?:م|مین|‌?ام|‌?امین)|سوم|سومین"

_NUMBER = f"(?:{ORDINAL}|{ANY_NUMBER})"
_AND = rf"[ {ZWNJ}]?و[ {ZWNJ}]?"
_COMPOUND = re.compile(
    rf"{BEFORE}(?:{LARGE_NUMBER})(?:{_AND}{_NUMBER})+(?={AFTER}|{ZWNJ}|ساعته|ساله|روزه|ماهه|نفره)"
)
_AND_NUMBER = re.compile(rf"{_AND}(?={_NUMBER}(?:[ {ZWNJ}و]|$))")
_AFTER_NUMBER = rf"(?:(?!نه )(?:{ANY_NUMBER}) (?:و|یا|تا|الی)|ممیز|منهای|به علاوهٔ|ضرب در|تقسیم بر|منفی|مثبت)"
_AFTER_NAME = r"(?:ساعت|شمارهٔ?|طبقهٔ?|کانال|شبکهٔ?|پلاک|صفحهٔ?|فصل|درس|عدد|رقم|قرن|کلاس|خط|بند|رتبهٔ?|نمرهٔ?)"
_BEFORE_COUNTED = (
    rf"(?:{_SCALES}|صد|درصد|ممیز|صدم|دهم|هزارم|{MEASURE}|ساله|سالگی|ماهه|روزه|ساعته|نفره|مرتبه|تایی|گانه|جلد|رأس|"
    "فرزند|کشور|استان|صبح|شب|عصر|بعد از ظهر|بعدازظهر|و نیم|و ربع|تا از)"
)
_NINE_AFTER = re.compile(
    rf"{BEFORE}({_AFTER_NUMBER}|{_AFTER_NAME}) نه{AFTER}(?! (?:{_ONES}|{_TEENS}|{_TENS}){AFTER})"
)
_NINE_BEFORE = re.compile(rf"{BEFORE}نه(?=[ {ZWNJ}]{_BEFORE_COUNTED}(?:{AFTER}|{ZWNJ})|{ZWNJ}تا)")
_NO = re.compile(rf"{BEFORE}نه{AFTER}")


def join_plurals(text: str, row: Language) -> str:
    """Joins the plural ها of a number to its word, as in دههٔ ۶۰ها, the 60s."""
    return sub(
        rf"(?<![\d.,/:])(\d+)[ {ZWNJ}]?(?=ها(?:ی|یی|یش|یشان)?{AFTER})",
        lambda m: f"{cardinal(m[1], row)}{ZWNJ}",
        text,
    )


def separate_number_words(text: str) -> str:
    """Number words as separate words: بیست و یکم for بیست‌ویکم."""
    return _COMPOUND.sub(lambda m: _AND_NUMBER.sub(" و ", m.group()), text)


def vowel_nine(text: str) -> str:
    """Text with the vowel of نُه, nine, among numbers and before what is counted; elsewhere نه is "no".

    "Neither days nor nights" has no nine: where the word comes twice before a count, it is left alone.
    """
    text = _NINE_AFTER.sub(r"\1 نُه", text)
    return text if len(_NO.findall(text)) > 1 else _NINE_BEFORE.sub("نُه", text)
