"""The options that several commands share."""

import argparse
import errno
import os
from pathlib import Path
from tempfile import TemporaryFile

from xtts_jax.errors import UserError
from xtts_jax.runs.shipped import SHIPPED

RECOGNISERS = "whisper[:NAME|FOLDER]|pocketsphinx|WORKDIR|command:PROGRAM|python:MODULE:FUNCTION"
CONFIG_KEYS = "Every key of the configuration is an option: --data.root DIR, --data.workers 4 and so on."


def add_run(parser: argparse.ArgumentParser, what: str = "the run to use", *, required: bool = True) -> None:
    parser.add_argument(
        "--ckpt",
        type=Path,
        required=required,
        metavar="WORKDIR",
        help=f"{what}: the folder that its training wrote",
    )


def add_voice(parser: argparse.ArgumentParser) -> None:
    """A run that speaks; `folder_of` makes a folder of it."""
    parser.add_argument(
        "--ckpt",
        type=Path,
        default=SHIPPED,
        metavar="WORKDIR",
        help="the run or packed voice to speak with; default: the voice that comes with this program",
    )


def add_recogniser(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--recogniser",
        type=Path,
        metavar="WORKDIR",
        help="count phoneme errors as well, with the recogniser of this run, in the languages that it knows",
    )


def add_step(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--step", type=int, metavar="K", help="checkpoint to use; default: the best")


def add_vocoder(parser: argparse.ArgumentParser, default: str = "") -> None:
    shown = default or "the one that the configuration of the run names"
    parser.add_argument(
        "--vocoder",
        default=default,
        metavar="WORKDIR|shipped|griffin_lim",
        help=f"mel to waveform; default: {shown}",
    )


def add_config(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument(
        "--config",
        default=default,
        metavar="FILE|NAME",
        help="a configuration file, or the name of a shipped one; default: %(default)s",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=_json, metavar="FILE", help="write the report to this file as well")


def _json(given: str) -> Path:
    require_writable(Path(given), "--json")
    return Path(given)


def require_writable(path: Path, flag: str) -> None:
    """By trying: permissions do not tell what root may not write to."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=path.parent):
            pass
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except OSError as error:
        raise UserError(
            f"{flag} {path} cannot be written ({error.strerror}). Name a file in a folder that this user may "
            "write to."
        ) from error


def add_audio_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--audio-dir", type=Path, metavar="DIR", help="write the clips to this folder")


def require_at_least_one(options: argparse.Namespace, *names: str) -> None:
    """Raises `UserError` for a count below 1."""
    for name in names:
        if getattr(options, name) < 1:
            raise UserError(f"--{name} must be at least 1, not {getattr(options, name)}.")
