"""A trained run that speaks: text and a voice to a waveform."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple, Unpack

import jax
import numpy as np

from xtts_jax.audio.mel import MEL_FLOOR
from xtts_jax.errors import FieldError, WordlessError, notify
from xtts_jax.models.generate import Manner
from xtts_jax.models.xtts import XTTS
from xtts_jax.runs.shipped import SHIPPED, folder_of
from xtts_jax.speak import requested_pitch
from xtts_jax.speak.colour import NAT_PER_DB, level
from xtts_jax.speak.context import led
from xtts_jax.speak.delivery import Delivery
from xtts_jax.speak.drawer import Drawer, Said, Source
from xtts_jax.speak.pieces import PAUSE_S
from xtts_jax.speak.reading import read
from xtts_jax.speak.run import read_run
from xtts_jax.speak.speech import Drawing, Segment, Speech, joined
from xtts_jax.speak.spelling import Speller, describe_unknown
from xtts_jax.speak.voice_choice import OWN_VOICE, VoiceChoice, VoiceFields, require_known
from xtts_jax.speak.voice_chooser import VoiceChooser
from xtts_jax.text.languages import language_code
from xtts_jax.text.spans import Prosody
from xtts_jax.vocoder.trained import EVEN_UP_TO, FRAME_STEP
from xtts_jax.vocoder.vocode import open_vocoder

SILENCE = math.log(MEL_FLOOR)  # in every bin of a mel
WORDS_PER_S = 2.0  # about as many of the word that warms up


class Piece(NamedTuple):
    """A piece of a text as mel, with the pause that follows it."""

    mel: np.ndarray  # (t, m) natural log
    segment: Segment
    unknown: tuple[str, ...]
    delivery: Delivery


class Synthesizer:
    """Everything a run needs to speak, loaded once; threads may share it.

    Shapes are padded so that few are compiled.

    tts = Synthesizer("runs/my_voice")
    tts("Good morning.", language="en", references=["me.wav"]).save("hello.wav")
    """

    def __init__(
        self,
        workdir: str | Path = SHIPPED,
        *,
        step: int | None = None,
        vocoder: str | Path = "",
        iterations: int | None = None,
        drawing: Mapping[str, Any] | None = None,
    ) -> None:
        """Loads the run or packed voice in the folder `workdir`; "shipped" is the one of this package.

        Raises `UserError` where there is none that can speak.
        step: the checkpoint to use; None: the best.
        vocoder, iterations: as for `open_vocoder`; "" is the vocoder that the run's configuration names.
        drawing: overrides, by name, of the `config.synthesis` settings that the decoder of the run uses.
        """
        self.workdir = workdir = folder_of(workdir)
        self.config, params, self.tokenizer, self._stats, self.step = read_run(workdir, step, drawing or {})
        name = str(vocoder) or self.config.synthesis.vocoder
        self.vocode = open_vocoder(name, self.config.audio, iterations)
        self._spell = Speller(self.tokenizer, self.config.data.lexicon, self.config.data.ezafe)
        model = XTTS(self.config, len(self.tokenizer), len(self.tokenizer.languages))
        self.params = jax.device_put(params)
        self.voices = VoiceChooser(model, self.params, self._stats, workdir, self._spell.tokens_of_all)
        self._say = Drawer(model, self.params, self._stats)

    def __call__(
        self,
        text: str,
        language: str | None = None,
        voice: VoiceChoice = OWN_VOICE,
        seed: int = 0,
        speed: float = 1.0,
        pitch: float = 0.0,
        energy: float = 0.0,
        **fields: Unpack[VoiceFields],
    ) -> Speech:
        """As `speak`, in a voice of which some fields can be given here: `references=["me.wav"]`."""
        _require_voice(voice)
        require_known(fields, "language", "voice", *vars(Delivery()))
        return self.speak(text, language, replace(voice, **fields), seed, speed, pitch, energy)

    def voice(self, *, language: str | None = None, **fields: Unpack[VoiceFields]) -> VoiceChoice:
        """A voice to use many times, whose recordings are read, encoded and, with `words`, fitted to now.

        Raises `UserError` for one that the run cannot make.
        """
        require_known(fields, "language")
        choice = VoiceChoice(**fields)
        self.voices.choose(choice, language or self.voices.language_of(choice.speaker))
        return choice

    def warm_up(self, seconds: float = 10.0) -> None:
        """Compiles what texts of up to about so many seconds need, so that the first of them do not wait."""
        words = max(1, round(seconds * WORDS_PER_S))
        for count in range(1, words + 2, 2):  # the mels are less than a FRAME_STEP of `Drawer` apart
            mel = self.draw(" ".join(["1."] * count)).mel
        for frames in [*range(FRAME_STEP, EVEN_UP_TO + 1, FRAME_STEP), len(mel)]:
            for _ in self.vocode.stream(mel[:frames], seed=0):
                pass

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
        """`text` in the chosen voice, or that of the run's own speaker of the language.

        text: with markup as docs/speaking.md describes; what cannot be said of it is left out with a
        `UserNotice`. language: its code; None: that of the speaker, or of the run's main voice. The rest: see
        `Delivery`. Raises `UserError` for a text without words, a language that the run has not learned, a
        voice that it cannot make, or a value out of range.
        """
        return joined(list(self.speak_in_pieces(text, language, voice, seed, speed, pitch, energy)))

    def speak_in_pieces(
        self,
        text: str,
        language: str | None = None,
        voice: VoiceChoice = OWN_VOICE,
        seed: int = 0,
        speed: float = 1.0,
        pitch: float = 0.0,
        energy: float = 0.0,
    ) -> Iterator[Speech]:
        """What `speak` joins, each piece made when it is asked for: a text of any length fits into memory.

        Raises what `speak` raises, before the first piece.
        """
        delivery = Delivery(seed, speed, pitch, energy)
        return self._voiced(self._pieces(text, language, voice, delivery))

    def stream(
        self,
        text: str,
        language: str | None = None,
        voice: VoiceChoice = OWN_VOICE,
        seed: int = 0,
        speed: float = 1.0,
        pitch: float = 0.0,
        energy: float = 0.0,
    ) -> Iterator[np.ndarray]:
        """The `audio` of `speak` in (s,) float32 chunks, each as soon as it is ready.

        Raises what `speak` raises, before the first chunk; its `unknown` and `remark` become warnings.
        """
        delivery = Delivery(seed, speed, pitch, energy)
        return self._chunks(self._pieces(text, language, voice, delivery))

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
        """The mel that `speak` would make; a waveform is generated only if `pitch` has to be measured."""
        return _joined(list(self._pieces(text, language, voice, Delivery(seed, speed, pitch, energy))))

    def _pieces(
        self, text: str, language: str | None, voice: VoiceChoice, delivery: Delivery
    ) -> Iterator[Piece]:
        """Checks everything now, and draws a piece when it is asked for."""
        if not isinstance(text, str):
            raise FieldError("{text} must be a str, not {given!r}.", given=text)
        _require_voice(voice)
        if not text.strip():
            raise WordlessError(text)
        language = language_code(language or self.voices.language_of(voice.speaker))
        self.tokenizer.language_id(language)  # raises where the run has not learned it
        chosen = self.voices.choose(voice, language)
        reading = read(text, language, self.tokenizer.languages, self._spell)

        def draw() -> Iterator[Piece]:
            frames = self.config.audio.frames
            start, lead = 0, frames(reading.lead_s)
            for number, saying in enumerate(reading.sayings):
                source = Source(np.uint32(delivery.seed), np.uint32(number))
                ids, symbols, unknown = saying.spelt
                language_id, asked = (
                    self.tokenizer.language_id(saying.language),
                    delivery.changed(saying.prosody),
                )
                given = led(self.tokenizer.encode(saying.after).ids, ids)
                say = partial(self._say, given, language_id, chosen, voice.colour, source)
                mel, durations = self._as_asked(say, asked, saying.prosody)
                pauses = lead, frames(saying.pause_s), frames(PAUSE_S)
                mel = _between_pauses(mel, *pauses, asked.energy)
                words = partial(saying.words, self._spell)  # which takes as long as the mel
                segment = Segment(saying.text, symbols, start + lead, durations, words)
                yield Piece(mel, segment, unknown, asked)
                start, lead = start + len(mel), 0

        return draw()

    def _voiced(self, pieces: Iterator[Piece]) -> Iterator[Speech]:
        rate, frame_s = self.config.audio.sample_rate, self.config.audio.seconds(1)
        for piece in pieces:
            audio, remark = self.vocode(_as_learned(piece), piece.delivery.seed)
            loud = audio * _gain(piece.delivery)
            yield Speech(
                loud, piece.mel, rate, (piece.segment,), piece.unknown, remark, frame_s, self.workdir.name
            )

    def _chunks(self, pieces: Iterator[Piece]) -> Iterator[np.ndarray]:
        for piece in pieces:
            if piece.unknown:
                notify(describe_unknown(piece.unknown), stacklevel=2)
            for chunk in self.vocode.stream(_as_learned(piece), piece.delivery.seed):
                yield chunk * _gain(piece.delivery)

    def _as_asked(self, say: Callable[[Manner], Said], delivery: Delivery, prosody: Prosody) -> Said:
        """Asks the decoder for more than is wanted of pitch and energy, as it goes only part of the way.

        prosody: for a pitch in Hz; what else it asks for is part of `delivery`.
        """
        energy = delivery.energy * NAT_PER_DB

        @cache
        def said_at(semitones: float, nat: float = 0.0) -> Said:
            log_f0 = semitones * math.log(2) / 12 / self._stats.log_f0_std
            return say(Manner(delivery.speed, log_f0, nat / self._stats.energy_std))

        def measure(asked: float) -> float:
            sound = self.vocode(said_at(asked).mel, delivery.seed).audio
            return requested_pitch.semitones(sound, self.config.audio)

        if prosody.hertz or prosody.hertz_up:
            more = requested_pitch.shift_to_hertz(measure(0.0), prosody.hertz, prosody.hertz_up)
            delivery = delivery.changed(Prosody(semitones=more))
        shift = requested_pitch.shift_to_ask(delivery.pitch, measure) if delivery.pitch else 0.0
        if not energy:
            return said_at(shift)
        said, usual = said_at(shift, energy), level(said_at(shift).mel)
        return said._replace(mel=said.mel + energy + usual - level(said.mel))


def _joined(pieces: Sequence[Piece]) -> Drawing:
    return Drawing(
        np.concatenate([piece.mel for piece in pieces]),
        tuple(piece.segment for piece in pieces),
        tuple(dict.fromkeys(symbol for piece in pieces for symbol in piece.unknown)),
    )


def _between_pauses(mel: np.ndarray, before: int, after: int, held: int, energy: float) -> np.ndarray:
    """`mel` with so many frames around it: its last one for `held` frames at most, else silence."""
    held = min(after, held)
    silence = np.full((max(before, after - held), mel.shape[1]), SILENCE + energy * NAT_PER_DB, mel.dtype)
    return np.concatenate([silence[:before], mel, np.repeat(mel[-1:], held, axis=0), silence[: after - held]])


def _as_learned(piece: Piece) -> np.ndarray:
    """Its mel at the level at which vocoders learn."""
    return piece.mel - piece.delivery.energy * NAT_PER_DB


def _gain(delivery: Delivery) -> np.float32:
    return np.float32(10 ** (delivery.energy / 20))


def _require_voice(given: object) -> None:
    """`FieldError` for what is none, such as the name of a speaker."""
    if not isinstance(given, VoiceChoice):
        raise FieldError("{voice} must come from Synthesizer.voice(), not be {given!r}.", given=given)
