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
from xtts_jax.speak.drawer import padded
from xtts_jax.speak.reference import Tokenize
from xtts_jax.types import Stats

COUNTING = "1 2 3 4 5 6 7 8 9 10."  # said in all languages, at the pitch of other sentences
LEAST_VOICED = 20  # frames


class Register:
    def __init__(self, model: XTTS, params: dict, stats: Stats, tokenize: Tokenize) -> None:
        self._audio: Audio = model.config.audio
        self._params, self._stats, self._tokenize = params, stats, tokenize
        sizes = model.config, model.n_vocab, model.n_languages
        self._usual = Kept(partial(usual_log_f0, model), "usual_log_f0", sizes, returns=np.asarray)
        self._known: dict[object, np.ndarray | None] = {}  # what is predicted, by language and voice

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
        predicted = self._predicted(voice, language)
        missing = 0 if predicted is None else np.asarray(voice.log_f0) - predicted
        return voice._replace(register=np.asarray(voice.register + missing, np.float32), log_f0=None)

    def _predicted(self, voice: Voice, language: str) -> np.ndarray | None:
        """(1, 1), normalized; None in a language whose numbers the run cannot say."""
        plain = voice._replace(adaptation=None, log_f0=None)
        key = language, *(np.asarray(part).tobytes() for part in plain if part is not None)
        if key not in self._known:
            self._known[key] = self._predict(plain, language)
        return self._known[key]

    def _predict(self, voice: Voice, language: str) -> np.ndarray | None:
        try:
            with listening(lambda _: None):
                ids, language_id = self._tokenize(COUNTING, language)
        except UserError:
            return None
        return self._usual(self._params, *padded(ids), np.array([language_id], np.int32), voice)
