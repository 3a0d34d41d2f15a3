"""Mel to waveform, by a neural vocoder or by Griffin-Lim, which always works."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from xtts_jax.audio.griffin_lim import griffin_lim
from xtts_jax.config import Audio
from xtts_jax.errors import FieldError, notify
from xtts_jax.types import round_up
from xtts_jax.vocoder.trained import Vocoder, load_vocoder

GRIFFIN_LIM, SHIPPED = "griffin_lim", "shipped"
ASSETS = Path(__file__).parents[1] / "assets" / "vocoder"
ITERATIONS, MOST_ITERATIONS = 60, 1000
FRAME_STEP = 256  # lengths are padded to multiples of it, so that few are compiled
QUIETEST_RMS = 1e-4  # -80 dB relative to full scale, which is inaudible
SILENT = "silent"
LOUD, MOST_LOUD = 0.99, 0.02  # an amplitude, and the largest share of samples beyond it that speech has

Mel = Float[np.ndarray, "t m"]  # natural log
Audible = Float[np.ndarray, "s"]


class Vocode(Protocol):
    def __call__(self, mel: Mel, seed: int) -> "Voiced": ...

    def stream(self, mel: Mel, seed: int) -> Iterator[Audible]:
        """The audio of the call in chunks, each as soon as it is computed; a remark becomes a warning."""
        ...


class Voiced(NamedTuple):
    audio: Audible  # a few peaks may pass 1
    remark: str = ""  # what the user should know about how it was made


class GriffinLim:
    """Finds phases by iteration from random ones, which `seed` chooses."""

    def __init__(self, audio: Audio, iterations: int = ITERATIONS) -> None:
        self._audio, self._iterations = audio, iterations

    def __call__(self, mel: Mel, seed: int) -> Voiced:
        missing = round_up(len(mel), FRAME_STEP) - len(mel)
        padded = np.pad(mel, ((0, missing), (0, 0)), mode="edge")
        key = jax.random.key(seed)
        audio = griffin_lim(jnp.asarray(padded)[None], self._audio, self._iterations, key)
        return Voiced(np.asarray(audio)[0, : len(mel) * self._audio.hop_length])

    def stream(self, mel: Mel, seed: int) -> Iterator[Audible]:
        """A single chunk: phases are found for the whole at once."""
        yield self(mel, seed).audio


class Neural:
    """A trained vocoder; where its output is not speech, Griffin-Lim's is given, with a remark."""

    def __init__(self, vocoder: Vocoder, audio: Audio) -> None:
        self._vocoder, self._fallback, self._hop = vocoder, GriffinLim(audio), audio.hop_length

    def __call__(self, mel: Mel, seed: int) -> Voiced:
        return self._checked(self._vocoder(mel[None])[0], mel, seed)

    def stream(self, mel: Mel, seed: int) -> Iterator[Audible]:
        """Chunks are checked one by one, and those alone that are not speech come from Griffin-Lim."""
        start = 0
        for (chunk,) in self._vocoder.stream(mel[None]):
            stop = start + len(chunk) // self._hop
            audio, remark = self._checked(chunk, mel[start:stop], seed)
            if remark:
                notify(remark, stacklevel=2)
            yield audio
            start = stop

    def _checked(self, audio: Audible, mel: Mel, seed: int) -> Voiced:
        if not (wrong := fault(audio)):
            return Voiced(audio)
        instead = self._fallback(mel, seed).audio
        if wrong == fault(instead) == SILENT:  # as a pause in a stream is
            return Voiced(audio)
        remark = f"the vocoder's output is {wrong}, so Griffin-Lim was used. Train the vocoder longer."
        return Voiced(instead, remark)


def open_vocoder(name: str, audio: Audio, iterations: int | None = None) -> Vocode:
    """The vocoder `name`, which is "shipped", "griffin_lim" or the folder of a vocoder.

    iterations: of Griffin-Lim, or the refinements of an istft vocoder, by default its own.
    Raises `UserError` where there is no such vocoder, or its mels are not those of `audio`.
    """
    if name == GRIFFIN_LIM:
        if iterations is not None and not 1 <= iterations <= MOST_ITERATIONS:
            raise FieldError(
                "{iterations} must be from 1 to {most} for Griffin-Lim, not {given}.",
                most=MOST_ITERATIONS,
                given=iterations,
            )
        return GriffinLim(audio, ITERATIONS if iterations is None else iterations)
    vocoder = find_vocoder(name, audio)
    return Neural(vocoder if iterations is None else vocoder.refined(iterations), audio)


def find_vocoder(name: str, audio: Audio) -> Vocoder:
    """A neural vocoder by its name, as in `open_vocoder`."""
    shipped = name == SHIPPED
    vocoder = load_vocoder(ASSETS if shipped else Path(name).expanduser(), known=shipped)
    vocoder.require_mel_of(audio, "the shipped vocoder" if shipped else f"the vocoder in {name}")
    return vocoder


def fault(audio: Audible) -> str:
    """Why a waveform cannot be speech, or "" if it may be."""
    if not np.isfinite(audio).all():
        return "not finite"
    if np.sqrt(np.mean(np.square(audio))) < QUIETEST_RMS:
        return SILENT
    return "saturated" if np.mean(np.abs(audio) > LOUD) > MOST_LOUD else ""
