"""A waveform in pieces, each computed from the frames it depends on: the whole's samples, sooner."""

from collections.abc import Iterator
from typing import NamedTuple


class Piece(NamedTuple):
    """Frames start to stop are spoken from frames seen_from to seen_to."""

    start: int
    stop: int
    seen_from: int
    seen_to: int


def pieces(frames: int, first: int, following: int, reach: int) -> Iterator[Piece]:
    """Cuts `frames` into `first`, then pieces of `following` or a little more at the end.

    Every piece sees `reach` frames on both sides, or the end of the whole, where a generator pads as it does
    for the whole. Pieces are seen in windows of two sizes, so that a stream compiles two programs; one
    shorter than a window is seen whole.
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
