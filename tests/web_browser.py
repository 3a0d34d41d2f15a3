"""A headless Chromium, what its pages say and ask for, and what can be heard of them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PATIENCE_S = 60  # the first speech waits for compilations
EXPECTED = "Failed to load resource"  # said of every answer that is an error

# Whatever goes to the loudspeaker is also measured.
_EAR = """
const connect = AudioNode.prototype.connect;
window.ears = [];
AudioNode.prototype.connect = function (target, ...rest) {
  if (target instanceof AudioDestinationNode) {
    const ear = new AnalyserNode(this.context);
    connect.call(this, ear);
    window.ears.push(ear);
  }
  return connect.call(this, target, ...rest);
};
window.loudness = () => Math.max(0, ...window.ears.map((ear) => {
  const samples = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(samples);
  return Math.hypot(...samples) / Math.sqrt(samples.length);
}));
"""


@contextmanager
def browsing() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--mute-audio", *MICROPHONE]
        )
        expect.set_options(timeout=PATIENCE_S * 1000)
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, url: str, **look: Any) -> Iterator[Page]:
    """A page that must report no error and ask no other host; look: options of a browser's context."""
    with browser.new_context(**look) as context:
        context.set_default_timeout(PATIENCE_S * 1000)
        context.add_init_script(_EAR)
        page, wrong = context.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: _note(wrong, said.type, said.text))
        page.on("request", lambda asked: _note_host(wrong, asked.url, url))
        page.goto(url)
        yield page
        assert not wrong


def _note(wrong: list[str], kind: str, text: str) -> None:
    if kind in ("error", "warning") and not text.startswith(EXPECTED):
        wrong.append(text)


def _note_host(wrong: list[str], asked: str, url: str) -> None:
    if not asked.removeprefix("blob:").startswith(url):
        wrong.append(f"{asked} was asked for")


def loudness(page: Page) -> float:
    """How loud it is what the page plays now: 0 in silence."""
    return page.evaluate("window.loudness()")


def wait_until(page: Page, true: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    end = monotonic() + seconds
    while not true():
        assert monotonic() < end
        page.wait_for_timeout(20)
