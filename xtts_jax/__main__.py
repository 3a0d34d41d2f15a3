"""`xtts-jax VERB ...`, or `python -m xtts_jax VERB ...`: the commands of the project."""

import difflib
import importlib
from collections.abc import Sequence

from xtts_jax import __version__
from xtts_jax.commands import endings
from xtts_jax.commands.verbs import VERBS, overview
from xtts_jax.errors import UserError


def main() -> None:
    endings.run(dispatch)


def dispatch(arguments: Sequence[str]) -> None:
    """Calls the command of the first argument with the others; only that one is imported."""
    match list(arguments):
        case [] | ["-h" | "--help" | "help"]:
            print(overview())
        case ["--version"]:
            print(f"xtts-jax {__version__}")
        case [verb, *rest] if verb in VERBS:
            command = importlib.import_module(f"xtts_jax.commands.{verb.replace('-', '_')}")
            command.main(rest)
        case [verb, *_]:
            near = difflib.get_close_matches(verb, VERBS, n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise UserError(f"{verb!r} is not a verb of xtts-jax. {hint}The verbs are {', '.join(VERBS)}.")


if __name__ == "__main__":
    main()
