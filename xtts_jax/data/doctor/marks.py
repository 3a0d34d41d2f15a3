"""Checks for what transcribers write beside the words: sounds, times, and who speaks."""

import re
from collections import Counter

from xtts_jax.data.doctor.diagnosis import Diagnosis, diagnose
from xtts_jax.data.doctor.survey import Clip
from xtts_jax.findings import quoted

SHOWN = 5  # marks that are named as examples
_OFTEN = 2  # labels that are not capitalized as names are count if they occur again

# Beginnings of words have an asterisk.
_SOUNDS = """
    laugh* chuckl* giggl* cough* sigh* sneez* sniff* gasp* breath*
    inhal* exhal* sob* cry* groan* moan* yawn* scream* shout* whisper*
    whistl* hum hums humming mumbl* murmur* grunt* snor* gulp* swallow*
    lip-?smack* clears clearing throat sings singing applau* clap* cheer* music*
    nois* static beep* click* knock* ring* footsteps door silen* paus*
    inaudible unintelligible indiscernible unclear incomprehensible indistinct crosstalk overlap*
    background foreign redacted censored bleep* unk unknown sil spn nsn noi vocalized-noise
    blank_audio stutter* hesitat* lachen lacht husten hustet seufzt unverständlich musik
    applaus geräusch rires? rit toux tousse soupir inaudible musique applaudissements risas? ríe tos
    suspira inaudible música aplausos ruido خنده می‌خندد نامفهوم نامشخص موسیقی موزیک سرفه سکوت مکث
    آه نفس صدا نویز تشویق گریه عطسه پچ‌پچ смех смеётся смеется кашель вздох музыка шум аплодисменты
    неразборчиво пауза тишина ضحك يضحك سعال موسيقى تصفيق صمت ضوضاء
"""
_SOUND = re.compile("|".join(_SOUNDS.split()).replace("*", r"\w*"), re.IGNORECASE)
_BETWEEN = re.compile(  # brackets, double ones too, and asterisks
    r"(?<!\[)\[(?!\[)([^\[\]]{1,60})\](?!\])|\(([^()]{1,60})\)|<(/?[^<>]{1,60})>|\{([^{}]{1,60})\}"
    r"|(?<![\w*])\*([^*]{1,40})\*(?![\w*])|[♪♫]([^♪♫]*)[♪♫]?"
)
_TIME = r"\d{1,3}:\d\d(?::\d\d)?(?:[.,]\d{1,3})?"
_TIMES = re.compile(rf"\s*{_TIME}(?:\s*(?:-->|[-–—,]|to)\s*{_TIME})?\s*")
_BARE = re.compile(  # times at the beginning or to the millisecond, and the sign for another speaker
    rf"{_TIME}\s*-->\s*{_TIME}|\d\d:\d\d(?::\d\d)?[.,]\d{{3}}|^\d\d:\d\d:\d\d(?=\s)|^0\d:\d\d(?=\s+\D)"
    r"|(?<!\S)>>+(?!\S)"
)
_CODE = re.compile(
    r"[A-Z][A-Z0-9]*(?:[ _-][A-Z0-9]+)*|\w+_\w+|[Ss]peaker\s?\d*|[xX]{2,}|[?]+|\d+(?:\.\d+)?\s?s(?:ec)?"
)
_MOST_WORDS = 4  # that describe a sound, such as "door closes in background"

_ROLES = """
    speaker spk interviewer interviewee narrator host guest moderator male female man woman voice caller agent
    customer doctor patient teacher student گوینده مجری مصاحبه‌گر راوی مهمان sprecher locuteur hablante диктор
"""
_ROLE = re.compile(rf"(?:{'|'.join(_ROLES.split())}|[sa-d])[ _#-]*\d*", re.IGNORECASE)
_LABEL = re.compile(
    r"\s*(?:[-–—>]+\s*)?[\[(<]?([^\W\d_][\w.'’\u200c-]*(?:[ _][\w.'’-]+){0,2})[\])>]?\s?[:：][\])>]?(?=\s)"
)
_OTHER_LABELS = """
    note notes warning caution attention example examples question answer fact facts tip tips hint
    remember result results conclusion chapter section part step figure table rule lesson exercise
    source sources address email phone tel date time place location title subject summary update
    correction edit ps nb re fwd cc contents ingredients directions instructions abstract
    introduction keywords goal aim problem solution reason advantage disadvantage first second third
    finally today tomorrow yesterday meaning verdict score total price weather news headline
"""
_NOT_LABELS = frozenset(_OTHER_LABELS.split())


def check_marks(texts: list[Clip]) -> list[Diagnosis]:
    """Checks all texts."""
    usual = Counter(label for clip in texts if (label := _label(clip.row.text)))
    found = [(clip, marks) for clip in texts if (marks := _marks(clip, usual))]
    counts = Counter(mark for _, marks in found for mark in marks)
    examples = ", ".join(f"{quoted(mark)} ({count})" for mark, count in counts.most_common(SHOWN))
    more = f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else ""
    return diagnose(
        "transcribers_marks", [clip for clip, _ in found], texts,
        f"texts have marks that nobody says, such as sounds, times or who speaks: {examples}{more}. They "
        "would be learned as words.",
        "transcripts of conversations, subtitles, or the output of a recognizer.",
        "Remove the marks from the texts, and the clips in which a sound or another speaker is loud.",
        spoils=False,
    )  # fmt: skip


def _marks(clip: Clip, usual: Counter[str]) -> list[str]:
    """What a text has of them, in the order of kinds."""
    text = clip.row.text
    between = [match[0] for match in _BETWEEN.finditer(text) if _is_mark(match)]
    bare = _BARE.findall(_BETWEEN.sub(" ", text).strip())
    label = _label(text)
    named = [f"{label}:"] if label and _names_a_speaker(label, clip, usual) else []
    return [*between, *bare, *named]


def _is_mark(match: re.Match[str]) -> bool:
    """Whether what is in brackets or asterisks is no part of the sentence."""
    if match[0][0] in "♪♫":
        return True
    inner = next(group for group in match.groups() if group is not None).strip(" /.,:!*#_")
    is_code = match[0][0] in "[<{" and bool(_CODE.fullmatch(inner))
    return not inner or is_code or bool(_TIMES.fullmatch(inner)) or _is_sound(inner)


def _is_sound(inner: str) -> bool:
    words = [word for word in re.split(r"[\s/,]+", inner) if word and not _TIMES.fullmatch(word)]
    return len(words) <= _MOST_WORDS and any(map(_SOUND.fullmatch, words))


def _label(text: str) -> str:
    """What precedes a colon at the beginning of a text, if it is short."""
    match = _LABEL.match(text)
    return match[1] if match and match.end() < len(text.rstrip()) else ""


def _names_a_speaker(label: str, clip: Clip, usual: Counter[str]) -> bool:
    words = label.split()
    if words[0].casefold().rstrip(".") in _NOT_LABELS:
        return False
    if _ROLE.fullmatch(label) or label.casefold() == clip.row.speaker.rpartition("/")[2].casefold():
        return True
    return usual[label] >= _OFTEN or all(word[0].isupper() or word.isdigit() for word in words)
