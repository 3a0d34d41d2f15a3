"""The published training steps in PyTorch: discriminators, then generator, with AdamW and weight norm."""

# pyright: reportMissingImports=false

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.functional import avg_pool1d, leaky_relu, pad
from torch.nn.utils import weight_norm

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from golden.make_vocoder_values import Hifigan, Vocos

from benchmarks.scale_discriminator import LAYERS as SCALE_LAYERS
from xtts_jax.audio.mel import MEL_FLOOR, mel_filters
from xtts_jax.models.discriminators.resolutions import LAYERS as RESOLUTION_LAYERS
from xtts_jax.models.vocoders.spec import Istft


class Stack(nn.Module):
    """Convolutions with leaky ReLU and a score; returns the scores and every layer's output."""

    def __init__(self, layers: list[nn.Module], score: nn.Module) -> None:
        super().__init__()
        self.layers, self.score = nn.ModuleList(map(weight_norm, layers)), weight_norm(score)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        features = []
        for layer in self.layers:
            x = leaky_relu(layer(x), 0.1)
            features.append(x)
        score = self.score(x)
        return score, [*features, score]


def period(widths: tuple[int, ...]) -> Stack:
    sizes, strides = zip((1, *widths[:-1]), widths, strict=True), [3] * (len(widths) - 1) + [1]
    layers: list[nn.Module] = [
        nn.Conv2d(i, o, (5, 1), (stride, 1), (2, 0)) for (i, o), stride in zip(sizes, strides, strict=True)
    ]
    return Stack(layers, nn.Conv2d(widths[-1], 1, (3, 1), 1, (1, 0)))


def resolution(width: int) -> Stack:
    layers: list[nn.Module] = [
        nn.Conv2d(width if i else 1, width, taps[::-1], strides[::-1], tuple(n // 2 for n in taps[::-1]))
        for i, (taps, strides) in enumerate(RESOLUTION_LAYERS)
    ]
    return Stack(layers, nn.Conv2d(width, 1, 3, 1, 1))


def scale() -> Stack:
    widths = [1, *(layer[0] for layer in SCALE_LAYERS)]
    layers: list[nn.Module] = [
        nn.Conv1d(i, o, taps, stride, taps // 2, groups=groups)
        for i, (o, taps, stride, groups) in zip(widths[:-1], SCALE_LAYERS, strict=True)
    ]
    return Stack(layers, nn.Conv1d(widths[-1], 1, 3, 1, 1))


class Judges(nn.Module):
    def __init__(self, case: Any) -> None:
        super().__init__()
        self.case = case
        self.periods = nn.ModuleList(period(case.periods.widths) for _ in case.periods.periods)
        self.resolutions = nn.ModuleList(resolution(case.resolutions.width) for _ in case.resolutions.n_ffts)
        self.scales = nn.ModuleList(scale() for _ in range(case.scales))

    def forward(self, audio: torch.Tensor) -> list[tuple[torch.Tensor, list[torch.Tensor]]]:
        verdicts = []
        for size, module in zip(self.case.periods.periods, self.periods, strict=True):
            whole = pad(audio[:, None], (0, -audio.shape[1] % size), "reflect")
            verdicts.append(module(whole.reshape(len(audio), 1, -1, size)))
        for n_fft, module in zip(self.case.resolutions.n_ffts, self.resolutions, strict=True):
            verdicts.append(module(spectrum(audio, n_fft, n_fft // 4)[:, None]))
        x = audio[:, None]
        for i, module in enumerate(self.scales):
            x = avg_pool1d(x, 4, 2, 2) if i else x
            verdicts.append(module(x))
        return verdicts


def spectrum(audio: torch.Tensor, n_fft: int, hop: int) -> torch.Tensor:
    return torch.stft(audio, n_fft, hop, window=torch.hann_window(n_fft), return_complex=True).abs()


def stepper(case: Any) -> Callable[[], None]:
    """A step on noise; the work does not depend on the kind of adversarial loss."""
    torch.manual_seed(0)
    spec, bins = case.generator, case.audio.n_mels
    generator = Vocos(spec, bins) if isinstance(spec, Istft) else Hifigan(spec, bins)
    judges = Judges(case)
    optimizers = [torch.optim.AdamW(m.parameters(), 2e-4, (0.8, 0.99)) for m in (judges, generator)]
    recorded = torch.randn(case.batch, case.frames * case.audio.hop_length) * 0.1
    # A centered inverse STFT of n frames gives n - 1 hops.
    mel = torch.randn(case.batch, case.audio.n_mels, case.frames + isinstance(spec, Istft)) - 5
    filters = torch.from_numpy(mel_filters(case.audio))

    def log_mel(audio: torch.Tensor) -> torch.Tensor:
        magnitudes = spectrum(audio, case.audio.n_fft, case.audio.hop_length)
        return torch.log((filters @ magnitudes).clamp(min=MEL_FLOOR))

    def once() -> None:
        generated = generator(mel)
        optimizers[0].zero_grad()
        pairs = zip(judges(recorded), judges(generated.detach()), strict=True)
        loss = torch.zeros(())
        for real, fake in pairs:
            loss = loss + (1 - real[0]).square().mean() + fake[0].square().mean()
        loss.backward()
        optimizers[0].step()
        optimizers[1].zero_grad()
        loss = 45 * (log_mel(generated) - log_mel(recorded)).abs().mean()
        for real, fake in zip(judges(recorded), judges(generated), strict=True):
            loss = loss + (1 - fake[0]).square().mean()
            loss = loss + 2 * sum((a - b).abs().mean() for a, b in zip(real[1], fake[1], strict=True))
        loss.backward()
        optimizers[1].step()

    return once
