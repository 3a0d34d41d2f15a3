"""A configuration from a Python file, changed by command-line options."""

import ast
import difflib
import runpy
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict
from ml_collections.config_dict import RequiredValueError

from xtts_jax.config import AUTO, Config, build
from xtts_jax.errors import UserError

MAY_BE_AUTO = "train.batch_size"
_EXAMPLES = {"data.root": "DIR, the folder of your recordings"}  # for what files leave to the command
_KEEP_TYPES = f", each to one of the same type; auto is written {AUTO} there, as in {MAY_BE_AUTO} = {AUTO}"
_PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (_PACKAGE / "assets" / "configs", _PACKAGE.parent / "configs")  # in a wheel, and in a checkout


def shipped() -> Path:
    """The folder of the shipped configurations."""
    return next(place for place in PLACES if (place / "base.py").is_file())


def find_config(name: str) -> Path:
    """The file `name`, or the shipped one of that name: `tiny`, or `configs/tiny.py` in any folder."""
    path = Path(name).expanduser()
    if path.is_file():
        return path
    bare = path.name == name or path.parent == Path("configs")
    candidate = shipped() / f"{path.name.removesuffix('.py')}.py"
    if bare and candidate.is_file():
        return candidate
    names = ", ".join(sorted(file.stem for file in shipped().glob("*.py")))
    raise UserError(
        f"There is no configuration file {name}. Give the path of one, or the name of a shipped one: {names}."
    )


def load_config(path: str, overrides: Sequence[str]) -> Config:
    """The configuration of `find_config(path)`, changed by options `--[config.]group.key=value`."""
    file = find_config(path)
    try:
        with _importable(file.resolve().parent.parent, shipped().parent):
            config = runpy.run_path(str(file))["get_config"]()
    except (SyntaxError, NameError, ImportError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"The configuration file {path} cannot be used ({type(error).__name__}: {error}). It must define "
            "get_config(), which returns the configuration of configs/base.py with some values changed"
            f"{_KEEP_TYPES if isinstance(error, TypeError) else ''}."
        ) from error
    rest = list(overrides)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if not name.startswith("--") or not (equals or rest):
            raise UserError(
                f"{name!r} is not an option with a value. Write options as in --config.data.root=DIR."
            )
        _set(config, name.removeprefix("--").removeprefix("config."), value if equals else rest.pop(0))
    for key in _keys(config):
        if _value(config, key) is None:
            example = f"--config.{key}={_EXAMPLES.get(key, 'VALUE')}"
            raise UserError(
                f"The configuration {path} leaves {key} to you. Add it to the command: {example}."
            )
    return build(config)


@contextmanager
def _importable(*folders: Path) -> Iterator[None]:
    """Within it, `from configs import base` looks in these folders first."""
    before = list(sys.path)
    sys.path[:0] = map(str, folders)
    try:
        yield
    finally:
        sys.path[:] = before


def _set(config: ConfigDict, key: str, text: str) -> None:
    keys = _keys(config)
    if key not in keys:
        near = difflib.get_close_matches(key, keys, n=3, cutoff=0.0)
        raise UserError(f"There is no option --config.{key}. Close to it: {', '.join(near)}.")
    *groups, name = key.split(".")
    holder: Any = config
    for group in groups:
        holder = holder[group]
    default = _value(config, key)
    holder[name] = _parse(key, text, holder.get_ref(name).get_type()() if default is None else default)


def _value(config: ConfigDict, key: str) -> Any:
    """None where the file leaves it to the command, by `required_placeholder`."""
    try:
        return attrgetter(key)(config)
    except RequiredValueError:
        return None


def _keys(config: ConfigDict, prefix: str = "") -> list[str]:
    return [
        key
        for name in config
        for value in (_value(config, name),)
        for key in (_keys(value, f"{prefix}{name}.") if isinstance(value, ConfigDict) else [prefix + name])
    ]


def _parse(key: str, text: str, default: Any) -> Any:
    """`text` as a value of the type of the default that it replaces."""
    kind = type(default)
    if kind is tuple:
        return _parse_tuple(key, text, type(default[0]) if default else str)
    if kind is str:
        return text
    if key == MAY_BE_AUTO and text.lower() == "auto":
        return AUTO
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
    word = ", or auto" if key == MAY_BE_AUTO else ""
    raise UserError(f"--config.{key} takes a value of type {kind.__name__}{word}, not {text!r}.")


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
