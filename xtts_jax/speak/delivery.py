"""How a text is said, whatever the voice."""

from dataclasses import dataclass, replace
from numbers import Real

from xtts_jax.errors import FieldError
from xtts_jax.text.spans import Prosody

SPEEDS = (0.25, 4)
MOST_SEMITONES, MOST_DB = 12, 20  # for pitch and energy, up or down
LAST_SEED = 2**32 - 1


@dataclass(frozen=True)
class Delivery:
    """Relative to what the model would say. Raises `FieldError` for a value out of range."""

    seed: int = 0  # decides all that is drawn at random
    speed: float = 1.0  # 2 is twice as fast
    pitch: float = 0.0  # semitones up
    energy: float = 0.0  # dB up

    def __post_init__(self) -> None:
        for field, least, most, unit in (
            ("seed", 0, LAST_SEED, ""),
            ("speed", *SPEEDS, ""),
            ("pitch", -MOST_SEMITONES, MOST_SEMITONES, " semitones"),
            ("energy", -MOST_DB, MOST_DB, " dB"),
        ):
            value = getattr(self, field)
            if not _is_number(value):
                raise FieldError(f"{{{field}}} must be a number, not {{value!r}}.", value=value)
            if not least <= value <= most:
                raise FieldError(
                    f"{{{field}}} must be between {{least}} and {{most}}{unit}, not {{value}}.",
                    least=least,
                    most=most,
                    value=value,
                )

    def changed(self, prosody: Prosody) -> "Delivery":
        """As a part of a text asks to be said, as far as the limits allow."""
        if prosody == Prosody():
            return self
        return replace(
            self,
            speed=_limited(self.speed * prosody.rate, *SPEEDS),
            pitch=_limited(self.pitch + prosody.semitones, -MOST_SEMITONES, MOST_SEMITONES),
            energy=_limited(self.energy + prosody.decibels, -MOST_DB, MOST_DB),
        )


def _is_number(value: object) -> bool:
    return isinstance(value, Real)


def _limited(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
