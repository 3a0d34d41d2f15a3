"""The voice that comes with the package."""

import numpy as np
import pytest

from xtts_jax.commands.config_files import load_config
from xtts_jax.runs import packed, voices
from xtts_jax.runs.settings import read_config
from xtts_jax.runs.shipped import SHIPPED, folder_of
from xtts_jax.speak.synthesizer import Synthesizer

FOLDER = folder_of(SHIPPED)
MOST_BYTES = 40e6


def test_it_is_small_and_whole_and_names_no_place() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) < MOST_BYTES
    config = read_config(FOLDER)
    assert packed.fits(FOLDER, config)
    assert config.data.root == config.data.cache_dir == config.train.init_from == ""


def test_its_card_describes_every_voice() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    known = voices.read(FOLDER)
    for voice in known:
        assert f"| {voice.speaker} | {', '.join(voice.languages)} |" in card and voice.about
    spoken = [language for voice in known for language in voice.languages]
    assert spoken.count("en") >= 4 and spoken.count("fa") >= 2 and {"de", "nl"} <= {*spoken}


def test_a_voice_of_ones_own_begins_with_all_of_it() -> None:
    tuned, shipped = load_config("your_voice", ["--config.data.root="]), read_config(FOLDER)
    assert tuned.model == shipped.model and tuned.audio == shipped.audio
    assert tuned.data.denoise == shipped.data.denoise
    assert tuned.data.reference_seconds == shipped.data.reference_seconds


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The morning train leaves at half past seven.", "en"),
        ("قطار صبح ساعت هفت و نیم حرکت می‌کند.", "fa"),
        ("Der Zug fährt um halb acht.", "de"),
        ("De trein vertrekt om half acht.", "nl"),
    ],
)
def test_it_speaks_with_loud_and_quiet_parts_and_a_usual_speed(text: str, language: str) -> None:
    speech = Synthesizer()(text, language=language)
    rate = speech.sample_rate
    blocks = speech.audio[: len(speech.audio) // 220 * 220].reshape(-1, 220)
    levels = 10 * np.log10(np.square(blocks).mean(axis=1) + 1e-10)
    assert 1.5 < len(speech.audio) / rate < 6
    assert np.percentile(levels, 95) > -25 and np.ptp(np.percentile(levels, [5, 95])) > 20
    assert not speech.unknown and not speech.remark
