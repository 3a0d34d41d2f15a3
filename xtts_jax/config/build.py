"""Conversion of a ConfigDict or a run's `config.json` to a validated `Config`, and back."""

import hashlib
import json
from dataclasses import asdict, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from ml_collections import ConfigDict

from xtts_jax.config.rules import rules
from xtts_jax.config.sections import Config
from xtts_jax.errors import FieldError, UserError


def build(config: ConfigDict) -> Config:
    """Builds the typed configuration; `UserError` names a key that is unknown, missing or out of range."""
    return from_dict(config.to_dict())


def from_dict(values: dict[str, Any]) -> Config:
    """The inverse of `to_dict`, for a run's `config.json`; validates the values."""
    config = _construct(Config, values, "config")
    for holds, complaint in rules(config):
        if not holds:
            raise FieldError("The configuration cannot work: {complaint}.", complaint=complaint)
    return config


def to_dict(config: Config) -> dict[str, Any]:
    return json.loads(json.dumps(asdict(config)))


def digest(*parts: Any) -> str:
    """Eight hexadecimal digits that depend on all the JSON-like parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:8]


def _construct(cls: type, values: dict[str, Any], path: str) -> Any:
    names = {field.name for field in fields(cls)}
    for name in values.keys() - names:
        raise UserError(f"Unknown configuration key {path}.{name}. Known keys: {', '.join(sorted(names))}.")
    for name in names - values.keys():
        raise UserError(
            f"The configuration lacks {path}.{name}. Start from configs/base.py, which has every key."
        )
    hints = get_type_hints(cls)
    return cls(**{name: _convert(hints[name], values[name], f"{path}.{name}") for name in names})


def _convert(kind: Any, value: Any, path: str) -> Any:
    if isinstance(kind, type) and is_dataclass(kind):
        return _construct(kind, value, path)
    if get_origin(kind) is tuple:
        return tuple(_convert(get_args(kind)[0], each, path) for each in value)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise FieldError(
            f"{{{path.removeprefix('config.')}}} must be of type {{kind}}, not {{given}} ({{value!r}}).",
            kind=kind.__name__,
            given=type(value).__name__,
            value=value,
        )
    return value
