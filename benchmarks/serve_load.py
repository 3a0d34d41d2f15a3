"""A server under load, and under requests that nobody should send.

    python benchmarks/serve_load.py [--ckpt WORKDIR] [--clients 50] [--seconds 300] [--malformed 10000]

It starts `xtts-jax serve` on a free port. First a plain loop speaks the sentences of the demo corpus in this
process, then so many clients ask the server for them, each for its next when it has its last, and wait as
long as a 429 tells them. Then come malformed requests: JSON with fields of any kind, and bytes of no kind.
"""

import argparse
import asyncio
import json
import random
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

import httpx
import numpy as np

from xtts_jax.commands.endings import run
from xtts_jax.commands.options import add_vocoder, add_voice
from xtts_jax.data import demo_corpus
from xtts_jax.errors import UserError
from xtts_jax.runs.shipped import folder_of

ROOT = Path(__file__).parents[1]
PCM_BYTES_A_SECOND = 2 * 24000
SAY = {"response_format": "pcm", "voice": "alloy", "model": "tts-1"}
FIELDS = ("input", "voice", "speed", "seed", "style_weights", "language", "response_format", "nonsense")
LONGEST_RETRY_S = 5.0


class Cost(NamedTuple):
    """Seconds, for a second of speech."""

    cpu: float
    wall: float


class Load(NamedTuple):
    """What the clients saw."""

    statuses: Counter[str]
    first_s: list[float]  # from request to the first sound
    speech_s: float


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    add_voice(parser)
    add_vocoder(parser)
    for name, default in (("clients", 50), ("seconds", 300), ("malformed", 10_000), ("loop", 40)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N", help="default: %(default)s")
    options = parser.parse_args(arguments)
    workdir = folder_of(options.ckpt)
    loop = plain_loop(workdir, options.vocoder, options.loop)
    print(f"a plain loop: {loop.cpu:.4f} CPU-seconds and {loop.wall:.4f} s a second of speech", flush=True)
    with serving(workdir, options.vocoder) as url:
        under_load(url, options.clients, options.seconds, loop)
        if options.malformed:
            print(f"{options.malformed} malformed requests: {malformed(url, options.malformed)}")
            health = httpx.get(f"{url}/health").json()
            print(f"afterwards: {health}; {memory_mib(url):.0f} MiB")


def plain_loop(workdir: Path, vocoder: str, count: int) -> Cost:
    """What it costs once everything is compiled."""
    from xtts_jax.speak.synthesizer import Synthesizer

    tts = Synthesizer(workdir, vocoder=vocoder)
    texts = demo_corpus.sentences("en")[:count]
    for _ in range(2):
        start, samples = Cost(time.process_time(), time.monotonic()), 0
        for text in texts:
            samples += sum(map(len, tts.stream(text, "en")))
    speech_s = samples / tts.config.audio.sample_rate
    return Cost((time.process_time() - start.cpu) / speech_s, (time.monotonic() - start.wall) / speech_s)


@contextmanager
def serving(workdir: Path, vocoder: str) -> Iterator[str]:
    """The URL of a server that ends with the context; `UserError` where it does not start."""
    command = [sys.executable, "-m", "xtts_jax", "serve", "--ckpt", str(workdir.absolute()), "--port", "0"]
    command += ["--vocoder", vocoder] if vocoder else []
    log = ROOT / ".cache" / "serve_load.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as file, subprocess.Popen(command, cwd=ROOT, stderr=file) as process:
        try:
            while not (found := re.findall(r"speaks at (http://\S+)", log.read_text())):
                if process.poll() is not None:
                    raise UserError(f"The server did not start: {log.read_text().strip()}")
                time.sleep(0.2)
            yield found[0]
        finally:
            process.terminate()


def under_load(url: str, clients: int, seconds: int, loop: Cost) -> None:
    asyncio.run(load(url, 2, 20))  # everything is compiled
    before, cpu_s = memory_mib(url), figure(url, "process_cpu_seconds_total")
    made_s = figure(url, "xtts_speech_seconds_total")
    found = asyncio.run(load(url, clients, seconds))
    spent_s = figure(url, "process_cpu_seconds_total") - cpu_s
    speech_s = figure(url, "xtts_speech_seconds_total") - made_s
    late = np.percentile(found.first_s, [50, 95]) if found.first_s else [np.nan, np.nan]
    print(f"{clients} clients for {seconds} s: {dict(found.statuses)}")
    print(f"{found.speech_s:.0f} s of speech received, {found.speech_s / seconds:.2f} a second of wall time")
    print(f"{speech_s / seconds * loop.wall:.2f} times as much as a plain loop speaks in this time")
    print(f"first sound after {late[0]:.2f} s (median), {late[1]:.2f} s (95 of 100)")
    cost = spent_s / speech_s
    print(f"{cost:.4f} CPU-seconds a second of speech, {cost / loop.cpu:.2f} times a plain loop's")
    print(f"memory: {before:.0f} MiB before, {memory_mib(url):.0f} MiB after", flush=True)


async def load(url: str, clients: int, seconds: float) -> Load:
    found = Load(Counter(), [], 0.0)
    end, received = time.monotonic() + seconds, [0]
    texts = cycle(demo_corpus.sentences("en"))
    limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
    async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits) as http:

        async def client() -> None:
            while time.monotonic() < end:
                start = time.monotonic()
                try:
                    wait_s = await ask(http, next(texts), start, found, received)
                except httpx.HTTPError as error:
                    found.statuses[type(error).__name__] += 1
                    wait_s = 0.1
                await asyncio.sleep(wait_s)

        await asyncio.gather(*(client() for _ in range(clients)))
    return found._replace(speech_s=received[0] / PCM_BYTES_A_SECOND)


