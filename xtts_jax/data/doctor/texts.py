"""Checks of the texts against the recordings, the language, the front end and each other."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable

import numpy as np

from xtts_jax.config import Config
from xtts_jax.data.agreement import UNCLEAR, Agreement, mismatch, texts_and_lengths_agree
from xtts_jax.data.doctor.diagnosis import MOST, Diagnosis, diagnose
from xtts_jax.data.doctor.marks import check_marks
from xtts_jax.data.doctor.recordings import Recording
from xtts_jax.data.doctor.survey import Clip, Survey, needs_text
from xtts_jax.findings import quoted
from xtts_jax.text.languages import LANGUAGES

PACE_FACTOR = 2.0  # an odd pace is this much faster or slower than the median of the voice,
PACE_DEVIATIONS = 6.0  # and this many median absolute deviations away from it
PACE_CLIPS = 8  # voices with fewer clips are pooled by language
EDGE_TOKENS = 2  # the tokenizer's <start> and <end>
MARGINS_S = 0.1  # what trimming leaves around the speech
RARE_CLIPS = 3  # a symbol in fewer clips can hardly be learned
RARE_AMONG = 100  # fewest clips, all of them examined, among which a symbol can be called rare

# Replacement, control and private-use characters, and UTF-8 that was read as Latin-1 or Windows-1252.
_BROKEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff\ufffd\ue000-\uf8ff]|[ÃÐÑØÙ][\x80-\xbf]|â€")
_FIRST_PICTOGRAPH = 0x2600


def check_texts(survey: Survey, config: Config) -> list[Diagnosis]:
    """Checks lengths, scripts and characters of all texts, and the symbols of those that were converted."""
    if not needs_text(config):
        return []
    texts = [clip for clip in survey.clips if clip.text and clip.language in LANGUAGES]
    timed = [(clip, recording) for clip, recording in survey.readable if clip.text]
    return [
        *_texts_against_lengths(timed),
        *_odd_paces(timed),
        *_foreign_scripts(texts),
        *_broken_characters(texts),
        *check_marks(texts),
        *_duplicate_texts(texts),
        *_unspeakable_texts(survey),
        *_crowded_clips(survey, config),
        *_rare_symbols(survey),
    ]


def agreement(timed: list[tuple[Clip, Recording]]) -> Agreement:
    """The agreement of text and clip lengths within voices, or within languages if that is unclear."""
    characters = np.array([len(clip.text) for clip, _ in timed])
    seconds = np.array([recording.seconds for _, recording in timed])
    voices = np.array([f"{clip.language}|{clip.row.speaker}" for clip, _ in timed])
    within_voices = texts_and_lengths_agree(characters, seconds, voices)
    if within_voices.verdict != UNCLEAR:
        return within_voices
    return texts_and_lengths_agree(characters, seconds, np.array([clip.language for clip, _ in timed]))


def _texts_against_lengths(timed: list[tuple[Clip, Recording]]) -> list[Diagnosis]:
    ids = tuple(clip.row.id for clip, _ in timed)
    return [Diagnosis(finding, ids) for finding in mismatch(agreement(timed))]


def _odd_paces(timed: list[tuple[Clip, Recording]]) -> list[Diagnosis]:
    paces = {id(clip): float(np.log(len(clip.text) / recording.seconds)) for clip, recording in timed}
    clips = [clip for clip, _ in timed]
    deviations: dict[int, float] = {}
    for group in _voices(clips):
        values = np.array([paces[id(clip)] for clip in group])
        distance = values - np.median(values)
        border = max(np.log(PACE_FACTOR), PACE_DEVIATIONS * float(np.median(np.abs(distance))))
        deviations |= {id(c): float(d) for c, d in zip(group, distance, strict=True) if abs(d) > border}
    sick = sorted((c for c in clips if id(c) in deviations), key=lambda c: -abs(deviations[id(c)]))
    fast = sum(deviations[id(clip)] > 0 for clip in sick)
    return diagnose(
        "odd_paces", sick, clips,
        f"clips are spoken more than {PACE_FACTOR:g} times faster ({fast}) or slower ({len(sick) - fast}) "
        "than usual for their voice, in characters per second; the most extreme come first.",
        "a text that says more or less than the recording, digits and abbreviations, or a long silence.",
        "Listen to the examples while reading their texts; correct the text or leave out the clip.",
        spoils=False,
    )  # fmt: skip


def _voices(clips: list[Clip]) -> list[list[Clip]]:
    """Clips by language and speaker, or by language for speakers with few; without small groups."""
    large, small = [], []
    for group in _grouped(clips, lambda clip: (clip.language, clip.row.speaker)):
        (large if len(group) >= PACE_CLIPS else small).append(group)
    rest = _grouped([clip for group in small for clip in group], lambda clip: clip.language)
    return large + [group for group in rest if len(group) >= PACE_CLIPS]


def _grouped(clips: list[Clip], key: Callable[[Clip], Hashable]) -> list[list[Clip]]:
    groups = defaultdict(list)
    for clip in clips:
        groups[key(clip)].append(clip)
    return list(groups.values())


def _foreign_scripts(texts: list[Clip]) -> list[Diagnosis]:
    sick = [clip for clip in texts if clip.row.text.strip() and _is_foreign(clip.row.text, clip.language)]
    tags = Counter(clip.language for clip in sick).most_common(3)
    return diagnose(
        "foreign_scripts", sick, texts,
        "texts are mostly written in letters that their language does not use: "
        f"{', '.join(f'{count} tagged {tag}' for tag, count in tags)}.",
        "a wrong language tag, or a language transliterated into Latin letters.",
        "Set the language that the text is written in, in the metadata or with --language "
        "(`--config.data.language` in training), or write the text in the letters of its language.",
        spoils=True,
    )  # fmt: skip


def _is_foreign(text: str, language: str) -> bool:
    letters = [unicodedata.name(character, "") for character in text if character.isalpha()]
    return 2 * sum(not name.startswith(LANGUAGES[language].script) for name in letters) > len(letters)


def _broken_characters(texts: list[Clip]) -> list[Diagnosis]:
    found = [(clip, broken) for clip in texts if (broken := _broken(clip.text))]
    kinds = Counter(broken for _, broken in found).most_common(4)
    garbled = sum(bool(_BROKEN.match(broken)) for _, broken in found)  # the front end drops pictographs
    return diagnose(
        "broken_characters", [clip for clip, _ in found], texts,
        "texts contain characters that cannot be spoken: "
        f"{', '.join(f'{quoted(broken)} ({count})' for broken, count in kinds)}.",
        "a table that was read in the wrong encoding and saved again, or emoji.",
        "Export the texts again as UTF-8, and leave out emoji and control characters.",
        spoils=garbled > MOST * len(texts),
    )  # fmt: skip


def _broken(text: str) -> str:
    """The first sign of a wrong encoding, else the first pictograph, else nothing."""
    if match := _BROKEN.search(text):
        return match.group()
    pictographs = (c for c in text if ord(c) >= _FIRST_PICTOGRAPH and unicodedata.category(c) == "So")
    return next(pictographs, "")


def _duplicate_texts(texts: list[Clip]) -> list[Diagnosis]:
    groups = _grouped(texts, lambda clip: (clip.language, clip.row.speaker, " ".join(clip.text.split())))
    return diagnose(
        "duplicate_texts", [clip for group in groups if len(group) > 1 for clip in group], texts,
        "rows have the same text as another row of their speaker.",
        "sentences that were recorded again, or a text that was copied to the wrong row.",
        "Nothing if that is what the recordings say; otherwise correct the texts.",
        spoils=False,
    )  # fmt: skip


def _unspeakable_texts(survey: Survey) -> list[Diagnosis]:
    complaints = [(clip, spoken.complaint) for clip, spoken in survey.spoken if spoken.complaint]
    kinds = Counter(re.sub(r"(['\"]).*?\1", "a text", why).partition(". ")[0] for _, why in complaints)
    reasons = "; ".join(f"{count} x {kind.rstrip('.')}" for kind, count in kinds.most_common(3))
    return diagnose(
        "unspeakable_texts", [clip for clip, _ in complaints], survey.spoken,
        f"texts cannot be converted to symbols: {reasons}.",
        "texts without words, or in the letters of another language.",
        "Correct the texts, or the language of their rows.",
        spoils=True,
    )  # fmt: skip


def _crowded_clips(survey: Survey, config: Config) -> list[Diagnosis]:
    both = [(c, s.symbols, c.recording) for c, s in survey.spoken if s.symbols and _is_readable(c)]
    sick = [
        clip
        for clip, symbols, recording in both
        if recording and len(symbols) + EDGE_TOKENS > config.audio.frames(_speech_s(clip, recording))
    ]
    return diagnose(
        "crowded_clips", sick, both,
        "clips have more symbols than frames "
        f"({config.audio.seconds(1) * 1000:.1f} ms each) and will be left out: nobody speaks that fast.",
        "the text of a whole page with the recording of one sentence, or a recording that is cut off.",
        "Listen to the examples, and give each recording the text that is spoken in it.",
        spoils=True,
    )  # fmt: skip


def _is_readable(clip: Clip) -> bool:
    return clip.recording is not None and not clip.recording.complaint


def _speech_s(clip: Clip, recording: Recording) -> float:
    """The duration of a clip as preparation trims it, if it was decoded; else of the whole recording."""
    if clip.sound is None or clip.sound.complaint:
        return recording.seconds
    return min(clip.sound.seconds, clip.sound.seconds - clip.sound.lead_s - clip.sound.tail_s + MARGINS_S)


def _rare_symbols(survey: Survey) -> list[Diagnosis]:
    said = [(clip, set(spoken.symbols)) for clip, spoken in survey.spoken if spoken.symbols]
    if not RARE_AMONG <= len(survey.spoken) == len(survey.clips):
        return []
    counts = Counter(symbol for _, symbols in said for symbol in symbols)
    rare = sorted(symbol for symbol, count in counts.items() if count < RARE_CLIPS)
    return diagnose(
        "rare_symbols", [clip for clip, symbols in said if symbols & set(rare)], said,
        f"texts contain a symbol that occurs in fewer than {RARE_CLIPS} clips: "
        f"{', '.join(f'{symbol} (U+{ord(symbol):04X})' for symbol in rare[:12])}.",
        "foreign words, typing errors, or letters of another keyboard layout.",
        "Correct typing errors. Other rare symbols can hardly be learned and will be spoken badly.",
        spoils=False,
    )  # fmt: skip
