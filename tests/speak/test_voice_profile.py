"""A voice in a file, and files that are not one."""

from pathlib import Path

import numpy as np
import pytest

from xtts_jax.errors import UserError
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.speak.voice_choice import VoiceChoice


def test_profile_that_fits_no_longer_is_refused(
    synthesizer: Synthesizer, two_voices: tuple[Path, Path], tmp_path: Path
) -> None:
    profile, damaged = tmp_path / "voice.npz", tmp_path / "damaged.npz"
    synthesizer.voices.save(VoiceChoice(two_voices[:1]), "en", profile)
    with np.load(profile) as file:
        arrays, made_by = dict(file) | {"made_by": np.array("another")}, file["made_by"]
    np.savez(profile, allow_pickle=False, **arrays)
    good = arrays | {"made_by": made_by}
    for name, change in {
        "missing": {"register": None},
        "cut": {"speaker": good["speaker"][:, 1:]},
        "broadcast": {"adaptation/mel/bias": np.zeros(1, np.float16)},
        "foreign": {"speakers": good["speaker"]},
        "infinite": {"spectrum": good["spectrum"] * np.inf},
        "words": {"style": np.full(good["style"].shape, "x")},
    }.items():
        changed = {key: part for key, part in (good | change).items() if part is not None}
        np.savez(tmp_path / name, **changed)
        with pytest.raises(UserError, match=f"{name}.npz is not a voice profile that can be read"):
            synthesizer.voices.choose(VoiceChoice([tmp_path / f"{name}.npz"]), "en")
    with pytest.raises(UserError, match="another run or another checkpoint"):
        synthesizer.voices.choose(VoiceChoice([profile]), "en")
    for content in (profile.read_bytes()[:100], b"RIFF, a recording by its contents", b""):
        damaged.write_bytes(content)
        with pytest.raises(UserError, match=r"can be read \(it holds something else, or only a part\)"):
            synthesizer.voices.choose(VoiceChoice([damaged]), "en")
