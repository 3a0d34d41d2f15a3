"""What it costs to speak: the start of the command, the first sound, and a second of speech.

    python benchmarks/speaking_speed.py [--ckpt WORKDIR] [--sentences 40]

The command is started twice, as the first start compiles. The others are those of a synthesizer that is warm:
median seconds to the first chunk of a stream, CPU-seconds for each second of the built-in corpus's English
sentences, with and without the vocoder, and the memory that all of it took at most.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

from xtts_jax.commands.compile_cache import use_compile_cache
from xtts_jax.data.demo_corpus import sentences
from xtts_jax.runs.shipped import SHIPPED
from xtts_jax.speak.synthesizer import Synthesizer

TEXT = "The morning train leaves at half past seven, and the coffee is still warm."


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ckpt", default=SHIPPED)
    parser.add_argument("--sentences", type=int, default=40)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        out = Path(folder) / "hello.wav"
        command = [sys.executable, "-m", "xtts_jax", "speak", "--ckpt", options.ckpt, "--out", str(out)]
        for start in ("first start", "second start"):
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            subprocess.run([*command, "--text", "Good morning."], check=True, capture_output=True)
            wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f"{start:14s} {wall:.2f} s, {cpu:.2f} CPU-seconds")
    use_compile_cache()
    tts = Synthesizer(options.ckpt)
    tts.warm_up()
    texts = sentences("en")[: options.sentences]
    first = [seconds_of(lambda seed=seed: next(iter(tts.stream(TEXT, seed=seed)))) for seed in range(11)]
    print(f"first sound    {1000 * statistics.median(first[1:]):.0f} ms")
    rate, hop = tts.config.audio.sample_rate, tts.config.audio.hop_length
    cost = cpu_a_second(texts, lambda text: len(tts(text).audio) / rate)
    mel = cpu_a_second(texts, lambda text: len(tts.draw(text).mel) * hop / rate)
    print(f"speech         {cost:.3f} CPU-seconds a second, of which mel {mel:.3f}")
    print(f"memory         {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB at most")


def seconds_of(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def cpu_a_second(texts: list[str], speak: Callable[[str], float]) -> float:
    """speak: returns the seconds of speech. Everything is said twice, as some lengths are compiled."""
    for text in texts:
        speak(text)
    start = time.process_time()
    spoken = sum(map(speak, texts))
    return (time.process_time() - start) / spoken


if __name__ == "__main__":
    main()
