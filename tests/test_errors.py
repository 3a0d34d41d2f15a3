"""Errors that name fields, which each surface calls by its own names."""

import pickle
import threading

import pytest

from xtts_jax.errors import FieldError, UserError, UserNotice, listening, notify


def test_fields_have_the_names_of_the_surface() -> None:
    error = FieldError("{pitch} must be between {least:g} and 12, not {value:g}.", least=-12.0, value=13.0)
    assert isinstance(error, UserError)
    assert str(error) == "pitch must be between -12 and 12, not 13."
    assert error.named(lambda field: f"--{field}") == "--pitch must be between -12 and 12, not 13."


def test_a_dotted_name_is_one_field() -> None:
    error = FieldError("{synthesis.guidance} must be at most 10.")
    assert str(error) == "synthesis.guidance must be at most 10."
    assert error.named({"synthesis.guidance": "--guidance"}.__getitem__) == "--guidance must be at most 10."


def test_fields_of_an_error_within_an_error_are_named_alike() -> None:
    cause = FieldError("{language} is not a language: {given}.", given="{xx}")
    error = FieldError("The words of {path} cannot be used. {cause}", path="{a}.wav", cause=cause)
    assert error.named(str.upper) == "The words of {a}.wav cannot be used. LANGUAGE is not a language: {xx}."


def test_values_are_never_read_as_templates() -> None:
    assert str(FieldError("{text} says {given!r}.", given="{pitch}")) == "text says '{pitch}'."


def test_an_error_can_be_pickled() -> None:
    error = FieldError("{text} is {what}.", what="empty")
    assert pickle.loads(pickle.dumps(error)).named(str.upper) == "TEXT is empty."
    again = pickle.loads(pickle.dumps(error.renamed(text="words")))
    assert (str(again), again.named(str.upper)) == ("words is empty.", "WORDS is empty.")


def test_a_field_is_renamed_where_its_value_came_in_another_one() -> None:
    cause = FieldError("{language} is not a language: {language!r}, {text}.")
    error = FieldError("{words} cannot be used. {cause}", cause=cause.renamed(language="words_language"))
    flags = {"words": "--words", "words_language": "--words-language", "language": "--language"}
    assert str(error) == ("words cannot be used. words_language is not a language: 'words_language', text.")
    assert error.named(lambda field: flags.get(field, field)) == (
        "--words cannot be used. --words-language is not a language: '--words-language', text."
    )


def test_a_renamed_field_can_be_renamed_again_and_its_name_can_be_exchanged() -> None:
    error = FieldError("{a} {b}", b=FieldError("{b} {c.d}"))
    assert str(error.renamed(a="b", b="a")) == "b a c.d"
    assert str(error.renamed(a="b", b="a").renamed(a="c", **{"c.d": "d"})) == "b c d"
    assert str(error) == "a b c.d"


def test_a_template_without_fields_is_an_ordinary_paragraph() -> None:
    with pytest.raises(UserError, match=r"^Nothing to do\.$"):
        raise FieldError("Nothing to do.")


def test_a_notice_is_told_to_who_listens_in_its_thread_and_else_warned_of() -> None:
    heard: list[str] = []
    outside = threading.Thread(target=notify, args=("in another thread",))
    with listening(heard.append):
        with listening(lambda _: None):
            notify("to somebody else")
        notify("mine")
        with pytest.warns(UserNotice, match="in another thread"):
            outside.start()
            outside.join()
    with pytest.warns(UserNotice, match="to nobody"):
        notify("to nobody")
    assert heard == ["mine"]
