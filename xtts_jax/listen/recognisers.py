"""Opens a recognizer by its name: one trained here, a public one, or the user's own."""

from pathlib import Path

from xtts_jax.errors import FieldError
from xtts_jax.listen import external
from xtts_jax.listen.listener import Listener
from xtts_jax.listen.pocketsphinx import WordListener
from xtts_jax.listen.transcriber import Transcriber
from xtts_jax.listen.whisper import Whisper

FORMS = "whisper, whisper:NAME, whisper:FOLDER, pocketsphinx, command:PROGRAM, python:MODULE:FUNCTION"


def open_recogniser(name: str, step: int | None = None) -> Transcriber:
    """`name` has one of FORMS, or is the folder of a recogniser's run, of which `step` is a checkpoint.

    A program is called with a WAV file and a language code and prints words; a function takes samples (s,),
    their rate and the code, and returns words. Raises `UserError` where the recognizer cannot be had.
    """
    kind, _, rest = name.partition(":")
    if step is not None and not Path(name).is_dir():
        raise FieldError(
            "{step} goes with the run of a recogniser, not with {name}. Leave it out.", name=name
        )
    match kind:
        case "whisper":
            return Whisper(rest)
        case "pocketsphinx" if not rest:
            return WordListener()
        case "command":
            return external.External(name, external.program(rest))
        case "python":
            return external.External(name, external.imported(rest))
    if not Path(name).is_dir():
        raise FieldError(
            "{recogniser} {name} is not a recognizer. Give the folder of a recogniser's run, or one of "
            "{forms}.",
            name=name,
            forms=FORMS,
        )
    return Listener.load(Path(name), step)
