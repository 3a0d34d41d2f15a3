"""What somebody does with the page of a server, and sees on it."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def alert(page: Page) -> Locator:
    return page.get_by_role("alert").filter(has_text=re.compile("."))


def ask(page: Page, text: str) -> dict[str, Any]:
    """Types it and has it spoken; the request that is sent."""
    page.get_by_label("Text", exact=True).fill(text)
    with page.expect_request("**/v1/audio/speech") as asked:
        button(page, "Speak").click()
    return asked.value.post_data_json or {}


def speak(page: Page, text: str) -> dict[str, Any]:
    """The same until all of it has come."""
    request = ask(page, text)
    wait_for_all(page)
    return request


def wait_for_all(page: Page) -> None:
    """That will come of a speech."""
    expect(page.get_by_role("link", name="Download")).to_be_visible()


def duration_s(page: Page) -> float:
    """The length of what has come."""
    return float(page.get_by_label("Position").get_attribute("max") or 0)


def position_s(page: Page) -> float:
    return float(page.get_by_label("Position").input_value())


def lit_words(page: Page) -> list[str]:
    """Those that were marked since this was called last, in order; it watches from its first call on."""
    return page.evaluate("""() => {
      if (!window.lit) {
        const note = ({ target }) => target.ariaCurrent && window.lit.push(target.textContent);
        const watch = new MutationObserver((changes) => changes.forEach(note));
        watch.observe(document.getElementById("words"), { subtree: true, attributeFilter: ["aria-current"] });
        window.lit = [];
      }
      return window.lit.splice(0);
    }""")
