"""Checks of the samples: silence, clipping, offset, noise."""

from xtts_jax.config import Config
from xtts_jax.data.doctor.diagnosis import Diagnosis, diagnose
from xtts_jax.data.doctor.recordings import BEYOND, Sound
from xtts_jax.data.doctor.survey import Clip, Survey

SILENT_DB = -60.0  # full scale; the loudest 10 ms of a clip in which nobody speaks
LONG_END_S = 0.3  # silence before or after the speech
MOSTLY_SILENT = 0.5  # of a clip
CLIPPED_SAMPLES = 10  # in runs at full scale
OFFSET = 0.01  # of full scale
NOISY_DB = -15.0  # pauses, under the vowels; clean speech has -21 to -69

Heard = list[tuple[Clip, Sound]]


def check_sounds(survey: Survey, config: Config) -> list[Diagnosis]:
    """Looks at what was decoded."""
    decoded = [(clip, sound) for clip, sound in survey.heard if not sound.complaint]
    audible = [(clip, sound) for clip, sound in decoded if sound.loudest_db > SILENT_DB]
    return [
        *_silent_clips(decoded),
        *_mostly_silent_clips(audible),
        *_silent_ends(audible, config.data.trim_db),
        *_beyond_full_scale(decoded),
        *_clipped_clips(audible),
        *_offset_clips(decoded),
        *_noisy_clips(audible),
    ]


def _silent_clips(decoded: Heard) -> list[Diagnosis]:
    return diagnose(
        "silent_clips", [clip for clip, sound in decoded if sound.loudest_db <= SILENT_DB], decoded,
        f"decoded clips hold no sound above {SILENT_DB:g} dB of full scale.",
        "a microphone that was off, or an export of the wrong track.",
        "Record or export them again, or leave them out.",
        spoils=True,
    )  # fmt: skip


def _mostly_silent_clips(audible: Heard) -> list[Diagnosis]:
    sick = [clip for clip, s in audible if s.lead_s + s.tail_s > MOSTLY_SILENT * s.seconds]
    return diagnose(
        "mostly_silent_clips", sick, audible,
        f"decoded clips are silent at their ends for more than {MOSTLY_SILENT:.0%} of their length.",
        "a knock or a click far louder than the voice, which hides it, or recordings that began too early "
        "and ended too late.",
        "Listen to the examples. If there is speech where silence was found, remove the click, or raise "
        "data.trim_db.",
        spoils=False,
    )  # fmt: skip


def _silent_ends(audible: Heard, trim_db: float) -> list[Diagnosis]:
    sick = [clip for clip, sound in audible if max(sound.lead_s, sound.tail_s) > LONG_END_S]
    return diagnose(
        "silent_ends", sick, audible,
        f"decoded clips begin or end with more than {LONG_END_S:g} s of silence.",
        "how they were cut; it is common and mild.",
        f"Nothing: preparation trims what is {trim_db:g} dB under the loudest sound (data.trim_db).",
        spoils=False,
    )  # fmt: skip


def _beyond_full_scale(decoded: Heard) -> list[Diagnosis]:
    sick = [clip for clip, sound in decoded if sound.peak > BEYOND]
    worst = max((sound.peak for _, sound in decoded), default=0.0)
    return diagnose(
        "beyond_full_scale", sick, decoded,
        f"decoded clips go far beyond full scale, up to {worst:,.0f} times, as only files of floating-point "
        "numbers can. Preparation brings them to the common loudness.",
        "samples of whole numbers that were saved as floats without being divided by their full scale.",
        "Export them again as 16-bit PCM, and listen to one: other programs play them as crackling.",
        spoils=False,
    )  # fmt: skip


def _clipped_clips(audible: Heard) -> list[Diagnosis]:
    worst = max((sound.clipped for _, sound in audible), default=0)
    return diagnose(
        "clipped_clips", [clip for clip, sound in audible if sound.clipped >= CLIPPED_SAMPLES], audible,
        f"decoded clips are cut off at full scale, up to {worst} samples of one; it is heard as crackling.",
        "a recording level that was too high, or amplification afterwards.",
        "Export them again at a lower level. If they were recorded so, leave the worst out.",
        spoils=False,
    )  # fmt: skip


def _offset_clips(decoded: Heard) -> list[Diagnosis]:
    worst = max((sound.offset for _, sound in decoded), key=abs, default=0.0)
    return diagnose(
        "offset_clips", [clip for clip, sound in decoded if abs(sound.offset) > OFFSET], decoded,
        f"decoded clips do not swing around zero (DC offset, up to {worst:+.3f} of full scale): silence is "
        "then not recognised, and loudness is measured wrong.",
        "a cheap or faulty sound card.",
        "Pass them through a high-pass filter (`ffmpeg -i in.wav -af highpass=f=30 out.wav`).",
        spoils=False,
    )  # fmt: skip


def _noisy_clips(audible: Heard) -> list[Diagnosis]:
    return diagnose(
        "noisy_clips", [clip for clip, sound in audible if sound.noise_db > NOISY_DB], audible,
        f"decoded clips are never {-NOISY_DB:g} dB quieter than their vowels, even in pauses.",
        "noise, music, echo, a second voice, or hardly any pause.",
        "Listen to the examples; the voice will carry the noise. Record closer to the microphone, or leave "
        "the worst out.",
        spoils=False,
    )  # fmt: skip
