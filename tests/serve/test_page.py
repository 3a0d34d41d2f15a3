"""The page of a server in a real browser: it speaks, shows, records, and can be used by everyone."""

import base64
import io
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from served import Hum, Live, new_service, serving, wav
from speaking_run import LONG_TEXT, TEXT, buzz

pytest.importorskip("playwright", reason="playwright is not installed (requirements-dev.txt)")

from page_user import alert, ask, button, duration_s, lit_words, position_s, speak, wait_for_all
from playwright.sync_api import Browser, Page, expect
from web_browser import CHROMIUM, browsing, loudness, visiting, wait_until

from xtts_jax.speak.synthesizer import Synthesizer
from xtts_jax.vocoder.vocode import Voiced

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed (apt install chromium)"),
]
KEY = "the key of the tests"
AXE = Path(".cache") / "axe" / "package" / "axe.min.js"
PHONE = {"viewport": {"width": 390, "height": 844}}


class Held(Hum):
    """Stops before every piece of speech until it is let."""

    def __init__(self) -> None:
        self.pieces = threading.Semaphore(10**6)

    def __call__(self, mel: np.ndarray, seed: int) -> Voiced:
        assert self.pieces.acquire(timeout=20)
        return super().__call__(mel, seed)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def held() -> Held:
    return Held()


@pytest.fixture(scope="module")
def live(synthesizer: Synthesizer, held: Held) -> Iterator[Live]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(synthesizer, "vocode", held)
        with serving(new_service(synthesizer)) as live:
            yield live


@pytest.fixture
def page(browser: Browser, live: Live) -> Iterator[Page]:
    with visiting(browser, f"{live.url}/") as page:
        expect(page.locator("#model")).to_contain_text("tiny")
        yield page


def test_a_typed_text_is_heard_and_seen(page: Page) -> None:
    page.get_by_label("Speed").fill("1.5")
    page.get_by_label("Emotion").select_option("happy")
    request = ask(page, LONG_TEXT)
    assert request["input"] == LONG_TEXT and request["speed"] == 1.5 and request["emotion"] == "happy"
    wait_until(page, lambda: loudness(page) > 0.01)
    wait_for_all(page)
    for picture in ("Waveform of the speech", re.compile("Mel spectrogram")):
        shown = page.get_by_role("img", name=picture).screenshot()
        assert len(shown) > 1000  # one color is less
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    file = Path(download.value.path()).read_bytes()
    audio, rate = soundfile.read(io.BytesIO(file))
    assert len(audio) > rate / 2 and np.sqrt((audio**2).mean()) > 0.01
    assert duration_s(page) == len(audio) / rate
    assert "Synthetic" in soundfile.SoundFile(io.BytesIO(file)).comment


def test_words_light_up_while_they_are_said_and_lead_to_their_moment(page: Page) -> None:
    speak(page, TEXT)
    words = page.get_by_role("group", name="Words")
    assert words.text_content() == TEXT
    expect(button(page, "Play")).to_be_visible()  # the end
    expect(words.locator("[aria-current]")).to_have_count(0)
    wait_until(page, lambda: loudness(page) == 0)
    lit_words(page)
    words.get_by_role("button", name="then").click()
    wait_until(page, lambda: loudness(page) > 0.01)
    expect(button(page, "Play")).to_be_visible()
    lit, all_words = lit_words(page), TEXT.split()
    assert lit[0] == "then" and lit[-1] == "ate."
    assert lit == [
        word for word in all_words[all_words.index("then") :] if word in lit
    ]  # a slow page misses some
    page.locator("#pictures").click(position={"x": 5, "y": 5})
    wait_until(page, lambda: lit_words(page)[:1] == ["a"])


def test_it_plays_what_has_come_while_more_is_made(page: Page, held: Held) -> None:
    held.pieces = threading.Semaphore(1)
    ask(page, LONG_TEXT)
    wait_until(page, lambda: loudness(page) > 0.01)
    first_s = duration_s(page)
    expect(button(page, "Cancel")).to_be_visible()
    held.pieces.release(10**6)
    expect(page.get_by_role("status").first).to_have_text("Spoken.")
    assert duration_s(page) > first_s + 1
    expect(button(page, "Cancel")).to_be_hidden()


