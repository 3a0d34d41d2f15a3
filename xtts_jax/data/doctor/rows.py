"""Checks of the metadata: rows, ids, languages, speakers, and the files they name."""

import unicodedata
from collections import Counter
from pathlib import PurePosixPath, PureWindowsPath

from xtts_jax.config import Config
from xtts_jax.data.doctor.diagnosis import MOST, Diagnosis, diagnose
from xtts_jax.data.doctor.survey import Clip, Survey, needs_text
from xtts_jax.data.manifest import emotion_name
from xtts_jax.data.near_names import UNREAD
from xtts_jax.data.rows import EMOTIONS, FEWEST_UTTERANCES
from xtts_jax.findings import SEVERE, WARNING, Finding
from xtts_jax.text.languages import LANGUAGES, similar_language


def check_rows(survey: Survey, config: Config) -> list[Diagnosis]:
    """Checks all rows."""
    return [
        *_few_usable_rows(survey, config),
        *_malformed_rows(survey),
        *_missing_files(survey),
        *_duplicate_ids(survey),
        *(_empty_texts(survey) if needs_text(config) else []),
        *_unknown_languages(survey),
        *_unknown_emotions(survey),
        *_twin_files(survey),
        *_unlisted_files(survey),
        *_lone_speakers(survey),
    ]


def _few_usable_rows(survey: Survey, config: Config) -> list[Diagnosis]:
    seen: set[str] = set()
    reasons = {i: why for i, clip in enumerate(survey.clips) if (why := _unusable(clip, seen, config))}
    usable = len(survey.clips) - len(reasons)
    if usable >= FEWEST_UTTERANCES and len(reasons) <= MOST * len(survey.clips):
        return []
    counts = Counter(reasons.values()).most_common(3)
    causes = "; ".join(f"{count} x {why}" for why, count in counts) or "the metadata has no more rows"
    too_little = ", which is too little to train on" if usable < FEWEST_UTTERANCES else ""
    finding = Finding(
        "few_usable_rows",
        SEVERE,
        f"{usable} of {len(survey.clips)} rows can be used{too_little}.",
        f"{causes}.",
        "Fix what the other findings name, or add recordings: most rows must be usable, and at least "
        f"{FEWEST_UTTERANCES}. configs/your_voice.py needs a minute of a voice, the others about an hour.",
    )
    return [Diagnosis(finding, tuple(survey.clips[i].row.id for i in reasons))]


def _unusable(clip: Clip, seen: set[str], config: Config) -> str:
    if clip.row.complaint:
        return "malformed"
    if clip.row.id in seen:
        return "an id that occurs twice"
    seen.add(clip.row.id)
    if not clip.text and needs_text(config):
        return "no text"
    if clip.language not in LANGUAGES:
        return "an unknown language"
    if not _emotion_is_known(clip):
        return "an unknown emotion"
    if clip.row.audio is None:
        return "no file"
    if clip.recording is None:  # not probed
        return ""
    if clip.recording.complaint:
        return "a file that cannot be read"
    in_range = config.data.min_seconds <= clip.recording.seconds <= config.data.max_seconds
    return "" if in_range else "too short or too long"


def _malformed_rows(survey: Survey) -> list[Diagnosis]:
    sick = [clip for clip in survey.clips if clip.row.complaint]
    return diagnose(
        "malformed_rows", sick, survey.clips,
        f"rows have the wrong number of fields; the first: {sick[0].row.complaint}." if sick else "",
        "a delimiter inside a text, a missing one, or another delimiter than in the other rows.",
        "Write each row with as many delimiters as the others, and none inside a text.",
        spoils=True,
    )  # fmt: skip


def _missing_files(survey: Survey) -> list[Diagnosis]:
    sick = [clip for clip in survey.clips if clip.row.audio is None and not clip.row.complaint]
    cause, remedy = _why_missing(sick, survey.files)
    seen = "rows name a recording that does not exist, or that cannot be read."
    return diagnose("missing_files", sick, survey.clips, seen, cause, remedy, spoils=True)


def _why_missing(sick: list[Clip], files: tuple[str, ...]) -> tuple[str, str]:
    """The likely cause, and the remedy: a file of another format or with a similar name, or no file."""
    near = {_fold(PurePosixPath(file).name): file for file in files}
    near |= {_fold(PurePosixPath(file).stem): file for file in near.values()}
    for clip in sick:
        name = PureWindowsPath(clip.row.id)
        file = near.get(_fold(name.name)) or near.get(_fold(name.stem)) or ""
        if (suffix := PurePosixPath(file).suffix.lower()) in UNREAD:
            return (
                f"recordings in a format that is not read, such as {file}.",
                f"Convert them to WAV or FLAC, as with `ffmpeg -i in{suffix} out.flac`.",
            )
        if where := clip.row.meant or file:
            return (
                f"the names differ: a row says {clip.row.id}, but there is {where} (compare folders, case, "
                "suffix and accents).",
                "Use as ids the paths of the files below this folder or its wavs/.",
            )
    return (
        "files that were not copied or not downloaded.",
        "Add the recordings below this folder or its wavs/, under the names that the rows give.",
    )


