"""Multilingual, voice-cloning text-to-speech in JAX."""

__version__ = "0.1.0"
