"""A corpus of natural speech in many voices, spoken by Kokoro-82M (Apache-2.0) on this machine.

make peers
.venv-peers/bin/python tools/kokoro_corpus.py --sentences en=en.txt fa=fa.txt --minutes 90 --out DIR

The named voices (--voices) have a third of the utterances (--named-share). The others are fresh voices,
mixtures of two of Kokoro's for three utterances each, so that a model learns to clone rather than to
remember. Stopped and started again, it goes on. A second of speech takes about 1.4 CPU-seconds.
"""

# pyright: reportMissingImports=false

import argparse
import random
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1]))  # run as a file

if TYPE_CHECKING:
    from tools.speech_engines.kokoro import Kokoro

HEADER = "id|speaker|language|text\n"
UTTERANCES = 3  # that a fresh voice has
SHORTEST, LONGEST = 8, 300  # phonemes; beyond them Kokoro mumbles or hurries
ENGLISH, FOREIGN = "ab", "efhip"  # first letters of Kokoro's names; Japanese and Chinese voices are left out
NAMES = {
    "en": ["af_heart", "af_kore", "af_bella", "am_michael", "am_fenrir", "bf_emma", "bm_george"],
    "fa": ["hm_omega", "hf_alpha", "hf_beta", "hm_psi", "af_heart", "am_michael"],
}


class Utterance(NamedTuple):
    id: str
    speaker: str
    mixture: Mapping[str, float]
    language: str
    text: str
    speed: float


def plan(
    sentences: Mapping[str, Sequence[str]],
    voices: Sequence[str],
    named: Mapping[str, Sequence[str]],
    named_share: float,
    seed: int,
) -> Iterator[Utterance]:
    """Utterances without end, the same for a seed; two of five are of two sentences.

    No sentence is said again before all of its language have been.
    """
    draw, codes = random.Random(seed), list(sentences)
    decks = {code: _shuffled(sentences[code], draw) for code in codes}
    numbers, pool = count(), [voice for voice in voices if voice[0] in ENGLISH + FOREIGN]
    for number in count():
        (language,) = draw.choices(codes, [len(sentences[code]) for code in codes])
        if draw.random() < named_share:
            speaker, times = draw.choice(named[language]), 1
            mixture = {speaker: 1.0}
        else:
            speaker, times, mixture = f"new{seed:02d}_{number:04d}", UTTERANCES, _mixture(pool, draw)
        spoken = "en-gb" if language == "en" and all(voice[0] == "b" for voice in mixture) else language
        for _ in range(times):
            text, speed = _text(decks[language], draw), draw.uniform(0.85, 1.15)
            yield Utterance(f"{speaker}_{seed:02d}{next(numbers):06d}", speaker, mixture, spoken, text, speed)


def _mixture(pool: Sequence[str], draw: random.Random) -> dict[str, float]:
    """Two voices of one sex, the second letter of their names."""
    first = draw.choice(pool)
    second = draw.choice([voice for voice in pool if voice[1] == first[1] and voice != first])
    share = draw.uniform(0.3, 0.7)
    return {first: share, second: 1 - share}


def _shuffled(sentences: Sequence[str], draw: random.Random) -> Iterator[str]:
    while True:
        yield from draw.sample(sentences, len(sentences))


def _text(deck: Iterator[str], draw: random.Random) -> str:
    one = next(deck)
    if draw.random() < 0.6:
        return one
    return f"{one if one[-1] in '.!?؟' else one + '.'} {next(deck)}"


