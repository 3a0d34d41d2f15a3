"""Whether texts belong to their recordings: long texts take long to say, and shuffled ones do not."""

from typing import NamedTuple

import numpy as np

from xtts_jax.findings import SEVERE, WARNING, Finding

# Relative spread of a voice's pace, silences at the ends included. Four corpora of read speech have 0.11
# to 0.16; this is far on the other side, so that a restless reader raises no alarm.
PACE_SPREAD = 0.3
# Standard errors from the border to what shuffled texts give, and to what true ones do, for a verdict.
SEPARATION = 2.5
AGREE, PARTLY, DISAGREE, UNCLEAR = "agree", "partly", "disagree", "unclear"


class Agreement(NamedTuple):
    verdict: str  # one of the four above; UNCLEAR: too few clips, or all of about one length
    correlation: float  # of text and clip lengths, by rank, within groups; 0 when shuffled
    expected: float  # at the least, of texts that belong to their recordings
    clips: int  # in groups of two and more


def texts_and_lengths_agree(tokens: np.ndarray, frames: np.ndarray, groups: np.ndarray) -> Agreement:
    """Tests lengths of texts (n,) against those of clips (n,), in any units above zero.

    groups (n,) labels what shares a pace and a script: a voice in one language. (One that speaks two, where
    letters say more or less, looks shuffled.) Spearman's correlation of the logarithms less their group's
    mean is compared, on Fisher's z scale, with 0 (shuffled) and with
    what a pace of PACE_SPREAD leaves of it; halfway is the border.
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
        f"Over {agreement.clips} clips the lengths of texts and recordings correlate by "
        f"{agreement.correlation:.2f}, where texts that belong to their recordings give at least "
        f"{agreement.expected:.2f} and mostly over 0.85."
    )
    remedy = (
        "Listen to a few recordings and read their texts. Make the metadata anew from where the texts came "
        "from, joining by the id and not by the position of the line."
    )
    match agreement.verdict:
        case "disagree":
            cause = "the texts were shuffled, sorted, or shifted by a row against the recordings."
            return [Finding("texts_do_not_match", SEVERE, seen, cause, remedy)]
        case "partly":
            cause = "from some row on the texts belong to other recordings, or many texts are incomplete."
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
    """Less the mean of their group."""
    return values - (np.bincount(labels, values) / np.bincount(labels).clip(1))[labels]


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks; equal values share theirs."""
    _, inverse, counts = np.unique(values.round(9), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[inverse.reshape(-1)]
