"""What Orbax prints beside the errors that it raises."""

import logging
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from xtts_jax.runs.orbax_noise import keep_orbax_quiet


def test_only_what_orbax_abandons_is_kept_off_the_terminal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shown: list[BaseException] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: shown.append(unraisable.exc_value))
    for _ in range(2):
        keep_orbax_quiet()
    abandoned, other = RuntimeError("Event loop is closed"), RuntimeError("another")
    for error in (abandoned, other):
        hook: Any = sys.unraisablehook
        hook(SimpleNamespace(exc_value=error, object=None))
    assert shown == [other]
    logging.getLogger("asyncio").error("Task exception was never retrieved: orbax/serialization.py")
    logging.getLogger("asyncio").error("Task exception was never retrieved: another.py")
    assert [record.getMessage().rsplit(" ", 1)[1] for record in caplog.records] == ["another.py"]
