"""Training steps of Matcha-TTS in PyTorch, in an environment of its own; `matcha_step.py` starts this.

It writes its size and its operations to stdout as JSON, then the seconds and CPU-seconds of a step for every
line of stdin. The model is that of the package, as published for LJSpeech, with its losses, gradient
clipping and Adam. Durations are given, as its configuration allows.
"""

# pyright: reportMissingImports=false

import json
import os
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

BINS, SYMBOLS = 80, 178
ENCODER = {
    "n_feats": BINS, "n_channels": 192, "filter_channels": 768, "filter_channels_dp": 256, "n_heads": 2,
    "n_layers": 6, "kernel_size": 3, "p_dropout": 0.1, "spk_emb_dim": 64, "n_spks": 1, "prenet": True,
}  # fmt: skip
DURATIONS = {"filter_channels_dp": 256, "kernel_size": 3, "p_dropout": 0.1}
DECODER = {
    "channels": [256, 256], "dropout": 0.05, "attention_head_dim": 64, "n_blocks": 1, "num_mid_blocks": 2,
    "num_heads": 2, "act_fn": "snakebeta",
}  # fmt: skip


def matcha() -> torch.nn.Module:
    """The sizes of Mehta et al. (2024), section 3.2, as in the package's configuration."""
    # The extension of the alignment search, which given durations do without, is built for another numpy.
    sys.modules["matcha.utils.monotonic_align.core"] = SimpleNamespace(maximum_path_c=None)  # type: ignore
    from matcha.models.matcha_tts import MatchaTTS

    return MatchaTTS(
        n_vocab=SYMBOLS,
        n_spks=1,
        spk_emb_dim=64,
        n_feats=BINS,
        encoder=SimpleNamespace(
            encoder_type="RoPE Encoder",
            encoder_params=SimpleNamespace(**ENCODER),
            duration_predictor_params=SimpleNamespace(**DURATIONS),
        ),
        decoder=DECODER,
        cfm=SimpleNamespace(name="CFM", solver="euler", sigma_min=1e-4),
        data_statistics={"mel_mean": -5.5, "mel_std": 2.1},
        out_size=None,
        use_precomputed_durations=True,
    )


def stepper(network: torch.nn.Module, utterances: int, tokens: int, frames: int) -> Callable[[], None]:
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-4)
    batch = {
        "x": torch.randint(1, SYMBOLS, (utterances, tokens)),
        "x_lengths": torch.full((utterances,), tokens),
        "y": torch.randn(utterances, BINS, frames),
        "y_lengths": torch.full((utterances,), frames),
        "durations": torch.full((utterances, 1, tokens), frames // tokens),
    }

    def once() -> None:
        optimizer.zero_grad()
        durations, prior, flow, _ = network(**batch)
        (durations + prior + flow).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()

    return once


def say(values: Any) -> None:
    print(json.dumps(values), flush=True)


def main() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    network = matcha().train()
    once = stepper(network, *map(int, sys.argv[1:]))
    with FlopCounterMode(display=False) as counted:
        once()
    params = sum(parameter.numel() for parameter in network.parameters())
    say({"params": params, "gflop": counted.get_total_flops() / 1e9, "torch": torch.__version__})
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        once()
        say([time.perf_counter() - wall, time.process_time() - cpu])


if __name__ == "__main__":
    main()
