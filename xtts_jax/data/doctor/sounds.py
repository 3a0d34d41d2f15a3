"""Checks of the samples: silence, clipping, offset, noise."""

from xtts_jax.config import Config
from xtts_jax.data.doctor.diagnosis import Diagnosis, diagnose
from xtts_jax.data.doctor.recordings import BEYOND, Sound
from xtts_jax.data.doctor.survey import Clip, Survey

SILENT_DB = -60.0  # dB of full scale; highest level of the loudest 10 ms of a silent clip
LONG_END_S = 0.3  # silence before or after the speech
MOSTLY_SILENT = 0.5  # share of a clip
CLIPPED_SAMPLES = 10  # samples in runs at full scale
OFFSET = 0.01  # relative to full scale
NARROW = 0.8  # share of the band that a file and `audio.fmax` leave room for
NOISY_DB = -15.0  # level of pauses relative to vowels; clean speech has -21 to -69

Heard = list[tuple[Clip, Sound]]


def check_sounds(survey: Survey, config: Config) -> list[Diagnosis]:
    """Checks the decoded clips."""
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
        *_narrow_clips(audible, config.audio.fmax),
    ]


def _silent_clips(decoded: Heard) -> list[Diagnosis]:
    return diagnose(
        "silent_clips", [clip for clip, sound in decoded if sound.loudest_db <= SILENT_DB], decoded,
        f"decoded clips contain nothing above {SILENT_DB:g} dB of full scale.",
        "a microphone that was off, or an export of the wrong track.",
        "Record or export them again, or leave them out.",
        spoils=True,
    )  # fmt: skip


def _mostly_silent_clips(audible: Heard) -> list[Diagnosis]:
    sick = [clip for clip, s in audible if s.lead_s + s.tail_s > MOSTLY_SILENT * s.seconds]
    return diagnose(
        "mostly_silent_clips", sick, audible,
        f"decoded clips are silent at their ends for more than {MOSTLY_SILENT:.0%} of their length.",
        "a knock or click much louder than the voice, next to which the voice counts as silence, or "
        "recordings that begin too early and end too late.",
        "Listen to the examples. If speech was taken for silence, remove the click, or raise data.trim_db.",
        spoils=False,
    )  # fmt: skip


def _silent_ends(audible: Heard, trim_db: float) -> list[Diagnosis]:
    sick = [clip for clip, sound in audible if max(sound.lead_s, sound.tail_s) > LONG_END_S]
    return diagnose(
        "silent_ends", sick, audible,
        f"decoded clips begin or end with more than {LONG_END_S:g} s of silence.",
        "the way they were cut; this is common and harmless.",
        f"Nothing: preparation trims what is {trim_db:g} dB below the loudest sound (data.trim_db).",
        spoils=False,
    )  # fmt: skip


def _beyond_full_scale(decoded: Heard) -> list[Diagnosis]:
    sick = [clip for clip, sound in decoded if sound.peak > BEYOND]
    worst = max((sound.peak for _, sound in decoded), default=0.0)
    return diagnose(
        "beyond_full_scale", sick, decoded,
        f"decoded clips exceed full scale by far, up to {worst:,.0f} times, which only floating-point files "
        "can. Preparation normalizes their loudness.",
        "integer samples that were saved as floats without being divided by their full scale.",
        "Export them again as 16-bit PCM, and listen to one: other programs play them distorted.",
        spoils=False,
    )  # fmt: skip


def _clipped_clips(audible: Heard) -> list[Diagnosis]:
    worst = max((sound.clipped for _, sound in audible), default=0)
    return diagnose(
        "clipped_clips", [clip for clip, sound in audible if sound.clipped >= CLIPPED_SAMPLES], audible,
        f"decoded clips are clipped at full scale, with up to {worst} samples in one, which crackles.",
        "a recording level that was too high, or amplification afterwards.",
        "Export them again at a lower level. If the recordings themselves are clipped, leave out the worst.",
        spoils=False,
    )  # fmt: skip


def _offset_clips(decoded: Heard) -> list[Diagnosis]:
    worst = max((sound.offset for _, sound in decoded), key=abs, default=0.0)
    return diagnose(
        "offset_clips", [clip for clip, sound in decoded if abs(sound.offset) > OFFSET], decoded,
        f"decoded clips are not centered on zero (DC offset, up to {worst:+.3f} of full scale).",
        "a cheap or faulty sound card.",
        "Nothing: preparation takes it out.",
        spoils=False,
    )  # fmt: skip


def _noisy_clips(audible: Heard) -> list[Diagnosis]:
    return diagnose(
        "noisy_clips", [clip for clip, sound in audible if sound.noise_db > NOISY_DB], audible,
        f"decoded clips are not even {-NOISY_DB:g} dB quieter in pauses than in vowels.",
        "noise, music, echo, a second voice, or hardly any pauses.",
        "Listen to the examples: the voice will have the same noise. Record closer to the microphone, or "
        "leave out the worst.",
        spoils=False,
    )  # fmt: skip


def _narrow_clips(audible: Heard, fmax: float) -> list[Diagnosis]:
    """A low sample rate is a finding of its own; these have a higher one than they need."""
    sick = [clip for clip, s in audible if s.reach_hz < NARROW * min(fmax, s.sample_rate / 2)]
    lowest = min((sound.reach_hz for _, sound in audible), default=0.0)
    return diagnose(
        "narrow_clips", sick, audible,
        "decoded clips have nothing in the upper part of the band that their sample rate has room for; the "
        f"narrowest ends at {lowest / 1000:.1f} kHz. The voice will sound as dull.",
        "telephone recordings or strongly compressed files that were converted to a higher rate, which "
        "brings nothing back.",
        "Find the originals. If there are none, leave these out where the speaker has others.",
        spoils=False,
    )  # fmt: skip
