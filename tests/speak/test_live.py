"""Sound that is written or played while it is made."""

import io
import os
import stat
from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.errors import UserError
from xtts_jax.speak.live import PLAYERS, player, write_live

CHUNKS = [np.linspace(-1, 1, 500, dtype=np.float32), np.full(300, 2.0, np.float32)]


def test_chunks_are_written_as_they_come_and_read_as_a_wav_file() -> None:
    file, sizes = io.BytesIO(), []

    def chunks():
        for chunk in CHUNKS:
            sizes.append(len(file.getvalue()))
            yield chunk

    assert write_live(chunks(), 16000, file, header=True) == 800
    assert sizes == [0, 44 + 1000]
    audio, rate = soundfile.read(io.BytesIO(file.getvalue()))
    assert rate == 16000
    np.testing.assert_allclose(audio, np.concatenate([CHUNKS[0], np.ones(300)]), atol=1e-4)


def program(folder: Path, content: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes it the only player there is."""
    path = folder / "aplay"
    path.write_text(f"#!/bin/sh\n{content}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setattr("xtts_jax.speak.live.PLAYERS", {"aplay": PLAYERS["aplay"]})


def test_a_player_gets_the_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, f'echo "$@" > {tmp_path}/options; cat > {tmp_path}/heard.wav', monkeypatch)
    with player() as pipe:
        write_live(CHUNKS, 16000, pipe, header=True)
    assert (tmp_path / "options").read_text() == "-q -\n"
    assert len(soundfile.read(tmp_path / "heard.wav")[0]) == 800


def test_a_player_that_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "exit 3", monkeypatch)
    with pytest.raises(UserError, match=r"aplay could not play the speech \(status 3\)"), player() as pipe:
        for _ in range(200):
            write_live([np.zeros(10000, np.float32)], 16000, pipe, header=False)


def test_a_machine_without_players_is_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UserError, match="Install one of ffplay, mpv, play, aplay"), player():
        pass
