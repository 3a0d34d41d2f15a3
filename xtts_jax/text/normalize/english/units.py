"""Units of measurement after a number, alone, squared and per another: 5 km, 50 m², 5 mg/kg, $5/month."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.grouping import FIGURE
from xtts_jax.text.normalize.english.unit_names import UNIT, UNITS
from xtts_jax.text.patterns import sub

_DOTTED = "ft|lbs?|oz|min|sec|hrs?|yd|mi|kg|cm|km|mm|gal"
_PER_WHAT = (
    "second|minute|hour|day|week|month|year|person|kilogram|unit|night|game|share|gallon|mile|liter|litre|ton|ounce|pound|head|session|class|visit|"
    "lesson|ticket|user|seat|piece|item|page|word|shift|acre|barrel|trip|serving|portion|foot|yard|meter|gal|oz|mi|mo|yr|wk|d|hr|min|sec|kg|lb|kWh|km|h|s|m"
)
_SHORT_TIMES = {"mo": "month", "yr": "year", "wk": "week", "d": "day"}
_DIRECTIONS = {"N": "north", "S": "south", "E": "east", "W": "west"}
_COUNTS = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion", "tn": "trillion"}
# What is counted by the million, as against measured in meters: "3m people", but "100m hurdles".
_COUNTED = (
    r"people|men|women|children|households|homes|houses|families|jobs|votes|copies|views|downloads|streams|"
    r"deaths|births|cases|doses|tests|barrels|tonnes|tons|acres|hectares|dollars|pounds|euros|years|accounts|"
    r"fans|adults|pupils|phones|cars|vehicles|animals|birds|trees|books|words|pages|records|items|"
    r"(?!(?:runn|hurdl|sprint|swimm|tow|ladd|comput)ers\b)[a-z]{2,}(?:ers|ors|ists|ees|ants|ents)|citizens|"
    r"[A-Z][a-z]+(?:ans|ons|ards|eds|sh|ese)"
)
_MORE = r"(?:more|new|other|fewer|young|old|extra|additional|American|British|European) "
_LINES = {"240", "360", "480", "720", "1080", "1440", "2160", "4320"}
_POWERS = {"2": "square", "3": "cubic"}

_AMOUNT = rf"(?:\d+ )?\d+/\d+|{FIGURE}"
_POWER = r"(?:\^?([23])(?![\d.]\d|\d))?"
_PER = rf"(?:\s?[/⁄]\s?({UNIT}|[a-z]{{2,}}){_POWER}(?![\w']))?"


def speak_units(text: str, _row: Language) -> str:
    text = sub(rf"(?<=\d)\s?({_DOTTED})\.(?=\s+[a-z]|,|\s?\))", r" \1", text)
    text = sub(r"(?<=\d) ?in\.(?=\s+[a-z(]|,|$)", " inches", text)
    text = sub(rf"(?<![\w.,])(\d+),(\d{{1,2}})(?=\s?(?:{UNIT})(?![\w']))", r"\1.\2", text)
    text = sub(rf"({FIGURE})\s?({UNIT})\s?[-–]\s?(?={FIGURE}\s?\2(?!\w))", r"\1-", text)
    text = sub(r"(\d)\s?(?:m|mins?)\s?(\d+)\s?s(?:ecs?)?\b", r"\1 min \2 s", text)
    text = sub(r"(\d\s?(?:h|hrs?|hours?))\s?(\d+)\s?(?:m|mins?)\b", r"\1 \2 min", text)
    text = sub(r"(?<=\d )(sq|cu)\.\s?(?=(?:[ck]?m|mi|ft|yd|in)\b)", r"\1 ", text)
    text = sub(rf"(?<=\d)x(?=\s?/\s?(?:{_PER_WHAT})\b)", " times", text)
    text = sub(r"(\d\s?(?:ft|foot|feet)\.? \d+)\s?in\b\.?", r"\1 inches", text)
    text = sub(rf"(?<![\w.])({_AMOUNT})in\b", _inches, text)
    text = _magnitudes(text)
    text = sub(r"(?<=\d)(\s?[kMG])b(?=/s\b)", r"\1bit", text)
    text = sub(r"\b(\d{1,2})(\d0)[pi]\b", _resolution, text)
    text = _feet_and_inches(text)
    text = sub(rf"(?<![\w.])({_AMOUNT})(\s?|-)({UNIT}){_POWER}{_PER}(?![\w']|\.\w)", _unit, text)
    text = sub(r"(?<=degrees) ([NSEW])\b(?!')", lambda m: f" {_DIRECTIONS[m[1]]}", text)
    return sub(rf"(\d[\w. ]* [a-z]+|\d)\s?/\s?({_PER_WHAT})\b(?!/)", _per_word, text)


def _inches(match: re.Match[str]) -> str:
    return f"{match[1]} {'inch' if _is_one(match[1]) or _describes(match) else 'inches'}"


def _magnitudes(text: str) -> str:
    """1.2bn, 500k users, 3m people."""
    big = r"(?<=\d)\s?(bn|tn)(?![\w'])|(?<=\d)(mn)(?![\w'])"
    few = r"(?<=\d)([kKM])(?=(?: to \d[\d.]*[kKM])?\s+(?:people|[a-z]{3,}s)\b)"
    millions = rf"(?<=\d)(m)(?=\s+(?:{_MORE})?(?:{_COUNTED})\b)"
    return sub(f"{big}|{few}|{millions}", lambda m: f" {_COUNTS[m[0].strip().lower()]}", text)


def _per_word(match: re.Match[str]) -> str:
    amount, unit = match.groups()
    return f"{amount} per {_denominator(unit)}"


def _denominator(unit: str) -> str:
    return UNITS[unit][0] if unit in UNITS else _SHORT_TIMES.get(unit, unit)


def _resolution(match: re.Match[str]) -> str:
    """The lines of a screen in pairs of digits: 1080p as 10 80 p."""
    return f"{match[1]} {match[2]} {match[0][-1]}" if match[0][:-1] in _LINES else match[0]


def _unit(match: re.Match[str]) -> str:
    amount, gap, unit, power, per, per_power = match.groups()
    one, many = UNITS[unit]
    singular = gap == "-" or _is_one(amount) or _describes(match)
    said = " ".join(word for word in (_POWERS.get(power or ""), one if singular else many) if word)
    if per:
        said += " per " + " ".join(w for w in (_POWERS.get(per_power or ""), _denominator(per)) if w)
        if per == "s" and per_power == "2":
            said = f"{one if singular else many} per second squared"
    return f"{amount} {said}"


def _describes(match: re.Match[str]) -> bool:
    """Whether an amount stands before its noun, and takes the singular: a 12 inch pizza."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    return bool(re.search(r"\b[Aa]n?\s-?$", before) and re.match(r" [a-z]", after))


