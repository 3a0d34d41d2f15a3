"""Lines of a text that end for want of space only, joined again."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from xtts_jax.text.patterns import sub

_LONG = 50  # characters; a shorter line ends where it was meant to,
_NARROW = 40  # unless those around it show that they are wrapped
_FEWEST_FULL = 2  # lines of one length after which any other that is full is taken for wrapped
_OPENING = "\"'“‘«([{*_"
_ITEM = re.compile(r"\w{1,3}[.)]")
# Words that lead on, so that no sentence ends in them.
_LEADING = {
    "en": "a an the of to in on at by for from with into onto upon and or but nor that which whose as than "
    "his her their its our my your every mr mrs ms dr st prof",
    "fa": "و که از به در با برای تا یا اگر این آن هر یک",
    "de": "der die das den dem des ein eine einen einem und oder aber mit von zu zum zur im am beim als dass",
    "nl": "de het een van in op aan met voor en of maar dat die als bij",
    "fr": "le la les un une des du de et ou mais à au aux en dans sur avec pour que qui",
    "es": "el la los las un una de del y o pero a al en con por para que",
    "it": "il lo la gli le un una di del della e o ma a al in con per che",
    "pt": "o a os as um uma de do da e ou mas em no na com por para que",
}
# Those of them that end no phrase at all, as "on" and "with" may: after these even a short line goes on.
_NEVER_LAST = {
    "en": "a an the of and or but nor as than my your our their every whose",
    "fa": "و که از به در با برای",
    "de": "der die das den dem des und oder aber zum zur",
    "nl": "de het een en of maar",
    "fr": "le la les un une des du et ou mais au aux",
    "es": "el los las un una del y o pero al",
    "it": "il lo gli un una di del della e o ma al",
    "pt": "o os um uma de do da e ou mas",
}
_LEADS_ON = {code: frozenset(words.split()) for code, words in _LEADING.items()}
_ENDS_NOTHING = {code: frozenset(words.split()) for code, words in _NEVER_LAST.items()}


def unwrapped(text: str, language: str) -> str:
    """The text with line ends as "\\n", and without those at which a sentence just goes on.

    It does after a word in which nothing ends, and after a long line if the next one begins with a small
    letter, or if the line ends in a comma or in a word that leads on. Once lines are seen to be wrapped, so
    is every other one that has no room for the word after it.
    """
    text = sub("\r\n?|[\v\f\x85\u2028]", "\n", text).replace("\u2029", "\n\n")
    lines = text.split("\n")
    surely = [_goes_on(line, after, language) for line, after in pairwise(lines)]
    width = max(_widths(lines, surely), default=0)
    joined = [lines[0]]
    for sure, (line, after) in zip(surely, pairwise(lines), strict=True):
        if sure or _is_full(line, after, width):
            joined[-1] = f"{joined[-1].rstrip()} {after.lstrip()}"
        else:
            joined.append(after)
    return "\n".join(joined)


def _goes_on(line: str, after: str, language: str) -> bool:
    """Whether a sentence does, as far as these two lines show."""
    words = line.split()
    if words and _holds(_ENDS_NOTHING, words[-1], language) and _begins_word(after):
        return True
    if len(line.rstrip()) < _LONG or not after.strip() or re.search(r"[.!?…:;؟۔]$", line.rstrip()):
        return False
    first = after.lstrip().lstrip(_OPENING)[:1]
    leads = _holds(_LEADS_ON, words[-1], language)
    return first.islower() or (first.isalnum() and (leads or line.rstrip().endswith((",", "،"))))


def _holds(words: Mapping[str, frozenset[str]], word: str, language: str) -> bool:
    """Whether they hold it; a single capital, as in "Plan A", is a name."""
    is_name = len(word) == 1 and word.isupper()
    return not is_name and word.casefold() in words.get(language.partition("-")[0], ())


def _begins_word(line: str) -> bool:
    """Whether a line begins with a word, and not with the number of an item."""
    word = line.split()[:1]
    return bool(word) and word[0].lstrip(_OPENING)[:1].isalnum() and not _ITEM.fullmatch(word[0])


def _widths(lines: Sequence[str], surely: Sequence[bool]) -> Iterable[int]:
    """The lengths of lines that are surely wrapped, and those of paragraphs whose lines are all full."""
    yield from (len(line.rstrip()) for line, sure in zip(lines, surely, strict=False) if sure)
    for block in _blocks(lines):
        width = max(map(len, block))
        if len(block) > _FEWEST_FULL and all(_is_full(*pair, width) for pair in pairwise(block)):
            yield width


def _blocks(lines: Sequence[str]) -> Iterable[list[str]]:
    """Lines without an empty one between them."""
    block: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            block.append(line.rstrip())
        elif block:
            yield block
            block = []


def _is_full(line: str, after: str, width: int) -> bool:
    """Whether the first word of the next line had no room in a line of `width` characters."""
    length = len(line.rstrip())
    return _begins_word(after) and _NARROW <= length <= width < length + 1 + len(after.split()[0])
