"""The command-line options of the vocoder benchmarks."""

import argparse
from collections.abc import Iterable
from pathlib import Path


def parser(description: str, cases: Iterable[str], repeats: int) -> argparse.ArgumentParser:
    """A parser of --cases, --torch, --repeats and --json."""
    known = list(cases)
    options = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    options.add_argument("--cases", nargs="*", default=known, choices=known, metavar="NAME")
    options.add_argument("--torch", action="store_true")
    options.add_argument("--repeats", type=int, default=repeats, metavar="N", help="default: %(default)s")
    options.add_argument("--json", type=Path, metavar="FILE")
    return options
