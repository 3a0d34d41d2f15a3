"""Phoneme error rates of speech, by a recogniser of ours, in every language that it has learned."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from xtts_jax.audio.mel import require_same_mel
from xtts_jax.config import Audio
from xtts_jax.data.shards import Record
from xtts_jax.errors import FieldError
from xtts_jax.listen.edit_distance import error_rates
from xtts_jax.listen.listener import Listener
from xtts_jax.text.sounds import phones

Clips = list[np.ndarray]  # (s,) float32 each


def open_judge(workdir: Path, audio: Audio, frontend: str) -> Listener:
    """The recogniser of a run. Raises `UserError` where it takes other mels, or writes other symbols."""
    listener = Listener.load(workdir)
    require_same_mel(audio, listener.config.audio, f"the recogniser in {workdir}", "leave it out")
    if listener.tokenizer.frontend != frontend:
        raise FieldError(
            "The recogniser in {workdir} writes {theirs}, and the run to judge reads {ours}. Give "
            "{recogniser} one that was trained with data.frontend={ours}, or leave it out.",
            workdir=workdir,
            theirs=listener.tokenizer.frontend,
            ours=frontend,
        )
    return listener


def phoneme_errors(
    listener: Listener, ways: Mapping[str, Clips], records: Sequence[Record]
) -> dict[str, Any]:
    """The phoneme error rates of each way, over the sentences in languages that the recogniser knows.

    The control `wrong_text`, against the phonemes of the next sentence, must be far above the rest.
    """
    known = [i for i, record in enumerate(records) if record.language in listener.tokenizer.languages]
    languages = [records[i].language for i in known]
    said = [phones(records[i].symbols) for i in known]
    report: dict[str, Any] = {
        "sentences": [records[i].id for i in known],
        "said": said,
        "unheard_languages": sorted({record.language for record in records} - set(languages)),
    }
    if not known:
        return report
    for way, clips in tqdm(ways.items(), "recognizing", leave=False):
        heard = [phones(listener.hear(clips[i], records[i].language).symbols) for i in known]
        rates = error_rates(said, heard, languages)
        report[way] = {"per": rates.all, "heard": heard, "languages": rates.languages}
        if len(said) > 1:
            report[way]["wrong_text"] = rates.wrong
    return report


def describe(report: dict[str, Any], titles: Mapping[str, str]) -> list[str]:
    """The lines of a table: a row for each way, in the order of `titles`."""
    shown = [way for way in titles if way in report]
    if not shown:
        return [f"The phoneme recogniser does not know {', '.join(report['unheard_languages'])}."]
    languages = list(report[shown[0]]["languages"])
    lines = [f"{'phoneme error rate':<32} {'all':>8} {'wrong':>8}" + "".join(f"{x:>8}" for x in languages)]
    for way in shown:
        row = report[way]
        wrong = f"{row['wrong_text']:8.3f}" if "wrong_text" in row else f"{'-':>8}"
        own = "".join(f"{row['languages'][language]:8.3f}" for language in languages)
        lines.append(f"{titles[way]:<32} {row['per']:8.3f} {wrong}{own}")
    sentences = f"{len(report['sentences'])} sentences; wrong: against the text of the next one."
    unheard = ", ".join(report["unheard_languages"])
    return [*lines, "", sentences + (f" The recogniser does not know {unheard}." if unheard else "")]
