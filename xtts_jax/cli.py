"""What the command-line entries share: a configuration from a file and overrides, errors without traceback."""

import ast
import difflib
import runpy
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from xtts_jax.config import Config, build
from xtts_jax.errors import UserError


def run(command: Callable[[Sequence[str]], None]) -> None:
    """Ends the process: status 0 when the job was done, 1 with a paragraph on stderr when it was not."""
    try:
        command(sys.argv[1:])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)


def load_config(path: str, overrides: Sequence[str]) -> Config:
    """The configuration of a Python file with `get_config()`, changed by `--[config.]group.key=value`."""
    if not Path(path).is_file():
        raise UserError(f"There is no configuration file {path}. Those of the project are in configs/.")
    sys.path.insert(0, str(Path(path).resolve().parent.parent))
    config = runpy.run_path(path)["get_config"]()
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
    for group in groups:
        config = config[group]
    config[name] = _parse(key, text, type(config[name]))


def _keys(values: dict[str, Any], prefix: str = "") -> list[str]:
    return [
        key
        for name, value in values.items()
        for key in (_keys(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name])
    ]


def _parse(key: str, text: str, kind: type) -> Any:
    """`text` as a value of the type of the default it replaces; a tuple also as names between commas."""
    if kind is str:
        return text
    if kind is bool and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if kind is tuple and not text.lstrip().startswith(("(", "[")):
        return tuple(part.strip() for part in text.split(",") if part.strip())
    try:
        value = ast.literal_eval(text)
        if kind is int and isinstance(value, int) and not isinstance(value, bool):
            return value
        if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        if kind is tuple and isinstance(value, tuple | list):
            return tuple(value)
    except (ValueError, SyntaxError):
        pass
    raise UserError(f"--config.{key} takes a value of type {kind.__name__}, not {text!r}.")