async def ask(http: httpx.AsyncClient, text: str, start: float, found: Load, received: list[int]) -> float:
    """Notes what comes, and returns how long to wait before the next request."""
    async with http.stream("POST", "/v1/audio/speech", json={**SAY, "input": text}) as answer:
        found.statuses[str(answer.status_code)] += 1
        if answer.status_code != 200:
            await answer.aread()
            return min(LONGEST_RETRY_S, float(answer.headers.get("retry-after", 1)))
        first = True
        async for chunk in answer.aiter_bytes():
            if first:
                found.first_s.append(time.monotonic() - start)
                first = False
            received[0] += len(chunk)
    return 0.0


def malformed(url: str, count: int) -> dict[str, int]:
    """Statuses of so many requests, of which every second is bytes that may be no request at all."""
    chosen, statuses = random.Random(0), Counter[str]()
    host, port = re.findall(r"//(.+):(\d+)", url)[0]
    with httpx.Client(base_url=url, timeout=60) as http:
        for number in range(count):
            if number % 2:
                statuses[send_bytes(host, int(port), chosen)] += 1
                continue
            body = json.dumps({chosen.choice(FIELDS): anything(chosen, 3) for _ in range(3)})
            if chosen.random() < 0.3:
                body = body[: chosen.randrange(len(body))]
            kind = chosen.choice(
                ["application/json", "application/json", "text/plain", "multipart/form-data"]
            )
            path = chosen.choice(["/v1/audio/speech", "/v1/audio/speech", "/v1/voices", "/v1/models/x"])
            answer = http.post(path, content=body, headers={"Content-Type": kind})
            statuses[str(answer.status_code)] += 1
    return dict(sorted(statuses.items()))


def anything(chosen: random.Random, depth: int) -> object:
    leaves = [None, True, -1, 1e308, 10**30, "", "\ud800", "\0", "a" * 9000, "<fa>", "../../x", "***"]
    if depth == 0 or chosen.random() < 0.7:
        return chosen.choice(leaves)
    return [anything(chosen, depth - 1) for _ in range(2)]


def send_bytes(host: str, port: int, chosen: random.Random) -> str:
    """The status that comes back, "closed" or "silent"."""
    host_line = b" HTTP/1.1\r\nHost: localhost\r\n"
    starts = (b"", b"GET /" + host_line, b"POST /v1/voices" + host_line)
    with socket.create_connection((host, port), timeout=5) as connection:
        connection.settimeout(1)
        try:
            connection.sendall(chosen.choice(starts) + chosen.randbytes(chosen.randrange(300)) + b"\r\n\r\n")
            connection.shutdown(socket.SHUT_WR)
            answer = connection.recv(100)
        except TimeoutError:
            return "silent"
        except OSError:
            return "closed"
    return answer[9:12].decode("latin-1") if answer.startswith(b"HTTP") else "closed"


def memory_mib(url: str) -> float:
    return figure(url, "process_resident_memory_bytes") / 2**20


def figure(url: str, name: str) -> float:
    (value,) = re.findall(rf"^{name} (\S+)$", httpx.get(f"{url}/metrics").text, re.MULTILINE)
    return float(value)


if __name__ == "__main__":
    run(main)
