"""What a text with markup says, and where it pauses."""

import pytest

from xtts_jax.errors import TextError
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.markup import parse
from xtts_jax.text.spans import Pause, Prosody, Way, written

PHONEMES = Frontend("phonemes", {})
LINE, PARAGRAPH, NONE = Pause("."), Pause(".", usual_s=0.5), Pause()


def read(text: str, language: str = "en") -> list[tuple[str, Pause]]:
    """What is written in each line, and the pause after it."""
    return [(written(line.spans), line.pause) for line in parse(text, language).lines]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Apples\nPears\r\nPlums", [("Apples", LINE), ("Pears", LINE), ("Plums", NONE)]),
        ("One\n \n\nTwo", [("One", PARAGRAPH), ("Two", NONE)]),
        ("One\u2028Two\u2029Three", [("One", LINE), ("Two", PARAGRAPH), ("Three", NONE)]),
        ("<p>One</p>\n\n<p>Two</p>", [("", PARAGRAPH), ("One", PARAGRAPH), ("Two", PARAGRAPH)]),
        ("<p>One<p>Two", [("", PARAGRAPH), ("One", PARAGRAPH), ("Two", PARAGRAPH)]),
        (
            "<speak>\n <p>\n <s>One\n one</s>\n <s>Two</s> </p> </speak>",
            [("", PARAGRAPH), ("One one", LINE), ("Two", PARAGRAPH)],
        ),
        ("<h1>One</h1>Two<br>Three", [("", LINE), ("One", LINE), ("Two", LINE), ("Three", NONE)]),
        ("<fa>One\n\nTwo</fa> 3", [("One", PARAGRAPH), ("Two 3", NONE)]),
    ],
)
def test_lines_and_paragraphs_end_where_they_are_written(text: str, lines: list[tuple[str, Pause]]) -> None:
    assert read(text) == lines


def test_a_line_that_only_wraps_goes_on() -> None:
    long = "It was the best of times, it was the worst of times, it was"
    assert read(f"{long}\nthe age of wisdom.") == [(f"{long} the age of wisdom.", NONE)]
    assert len(read(f"{long}\nThe age of wisdom.")) == 2
    assert len(read(f"{long}.\nthe age of wisdom.")) == 2
    assert read(f"{long} in\nLondon.") == [(f"{long} in London.", NONE)]
    assert len(read("It was\nthe age of wisdom.")) == 2


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ('<break time="500ms"/>', 0.5),
        ("<break time='1.5s' />", 1.5),
        ("<BREAK TIME=2s/>", 2),
        ('<break time="+250ms" strength="x-strong"></break>', 0.25),
        ("<break time=“1s”/>", 1),
        ('<break strength="strong"/>', 0.7),
        ("<break/>", 0.4),
        ('<break time="1s"/> <break time="2s"/>', 3),
        ('<break time="1000s"/>', 60),
    ],
)
def test_a_break_lasts_as_long_as_it_says(tag: str, seconds: float) -> None:
    assert read(f"Wait{tag}here") == [("Wait", Pause(",", asked_s=seconds)), ("here", NONE)]
    assert read(f"{tag}here")[0] == ("", Pause(",", asked_s=seconds))


def test_a_break_that_lasts_no_time_is_none() -> None:
    assert read('So<break strength="none"/>, go<break time="0ms"/>') == [("So, go", NONE)]


@pytest.mark.parametrize("text", ["So{}go", "<b>So</b>{}<i>go</i>", "So {}go", "So{} go"])
@pytest.mark.parametrize("tag", ['<break strength="none"/>', '<break time="0s"/>'])
def test_a_break_that_lasts_no_time_parts_words(text: str, tag: str) -> None:
    assert read(text.format(tag)) == [("So go", NONE)]