def test_what_has_come_stays_when_the_rest_is_canceled(page: Page, held: Held) -> None:
    held.pieces = threading.Semaphore(1)
    ask(page, LONG_TEXT)
    wait_until(page, lambda: loudness(page) > 0.01)
    button(page, "Cancel").click()
    held.pieces.release(10**6)
    expect(page.get_by_role("status").first).to_have_text("Canceled.")
    wait_for_all(page)
    wait_until(page, lambda: loudness(page) == 0)


def test_persian_runs_from_right_to_left(page: Page) -> None:
    page.get_by_label("Language").select_option(label="Persian")
    assert speak(page, "سلام، <blink>a man</blink> said it.")["language"] == "fa"
    expect(page.get_by_role("status").first).to_contain_text("blink")  # is a tag that is not obeyed
    for shown in (page.get_by_label("Text", exact=True), page.get_by_role("group", name="Words")):
        assert shown.get_attribute("lang") == "fa"
        assert shown.evaluate("element => getComputedStyle(element).direction") == "rtl"
    left, right = (
        page.get_by_role("group", name="Words").get_by_role("button", name=name) for name in ("man", "said")
    )
    boxes = [word.bounding_box() for word in (left, right)]
    assert boxes[0] and boxes[1] and boxes[0]["x"] < boxes[1]["x"]  # English words within it do not
    left.focus()
    page.keyboard.press("ArrowLeft")
    expect(right).to_be_focused()


def test_a_file_becomes_a_voice_that_speaks_and_can_be_deleted(page: Page, recording: bytes) -> None:
    page.get_by_text("Add a voice").click()
    page.get_by_label("Recording").set_input_files(
        {"name": "Anna.wav", "mimeType": "audio/wav", "buffer": recording}
    )
    expect(page.get_by_label("Name")).to_have_value("Anna")
    button(page, "Make a voice of it").click()
    expect(page.get_by_role("status").last).to_contain_text("consent")
    voice = page.get_by_label("Voice", exact=True)
    expect(voice.locator("option:checked")).to_have_text("Anna")
    assert speak(page, TEXT)["voice"] == voice.input_value() != "default"
    button(page, "Delete").click()
    expect(voice).to_have_value("default")
    expect(voice.get_by_role("option", name="Anna")).to_have_count(0)


@pytest.mark.parametrize(
    ("name", "data", "start"),
    [
        ("memo.m4a", wav(buzz(0.1, 130), kind="FLAC"), "RIFF"),  # what the server does not read is converted
        ("memo.flac", wav(buzz(0.1, 130), kind="FLAC"), "fLaC"),
        ("memo.m4a", b"nonsense", "nons"),
    ],
)
def test_a_chosen_file_is_one_that_the_server_reads(page: Page, name: str, data: bytes, start: str) -> None:
    code = """async ({ name, data }) => {
      const { readable } = await import("/recorder.js");
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
      return (await readable(new File([bytes], name))).slice(0, 4).text();
    }"""
    assert page.evaluate(code, {"name": name, "data": base64.b64encode(data).decode()}) == start


def test_a_voice_is_recorded(page: Page) -> None:
    page.get_by_text("Add a voice").click()
    button(page, "Record").click()
    wait_until(page, lambda: float(page.locator("#level").get_attribute("value") or 0) > 0.1)
    expect(page.locator("#recorded")).to_have_text("2 s")
    button(page, "Stop").click()
    assert (
        page.get_by_label("What you chose or recorded").evaluate(
            "audio => new Promise(ready => audio.duration ? "
            "ready(audio.duration) : audio.onloadedmetadata = () => ready(audio.duration))"
        )
        > 1
    )
    button(page, "Make a voice of it").click()
    expect(page.get_by_label("Voice", exact=True).locator("option:checked")).to_have_text("My voice")
    button(page, "Delete").click()


def test_what_goes_wrong_is_said_beside_what_is_wrong(page: Page) -> None:
    text = page.get_by_label("Text", exact=True)
    ask(page, "***")
    expect(alert(page)).to_contain_text("nothing to say")
    expect(text).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("heading", name="Speech")).to_be_hidden()
    speak(page, TEXT)
    expect(alert(page)).to_have_count(0)
    assert text.get_attribute("aria-invalid") is None
    page.get_by_text("Add a voice").click()
    button(page, "Make a voice of it").click()
    expect(alert(page)).to_contain_text("Choose a file")
    page.get_by_label("Recording").set_input_files(
        {"name": "a.wav", "mimeType": "audio/wav", "buffer": b"RIFF"}
    )
    button(page, "Make a voice of it").click()
    expect(alert(page)).to_contain_text("WAV, FLAC, OGG or MP3")


