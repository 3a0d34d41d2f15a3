"""Packages that the project does not require: imported where they are used."""

from importlib import import_module
from types import ModuleType

from xtts_jax.errors import UserError

JUDGES = "Run `make judges`, or `pip install -r requirements-judges.txt`."


def optional(name: str, remedy: str = JUDGES) -> ModuleType:
    """The module `name`. Raises `UserError` that ends in `remedy` where it cannot be imported."""
    try:
        return import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        raise UserError(
            f"This needs the package {package}, which cannot be imported ({error}). {remedy}"
        ) from error
