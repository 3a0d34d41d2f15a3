"""Checks of how the metadata was read: delimiters in texts, and columns that hold something else."""

import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath

from xtts_jax.config import Config
from xtts_jax.data.contents import has_phonemes, is_integer, is_label, is_measure, likeness
from xtts_jax.data.doctor.diagnosis import Diagnosis, diagnose
from xtts_jax.data.doctor.survey import Clip, Survey, needs_text
from xtts_jax.data.tables import DELIMITERS, IN_SENTENCES
from xtts_jax.findings import SEVERE, Finding, quoted

LEAST_ALIKE = 0.2  # likeness of a text and its normalized form; of unrelated sentences it is about 0.1
FEW_TEXTS = 10  # fewer different ones, or only labels,
OFTEN = 2.0  # and each that often in the same voice and emotion, teach nothing
SHOWN_PAIRS = 3
NAME_WORDS = 5  # most words of a speaker's name

_RENAME = "Name the columns in the first line of the table (id, text, normalized, speaker, phonemes, ...)"


def check_readings(survey: Survey, config: Config) -> list[Diagnosis]:
    """Checks all rows that fit the columns of their table."""
    clips = [clip for clip in survey.clips if not clip.row.complaint]
    texts = [clip for clip in clips if clip.text] if needs_text(config) else []
    return [
        *_delimiters_in_texts(texts),
        *_texts_disagree([clip for clip in texts if clip.row.other_text]),
        *_labels_as_texts(texts),
        *_few_texts(texts),
        *_odd_speakers(clips),
        *_similar_speakers(clips),
    ]


def _delimiters_in_texts(texts: list[Clip]) -> list[Diagnosis]:
    sick = [clip for clip in texts if clip.row.delimiter]
    found = {clip.row.delimiter for clip in sick}
    signs = " and ".join(DELIMITERS[sign] for sign in sorted(found))
    return diagnose(
        "delimiters_in_texts", sick, texts,
        f"texts contain the delimiter of the columns ({signs}). They are read whole, because the number of "
        "columns is known.",
        "sentences that were written into the table as they are.",
        "Nothing, unless other programs read the table: put these texts in quotes for them."
        if found <= {*IN_SENTENCES}
        else "Replace the sign in these texts by the mark that is meant, such as a comma.",
        spoils=False,
    )  # fmt: skip


def _texts_disagree(texts: list[Clip]) -> list[Diagnosis]:
    return diagnose(
        "texts_disagree", [clip for clip in texts if _disagrees(clip)], texts,
        "rows have a text and a normalized text that are not alike; the normalized one is read.",
        "a delimiter in a text that has no normalized form, a column that was shifted, or a translation.",
        f"Write the same sentence in both columns. {_RENAME} if one is not a normalized text.",
        spoils=False,
    )  # fmt: skip


def _disagrees(clip: Clip) -> bool:
    """Spelling out numbers may change all of a text."""
    has_digits = any(character.isdigit() for character in clip.row.other_text)
    return not has_digits and likeness(clip.row.text, clip.row.other_text) < LEAST_ALIKE


def _labels_as_texts(texts: list[Clip]) -> list[Diagnosis]:
    kinds: tuple[tuple[str, Callable[[Clip], bool]], ...] = (
        ("numbers or dates", lambda clip: is_measure(clip.text)),
        ("names of their speakers", lambda clip: clip.text.casefold() == clip.row.speaker.casefold()),
        ("names of files", _is_file_name),
        ("phonemes", lambda clip: has_phonemes(clip.row.text)),
    )
    found = {kind: [clip for clip in texts if test(clip)] for kind, test in kinds}
    sick = {clip.row.id: clip for clips in found.values() for clip in clips}
    return diagnose(
        "labels_as_texts", list(sick.values()), texts,
        f"texts are {' or '.join(kind for kind, clips in found.items() if clips)}.",
        "a column that is not the text of the recordings.",
        f"{_RENAME}, or remove the column.",
        spoils=True,
    )  # fmt: skip


def _is_file_name(clip: Clip) -> bool:
    name = clip.row.audio or PurePosixPath(clip.row.id)
    return clip.text in (clip.row.id, name.name)


def _few_texts(texts: list[Clip]) -> list[Diagnosis]:
    different = {(clip.row.speaker, clip.row.emotion, clip.text) for clip in texts}
    distinct = sorted({text for *_, text in different})
    are_few = len(distinct) < FEW_TEXTS or is_label([clip.text for clip in texts])
    if len(texts) < 2 or len(texts) < OFTEN * len(different) or not are_few:
        return []
    finding = Finding(
        "few_texts",
        SEVERE,
        f"{len(texts)} rows have only {len(distinct)} different texts, such as {quoted(distinct[0][:60])}.",
        "a column of speakers or labels that was read as the text, or a few words recorded again and again.",
        f"{_RENAME}. A model can only learn to speak from many different sentences.",
    )
    return [Diagnosis(finding, tuple(clip.row.id for clip in texts))]


def _odd_speakers(clips: list[Clip]) -> list[Diagnosis]:
    sick = [clip for clip in clips if _is_no_name(clip.row.speaker.rpartition("/")[2])]
    example = quoted(sick[0].row.speaker[:60]) if sick else ""
    return diagnose(
        "odd_speakers", sick, clips,
        f"rows have a speaker that is not a name, such as {example}.",
        "a column of sentences, dates or measures that was read as the speaker.",
        f"{_RENAME}; without a column of speakers all rows have one.",
        spoils=True,
    )  # fmt: skip


def _is_no_name(name: str) -> bool:
    return len(name.split()) > NAME_WORDS or (is_measure(name) and not is_integer(name))


def _similar_speakers(clips: list[Clip]) -> list[Diagnosis]:
    usual = {}
    for name, _ in Counter(clip.row.speaker for clip in clips).most_common():
        usual.setdefault(_plain(name), name)
    sick = [clip for clip in clips if usual[_plain(clip.row.speaker)] != clip.row.speaker]
    pairs = dict.fromkeys((usual[_plain(clip.row.speaker)], clip.row.speaker) for clip in sick)
    shown = "; ".join(f"{quoted(one)} and {quoted(other)}" for one, other in list(pairs)[:SHOWN_PAIRS])
    return diagnose(
        "similar_speakers", sick, clips,
        "rows have a speaker whose name differs from another's in case, spaces, signs or accents only: "
        f"{shown}{' ...' if len(pairs) > SHOWN_PAIRS else ''}. They are learned as different voices.",
        "one name that was typed in several ways.",
        "Write the name of each person in one way.",
        spoils=False,
    )  # fmt: skip


def _plain(name: str) -> str:
    """A name without case, accents and anything that is neither a letter nor a digit."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in decomposed if sign.isalnum()) or name
