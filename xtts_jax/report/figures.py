"""The last evaluation beside baselines without a model; each figure with an explanation of its value."""

import math
from html import escape

from xtts_jax.report.curves import number

CONSTANT = "eval/mel_l1_best_constant"
FREE = "eval/mel_l1_free"  # comes first, then these, then all others by name
ORDER = (
    FREE,
    "eval/mel_l1_teacher",
    CONSTANT,
    "eval/mel_l1_previous_frame",
    "eval/mel_l1_text_shuffled",
    "eval/mel_l1_reference_shuffled",
    "eval/duration_error_frames",
    "eval/length_ratio",
    "mel_range_ratio",
    "eval/stft",  # from here on, for vocoders
    "eval/mel_l1",
    "eval/log_f0_rmse",
    "eval/voicing_error",
)
REBUILT = "_griffin_lim"  # suffix of Griffin-Lim's figures, which are shown with the vocoder's
MEL_ERROR, UNSHUFFLED = "eval/mel_l1_", "eval/mel_l1_unshuffled"
SHUFFLED = "eval/shuffled_utterances"  # shown with the shuffled errors
DIVERGED = 2.0  # times the error of the best constant; untrained models have less


def key_figures(last: dict[str, float], frame_ms: float) -> str:
    """An HTML table of the last values, or a sentence where no evaluation was logged."""
    evaluated = sorted(name for name in last if name.startswith("eval/") and name not in ORDER)
    names = [name for name in ORDER if name in last] + evaluated
    names = [name for name in names if name not in (UNSHUFFLED, SHUFFLED) and not name.endswith(REBUILT)]
    if not any(name.startswith("eval/") for name in names):
        return "<p>No evaluation was logged yet; the first comes at step <code>train.eval_every</code>.</p>"
    most = max((last[name] for name in names if name.startswith(MEL_ERROR)), default=0.0)
    rows = [_row(name, last, frame_ms, most) for name in names]
    return (
        '<table><thead><tr><th scope="col">Figure</th><th scope="col">Value</th><th scope="col">Reading</th>'
        f"</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _row(name: str, last: dict[str, float], frame_ms: float, most: float) -> str:
    title, reading = _reading(name, last, frame_ms)
    kind = "model" if name in (FREE, "eval/mel_l1_teacher") else "beside"
    share = last[name] / most if name.startswith(MEL_ERROR) and most > 0 else 0.0
    bar = f'<span class="bar" style="--share: {share:.3f}"></span>' if 0 < share <= 1 else ""
    return (
        f'<tr class="{kind}"><th scope="row">{escape(title)}</th>'
        f'<td class="value">{number(last[name])}{bar}</td><td>{escape(reading)}</td></tr>'
    )


def _reading(name: str, last: dict[str, float], frame_ms: float) -> tuple[str, str]:
    """What the figure is and what this value says; of an unknown one, the name alone."""
    value = last[name]
    if not math.isfinite(value):
        return name, "Not a number: the model's output is damaged."
    match name:
        case "eval/mel_l1_free":
            return "Mel error, free-running", f"What a user gets, in nat. {_beside_constant(value, last)}"
        case "eval/mel_l1_teacher":
            return "Mel error, recording's timing", f"The decoder alone. {_beside_constant(value, last)}"
        case "eval/mel_l1_best_constant":
            return (
                "Best constant spectrum",
                "Takes no model: the same frame all along, which a bias can learn.",
            )
        case "eval/mel_l1_previous_frame":
            return (
                "Previous frame",
                "Takes no model: the recording's frame before. It is low because speech changes slowly; no "
                "text-to-speech model has to beat it.",
            )
        case "eval/mel_l1_text_shuffled":
            return "Text shuffled", _beside_true(
                name, last, "every text read backwards", "the model ignores its text"
            )
        case "eval/mel_l1_reference_shuffled":
            return "Reference shuffled", _beside_true(
                name, last, "references exchanged", "the model ignores its reference"
            )
        case "eval/mel_change_text_shuffled" | "eval/mel_change_reference_shuffled":
            return (
                f"Largest change of the mel, {name.split('_')[2]} shuffled",
                "Of a normalized value. 0 would mean that it does not reach the decoder at all.",
            )
        case "eval/duration_error_frames":
            return (
                "Duration error, frames",
                f"A token is {value * frame_ms:.0f} ms too long or short on average.",
            )
        case "eval/length_ratio":
            return (
                "Length, spoken over recorded",
                f"Sentences come out {_percent(value - 1, 'longer', 'shorter')}.",
            )
        case "mel_range_ratio":
            return (
                "Mel range, predicted over recorded",
                "In the last training batch. 1 is right; 0 is the same frame all along.",
            )
        case "eval/stft":
            reading = "At three resolutions; selects the best checkpoint."
            return "Spectral distance", f"{reading} {_rebuilt(name, last)}"
        case "eval/mel_l1":
            return "Mel error of the waveform", f"In nat. {_rebuilt(name, last)}"
        case "eval/log_f0_rmse":
            reading = f"Root mean square in log-F0: {12 * value / math.log(2):.1f} semitones."
            return "Melody", f"{reading} {_rebuilt(name, last)}"
        case "eval/voicing_error":
            reading = f"{100 * value:.1f} % of frames are voiced in only one of the two."
            return "Voicing", f"{reading} {_rebuilt(name, last)}"
    return name, ""


def _rebuilt(name: str, last: dict[str, float]) -> str:
    return f"Griffin-Lim has {number(last[name + REBUILT])}." if name + REBUILT in last else ""


def _beside_constant(value: float, last: dict[str, float]) -> str:
    constant = last.get(CONSTANT)
    if not constant:
        return ""
    share = value / constant - 1
    compared = f"{_percent(share, 'above', 'below')} the best constant spectrum"
    if value > DIVERGED * constant:
        return f"It is {number(value / constant)} times the best constant spectrum: the model has diverged."
    if share < 0:
        return f"It is {compared}."
    return f"It is {compared}: only a bias was learned."


def _beside_true(name: str, last: dict[str, float], what: str, meaning: str) -> str:
    if UNSHUFFLED not in last:
        return f"The mel error with {what}."
    change = last[name] - last[UNSHUFFLED]
    of = f", over {number(last[SHUFFLED])} utterances" if SHUFFLED in last else ""
    return (
        f"With {what} the mel error is {number(abs(change))} nat {'lower' if change < 0 else 'higher'} than "
        f"with the true ones ({number(last[UNSHUFFLED])}){of}. At 0, {meaning}."
    )


def _percent(share: float, more: str, less: str) -> str:
    return f"{abs(share):.1%} {less if share < 0 else more}".replace("%", " %")
