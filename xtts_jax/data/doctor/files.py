"""Checks of the recordings as files: readable, whole, rightly named; rate, channels, length, copies."""

from collections import Counter, defaultdict

from xtts_jax.config import Config
from xtts_jax.data.doctor.diagnosis import Diagnosis, diagnose
from xtts_jax.data.doctor.recordings import DAMAGED, UNDECODABLE, Recording, Sound
from xtts_jax.data.doctor.survey import Clip, Survey
from xtts_jax.findings import WARNING, Finding

LITTLE_MINUTES = 10.0  # of speech in all; a voice can be told from less, but not learned
MISSING_S = 0.1  # a recording that decodes to so much less than its header says is cut short

_FORMATS = {  # suffix -> libsndfile's names of what belongs in it
    ".wav": ("WAV", "WAVEX", "RF64"),
    ".flac": ("FLAC",),
    ".ogg": ("OGG",),
    ".opus": ("OGG",),
    ".mp3": ("MP3", "MPEG"),
    ".aiff": ("AIFF",),
    ".aif": ("AIFF",),
    ".au": ("AU",),
    ".caf": ("CAF",),
    ".w64": ("W64",),
}

Probed = list[tuple[Clip, Recording]]


def check_files(survey: Survey, config: Config) -> list[Diagnosis]:
    """Looks at every header that was read; that a FLAC or MP3 is cut short shows when it is decoded."""
    readable = survey.readable
    return [
        *_unreadable_files(survey.probed),
        *_truncated_files(survey),
        *_damaged_samples(survey.heard),
        *_mislabelled_files(readable),
        *_short_clips(readable, config.data.min_seconds),
        *_long_clips(readable, config.data.max_seconds),
        *_low_sample_rates(readable, config.audio.sample_rate),
        *_mixed_sample_rates(readable),
        *_several_channels(readable),
        *_little_speech(survey),
        *_duplicated_audio(survey),
    ]


def sample_rates(readable: Probed) -> list[tuple[int, int]]:
    """Rates in Hz and how many clips have each, the most frequent first."""
    return Counter(recording.header.sample_rate for _, recording in readable).most_common()


def _unreadable_files(probed: Probed) -> list[Diagnosis]:
    kinds = Counter(recording.complaint for _, recording in probed if recording.complaint)
    return diagnose(
        "unreadable_files", [clip for clip, recording in probed if recording.complaint], probed,
        f"files cannot be read: {'; '.join(f'{n} x {kind}' for kind, n in kinds.most_common(3))}.",
        "a download that failed, or a format that libsndfile does not read.",
        "Get the files again, or convert them to WAV or FLAC (`ffmpeg -i in.m4a out.flac`).",
        spoils=True,
    )  # fmt: skip


def _truncated_files(survey: Survey) -> list[Diagnosis]:
    sick = [
        clip for clip, recording in survey.readable if recording.truncated or _lacks(recording, clip.sound)
    ]
    return diagnose(
        "truncated_files", sick, survey.readable,
        "files end before their header says so, or cannot be decoded to the end.",
        "a copy or a download that was interrupted, or a full disk.",
        "Copy or download them again; their texts say more than they hold.",
        spoils=True,
    )  # fmt: skip


def _lacks(recording: Recording, sound: Sound | None) -> bool:
    if sound is None or sound.complaint:
        return sound is not None and sound.complaint == UNDECODABLE
    return sound.seconds < recording.seconds - MISSING_S


def _damaged_samples(heard: list[tuple[Clip, Sound]]) -> list[Diagnosis]:
    return diagnose(
        "damaged_samples", [clip for clip, sound in heard if sound.complaint == DAMAGED], heard,
        "decoded clips have samples that are no finite numbers (NaN, infinity), or so large that no format "
        "has them.",
        "a program that divided by zero (silence brought to a loudness), or bytes read as another format.",
        "Export them again as 16-bit PCM from where they came from, or leave them out.",
        spoils=True,
    )  # fmt: skip


def _mislabelled_files(readable: Probed) -> list[Diagnosis]:
    names: Counter[str] = Counter()
    sick = []
    for clip, recording in readable:
        suffix = clip.row.audio.suffix.lower() if clip.row.audio else ""
        if recording.header.format not in _FORMATS[suffix]:
            sick.append(clip)
            names[f"{recording.header.format} in {suffix}"] += 1
    return diagnose(
        "mislabelled_files", sick, readable,
        f"files are not what their suffix says ({', '.join(name for name, _ in names.most_common(3))}). "
        "They are read for what they are.",
        "files that were renamed instead of converted.",
        "If they should be lossless, find the originals: a WAV that was an MP3 has lost its high sounds.",
        spoils=False,
    )  # fmt: skip


