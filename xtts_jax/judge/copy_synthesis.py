"""How well a vocoder rebuilds held-out recordings.

The recordings pass through their mel and a vocoder and, for comparison, through Griffin-Lim twice: as this
project runs it, and in the usual form, where the magnitudes are inverted once and held. Voices of the
training part and voices that are held out whole (`data.validation_speaker_fraction`) are counted apart.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from tqdm import tqdm

from xtts_jax.audio import io
from xtts_jax.audio.griffin_lim import griffin_lim, mel_to_magnitude, retrieve_phase
from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Audio
from xtts_jax.data.chunks import hash_fraction
from xtts_jax.data.corpus import Corpus
from xtts_jax.errors import FieldError
from xtts_jax.judge import naturalness
from xtts_jax.vocoder.errors import Yardstick
from xtts_jax.vocoder.vocode import ITERATIONS, open_vocoder

FRAME_STEP = 64  # recordings are cut to multiples of it, so that few shapes are compiled
LONGEST_S = 10.0
WAYS = {
    "recordings": "recordings",
    "griffin_lim_held": "Griffin-Lim, magnitudes held",
    "griffin_lim": "Griffin-Lim",
    "vocoder": "vocoder",
}
GROUPS = {"known": "of training voices", "unknown": "of held-out voices"}
COLUMNS = {
    "stft": "STFT",
    "mel_l1": "mel L1",
    "log_f0_rmse": "log F0",
    "voicing_error": "voicing",
    "p808": "P.808",
    "ovrl": "OVRL",
}

Clips = list[np.ndarray]  # (s,) float32 each


class Recording(NamedTuple):
    id: str
    audio: np.ndarray  # (s,) float32, whole multiples of FRAME_STEP hops


def copy_synthesis(
    vocoder: str,
    iterations: int | None,
    corpus: Corpus,
    audio: Audio,
    count: int,
    *,
    judge: bool,
    audio_dir: Path | None,
) -> dict[str, Any]:
    """The report, as JSON holds it: errors, and DNSMOS where `judge`, by group and way.

    vocoder, iterations: as for `open_vocoder`. count: of recordings, at most. Raises `UserError`.
    """
    if judge:
        naturalness.require_package()
    vocode = open_vocoder(vocoder, audio, iterations)
    report: dict[str, Any] = {"vocoder": vocoder, "refinements": iterations}
    for group, recordings in chosen(corpus, audio, count).items():
        clips = {way: [] for way in WAYS}
        for recording in tqdm(recordings, GROUPS[group], leave=False):
            mel = log_mel(jnp.asarray(recording.audio)[None], audio)
            clips["recordings"].append(recording.audio)
            clips["griffin_lim_held"].append(np.asarray(_held(mel, audio))[0])
            clips["griffin_lim"].append(np.asarray(griffin_lim(mel, audio, ITERATIONS, jax.random.key(0)))[0])
            clips["vocoder"].append(vocode(np.asarray(mel[0]), seed=0).audio)
        if audio_dir:
            _save(audio_dir, clips, recordings, audio.sample_rate)
        report[group] = {"recordings": [recording.id for recording in recordings]}
        report[group]["ways"] = measured(clips, audio, judge=judge)
    return report


def chosen(corpus: Corpus, audio: Audio, count: int) -> dict[str, list[Recording]]:
    """Up to `count` validation recordings, by their ids; half of them, if possible, of held-out voices."""
    trained = set(corpus.index.speaker.among(corpus.train).tolist())
    step = FRAME_STEP * audio.hop_length
    groups: dict[str, list[Recording]] = {"unknown": [], "known": []}
    for i in sorted(corpus.validation, key=lambda i: hash_fraction(f"copy {corpus.index.id[i]}")):
        sound = to_float32(corpus.record(int(i)).audio)[: int(LONGEST_S * audio.sample_rate)]
        group = groups["known" if corpus.index.speaker[i] in trained else "unknown"]
        if len(sound) >= step:
            group.append(Recording(str(corpus.index.id[i]), sound[: len(sound) // step * step]))
    unknown = groups["unknown"][: max(count // 2, count - len(groups["known"]))]
    found = {"unknown": unknown, "known": groups["known"][: count - len(unknown)]}
    if not any(found.values()):
        raise FieldError(
            "No validation recording of {folder} lasts {least:.2f} s or longer, so there is nothing to "
            "rebuild. Raise {data.validation_fraction}, or give other recordings with {data.root}.",
            folder=corpus.folder,
            least=step / audio.sample_rate,
        )
    return {name: recordings for name, recordings in found.items() if recordings}


def measured(clips: dict[str, Clips], audio: Audio, *, judge: bool) -> dict[str, dict[str, float]]:
    """The figures of each way; the recordings themselves have no errors."""
    yardstick, ways = Yardstick(clips["recordings"], audio), {}
    for way, rebuilt in clips.items():
        ways[way] = {} if way == "recordings" else yardstick(rebuilt)._asdict()
        if judge:
            found = naturalness.scores([naturalness.dnsmos], rebuilt, audio.sample_rate)
            ways[way] |= {name: float(values.mean()) for name, values in found.items()}
    return ways


@partial(jax.jit, static_argnames="settings")
def _held(mel: Float[Array, "b t m"], settings: Audio) -> Float[Array, "b s"]:
    """The usual Griffin-Lim: fast, from random phases, to magnitudes that stay as they are."""
    magnitude = mel_to_magnitude(mel, settings)
    return retrieve_phase(magnitude, lambda _: magnitude, settings, ITERATIONS, jax.random.key(0))


def _save(folder: Path, clips: dict[str, Clips], recordings: Sequence[Recording], sample_rate: int) -> None:
    for way, sounds in clips.items():
        (folder / way).mkdir(parents=True, exist_ok=True)
        for recording, sound in zip(recordings, sounds, strict=True):
            io.save(
                folder / way / f"{recording.id.replace('/', '_')}.wav", np.clip(sound, -1, 1), sample_rate
            )


def describe(report: dict[str, Any]) -> str:
    """The report as a table."""
    lines = [f"{'':<32}" + "".join(f"{title:>9}" for title in COLUMNS.values())]
    for group in filter(report.__contains__, GROUPS):
        lines.append(f"Recordings {GROUPS[group]}: {len(report[group]['recordings'])}")
        for way, values in report[group]["ways"].items():
            cells = [f"{values[name]:9.3f}" if name in values else f"{'-':>9}" for name in COLUMNS]
            lines.append(f"  {WAYS[way]:<30}{''.join(cells)}")
    return "\n".join(lines)
