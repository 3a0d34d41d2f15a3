"""Published vocoders from PyPI with random weights: `pip install torch vocos transformers` (CPU builds)."""

# pyright: reportMissingImports=false

import sys
from collections.abc import Callable
from unittest import mock

import torch
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from xtts_jax.models.vocoders.spec import Hifigan, Istft


def vocos(spec: Istft, n_mels: int, frames: int) -> Callable[[], object]:
    """The generator of the package `vocos`, without torchaudio, which it only needs for its mels."""
    absent = ("torchaudio", "torchaudio.functional", "torchaudio.functional.functional")
    with mock.patch.dict(sys.modules, {name: mock.MagicMock() for name in absent}):
        from vocos.heads import ISTFTHead
        from vocos.models import VocosBackbone
    backbone = VocosBackbone(n_mels, spec.width, spec.hidden, spec.layers).eval()
    head, mel = ISTFTHead(spec.width, 1024, 256, "center").eval(), torch.randn(1, n_mels, frames)
    return _without_gradient(lambda: head(backbone(mel)))


def hifigan(spec: Hifigan, n_mels: int, frames: int) -> Callable[[], object]:
    """The generator of the package `transformers`, with the weight norm folded in."""
    from transformers import SpeechT5HifiGan, SpeechT5HifiGanConfig

    generator = SpeechT5HifiGan(
        SpeechT5HifiGanConfig(
            model_in_dim=n_mels,
            upsample_initial_channel=spec.upsample_initial_channel,
            upsample_rates=list(spec.upsample_rates),
            upsample_kernel_sizes=list(spec.upsample_kernel_sizes),
            resblock_kernel_sizes=list(spec.resblock_kernel_sizes),
            resblock_dilation_sizes=[list(each) for each in spec.resblock_dilation_sizes],
            normalize_before=False,
        )
    ).eval()
    for module in generator.modules():
        if is_parametrized(module):
            remove_parametrizations(module, "weight")
    mel = torch.randn(frames, n_mels)
    return _without_gradient(lambda: generator(mel))


def _without_gradient(speak: Callable[[], torch.Tensor]) -> Callable[[], object]:
    def once() -> torch.Tensor:
        with torch.inference_mode():
            return speak()

    return once
