"""From what a user asks for to a `Voice` of a model: recordings, profiles, speakers, mixtures, styles."""

import hashlib
from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from xtts_jax.audio.mel import log_mel
from xtts_jax.audio.rumble import VOICE_HZ
from xtts_jax.config import Audio
from xtts_jax.errors import FieldError, did_you_mean, notify
from xtts_jax.models.features import normalize_mel
from xtts_jax.models.generate import encode_voice, mix_style
from xtts_jax.models.kept import Kept
from xtts_jax.models.xtts import XTTS, Voice
from xtts_jax.runs import emotions, voices
from xtts_jax.runs.own_files import is_packed
from xtts_jax.speak import voice_profile
from xtts_jax.speak.narrow_band import (
    bins_above,
    bins_present,
    completed,
    describe_missing,
    hear,
    load_products,
    products,
)
from xtts_jax.speak.reference import (
    Recording,
    Tokenize,
    describe_narrow,
    faults,
    faults_of,
    read_own,
    read_reference,
    read_with_words,
    reference_of,
    require_file,
)
from xtts_jax.speak.register import Register
from xtts_jax.speak.voice_choice import VoiceChoice, is_profile
from xtts_jax.speak.voice_fitting import batch_of, fit_voice
from xtts_jax.text.languages import language_code
from xtts_jax.types import Stats

REFERENCE_STEP = 256  # frames; lengths are padded to multiples: few compiles
MOST_EXAMPLES = 40  # own voices that show what a narrow recording lacks


class StyleToken(NamedTuple):
    """How much of a style token the run's own voices have, as a mean over heads."""

    mean: float
    most: float
    most_in: str  # speaker


