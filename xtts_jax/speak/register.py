"""The pitch of a voice: that of its recordings, in every language.

To a voice that it never heard, a run gives the pitch of voices that it knows and that are a little like it:
of 20 such voices, 3 semitones off on average. What it predicts for one sentence tells by how much.
"""

from functools import partial

import numpy as np

from xtts_jax.audio import pitch
from xtts_jax.config import Audio
from xtts_jax.errors import UserError, listening
from xtts_jax.models.generate import usual_log_f0
from xtts_jax.models.kept import Kept
from xtts_jax.models.xtts import XTTS, Voice
from xtts_jax.speak.reference import Tokenize
from xtts_jax.types import Stats, round_up

COUNTING = "1 2 3 4 5 6 7 8 9 10."  # said in all languages, at the pitch of other sentences
TOKEN_STEP = 64
LEAST_VOICED = 20  # frames


class Register:
    def __init__(self, model: XTTS, params: dict, stats: Stats, tokenize: Tokenize) -> None:
        self._audio: Audio = model.config.audio
        self._params, self._stats, self._tokenize = params, stats, tokenize
        sizes = model.config, model.n_vocab, model.n_languages
        self._usual = Kept(partial(usual_log_f0, model), "usual_log_f0", sizes, returns=np.asarray)
        self._tuned: dict[object, np.ndarray] = {}  # by voice and language

    def heard(self, voice: Voice, audio: np.ndarray) -> Voice:
        """`voice` with the pitch of its recording, (s,), where it is voiced enough."""
        log_f0, voiced = pitch.log_f0(audio, self._audio)
        if voiced.sum() < LEAST_VOICED:
            return voice
        mean = (log_f0[voiced].mean() - self._stats.log_f0_mean) / self._stats.log_f0_std
        return voice._replace(log_f0=np.full((1, 1), mean, np.float32))

    def known(self, voice: Voice, language: str) -> Voice:
        """`voice` with the pitch that the run gives it in `language`, to be kept in others."""
        return voice._replace(log_f0=self._predicted(voice, language))

    def tuned(self, voice: Voice, language: str) -> Voice:
        """`voice` with the register that gives it the pitch it has; without one it stays as it is."""
        if voice.log_f0 is None:
            return voice
        wanted, plain = np.asarray(voice.log_f0), voice._replace(log_f0=None, adaptation=None)
        key = language, wanted.item(), *(np.asarray(part).tobytes() for part in plain if part is not None)
        if key not in self._tuned:
            predicted = self._predicted(plain, language)
            missing = 0 if predicted is None else wanted - predicted
            self._tuned[key] = np.asarray(plain.register + missing, np.float32)
        return voice._replace(register=self._tuned[key], log_f0=None)

    def _predicted(self, voice: Voice, language: str) -> np.ndarray | None:
        """(1, 1), normalized; None in a language whose numbers the run cannot say."""
        try:
            with listening(lambda _: None):
                ids, language_id = self._tokenize(COUNTING, language)
        except UserError:
            return None
        size = round_up(len(ids), TOKEN_STEP)
        return self._usual(
            self._params,
            np.pad(ids, (0, size - len(ids)))[None],
            (np.arange(size) < len(ids))[None],
            np.array([language_id], np.int32),
            voice._replace(adaptation=None, log_f0=None),
        )
