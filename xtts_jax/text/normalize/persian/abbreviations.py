"""Abbreviations, and the blessings after the names of saints."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.numbers import ordinal
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE, LETTER
from xtts_jax.text.patterns import sub

_BLESSINGS = {
    "ص": "صلی الله علیه و آله", "ع": "علیه السلام", "س": "سلام الله علیها", "ره": "رحمت الله علیه",
    "عج": "عجل الله تعالی فرجه", "رض": "رضی الله عنه", "قدس": "قدس سره", "رح": "رحمت الله علیه",
}  # fmt: skip
_BLESSING = rf"(?:[(\[]\s?({'|'.join(_BLESSINGS)})\s?[)\]]|{BEFORE}({'|'.join(_BLESSINGS)}){AFTER})"
_SEVERAL = "ائمه|امامان|امامین|معصومین|معصومان|انبیا|پیامبران|اهل بیت|اهل‌بیت|حسنین|صادقین"
_WOMEN = "فاطمه|زهرا|زینب|مریم|خدیجه|معصومه|آسیه|هاجر|رقیه|سکینه"
_TITLES = (
    "حضرت|امام|امامزاده|پیامبر|پیغمبر|رسول|نبی|محمد|مصطفی|علی|حسن|حسین|رضا|موسی|عیسی|ابراهیم|یوسف|مهدی|"
    "خمینی|خامنه‌ای|آیت‌الله|آیت الله"
)
# Words after which some write only the first letter of the name of God: joined to it, or only apart from it.
_JOINED_TO_GOD = (
    "عبد|نصر|روح|آیت|فتح|فضل|سیف|اسد|عین|ید|ذبیح|حبیب|خلیل|عزیز|نعمت|رحمت|قدرت|لطف|ولی|حجت|عطا|فیض|عنایت|حشمت|صفی|"
    "هدایت|حزب|ثار|عزت|شمس|ان‌شا|ماشا|بقیت"
)
_APART_FROM_GOD = (
    "آیات|رحمة|رحمه|شکر|امر|کرم|خیر|نور|بیت|اسماء|برکت|حکمت|شا|بقیه|سبیل|بسم|سبحان|رسول|نبی|الا|صلی|استغفر|الحمد|بحمد|"
    "رضی|سلام|وجه|کلام|کتاب|جند|انصار|الی|معاذ|خلق|باب|لعنت|بارک|جزاک|شعائر|آل|عدو|یا|فرج|سعد|یوم"
)
_GOD = re.compile(rf"({BEFORE}(?:(?:{_JOINED_TO_GOD})ء?[ {ZWNJ}]?|(?:{_APART_FROM_GOD})ء?[ {ZWNJ}]))ا…")
_ABBREVIATIONS = {
    r"ه\s?\.\s?ش": "هجری شمسی", r"ه\s?\.\s?ق": "هجری قمری", r"ق\s?\.\s?م": "قبل از میلاد",
    r"ب\s?\.\s?م": "بعد از میلاد", r"ق\s?\.\s?ظ": "قبل از ظهر", r"ب\s?\.\s?ظ": "بعد از ظهر",
    r"ر\s?\.\s?ک": "رجوع کنید", r"ک\s?\.\s?م": "کیلومتر", "الخ": "الی آخر",
}  # fmt: skip
_BEFORE_NUMBER = {"صص": "صفحاتِ", "ص": "صفحهٔ", "ج": "جلدِ", "ش": "شمارهٔ", "ت": "تلفن", "№": "شمارهٔ"}
_AFTER_YEAR = {"م": "میلادی", "ش": "شمسی", "ق": "قمری"}


def expand_abbreviations(text: str, row: Language) -> str:
    for short, spoken in _ABBREVIATIONS.items():
        text = sub(rf"{BEFORE}{short}\.(?=\s*[^\s.]|\s*\.)", spoken, text)
        text = sub(rf"{BEFORE}{short}{AFTER}", spoken, text)
    for short, spoken in _BEFORE_NUMBER.items():
        text = sub(rf"{BEFORE}{short}\.?:? ?(?=\d)", f"{spoken} ", text)
    text = sub(rf"(?<!\d)([3-9]000|1000)م{AFTER}", lambda m: ordinal(m[1], row), text)  # no years
    for short, spoken in _AFTER_YEAR.items():
        text = sub(rf"(?<!\d)(\d{{4}}|\d{{3}}(?= )) ?{short}(?:\.(?= \S))?{AFTER}", rf"\1 {spoken}", text)
    text = sub(rf"{_GOD.pattern}(?={LETTER})", r"\1الله ", text)
    return _blessings(_GOD.sub(r"\1الله", text))


def _blessings(text: str) -> str:
    """Reads (ص) anywhere, and a bare ص, ع, س, عج or ره up to three words after a title or a saint's name."""
    text = text.replace("علیه وسلم", "علیه و سلم")
    text = sub(r"[(\[]\s?(قدس)[ ‌]?سره\s?[)\]]", r"(\1)", text)
    several = re.compile(rf"{BEFORE}(?:{_SEVERAL})(?:ٔ)?(?: {LETTER}+)?,? $")
    women = re.compile(rf"{BEFORE}(?:{_WOMEN})(?: {LETTER}+)?,? $")
    titled = re.compile(rf"{BEFORE}(?:{_TITLES}|{_WOMEN}|{_SEVERAL})[ِٔ]?(?: {LETTER}+){{0,3}} $")

    def spoken(match: re.Match[str]) -> str:
        bracketed, bare = match.groups()
        before = text[: match.start()]
        if bare and not titled.search(before):
            return match.group()
        blessing = _BLESSINGS[bracketed or bare]
        if (bracketed or bare) == "ع" and several.search(before):
            blessing = "علیهم السلام"
        elif (bracketed or bare) == "ع" and women.search(before):
            blessing = "علیها السلام"
        return f"({blessing})"

    return sub(_BLESSING, spoken, text)