class VoiceChooser:
    """Makes a `Voice` of a `VoiceChoice`; what it measures, fits or averages is kept for the next time."""

    def __init__(self, model: XTTS, params: dict, stats: Stats, workdir: Path, tokenize: Tokenize) -> None:
        self._config, self._params, self._stats, self._workdir = model.config, params, stats, workdir
        self._tokenize = tokenize
        self._register = Register(model, params, stats, tokenize)
        self._fit = jax.jit(partial(fit_voice, model))
        self._measured: dict[object, Voice] = {}  # by recording
        self._fitted: dict[tuple[object, ...], Voice] = {}  # by recordings and words
        sizes = model.config, model.n_vocab, model.n_languages
        self._encode = Kept(partial(encode_voice, model), "encode_voice", sizes, returns=Voice)
        audio = model.config.audio
        self._to_mel = Kept(partial(_normalized, audio), "normalized_mel", audio, returns=np.asarray)
        self._kept: dict[str, Voice] = {}  # by name
        self._mix_style = jax.jit(partial(mix_style, model))
        self._emotions: dict[tuple[str, ...], Voice] = {}  # by their recordings

    def choose(self, choice: VoiceChoice, language: str) -> Voice:
        """Raises `UserError` for a recording, profile, speaker, emotion or weights that cannot be used."""
        language = language_code(language)
        return self._register.tuned(self._chosen(choice, language), language)

    def _chosen(self, choice: VoiceChoice, language: str) -> Voice:
        kept = self._kept.get(choice.speaker)
        own = None if choice.references or kept else self._own(choice.speaker, language)
        if kept:
            voice = kept
        elif own:
            voice = self._of_own(own.reference)
            if language not in own.languages:
                voice = self._register.known(voice, own.languages[0])
        elif choice.words:
            voice = self._fitted_to(choice, choice.words_language or language)
        else:
            voice = self._mean(choice.references, choice.shares, choice.denoise)
        voice = self._at_strength(voice, choice.strength)
        if not (choice.style_weights or choice.emotion or choice.style_references):
            return voice
        voice = self._register.tuned(voice, language)  # before, as a style may have a pitch of its own
        if choice.style_weights:
            weights = self._weights(choice.style_weights)
            return voice._replace(style=self._mix_style(self._params, weights), style_weights=weights)
        if choice.emotion:
            return _in_style(voice, self._emotion(choice.emotion, own.speaker if own else ""))
        return _in_style(voice, self._mean(choice.style_references, (), choice.denoise))

    def language_of(self, speaker: str) -> str:
        """The language of a speaker of the run, or of the one with the most speech for "".

        Raises `UserError` for a speaker that it does not have.
        """
        return self._own("" if speaker in self._kept else speaker, "").languages[0]

    def keep(self, name: str, audio: np.ndarray, *, clipped_samples: int = 0, denoised: bool = False) -> None:
        """Makes a voice of a recording, (s,) at the run's rate, that `speaker` names until it is forgotten.

        Raises `UserError` for one that cannot be used, and warns of its faults.
        """
        whose, settings = "that was given", self._config.audio
        recording = reference_of(audio, whose, self._config, denoised)
        found = faults_of(whose, recording, settings, clipped_samples)
        self._kept[name] = self._heard(whose, recording, found)

    def forget(self, name: str) -> None:
        del self._kept[name]

    def save(self, choice: VoiceChoice, language: str, path: Path) -> None:
        """Writes a profile, which `choose` takes as a reference; raises what `choose` raises."""
        voice_profile.write(self._chosen(choice, language_code(language)), self._fingerprint, path)

    def save_own(self, recording: str, path: Path) -> None:
        """Writes the profile of a recording in the run's `voices/`."""
        voice_profile.write(self._of_own(recording), self._fingerprint, path)

    def style_tokens(self) -> list[StyleToken]:
        """All of the run, in the order of `style_weights`."""
        known = voices.read(self._workdir)
        weights = np.stack(
            [np.asarray(self._of_own(voice.reference).style_weights)[0].mean(axis=0) for voice in known]
        )
        return [
            StyleToken(float(column.mean()), float(column.max()), known[column.argmax()].speaker)
            for column in weights.T
        ]

    def _mean(
        self, references: Sequence[str | Path], shares: Sequence[float] = (), denoised: bool = False
    ) -> Voice:
        parts = np.asarray(shares or [1.0] * len(references), np.float32)
        return _mixed([self._from(Path(path), denoised) for path in references], parts / parts.sum())

    def _fitted_to(self, choice: VoiceChoice, language: str) -> Voice:
        paths = tuple(map(Path, choice.references))
        written = tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)
        key = (written, paths, choice.words, language, choice.denoise)
        if key not in self._fitted:
            given = zip(paths, choice.words, strict=True)
            said = [
                read_with_words(path, words, language, self._config, self._tokenize, choice.denoise)
                for path, words in given
            ]
            audio, tokens, (language_id, *_) = zip(*said, strict=True)
            batch = batch_of(audio, tokens, language_id, self._config)
            measured = self._register.tuned(self._mean(paths, (), choice.denoise), language)
            self._fitted[key] = self._fit(self._params, batch, self._stats, measured)
        return self._fitted[key]

    def _emotion(self, name: str, speaker: str) -> Voice:
        """The mean of its recordings, of the speaker where there are any; only its style means something."""
        moods = emotions.moods_of(self._workdir, name, speaker)
        examples = tuple(example for mood in moods for example in mood.examples)
        if examples not in self._emotions:
            shares = np.array(
                [mood.recordings / len(mood.examples) for mood in moods for _ in mood.examples], np.float32
            )
            self._emotions[examples] = _mixed(list(map(self._of_own, examples)), shares / shares.sum())
        return self._emotions[examples]

    def _at_strength(self, voice: Voice, strength: float) -> Voice:
        if strength == 1:
            return voice
        if not self._config.model.reference_dropout:
            raise FieldError(
                "{strength} must be 1 with this run: it was trained with model.reference_dropout 0 and never "
                "spoke without a reference. Leave it out, or train with model.reference_dropout 0.1."
            )
        return voice.at_strength(strength)

    def _own(self, speaker: str, language: str) -> voices.Voice:
        known = voices.read(self._workdir)
        if speaker:
            chosen = [voice for voice in known if voice.speaker == speaker]
            if not chosen:
                raise FieldError(
                    "{speaker} must be one that the run has, not {name!r}.{hint} It has {known}.",
                    name=speaker,
                    hint=did_you_mean(speaker, [voice.speaker for voice in known]),
                    known=voices.listed(known),
                )
        else:
            chosen = [voice for voice in known if language in voice.languages] or known
        return chosen[0]

    def require_weights(self, given: Sequence[float]) -> None:
        """Raises `FieldError` unless there are none or one for each style token."""
        tokens = self._config.model.style_tokens
        if given and len(given) != tokens:
            raise FieldError(
                "{style_weights} takes one number for each of the run's {tokens} style tokens, such as 0.2 "
                "for one and 0 for another, not {given}.",
                tokens=tokens,
                given=len(given),
            )

    def _weights(self, given: Sequence[float]) -> jax.Array:
        self.require_weights(given)
        heads = self._config.model.style_heads
        return jnp.broadcast_to(jnp.asarray(given, jnp.float32), (1, heads, len(given)))

    def _from(self, path: Path, denoised: bool) -> Voice:
        require_file(path)
        if is_profile(path):
            return voice_profile.read(path, self._fingerprint, self._fitted_shapes)
        key = path, path.stat().st_mtime_ns, denoised
        if key not in self._measured:
            self._measured[key] = self._measure(path, denoised)
        return self._measured[key]

    def _measure(self, path: Path, denoised: bool) -> Voice:
        recording = read_reference(path, self._config, denoised)
        return self._heard(path, recording, faults(path, recording, self._config.audio))

    def _heard(self, name: str | Path, recording: Recording, found: Sequence[str]) -> Voice:
        """The voice of a recording that has been read, with the faults that were found in it."""
        audio, rumbled, _ = recording
        for fault in found:
            notify(fault, stacklevel=3)
        lowest = bins_above(VOICE_HZ, self._config.audio) if rumbled else 0
        return self._register.heard(self._encoded(self._whole_mel(name, audio, lowest)), audio)

    def _whole_mel(self, name: str | Path, audio: np.ndarray, lowest: int) -> np.ndarray:
        """The mel of a recording whose bins from `lowest` on may be there; those that are not are guessed."""
        mel, settings = self._mel(audio), self._config.audio
        first, end = bins_present(mel)
        present = max(first, lowest), end
        if present == (0, settings.n_mels) or self.own_products is None:
            return mel
        if missing := describe_missing((first, end), settings):
            notify(describe_narrow(name, missing), stacklevel=3)
        return completed(hear(mel, audio, settings), present, self.own_products)

    def _of_own(self, recording: str) -> Voice:
        if recording not in self._measured:
            path = voices.recording(self._workdir, recording)
            self._measured[recording] = (
                voice_profile.read_own(path)
                if is_profile(path)
                else self._encoded(self._mel(self._read(path)))
            )
        return self._measured[recording]

    def _read(self, path: Path) -> np.ndarray:
        return read_own(path, self._config)

    @cached_property
    def own_products(self) -> np.ndarray | None:
        """Those of the run's own voices whose recordings lack nothing; see `narrow_band.completed`."""
        if is_packed(self._workdir):
            return load_products(self._workdir / "voices")
        known = voices.read(self._workdir)
        chosen = known[:: -(-len(known) // MOST_EXAMPLES)]
        sounds = [self._read(voices.recording(self._workdir, voice.reference)) for voice in chosen]
        heard = [hear(self._mel(audio), audio, self._config.audio) for audio in sounds]
        return products(each for each in heard if bins_present(each.mel) == (0, each.mel.shape[1]))

    def _mel(self, audio: np.ndarray) -> np.ndarray:
        """(t, m), normalized, of a clip of whole frames."""
        settings = self._config.audio
        frames = len(audio) // settings.hop_length
        padded = np.pad(audio, (0, -frames % REFERENCE_STEP * settings.hop_length))
        return np.asarray(self._to_mel(padded[None], self._stats))[0, :frames]

    def _encoded(self, mel: np.ndarray) -> Voice:
        padded = np.pad(mel, ((0, -len(mel) % REFERENCE_STEP), (0, 0)))
        return self._encode(self._params, padded[None], np.array([len(mel)], np.int32))

    @cached_property
    def _fitted_shapes(self) -> Voice:
        mel = jax.ShapeDtypeStruct((1, REFERENCE_STEP, self._config.audio.n_mels), jnp.float32)
        lengths = jax.ShapeDtypeStruct((1,), jnp.int32)
        encoded = jax.eval_shape(self._encode.function, self._params, mel, lengths)
        return encoded._replace(adaptation=self._params["decoder"], log_f0=encoded.register)

    @cached_property
    def _fingerprint(self) -> str:
        leaves = jax.tree.leaves(self._params)
        return hashlib.sha256(b"".join(np.asarray(leaf).tobytes() for leaf in leaves)).hexdigest()


def _normalized(settings: Audio, audio: Float[Array, "b s"], stats: Stats) -> Float[Array, "b t m"]:
    return normalize_mel(log_mel(audio, settings), stats)


def _mixed(parts: Sequence[Voice], shares: np.ndarray) -> Voice:
    """Their mean; adaptations are averaged over the parts that have one, pitches where all have one."""

    def mean(shares: np.ndarray, trees: Sequence[Any]) -> Any:
        return jax.tree.map(lambda *leaves: jnp.tensordot(shares, jnp.stack(leaves), 1), *trees)

    def averaged(name: str) -> Any:
        having = [i for i, part in enumerate(parts) if getattr(part, name) is not None]
        return mean(shares[having], [getattr(parts[i], name) for i in having]) if having else None

    mixed = mean(shares, [part._replace(adaptation=None, log_f0=None) for part in parts])
    known = averaged("log_f0") if all(part.log_f0 is not None for part in parts) else None
    return mixed._replace(adaptation=averaged("adaptation"), log_f0=known)


def _in_style(voice: Voice, other: Voice) -> Voice:
    return voice._replace(style=other.style, style_weights=other.style_weights)
