"""Numbers that name and do not count, read digit by digit: telephones, cards, ISBNs, postcodes, codes."""

import re

from xtts_jax.text.languages import Language
from xtts_jax.text.normalize.english.capitals import spelled
from xtts_jax.text.normalize.numbers import cardinal, spell_digits
from xtts_jax.text.patterns import sub

_MOST_DIGITS_OF_A_NUMBER = 9  # longer ones without separators name something, unless they are round
_FUNCTION_WORDS = "is|was|and|or|in|on|at|has|to|for|from|if|now|please|immediately|when|right|as|by|but|with"
_NO_NOUN = rf"(?!\s+(?!(?:{_FUNCTION_WORDS})\b)[a-z]|[\w%°$€£¢]|[.,:/-]\d|\s?[-–×+*/=]\s?\d)"
_NAMED = (
    r"[Pp][Ii][Nn]|[Pp]asscode|[Pp]assword|[Cc]ode|[Aa]ccount|[Tt]racking|[Ss]erial|[Ii]nvoice|[Ee]xt(?:ension)?\.?|"
    r"ID|[Oo]rder|[Cc]onfirmation|[Rr]eference|[Zz][Ii][Pp](?: [Cc]ode)?|[Pp]ost(?:al )?code"
)
_PARTS = "part|serial|model|product|catalog(?:ue)?|sku|stock|policy|case|batch|lot"
_MAKERS = (
    "Boeing|Airbus|Cessna|Embraer|Lockheed|Douglas|Bombardier|Fokker|Ilyushin|Tupolev|Antonov|Model|model"
)
_EMERGENCY = "911|999|112|000|988|311|411|511|211|101|111"
_DIALED = r"(?:[Cc]all|[Dd]ial|[Pp]hone|[Rr]ing|[Tt]ext)(?:s|ed|ing)?"


def spell_identifiers(text: str, row: Language) -> str:
    for rule in (_addresses, _books, _models, _telephones, _groups, _postcodes, _codes, _long):
        text = rule(text, row)
    return text


def _grouped(text: str, row: Language) -> str:
    """Digit by digit, with a comma between groups; letters by their names."""
    groups = re.findall(r"\d+|[A-Za-z]+", text)
    said = [spell_digits(group, row) if group.isdigit() else group for group in groups]
    return ("plus " if text.startswith("+") else "") + ", ".join(said)


def _mixed(written: str, row: Language) -> str:
    """Digits and capitals, each by its name."""
    parts = re.findall(r"[A-Z]+|\d+", written)
    return " ".join(spell_digits(part, row) if part.isdigit() else spelled(part) for part in parts)


def _addresses(text: str, row: Language) -> str:
    byte = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
    address = rf"(?<![\w.])({byte}(?:\.{byte}){{3}})(?![\w]|\.\d)"
    return sub(address, lambda m: " dot ".join(spell_digits(part, row) for part in m[1].split(".")), text)


def _books(text: str, row: Language) -> str:
    isbn = r"(?<=ISBN)(?:-1[03])?:?\s([\d -]{8,16}[\dXx])\b"
    text = sub(r"(?<![\w.,-])97[89](?: \d{1,7}){3} \d\b", lambda m: _grouped(m[0], row), text)
    return sub(isbn, lambda m: f" {_grouped(m[1], row)}", text)


def _models(text: str, row: Language) -> str:
    """Part no. 123-456, Boeing 747-400 and i5-8400, which are no ranges."""
    part = rf"\b((?i:{_PARTS})(?: (?:number|[Nn]o\.?|#))?:? #?)(\d+(?:-\d+)+)(?![\w-]|\.\d)"
    text = sub(part, lambda m: m[1] + _grouped(m[2], row), text)
    text = sub(rf"\b({_MAKERS}) (\d{{3,4}})-(?=\d+\b)", r"\1 \2 ", text)
    return sub(r"(?<![\w-])([A-Za-z]{1,3}\d+)-(?=\d+\b)(?!\d{1,2}(?![\d-]))", r"\1 ", text)


