"""The voice that comes with the package, a packed one."""

from pathlib import Path

SHIPPED = "shipped"
_FOLDER = Path(__file__).parents[1] / "assets" / "voice"


def folder_of(run: str | Path) -> Path:
    """The folder of a run that is given by its path, or of the voice SHIPPED."""
    return _FOLDER if str(run) == SHIPPED else Path(run).expanduser()