@pytest.mark.parametrize("time", ["-1s", "abc", "5", "1,5s", "", "1s2"])
def test_a_time_that_is_none_is_named_and_the_break_a_usual_one(time: str) -> None:
    marked = parse(f'a<break time="{time}"/>b', "en")
    assert marked.lines[0].pause == Pause(",", asked_s=0.4) and marked.unknown == (f'time="{time}"',)


@pytest.mark.parametrize(
    ("tag", "prosody"),
    [
        ('rate="slow"', Prosody(rate=0.75)),
        ('rate="150%"', Prosody(rate=1.5)),
        ('rate="+50%"', Prosody(rate=1.5)),
        ('rate="-20%"', Prosody(rate=0.8)),
        ('rate="1.2"', Prosody(rate=1.2)),
        ('pitch="+2st"', Prosody(semitones=2)),
        ('pitch="-50%"', Prosody(semitones=-12)),
        ('pitch="x-high"', Prosody(semitones=6)),
        ('volume="-6dB" rate="fast"', Prosody(1.35, 0, -6)),
        ('volume="soft"', Prosody(decibels=-6)),
        ('pitch="x-low" rate="x-fast" volume="x-loud"', Prosody(1.8, -6, 8)),
        ('pitch="default" rate="medium" volume="default"', Prosody()),
        ('pitch="-0.5st"', Prosody(semitones=-0.5)),
        ('pitch="+100%"', Prosody(semitones=12)),
        ('pitch="200Hz"', Prosody(hertz=200)),
        ('pitch="+20Hz" rate="fast"', Prosody(1.35, hertz_up=20)),
        ('pitch="-10.5 hz"', Prosody(hertz_up=-10.5)),
        ('volume="50"', Prosody(decibels=-6.0206)),
        ('volume="-50%"', Prosody(decibels=-6.0206)),
        ('rate="200" pitch="10%" volume="silent"', Prosody()),
    ],
)
def test_prosody_is_relative_and_adds_up(tag: str, prosody: Prosody) -> None:
    (line,) = parse(f"<prosody {tag}>so</prosody>", "en").lines
    assert line.spans[0].prosody == pytest.approx(prosody)
    (line,) = parse(f'<prosody rate="50%"><prosody {tag}>so</prosody></prosody> on', "en").lines
    assert line.spans[0].prosody == pytest.approx(prosody._replace(rate=prosody.rate / 2))
    assert line.spans[1].prosody == Prosody()


