"""Lines that end for want of space are joined, and those that end where they were meant to are not."""

import textwrap

import pytest

from xtts_jax.text.wrapping import unwrapped

PROSE = {
    "en": (
        "The committee met on Monday and asked the chairman, who had been away in London since May, to call "
        "Peter Smith. Nobody knew whether Mr. Jones of Boston would come to the meeting in Paris, but Anna "
        "and Robert Brown hoped that he would. On Tuesday The Times wrote about it at length."
    ),
    "de": (
        "Der Ausschuss trat am Montag zusammen und bat den Vorsitzenden, der seit Mai in London gewesen "
        "war, Peter Schmidt anzurufen. Niemand wusste, ob Herr Braun aus Bonn zur Sitzung nach Paris kommen "
        "würde, aber Anna und Robert hofften es. Am Dienstag schrieb die Zeitung ausführlich über die Lage."
    ),
    "fa": (
        "کمیته روز دوشنبه جلسه داشت و از رئیس که از ماه گذشته در لندن بود خواست تا با پیتر تماس بگیرد. "
        "هیچ‌کس نمی‌دانست که آیا آقای احمدی به جلسه در پاریس می‌آید یا نه، اما همه امیدوار بودند که بیاید "
        "و موضوع تمام شود. روز سه‌شنبه روزنامه‌ها دربارهٔ آن به تفصیل نوشتند و مردم آن را خواندند."
    ),
}


@pytest.mark.parametrize("width", [50, 60, 65, 72, 80, 100])
@pytest.mark.parametrize("language", PROSE)
def test_wrapped_prose_is_one_line(language: str, width: int) -> None:
    text = PROSE[language]
    assert unwrapped(textwrap.fill(text, width), language) == text
    two = "\n\n".join([textwrap.fill(text, width)] * 2)
    assert unwrapped(two.replace("\n", "\r\n"), language) == f"{text}\n\n{text}"


@pytest.mark.parametrize(
    "text",
    [
        "Apples\nPears\nPlums",
        "Plan A\nPlan B",
        "What is it for\nCome on\nGo in",
        "You need a pen and\n1. paper\n2. ink",
        "Apples and\n\nPears",
        "A long heading about the history of London and its people\nLondon is old.",
        "It was the best of times, it was the worst of times, it was\nThe age of wisdom.",
        "- One item that is quite long and goes on for some time\n"
        "- Another item that is just as long as the one before it\n"
        "- A third item of the same length as the other two items",
        "1. One item that is quite long and goes on for some time\n"
        "2. Another item that is just as long as the one before\n"
        "3. A third item of the same length as the other two are",
        "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\nRough winds",
    ],
)
def test_lines_that_are_meant_stay(text: str) -> None:
    assert unwrapped(text, "en") == text


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The chairman of the large committee met on Monday with\nPeter Smith.", "en"),
        ("Salt and\nPepper", "en"),
        ("the end of the\nworld", "en"),
        ("fruits such as\n“Apples”", "en"),
        ("Brot und\nButter", "de"),
        ("نان و\nپنیر", "fa"),
        ("The chairman of the large committee met on Monday, and,\n“Peter” went.", "en"),
        ("Der Vorsitzende des großen Ausschusses traf am Montag den\nBürgermeister.", "de"),
        ("رئیس کمیتهٔ بزرگ روز دوشنبه در ساختمان مرکزی شهر تهران با\nپیتر دیدار کرد.", "fa"),
    ],
)
def test_a_line_that_leads_on_is_joined(text: str, language: str) -> None:
    assert unwrapped(text, language) == text.replace("\n", " ")
