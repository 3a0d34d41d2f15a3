"""What the command-line entries share: configuration from a file and overrides, errors without traceback."""

import ast
import difflib
import os
import runpy
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from ml_collections import ConfigDict

from xtts_jax.config import Config, build
from xtts_jax.errors import UserError


def run(command: Callable[[Sequence[str]], None]) -> None:
    """Ends the process: status 0 when the job was done, 1 with a paragraph on stderr when it was not."""
    try:
        command(sys.argv[1:])
        sys.stdout.flush()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        _end_without_reader()
    except OSError as error:
        print(f"error: {_describe(error)}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def _end_without_reader() -> NoReturn:
    """As other programs end in `... | head`: silent, with the status of SIGPIPE."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    sys.exit(128 + signal.SIGPIPE)


def _describe(error: OSError) -> str:
    where = " -> ".join(str(name) for name in (error.filename, error.filename2) if name is not None)
    return (
        f"The system refused: {error.strerror or error}{f' ({where})' if where else ''}. Check that there is "
        "room on the disk and that this user may read and write there, or name another folder; then run the "
        "same command again."
    )


def load_config(path: str, overrides: Sequence[str]) -> Config:
    """The configuration of a Python file with `get_config()`, changed by `--[config.]group.key=value`."""
    if not Path(path).is_file():
        raise UserError(f"There is no configuration file {path}. Those of the project are in configs/.")
    sys.path.insert(0, str(Path(path).resolve().parent.parent))
    try:
        config = runpy.run_path(path)["get_config"]()
    except (SyntaxError, NameError, ImportError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"The configuration file {path} cannot be used ({type(error).__name__}: {error}). It must define "
            "get_config(), which returns that of configs/base.py with some values changed."
        ) from error
    rest = list(overrides)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if not name.startswith("--") or not (equals or rest):
            raise UserError(f"{name!r} is no option with a value. Options look like --config.data.root=DIR.")
        _set(config, name.removeprefix("--").removeprefix("config."), value if equals else rest.pop(0))
    return build(config)


def _set(config: ConfigDict, key: str, text: str) -> None:
    keys = _keys(config.to_dict())
    if key not in keys:
        near = difflib.get_close_matches(key, keys, n=3, cutoff=0.0)
        raise UserError(f"There is no option --config.{key}. Close to it: {', '.join(near)}.")
    *groups, name = key.split(".")
    holder: Any = config
    for group in groups:
        holder = holder[group]
    holder[name] = _parse(key, text, holder[name])


def _keys(values: dict[str, Any], prefix: str = "") -> list[str]:
    return [
        key
        for name, value in values.items()
        for key in (_keys(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name])
    ]


def _parse(key: str, text: str, default: Any) -> Any:
    """`text` as a value of the type of the default it replaces."""
    kind = type(default)
    if kind is tuple:
        return _parse_tuple(key, text, type(default[0]) if default else str)
    if kind is str:
        return text
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        value = ast.literal_eval(text)
        if kind is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
    except (ValueError, SyntaxError):
        pass
    raise UserError(f"--config.{key} takes a value of type {kind.__name__}, not {text!r}.")


_LISTS = {
    int: ("whole numbers", "512 or 512,1024"),
    float: ("numbers", "1.0 or 0.9,1.0,1.1"),
    str: ("names", "decoder,voice_encoder"),
}


def _parse_tuple(key: str, text: str, kind: type) -> tuple[Any, ...]:
    """Numbers or names: one, several between commas, or as Python writes them."""
    if kind is str and not text.lstrip().startswith(("(", "[")):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        value = ast.literal_eval(text) if text.strip() else ()
    except (ValueError, SyntaxError):
        value = None
    parts = tuple(value) if isinstance(value, tuple | list) else (value,)
    if kind is float:
        parts = tuple(float(part) if type(part) is int else part for part in parts)
    if all(type(part) is kind for part in parts):
        return parts
    what, such_as = _LISTS[kind]
    raise UserError(f"--config.{key} takes {what} between commas, such as {such_as}, not {text!r}.")
