"""The specification of a vocoder's generator, and the constraints that it must satisfy."""

from dataclasses import dataclass, replace
from typing import Any, TypeVar, get_args, get_type_hints

from xtts_jax.config import Audio, Vocoder
from xtts_jax.errors import UserError

T = TypeVar("T")
MOST_REFINEMENTS = 1000


@dataclass(frozen=True)
class Istft:
    """A convolutional backbone at frame rate and an inverse STFT (Siuzdak 2023, "Vocos")."""

    width: int
    hidden: int  # width of each block's feed-forward layer
    layers: int
    refinements: int = 0  # passes of `audio.refine`; none in Vocos


@dataclass(frozen=True)
class Hifigan:
    """Upsampling by transposed convolutions (Kong, Kim & Bae 2020); names as in its config.json."""

    resblock: str  # "1": three pairs of convolutions per block; "2": two single ones
    upsample_rates: tuple[int, ...]  # their product is the hop length
    upsample_kernel_sizes: tuple[int, ...]
    upsample_initial_channel: int  # halved by every upsampling
    resblock_kernel_sizes: tuple[int, ...]
    resblock_dilation_sizes: tuple[tuple[int, ...], ...]  # a row for each of resblock_kernel_sizes


Spec = Istft | Hifigan

# The three variants of the paper, appendix A.1, all with a hop of 256 samples.
HIFIGAN_V1 = Hifigan("1", (8, 8, 2, 2), (16, 16, 4, 4), 512, (3, 7, 11), ((1, 3, 5),) * 3)
HIFIGAN_V2 = Hifigan("1", (8, 8, 2, 2), (16, 16, 4, 4), 128, (3, 7, 11), ((1, 3, 5),) * 3)
HIFIGAN_V3 = Hifigan("2", (8, 8, 4), (16, 16, 8), 256, (3, 5, 7), ((1, 2), (2, 6), (3, 12)))


def typed(cls: type[T], values: dict[str, Any], where: str) -> T:
    """A dataclass from JSON or YAML values; `UserError` names the wrong key in `where`."""
    hints = get_type_hints(cls)
    if values.keys() != hints.keys():
        odd = ", ".join(sorted(values.keys() ^ hints.keys()))
        raise UserError(
            f"{where} is damaged: these settings of {cls.__name__} are missing or unknown: {odd}. Copy the "
            "file again from its source."
        )
    return cls(**{name: _checked(hints[name], values[name], f"{where}: {name}") for name in hints})


def _checked(kind: Any, value: Any, where: str) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind not in (int, float, str) and isinstance(value, list | tuple):
        return tuple(_checked(get_args(kind)[0], part, where) for part in value)
    if kind not in (int, float, str) or not isinstance(value, kind) or isinstance(value, bool):
        raise UserError(
            f"{where} must be of type {getattr(kind, '__name__', kind)}, not {value!r}. Copy the file again "
            "from its source."
        )
    return value


def complaints(spec: Spec, audio: Audio) -> list[str]:
    """The reasons why a generator cannot be built from these; empty if it can."""
    own = _istft_rules(spec, audio) if isinstance(spec, Istft) else _hifigan_rules(spec, audio)
    rules = [*_audio_rules(audio), *own]
    return [complaint for holds, complaint in rules if not holds]


def _audio_rules(audio: Audio) -> list[tuple[bool, str]]:
    return [
        (
            min(audio.n_mels, audio.hop_length, audio.sample_rate) >= 1,
            "n_mels, hop_length and sample_rate must be at least 1",
        ),
        (audio.hop_length <= audio.win_length <= audio.n_fft, "hop_length <= win_length <= n_fft must hold"),
        ((audio.n_fft - audio.hop_length) % 2 == 0, "n_fft - hop_length must be even"),
        (
            0 <= audio.fmin < audio.fmax <= audio.sample_rate / 2,
            "0 <= fmin < fmax <= sample_rate / 2 must hold",
        ),
    ]


def _istft_rules(spec: Istft, audio: Audio) -> list[tuple[bool, str]]:
    return [
        (min(spec.width, spec.hidden, spec.layers) >= 1, "width, hidden and layers must be at least 1"),
        (0 <= spec.refinements <= MOST_REFINEMENTS, f"refinements must be from 0 to {MOST_REFINEMENTS}"),
        (audio.hop_length <= audio.win_length / 2, "hop_length must not exceed half of win_length"),
    ]


def _hifigan_rules(spec: Hifigan, audio: Audio) -> list[tuple[bool, str]]:
    rates, kernels = spec.upsample_rates, spec.upsample_kernel_sizes
    samples = 1
    for rate in rates:
        samples *= rate
    pairs = list(zip(kernels, rates, strict=False))
    dilations = [dilation for row in spec.resblock_dilation_sizes for dilation in row]
    return [
        (spec.resblock in ("1", "2"), f'resblock must be "1" or "2", not {spec.resblock!r}'),
        (
            len(rates) == len(kernels) >= 1,
            "upsample_rates and upsample_kernel_sizes must have the same length",
        ),
        (min(rates, default=1) >= 1, "upsample_rates must be at least 1"),
        (
            all(kernel >= rate and (kernel - rate) % 2 == 0 for kernel, rate in pairs),
            f"upsample_kernel_sizes must exceed upsample_rates by even numbers, unlike {kernels} and {rates}",
        ),
        (
            samples == audio.hop_length,
            f"upsample_rates {rates} multiply to {samples}, but hop_length is {audio.hop_length}",
        ),
        (
            len(spec.resblock_kernel_sizes) == len(spec.resblock_dilation_sizes) >= 1,
            "resblock_dilation_sizes must have a row for each of resblock_kernel_sizes",
        ),
        (all(kernel % 2 for kernel in spec.resblock_kernel_sizes), "resblock_kernel_sizes must be odd"),
        (min(dilations, default=1) >= 1, "resblock_dilation_sizes must be at least 1"),
        (
            spec.upsample_initial_channel >= 1 and spec.upsample_initial_channel % 2 ** len(rates) == 0,
            "upsample_initial_channel must be divisible by 2 once for each of upsample_rates",
        ),
    ]


def without_refinements(spec: Spec) -> Spec:
    """The spec without refinements, which have no params: if these are equal, so are the params' shapes."""
    return replace(spec, refinements=0) if isinstance(spec, Istft) else spec


def spec_of(vocoder: Vocoder) -> Spec:
    """The specification in `config.vocoder`."""
    match vocoder.generator:
        case "istft":
            return Istft(vocoder.width, vocoder.hidden, vocoder.layers, vocoder.refinements)
        case "hifigan_v1":
            return HIFIGAN_V1
        case "hifigan_v2":
            return HIFIGAN_V2
        case "hifigan_v3":
            return HIFIGAN_V3
    raise ValueError(vocoder.generator)