def _is_one(amount: str) -> bool:
    return amount == "1" or ("/" in amount and " " not in amount)


def _feet_and_inches(text: str) -> str:
    """6'2", 6' and 12"; a quotation mark counts as inches only where no quotation is open."""
    text = sub(r"(?<=\d)°\s?(\d+(?:\.\d+)?)'(?:\s?(\d+(?:\.\d+)?)\")?\s?([NSEW]\b)?", _angle, text)
    text = sub(r"(?<![\w.'])(\d{1,3})'\s?(\d{1,2}(?:\.\d+)?)(?:\"|''|(?!\w))", _feet, text)

    def inches(match: re.Match[str]) -> str:
        if text.count('"', 0, match.start()) % 2:
            return match.group()
        return f"{match[1]} {'inch' if _is_one(match[1]) or _describes(match) else 'inches'}"

    text = sub(rf"({FIGURE})\"(?=\s?[x×]\s?({FIGURE})\"|\s?by\s({FIGURE})\")", r"\1 inches", text)
    text = sub(rf"(?<=inches) ?([x×]|by) ?({FIGURE})\"", r" by \2 inches", text)
    text = sub(rf"(?<![\w./])({_AMOUNT})(?:\"(?!\w)|'')", inches, text)
    return sub(r"(?<![\w.'])(\d{1,3})'(?=\s|[,.;)]|$)", _feet, text)


def _feet(match: re.Match[str]) -> str:
    feet, inches = (*match.groups(), None)[:2]
    said = f"{feet} {'foot' if feet == '1' else 'feet'}"
    return f"{said} {inches} {'inch' if inches == '1' else 'inches'}" if inches else said


def _angle(match: re.Match[str]) -> str:
    minutes, seconds, direction = match.groups()
    said = f" degrees {minutes} minutes" + (f" {seconds} seconds" if seconds else "")
    return f"{said} {_DIRECTIONS[direction]}" if direction else said