def trimmed(samples: np.ndarray, rate: int) -> np.ndarray:
    """Without the silence before and after, but for 50 ms. samples: (s,); none if all are silent."""
    loud = np.flatnonzero(np.abs(samples) > 0.01 * max(float(np.abs(samples).max(initial=0)), 1e-3))
    if not len(loud):
        return samples[:0]
    return samples[max(0, int(loud[0]) - rate // 20) : int(loud[-1]) + rate // 20]


def main() -> None:
    options = arguments()
    sentences = read_sentences(options.sentences)
    if not (options.models / "package" / "voices").is_dir():
        sys.exit(f"--models: {options.models} does not have Kokoro's packages, which `make peers` fetches.")
    from tools.speech_engines.kokoro import Kokoro

    kokoro = Kokoro(options.models, options.threads)
    if not 0 <= options.named_share <= 1:
        sys.exit(f"--named-share {options.named_share}: give a number from 0 to 1.")
    if unknown := [voice for voice in options.voices or () if voice not in kokoro.styles]:
        sys.exit(f"--voices: there is no {unknown[0]}. The voices are {', '.join(kokoro.styles)}.")
    named = {code: options.voices or NAMES[code] for code in sentences}
    utterances = plan(sentences, list(kokoro.styles), named, options.named_share, options.seed)
    print(f"{options.out}: {speak(kokoro, utterances, options.minutes, options.out):.1f} minutes")


def read_sentences(pairs: Sequence[str]) -> dict[str, list[str]]:
    """Lines that are not empty and fit in a table, by language."""
    found = {}
    for pair in pairs:
        code, _, name = pair.rpartition("=")
        if code not in NAMES or not Path(name).is_file():
            sys.exit(f"--sentences {pair}: give files as in en=en.txt fa=fa.txt, with one sentence per line.")
        texts = [line.strip() for line in Path(name).read_text(encoding="utf-8").splitlines()]
        found[code] = [text for text in texts if text and "|" not in text]
    return found


def speak(kokoro: "Kokoro", utterances: Iterable[Utterance], minutes: float, folder: Path) -> float:
    """Adds utterances to the corpus until it lasts `minutes`; returns how many it lasts."""
    (folder / "wavs").mkdir(parents=True, exist_ok=True)
    table = folder / "metadata.csv"
    if not table.exists():
        table.write_text(HEADER, encoding="utf-8")
    done = {row.split("|")[0] for row in table.read_text(encoding="utf-8").splitlines()[1:]}
    seconds = sum(soundfile.info(folder / "wavs" / f"{name}.flac").duration for name in done)
    for said in utterances:
        if seconds >= 60 * minutes:
            break
        if said.id in done:
            continue
        samples = say(kokoro, said)
        if len(samples):
            soundfile.write(folder / "wavs" / f"{said.id}.flac", samples, kokoro.rate)
            with table.open("a", encoding="utf-8") as rows:
                rows.write(f"{said.id}|{said.speaker}|{said.language}|{said.text}\n")
            seconds += len(samples) / kokoro.rate
    return seconds / 60


def say(kokoro: "Kokoro", utterance: Utterance) -> np.ndarray:
    """Speech (s,); empty if the text is too short or too long, or nothing is heard."""
    phonemes = kokoro.spell(utterance.text, utterance.language)
    if not SHORTEST < len(phonemes) < LONGEST:
        return np.zeros(0, np.float32)
    samples = trimmed(kokoro.speak(phonemes, utterance.mixture, utterance.speed), kokoro.rate)
    heard = len(samples) >= kokoro.rate // 4 and bool(np.isfinite(samples).all())
    return samples.clip(-1, 1) if heard else samples[:0]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    add = parser.add_argument
    add("--sentences", nargs="+", required=True, metavar="LANGUAGE=FILE", help="en and fa; one per line")
    add("--minutes", type=float, required=True)
    add("--out", type=Path, required=True, metavar="DIR", help="corpus folder to create, or to go on with")
    add("--voices", nargs="+", help="named ones; by default, some of each language")
    add("--named-share", type=float, default=0.35, help="of the utterances; 1 leaves out the fresh voices")
    add("--models", type=Path, default=Path(".cache/peers"))
    add("--seed", type=int, default=0)
    add("--threads", type=int, default=0, help="default: all cores")
    return parser.parse_args()


if __name__ == "__main__":
    main()
