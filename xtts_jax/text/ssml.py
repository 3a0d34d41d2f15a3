"""What the tags and attributes of SSML ask for."""

import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from xtts_jax.text import say_as
from xtts_jax.text.languages import LANGUAGES, language_code
from xtts_jax.text.patterns import sub
from xtts_jax.text.sounds import phones
from xtts_jax.text.spans import LINE_END, PARAGRAPH_END, Pause, Prosody, Span, Way

Values = Mapping[str, str]  # attributes by name
LeaveOut = Callable[[str], None]  # is given the markup that is not known

LONGEST_BREAK_S = 60.0
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}
_RATES = {"x-slow": 0.5, "slow": 0.75, "medium": 1.0, "default": 1.0, "fast": 1.35, "x-fast": 1.8}
_PITCHES = {"x-low": -6.0, "low": -3.0, "medium": 0.0, "default": 0.0, "high": 3.0, "x-high": 6.0}
_VOLUMES = {"x-soft": -12.0, "soft": -6.0, "medium": 0.0, "default": 0.0, "loud": 4.0, "x-loud": 8.0}
_LOWEST_HZ = 20.0
_UNSIGNED = r"(?:\d+(?:\.\d*)?|\.\d+)"
_FIGURE = rf"([+-]?{_UNSIGNED})"
_MOST = 5.0  # times as fast or as high, or as little; what is more was meant in another unit


class Element(NamedTuple):
    """An open tag, and how the text in it is read."""

    name: str
    tag: str
    language: str
    prosody: Prosody = Prosody()
    is_xml: bool = False  # line ends are mere space
    ends: Pause | None = None  # around it
    replaced: Callable[[str], Span] | None = None  # what is read instead of the text in it


def code_of(tag: str) -> str:
    """The language of a tag such as fa-IR or en_US; "" if the table has none."""
    code = language_code(tag)
    return code if code in LANGUAGES else ""


def element(name: str, tag: str, values: Values, outer: Element, leave_out: LeaveOut) -> Element | None:
    """What a tag that encloses a text opens; None if there is no such tag."""
    inner = outer._replace(name=name, tag=tag, ends=None, replaced=None)
    match name:
        case "speak" | "p" | "s":
            ends = LINE_END if name == "s" else PARAGRAPH_END
            return inner._replace(language=_language(values, outer, leave_out), is_xml=True, ends=ends)
        case "lang":
            return inner._replace(language=_language(values, outer, leave_out))
        case "prosody":
            return inner._replace(prosody=prosody(values, leave_out).within(outer.prosody))
        case "sub" if "alias" not in values:  # a subscript of HTML
            leave_out(tag)
            return inner
        case "sub" | "say-as" | "phoneme":
            return inner._replace(replaced=_replacement(name, values, outer, leave_out))
    code = code_of(name)
    return inner._replace(language=code) if code else None


def _language(values: Values, outer: Element, leave_out: LeaveOut) -> str:
    written = values.get("xml:lang", values.get("lang"))
    if written is None:
        return outer.language
    if not (code := code_of(written)):
        leave_out(f'xml:lang="{written}"')
    return code or outer.language


def _replacement(name: str, values: Values, outer: Element, leave_out: LeaveOut) -> Callable[[str], Span]:
    def replaced(written: str) -> Span:
        said, way = written, Way.TEXT
        if name == "sub":
            said = values["alias"].strip() or written
        elif name == "say-as":
            said, way = say_as.spoken(written, values, outer.language) or (written, Way.TEXT)
        elif is_ipa:
            said, way = ipa(values["ph"]), Way.IPA
        return Span(written or said, said, outer.language, way, outer.prosody)

    has_sounds = bool(phones(values.get("ph", "")))
    is_ipa = has_sounds and values.get("alphabet", "ipa").lower() == "ipa"
    if name == "phoneme" and not is_ipa:
        leave_out(f'alphabet="{values["alphabet"]}"' if has_sounds else _without_sounds(values))
    if name == "say-as" and say_as.kind_of(values) is None:
        leave_out(f'interpret-as="{values.get("interpret-as", "")}"')
    return replaced


