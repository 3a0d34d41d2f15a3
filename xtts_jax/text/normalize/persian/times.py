"""Times of day."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.numbers import cardinal


def expand_times(text: str, row: Language) -> str:
    """Reads 10:30 and 10:05:20 with the words of minutes and seconds."""

    def spoken(match: re.Match[str]) -> str:
        hour, minute, second = match.groups()
        if int(hour) > 24:
            return match.group()
        parts = [cardinal(str(int(hour)), row)]
        if int(minute):
            parts.append(f"{cardinal(str(int(minute)), row)} دقیقه")
        if second:
            parts.append(f"{cardinal(str(int(second)), row)} ثانیه")
        return " و ".join(parts) + " "

    text = re.sub(r"(?<=:\d\d)\s?[-–]\s?(?=\d{1,2}:\d)", f" {row.words['–']} ", text)
    return re.sub(r"(?<![\d:])(\d{1,2}):([0-5]\d)(?::([0-5]\d))?(?![\d:])", spoken, text)
