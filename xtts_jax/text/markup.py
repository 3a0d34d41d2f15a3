"""Markup in a text: `[[phonemes]]`, `<fa>...</fa>`, and the subset of SSML in docs/speaking.md.

Anything else that looks like a tag is left out and named; entities stand for their characters.
"""

import re
from html.entities import html5
from typing import NamedTuple

from xtts_jax.errors import TextError
from xtts_jax.text.normalize.common import PLACEHOLDERS
from xtts_jax.text.patterns import sub
from xtts_jax.text.spans import LINE_END, PARAGRAPH_END, Line, Pause, Span, Way, lines_of, written
from xtts_jax.text.ssml import Element, break_s, code_of, element
from xtts_jax.text.wrapping import unwrapped

_SSML = "speak|break|prosody|say-as|phoneme|sub|lang|voice|emphasis|mark|audio"
_VALUE = r"""(?:"[^"]*"|'[^']*'|[^\s"'<>=]+?)"""
_LEXEME = re.compile(
    rf"""<!--.*?--> | <\?.*?\?> | <!DOCTYPE[^>]*>
    | <(?P<unseen>script|style|metadata)\b[^>]*>.*?</(?P=unseen)\s*>
    | <!\[CDATA\[(?P<literal>.*?)\]\]>
    | \[\[(?P<symbols>.*?)\]\]
    | <(?P<address>[\w.+-]+@[\w.-]+\.\w+|https?://[^\s<>]+)>
    | <(?P<closes>/)?(?P<name>[a-z][\w.-]*(?::[\w.-]+)?)
       (?P<attributes>(?:\s+[\w:.-]+\s*=\s*{_VALUE})*)\s*(?P<alone>/)?>
    | <(?P<ends>/)?(?P<misspelled>{_SSML})\b(?P<rest>[^<>]*)>""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_ATTRIBUTE = re.compile(rf"([\w:.-]+)\s*=\s*({_VALUE})(?=\s|$)")
_ENTITY = re.compile(r"&((?:amp;)*)(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]\w*));", re.IGNORECASE)
_TAG = re.compile(r"</?([a-z][\w.:-]*)[^<>]*>", re.IGNORECASE)
_LINE_END = re.compile(r"\s*\n\s*")
_TABLE_CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)
# Elements of HTML that stand by themselves; what others enclose is part of a sentence.
_BLOCK_NAMES = """
    address article blockquote body br caption center dd div dl dt figcaption footer h1 h2 h3 h4 h5 h6 head
    header hr html li main nav ol option pre section table tbody td tfoot th thead title tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_MAY_STAY_OPEN = ("p", "s", "speak")
_MUST_CLOSE = ("lang", "prosody", "sub", "say-as", "phoneme")


class Marked(NamedTuple):
    lines: list[Line]
    unknown: tuple[str, ...]  # markup that was left out, each kind once

    @property
    def spans(self) -> list[Span]:
        """All of them, with a space between lines."""
        lines = [line.spans for line in self.lines if line.spans]
        spaced = [
            span
            for spans in lines
            for span in (*spans, Span(" ", " ", spans[0].language, prosody=spans[0].prosody))
        ]
        return spaced[:-1]


def parse(text: str, language: str) -> Marked:
    """Raises `TextError` for a tag or bracket without its partner."""
    parser = _Parser(text.strip(), language)
    return Marked(lines_of(parser.events), tuple(parser.unknown))


class _Parser:
    def __init__(self, text: str, language: str) -> None:
        self.events: list[Span | Pause] = []
        self.unknown: dict[str, None] = {}
        self._apart = False  # whether a break without length parts the words around it
        self._beginning = text[:60]
        self._has_table = bool(_TABLE_CELL.search(text))
        self._open = [(Element("", "", language), 0)]  # with the number of events before each
        self._read(unwrapped(sub(f"[{PLACEHOLDERS}]", "", text), language))

    def _read(self, text: str) -> None:
        end = 0
        for match in _LEXEME.finditer(text):
            self._words(text[end : match.start()])
            self._lexeme(match)
            end = match.end()
        self._words(text[end:])
        self._close_from(1)

    def _lexeme(self, match: re.Match[str]) -> None:
        if match["symbols"] is not None:
            self._emit(self._decoded(_TAG.sub(self._without_tag, match["symbols"])), Way.SYMBOLS)
        elif plain := match["literal"] or match["address"]:
            self._emit(plain)
        elif match["name"] and match["closes"]:
            self._close(match["name"])
        elif match["name"]:
            self._start(match["name"], match["attributes"], bool(match["alone"]))
        elif match["misspelled"]:
            self._leave_out(match[0])
            if match["ends"]:
                self._close(match["misspelled"])
            else:
                self._start(match["misspelled"], match["rest"].rstrip("/ "), match["rest"].endswith("/"))

    def _words(self, text: str) -> None:
        if "[[" in text or "]]" in text:
            raise TextError(
                "A [[ or ]] has no partner in {beginning!r}. Write phonemes between both, as in [[həlˈoʊ]].",
                beginning=self._beginning,
            )
        if self._open[-1][0].is_xml:
            text = sub(r"\s+", " ", text)
        end = 0
        for match in _LINE_END.finditer(text):
            self._emit(self._decoded(text[end : match.start()]))
            self.events.append(PARAGRAPH_END if match[0].count("\n") > 1 else LINE_END)
            end = match.end()
        self._emit(self._decoded(text[end:]))

    def _decoded(self, text: str) -> str:
        return _ENTITY.sub(self._character, text)

    def _character(self, match: re.Match[str]) -> str:
        """What an entity stands for, however often its & was escaped."""
        escapes, decimal, hexadecimal, name = match.groups()
        if name:
            character = html5.get(f"{name};", "")
        else:
            code = int(decimal) if decimal else int(hexadecimal, 16)
            is_letter = 0 < code < 0x110000 and not 0xD800 <= code < 0xF900
            character = chr(code) if is_letter else ""
        if not character and escapes and name:
            return f"&{name};"
        if not character:
            self._leave_out(match[0])
        return character

    def _without_tag(self, match: re.Match[str]) -> str:
        self._leave_out(f"<{match[1]}>")
        return ""

    def _emit(self, text: str, way: Way = Way.TEXT) -> None:
        within, _ = self._open[-1]
        before = self.events[-1] if self.events else None
        if self._apart and isinstance(before, Span) and _meet(before.written, text):
            self.events.append(Span(" ", " ", within.language, prosody=within.prosody))
        if text:
            self._apart = False
            self.events.append(Span(text, text, within.language, way, within.prosody))

    def _leave_out(self, what: str) -> None:
        self.unknown[what] = None

    def _start(self, written_name: str, attributes: str, is_alone: bool) -> None:
        name = written_name.lower()
        values = {key.lower(): _unquoted(self._decoded(text)) for key, text in _ATTRIBUTE.findall(attributes)}
        if name == "break":
            seconds = break_s(values, self._leave_out)
            self.events += [Pause(",", asked_s=seconds)] if seconds else []
            self._apart = not seconds
            return
        if name in _MAY_STAY_OPEN:
            self._close_implied(name)
        outer, _ = self._open[-1]
        opened = (
            None if self._is_row(name) else element(name, f"<{written_name}>", values, outer, self._leave_out)
        )
        if opened is None:
            self._leave_out(f"<{written_name}>")
            self._end_line(name)
            return
        self.events += [opened.ends] if opened.ends else []
        self._open.append((opened, len(self.events)))
        if is_alone:
            self._end_last()

    def _is_row(self, name: str) -> bool:
        """Whether a tag is of an HTML table, and not Turkish."""
        return name == "tr" and self._has_table

    def _end_line(self, name: str) -> None:
        if name in _BLOCKS:
            self.events.append(LINE_END)

    def _close_implied(self, name: str) -> None:
        """Ends the paragraph or sentence before the next one begins."""
        while name != "speak" and self._open[-1][0].name in ("s", name):
            self._end_last()

    def _close(self, written_name: str) -> None:
        name = written_name.lower()
        depths = [depth for depth, (each, _) in enumerate(self._open) if depth and each.name == name]
        if depths:
            self._close_from(depths[-1] + 1)
            self._end_last()
        elif name in _MAY_STAY_OPEN:
            self.events.append(LINE_END if name == "s" else PARAGRAPH_END)
        elif name in _MUST_CLOSE or (code_of(name) and not self._is_row(name)):
            strict = [each.tag for each, _ in self._open[1:] if each.name not in _MAY_STAY_OPEN]
            raise self._no_partner(strict[-1] if strict else f"</{written_name}>")
        elif name != "break":
            self._leave_out(f"<{written_name}>")
            self._end_line(name)

    def _close_from(self, depth: int) -> None:
        """Ends the elements from `depth` on, which must be such as may stay open."""
        while len(self._open) > depth:
            last, _ = self._open[-1]
            if last.name not in _MAY_STAY_OPEN:
                raise self._no_partner(last.tag)
            self._end_last()

    def _end_last(self) -> None:
        ended, first = self._open.pop()
        if ended.replaced:
            spans = [event for event in self.events[first:] if isinstance(event, Span)]
            span = ended.replaced(" ".join(written(spans).split()))
            self.events[first:] = [span] if span.said else []
        if ended.ends:
            self.events.append(ended.ends)

    def _no_partner(self, tag: str) -> TextError:
        return TextError(
            "The tag {tag} has no partner in {beginning!r}. Write the words that it is about between two "
            "tags, as in <fa>...</fa>.",
            tag=tag,
            beginning=self._beginning,
        )


def _meet(before: str, after: str) -> bool:
    """Whether two words would become one."""
    return before[-1:].isalnum() and after[:1].isalnum()


def _unquoted(value: str) -> str:
    return value.strip("\"'“”„‘’ ")
