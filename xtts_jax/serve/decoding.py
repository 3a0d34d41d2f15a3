"""A process that decodes one uploaded recording and ends: `python -m xtts_jax.serve.decoding ...`.

What a hostile file could do to the decoder happens here, with limits of memory and time, without writing to
any file, and costs one request. Standard input is the file. Standard output is a line of JSON and, for a
recording that can be used, its samples.
"""

import json
import resource
import sys

from xtts_jax.audio import coded
from xtts_jax.errors import UserError


def main(sample_rate: int, longest_s: float, seconds: int, memory: int) -> None:
    coded.load_libraries()  # with the files that these open
    for limit, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    try:
        found = coded.decode(sys.stdin.buffer.read(), sample_rate, longest_s)
    except UserError as error:
        print(json.dumps({"error": str(error)}))
    except MemoryError:
        print(json.dumps({"error": "The recording takes too much memory to decode. Give a shorter one."}))
    else:
        print(json.dumps({"clipped": found.clipped}), flush=True)
        sys.stdout.buffer.write(found.audio.tobytes())


if __name__ == "__main__":
    rate, longest, *limits = sys.argv[1:]
    main(int(rate), float(longest), *map(int, limits))
