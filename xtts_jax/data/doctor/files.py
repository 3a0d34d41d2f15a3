"""Checks of the audio files: readable, complete, correctly named; rate, channels, length, copies."""

from collections import Counter, defaultdict

from xtts_jax.config import Config
from xtts_jax.data.doctor.diagnosis import Diagnosis, diagnose
from xtts_jax.data.doctor.recordings import DAMAGED, UNDECODABLE, Recording, Sound
from xtts_jax.data.doctor.survey import Clip, Survey
from xtts_jax.findings import WARNING, Finding

LITTLE_MINUTES = 10.0  # total speech; less is too little to learn a voice
MISSING_S = 0.1  # a recording that is this much shorter than its header says is truncated

_FORMATS = {  # suffix -> libsndfile's names of its formats
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
    """Checks every header that was read; a truncated FLAC or MP3 shows only when it is decoded."""
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
    """Rates in Hz with the number of clips that have each, most frequent first."""
    return Counter(recording.header.sample_rate for _, recording in readable).most_common()


def _unreadable_files(probed: Probed) -> list[Diagnosis]:
    kinds = Counter(recording.complaint for _, recording in probed if recording.complaint)
    return diagnose(
        "unreadable_files", [clip for clip, recording in probed if recording.complaint], probed,
        f"files cannot be read: {'; '.join(f'{n} x {kind}' for kind, n in kinds.most_common(3))}.",
        "a failed download, or a format that libsndfile does not read.",
        "Download the files again, or convert them to WAV or FLAC (`ffmpeg -i in.m4a out.flac`).",
        spoils=True,
    )  # fmt: skip


def _truncated_files(survey: Survey) -> list[Diagnosis]:
    sick = [
        clip for clip, recording in survey.readable if recording.truncated or _lacks(recording, clip.sound)
    ]
    return diagnose(
        "truncated_files", sick, survey.readable,
        "files are shorter than their header says, or cannot be decoded to the end.",
        "an interrupted copy or download, or a full disk.",
        "Copy or download them again; the end of their texts is missing from the audio.",
        spoils=True,
    )  # fmt: skip


def _lacks(recording: Recording, sound: Sound | None) -> bool:
    if sound is None or sound.complaint:
        return sound is not None and sound.complaint == UNDECODABLE
    return sound.seconds < recording.seconds - MISSING_S


def _damaged_samples(heard: list[tuple[Clip, Sound]]) -> list[Diagnosis]:
    return diagnose(
        "damaged_samples", [clip for clip, sound in heard if sound.complaint == DAMAGED], heard,
        "decoded clips have samples that are not finite (NaN, infinity) or impossibly large.",
        "a program that divided by zero (when normalizing silence), or bytes read in the wrong format.",
        "Export them again from their source as 16-bit PCM, or leave them out.",
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
        "files are in another format than their suffix says "
        f"({', '.join(name for name, _ in names.most_common(3))}). They are read in their actual format.",
        "files that were renamed instead of converted.",
        "If they should be lossless, find the originals: a WAV made from an MP3 lacks high frequencies.",
        spoils=False,
    )  # fmt: skip


def _short_clips(readable: Probed, shortest_s: float) -> list[Diagnosis]:
    sick = sorted((r.seconds, clip.row.id, clip) for clip, r in readable if r.seconds < shortest_s)
    return diagnose(
        "short_clips", [clip for _, _, clip in sick], readable,
        f"clips are shorter than data.min_seconds ({shortest_s:g} s) and will be left out; the shortest "
        f"lasts {sick[0][0]:.2f} s." if sick else "",
        "splitting at silences, which left fragments.",
        "Join them with neighboring clips, or ignore this.",
        spoils=True,
    )  # fmt: skip


def _long_clips(readable: Probed, longest_s: float) -> list[Diagnosis]:
    sick = sorted((-r.seconds, clip.row.id, clip) for clip, r in readable if r.seconds > longest_s)
    minutes = sum(-seconds for seconds, _, _ in sick) / 60
    return diagnose(
        "long_clips", [clip for _, _, clip in sick], readable,
        f"clips are longer than data.max_seconds ({longest_s:g} s) and will be left out, {minutes:.1f} "
        f"minutes in total; the longest lasts {-sick[0][0]:.1f} s." if sick else "",
        "recordings that were not split into sentences.",
        "Split them and their texts at the ends of sentences, or raise data.max_seconds if memory allows.",
        spoils=True,
    )  # fmt: skip


def _low_sample_rates(readable: Probed, wanted_hz: int) -> list[Diagnosis]:
    rates = sorted({r.header.sample_rate for _, r in readable if r.header.sample_rate < wanted_hz})
    return diagnose(
        "low_sample_rates", [clip for clip, r in readable if r.header.sample_rate < wanted_hz], readable,
        f"clips have a sample rate ({', '.join(map(str, rates))} Hz) below audio.sample_rate ({wanted_hz} "
        f"Hz): at {rates[0]} Hz nothing is left above {rates[0] // 2} Hz, and the voice will sound as dull."
        if rates else "",
        "telephone recordings, or recordings made for speech recognition.",
        "Find the originals. If there are none with a higher rate, go on: the voice will sound like these.",
        spoils=False,
    )  # fmt: skip


def _mixed_sample_rates(readable: Probed) -> list[Diagnosis]:
    rates = sample_rates(readable)
    if len(rates) < 2:
        return []
    usual = rates[0][0]
    return diagnose(
        "mixed_sample_rates", [clip for clip, r in readable if r.header.sample_rate != usual], readable,
        f"clips have another sample rate than most: {', '.join(f'{n} x {hz} Hz' for hz, n in rates[:4])}.",
        "recordings from several sources.",
        "Preparation resamples all to one rate. Check that no header is wrong (the voice is too low or too "
        "high), and that speakers with clips at several rates sound the same in all of them.",
        spoils=False,
    )  # fmt: skip


def _several_channels(readable: Probed) -> list[Diagnosis]:
    return diagnose(
        "several_channels", [clip for clip, r in readable if r.header.channels > 1], readable,
        "clips have more than one channel; preparation takes the loudest.",
        "stereo recordings.",
        "Nothing if all channels contain the same voice; otherwise keep the better one.",
        spoils=False,
    )  # fmt: skip


def _little_speech(survey: Survey) -> list[Diagnosis]:
    """Assumes that the clips that were not probed are as long as those that were."""
    minutes = sum(recording.seconds for _, recording in survey.readable) / 60
    if survey.probed:
        minutes *= survey.named / len(survey.probed)
    if not 0 < minutes < LITTLE_MINUTES:
        return []
    finding = Finding(
        "little_speech",
        WARNING,
        f"The recordings last {minutes:.1f} minutes in total.",
        "an unfinished corpus, or a part of one.",
        "Tune the voice that ships (configs/your_voice.py), for which a minute is enough, or record more: "
        "configs/tiny.py needs about an hour of one voice. With less a model memorizes these sentences and "
        "speaks others badly.",
    )
    return [Diagnosis(finding, tuple(clip.row.id for clip, _ in survey.readable))]


def _duplicated_audio(survey: Survey) -> list[Diagnosis]:
    """Compares the bytes of all readable files, and the samples of those that were decoded."""
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
        "clips have exactly the same audio as another one.",
        "a file that was saved under two names, or a script that wrote the same recording twice.",
        "Keep one of each, with the text that is spoken in it; a wrong text teaches wrong sounds.",
        spoils=True,
    )  # fmt: skip


def _names(clips: list[Clip]) -> int:
    return len({clip.row.id for clip in clips})
