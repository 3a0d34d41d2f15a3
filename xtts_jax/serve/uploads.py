"""Uploaded recordings: received within limits, and decoded by a process of their own."""

import asyncio
import json
import os
import sys
from pathlib import Path

import numpy as np
from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from xtts_jax.audio.coded import Recording
from xtts_jax.serve.limits import Limits
from xtts_jax.serve.places import Places
from xtts_jax.serve.problems import Problem

FILE = "file"
MOST_FIELDS, LONGEST_FIELD = 8, 1024
_INHERITED = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH", "SYSTEMROOT")  # not the rest: keys may be among it


class Uploads:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.places = Places(limits.uploads, "recordings are being uploaded", wait_s=5)

    async def decode(self, data: bytes, sample_rate: int) -> Recording:
        """Raises `Problem` for what is not a recording that can be used."""
        limits = self._limits
        arguments = sample_rate, limits.upload_s, limits.decoding_s, limits.decoding_memory
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "xtts_jax.serve.decoding", *map(str, arguments)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
            env={name: os.environ[name] for name in _INHERITED if name in os.environ}
            | {"OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(data), 2 * limits.decoding_s)
        except TimeoutError:
            output = b""
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return _recording(output, process.returncode)


def _recording(output: bytes, status: int | None) -> Recording:
    head, _, samples = output.partition(b"\n")
    if status or not head:
        raise _refused(
            "The process that decoded the recording died or took too long, so the file may be damaged. Give "
            "a WAV, FLAC, OGG or MP3 file that other programs play, or a shorter one."
        )
    found = json.loads(head)
    if "error" in found:
        raise _refused(found["error"])
    return Recording(np.frombuffer(samples, np.float32), found["clipped"])


def _refused(message: str) -> Problem:
    return Problem(400, message, param=FILE, code="unusable_recording")


class _InMemory(MultiPartParser):
    spool_max_size = 0  # no file is ever made of it


async def read_form(request: Request) -> tuple[bytes, dict[str, str]]:
    """The uploaded file and the other fields of a multipart form, none of which touches the disk."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise Problem(
            415,
            "Send the recording as multipart/form-data, in the field 'file': curl -F file=@me.wav URL.",
            param=FILE,
            code="not_a_form",
        )
    parser = _InMemory(
        request.headers,
        request.stream(),
        max_files=MOST_FIELDS,
        max_fields=MOST_FIELDS,
        max_part_size=LONGEST_FIELD,
    )
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem(
            400,
            f"The form is damaged, or has more than {MOST_FIELDS} fields, or one of over {LONGEST_FIELD} "
            "bytes. Send the recording and a name: curl -F file=@me.wav -F name=Me URL.",
            code="bad_form",
        ) from error
    try:
        data = await _recording_of(form)
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
    finally:
        await form.close()
    return data, fields


async def _recording_of(form: FormData) -> bytes:
    given = [each for each in form.getlist(FILE) if isinstance(each, UploadFile)]
    if len(given) > 1:
        raise Problem(
            400,
            f"The form has {len(given)} recordings in its field 'file', and a voice is made of one. Send the "
            "best alone: -F file=@me.wav.",
            param=FILE,
            code="several_recordings",
        )
    if not (data := await given[0].read() if given else b""):
        raise Problem(
            400,
            "The form has no recording in its field 'file', or an empty one. Send one: -F file=@me.wav.",
            param=FILE,
            code="missing",
        )
    return data