def _without_sounds(values: Values) -> str:
    return f'ph="{values["ph"]}"' if "ph" in values else "<phoneme>"


def ipa(written: str) -> str:
    """IPA as espeak-ng writes it: without syllable borders and ties, with its stress marks and its ɡ."""
    plain = sub(r"[.‿|\u035c\u0361]", "", written)
    return plain.translate(str.maketrans({"g": "ɡ", "'": "ˈ", ":": "ː"}))


def break_s(values: Values, leave_out: LeaveOut) -> float:
    """How long a <break> is, in seconds."""
    strength = values.get("strength", "medium").lower()
    if strength not in _STRENGTHS:
        leave_out(f'strength="{strength}"')
    seconds = _STRENGTHS.get(strength, _STRENGTHS["medium"])
    if "time" in values:
        if time := re.fullmatch(rf"\+?({_UNSIGNED})\s*(m?s)", values["time"].strip().lower()):
            seconds = float(time[1]) / (1000 if time[2] == "ms" else 1)
        else:
            leave_out(f'time="{values["time"]}"')
    if seconds > LONGEST_BREAK_S:
        leave_out(f'what time="{values["time"]}" has over {LONGEST_BREAK_S:g} s')
    return min(seconds, LONGEST_BREAK_S)


def prosody(values: Values, leave_out: LeaveOut) -> Prosody:
    """What <prosody> asks for, relative to the text around it unless the pitch is in Hz."""
    pitch = re.fullmatch(rf"{_FIGURE}\s*hz", values.get("pitch", "").strip().lower())
    if pitch and (pitch[1][0] in "+-" or float(pitch[1]) >= _LOWEST_HZ):
        field = "hertz_up" if pitch[1][0] in "+-" else "hertz"
        others = {name: value for name, value in values.items() if name != "pitch"}
        return prosody(others, leave_out)._replace(**{field: float(pitch[1])})
    read = {"rate": (_rate, 1.0), "pitch": (_semitones, 0.0), "volume": (_decibels, 0.0)}
    found = []
    for name, (reader, usual) in read.items():
        value = reader(values[name].strip().lower()) if name in values else usual
        if value is None:
            leave_out(f'{name}="{values[name]}"')
        found.append(usual if value is None else value)
    for name in values.keys() - read.keys():
        leave_out(f'{name}="{values[name]}"')
    return Prosody(*found)


def _rate(value: str) -> float | None:
    """A name, a factor such as 1.2, 120 % of the usual rate, or +20 %."""
    if value in _RATES:
        return _RATES[value]
    figure = re.fullmatch(_FIGURE, value)
    return _sensible(float(figure[1]) if figure else _of_percent(value))


def _semitones(value: str) -> float | None:
    """A name, +2st, or +10 %."""
    if value in _PITCHES:
        return _PITCHES[value]
    if figure := re.fullmatch(rf"{_FIGURE}\s*st", value):
        return float(figure[1])
    factor = _sensible(_of_percent(value))
    return 12 * math.log2(factor) if factor else None


def _decibels(value: str) -> float | None:
    """A name, +6dB, +10 %, or as in SSML 1.0 a number from 0 to 100."""
    if value in _VOLUMES:
        return _VOLUMES[value]
    if figure := re.fullmatch(rf"{_FIGURE}\s*db", value):
        return float(figure[1])
    factor = _of_percent(f"{value}%" if re.fullmatch(_UNSIGNED, value) else value)
    return 20 * math.log10(factor) if factor > 0 else None


def _of_percent(value: str) -> float:
    """The factor that 120 % or +20 % stands for; 0 for what is no percentage."""
    figure = re.fullmatch(rf"{_FIGURE}\s*%", value)
    return float(figure[1]) / 100 + (value[0] in "+-") if figure else 0.0


def _sensible(factor: float) -> float | None:
    return factor if 1 / _MOST <= factor <= _MOST else None