def _short_clips(readable: Probed, shortest_s: float) -> list[Diagnosis]:
    sick = sorted((r.seconds, clip.row.id, clip) for clip, r in readable if r.seconds < shortest_s)
    return diagnose(
        "short_clips", [clip for _, _, clip in sick], readable,
        f"clips are shorter than data.min_seconds ({shortest_s:g} s) and will be left out; the shortest "
        f"lasts {sick[0][0]:.2f} s." if sick else "",
        "splitting by silence that left scraps.",
        "Join them with their neighbours, or do nothing.",
        spoils=True,
    )  # fmt: skip


def _long_clips(readable: Probed, longest_s: float) -> list[Diagnosis]:
    sick = sorted((-r.seconds, clip.row.id, clip) for clip, r in readable if r.seconds > longest_s)
    minutes = sum(-seconds for seconds, _, _ in sick) / 60
    return diagnose(
        "long_clips", [clip for _, _, clip in sick], readable,
        f"clips are longer than data.max_seconds ({longest_s:g} s) and will be left out, {minutes:.1f} "
        f"minutes in all; the longest lasts {-sick[0][0]:.1f} s." if sick else "",
        "recordings that were not split into sentences.",
        "Split them, with their texts, at the ends of sentences, or raise data.max_seconds if memory allows.",
        spoils=True,
    )  # fmt: skip


def _low_sample_rates(readable: Probed, wanted_hz: int) -> list[Diagnosis]:
    rates = sorted({r.header.sample_rate for _, r in readable if r.header.sample_rate < wanted_hz})
    return diagnose(
        "low_sample_rates", [clip for clip, r in readable if r.header.sample_rate < wanted_hz], readable,
        f"clips have a rate ({', '.join(map(str, rates))} Hz) below audio.sample_rate ({wanted_hz} Hz): they "
        f"hold nothing above {rates[0] // 2} Hz, and the voice will sound as dull." if rates else "",
        "telephone or speech-recognition recordings.",
        "Find the originals. With none of a higher rate, go on; the voice will have what they have.",
        spoils=False,
    )  # fmt: skip


def _mixed_sample_rates(readable: Probed) -> list[Diagnosis]:
    rates = sample_rates(readable)
    if len(rates) < 2:
        return []
    usual = rates[0][0]
    return diagnose(
        "mixed_sample_rates", [clip for clip, r in readable if r.header.sample_rate != usual], readable,
        f"clips have another rate than most: {', '.join(f'{n} x {hz} Hz' for hz, n in rates[:4])}.",
        "recordings from several sources.",
        "Preparation brings all to one rate. Check that no header is wrong (a voice too deep or too high), "
        "and that a speaker who is in both sounds alike.",
        spoils=False,
    )  # fmt: skip


def _several_channels(readable: Probed) -> list[Diagnosis]:
    return diagnose(
        "several_channels", [clip for clip, r in readable if r.header.channels > 1], readable,
        "clips have more than one channel; preparation averages them.",
        "stereo recordings.",
        "Nothing, if both channels hold the same voice. If not, keep the better one.",
        spoils=False,
    )  # fmt: skip


def _little_speech(survey: Survey) -> list[Diagnosis]:
    """What was not probed is taken to be as long as what was."""
    minutes = sum(recording.seconds for _, recording in survey.readable) / 60
    if survey.probed:
        minutes *= survey.named / len(survey.probed)
    if not 0 < minutes < LITTLE_MINUTES:
        return []
    finding = Finding(
        "little_speech",
        WARNING,
        f"The recordings last {minutes:.1f} minutes in all.",
        "a corpus that is only begun, or a part of one.",
        "Record more: an hour of one voice is what configs/tiny.py wants. With less it learns these "
        "sentences by heart and speaks others badly.",
    )
    return [Diagnosis(finding, tuple(clip.row.id for clip, _ in survey.readable))]


def _duplicated_audio(survey: Survey) -> list[Diagnosis]:
    """The same bytes, of all files; the same samples, of those that were decoded."""
    of_path, of_sound = defaultdict(list), defaultdict(list)
    for clip, _ in survey.readable:
        of_path[clip.row.audio].append(clip)
        if clip.sound and clip.sound.digest:
            of_sound[clip.sound.digest].append(clip)
    copies = [[clip for path in paths for clip in of_path[path]] for paths in survey.identical]
    groups = [group for group in [*of_path.values(), *copies, *of_sound.values()] if _names(group) > 1]
    sick = {clip.row.id: clip for group in groups for clip in sorted(group, key=lambda clip: clip.row.id)}
    return diagnose(
        "duplicated_audio", list(sick.values()), survey.readable,
        "clips have exactly the sound of another one.",
        "a file that was saved under two names, or a script that wrote the same recording twice.",
        "Keep one of each, with the text that it says; the wrong text teaches wrong sounds.",
        spoils=True,
    )  # fmt: skip


def _names(clips: list[Clip]) -> int:
    return len({clip.row.id for clip in clips})
