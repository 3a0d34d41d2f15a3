"""Sound that is heard while it is made: chunks to a pipe, or to a player."""

import shutil
import struct
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from typing import cast

import numpy as np

from xtts_jax.errors import UserError

_ENDLESS = 0xFFFFFFFF  # as the size of a file that is not known yet
PLAYERS = {
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error", "-"),
    "mpv": ("--really-quiet", "-"),
    "play": ("-q", "-t", "wav", "-"),
    "aplay": ("-q", "-"),
}


def pcm(audio: np.ndarray) -> bytes:
    """(s,) samples as 16-bit little-endian; peaks beyond 1 are cut off: it is too late to lower the rest."""
    return np.round(np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes()


def wav_header(sample_rate: int) -> bytes:
    """That of a mono 16-bit WAV file of unknown length."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, sample_rate, 2 * sample_rate, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", _ENDLESS, b"WAVE") + form + struct.pack("<4sI", b"data", _ENDLESS)


def write_live(chunks: Iterable[np.ndarray], sample_rate: int, file: BufferedIOBase, *, header: bool) -> int:
    """Writes each chunk as soon as it is there; returns the number of samples."""
    samples = 0
    if header:
        file.write(wav_header(sample_rate))
    for chunk in chunks:
        file.write(pcm(chunk))
        file.flush()
        samples += len(chunk)
    return samples


@contextmanager
def player() -> Iterator[BufferedIOBase]:
    """The standard input of a program that plays WAV; waits for its end. `UserError` where there is none."""
    found = next((name for name in PLAYERS if shutil.which(name)), None)
    if found is None:
        raise UserError(f"There is no player here. Install one of {', '.join(PLAYERS)}, or write a file.")
    process = subprocess.Popen([found, *PLAYERS[found]], stdin=subprocess.PIPE)
    pipe = cast(BufferedIOBase, process.stdin)
    try:
        with suppress(BrokenPipeError):  # it was closed by its user, or has said why
            yield pipe
    finally:
        with suppress(BrokenPipeError):
            pipe.close()
        status = process.wait()
    if status:
        raise UserError(f"{found} could not play the speech (status {status}). Write a file instead.")
