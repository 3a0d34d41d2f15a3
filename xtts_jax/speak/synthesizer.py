"""A trained run, speaking: text and a voice to a waveform."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from xtts_jax.config import Config, from_dict, to_dict
from xtts_jax.data.statistics import load_stats
from xtts_jax.errors import UserError
from xtts_jax.models.conv import smooth
from xtts_jax.models.features import denormalize_mel, loud_spectrum, normalize_mel
from xtts_jax.models.generate import Generated, Manner, generate
from xtts_jax.models.xtts import MODULES, XTTS, Voice
from xtts_jax.runs.checkpoint import find_step, load_params
from xtts_jax.runs.settings import read_config_of
from xtts_jax.speak import requested_pitch
from xtts_jax.speak.voice_choice import OWN_VOICE, VoiceChoice, VoiceChooser
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.lexicon import read_lexicon
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats, round_up
from xtts_jax.vocoder.vocode import Vocode, open_vocoder

LONGEST_PIECE = 200  # characters spoken in one go; longer texts are cut between sentences
PAUSE_S = 0.15  # between pieces
SPEEDS = (0.25, 4.0)
NAT_PER_DB = math.log(10) / 20
MOST_SEMITONES, MOST_DB = 12.0, 20.0  # of pitch and energy, up or down
DRAWING = ("flow_steps", "flow_solver", "guidance", "temperature")  # of config.synthesis, for flow decoders
COLOUR_BINS = 7  # odd; of 80 mel bins, 5 are the distance of harmonics of 180 Hz
UNSURE_FRAMES = 40  # of speech: half of its average spectrum is what is said
_OUTSIDE_TAGS = "(?![^<]*</)"  # <fa>...</fa> is not cut
TOKEN_STEP, FRAME_STEP = 64, 256  # lengths are padded to multiples: few compiles


class Segment(NamedTuple):
    """A piece of the text, and when it is said."""

    text: str
    symbols: str
    start_frame: int
    durations: np.ndarray  # (len(symbols) + 2,) frames: <start>, every symbol, <end>


class Spelt(NamedTuple):
    ids: np.ndarray  # (n,) int32
    symbols: str
    unknown: tuple[str, ...]  # symbols the run never saw, which were left out


class Said(NamedTuple):
    mel: np.ndarray  # (t, m) natural log
    durations: np.ndarray  # (n,) frames


class Drawing(NamedTuple):
    """A text as mel, before any vocoder."""

    mel: np.ndarray  # (t, m) natural log
    segments: tuple[Segment, ...]
    unknown: tuple[str, ...]  # symbols the run never saw, which were left out


class Speech(NamedTuple):
    audio: np.ndarray  # (s,) float32, not clipped: peaks may pass 1
    mel: np.ndarray  # (t, m) natural log
    sample_rate: int
    segments: tuple[Segment, ...]
    unknown: tuple[str, ...]
    remark: str  # of the vocoder, "" where all went well


class Synthesizer:
    """Everything a run needs to speak, loaded once; shapes are padded so that few are compiled."""

    def __init__(
        self, config: Config, params: dict, tokenizer: Tokenizer, workdir: Path, vocode: Vocode
    ) -> None:
        self.config, self.tokenizer, self.vocode = config, tokenizer, vocode
        self._params = params
        self._stats = load_stats(workdir / "stats.json")
        lexicon = read_lexicon(Path(config.data.lexicon).expanduser()) if config.data.lexicon else {}
        self._frontend = Frontend(tokenizer.frontend, lexicon)
        model = XTTS(config, len(tokenizer), len(tokenizer.languages))
        self.voices = VoiceChooser(model, params, self._stats, workdir, self._tokenize)
        self._generate = jax.jit(partial(generate, model), static_argnames="frames")

    @classmethod
    def load(
        cls,
        workdir: Path,
        step: int | None = None,
        vocoder: str = "",
        iterations: int | None = None,
        drawing: Mapping[str, Any] | None = None,
    ) -> "Synthesizer":
        """The run's best checkpoint, or that of `step`. Raises `UserError` where there is none.

        vocoder, iterations: as for `open_vocoder`; "" is the vocoder that the run's configuration names.
        drawing: other values of the options in DRAWING.
        """
        find_step(workdir, step)  # before anything that takes time, as the next line
        config = with_drawing(read_config_of(workdir, "acoustic"), drawing or {})
        params, _ = load_params(workdir, step)
        if missing := MODULES - params.keys():
            raise UserError(
                f"The run in {workdir} was trained by an older version of this project: its model has no "
                f"{', '.join(sorted(missing))}. Speak with that version, or train anew from it with "
                f"--config.train.init_from={workdir}."
            )
        vocode = open_vocoder(vocoder or config.synthesis.vocoder, config.audio, iterations)
        return cls(config, params, Tokenizer.load(workdir / "tokenizer.json"), workdir, vocode)

    def speak(
        self,
        text: str,
        language: str | None = None,
        voice: VoiceChoice = OWN_VOICE,
        seed: int = 0,
        speed: float = 1.0,
        pitch: float = 0.0,
        energy: float = 0.0,
    ) -> Speech:
        """`text` in the chosen voice, or that of the run's own speaker of that language.

        Raises `UserError` for an empty text, a language the run never saw, or a voice there is not.
        speed: 2 is twice as fast; pitch: semitones up; energy: dB up, of the sound as it would be without.
        """
        drawing = self.draw(text, language, voice, seed, speed, pitch, energy)
        voiced = self.vocode(drawing.mel - energy * NAT_PER_DB, seed)  # at the level that it learned
        return Speech(
            voiced.audio * np.float32(10 ** (energy / 20)),
            drawing.mel,
            self.config.audio.sample_rate,
            drawing.segments,
            drawing.unknown,
            voiced.remark,
        )

    def draw(
        self,
        text: str,
        language: str | None = None,
        voice: VoiceChoice = OWN_VOICE,
        seed: int = 0,
        speed: float = 1.0,
        pitch: float = 0.0,
        energy: float = 0.0,
    ) -> Drawing:
        """The mel that `speak` gives a sound; of a pitch, found by giving tries of it a sound."""
        if not text.strip():
            raise UserError(
                "The text is empty. Give some words with --text, or lines of them with --text-file."
            )
        _refuse_beyond(speed, pitch, energy)
        language = language or self.tokenizer.languages[0]
        language_id = self.tokenizer.language_id(language)
        chosen = self.voices.choose(voice, language)
        mels, segments, unknown, start = [], [], {}, 0
        pause = self.config.audio.frames(PAUSE_S)
        for number, piece in enumerate(split_text(text)):
            ids, spoken, left_out = self._spell(piece, language)
            unknown |= dict.fromkeys(left_out)
            key = jax.random.fold_in(jax.random.key(seed), number)
            say = partial(self._speak_tokens, ids, language_id, chosen, voice.colour, key)
            mel, durations = self._as_asked(say, speed, pitch, energy, seed)
            segments.append(Segment(piece, spoken, start, durations))
            mels += [mel, np.repeat(mel[-1:], pause, axis=0)]
            start += len(mel) + pause
        return Drawing(np.concatenate(mels[:-1]), tuple(segments), tuple(unknown))

    def _spell(self, text: str, language: str) -> Spelt:
        symbols = self._frontend(text, language)
        ids, unknown = self.tokenizer.encode(symbols)
        known = "".join(symbol for symbol in symbols if symbol not in unknown)
        if not known.strip():
            raise UserError(
                f"The run never saw any sound of {text!r} ({symbols}), so there is nothing it could say. "
                "Check that the language given is that of the text."
            )
        return Spelt(ids, known, unknown)

    def _tokenize(self, text: str, language: str) -> tuple[np.ndarray, int]:
        language_id, spelt = self.tokenizer.language_id(language), self._spell(text, language)
        if spelt.unknown:
            raise UserError(
                f"The run never saw {' '.join(spelt.unknown)} of {text!r}. Choose other words, or another "
                "recording."
            )
        return spelt.ids, language_id

    def _as_asked(
        self, say: Callable[[Manner], Said], speed: float, pitch: float, energy: float, seed: int
    ) -> Said:
        """Of pitch and energy the decoder goes only part of the way."""

        @cache
        def said_at(semitones: float, decibels: float = 0.0) -> Said:
            log_f0 = semitones * math.log(2) / 12 / self._stats.log_f0_std
            return say(Manner(speed, log_f0, decibels * NAT_PER_DB / self._stats.energy_std))

        def hear(asked: float) -> float:
            sound = self.vocode(said_at(asked).mel, seed).audio
            return requested_pitch.semitones(sound, self.config.audio)

        shift = requested_pitch.shift_to_ask(pitch, hear) if pitch else 0.0
        if not energy:
            return said_at(shift)
        said, usual = said_at(shift, energy), level(said_at(shift).mel)
        return said._replace(mel=said.mel + energy * NAT_PER_DB + usual - level(said.mel))

    def _speak_tokens(
        self, ids: np.ndarray, language_id: int, voice: Voice, colour: float, key: jax.Array, manner: Manner
    ) -> Said:
        """One piece."""
        told = voice._replace(spectrum=voice.spectrum * colour)
        size = round_up(len(ids), TOKEN_STEP)
        tokens = jnp.asarray(np.pad(ids, (0, size - len(ids))))[None]
        mask = (jnp.arange(size) < len(ids))[None]
        frames, needed = 0, int(8 * len(ids) / manner.speed)  # a first guess; the durations themselves tell
        spoken: Generated
        while needed > frames:
            frames = round_up(needed, FRAME_STEP)
            spoken = self._generate(
                self._params,
                tokens,
                mask,
                jnp.array([language_id]),
                told,
                key,
                frames=frames,
                manner=Manner(*map(jnp.float32, manner)),
            )
            needed = int(spoken.durations.sum())
        mel = np.asarray(denormalize_mel(spoken.mel, self._stats)[0, :needed])
        if colour:
            mel = coloured(mel, np.asarray(voice.spectrum[0]), colour, self._stats)
        return Said(mel, np.asarray(spoken.durations[0, : len(ids)]))


def _refuse_beyond(speed: float, pitch: float, energy: float) -> None:
    if not SPEEDS[0] <= speed <= SPEEDS[1]:
        raise UserError(f"A speed of {speed:g} is no speech: choose one from {SPEEDS[0]:g} to {SPEEDS[1]:g}.")
    for name, value, unit, most in (
        ("pitch", pitch, "semitones", MOST_SEMITONES),
        ("energy", energy, "dB", MOST_DB),
    ):
        if not abs(value) <= most:
            raise UserError(f"--{name} lies between -{most:g} and {most:g} {unit}, not {value:g}.")


def level(mel: np.ndarray) -> float:
    """The root mean square of a (t, m) natural-log mel's frames, in nat."""
    return 0.5 * math.log(np.exp(2 * mel.astype(np.float64)).sum(axis=1).mean())


