"""Formulas and operators: CO2, E=mc2, 10^6, 3×4=12, 5 - 3 = 2, x ≤ 5."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.capitals import spelled
from xtts_jax.text.normalize.numbers import cardinal
from xtts_jax.text.patterns import sub

_POWERS = {"2": "squared", "3": "cubed"}
_RELATIONS = {
    "<=": "less than or equal to", ">=": "greater than or equal to", "≤": "less than or equal to",
    "≥": "greater than or equal to", "!=": "not equal to", "≠": "not equal to", "<": "less than",
    ">": "greater than", "==": "equal to",
}  # fmt: skip
_OPERATORS = {
    "×": "times", "⋅": "times", "·": "times", "∗": "times", "±": "plus or minus", "∓": "minus or plus",
    "≡": "is equivalent to", "∝": "is proportional to", "∈": "is in", "∞": "infinity",
    "√": "the square root of ", "∛": "the cube root of ", "∑": "the sum of ", "∫": "the integral of ",
    "∂": "partial ", "∇": "nabla ", "≈": " is approximately ", "≃": "approximately ", "≅": "approximately ",
}  # fmt: skip
_OPERAND_BEFORE = r"(?<=[\w)])"
_OPERAND_AFTER = r"(?=[\w(−-])"


def speak_formulas(text: str, row: Language) -> str:
    text = _powers_in_equations(text)
    text = sub(r"\b(\d+(?:\.\d+)?)[eE]([+-]?\d{1,3})\b(?![.,]\d)", r"\1 × 10^\2", text)
    compound = r"(?<![\w-])(?=[A-Za-z\d]*\d)(?:[A-Z][a-z]?(?![a-z])\d*){2,8}(?!\w)"
    text = sub(r"(?<![\w^.-])([A-Z]{2,4})(?=\d+\.\d+(?![\w.]*\d))", lambda m: f"{spelled(m[1])} ", text)
    text = sub(compound, lambda m: _formula(m[0], row), text)
    text = sub(r"(?<![\w^])([A-Z]{2,3})(\d+)\b(?![.,]\d)", lambda m: _formula(m[0], row), text)
    text = sub(r"\b([A-Z])(\d+)\b(?![.,]\d)", lambda m: f"{m[1]}-{cardinal(m[2], row)}", text)
    variable = r"(?:(?<!\w)([A-Za-z\u0370-\u03ff]{1,3})|(\)|\d))\s?\^\s?\(?([+-]?\w+(?:\.\d+)?)\)?"
    return sub(variable, lambda m: _power(m, row), text)


def _powers_in_equations(text: str) -> str:
    """mc2 and x2 as mc^2 and x^2 beside = and +."""
    text = sub(r"(?<=[=+])(\s?-?[a-zA-Z]{1,3})([23])\b", r"\1^\2", text)
    return sub(r"\b([a-zA-Z])([23])(?=\s?[=+])", r"\1^\2", text)


def _formula(formula: str, row: Language) -> str:
    parts = re.findall(r"[A-Za-z]+|\d+", formula)
    said = [cardinal(part, row) if part.isdigit() else spelled(part.upper()) for part in parts]
    return sub(r"(?<=\bA) ", "-", " ".join(said))


def _power(match: re.Match[str], row: Language) -> str:
    variable, number, exponent = match.groups()
    base = spelled(variable) if variable else number
    return f"{base} {_exponent(exponent, row)}"


def _exponent(exponent: str, row: Language) -> str:
    if exponent in _POWERS:
        return _POWERS[exponent]
    return "to the power of " + sub(r"^-", "minus ", exponent.lstrip("+"))


def speak_operators(text: str, row: Language) -> str:
    text = sub(r"(\d) ?[x×] ?(?=\d+\s?(?:[a-z]+meters?|inch|feet|pixels)\b|\d{3,})", r"\1 by ", text)
    text = sub(r"(?<![\w.])([1-7])\*(?=\s+[a-z]{3,})", r"\1 star", text)
    text = sub(r"(?<=\d) x (?=\d+(?:\.\d+)? ?=)", " times ", text)
    text = sub(r"(?<=\d) ?x ?(?=\d)|(?<=\d)(?<!\w\d)(?: )?x(?=\d)", " by ", text)
    text = sub(r"\b(\d[\d.]* [a-z]+) [x×] (?=\d)", r"\1 by ", text)
    text = sub(
        r"\b(\d+(?:\.\d+)?)[x×](?=\s+(?:[a-z]+er|more|less|as|to)\b|\s*[.,;!?]|\s*$)", r"\1 times", text
    )
    text = sub(r"(?<=[\w)])\s?\*\s?(?=[\d(])|(?<=[\d)])\s?\*\s?(?=[\w(])", " times ", text)
    for sign, words in _RELATIONS.items():
        found = re.escape(sign)
        text = sub(rf"{_OPERAND_BEFORE}\s?{found}\s?{_OPERAND_AFTER}(?!\w+>)", f" is {words} ", text)
        text = sub(rf"(?<![\w)])(?<![\w)] ){found}\s?(?=-?\d)", f" {words} ", text)
    text = sub(r"(?<![\w)])(?<![\w)] )≈\s?", "approximately ", text)
    for sign, words in _OPERATORS.items():
        text = text.replace(sign, f" {words} ")
    text = sub(r"(?<=\d)\s?/\s(?=\d)|(?<=\d)\s/(?=\d)", " divided by ", text)
    text = sub(r"\b([a-z]) ?([+=]) ?([a-z])\b", r"\1 \2 \3", text)
    return sub(r"(?<=[\w)])!(?==)", "", text)
