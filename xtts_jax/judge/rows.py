"""The same sentences in steps from recordings to free speech, so that each step shows what it costs."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from tqdm import tqdm

from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.samples import to_float32
from xtts_jax.config import Audio, Config
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.pipeline import fixed_plan, load_batch
from xtts_jax.models.alignment import round_durations
from xtts_jax.models.contour import Contour, contour_of
from xtts_jax.models.features import denormalize_mel, extract
from xtts_jax.models.variance import Prosody
from xtts_jax.models.xtts import XTTS, apply
from xtts_jax.speak.colour import coloured
from xtts_jax.types import Batch, Stats, round_up
from xtts_jax.vocoder.vocode import Vocode

RECORDINGS, COPIED, GIVEN_PROSODY, GIVEN_DURATIONS, FREE, LEARNED = ROWS = (
    "recordings",
    "copied",
    "given_prosody",
    "given_durations",
    "free",
    "learned",
)
SPOKEN = (GIVEN_PROSODY, GIVEN_DURATIONS, FREE)  # those that the model speaks
TITLES = {
    RECORDINGS: "recordings",
    COPIED: "their mels through the vocoder",
    GIVEN_PROSODY: "our mels, durations, pitch, energy given",
    GIVEN_DURATIONS: "our mels, durations given",
    FREE: "our speech, free-running",
    LEARNED: "sentences trained on, all given",
}
MOST_AT_ONCE = 8  # utterances of a batch
FRAME_STEP = 128  # clips are padded to multiples of it, so that few shapes are compiled

Clips = list[np.ndarray]  # (s,) float32 each


class Tokens(NamedTuple):
    """What recordings and free speech have at the n tokens of all sentences, the same in the same order."""

    recorded_durations: np.ndarray  # (n,) frames, found by alignment
    predicted_durations: np.ndarray  # (n,) frames, not rounded
    recorded_log_f0: np.ndarray  # (n,) normalized; means nothing where not voiced
    predicted_log_f0: np.ndarray  # (n,)
    voiced: np.ndarray  # (n,) bool: in the recording


class Spoken(NamedTuple):
    """A batch in three ways, and what they were laid out by."""

    given_prosody: Float[Array, "b t m"]  # natural log
    given_durations: Float[Array, "b t m"]
    free: Float[Array, "b u m"]
    free_lengths: Int[Array, "b"]  # frames
    durations: Int[Array, "b n"]
    log_duration: Float[Array, "b n"]
    recorded: Prosody
    predicted: Prosody


def speak_batch(model: XTTS, stats: Stats, params: dict, batch: Batch) -> Spoken:
    """Every utterance in the voice of its reference."""
    group = model.config.model.frames_per_step
    features = extract(batch, model.config.audio, stats)
    frames = features.mel.shape[1]
    longest = round_up(frames + frames // 2, group)

    def run(m: XTTS) -> Spoken:
        voice = m.encode_voice(features.reference_mel, features.reference_lengths, train=False)
        forced = m.teacher_force(features, voice, train=False)
        encoded, durations, key = forced.encoded, forced.durations, jax.random.key(0)
        predicted = encoded.prediction.prosody()
        own = round_durations(jnp.exp(encoded.prediction.log_duration), features.text_lengths)
        recorded = Contour(features.log_f0, features.voiced)
        scripts = (
            (m.script(encoded, durations, forced.prosody, recorded), frames),
            (m.script(encoded, durations, predicted, contour_of(predicted, durations, frames)), frames),
            (m.script(encoded, own, predicted, contour_of(predicted, own, longest)), longest),
        )
        spoken = [m.decoder.speak(script, length, key) for script, length in scripts]
        free_lengths = jnp.minimum(spoken[2].lengths, longest)
        lengths = (features.mel_lengths, features.mel_lengths, free_lengths)
        first, second, third = (
            jax.vmap(lambda mel, length, spectrum: coloured(mel, length, spectrum, 1.0, stats))(
                denormalize_mel(each.mel, stats), length, voice.spectrum
            )
            for each, length in zip(spoken, lengths, strict=True)
        )
        return Spoken(
            given_prosody=first,
            given_durations=second,
            free=third,
            free_lengths=free_lengths,
            durations=durations,
            log_duration=encoded.prediction.log_duration,
            recorded=forced.prosody,
            predicted=predicted,
        )

    return apply(model, params, run)


def speaker(model: XTTS, params: dict, stats: Stats) -> Callable[[Batch], Spoken]:
    """`speak_batch`, compiled once for each shape of a batch."""
    return partial(jax.jit(partial(speak_batch, model, stats)), params)


def speak_rows(
    speak: Callable[[Batch], Spoken],
    corpus: Corpus,
    config: Config,
    indices: Sequence[int],
    vocode: Vocode,
    wanted: Collection[str] = SPOKEN,
) -> tuple[dict[str, Clips], Tokens]:
    """The clips of each utterance of `indices`, in that order, for the `wanted` of the rows SPOKEN."""
    small = replace(config, train=replace(config.train, batch_size=MOST_AT_ONCE))
    clips: dict[int, dict[str, np.ndarray]] = {}
    tokens: dict[int, tuple[np.ndarray, ...]] = {}
    planned = list(fixed_plan(corpus, small, np.array(indices)))
    for plan, valid in tqdm(planned, "speaking", leave=False):
        batch = load_batch(corpus, small, plan)
        spoken: Spoken = jax.device_get(speak(batch))
        for row in np.flatnonzero(valid).tolist():
            lengths = (int(batch.mel_lengths[row]),) * 2 + (int(spoken.free_lengths[row]),)
            mels = zip(SPOKEN, map(np.asarray, spoken[:3]), lengths, strict=True)
            clips[int(plan.indices[row])] = {
                name: vocode(mel[row, :length], 0).audio for name, mel, length in mels if name in wanted
            }
            tokens[int(plan.indices[row])] = _tokens(spoken, row, int(batch.text_lengths[row]))
    spoken_rows = {name: [clips[i][name] for i in indices] for name in wanted}
    columns = zip(*(tokens[i] for i in indices), strict=True)
    return spoken_rows, Tokens(*map(np.concatenate, columns))


def _tokens(spoken: Spoken, row: int, length: int) -> tuple[np.ndarray, ...]:
    parts = (
        spoken.durations,
        np.exp(spoken.log_duration),
        spoken.recorded.log_f0,
        spoken.predicted.log_f0,
        spoken.recorded.voiced > 0.5,
    )
    return tuple(np.asarray(part[row, :length]) for part in parts)


def recordings(corpus: Corpus, indices: Sequence[int]) -> Clips:
    return [to_float32(corpus.record(i).audio) for i in indices]


def through_mel(clip: np.ndarray, settings: Audio, vocode: Vocode) -> np.ndarray:
    """The (s,) clip as a vocoder rebuilds it from its mel."""
    samples = round_up(len(clip), FRAME_STEP * settings.hop_length)
    padded = np.pad(clip, (0, samples - len(clip)))
    mel = np.asarray(_log_mel(padded[None], settings))[0]
    return vocode(mel, seed=0).audio[: len(clip)]


_log_mel = jax.jit(log_mel, static_argnames="settings")
