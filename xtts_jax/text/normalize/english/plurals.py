"""Numbers in the plural, as against seconds: a pair of 7s, 0s and 1s, Boeing 747s, 100s of people."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.capitals import spelled
from xtts_jax.text.normalize.numbers import cardinal
from xtts_jax.text.patterns import sub

_COUNTS = (
    "(?i:two|three|four|five|six|seven|eight|nine|ten|dozen|few|several|many|all|both|some|more|those|these|no|"
    "my|your|his|her|our|their|straight|triple|double|consecutive|top|bottom|sizes?|numbers?|"
    "(?:pairs?|sets?|couple|lots?|bunch|rows?|series|string|handful|full|list|columns?|stacks?|packs?) of)"
)
# Capitalized words after which a number counts seconds; others name what is numbered.
_NO_NAMES = (
    "Wait|Hold|Rest|Pause|Took|Takes|After|Within|In|For|Every|Each|At|About|Around|Only|Sleep|Run|Set|Last|"
    "Next|First|Under|Over|Up|Cook|Plank|Sprint|Lasts|Then|And|Or|By|Until|Add|Record|Just|Another|Almost|"
    "Nearly|To|From|The|It|Delay|Timeout|Time|Duration|Repeat|Count|Stay|Press|Stop|Start|Give|Is|Exactly"
)
_NAMED = rf"(?<![\w'])(?!(?:{_NO_NAMES})\b)[A-Z][\w']*\s|(?<!\w)[a-z][A-Z]\w+\s|(?<!\w)[A-Z]{{1,4}}-"
_PLURAL_NOUN = r"(?:people|men|women|children|[a-z]+(?<!s)s)\b"
_NUMBER = r"(\d+)'?s(?![\w'-])"


def speak_plurals(text: str, row: Language) -> str:
    """Leaves what counts seconds to the units."""
    tens = rf"(?<![\w.,$€£-])1([0,]*0)'?s(?= of (?:the )?{_PLURAL_NOUN})"
    text = sub(tens, lambda m: _plural(f"1{m[1].replace(',', '')}", row).removeprefix("one "), text)
    text = sub(rf"(?<!\w)[$€£]{_NUMBER}", lambda m: _plural(m[1], row), text)
    text = sub(rf"(?<![\w'-])([A-Z]{{1,3}}){_NUMBER}", lambda m: _model(m[1], m[2], row), text)
    binary = r"(?<![\w.,$-])(\d+)'?s(,? (?:and|or) (?:the )?)(\d+)'?s(?!\w)"
    text = sub(binary, lambda m: _both(m, row), text)
    text = sub(r"(?<![\w.,:-])(?<!\bat )(?<!\bto )(?<!\bfrom )0'?s(?![\w'-])", "zeros", text)
    return sub(
        rf"((?:{_NAMED})|\b{_COUNTS}\s){_NUMBER}", lambda m: f"{m[1].rstrip(' -')} {_plural(m[2], row)}", text
    )


def _model(letters: str, digits: str, row: Language) -> str:
    """A320s, V8s."""
    return f"{spelled(letters)}{'-' if letters.endswith('A') else ' '}{_plural(digits, row)}"


def _both(match: re.Match[str], row: Language) -> str:
    first, between, last = match.groups()
    if "0" not in (first, last):
        return match[0]
    return f"{_plural(first, row)}{between}{_plural(last, row)}"


def _plural(digits: str, row: Language) -> str:
    spoken = cardinal(digits, row)
    if spoken.endswith("y"):
        return f"{spoken[:-1]}ies"
    return f"{spoken}es" if spoken.endswith("x") else f"{spoken}s"