def _fold(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def _duplicate_ids(survey: Survey) -> list[Diagnosis]:
    counts = Counter(clip.row.id for clip in survey.clips)
    first = {clip.row.id: clip for clip in reversed(survey.clips)}
    return diagnose(
        "duplicate_ids", [first[name] for name, count in counts.items() if count > 1], survey.clips,
        "ids occur in more than one row; only the first row of each is used.",
        "tables that were merged, or a row that was corrected but not removed.",
        "Keep one row for each recording.",
        spoils=False,
    )  # fmt: skip


def _empty_texts(survey: Survey) -> list[Diagnosis]:
    return diagnose(
        "empty_texts", [clip for clip in survey.clips if not clip.text and not clip.row.complaint],
        survey.clips,
        "rows have no text.",
        "a failed transcription, or a column that is not named text.",
        "Write what is said, or remove the rows.",
        spoils=True,
    )  # fmt: skip


def _unknown_languages(survey: Survey) -> list[Diagnosis]:
    sick = [clip for clip in survey.clips if clip.language not in LANGUAGES and not clip.row.complaint]
    tags = sorted({clip.row.language for clip in sick})[:5]
    hints = "".join(dict.fromkeys(map(similar_language, tags)))
    return diagnose(
        "unknown_languages", sick, survey.clips,
        f"rows have an unknown language: {', '.join(map(repr, tags))}.{hints}",
        "a country instead of a language, a typing error, or a language that is not supported yet.",
        f"Use the codes {', '.join(LANGUAGES)} (in the metadata, or with --language for rows that have "
        "none); docs/adding_a_language.md says how to add a language.",
        spoils=True,
    )  # fmt: skip


def _unknown_emotions(survey: Survey) -> list[Diagnosis]:
    sick = [clip for clip in survey.clips if not _emotion_is_known(clip)]
    names = ", ".join(f"{name!r}" for name in sorted({clip.row.emotion for clip in sick})[:5])
    return diagnose(
        "unknown_emotions", sick, survey.clips,
        f"rows have an unknown emotion: {names}.",
        "another word for the emotion, another language, a number, or a typing error.",
        f"Write one of {', '.join(EMOTIONS)} in the column emotion, or leave it empty.",
        spoils=True,
    )  # fmt: skip


def _emotion_is_known(clip: Clip) -> bool:
    return emotion_name(clip.row.emotion) in ("", *EMOTIONS)


def _twins(survey: Survey) -> dict[str, str]:
    """Files without a row that differ from one with a row in their suffix only, and that one's name."""
    read = {clip.row.audio.with_suffix(""): clip.row.audio.name for clip in survey.clips if clip.row.audio}
    return {name: used for name, path in survey.unlisted.items() if (used := read.get(path.with_suffix("")))}


def _twin_files(survey: Survey) -> list[Diagnosis]:
    if not (twins := _twins(survey)):
        return []
    left, used = next(iter(twins.items()))
    finding = Finding(
        "twin_files",
        WARNING,
        f"{len(twins)} recordings are there in two formats: {used} is read, and not {left}.",
        "recordings that were converted, without removing the originals.",
        "Remove those that are not meant, or name files with their suffix. Of names without suffix a WAV "
        "file is read first, then other lossless formats.",
    )
    return [Diagnosis(finding, tuple(twins))]


def _unlisted_files(survey: Survey) -> list[Diagnosis]:
    twins = _twins(survey)
    if not (unlisted := tuple(name for name in survey.unlisted if name not in twins)):
        return []
    finding = Finding(
        "unlisted_files",
        WARNING,
        f"{len(unlisted)} audio files have no row; they are not trained on.",
        "recordings that were not transcribed, or that have another name in the metadata.",
        "Add rows for them, or ignore this if they are left out on purpose.",
    )
    return [Diagnosis(finding, unlisted)]


def _lone_speakers(survey: Survey) -> list[Diagnosis]:
    good = [clip for clip in survey.clips if clip.row.audio]
    counts = Counter(clip.row.speaker for clip in good)
    lone = tuple(sorted(speaker for speaker, count in counts.items() if count == 1))
    if not lone:
        return []
    finding = Finding(
        "lone_speakers",
        WARNING,
        f"{len(lone)} of {len(counts)} speakers have only one clip.",
        "few recordings of each, or a speaker column that holds something else, such as the id.",
        "Add clips of these speakers: the only reference for a single clip is the clip itself, which "
        "teaches cloning badly. If they are the same person, give them the same name.",
    )
    return [Diagnosis(finding, lone)]
