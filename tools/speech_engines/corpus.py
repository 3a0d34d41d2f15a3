"""Synthesis of a corpus folder in which all voices speak for the same time."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import soundfile
from tqdm import tqdm

from tools.speech_engines.engine import Engine, SpeechError, Voice, speak
from tools.speech_engines.table import NATURAL_PEOPLE
from xtts_jax.data.partial import partial_beside
from xtts_jax.errors import UserError
from xtts_jax.text.normalize import normalize

COLUMNS = ("id", "speaker", "language", "text", "engine", "voice", "licence", "ships")
MOST_FAILURES = 5  # consecutive failures after which a voice is given up


@dataclass(frozen=True)
class Clip:
    id: str
    text: str
    seconds: float


@dataclass
class Part:
    """The clips of one voice, and why there are not more."""

    voice: Voice
    clips: list[Clip] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    complaint: str = ""

    @property
    def seconds(self) -> float:
        return sum(clip.seconds for clip in self.clips)


@dataclass(frozen=True)
class Speech:
    """The engines and their limits."""

    engines: Mapping[str, Engine]
    timeout_s: float
    workers: int


def held_out_folder(folder: Path) -> Path:
    """The folder of the corpus of held-out speakers, beside `folder`."""
    return folder.with_name(f"{folder.name}_held_out")


def deal(sentences: Sequence[str], voices: int, seed: int, language: str) -> list[list[str]]:
    """All sentences for each voice, in its own order; voices do not share their first n / voices."""
    shuffled = list(sentences)
    random.Random(f"{seed} {language}").shuffle(shuffled)
    hands = [shuffled[i::voices] for i in range(voices)]
    return [[text for hand in hands[i:] + hands[:i] for text in hand] for i in range(voices)]


def held_out_people(voices: Sequence[Voice], engines: Mapping[str, Engine], count: int) -> set[str]:
    """The `count` people with the most natural voices, ranked by name, then by engine.

    Raises `UserError` if a language would be left without a voice.
    """
    ranks = {name: rank for rank, name in enumerate((*NATURAL_PEOPLE, *engines))}
    order: dict[str, int] = {}
    for voice in voices:
        rank = ranks.get(voice.person, ranks[voice.engine])
        order[voice.person] = min(rank, order.get(voice.person, rank))
    held = set(sorted(order, key=lambda person: (order[person], person))[:count])
    left = {voice.language for voice in voices if voice.person not in held}
    if missing := {voice.language for voice in voices} - left:
        raise UserError(
            f"Holding out {count} of {len(order)} speakers leaves {', '.join(sorted(missing))} without a "
            "voice to train on. Hold out fewer, or install more engines (--list-voices names them)."
        )
    return held


def audible(
    voices: Sequence[Voice], sentences: Mapping[str, Sequence[str]], speech: Speech
) -> tuple[list[Voice], list[Part]]:
    """The voices that can speak a sentence, in order, and the parts of those that cannot."""
    hands = {voice: sentences[voice.language][:MOST_FAILURES] for voice in voices}
    parts = _in_parallel(hands, dict.fromkeys(voices, 0.0), speech, None, "trying the voices")
    return [part.voice for part in parts if part.clips], [part for part in parts if not part.clips]


def build(
    folder: Path,
    goals_s: Mapping[Voice, float],
    sentences: Mapping[str, Sequence[str]],
    held: set[str],
    seed: int,
    speech: Speech,
) -> list[Part]:
    """Writes the corpus folder and that of the held-out people; `goals_s` has the seconds of each voice."""
    hands: dict[Voice, Sequence[str]] = {}
    for language in sorted({voice.language for voice in goals_s}):
        speaking = [voice for voice in goals_s if voice.language == language]
        hands |= zip(speaking, deal(sentences[language], len(speaking), seed, language), strict=True)
    with partial_beside(folder) as partial:
        places = {voice: held_out_folder(folder) if voice.person in held else folder for voice in goals_s}
        folders = {voice: partial / place.name for voice, place in places.items()}
        for corpus in set(folders.values()):
            (corpus / "wavs").mkdir(parents=True)
        parts = _in_parallel(hands, goals_s, speech, folders, "speaking")
        if not any(part.clips for part in parts):
            raise UserError(f"No voice spoke any sentence: {_why(parts)}. Use other voices or sentences.")
        for place in sorted(set(places.values())):
            _write_metadata(partial / place.name, [part for part in parts if places[part.voice] == place])
        for place in sorted(set(places.values())):
            (partial / place.name).rename(place)
    return parts


def _why(parts: Sequence[Part]) -> str:
    return "; ".join(f"{part.voice}: {part.complaint}" for part in parts[:3])


def _in_parallel(
    hands: Mapping[Voice, Sequence[str]],
    goals_s: Mapping[Voice, float],
    speech: Speech,
    folders: Mapping[Voice, Path] | None,
    title: str,
) -> list[Part]:
    """A part for each voice, in order. Threads suffice, as each waits for an engine's process."""
    stop = Event()
    pool = ThreadPoolExecutor(speech.workers)
    try:
        tasks: dict[Voice, Future[Part]] = {
            voice: pool.submit(_speak_part, voice, hand, goals_s[voice], speech, folders, stop)
            for voice, hand in hands.items()
        }
        for task in tqdm(as_completed(tasks.values()), title, len(tasks), unit="voice", leave=False):
            task.result()
        return [task.result() for task in tasks.values()]
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)


def _speak_part(
    voice: Voice,
    hand: Sequence[str],
    goal_s: float,
    speech: Speech,
    folders: Mapping[Voice, Path] | None,
    stop: Event,
) -> Part:
    """Speaks sentences until another one of average length would end further from the goal."""
    part, in_a_row = Part(voice), 0
    for text in hand:
        if stop.is_set() or _is_enough(part, goal_s):
            return part
        try:
            said = normalize(text, voice.language)
            samples, rate = speak(speech.engines[voice.engine], voice, said, speech.timeout_s)
        except SpeechError as error:
            part.failures[str(error)] += 1
            in_a_row += 1
            if in_a_row == MOST_FAILURES:
                part.complaint = f"given up after {in_a_row} failures in a row: {error}"
                return part
            continue
        in_a_row = 0
        clip = Clip(f"{voice.speaker}_{voice.language}_{len(part.clips):05d}", text, len(samples) / rate)
        if folders is not None:
            path = folders[voice] / "wavs" / f"{clip.id}.flac"
            soundfile.write(path, samples, rate, format="FLAC", subtype="PCM_16")
        part.clips.append(clip)
    if not _is_enough(part, goal_s):
        part.complaint = f"no sentences left after {part.seconds / 60:.1f} minutes"
        if not part.clips:
            part.complaint = part.failures.most_common(1)[0][0] if part.failures else "no sentences to say"
    return part


def _is_enough(part: Part, goal_s: float) -> bool:
    if not part.clips:
        return False
    return part.seconds + part.seconds / len(part.clips) / 2 > goal_s


def _write_metadata(corpus: Path, parts: Sequence[Part]) -> None:
    rows = [
        (clip.id, v.speaker, v.language, clip.text, v.engine, v.name, v.licence, "yes" if v.ships else "no")
        for part in parts
        for v in (part.voice,)
        for clip in part.clips
    ]
    lines = ["|".join(row) for row in (COLUMNS, *rows)]
    (corpus / "metadata.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