def coloured(mel: np.ndarray, spectrum: np.ndarray, amount: float, stats: Stats) -> np.ndarray:
    """A (t, m) natural-log mel, as loud as it is, whose average spectrum goes towards a normalised (m,) one.

    What a model leaves out of the long-term spectrum of a voice it never heard is most of what tells it from
    others (docs/results.md). Of a few frames the average depends on what is said, and counts for less. The
    difference is smoothed over COLOUR_BINS, or the harmonics of one pitch would be laid over another.
    """
    padded = jnp.asarray(np.pad(mel, ((0, round_up(len(mel), FRAME_STEP) - len(mel)), (0, 0))))
    own = loud_spectrum(normalize_mel(padded[None], stats), jnp.array([len(mel)]))[0]
    share = amount * len(mel) / (len(mel) + UNSURE_FRAMES)
    difference = (spectrum - np.asarray(own)) * np.asarray(stats.mel_std, np.float32)
    shaped = mel + share * np.asarray(smooth(jnp.asarray(difference)[None], COLOUR_BINS))
    return shaped + np.float32(level(mel) - level(shaped))


def with_drawing(config: Config, changes: Mapping[str, Any]) -> Config:
    """The configuration with other options of DRAWING; `UserError` where the run's decoder has none."""
    if changes and config.model.decoder != "flow":
        options = ", ".join(f"--{name.replace('_', '-')}" for name in changes)
        raise UserError(
            f"{options}: only flow decoders have this, and the run's decoder is {config.model.decoder}. "
            "Leave it out, or train with --config configs/tiny_flow.py."
        )
    try:
        return from_dict(to_dict(replace(config, synthesis=replace(config.synthesis, **changes))))
    except UserError as error:
        text = str(error)
        for name in changes:
            text = text.replace(f"synthesis.{name}", f"--{name.replace('_', '-')}")
        raise UserError(text.replace("The configuration cannot work", "The run cannot speak so")) from error


def split_text(text: str) -> list[str]:
    """Pieces of at most about LONGEST_PIECE characters: whole sentences, else clauses, else words."""
    pieces = [text.strip()]
    for border in (r"(?<=\w\w\w[.!?؟…])\s+|\s*\n\s*", r"(?<=[,;:،؛])\s+", r"\s+"):
        pieces = [part for piece in pieces for part in _pack(re.split(f"(?:{border}){_OUTSIDE_TAGS}", piece))]
    return pieces


def _pack(parts: list[str]) -> list[str]:
    """Neighbours joined again as long as they stay short enough."""
    packed: list[str] = []
    for part in filter(None, parts):
        if packed and len(packed[-1]) + 1 + len(part) <= LONGEST_PIECE:
            packed[-1] += f" {part}"
        else:
            packed.append(part)
    return packed
