"""Lines drawn with signs, alone or between words: ===, - - -, ~~~, +---+---+, == Title ==."""

import re

_SIGNS = r"=~_*#+|:^·•\-–—\u2500-\u259f"
_ENDS = r"(?=[.,!?…;:]*(?:\s|$))"
_RULER = re.compile(rf"(?<!\S)(?:[{_SIGNS}](?:[^\S\n]?[{_SIGNS}]){{2,}}|[%$&@/\\<>]{{4,}}){_ENDS}")
_LAST = re.compile(rf"{_RULER.pattern}(?=[.,!?…;:]*\s*$)")
_AROUND_TITLE = re.compile(rf"(?:^|(?<=[\n.!?…]))[^\S\n]*(={{1,6}})[^\S\n]+([^=\n]+?)[^\S\n]+\1{_ENDS}")
_LONG_ARROW = re.compile(r"={2,}(?=>)|(?<=<)={2,}")
_BESIDE_WORDS = re.compile(r"[=~*#]{3,}|~{2,}(?=\S)|(?<=\S)~{2,}")


def without_rulers(text: str) -> str:
    """The text with a dash for a ruler between words, and none at its end or around a title."""
    text = _AROUND_TITLE.sub(r" \2", text)
    text = _RULER.sub(" — ", _LAST.sub("", text))
    return _BESIDE_WORDS.sub(" ", _LONG_ARROW.sub("=", text))
