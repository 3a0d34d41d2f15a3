"""A long text in pieces that are each spoken in one go."""

import re

LONGEST_PIECE = 200  # characters
_OUTSIDE_TAGS = "(?![^<]*</)"  # <fa>...</fa> is not cut


def split_text(text: str) -> list[str]:
    """Pieces of at most about LONGEST_PIECE characters: whole sentences, else clauses, else words."""
    pieces = [text.strip()]
    for border in (r"(?<=\w\w\w[.!?؟…])\s+|\s*\n\s*", r"(?<=[,;:،؛])\s+", r"\s+"):
        pieces = [part for piece in pieces for part in _pack(re.split(f"(?:{border}){_OUTSIDE_TAGS}", piece))]
    return pieces


def _pack(parts: list[str]) -> list[str]:
    """Neighbors joined again as long as they stay short enough."""
    packed: list[str] = []
    for part in filter(None, parts):
        if packed and len(packed[-1]) + 1 + len(part) <= LONGEST_PIECE:
            packed[-1] += f" {part}"
        else:
            packed.append(part)
    return packed