def test_a_pitch_in_hertz_is_not_relative_to_that_around_it() -> None:
    outer = "<prosody pitch='+2st'><prosody pitch='+10Hz'>"
    inner = "<prosody pitch='200Hz'><prosody pitch='+1st'>"
    (line,) = parse(f"{outer}{inner}so{'</prosody>' * 4}", "en").lines
    assert line.spans[0].prosody == Prosody(semitones=1, hertz=200)
    (line,) = parse(f"{outer}so{'</prosody>' * 2}", "en").lines
    assert line.spans[0].prosody == Prosody(semitones=2, hertz_up=10)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("<b>H</b>ello <em>my</em> <i class='a'>friend</i>", "Hello my friend"),
        ("Fish &amp; chips, caf&eacute; &#8364;5 &#x263A;", "Fish & chips, café €5"),
        ("<sub alias='World Wide Web'>WWW</sub>, and", "World Wide Web, and"),
        ("H<sub>2</sub>O", "H2O"),
        ("<sub>WWW</sub>", "WWW"),
        ("<sub alias=''>WWW</sub>", "WWW"),
        ("<phoneme ph=''>word</phoneme>", "word"),
        ("<phoneme ph='ˈ.'>word</phoneme>", "word"),
        ("<lang xml:lang='fa-IR'>سلام</lang> <fa>سلام</fa> <FA>سلام</FA>", "<fa>سلام سلام سلام</fa>"),
        ("<phoneme alphabet='ipa' ph='təˈmɑː.t͡o'>tomato</phoneme> soup", "[[təˈmɑːto]] soup"),
        ("<phoneme alphabet='x-sampa' ph='t@'>tomato</phoneme>", "tomato"),
        ("<table><tr><td>milk</td></tr></table>", "milk"),
        ("<!-- no --><?xml version='1.0'?><speak>yes<script>no</script></speak>", "yes"),
        ("one <![CDATA[two]]> <mark name='3'/> three", "one two three"),
        ("<em>hi</em> <xx>there</xx> <br/>", "hi there"),
        ("Mail <bob@example.com> or <https://x.org/a>.", "Mail bob@example.com or https://x.org/a."),
        ("<say-as interpret-as='currency'>$5</say-as>", "$5"),
        (
            "Fish &amp;amp; chips &amp;amp;amp; &amp;#8364;5 &amp;nbsp;so",
            "Fish & chips & €5 so",
        ),
        ("[[<b>həlˈoʊ</b> wˈɜːld&#33;]]", "[[həlˈoʊ wˈɜːld!]]"),
        ("[[<fa>həlˈoʊ</fa>]]", "[[həlˈoʊ]]"),
        ("one<break 500ms/> two<break time='1s> three", "one<break/> two<break/> three"),
        ("<prosody rate=slow fast>one</prosody> two", "one two"),
    ],
)
def test_markup_is_obeyed_or_left_out_and_never_read_aloud(text: str, same: str) -> None:
    assert PHONEMES(text, "en") == PHONEMES(same, "en")


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("<b>a</b> <em>b</em> <b>c</b><br>", ("<b>", "<em>", "<br>")),
        ("a &foo; &amp; &#xD800;", ("&foo;", "&#xD800;")),
        ("<voice name='x'>a</voice><amazon:effect n='1'>b</amazon:effect>", ("<voice>", "<amazon:effect>")),
        ("<say-as interpret-as='currency'>5</say-as>", ('interpret-as="currency"',)),
        ("<prosody pitch='5Hz' contour='x'>a</prosody>", ('pitch="5Hz"', 'contour="x"')),
        ("<break time='90s'/>a", ('what time="90s" has over 60 s',)),
        ("<phoneme ph=''>a</phoneme>", ('ph=""',)),
        ("<break time='soon'/>a", ('time="soon"',)),
        ("<lang xml:lang='ja'>a</lang>", ('xml:lang="ja"',)),
        ("<phoneme alphabet='cmu' ph='AA'>a</phoneme>", ('alphabet="cmu"',)),
        ("a</b>", ("<b>",)),
        ("[[<b>a</b><i>b</i>]]", ("<b>", "<i>")),
        ("<prosody rate='200' volume='silent'>a</prosody>", ('rate="200"', 'volume="silent"')),
        ("a<break 5s/>b", ("<break 5s/>",)),
        ("a &amp;foo; &amp;T;", ()),
        ("2 < 3 > 1, <3, x<y and y>z, <- a ->, <me@here.org>", ()),
        ("<p>a</p> <fa>سلام</fa> [[a]] <speak>b</speak>", ()),
    ],
)
def test_what_is_not_known_is_named_once(text: str, unknown: tuple[str, ...]) -> None:
    assert parse(text, "en").unknown == unknown