def _telephones(text: str, row: Language) -> str:
    """+1 (555) 123-4567, 555-1234, 07700 900123, +44 (0)20 7946 0958, 1-800-FLOWERS."""

    def spell(match: re.Match[str]) -> str:
        return _grouped(match.group(), row)

    long = r"(?:\+?\d{1,3}[\s.-]?)?(?:\(\d{3}\)\s?|\d{3}[-.\s])\d{3}[-.\s]\d{4}(?![\d-])"
    short = r"(?<![\d-])\d{3}-\d{4}(?![\d-])"
    text = sub(rf"(?<![\w.,+-])(?:{long}|{short})", spell, text)
    text = sub(r"(?<![\w.,-])1-8\d\d-(?:\d+-)?[A-Z]{4,}\b", spell, text)
    start = r"(?:\+\d{1,4}|\(0\d{1,4}\)|0\d{1,5})"
    trunk = r"(?:[\s.-]?\(0\)\s?\d{2,6})?"
    foreign = rf"(?<![\w.,-])(?<!\d ){start}{trunk}(?:[\s-]\d{{2,8}}){{1,5}}(?![\d-]|[.,:]\d)"
    text = sub(foreign, lambda m: spell(m) if 7 <= sum(map(str.isdigit, m[0])) <= 16 else m[0], text)
    return sub(r"(?<![\w.,-])\+\d{8,15}\b", spell, text)


def _groups(text: str, row: Language) -> str:
    """Three groups with hyphens or more, as no range has, and the groups of four of a card."""

    def hyphenated(match: re.Match[str]) -> str:
        groups = match.group().split("-")
        if all(len(group) <= 2 for group in groups) and len(groups) == 3:
            return ", ".join(cardinal(str(int(group)), row) for group in groups)  # a score, a formation
        return _grouped(match.group(), row)

    text = sub(r"(?<![\w.,/-])\d+(?:-\d+){2,}(?:-[\dXx])?(?![\w-]|\.\d)", hyphenated, text)
    card = r"(?<![\w.,-])(?<!\d )\d{4}(?: \d{4}){2,4}(?![\w-]| \d|[.,]\d)|(?<![\w.,-])3\d{3} \d{6} \d{5}\b"
    return sub(card, lambda m: _grouped(m.group(), row), text)


def _postcodes(text: str, row: Language) -> str:
    """SW1A 1AA and K1A 0B1, 90210 and 90210-1234."""

    def mixed(match: re.Match[str]) -> str:
        return ", ".join(_mixed(half, row) for half in match.group().split())

    text = sub(r"\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\b[A-Z]\d[A-Z] \d[A-Z]\d\b", mixed, text)
    text = sub(r"(?<![\w.,-])\d{5}-\d{4}(?![\w-])", lambda m: _grouped(m.group(), row), text)
    state = r"(?<=\b[A-Z]{2} )\d{5}(?![\w,]\d|\w)"
    alone = rf"(?<![\w.,/:$€£¥₹#^+=×-])(?<!\d )(?<![$€£¥₹+=×<>-] )\d{{3}}(?!00)\d\d{_NO_NOUN}"
    return sub(rf"{state}|{alone}", lambda m: spell_digits(m.group(), row), text)


def _codes(text: str, row: Language) -> str:
    def after(match: re.Match[str]) -> str:
        return match[1] + spell_digits(match[2], row)

    named = rf"\b((?:{_NAMED})(?: [Nn]umber| [Nn]o\.?|:| is| #){{0,2}}:? ?#?)(?<=[\s#:])(\d{{3,}}){_NO_NOUN}"
    text = sub(named, after, text)
    text = sub(rf"\b({_DIALED}\s)(\d{{3,6}}){_NO_NOUN}", after, text)
    text = sub(r"\b0[xX]([\dA-Fa-f]+)\b", lambda m: f"zero x {_mixed(m[1].upper(), row)}", text)
    calls = r"(?<![\w.,-])911(?= (?:call|dispatch|operator|emergency|center|centre)|\.?$)"
    return sub(rf"{calls}", lambda m: spell_digits(m.group(), row), text)


def _long(text: str, row: Language) -> str:
    long = rf"(?<![\w.,$€£¥₹^-])\d{{{_MOST_DIGITS_OF_A_NUMBER + 1},}}(?![\w%]|[.,]\d)"
    return sub(long, lambda m: m[0] if m[0].endswith("000000") else spell_digits(m[0], row), text)
