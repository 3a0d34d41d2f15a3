"""A test of whether texts match their recordings, by the correlation of their lengths."""

from typing import NamedTuple

import numpy as np

from xtts_jax.findings import SEVERE, WARNING, Finding

# Assumed relative spread of a voice's pace, including silence at the ends. Four corpora of read speech
# have 0.11 to 0.16; the margin keeps an uneven reader from raising an alarm.
PACE_SPREAD = 0.3
# Standard errors that must separate a verdict from the correlations of shuffled and of matching texts.
SEPARATION = 2.5
AGREE, PARTLY, DISAGREE, UNCLEAR = "agree", "partly", "disagree", "unclear"


class Agreement(NamedTuple):
    verdict: str  # one of the four above; UNCLEAR: too few clips, or lengths that hardly differ
    correlation: float  # rank correlation of text and clip lengths within groups; 0 if shuffled
    expected: float  # lowest correlation expected of matching texts
    clips: int  # number of clips in groups of two or more


def texts_and_lengths_agree(tokens: np.ndarray, frames: np.ndarray, groups: np.ndarray) -> Agreement:
    """Tests lengths of texts (n,) against lengths of clips (n,), both positive and in any unit.

    groups (n,) labels the clips that share a pace and a script: a voice in one language. (A voice with two
    languages, whose letters stand for more or less speech, looks shuffled.) Spearman's correlation of the
    log lengths minus their group's mean is compared, on Fisher's z scale, with 0 (shuffled) and with
    the correlation that a pace spread of PACE_SPREAD would leave; the threshold is halfway.
    """
    labels, sizes = np.unique(groups, return_inverse=True, return_counts=True)[1:]
    shared = sizes[labels.reshape(-1)] > 1
    labels = labels.reshape(-1)[shared]
    text, clip = (_centred(np.log(np.asarray(x)[shared]), labels) for x in (tokens, frames))
    freedom = len(labels) - np.count_nonzero(sizes > 1) - 2
    text_ranks, clip_ranks = _ranks(text), _ranks(clip)
    if freedom < 1 or len(set(text_ranks)) == 1 or len(set(clip_ranks)) == 1:
        return Agreement(UNCLEAR, 0.0, 0.0, len(labels))
    expected = text.std() / np.hypot(text.std(), PACE_SPREAD)
    correlation = np.corrcoef(text_ranks, clip_ranks)[0, 1]
    verdict = _verdict(np.arctanh(correlation.clip(-0.999, 0.999)), np.arctanh(expected), freedom**-0.5)
    return Agreement(verdict, float(correlation), float(expected), len(labels))


def mismatch(agreement: Agreement) -> list[Finding]:
    """The finding `texts_do_not_match` (severe) or `texts_match_partly` (warning), or none."""
    seen = (
        f"The lengths of texts and recordings have a correlation of {agreement.correlation:.2f} over "
        f"{agreement.clips} clips; texts that match their recordings have at least "
        f"{agreement.expected:.2f} and mostly over 0.85."
    )
    remedy = (
        "Listen to a few recordings and read their texts. Rebuild the metadata from the source of the "
        "texts, joining by id and not by line number."
    )
    match agreement.verdict:
        case "disagree":
            cause = "the texts were shuffled, sorted, or shifted by a row relative to the recordings."
            return [Finding("texts_do_not_match", SEVERE, seen, cause, remedy)]
        case "partly":
            cause = "the texts belong to other recordings from some row on, or many texts are incomplete."
            return [Finding("texts_match_partly", WARNING, seen, cause, remedy)]
    return []


def _verdict(z: float, expected_z: float, error: float) -> str:
    border, tolerance = expected_z / 2, SEPARATION * error
    if z < border:
        return DISAGREE if border >= tolerance else UNCLEAR
    if z < tolerance:
        return UNCLEAR
    return PARTLY if z < expected_z - tolerance else AGREE


def _centred(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Values minus the mean of their group."""
    return values - (np.bincount(labels, values) / np.bincount(labels).clip(1))[labels]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks; equal values share their mean rank."""
    _, inverse, counts = np.unique(values.round(9), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[inverse.reshape(-1)]
