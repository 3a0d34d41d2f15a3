"""English text as a person would read it aloud."""

import pytest

from xtts_jax.text.normalize import normalize

SPOKEN = {
    "cardinals": [
        ("I have 2 cats.", "I have two cats."),
        ("0 or 10", "zero or ten"),
        ("There are 21 of them", "There are twenty-one of them"),
        ("1,234 cows", "one thousand two hundred and thirty-four cows"),
        ("1,000,000 stars", "one million stars"),
        ("-5 degrees", "minus five degrees"),
        ("agent 007", "agent zero zero seven"),
        ("5-10 years", "five to ten years"),
        ("pages 10–12", "pages ten to twelve"),
        ("12345678901234", "one two three four five six seven eight nine zero one two three four"),
        ("٣ and ۴ and 5", "three and four and five"),
        ("COVID-19", "COVID nineteen"),
    ],
    "ordinals": [
        ("the 1st", "the first"),
        ("the 2nd and 3rd", "the second and third"),
        ("the 22nd", "the twenty-second"),
        ("the 100th", "the one hundredth"),
        ("11th, 12th, 13th", "eleventh, twelfth, thirteenth"),
    ],
    "decimals and fractions": [
        ("3.14", "three point one four"),
        ("0.5", "zero point five"),
        (".5", "zero point five"),
        ("1,000.25", "one thousand point two five"),
        ("1/2 of it", "one half of it"),
        ("3/4", "three quarters"),
        ("2½ cups", "two and one half cups"),
        ("version 1.2.3", "version one point two point three"),
    ],
    "years": [
        ("in 1999.", "in nineteen ninety-nine."),
        ("in 1066", "in ten sixty-six"),
        ("since 2005", "since two thousand and five"),
        ("By 2024, yes", "By twenty twenty-four, yes"),
        ("1905", "nineteen oh-five"),
        ("1990-1995", "nineteen ninety to nineteen ninety-five"),
        ("the 1980s", "the nineteen eighties"),
        ("the '90s", "the nineties"),
    ],
    "money": [
        ("$3.50", "three dollars and fifty cents"),
        ("$1", "one dollar"),
        ("$1 million", "one million dollars"),
        ("$1.5bn", "one point five billion dollars"),
        ("$0.99", "ninety-nine cents"),
        ("£1.01", "one pound and one penny"),
        ("€20", "twenty euros"),
        ("5€", "five euros"),
        ("$1,234", "one thousand two hundred and thirty-four dollars"),
        ("$1999", "one thousand nine hundred and ninety-nine dollars"),
        ("US$5", "five dollars"),
    ],
    "percent and units": [
        ("50%", "fifty percent"),
        ("12.5 %", "twelve point five percent"),
        ("10-20% off", "ten to twenty percent off"),
        ("5 km", "five kilometers"),
        ("1 kg", "one kilogram"),
        ("60 mph", "sixty miles per hour"),
        ("20°C", "twenty degrees Celsius"),
        ("1500 m", "one thousand five hundred meters"),
        ("16GB", "sixteen gigabytes"),
    ],
    "dates": [
        ("2024-05-12", "May twelfth, twenty twenty-four"),
        ("12/05/2024", "December fifth, twenty twenty-four"),
        ("25/12/2024", "December twenty-fifth, twenty twenty-four"),
        ("May 5, 2024", "May fifth, twenty twenty-four"),
        ("Jan. 3rd", "January third"),
        ("5 May 2024", "the fifth of May, twenty twenty-four"),
        ("the 5th of May", "the fifth of May"),
        ("May 99", "May ninety-nine"),
    ],
    "times": [
        ("at 10:30", "at ten thirty"),
        ("at 10:05", "at ten oh five"),
        ("at 7:00", "at seven o'clock"),
        ("5 pm", "five PM"),
        ("9:15 a.m. today", "nine fifteen AM today"),
        ("at 5 p.m. They left", "at five PM. They left"),
        ("16:9", "sixteen nine"),
    ],
    "abbreviations": [
        ("Mr. and Mrs. Smith", "Mister and Missus Smith"),
        ("Dr. Jones", "Doctor Jones"),
        ("St. Paul", "Saint Paul"),
        ("Main St. is long", "Main Street is long"),
        ("I live on Main St.", "I live on Main Street."),
        ("e.g. this, i.e. that", "for example this, that is that"),
        ("apples, etc.", "apples, et cetera."),
        ("apples, etc., here", "apples, et cetera, here"),
        ("cats vs. dogs", "cats versus dogs"),
        ("No. 5", "number five"),
        ("No. I will not.", "No. I will not."),
        ("#6", "number six"),
        ("salt & pepper", "salt and pepper"),
        ("J. K. Rowling", "J K Rowling"),
        ("Plan B. Then C.", "Plan B. Then C."),
    ],
    "telephone numbers": [
        ("555-1234", "five five five, one two three four"),
        ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ],
    "acronyms": [
        ("NASA and the BBC", "NASA and the BBC"),
        ("the U.S.A. won", "the USA won"),
        ("The U.S. Army", "The US Army"),
        ("in the U.S. He left", "in the US. He left"),
        ("A4 paper", "A-four paper"),
    ],
    "marks": [
        ("“Yes,” he said—‘really’!", "Yes, he said— really!"),
        ("What?! No!!!", "What? No!"),
        ("Well... yes", "Well… yes"),
        ("this - that", "this— that"),
        ("well-known don't o'clock", "well-known don't o'clock"),
        ("Yes (maybe) no", "Yes, maybe, no"),
        ("Yes (maybe).", "Yes, maybe."),
        ("(maybe)", "maybe"),
        (" a\t b\n\nc ", "a b c"),
        ("one,two", "one, two"),
        ("rock 'n' roll", "rock and roll"),
        ("user@example.com", "user at example dot com"),
        ("and/or", "and or"),
        ("nice 😀 day ©", "nice day"),
        ("ﬁne café cafe\u0301", "fine café café"),
    ],
}  # fmt: skip
CASES = [pytest.param(*case, id=case[0]) for cases in SPOKEN.values() for case in cases]


@pytest.mark.parametrize(("written", "spoken"), CASES)
def test_english_is_normalized_as_spoken(written: str, spoken: str) -> None:
    assert normalize(written, "en") == spoken


@pytest.mark.parametrize(("written", "_spoken"), CASES)
def test_normalizing_twice_changes_nothing(written: str, _spoken: str) -> None:
    once = normalize(written, "en")
    assert normalize(once, "en") == once


def test_british_english_reads_the_day_first() -> None:
    assert normalize("12/05/2024", "en-gb") == "May twelfth, twenty twenty-four"
