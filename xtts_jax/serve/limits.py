"""How much a request may ask for."""

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    places: int = 32  # requests that are being spoken or wait for it; others are told to come again
    text: int = 4096  # characters, as at OpenAI
    silence_s: float = 120.0  # that the markup of a text may ask for
    speech_s: float = 900.0  # that a request may become
    body: int = MIB // 4  # bytes of a request other than an upload, and of a message
    upload: int = 20 * MIB  # bytes
    upload_s: float = 120.0  # length of an uploaded recording
    uploads: int = 4  # at the same time
    voices: int = 100  # uploaded and not deleted
    decoding_s: int = 20  # CPU time and, twice that, wall time to decode an upload
    decoding_memory: int = 1024 * MIB  # address space in which that happens
    sessions: int = 64  # open WebSockets, and open connections of the Wyoming protocol
    connections: int = 1000  # open at the same time
    idle_s: float = 300.0  # without a message, until a session is closed
    slow_body_s: float = 30.0  # without a byte of a request's body, until it is refused
    grace_s: float = 30.0  # to finish what is being spoken, and to send it, when the server is stopped
