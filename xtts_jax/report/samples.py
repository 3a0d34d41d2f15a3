"""The sentences that a run spoke while it trained, newest first, as players and pictures in the page."""

import base64
import re
from html import escape
from pathlib import Path

BUDGET = 10_500_000  # bytes of WAV and PNG; base64 adds a third, and the page stays under 15 MB
KINDS = {".wav": "audio/wav", ".png": "image/png"}
PICTURE = (
    "Mel spectrograms of sentence {name} at step {step}: as spoken free-running, as predicted with the "
    "durations of the recording, and the recording with the tokens aligned to it."
)


def samples(workdir: Path, best: int | None) -> str:
    """The HTML of each sentence at the newest step and, to compare, at the best, first and middle one."""
    steps = sample_steps(workdir)
    if not steps:
        return "<p>None yet: they are spoken at every evaluation, unless <code>train.samples</code> is 0.</p>"
    chosen = compared(list(steps), best)
    names = sorted(path.stem for path in steps[chosen[0]].glob("*.wav"))
    files = [steps[step] / (name + kind) for step in chosen for name in names for kind in KINDS]
    media, left_out = embedded([path for path in files if path.is_file()])
    note = f"<p>{left_out} files were left out to keep the page small; they are in <code>samples/</code>.</p>"
    return (note if left_out else "") + "\n".join(
        _sentence(name, [(step, steps[step] / name) for step in chosen], best, media) for name in names
    )


def sample_steps(workdir: Path) -> dict[int, Path]:
    """The folders with a WAV file in them, by step, ascending."""
    folders = sorted((workdir / "samples").glob("step_*"))
    return {
        int(folder.name[5:]): folder
        for folder in folders
        if re.fullmatch(r"step_\d+", folder.name) and any(folder.glob("*.wav"))
    }


def compared(steps: list[int], best: int | None) -> list[int]:
    """The newest of the ascending steps, the best if it is among them, the first, the middle; each once."""
    wanted = [steps[-1], *([best] if best in steps else []), steps[0], steps[len(steps) // 2]]
    return list(dict.fromkeys(wanted))


def embedded(files: list[Path]) -> tuple[dict[Path, str], int]:
    """Data URIs of the files, in order, that fit into `BUDGET`; and how many files do not."""
    media, room = {}, BUDGET
    for path in files:
        size = path.stat().st_size
        if size <= room:
            room -= size
            content = base64.b64encode(path.read_bytes()).decode()
            media[path] = f"data:{KINDS[path.suffix]};base64,{content}"
    return media, len(files) - len(media)


def _sentence(name: str, places: list[tuple[int, Path]], best: int | None, media: dict[Path, str]) -> str:
    (newest, *earlier), label = places, _label(name)
    compare = "".join(_at_step(label, place, best, media, folded=True) for place in sorted(earlier))
    return (
        f'<section class="sentence"><h3>Sentence {label}</h3>'
        + _at_step(label, newest, best, media, folded=False)
        + (f'<div class="earlier">{compare}</div>' if compare else "")
        + "</section>"
    )


def _label(name: str) -> str:
    return str(int(name) + 1) if name.isdecimal() else escape(name)


def _at_step(
    label: str, place: tuple[int, Path], best: int | None, media: dict[Path, str], *, folded: bool
) -> str:
    step, path = place
    sound, picture = path.with_suffix(".wav"), path.with_suffix(".png")
    title = f"Step {step:,}" + (", the best" if step == best else "")
    spoken = f"Sentence {label}, spoken at step {step}"
    player = f'<audio controls preload="metadata" aria-label="{spoken}" src="{media.get(sound)}"></audio>'
    alt = PICTURE.format(name=label, step=step)
    image = f'<img alt="{alt}" src="{media.get(picture)}">'
    if folded:
        image = f"<details><summary>Picture at step {step:,}</summary>{image}</details>"
    return (
        f"<div><h4>{title}</h4>"
        + (player if sound in media else "<p>Left out, or not written.</p>")
        + (image if picture in media else '<p class="soft">No picture.</p>')
        + "</div>"
    )
