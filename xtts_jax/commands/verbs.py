"""The verbs of `xtts-jax`, each in a line, and their parsers."""

import argparse
from typing import NoReturn

from xtts_jax.errors import UserError

VERBS = {
    "train": "train a model, or resume a stopped run",
    "speak": "speak a text with a trained run",
    "serve": "speak over HTTP, for OpenAI's clients, web pages and Home Assistant",
    "prepare": "turn a folder of recordings into shards to train on",
    "doctor": "find out what is wrong with a corpus, or with a run",
    "evaluate": "measure how well a run speaks",
    "cloning": "measure how well a run clones voices that it was not trained on",
    "copy-synthesis": "measure how well a vocoder rebuilds recordings",
    "label": "transcribe recordings that have no texts",
    "convert": "import the weights of a public vocoder",
    "pack": "write a trained run as a small folder, to share",
}


class Parser(argparse.ArgumentParser):
    """One whose complaints are like those of everything else: a paragraph, and status 1."""

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{self.prog}: {message}. `{self.prog} --help` lists the options.")


def new_parser(verb: str, *, usage: str | None = None, epilog: str | None = None) -> argparse.ArgumentParser:
    """The parser of a verb; abbreviated options are refused, as they would swallow `--config.` keys."""
    return Parser(
        f"xtts-jax {verb}",
        usage=usage,
        description=f"{VERBS[verb][0].upper()}{VERBS[verb][1:]}.",
        epilog=epilog,
        allow_abbrev=False,
    )


def overview() -> str:
    """The help of the program: every verb in one line."""
    width = max(map(len, VERBS))
    lines = [f"  {verb:<{width}}  {what}" for verb, what in VERBS.items()]
    return "\n".join(
        [
            "usage: xtts-jax VERB [options]",
            "",
            "Train a text-to-speech voice on your own recordings, and speak with it.",
            "",
            *lines,
            "",
            "`xtts-jax VERB --help` lists the options of a verb.",
        ]
    )
