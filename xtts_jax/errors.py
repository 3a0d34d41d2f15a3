"""What a user can get wrong, and how it is reported."""

import difflib
import signal
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from string import Formatter
from typing import Any

INTERRUPTED = 128 + signal.SIGINT  # exit status of what Ctrl-C ended


class UserError(Exception):
    """Something the user can fix: one paragraph that says what is wrong, where, and how to fix it.

    Commands print it without a traceback and exit with status 1.
    """


class InterruptionError(UserError):
    """Ctrl-C ended the work, in good order; a command then exits with status 130, as shells expect."""


class UserNotice(UserWarning):
    """Something the user should know though the work goes on; commands print it as one line."""


Listener = Callable[[str], object]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def notify(notice: str, stacklevel: int = 1) -> None:
    """Tells it to whoever is listening, or else warns of a `UserNotice`; stacklevel: as in `warnings`."""
    if listener := _listener.get():
        listener(notice)
    else:
        warnings.warn(notice, UserNotice, stacklevel=stacklevel + 1)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Within it, what this thread tells the user goes to `listener`; other threads have their own."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


class FieldError(UserError):
    """A `UserError` that names fields of a request, which every surface calls as its own users do.

    A command names its flags, a server its JSON fields, Python the fields themselves:

        FieldError("{pitch} must be between -12 and 12 semitones, not {value:g}.", value=13)
    """

    def __init__(self, template: str, **values: object) -> None:
        """template: in the syntax of `str.format`. A placeholder without a value is the name of a field.

        A value may be another `FieldError`, whose fields are then named in the same way.
        """
        self._template, self._values = template, values
        self._fields: dict[str, str] = {}
        super().__init__(self.named(str))

    def named(self, name: Callable[[str], str]) -> str:
        """The paragraph, with every field called by its `name`."""

        def called(field: str) -> str:
            return name(self._fields.get(field, field))

        values = {
            key: value.named(called) if isinstance(value, FieldError) else value
            for key, value in self._values.items()
        }
        return _Fields(called).vformat(self._template, (), values)

    def renamed(self, **fields: str) -> "FieldError":
        """The same error, raised further out, where a value came in a field of another name.

        `error.renamed(language="words_language")`: what is `language` within is `words_language` here.
        """
        before = {inner: fields.get(outer, outer) for inner, outer in self._fields.items()}
        return _restored(self._template, self._values, fields | before)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._template, self._values, self._fields)


class TextError(FieldError):
    """A text that cannot be spoken, whatever the voice; others may be."""


class WordlessError(TextError):
    """A text without a word, such as a line of asterisks, or an empty one."""

    def __init__(self, said: str) -> None:
        in_it = "There is nothing to say in {said!r}. It must contain at least one word."
        super().__init__(in_it if said.strip() else "There is nothing to say: {text} is empty.", said=said)


class _Fields(Formatter):
    def __init__(self, name: Callable[[str], str]) -> None:
        self._name = name

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> tuple[Any, str]:
        """Unlike the usual one, takes a dotted name as one name: `synthesis.guidance` is a field."""
        value = kwargs[field_name] if field_name in kwargs else self._name(field_name)
        return value, field_name


def either(names: Iterable[object]) -> str:
    """At least one name, as in a sentence: a, b or c."""
    *others, last = map(str, names)
    return f"{', '.join(others)} or {last}" if others else last


def did_you_mean(name: str, known: Iterable[str], called: Mapping[str, str] | None = None) -> str:
    """ " Did you mean 'x'?" for the known name that is most like `name`; "" where none is.

    Case and the folders before a name make no difference. called: what to say for a known name.
    """
    spellings: dict[str, str] = {}
    for each in known:
        spellings.setdefault(each.casefold(), each)
    for each in [*spellings.values()]:
        spellings.setdefault(each.casefold().rpartition("/")[2], each)
    wanted = name.strip().casefold()
    near = difflib.get_close_matches(wanted, spellings, n=1) or difflib.get_close_matches(
        wanted.rpartition("/")[2], spellings, n=1
    )
    if not near:
        return ""
    found = spellings[near[0]]
    return f" Did you mean {(called or {}).get(found, found)!r}?"


def _restored(template: str, values: dict[str, object], fields: dict[str, str]) -> FieldError:
    error = FieldError(template, **values)
    error._fields = fields
    error.args = (error.named(str),)
    return error
