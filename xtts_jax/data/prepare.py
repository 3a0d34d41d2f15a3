"""Preparation of a corpus folder for training.

A prepared folder holds `settings.json`, `shards/`, `tokenizer.json`, `stats.json`, `skipped.csv`
and, written last, `index.npz`.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest
from pathlib import Path

import numpy as np

from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Config
from xtts_jax.data import demo_corpus
from xtts_jax.data.chunks import (
    Chunk,
    ChunkReport,
    hash_fraction,
    read_report,
    remove_other_chunks,
    split_into_chunks,
)
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.index import Index, index_of, save_index, stored_record
from xtts_jax.data.manifest import read_manifest
from xtts_jax.data.rows import FEWEST_UTTERANCES, Skipped, counted
from xtts_jax.data.settings import (
    prepared_folder,
    read_settings,
    require_language,
    require_settings,
    write_settings,
)
from xtts_jax.data.speeds import with_speeds
from xtts_jax.data.statistics import save_stats
from xtts_jax.errors import UserError
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats

_GLANCE_FILES, _GLANCE_CLIPS = 400, 100  # headers read and clips decoded for the doctor's summary
_STATS_UTTERANCES = 500
_STATS_BATCH = 16


def prepare(config: Config) -> Path:
    """Prepares what is missing of a corpus and returns its prepared folder.

    Without `data.root` this is the built-in demo corpus. Added, changed and removed recordings are
    detected; if the root does not exist, as on a training machine, a finished folder is used as it is.
    """
    folder = prepared_folder(config)
    if (folder / "settings.json").exists():
        require_settings(read_settings(folder), config, folder)
    if not _root_is_here(config) and (folder / "index.npz").exists():
        print(describe(folder))
        return folder
    require_language(config)
    root = _root(config)
    manifest = read_manifest(root, config.data.language, text_needed=config.data.frontend != "none")
    _require_enough(root, len(manifest.utterances), manifest.skipped)
    chunks = split_into_chunks(with_speeds(manifest.utterances, config.data.speeds), root)
    if not _is_finished(folder, chunks):
        from xtts_jax.data.workers import prepare_chunks  # imports packages that training does not need

        (folder / "shards").mkdir(parents=True, exist_ok=True)
        write_settings(folder, config)
        if config.data.root:
            print(_doctors_summary(root, config))
        _finish(folder, config, prepare_chunks(chunks, config, folder), manifest.skipped)
    print(describe(folder))
    return folder


def describe(folder: Path) -> str:
    """A table of the location and contents of a prepared corpus."""
    corpus = Corpus.open(folder)
    hop, rate = corpus.settings["audio"]["hop_length"], corpus.settings["audio"]["sample_rate"]
    minutes = corpus.index.frames.sum(dtype=np.int64) * hop / rate / 60
    with (folder / "skipped.csv").open(encoding="utf-8", newline="") as file:
        reasons = Counter(Skipped(**row).kind for row in csv.DictReader(file))
    rows = [
        ("utterances", f"{len(corpus)} ({len(corpus.train)} training, {len(corpus.validation)} validation)"),
        ("minutes", f"{minutes:.1f}"),
        ("speakers", _speakers(corpus)),
        ("languages", ", ".join(corpus.languages)),
        ("skipped", f"{reasons.total()}" + (", listed in skipped.csv" if reasons else "")),
        *(("", f"{count} x {reason}") for reason, count in reasons.most_common()),
    ]
    return "\n".join([f"Prepared corpus: {folder}"] + [f"  {name:<11} {value}" for name, value in rows])


def _speakers(corpus: Corpus) -> str:
    held_out = len(corpus.speakers) - len(corpus.index.speaker.among(corpus.train))
    asked = corpus.settings["data"]["validation_speaker_fraction"] > 0
    return f"{len(corpus.speakers)}" + (f", {held_out} of them only for validation" if asked else "")


def measure_stats(folder: Path, index: Index, config: Config) -> Stats:
    """Mean and standard deviation over the frames of up to 500 training utterances, chosen by hash."""
    from xtts_jax.audio import statistics  # brings jax, which the worker processes do not need

    training = map(int, np.flatnonzero(~index.validation))
    chosen = nsmallest(_STATS_UTTERANCES, training, key=lambda i: hash_fraction(f"stats {index.id[i]}"))
    by_length = sorted(chosen, key=lambda i: int(index.frames[i]))
    measured, pitches = [], []
    for start in range(0, len(by_length), _STATS_BATCH):
        records = [stored_record(folder, index, i) for i in by_length[start : start + _STATS_BATCH]]
        clips = [to_float32(record.audio) for record in records]
        measured.append(statistics.features(clips, _STATS_BATCH, config.audio))
        pitches += [record.log_f0[record.voiced] for record in records]
    log_f0 = np.concatenate(pitches)
    if not len(log_f0):
        raise UserError(
            f"The recordings in {config.data.root} do not seem to be speech: no frame is voiced. Listen to a "
            "few, and check that their pitch is between audio.f0_min and audio.f0_max."
        )
    mels, energies = zip(*measured, strict=True)
    return statistics.summarize(np.concatenate(mels), np.concatenate(energies), log_f0)


def _root_is_here(config: Config) -> bool:
    if config.data.root:
        return Path(config.data.root).expanduser().is_dir()
    return demo_corpus.is_made(Path(config.data.cache_dir))


def _root(config: Config) -> Path:
    if config.data.root:
        return Path(config.data.root).expanduser()
    print("No data.root is set: using the built-in demo corpus (English and Persian by espeak-ng).")
    from xtts_jax.data.demo_speech import make_demo_corpus

    return make_demo_corpus(Path(config.data.cache_dir), config.data.workers)


def _doctors_summary(root: Path, config: Config) -> str:
    """The findings of a quick check of part of the corpus; they do not stop the preparation."""
    from xtts_jax.data.doctor.examination import examine
    from xtts_jax.data.doctor.report import summary

    return summary(*examine(root, config, most_probed=_GLANCE_FILES, most_heard=_GLANCE_CLIPS))


def _is_finished(folder: Path, chunks: list[Chunk]) -> bool:
    try:
        index = Corpus.open(folder).index
    except UserError:
        return False
    wanted = {chunk.name for chunk in chunks}
    done = {str(name) for name in index.shard_names}
    return done == wanted and all(read_report(folder, name) is not None for name in wanted)


def _require_enough(root: Path | str, usable: int, skipped: Sequence[Skipped]) -> None:
    if usable >= FEWEST_UTTERANCES:
        return
    count = f"Only {usable} recording{'' if usable == 1 else 's'}" if usable else "No recording"
    why = (
        f" Skipped: {counted(skipped)}. `xtts-jax doctor {root}` says what to do about them."
        if skipped
        else ""
    )
    raise UserError(
        f"{count} of {root} can be used, which is too little to train on.{why} "
        f"{'Or add' if skipped else 'Add'} recordings: configs/your_voice.py needs a minute of a voice, the "
        f"others about an hour, and with fewer than {FEWEST_UTTERANCES} recordings nothing can be learned. "
        "To speak in the voice of a single recording, give it to a trained run as a reference."
    )


def _finish(folder: Path, config: Config, reports: list[ChunkReport], unusable: Sequence[Skipped]) -> None:
    """Writes the files that describe the whole corpus, the index last."""
    (folder / "index.npz").unlink(missing_ok=True)
    skipped = [*unusable, *(skip for report in reports for skip in report.skipped)]
    with (folder / "skipped.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([Skipped._fields, *skipped])
    entries = [entry for report in reports for entry in report.entries]
    _require_enough(config.data.root, len(entries), skipped)
    languages = sorted({entry.language for entry in entries})
    tokenizer = Tokenizer.build([entry.symbols for entry in entries], languages, config.data.frontend)
    tokenizer.save(folder / "tokenizer.json")
    index = index_of(reports, tokenizer, config.data)
    save_stats(folder / "stats.json", measure_stats(folder, index, config))
    remove_other_chunks(folder, {report.name for report in reports})
    save_index(folder / "index.npz", index)
