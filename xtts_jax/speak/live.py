"""Sound that is heard while it is made: chunks to a pipe, or to a player."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from typing import cast

import numpy as np

from xtts_jax.audio.coded import FORMATS, Encoder
from xtts_jax.errors import UserError

PLAYERS = {
    "ffplay": ("-nodisp", "-autoexit", "-loglevel", "error", "-"),
    "mpv": ("--really-quiet", "-"),
    "play": ("-q", "-t", "wav", "-"),
    "aplay": ("-q", "-"),
}


def write_live(chunks: Iterable[np.ndarray], sample_rate: int, file: BufferedIOBase, *, header: bool) -> int:
    """Writes each (s,) chunk as soon as it is there, as WAV or as mere 16-bit samples; returns their number.

    What passes full scale is clipped: it is too late to lower the rest.
    """
    encoder = Encoder(FORMATS["wav"] if header else FORMATS["pcm"]._replace(sample_rate=0), sample_rate)
    samples = 0
    for chunk in chunks:
        file.write(encoder.add(chunk))
        file.flush()
        samples += len(chunk)
    file.write(encoder.end())
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