def test_a_server_that_is_gone_or_breaks_off_is_said(page: Page) -> None:
    page.route("**/v1/audio/speech", lambda route: route.abort())
    ask(page, TEXT)
    expect(alert(page)).to_contain_text("cannot be reached")
    event = 'data: {"type": "speech.audio.delta", "audio": "AAAA"}\n\n'
    page.route("**/v1/audio/speech", lambda route: route.fulfill(body=event))
    ask(page, TEXT)
    expect(alert(page)).to_contain_text("broke off")


def test_a_key_is_asked_for_and_kept(browser: Browser, synthesizer: Synthesizer) -> None:
    with serving(new_service(synthesizer), KEY) as live, visiting(browser, f"{live.url}/") as page:
        key = page.get_by_label("API key", exact=True)
        expect(key).to_be_focused()
        expect(alert(page)).to_have_count(0)
        key.fill("wrong")
        key.press("Enter")
        expect(alert(page)).to_contain_text("unknown")
        key.fill(KEY)
        key.press("Enter")
        expect(key).to_be_hidden()
        page.reload()
        expect(page.locator("#model")).to_contain_text("tiny")
        expect(key).to_be_hidden()


def test_the_keyboard_suffices(page: Page) -> None:
    press, typing = page.keyboard.press, page.get_by_label("Text", exact=True)
    press("Tab")
    press("Tab")
    expect(typing).to_be_focused()
    page.keyboard.type(LONG_TEXT)
    press("Control+Enter")
    wait_for_all(page)
    for _ in range(2):
        press("Tab")
    expect(button(page, "Pause")).to_be_focused()
    press("Space")
    expect(button(page, "Play")).to_be_focused()
    press("Tab")
    before = position_s(page)
    press("End")
    assert position_s(page) > before
    press("Tab")
    press("Tab")
    words = page.get_by_role("group", name="Words")
    expect(words.get_by_role("button").first).to_be_focused()
    press("ArrowRight")
    lit_words(page)
    press("Enter")
    wait_until(page, lambda: "is" in lit_words(page))
    press("Tab")
    expect(page.get_by_label("Voice", exact=True)).to_be_focused()


@pytest.mark.parametrize("look", [PHONE, {"color_scheme": "light"}, {"color_scheme": "dark"}])
def test_axe_finds_nothing(browser: Browser, live: Live, root: Path, look: dict[str, Any]) -> None:
    if not (root / AXE).is_file():
        pytest.skip(f"axe-core is not at {AXE} (docs/serving.md)")
    with visiting(browser, f"{live.url}/", **look) as page:
        page.get_by_text("Add a voice").click()
        button(page, "Make a voice of it").click()
        expect(alert(page)).to_be_visible()
        speak(page, TEXT)
        page.evaluate((root / AXE).read_text(encoding="utf-8"))
        violations = page.evaluate("axe.run()")["violations"]
        assert not [f"{found['id']}: {node['html']}" for found in violations for node in found["nodes"]]


def test_it_fits_a_phone(browser: Browser, live: Live) -> None:
    with visiting(browser, f"{live.url}/", **PHONE) as page:
        page.get_by_text("Add a voice").click()
        speak(page, TEXT)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]


def test_the_mel_shows_a_tone_in_its_band(page: Page) -> None:
    edges = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 82) / 2595) - 1)
    for hertz in (440, 1000, 5000):
        spectrum = page.evaluate(
            """async hertz => {
              const { logMel } = await import("/spectrum.js");
              const sine = (_, i) => Math.sin(2 * Math.PI * hertz * i / 24000);
              return logMel(Float32Array.from({ length: 24000 }, sine), 24000, 3)[1];
            }""",
            hertz,
        )
        assert abs(int(np.argmax(spectrum)) - int(np.argmin(abs(edges[1:-1] - hertz)))) <= 1
        assert np.max(spectrum) - np.median(spectrum) > 5


def test_only_its_own_server_may_serve_it(page: Page, live: Live) -> None:
    policy = page.request.get(f"{live.url}/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
