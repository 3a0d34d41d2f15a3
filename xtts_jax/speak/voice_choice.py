"""Which voice to speak in: recordings, voice profiles, speakers of the run, mixtures; and a style apart."""

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from xtts_jax.audio.denoise import denoise
from xtts_jax.audio.io import load, normalize_loudness, trim
from xtts_jax.audio.mel import log_mel
from xtts_jax.errors import UserError
from xtts_jax.models.features import normalize_mel
from xtts_jax.models.generate import encode_voice, mix_style
from xtts_jax.models.xtts import XTTS, Voice
from xtts_jax.runs import emotions, voices
from xtts_jax.speak import voice_profile
from xtts_jax.speak.voice_fitting import batch_of, fit_voice
from xtts_jax.types import Batch, Stats, round_up

MOST_STRENGTH = 3.0
MOST_WEIGHT = 10.0  # of a style token
SHORTEST_REFERENCE_S, LONGEST_REFERENCE_S = 0.5, 30.0
FEWEST_SOUNDS = 2  # a second, of a recording whose words are given; speech has some twelve
REFERENCE_STEP = 256  # frames; lengths are padded to multiples: few compiles


class VoiceChoice(NamedTuple):
    """What a user asks for. Of nothing, the run's own speaker of the language."""

    references: Sequence[Path] = ()  # recordings or voice profiles
    shares: Sequence[float] = ()  # of the references; none: all alike
    words: Sequence[str] = ()  # what each reference says: the voice is fitted to them
    words_language: str = ""  # of those words; none: that of what is to be said
    speaker: str = ""  # of the training set, in place of references
    style_references: Sequence[Path] = ()  # whose style replaces the voice's
    style_weights: Sequence[float] = ()  # of the style tokens, in place of style references
    emotion: str = ""  # of the run, in place of either
    denoise: bool = False  # recordings that are given, never the run's own
    strength: float = 1.0  # of the voice: 0 is nobody's, above 1 exaggerates
    colour: float = 1.0  # how far speech takes on the average spectrum of the voice's recording


OWN_VOICE = VoiceChoice()

Tokens = tuple[np.ndarray, int]  # (n,) ids, and that of their language


class StyleToken(NamedTuple):
    """How much the run's own voices have of a style token, as a mean over heads."""

    mean: float
    most: float
    most_in: str  # speaker


