"""The scores of games: 3-1 is سه بر یک."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.common import ZWNJ
from xtts_jax.text.normalize.persian.borders import AFTER, BEFORE
from xtts_jax.text.normalize.persian.dates import MONTHS
from xtts_jax.text.normalize.persian.measures import MEASURE

_CLUB = "پرسپولیس|سپاهان|تراکتور|بارسلونا|بارسا|رئال|منچستر|لیورپول|چلسی|آرسنال|بایرن|یوونتوس|میلان"
_TEAM = (
    f"(?:{_CLUB}|استقلال|فولاد|ملوان|ایران|عراق|قطر|عربستان|امارات|ژاپن|چین|کره|استرالیا|ازبکستان|ترکیه|آلمان|فرانسه|"
    "ایتالیا|اسپانیا|پرتغال|انگلیس|انگلستان|هلند|بلژیک|لهستان|روسیه|برزیل|آرژانتین|آمریکا|مراکش)"
)
_GAME = (
    f"(?:بازی|دیدار|مسابقه|مسابقات|تیم|گل|تساوی|پیروزی|برتری|فوتبال|فوتسال|والیبال|بسکتبال|هندبال|دربی|لیگ|"
    rf"فینال|حریف|{_CLUB})(?:{ZWNJ}?(?:ی|مان|شان)|[ِٔ])?"
)
_WIN = (
    "(?:(?:برد|باخت|شکست|پیش افتاد)(?:ند|یم|م|ه)?|(?:می‌|می )(?:بر|باز)(?:د|ند|یم)|پیروز|برنده|بازنده|مغلوب)"
)
_UP_TO_FOUR_WORDS = r"(?: [^\s.?!;]+){0,4}"

_PAIR = re.compile(r"(?<![\w.,/:–-])(?<!\d )(\d{1,2})\s?[-–]\s?(\d{1,2})(?![\w/–-]|[.,:]\d|\s[-–])")
_NOT_AFTER = re.compile(
    rf"{BEFORE}(?:ساعت|فصل|سال|صفحهٔ?|صفحات|شمارهٔ?|روزهای|هفتهٔ?|از|بین|حدود|حاصل|تفریق|لیگ|لیگ برتر|جام|"
    r"ترکیب|سیستم|آرایش|ردهٔ?|سنین)[ِٔ]? $"
)
_NOT_BEFORE = re.compile(
    rf"\s?(?:[=+*×÷^%$€]|می[ {ZWNJ}]?شود|چند|(?:{MEASURE}|{MONTHS})(?:{ZWNJ}?(?:ه|ی|ها|های))?[ِٔ]?{AFTER})"
)
_RESULT_BEFORE = re.compile(rf"{BEFORE}(?:نتیجهٔ?|امتیاز)[ِ:]? $")
_GAME_BEFORE = re.compile(rf"{BEFORE}{_GAME},?{_UP_TO_FOUR_WORDS} $")
_SETTLED_AFTER = re.compile(
    rf"\s?(?:$|[.,;:!?)])| (?:تمام|پایان|خاتمه|شد|بود|به|در|را|با|که|و|از|برای|مقابل|برابر){AFTER}"
)
_TEAM_BEFORE = re.compile(rf"{BEFORE}{_TEAM} $")
_TEAM_AFTER = re.compile(rf" {_TEAM}{AFTER}")
_WON_AFTER = re.compile(rf" {_WIN}{AFTER}")
_DRAW_AFTER = re.compile(r" مساوی(?: (?:شد|کرد|ماند|تمام|به پایان|به اتمام|بود)|\s?(?:$|[.,;!]))")
_SPORT_BEFORE = re.compile(rf"{BEFORE}(?:{_GAME}|{_WIN}|مساوی|استقلال),?{_UP_TO_FOUR_WORDS} $")
_SPORT_AFTER = re.compile(rf"{_UP_TO_FOUR_WORDS} (?:{_GAME}|{_WIN}|استقلال){AFTER}")


def expand_scores(text: str, row: Language) -> str:
    """Reads the dash of a score as بر, where a word of sport or of winning is near."""

    def spoken(match: re.Match[str]) -> str:
        first, last = match.groups()
        score = _is_score(int(first), int(last), text[: match.start()], text[match.end() :])
        return f"{first} بر {last}" if score else match.group()

    return _PAIR.sub(spoken, text)


def _is_score(first: int, last: int, before: str, after: str) -> bool:
    """Whether a pair is a score; one that ascends can also be a range, and needs a clearer sign."""
    if _RESULT_BEFORE.search(before):
        return True
    if _NOT_AFTER.search(before) or _NOT_BEFORE.match(after):
        return False
    if _WON_AFTER.match(after) or (first == last and _DRAW_AFTER.match(after)):
        return True
    if _TEAM_BEFORE.search(before) and _TEAM_AFTER.match(after):
        return True
    if 0 < first < last:
        return bool(_GAME_BEFORE.search(before) and _SETTLED_AFTER.match(after))
    return bool(_SPORT_BEFORE.search(before) or _SPORT_AFTER.match(after))
