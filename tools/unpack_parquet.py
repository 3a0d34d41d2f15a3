"""Unpacks the Parquet files of a Hugging Face data set of speech into a corpus folder to train on.

    pip install pyarrow
    python tools/unpack_parquet.py downloaded/ManaTTS --out manatts

A recording may be the bytes of an audio file, as `datasets` stores them, or a list of samples beside a column
with their rate, as in ManaTTS.
"""

import argparse
import importlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import soundfile

RATES = ("samplerate", "sample_rate", "sampling_rate")


def main() -> None:
    parser = argparse.ArgumentParser(description="Unpack Parquet files with speech into a corpus folder.")
    parser.add_argument("folder", type=Path, help="with the .parquet files, in it or below")
    parser.add_argument("--out", type=Path, required=True, help="the corpus folder to make")
    options = parser.parse_args()
    count = unpack(rows(options.folder), options.out)
    print(f"{options.out}: {count} recordings. Next: xtts-jax doctor {options.out}")


def rows(folder: Path) -> Iterator[Mapping[str, Any]]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise SystemExit("error: reading Parquet files needs pyarrow: pip install pyarrow") from None
    paths = sorted(folder.rglob("*.parquet"))
    if not paths:
        raise SystemExit(f"error: there are no .parquet files in {folder}.")
    for path in paths:
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=16):
            yield from batch.to_pylist()


def unpack(values: Iterable[Mapping[str, Any]], out: Path) -> int:
    """Writes wavs/ and metadata.jsonl, which has all columns but the recordings; their number."""
    (out / "wavs").mkdir(parents=True)
    count = 0
    with (out / "metadata.jsonl").open("w", encoding="utf-8") as table:
        for count, row in enumerate(values, 1):
            name = f"wavs/{count:06d}{write_recording(row, out / 'wavs' / f'{count:06d}')}"
            others = {key: value for key, value in row.items() if isinstance(value, str | int | float)}
            others = {key: value for key, value in others.items() if key not in ("file_name", "file name")}
            table.write(json.dumps({"file_name": name, **others}, ensure_ascii=False) + "\n")
    return count


def write_recording(row: Mapping[str, Any], path: Path) -> str:
    """Writes the recording of a row; gives the suffix of its file."""
    audio = row.get("audio")
    if isinstance(audio, Mapping) and audio.get("bytes"):
        suffix = PurePosixPath(audio.get("path") or "").suffix or suffix_of(audio["bytes"])
        path.with_suffix(suffix).write_bytes(audio["bytes"])
        return suffix
    rate = next((row[name] for name in RATES if name in row), None)
    if isinstance(audio, list) and rate:
        soundfile.write(path.with_suffix(".flac"), np.asarray(audio, np.float32), int(rate), "PCM_16")
        return ".flac"
    raise SystemExit(
        f"error: the column `audio` has neither the bytes of files nor samples beside a column {RATES[0]}. "
        f"The columns are {', '.join(row)}."
    )


def suffix_of(content: bytes) -> str:
    kind = soundfile.info(io.BytesIO(content)).format
    return {"OGG": ".ogg", "FLAC": ".flac", "MP3": ".mp3", "MPEG": ".mp3"}.get(kind, ".wav")


if __name__ == "__main__":
    main()
