"""The verdict on a run, in a sentence."""

from collections.abc import Sequence

from xtts_jax.findings import SEVERE, Finding

EARLY = "early"  # a kind of verdict, like the severities and SOUND
SOUND = "sound"

Found = Sequence[tuple[int, Finding]]  # each with its step


def kind(found: Found, reached: int, settle_steps: int) -> str:
    """The severity of the worst finding, or SOUND; EARLY before `settle_steps` unless one is severe."""
    if any(finding.severity == SEVERE for _, finding in found):
        return SEVERE
    if reached < settle_steps:
        return EARLY
    return found[0][1].severity if found else SOUND


def verdict(found: Found, reached: int, settle_steps: int) -> str:
    match kind(found, reached, settle_steps):
        case "severe":
            severe = [(step, finding) for step, finding in found if finding.severity == SEVERE]
            counted = _counted(severe, SEVERE)
            return f"Not sound: {counted}. Fix that first: further training gives noise or nothing."
        case "early":
            so_far = _counted(found, "warning") if found else "nothing was found"
            return (
                f"Too early to say: {reached:,} steps, and most checks begin at {settle_steps:,}. "
                f"So far {so_far}."
            )
        case "sound":
            return f"Sound: no check found anything wrong in {reached:,} steps."
    return f"Sound but for {_counted(found, 'warning')}; worth a look."


def _counted(found: Found, severity: str) -> str:
    step, first = found[0]
    return f"{len(found)} {severity} finding{'s' * (len(found) > 1)}, the first {first.name} at step {step:,}"
