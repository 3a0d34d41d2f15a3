"""A trained vocoder, in use and on disk: `vocoder.json`, its settings, and `vocoder.safetensors`, its params.

safetensors needs no pickle, is read once without copies, keeps float16, and opens in every framework.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from xtts_jax.audio.mel import require_same_mel
from xtts_jax.config import Audio
from xtts_jax.errors import FieldError, UserError
from xtts_jax.models import vocoders
from xtts_jax.models.kept import Kept
from xtts_jax.models.ops import compute_dtype
from xtts_jax.models.vocoders.spec import Hifigan, Istft, Spec, complaints, spec_of, typed
from xtts_jax.models.vocoders.stream import pieces
from xtts_jax.runs.params import load_params
from xtts_jax.runs.settings import read_config_of, write_json
from xtts_jax.runs.shapes import require_shapes
from xtts_jax.types import round_up

SETTINGS, WEIGHTS = "vocoder.json", "vocoder.safetensors"
KINDS: dict[str, type[Spec]] = {"istft": Istft, "hifigan": Hifigan}
SLANEY, FOREIGN = "slaney", "foreign"  # mel filters that it was trained on: ours, or others
GRIFFIN_LIM_INSTEAD = (
    "use Griffin-Lim (--vocoder griffin_lim, or --config.synthesis.vocoder=griffin_lim where a training "
    "speaks its samples)"
)
# Lengths are padded to multiples of FRAME_STEP up to EVEN_UP_TO, as those of most sentences are, then of
# LONG_STEP: smaller steps compute less in vain, and compile more programs of 15 MB.
FRAME_STEP, EVEN_UP_TO, LONG_STEP = 64, 384, 128
FIRST_S, FOLLOWING_S = 0.3, 3.0  # lengths of the pieces of a stream; each costs its reach on both sides too


class Vocoder:
    """Waveforms from natural-log mels of `audio`, of any length; the last frame is repeated as padding."""

    def __init__(self, spec: Spec, audio: Audio, filters: str, params: Any) -> None:
        self.spec, self.audio, self.filters, self.params = spec, audio, filters, params
        self._generator = vocoders.build(spec, audio, compute_dtype("auto"))

    @property
    def receptive_field(self) -> int:
        """How many frames on either side of a frame its samples depend on."""
        return self._generator.receptive_field

    def __call__(self, mel: np.ndarray) -> np.ndarray:
        """(b, t, m) to (b, t * hop_length) float32, not clipped."""
        samples = mel.shape[1] * self.audio.hop_length
        return np.asarray(self._generate({"params": self._params}, _padded(mel)))[:, :samples]

    def stream(self, mel: np.ndarray) -> Iterator[np.ndarray]:
        """The samples of `self(mel)` in pieces (b, s): the first of FIRST_S seconds, then FOLLOWING_S."""
        padded, hop = _padded(mel), self.audio.hop_length
        first, following = self.audio.frames(FIRST_S), self.audio.frames(FOLLOWING_S)
        for piece in pieces(padded.shape[1], first, following, self.receptive_field):
            if piece.start >= mel.shape[1]:
                break
            heard = self._generate({"params": self._params}, padded[:, piece.seen_from : piece.seen_to])
            stop = min(piece.stop, mel.shape[1])
            yield np.asarray(heard)[:, (piece.start - piece.seen_from) * hop : (stop - piece.seen_from) * hop]

    def refined(self, passes: int) -> "Vocoder":
        """This vocoder with another number of refinements: more are slower and come closer to the mel.

        Raises `UserError`, which names the field `iterations`.
        """
        if not isinstance(self.spec, Istft):
            raise FieldError("Only istft vocoders refine their waveform. Leave {iterations} out.")
        spec = replace(self.spec, refinements=passes)
        if wrong := complaints(spec, self.audio):
            raise FieldError(
                "{iterations} does not fit this vocoder: {wrong}, not {passes}.",
                wrong=wrong[0],
                passes=passes,
            )
        return Vocoder(spec, self.audio, self.filters, self.params)

    def require_mel_of(self, audio: Audio, whose: str) -> None:
        """Raises `UserError` unless it was trained on mels of `audio`; messages call this vocoder `whose`."""
        require_same_mel(audio, self.audio, whose, GRIFFIN_LIM_INSTEAD)
        if self.filters != SLANEY:
            raise UserError(
                f"[mel_filters_differ] {whose} was trained on mel filters that this project does not compute "
                "(vocos-mel-24khz: HTK's scale without area normalization). From a run's mels it would make "
                "noise. Use a vocoder that was trained on Slaney filters, which is one of this project, "
                f"HiFi-GAN, or a Vocos compatible with it; or {GRIFFIN_LIM_INSTEAD}."
            )

    @cached_property
    def _generate(self) -> Kept:
        sizes = self.spec, self.audio, compute_dtype("auto")
        return Kept(self._generator.apply, "vocoder", sizes, returns=np.asarray)

    @cached_property
    def _params(self) -> Any:
        return jax.device_put(jax.tree.map(lambda value: np.asarray(value, np.float32), self.params))


def save_vocoder(workdir: Path, vocoder: Vocoder) -> None:
    """Writes both files; params keep their dtype."""
    (kind,) = [name for name, cls in KINDS.items() if isinstance(vocoder.spec, cls)]
    flat = flatten_dict(jax.tree.map(np.asarray, vocoder.params), sep="/")
    workdir.mkdir(parents=True, exist_ok=True)
    temporary = workdir / f"{WEIGHTS}.tmp"
    temporary.write_bytes(save({name: np.ascontiguousarray(value) for name, value in flat.items()}))
    temporary.replace(workdir / WEIGHTS)
    settings = {"kind": kind, "filters": vocoder.filters, "audio": asdict(vocoder.audio)}
    write_json(workdir / SETTINGS, settings | {"spec": asdict(vocoder.spec)})


def halved(vocoder: Vocoder) -> Vocoder:
    """The same vocoder with its params in float16, as vocoders are shared."""
    params = jax.tree.map(lambda leaf: np.asarray(leaf, np.float16), vocoder.params)
    return Vocoder(vocoder.spec, vocoder.audio, vocoder.filters, params)


def load_vocoder(workdir: Path, *, known: bool = False) -> Vocoder:
    """The vocoder that `save_vocoder` wrote, or that of the best checkpoint of a training.

    known: that both files belong together, which takes a while to find out. Raises `UserError` where there
    is neither, or where it is damaged.
    """
    if not (workdir / SETTINGS).is_file() and (workdir / "config.json").is_file():
        return load_run(workdir)
    spec, audio, filters = _read_settings(workdir / SETTINGS)
    path = workdir / WEIGHTS
    try:
        flat = load_file(path)
    except (OSError, SafetensorError, ValueError) as error:
        raise UserError(
            f"{path} cannot be read ({error}). Copy, convert or train the vocoder again."
        ) from error
    vocoder = Vocoder(spec, audio, filters, unflatten_dict(flat, sep="/"))
    if not known and {name: value.shape for name, value in flat.items()} != _shapes(spec, audio):
        raise UserError(f"{path} and {SETTINGS} beside it are not of one vocoder. Copy both again.")
    return vocoder


def load_run(workdir: Path, step: int | None = None) -> Vocoder:
    """The vocoder of a training, from its best checkpoint or that of `step`. Raises `UserError`."""
    config = read_config_of(workdir, "vocoder")
    params, _ = load_params(workdir, step)
    spec, generator = spec_of(config.vocoder), params["generator"]
    require_shapes(generator, _wanted(spec, config.audio), workdir)
    return Vocoder(spec, config.audio, SLANEY, generator)


def _shapes(spec: Spec, audio: Audio) -> dict[str, tuple[int, ...]]:
    """The shape of every param, by its name on disk."""
    leaves = cast(dict[str, jax.ShapeDtypeStruct], flatten_dict(_wanted(spec, audio), sep="/"))
    return {name: leaf.shape for name, leaf in leaves.items()}


def _wanted(spec: Spec, audio: Audio) -> dict[str, Any]:
    """The params with shapes in place of arrays."""
    generator = vocoders.build(spec, audio, jnp.dtype("float32"))
    mel = jax.ShapeDtypeStruct((1, 1, audio.n_mels), jnp.float32)
    return dict(jax.eval_shape(generator.init, jax.random.key(0), mel)["params"])


def _read_settings(path: Path) -> tuple[Spec, Audio, str]:
    if not path.is_file():
        raise UserError(
            f"There is no vocoder in {path.parent}: it has no {path.name}. Name shipped, griffin_lim, or a "
            "folder that a vocoder's training, `xtts-jax pack` or `xtts-jax convert` wrote."
        )
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        kind, filters = KINDS[values["kind"]], values["filters"]
        spec = typed(kind, values["spec"], f"{path}, spec")
        audio = typed(Audio, values["audio"], f"{path}, audio")
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise UserError(
            f"{path} is damaged ({error!r}). Copy, convert or train the vocoder again."
        ) from error
    wrong = complaints(spec, audio)
    if filters not in (SLANEY, FOREIGN):
        wrong.append(f"its filters are {filters!r}")
    if wrong:
        raise UserError(
            f"{path} does not describe a vocoder: {'; '.join(wrong)}. Copy, convert or train it again."
        )
    return spec, audio, filters


def _padded(mel: np.ndarray) -> np.ndarray:
    frames = mel.shape[1]
    missing = round_up(frames, FRAME_STEP if frames <= EVEN_UP_TO else LONG_STEP) - frames
    return np.pad(np.asarray(mel, np.float32), ((0, 0), (0, missing), (0, 0)), mode="edge")
