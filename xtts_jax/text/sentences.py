"""Where a text may be cut: after sentences, after clauses, between words."""

import re
from collections.abc import Iterator

_CLOSERS = "\"'”’»›)\\]}"
_OPENERS = "\"'“‘„«‹(\\[{¿¡"
_SENTENCE_END = re.compile(rf"([.!?…؟۔।。！？]+)[{_CLOSERS}]*\s+(?=[{_OPENERS}]*(\S))")
_CLAUSE_END = re.compile(rf"(?:[,;:،؛—–，；]|\s-)[{_CLOSERS}]*\s+(?=\S)")
_SPACE = re.compile(r"\s+(?=\S)")
_LONGEST_WORD = 30  # characters; where to stop looking for the beginning of a short form
_LAST_WORD = re.compile(r"[\w.]*$")
_OPENS, _CLOSES = "“«‹([{", "”»›)]}"
_LATIN_WITHOUT_VOWEL = re.compile(r"[b-df-hj-np-tv-xzß]{2,5}", re.IGNORECASE)
# Written with a point, within sentences. Those without a vowel (Dr, Mrs, vs) are recognized by that.
_TITLES = """
    prof col capt gen adm maj cmdr rev gov sen rep pres hon supt messrs mme mlle sra srta dna sig dott avv ing
    dhr mevr drs esq inc co corp univ dept assn bros ave st rd mt ft проф акад ул г
"""
_MONTHS_AND_DAYS = """
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun
    janv févr avr juil août déc ene abr ago dic gen mag giu lug ott mär okt dez
"""
_REFERENCES = """
    no nos nr vol vols fig figs sec ch chap art app ed eds ref eq ex op cit ibid al par pág núm num tel ext
    стр рис тел им
"""
_OTHERS = """
    etc approx est incl excl esp viz ie eg ca evtl ggf inkl usw bspw sog abb aufl ebd enz bijv ong ecc
    т д п см руб тыс
"""
_ABBREVIATIONS = frozenset((_TITLES + _MONTHS_AND_DAYS + _REFERENCES + _OTHERS).split())


def borders(text: str) -> list[list[int]]:
    """The places where words begin after which one may cut `text`, the best kinds first.

    Sentences come before clauses, and these before words, but first come places outside of quotations and
    brackets.
    """
    sentences = [match.end() for match in _SENTENCE_END.finditer(text) if _is_sentence_end(text, match)]
    clauses = [match.end() for match in _CLAUSE_END.finditer(text)]
    words = [match.end() for match in _SPACE.finditer(text) if not _is_abbreviated(text, match.start())]
    inside = list(_inside(text))
    outside = [[at for at in kind if not inside[at]] for kind in (sentences, clauses, words)]
    return [outside[0], outside[1], sentences, clauses, outside[2], words]


def ends_sentence(text: str) -> bool:
    """Whether a text that ends here is at the end of a sentence already."""
    return bool(re.search(rf"[.!?…؟۔।。！？][{_CLOSERS}\s]*$", text))


def _is_sentence_end(text: str, match: re.Match[str]) -> bool:
    if match[2].islower():
        return False
    return match[1] != "." or not _is_abbreviated(text, match.end(1))


def _is_abbreviated(text: str, end: int) -> bool:
    """Whether the last sign before `end` is the point of a short form, an initial or a number."""
    before = text[max(0, end - _LONGEST_WORD) : end]
    if not before.endswith("."):
        return False
    word = _LAST_WORD.findall(before[:-1])[0]
    return (
        len(word) == 1
        or "." in word
        or (word.isdigit() and len(word) <= 2)
        or word.lower() in _ABBREVIATIONS
        or bool(_LATIN_WITHOUT_VOWEL.fullmatch(word))
    )


def _inside(text: str) -> Iterator[bool]:
    """For each place in the text, its end included, whether it is within a quotation or brackets."""
    depth, quoted = 0, False
    for character in text:
        yield quoted or depth > 0
        if character == '"':
            quoted = not quoted
        depth = max(0, depth + (character in _OPENS) - (character in _CLOSES))
    yield quoted or depth > 0
