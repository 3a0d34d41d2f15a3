"""Makes vocoder_values.npz and the .pth files beside it, in an environment that also has PyTorch.

Run `PYTHONPATH=.:tests python -m golden.make_vocoder_values` in the checkout. The architectures follow the
papers, in PyTorch's own layers, with the weights named as in the public checkpoints.
Last run with torch 2.13.0 on CPU.
"""

# pyright: reportMissingImports=false

from pathlib import Path

import numpy as np
import torch
from golden import vocoder_weights as weights
from torch import nn
from torch.nn.functional import gelu, leaky_relu
from torch.nn.utils import parametrizations, weight_norm

from xtts_jax.models.vocoders import spec as specs

FOLDER = Path(__file__).resolve().parent
N_FFT, HOP = 1024, 256


def same(taps: int, dilation: int) -> int:
    return (taps - 1) * dilation // 2


def normed_conv(into: int, out: int, taps: int, dilation: int = 1) -> nn.Module:
    return weight_norm(nn.Conv1d(into, out, taps, dilation=dilation, padding=same(taps, dilation)))


class Pairs(nn.Module):
    def __init__(self, width: int, taps: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs1 = nn.ModuleList(normed_conv(width, width, taps, d) for d in dilations)
        self.convs2 = nn.ModuleList(normed_conv(width, width, taps) for _ in dilations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for dilated, plain in zip(self.convs1, self.convs2, strict=True):
            x = x + plain(leaky_relu(dilated(leaky_relu(x, 0.1)), 0.1))
        return x


class Singles(nn.Module):
    def __init__(self, width: int, taps: int, dilations: tuple[int, ...]) -> None:
        super().__init__()
        self.convs = nn.ModuleList(normed_conv(width, width, taps, d) for d in dilations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for conv in self.convs:
            x = x + conv(leaky_relu(x, 0.1))
        return x


class Hifigan(nn.Module):
    def __init__(self, spec: specs.Hifigan, n_mels: int) -> None:
        super().__init__()
        width, block = spec.upsample_initial_channel, Pairs if spec.resblock == "1" else Singles
        self.conv_pre = normed_conv(n_mels, width, 7)
        self.ups, self.resblocks = nn.ModuleList(), nn.ModuleList()
        for rate, taps in zip(spec.upsample_rates, spec.upsample_kernel_sizes, strict=True):
            up = nn.ConvTranspose1d(width, width // 2, taps, rate, padding=(taps - rate) // 2)
            self.ups.append(weight_norm(up))
            width //= 2
            rows = zip(spec.resblock_kernel_sizes, spec.resblock_dilation_sizes, strict=True)
            self.resblocks.extend(block(width, kernel, dilations) for kernel, dilations in rows)
        self.conv_post = normed_conv(width, 1, 7)
        self.kinds = len(spec.resblock_kernel_sizes)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x = self.conv_pre(mel)
        for i, up in enumerate(self.ups):
            x = up(leaky_relu(x, 0.1))
            blocks = list(self.resblocks)[i * self.kinds : (i + 1) * self.kinds]
            x = sum(block(x) for block in blocks) / self.kinds
        return torch.tanh(self.conv_post(leaky_relu(x)))[:, 0]


class ConvNext(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.dwconv = nn.Conv1d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1, self.pwconv2 = nn.Linear(width, hidden), nn.Linear(hidden, width)
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm(self.dwconv(x).transpose(1, 2))
        y = self.gamma * self.pwconv2(gelu(self.pwconv1(y)))
        return x + y.transpose(1, 2)


class Backbone(nn.Module):
    def __init__(self, spec: specs.Istft, n_mels: int) -> None:
        super().__init__()
        self.embed = nn.Conv1d(n_mels, spec.width, 7, padding=3)
        self.norm = nn.LayerNorm(spec.width, eps=1e-6)
        self.convnext = nn.ModuleList(ConvNext(spec.width, spec.hidden) for _ in range(spec.layers))
        self.final_layer_norm = nn.LayerNorm(spec.width, eps=1e-6)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x = self.norm(self.embed(mel).transpose(1, 2)).transpose(1, 2)
        for block in self.convnext:
            x = block(x)
        return self.final_layer_norm(x.transpose(1, 2))


class Head(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.out = nn.Linear(width, N_FFT + 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        log_magnitude, angle = self.out(x).transpose(1, 2).chunk(2, dim=1)
        spectrum = torch.polar(log_magnitude.exp().clip(max=100), angle)
        return torch.istft(spectrum, N_FFT, HOP, window=torch.hann_window(N_FFT), center=True)


class Vocos(nn.Module):
    def __init__(self, spec: specs.Istft, n_mels: int) -> None:
        super().__init__()
        self.backbone, self.head = Backbone(spec, n_mels), Head(spec.width)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        return self.head(self.backbone(mel))


@torch.no_grad()
def speak(model: nn.Module, state: dict[str, np.ndarray], mel: np.ndarray) -> np.ndarray:
    model.load_state_dict({name: torch.from_numpy(value) for name, value in state.items()})
    return model.eval()(torch.from_numpy(mel).transpose(1, 2)).numpy()


def save_small_files() -> None:
    """Writes samples of torch.save: both formats, several dtypes, views, both kinds of weight norm."""
    torch.manual_seed(0)
    grid = torch.arange(12.0).reshape(3, 4)
    state = {
        "transposed": grid.T,
        "inside": grid[1:, 1:3],
        "half": grid.half(),
        "bfloat16": grid.bfloat16(),
        "double": grid.double(),
        "int64": torch.arange(3),
        "scalar": torch.tensor(2.5),
        "parameter": nn.Parameter(grid),
    }
    for name, kind in {"conv": nn.Conv1d, "up": nn.ConvTranspose1d}.items():
        old, new = weight_norm(kind(3, 4, 5)), parametrizations.weight_norm(kind(3, 4, 5))
        for age, layer in {"old": old, "new": new}.items():
            with torch.no_grad():
                next(layer.parameters()).mul_(1.5)
                layer(torch.zeros(1, 3, 9))  # recomputes the weight
            state |= {f"{age}_{name}.{key}": value for key, value in layer.state_dict().items()}
            state[f"expected.{age}_{name}.weight"] = layer.weight.detach()
    torch.save({"generator": state}, FOLDER / "torch_zip.pth")
    torch.save({"generator": state}, FOLDER / "torch_legacy.pth", _use_new_zipfile_serialization=False)
    torch.save(nn.Linear(2, 2), FOLDER / "torch_module.pth")


def main() -> None:
    values = {}
    hifigans = {"v1": specs.HIFIGAN_V1, "v2": specs.HIFIGAN_V2, "v3": specs.HIFIGAN_V3}
    for seed, (name, spec) in enumerate(hifigans.items()):
        mel = weights.log_mel_like(80, seed)
        values[f"{name}_mel"] = mel
        values[f"{name}_audio"] = speak(Hifigan(spec, 80), weights.hifigan_state(spec, 80, seed), mel)
    mel, spec = weights.log_mel_like(100, 3), weights.VOCOS_MEL_24KHZ
    values["vocos_mel"] = mel
    values["vocos_audio"] = speak(Vocos(spec, 100), weights.vocos_state(spec, 100, N_FFT, 3), mel)
    np.savez_compressed(FOLDER / "vocoder_values.npz", **values)
    for name, value in values.items():
        print(f"{name}: {value.shape}, std {value.std():.3f}, largest {np.abs(value).max():.3f}")
    save_small_files()


if __name__ == "__main__":
    main()
