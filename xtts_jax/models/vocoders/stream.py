"""Streaming: a waveform in pieces, each computed from only the frames that it depends on."""

from collections.abc import Iterator
from typing import NamedTuple


class Piece(NamedTuple):
    """Frames start to stop, computed from the frames seen_from to seen_to."""

    start: int
    stop: int
    seen_from: int
    seen_to: int


def pieces(frames: int, first: int, following: int, reach: int) -> Iterator[Piece]:
    """Splits `frames` into `first`, then pieces of `following`, the last of which may be a little longer.

    Every piece is computed from `reach` more frames on both sides, or up to the ends, where the generator
    pads as usual. The windows have only two sizes, so a stream compiles two programs; input that is shorter
    than a window is seen as a whole.
    """
    window = following + 2 * reach
    piece = Piece(0, min(first, frames), 0, min(first + reach, frames))
    if piece.seen_to == frames:
        piece = piece._replace(stop=frames)
    yield piece
    while piece.stop < frames:
        start = piece.stop
        begin = max(0, min(start - reach, frames - window))
        end = min(begin + window, frames)
        piece = Piece(start, frames if end == frames else end - reach, begin, end)
        yield piece
