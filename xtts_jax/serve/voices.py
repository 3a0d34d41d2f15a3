"""The voices of a server: the speakers of its run, and recordings that were uploaded."""

import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from xtts_jax.errors import did_you_mean
from xtts_jax.serve.problems import Problem

OWN = "default"
# OpenAI's clients must name a voice and know these alone; here they are the run's own.
OPENAI = {"alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"}
OPENAI |= {"marin", "nova", "onyx", "sage", "shimmer", "verse"}
CONSENT = (
    "Use this voice only with the consent of the person whose voice it is, and say that the speech is "
    "synthetic where listeners could take it for theirs. The recording is not kept; the voice is, in memory, "
    "until it is deleted or the server stops, and whoever may use this server may use it."
)
_SHOWN = 10


@dataclass(frozen=True)
class Uploaded:
    id: str
    name: str
    created: int  # seconds since 1970


class Voices:
    def __init__(self, speakers: Mapping[str, Sequence[str]], most: int) -> None:
        """speakers: of the run, with their languages; most: that may be uploaded."""
        self._speakers, self._most = speakers, most
        self._uploaded: dict[str, Uploaded] = {}

    def speaker(self, name: str) -> str:
        """What a `VoiceChoice` calls the voice; `Problem` for one that is not there."""
        if name == OWN or (name in OPENAI and name not in self._speakers):
            return ""
        if name in self._speakers or name in self._uploaded:
            return name
        known = [OWN, *self._speakers, *self._uploaded]
        more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
        raise Problem(
            404,
            f"'voice' must be one that GET /v1/voices lists, not {name[: _SHOWN * 6]!r}."
            f"{did_you_mean(name, known)} There are {', '.join(known[:_SHOWN])}{more}.",
            param="voice",
            code="voice_not_found",
        )

    def require_room(self) -> None:
        if len(self._uploaded) >= self._most:
            raise Problem(
                409,
                f"There are {self._most} uploaded voices, as many as this server keeps. Delete one with "
                "DELETE /v1/voices/ID.",
                code="too_many_voices",
            )

    def add(self, name: str) -> Uploaded:
        voice = Uploaded(f"voice_{secrets.token_hex(8)}", name, int(time.time()))
        self._uploaded[voice.id] = voice
        return voice

    def remove(self, voice_id: str) -> None:
        if voice_id in self._speakers or voice_id == OWN:
            raise Problem(
                403,
                f"{voice_id!r} is a voice of the run, and only uploaded ones can be deleted.",
                param="voice",
                code="not_deletable",
            )
        if self._uploaded.pop(voice_id, None) is None:
            self.speaker(voice_id or "''")

    def describe(self) -> list[dict[str, Any]]:
        own = [
            {"id": name, "object": "voice", "name": name, "kind": "speaker", "languages": [*languages]}
            for name, languages in self._speakers.items()
        ]
        return [*own, *map(described, self._uploaded.values())]


def described(voice: Uploaded) -> dict[str, Any]:
    return {**asdict(voice), "object": "voice", "kind": "uploaded"}
