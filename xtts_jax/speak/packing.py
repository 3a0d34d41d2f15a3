"""A trained run packed to be shared: what speaking needs, in a folder of a few megabytes."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from xtts_jax.config import Config
from xtts_jax.errors import FieldError, UserError, did_you_mean
from xtts_jax.runs import emotions, packed, voices
from xtts_jax.runs.own_files import LEXICON, VOCODER, is_packed
from xtts_jax.runs.settings import write_config, write_json
from xtts_jax.speak import narrow_band
from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.vocoder.trained import halved, save_vocoder
from xtts_jax.vocoder.vocode import GRIFFIN_LIM, SHIPPED, find_vocoder

TABLES = ("tokenizer.json", "stats.json")
CARD = "README.md"


class Kept(NamedTuple):
    """A voice of the run as the packed one will have it."""

    speaker: str  # in the run
    name: str
    about: str = ""  # a line for people who choose


def pack_run(
    workdir: Path, out: Path, *, step: int | None = None, kept: Sequence[Kept] = ()
) -> list[voices.Voice]:
    """Packs the checkpoint of `step`, or the best, with these voices or all; returns the voices.

    The first voice of each language speaks it where none is chosen. A packed voice that is in `out` already
    is replaced, but for its README. Raises `UserError` for a run that cannot speak, a speaker that it does
    not have, or a folder that holds something else.
    """
    _require_free(workdir, out)
    tts = Synthesizer(workdir, step=step)
    chosen = _chosen(voices.read(workdir), kept)
    temporary = out.with_name(f".{out.name}.packing")
    shutil.rmtree(temporary, ignore_errors=True)
    try:
        (temporary / "voices").mkdir(parents=True)
        _write_settings(tts.config, workdir, temporary)
        packed.save_params(temporary, tts.params, tts.step, tts.config)
        known = _write_voices(tts, chosen, workdir, temporary / "voices")
        card = out / CARD
        text = card.read_text(encoding="utf-8") if card.is_file() else _card(tts, out.name, known)
        (temporary / CARD).write_text(text, encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        temporary.rename(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return known


def _require_free(workdir: Path, out: Path) -> None:
    if is_packed(workdir):
        raise UserError(f"{workdir} is a packed voice already. Copy it as it is.")
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not is_packed(out)):
        raise FieldError(
            "{path}: {out} is something else than a packed voice. Give the name of a new folder.", out=out
        )


def _chosen(known: Sequence[voices.Voice], kept: Sequence[Kept]) -> list[tuple[voices.Voice, Kept]]:
    by_name = {voice.speaker: voice for voice in known}
    for one in kept:
        if one.speaker not in by_name:
            hint = did_you_mean(one.speaker, list(by_name))
            raise FieldError(
                "{speakers} must be of the run, not {name!r}.{hint} It has {known}.",
                name=one.speaker,
                hint=hint,
                known=voices.listed(known),
            )
    wanted = kept or [Kept(voice.speaker, voice.speaker, voice.about) for voice in known]
    return [(by_name[one.speaker], one) for one in wanted]


def _write_settings(config: Config, workdir: Path, out: Path) -> None:
    """The configuration without what names other places, and the files that it names."""
    for name in TABLES:
        shutil.copyfile(workdir / name, out / name)
    if config.data.lexicon:
        shutil.copyfile(Path(config.data.lexicon).expanduser(), out / LEXICON)
    vocoder = config.synthesis.vocoder
    if vocoder not in (SHIPPED, GRIFFIN_LIM):
        save_vocoder(out / VOCODER, halved(find_vocoder(vocoder, config.audio)))
        vocoder = SHIPPED  # where the folder is lost
    write_config(
        out,
        replace(
            config,
            data=replace(config.data, root="", cache_dir="", lexicon=""),
            train=replace(config.train, init_from=""),
            synthesis=replace(config.synthesis, vocoder=vocoder),
        ),
    )


def _write_voices(
    tts: Synthesizer, chosen: Sequence[tuple[voices.Voice, Kept]], workdir: Path, out: Path
) -> list[voices.Voice]:
    known = []
    for number, (voice, one) in enumerate(chosen):
        name = f"{number:03d}.npz"
        tts.voices.save_own(voice.reference, out / name)
        known.append(voices.Voice(one.name, voice.languages, name, one.about))
    write_json(out / "voices.json", [voice._asdict() for voice in known])
    names = {voice.speaker: one.name for voice, one in chosen}
    moods = [mood for mood in emotions.read(workdir) if mood.speaker in names]
    if moods:
        _write_emotions(tts, moods, names, out)
    narrow_band.save_products(tts.voices.own_products, out)
    return known


def _write_emotions(
    tts: Synthesizer, moods: Sequence[emotions.Mood], names: dict[str, str], out: Path
) -> None:
    for example in {example for mood in moods for example in mood.examples}:
        tts.voices.save_own(example, out / _profile_of(example))
    packed_moods = [
        mood._replace(
            speaker=names[mood.speaker], examples=[_profile_of(example) for example in mood.examples]
        )
        for mood in moods
    ]
    write_json(out / "emotions.json", [mood._asdict() for mood in packed_moods])


def _profile_of(example: str) -> str:
    return f"mood-{Path(example).stem}.npz"


def _card(tts: Synthesizer, name: str, known: Sequence[voices.Voice]) -> str:
    """A model card with what is known of the run; whoever shares it adds the rest."""
    rows = "\n".join(f"| {voice.speaker} | {', '.join(voice.languages)} | {voice.about} |" for voice in known)
    return (
        f"# {name}\n\nA text-to-speech voice made with xtts_jax: step {tts.step} of its training, "
        f"{tts.config.audio.sample_rate} Hz. Speak with it:\n\n"
        f'    xtts-jax speak --ckpt {quote(name)} --text "Good morning." --out hello.wav\n\n'
        f"| voice | languages | |\n|---|---|---|\n{rows}\n\n"
        "Data and licenses: to be filled in by whoever shares it.\n"
    )