@pytest.mark.parametrize("tag", ["fa", "lang", "prosody", "say-as", "phoneme"])
def test_a_tag_that_must_have_a_partner_is_named(tag: str) -> None:
    for text in (f"say <{tag}>this", f"say this</{tag}>", f"<p><{tag}>say</p> this</{tag}>"):
        with pytest.raises(TextError, match=f"The tag </?{tag}> has no partner"):
            parse(text, "en")


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("characters", "AbC1", "<say-as interpret-as='spell-out'>a b c 1</say-as>"),
        ("cardinal", "2,024", "two thousand and twenty-four"),
        ("cardinal", "-3.5", "minus three point five"),
        ("cardinal", "IV", "four"),
        ("ordinal", "XII", "twelfth"),
        ("ordinal", "-5", "minus fifth"),
        ("digits", "3.14", "three point one four"),
        ("digits", "-20", "minus two zero"),
        ("digits", "192.168", "one nine two point one six eight"),
        ("digits", "12-34", "one two, three four"),
        ("date", "May 5, 2020", "May fifth, twenty twenty"),
        ("date", "5 May", "the fifth of May"),
        ("date' format='mdy", "May 5, 2020", "May fifth, twenty twenty"),
        ("characters", "a.b@c", "<say-as interpret-as='spell-out'>a</say-as> dot b at c"),
        ("ordinal", "3", "third"),
        ("ordinal", "1,001st", "one thousand and first"),
        ("digits", "2024", "two zero two four"),
        ("telephone", "+1 (555) 123-4567", "plus one, five five five, one two three, four five six seven"),
        ("date' format='dmy", "3.5.2024", "May third, twenty twenty-four"),
        ("date' format='mm/dd/yyyy", "3/5/24", "March fifth, twenty-four"),
        ("date", "20240503", "May third, twenty twenty-four"),
        ("date", "someday", "someday"),
        ("date", "5/3", "May third"),
        ("date", "25/3", "March twenty-fifth"),
        ("date", "3.5.", "May third"),
        ("date", "5/2024", "May twenty twenty-four"),
        ("date", "2024-05", "May twenty twenty-four"),
        ("date' format='dm", "5/3", "March fifth"),
        ("date' format='mm/dd", "05/03", "May third"),
        ("date' format='y", "1999", "nineteen ninety-nine"),
        ("date' format='d", "3", "third"),
        ("date' format='m", "5", "May"),
        ("date", "13/40", "13/40"),
        ("time' format='hms12", "2:30pm", "two thirty PM"),
        ("time", "14.05", "fourteen oh five"),
        ("time", "0930", "nine thirty"),
        ("number' format='ordinal", "2", "second"),
    ],
)
def test_say_as_reads_by_kind(kind: str, text: str, said: str) -> None:
    assert PHONEMES(f"So <say-as interpret-as='{kind}'>{text}</say-as>", "en") == PHONEMES(f"So {said}", "en")


def test_letters_are_read_by_their_names() -> None:
    assert PHONEMES("<say-as interpret-as='characters'>ABA</say-as>", "en") == "ˈeɪ bˈiː ˈeɪ"
    assert PHONEMES("<fa><say-as interpret-as='characters'>کت</say-as></fa>", "en") == "kɑf te"


def test_say_as_reads_in_the_language_around_it() -> None:
    for text, same in (
        (
            "<lang xml:lang='de'><say-as interpret-as='date' format='dmy'>3.5.2024</say-as></lang>",
            "<de>drei fünf zweitausendvierundzwanzig</de>",
        ),
        ("<say-as interpret-as='ordinal'>۳</say-as>", "سوم"),
        ("<say-as interpret-as='date' format='dm'>۵/۳</say-as>", "پنجمِ خرداد"),
        ("<say-as interpret-as='date'>۵/۳</say-as>", "سومِ مرداد"),
        ("<say-as interpret-as='date'>۱۴۰۳/۵</say-as>", "مردادِ هزار و چهارصد و سه"),
        ("<say-as interpret-as='date' format='my'>۵/۲۰۲۴</say-as>", "مهِ دو هزار و بیست و چهار"),
    ):
        language = "en" if "lang" in text else "fa"
        assert PHONEMES(text, language) == PHONEMES(same, language)


def test_phonemes_are_not_letters() -> None:
    characters = Frontend("characters", {})
    assert characters("<phoneme ph='təˈmɑːtoʊ'>tomato</phoneme> [[X]]", "en") == "tomato X"
    (line,) = parse("<phoneme ph='ga'/>", "en").lines
    assert line.spans[0].said == "ɡa" and line.spans[0].way is Way.IPA
