"""Pictures of mels and alignments."""

import importlib.util
from typing import Any

import numpy as np

from xtts_jax.config import Audio


def available() -> bool:
    """Whether matplotlib is installed, which bare accelerator images lack."""
    return importlib.util.find_spec("matplotlib") is not None


def mel_figure(
    mels: dict[str, np.ndarray], settings: Audio, durations: np.ndarray | None = None, symbols: str = ""
):
    """A figure of the named mels (t, m), in natural log, one above the other on one color scale.

    With durations (n,) in frames, the borders of the tokens are drawn over the last mel, named by `symbols`.
    """
    from matplotlib.figure import Figure

    low, high = np.percentile(np.concatenate(list(mels.values())), [0.5, 99.9])
    figure = Figure(figsize=(10, 2.6 * len(mels)), layout="constrained")
    axes = figure.subplots(len(mels), 1, squeeze=False)[:, 0]
    for axis, (name, mel) in zip(axes, mels.items(), strict=True):
        extent = (0.0, settings.seconds(len(mel)), 0, mel.shape[1])
        axis.imshow(
            mel.T, origin="lower", aspect="auto", extent=extent, vmin=low, vmax=high, interpolation="none"
        )
        axis.set(title=name, ylabel="mel bin")
    axes[-1].set_xlabel("seconds")
    if durations is not None:
        _draw_tokens(axes[-1], np.cumsum(durations), symbols, settings)
    return figure


def cosine_figure(cosines: np.ndarray, speakers: np.ndarray):
    """A figure of the (b, b) cosines of crops sorted by `speakers` (b,), with borders between speakers."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.5, 5.5), layout="constrained")
    axis = figure.subplots()
    image = axis.imshow(cosines, vmin=-1, vmax=1, cmap="RdBu_r", interpolation="none")
    for border in np.flatnonzero(np.diff(speakers)) + 0.5:
        axis.axhline(border, color="black", linewidth=0.3)
        axis.axvline(border, color="black", linewidth=0.3)
    axis.set(title="cosine of held-out crops, by voice", xticks=[], yticks=[])
    figure.colorbar(image)
    return figure


def save_figure(path: Any, figure: Any) -> None:
    figure.savefig(path, dpi=110)


def _draw_tokens(axis: Any, ends: np.ndarray, symbols: str, settings: Audio) -> None:
    for end in ends[:-1]:
        axis.axvline(settings.seconds(int(end)), color="white", linewidth=0.4, alpha=0.6)
    middles = (np.concatenate([[0], ends[:-1]]) + ends) / 2
    for middle, symbol in zip(middles, f" {symbols} ", strict=True):  # <start> and <end> have no letter
        axis.text(settings.seconds(1) * middle, 72, symbol, color="white", ha="center", fontsize=8)
