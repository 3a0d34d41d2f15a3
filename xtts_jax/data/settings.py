"""The settings that a prepared corpus depends on, which determine the name of its folder."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from xtts_jax.config import Config, digest, to_dict
from xtts_jax.data import demo_corpus
from xtts_jax.errors import FieldError, UserError
from xtts_jax.text.languages import LANGUAGES, language_code, similar_language

PREPARE_VERSION = 2  # increment when the meaning of prepared files changes
# Settings of `data` that do not change what is prepared, and two that are included in another form.
_FREE = ("cache_dir", "workers", "buckets", "reference_seconds", "lexicon", "root")
LATER = {"denoise": False}  # settings younger than many prepared corpora, which are as if by these values


def prepared_settings(config: Config) -> dict[str, Any]:
    """Everything that the prepared files depend on, except the recordings themselves."""
    values = to_dict(config)
    root = os.path.normpath(os.path.expanduser(config.data.root)) if config.data.root else ""
    return {
        "version": PREPARE_VERSION,
        "root": root or f"demo corpus {demo_corpus.version()}",
        "lexicon": _content_digest(config.data.lexicon),
        "audio": values["audio"],
        "data": {
            **{key: value for key, value in values["data"].items() if _counts(key, value)},
            "language": language_code(config.data.language),
        },
    }


def _counts(key: str, value: Any) -> bool:
    return key not in _FREE and (key not in LATER or value != LATER[key])


def prepared_folder(config: Config) -> Path:
    name = Path(config.data.root).expanduser().resolve().name if config.data.root else "demo"
    return Path(config.data.cache_dir) / f"{name}-{digest(prepared_settings(config))}"


def require_language(config: Config) -> None:
    """Raises `UserError` for a `data.language` that is not in the table, whether or not a row needs it."""
    given = config.data.language
    if given and language_code(given) not in LANGUAGES:
        raise FieldError(
            "{data.language} must be one of {known}, not {given!r}.{hint} To add a language, see "
            "docs/adding_a_language.md.",
            known=", ".join(LANGUAGES),
            given=given,
            hint=similar_language(given),
        )


def require_settings(found: dict[str, Any], config: Config, folder: Path) -> None:
    """Raises `UserError` naming the settings that differ between a prepared corpus and a configuration."""
    before, now = _flat(found), _flat(prepared_settings(config))
    differing = [
        f"{key} (prepared: {before.get(key)!r}, now: {now.get(key)!r})"
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]
    if differing:
        raise UserError(
            f"[stale_shards] The corpus in {folder} was prepared with other settings: "
            f"{'; '.join(differing)}. Prepare it again with this configuration, or go back to "
            "the settings it was prepared with."
        )


def write_settings(folder: Path, config: Config) -> None:
    text = json.dumps(prepared_settings(config), indent=1, ensure_ascii=False)
    (folder / "settings.json").write_text(text, encoding="utf-8")


def read_settings(folder: Path) -> dict[str, Any]:
    path = folder / "settings.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"{folder} is not a prepared corpus: {path.name} cannot be read ({error}). "
            "Delete the folder and prepare the corpus again."
        ) from error


def _content_digest(path: str) -> str:
    if not path:
        return ""
    try:
        return hashlib.sha256(Path(path).expanduser().read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise UserError(
            f"The lexicon {path} cannot be read: {error.strerror}. Check data.lexicon."
        ) from error


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return flat