class VoiceChooser:
    """Makes a `Voice` of what was asked for."""

    def __init__(
        self, model: XTTS, params: dict, stats: Stats, workdir: Path, tokenize: Callable[[str, str], Tokens]
    ) -> None:
        """tokenize: a text and its language."""
        self._config, self._params, self._stats, self._workdir = model.config, params, stats, workdir
        self._tokenize = tokenize
        self._fit = jax.jit(partial(fit_voice, model))
        self._fitted: dict[tuple[object, ...], Voice] = {}  # by recordings and words
        self._encode = jax.jit(partial(encode_voice, model))
        self._mix_style = jax.jit(partial(mix_style, model))
        self._emotions: dict[tuple[str, ...], Voice] = {}  # by the recordings they are heard in

    def choose(self, choice: VoiceChoice, language: str) -> Voice:
        """Raises `UserError` for a recording, profile, speaker or weights that are of no use."""
        if not 0 <= choice.colour <= 1:
            raise UserError(f"--colour lies between 0 and 1, not {choice.colour:g}.")
        own = None if choice.references else self._own(choice.speaker, language)
        if own is None:
            voice = (
                self._fitted_to(choice, choice.words_language or language)
                if choice.words
                else self._mean(choice.references, choice.shares, choice.denoise)
            )
        else:
            voice = self._from_recording(self._path(own.reference))
        voice = self._at_strength(voice, choice.strength)
        if choice.style_weights:
            weights = self._weights(choice.style_weights)
            return voice._replace(style=self._mix_style(self._params, weights), style_weights=weights)
        if choice.emotion:
            return _in_style(voice, self._emotion(choice.emotion, own.speaker if own else ""))
        if choice.style_references:
            return _in_style(voice, self._mean(choice.style_references, (), choice.denoise))
        return voice

    def save(self, voice: Voice, path: Path) -> None:
        """A profile that `choose` takes as a reference."""
        voice_profile.write(voice, self._fingerprint, path)

    def style_tokens(self) -> list[StyleToken]:
        known = voices.read(self._workdir)
        weights = np.stack(
            [
                np.asarray(self._from_recording(self._path(voice.reference)).style_weights)[0].mean(axis=0)
                for voice in known
            ]
        )
        return [
            StyleToken(float(column.mean()), float(column.max()), known[column.argmax()].speaker)
            for column in weights.T
        ]

    def _mean(
        self, references: Sequence[Path], shares: Sequence[float] = (), denoised: bool = False
    ) -> Voice:
        parts = np.asarray(shares or [1.0] * len(references), np.float32)
        return _mixed([self._from(path, denoised) for path in references], parts / parts.sum())

    def _fitted_to(self, choice: VoiceChoice, language: str) -> Voice:
        written = tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in choice.references)
        rest = (tuple(choice.references), tuple(choice.shares), tuple(choice.words), language, choice.denoise)
        key = (written, *rest)
        if key not in self._fitted:
            spoken = self._spoken(choice, language)
            heard = self._mean(choice.references, choice.shares, choice.denoise)
            self._fitted[key] = self._fit(self._params, spoken, self._stats, heard)
        return self._fitted[key]

    def _spoken(self, choice: VoiceChoice, language: str) -> Batch:
        """The references, each with its words."""
        if len(choice.words) != len(choice.references):
            raise UserError(
                "--reference-text takes the words of every reference, in the same order, each in quotes. "
                f"References here: {len(choice.references)}; texts: {len(choice.words)}."
            )
        settings, recordings, tokens = self._config.audio, [], []
        for path, words in zip(choice.references, choice.words, strict=True):
            if path.suffix == voice_profile.SUFFIX:
                raise UserError(
                    f"{path} is a voice profile, which --reference-text cannot go with: only recordings say "
                    "something. A voice fitted to its recordings is kept by --save-voice."
                )
            audio = self._recording(path, choice.denoise)
            try:
                ids, language_id = self._tokenize(words, language)
            except UserError as error:
                problem = re.sub(r"--language( or in [\w' ]+)?", "--reference-language", str(error))
                raise UserError(f"The words of the reference {path} are of no use. {problem}") from error
            seconds = len(audio) / settings.sample_rate
            if seconds > LONGEST_REFERENCE_S - settings.seconds(1):
                raise UserError(
                    f"The reference {path} lasts {LONGEST_REFERENCE_S:g} s or more, and no more is heard. "
                    "With --reference-text, cut it, and its text too."
                )
            if len(ids) > settings.frames(seconds) // self._config.frames_per_position:
                raise UserError(
                    f"The reference {path} cannot say all of {words[:60]!r}: that is {len(ids)} sounds in "
                    f"{seconds:.1f} s. Check --reference-text."
                )
            if len(ids) < FEWEST_SOUNDS * seconds:
                raise UserError(
                    f"The reference {path} says more than {words[:60]!r}: that is {len(ids)} sounds in "
                    f"{seconds:.1f} s. Give all its words in --reference-text, or cut it."
                )
            recordings.append(audio)
            tokens.append(ids)
        return batch_of(recordings, tokens, language_id, self._config)

    def _emotion(self, name: str, speaker: str) -> Voice:
        """The mean of its recordings, of the speaker where there are any; its style alone means something."""
        moods = emotions.moods_of(self._workdir, name, speaker)
        heard = tuple(example for mood in moods for example in mood.examples)
        if heard not in self._emotions:
            shares = [mood.recordings / len(mood.examples) for mood in moods for _ in mood.examples]
            self._emotions[heard] = self._mean([self._path(example) for example in heard], shares)
        return self._emotions[heard]

    def _at_strength(self, voice: Voice, strength: float) -> Voice:
        if strength == 1:
            return voice
        if not 0 <= strength <= MOST_STRENGTH:
            raise UserError(
                f"--reference-strength is {strength:g}; it lies between 0, which is nobody's voice, and "
                f"{MOST_STRENGTH:g}, which exaggerates the reference."
            )
        if not self._config.model.reference_dropout:
            raise UserError(
                "--reference-strength does nothing sensible here: the run was trained with "
                "model.reference_dropout 0 and never spoke without a reference. Leave the option out, or "
                "train with --config.model.reference_dropout=0.1."
            )
        return voice.at_strength(strength)

    def _own(self, speaker: str, language: str) -> voices.Voice:
        known = voices.read(self._workdir)
        if speaker:
            chosen = [voice for voice in known if voice.speaker == speaker]
            if not chosen:
                raise UserError(
                    f"The run has no speaker {speaker!r}. It has {', '.join(_names(known))}; "
                    "--list-speakers shows all."
                )
        else:
            chosen = [voice for voice in known if language in voice.languages] or known
        return chosen[0]

    def _path(self, recording: str) -> Path:
        return self._workdir / "voices" / recording

    def _weights(self, given: Sequence[float]) -> jax.Array:
        model = self._config.model
        if len(given) != model.style_tokens or not all(abs(weight) <= MOST_WEIGHT for weight in given):
            raise UserError(
                f"--style-weights takes a number for each of the run's {model.style_tokens} style tokens, "
                f"none beyond {MOST_WEIGHT:g} up or down, "
                f"such as 0.2 for one and 0 for another; here are {len(given)}: "
                f"{' '.join(f'{weight:g}' for weight in given)}."
            )
        return jnp.broadcast_to(jnp.asarray(given, jnp.float32), (1, model.style_heads, len(given)))

    def _from(self, path: Path, denoised: bool) -> Voice:
        if not path.is_file():
            raise UserError(f"There is no reference recording or voice profile {path}. Check the path.")
        if path.suffix == voice_profile.SUFFIX:
            return voice_profile.read(path, self._fingerprint, self._fitted_shapes)
        return self._from_recording(path, denoised)

    def _from_recording(self, path: Path, denoised: bool = False) -> Voice:
        settings = self._config.audio
        audio = self._recording(path, denoised)
        frames = len(audio) // settings.hop_length
        silence = (round_up(frames, REFERENCE_STEP) - frames) * settings.hop_length
        padded = np.pad(audio, (0, silence))
        mel = normalize_mel(log_mel(jnp.asarray(padded)[None], settings), self._stats)
        return self._encode(self._params, mel, jnp.array([frames]))

    def _recording(self, path: Path, denoised: bool) -> np.ndarray:
        """Whole frames of it, without silent ends and at the usual loudness."""
        settings = self._config.audio
        audio = load(path, settings.sample_rate)
        seconds = len(audio) / settings.sample_rate
        if seconds < SHORTEST_REFERENCE_S:
            raise UserError(
                f"The reference {path} lasts {seconds:.2f} s, too short to hear a voice in: give at least "
                f"{SHORTEST_REFERENCE_S} s of speech, better 3 to 30 s."
            )
        if denoised:
            audio = denoise(audio, settings.sample_rate)
        try:
            audio = trim(audio, settings.sample_rate, self._config.data.trim_db)
            audio = normalize_loudness(audio, settings.sample_rate, self._config.data.loudness)
        except UserError as error:
            raise UserError(f"The reference {path} is of no use without its silence. {error}") from error
        audio = audio[: int(LONGEST_REFERENCE_S * settings.sample_rate)]
        return audio[: len(audio) // settings.hop_length * settings.hop_length]

    @cached_property
    def _fitted_shapes(self) -> Voice:
        mel = jax.ShapeDtypeStruct((1, REFERENCE_STEP, self._config.audio.n_mels), jnp.float32)
        lengths = jax.ShapeDtypeStruct((1,), jnp.int32)
        heard = jax.eval_shape(self._encode, self._params, mel, lengths)
        return heard._replace(adaptation=self._params["decoder"])

    @cached_property
    def _fingerprint(self) -> str:
        leaves = jax.tree.leaves(self._params)
        return hashlib.sha256(b"".join(np.asarray(leaf).tobytes() for leaf in leaves)).hexdigest()


def _mixed(parts: Sequence[Voice], shares: np.ndarray) -> Voice:
    """Their mean; of a decoder that only some are fitted to, the others leave what it is."""

    def mean(shares: np.ndarray, trees: Sequence[Any]) -> Any:
        return jax.tree.map(lambda *leaves: jnp.tensordot(shares, jnp.stack(leaves), 1), *trees)

    fitted = [i for i, part in enumerate(parts) if part.adaptation is not None]
    mixed = mean(shares, [part._replace(adaptation=None) for part in parts])
    if not fitted:
        return mixed
    return mixed._replace(adaptation=mean(shares[fitted], [parts[i].adaptation for i in fitted]))


def _in_style(voice: Voice, other: Voice) -> Voice:
    return voice._replace(style=other.style, style_weights=other.style_weights)


def _names(known: Sequence[voices.Voice], most: int = 10) -> list[str]:
    names = [voice.speaker for voice in known]
    return names if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
