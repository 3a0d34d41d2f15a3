"""Preparation of chunks in a process pool, with a progress bar."""

import hashlib
import multiprocessing
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path

from tqdm import tqdm

from xtts_jax.config import Config
from xtts_jax.data.chunks import Chunk, ChunkReport, Entry, read_report, shard_path, write_report
from xtts_jax.data.clips import prepare_clip
from xtts_jax.data.rows import Skipped
from xtts_jax.data.shards import Record, write_shard
from xtts_jax.errors import UserError
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.lexicon import read_lexicon


def prepare_chunks(chunks: list[Chunk], config: Config, folder: Path) -> list[ChunkReport]:
    """Prepares the unfinished chunks; the reports do not depend on the number of workers."""
    reports = {chunk.name: report for chunk in chunks if (report := read_report(folder, chunk.name))}
    missing = [chunk for chunk in chunks if chunk.name not in reports]
    total = sum(len(chunk.utterances) for chunk in chunks)
    done = total - sum(len(chunk.utterances) for chunk in missing)
    with tqdm(total=total, initial=done, desc="preparing", unit="clip", disable=not missing) as bar:
        for chunk, report in _run(missing, config, folder):
            reports[report.name] = report
            bar.update(len(chunk.utterances))
    return [reports[chunk.name] for chunk in chunks]


def _run(chunks: list[Chunk], config: Config, folder: Path) -> Iterator[tuple[Chunk, ChunkReport]]:
    workers = min(config.data.workers, len(chunks))
    if workers <= 1:
        yield from ((chunk, prepare_chunk(chunk, config, folder)) for chunk in chunks)
        return
    pool = make_pool(workers)
    try:
        largest_first = sorted(chunks, key=lambda chunk: -len(chunk.utterances))
        tasks = {pool.submit(prepare_chunk, chunk, config, folder): chunk for chunk in largest_first}
        for task in as_completed(tasks):
            yield tasks[task], task.result()
    except BrokenProcessPool as error:
        raise UserError(
            "A preparation process died, perhaps for lack of memory. Finished parts are kept: run the same "
            "command again, with a smaller data.workers if it happens again."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def make_pool(workers: int) -> ProcessPoolExecutor:
    """Its processes end in silence on Ctrl-C, which reaches them as well as the command, which speaks."""
    spawn = multiprocessing.get_context("spawn")
    ending = (signal.SIGINT, signal.SIG_DFL)
    return ProcessPoolExecutor(workers, spawn, initializer=signal.signal, initargs=ending)


def prepare_chunk(chunk: Chunk, config: Config, folder: Path) -> ChunkReport:
    """Writes a chunk's shard, then its report; safe to run in any process, any number of times."""
    frontend = _frontend(config.data.frontend, config.data.lexicon, config.data.ezafe)
    results = [prepare_clip(utterance, config, frontend) for utterance in chunk.utterances]
    records = [result for result in results if isinstance(result, Record)]
    path = shard_path(folder, chunk.name)
    write_shard(path, records)
    hop = config.audio.hop_length
    emotions = {utterance.id: utterance.emotion for utterance in chunk.utterances}
    report = ChunkReport(
        name=chunk.name,
        bytes=path.stat().st_size,
        entries=tuple(_entry(record, hop, emotions[record.id]) for record in records),
        skipped=tuple(result for result in results if isinstance(result, Skipped)),
    )
    write_report(folder, report)
    return report


def _entry(r: Record, hop: int, emotion: str) -> Entry:
    sound = hashlib.sha256(r.audio.tobytes()).hexdigest()[:16]
    return Entry(r.id, r.speaker, r.language, r.symbols, len(r.audio) // hop, sound, emotion)


@lru_cache(maxsize=1)  # one per process
def _frontend(kind: str, lexicon: str, ezafe: str) -> Frontend:
    return Frontend(kind, read_lexicon(Path(lexicon).expanduser()) if lexicon else {}, ezafe)
