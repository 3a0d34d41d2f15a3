"""Long recordings cut at their pauses."""

from itertools import pairwise

import numpy as np

SHORTEST_S = 2.0  # of a phrase
_PAUSE_S = 0.15  # the shortest pause to cut in
_FRAME_S = 0.012  # the level is that of four
_SILENCE_DB = 30.0  # under the recording's loudest stretch


def phrases(audio: np.ndarray, sample_rate: int) -> list[slice]:
    """Of a (s,) clip, in samples: together all of it, cut in the middle of pauses, each `SHORTEST_S` or more.

    A clip without pauses, or one too short to be cut, is one phrase.
    """
    import librosa

    frame = round(_FRAME_S * sample_rate)
    sounding = librosa.effects.split(audio, top_db=_SILENCE_DB, frame_length=4 * frame, hop_length=frame)
    cuts, least = [0], SHORTEST_S * sample_rate
    for (_, before), (after, _) in pairwise(sounding):
        middle = int(before + after) // 2
        long_enough = min(middle - cuts[-1], len(audio) - middle) >= least
        if after - before >= _PAUSE_S * sample_rate and long_enough:
            cuts.append(middle)
    return [slice(start, stop) for start, stop in pairwise([*cuts, len(audio)])]
