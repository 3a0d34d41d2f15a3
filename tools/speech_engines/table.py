"""The engines: how each lists its voices and speaks a file, its packages and its licenses.

Their quirks: flite and RHVoice silently use another voice for one that is missing; text2wave exits with
status 0 even if it failed; pico2wave needs the text as an argument and an output name that ends in .wav. So
voices are listed from what is installed, and not only the exit status is checked but also the audio.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.speech_engines.engine import Engine, Voice

# Whose recordings a voice was made from, where its name does not say so.
PEOPLE = {
    "awb": "awb", "alan": "awb",
    "kal": "kal", "kal16": "kal", "kal_diphone": "kal",
    "cmu_us_slt_arctic_hts": "slt",
    "rab_diphone": "roger", "mb-en1": "roger",
}  # fmt: skip
# By DNSMOS of ten sentences, 3.07 to 3.16; without diphone voices, which DNSMOS overrates.
NATURAL_PEOPLE = ("rms", "bdl", "evgeniy-eng", "lyubov", "awb")
ESPEAK_LANGUAGES = {
    "en": "en-us", "en-gb": "en-gb-x-rp", "fa": "fa", "de": "de", "nl": "nl", "fr": "fr", "es": "es",
    "it": "it", "pt": "pt", "ru": "ru", "tr": "tr", "ar": "ar",
}  # fmt: skip
# Ten of about a hundred that differ in pitch and spectrum; many others are duplicates (steph2 and steph3,
# rob and robert), whispers or robots.
ESPEAK_VARIANTS = ("m1", "m3", "m4", "m7", "m8", "f1", "f2", "f3", "f4", "f5")
RHVOICE_LANGUAGES = {"English": "en", "Russian": "ru"}
RHVOICE_FREE = ("alan", "bdl", "clb", "slt")  # made from CMU Arctic; all others count as restricted
MBROLA_LANGUAGES = {
    "us": "en", "en": "en", "ir": "fa", "de": "de", "nl": "nl", "fr": "fr", "es": "es", "it": "it",
    "pt": "pt", "tr": "tr", "ar": "ar",
}  # fmt: skip
FESTIVAL_FOLDERS = ("english", "us")


def _rhvoice_voices() -> Iterator[Voice]:
    for folder in _installed("RHVoice/voices/*"):
        about = _read(folder / "voice.info")
        language = RHVOICE_LANGUAGES.get(about.get("language", ""))
        if language:
            free = folder.name in RHVOICE_FREE
            licence = "CMU Arctic (free)" if free else "CC BY-NC-ND 4.0 or restricted"
            yield _voice("rhvoice", folder.name, folder.name, language, licence, free)


def _read(info: Path) -> dict[str, str]:
    lines = info.read_text(encoding="utf-8").splitlines() if info.is_file() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _rhvoice_command(voice: Voice, text: Path, wav: Path) -> list[str]:
    return ["RHVoice-test", "-p", voice.name, "-i", str(text), "-o", str(wav)]


def _pico_voices() -> Iterator[Voice]:
    for path in _installed("pico/lang/*_ta.bin"):
        name = path.name.removesuffix("_ta.bin")
        yield _voice("pico", name, name, name[:2], "Apache-2.0", True)


def _pico_command(voice: Voice, text: Path, wav: Path) -> list[str]:
    return ["pico2wave", f"--lang={voice.name}", f"--wave={wav}", "--", text.read_text(encoding="utf-8")]


def _flite_voices() -> Iterator[Voice]:
    """All voices except `awb_time`, which only tells the time, and `kal`, which is `kal16` at 8 kHz."""
    listing = subprocess.run(["flite", "-lv"], capture_output=True, text=True, check=False, timeout=30)
    for name in listing.stdout.partition(":")[2].split():
        if name not in ("awb_time", "kal"):
            yield _voice("flite", name, name, "en", "BSD-like (CMU)", True)


def _flite_command(voice: Voice, text: Path, wav: Path) -> list[str]:
    return ["flite", "-voice", voice.name, "-f", str(text), "-o", str(wav)]


def _mbrola_voices() -> Iterator[Voice]:
    for path in _installed("mbrola/*/*"):
        name = path.name
        language = MBROLA_LANGUAGES.get(name[:2])
        if language and path.parent.name == name and re.fullmatch("[a-z]{2}[0-9]", name):
            yield _voice("mbrola", f"mb-{name}", name, language, "MBROLA (non-commercial)", False)


def _festival_voices() -> Iterator[Voice]:
    for path in (path for folder in FESTIVAL_FOLDERS for path in _installed(f"festival/voices/{folder}/*")):
        free = path.name != "rab_diphone"
        licence = "BSD-like (CSTR, CMU)" if free else "BSD-like; its lexicon OALD is non-commercial"
        yield _voice("festival", path.name, path.name.split("_hts")[0], "en", licence, free)


def _festival_command(voice: Voice, text: Path, wav: Path) -> list[str]:
    return ["text2wave", "-eval", f"(voice_{voice.name})", "-o", str(wav), str(text)]


def _espeak_voices() -> Iterator[Voice]:
    for language, base in ESPEAK_LANGUAGES.items():
        for variant in ESPEAK_VARIANTS:
            yield _voice("espeak-ng", f"{base}+{variant}", variant, language, "GPL-3.0 (program)", True)


def _espeak_command(voice: Voice, text: Path, wav: Path) -> list[str]:
    if shutil.which("espeak-ng"):
        return ["espeak-ng", "-v", voice.name, "-f", str(text), "-w", str(wav)]
    return [sys.executable, str(Path(__file__).with_name("wheel.py")), voice.name, str(text), str(wav)]


def _voice(engine: str, name: str, short: str, language: str, licence: str, ships: bool) -> Voice:
    """A voice; its person is in PEOPLE, or else its name where engines share CMU's voices."""
    shared = engine in ("rhvoice", "flite", "festival")
    person = PEOPLE.get(name, name if shared else f"{engine}_{short}")
    return Voice(engine, name, f"{engine}_{short}", language, person, licence, ships)


def _installed(pattern: str) -> list[Path]:
    """Paths that match a pattern below the system's data folders (XDG base directories)."""
    folders = (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    return sorted(path for folder in folders if folder for path in Path(folder).glob(pattern))


# From most to least natural.
ENGINES = (
    Engine(
        "rhvoice", ("RHVoice-test",), "rhvoice rhvoice-english", "contrib non-free", False,
        _rhvoice_voices, _rhvoice_command,
    ),
    Engine("pico", ("pico2wave",), "libttspico-utils", "non-free", False, _pico_voices, _pico_command),
    Engine("flite", ("flite",), "flite", "", True, _flite_voices, _flite_command),
    Engine(
        "mbrola", ("mbrola", "espeak-ng"),
        "espeak-ng mbrola mbrola-us1 mbrola-us2 mbrola-us3 mbrola-en1 mbrola-ir1", "contrib non-free",
        False, _mbrola_voices, _espeak_command,
    ),
    Engine(
        "festival", ("text2wave",),
        "festival festvox-kallpc16k festvox-kdlpc16k festvox-rablpc16k festvox-us-slt-hts", "", True,
        _festival_voices, _festival_command,
    ),
    Engine("espeak-ng", (), "espeak-ng", "", False, _espeak_voices, _espeak_command),
)  # fmt: skip
