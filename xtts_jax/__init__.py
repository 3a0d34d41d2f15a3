"""Multilingual, voice-cloning text-to-speech in JAX.

tts = xtts_jax.Synthesizer("runs/my_voice")
tts("Good morning.", language="en", references=["me.wav"]).save("hello.wav")

The names are imported when they are first used: `import xtts_jax` alone does not import jax.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xtts_jax.speak.speech import Speech
    from xtts_jax.speak.synthesizer import Synthesizer
    from xtts_jax.speak.voice_choice import VoiceChoice

__version__ = "0.1.0"
__all__ = ["Speech", "Synthesizer", "VoiceChoice"]

_HOMES = {"Speech": "speech", "Synthesizer": "synthesizer", "VoiceChoice": "voice_choice"}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"xtts_jax.speak.{_HOMES[name]}"), name)
