"""Tables of recordings in the formats of other projects: columns, delimiters, headers and names of files."""

import json
import re
import unicodedata
from pathlib import Path
from typing import Literal

import pytest

from xtts_jax.data.manifest import recognise
from xtts_jax.data.rows import Listing
from xtts_jax.errors import UserError

Form = Literal["NFC", "NFD"]
TEXTS = (
    "The baker opens at six.",
    "Nobody saw the red boat leave.",
    "She counts the stairs twice a day.",
    "Old clocks tick louder at night.",
    "We paid 12 dollars for it.",
    "His brother plays the cello.",
)
SPOKEN = [text.replace("12", "twelve").lower() for text in TEXTS]
PERSIAN = ("نانوا ساعت شش باز می‌کند.", "کسی قایق را ندید.", "او پله‌ها را می‌شمارد.", "باران بارید.")
FILES = [f"wavs/{i}.wav" for i in range(len(TEXTS))]


def read(root: Path, tables: dict[str, list[str]], files: list[str] = FILES) -> Listing:
    """The rows of a folder with empty audio files; only their names matter here."""
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for name, lines in tables.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return recognise(root).read(root, "en")


def lines(form: str, texts: tuple[str, ...] = TEXTS) -> list[str]:
    """A line for each text: {i} is its number, {t} the text, {n} its normalized form, {s} a speaker."""
    return [
        form.format(i=i, t=text, n=SPOKEN[i], s=("anna", "ben")[i % 2], sid=i % 2, x=2 + 0.31 * i)
        for i, text in enumerate(texts)
    ]


SPEAKERS = ["anna", "ben"] * 3
NUMBERED = ["0", "1"] * 3


@pytest.mark.parametrize(
    ("table", "speakers"),
    [
        (lines("wavs/{i}.wav|{t}|{s}"), SPEAKERS),
        (["audio_file|text|speaker_name", *lines("wavs/{i}.wav|{t}|{s}")], SPEAKERS),
        (["wavfile|says|who", *lines("wavs/{i}.wav|{t}|{s}")], SPEAKERS),
        (lines("{i}|{s}|{t}"), SPEAKERS),
        (lines("{s}|{t}|{i}"), SPEAKERS),
        (lines("wavs/{i}.wav|{sid}|{t}"), NUMBERED),
        (lines("/data/set/wavs/{i}.wav|{s}|EN|{t}"), SPEAKERS),
        (lines("{i}|{s}|en-US|{t}"), SPEAKERS),
        (["wavs/0.wav|anna|" + TEXTS[0], *lines("E:/set/wavs/{i}.wav|{s}|{t}")[1:]], SPEAKERS),
        (lines("{i}|{t}|{s}|train"), SPEAKERS),
        (lines("{i}|{t}|{x:.2f}|f|{s}"), SPEAKERS),
        (lines("{i}|{t}|{n}|{s}"), SPEAKERS),
        (lines("{i}|{t}|{t}|{x:.1f} s|{s}"), SPEAKERS),
        (["file_name,transcription,speaker_id", *lines('wavs/{i}.wav,"{t}",{s}')], SPEAKERS),
        (["id;speaker;text", *lines("{i};{s};{t}")], SPEAKERS),
        (["id\ttext\tspeaker", *lines("{i}\t{t}\t{s}")], SPEAKERS),
        (lines('{i}|"{t}"|{s}'), SPEAKERS),
    ],
)
def test_texts_and_speakers_are_read_from_whichever_columns_they_are_in(
    tmp_path: Path, table: list[str], speakers: list[str]
) -> None:
    listing = read(tmp_path, {"metadata.csv": table})
    assert [row.text.rstrip(".").lower() for row in listing.rows] in (
        [text.rstrip(".").lower() for text in TEXTS],
        [text.rstrip(".") for text in SPOKEN],
    )
    assert [row.speaker for row in listing.rows] == speakers
    assert [row.audio for row in listing.rows] == [tmp_path / name for name in FILES]
    assert any("read as speaker: 2 names (" in column for column in listing.columns)


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("audio_file|says|who", "wavs/{i}.wav|{t}|{s}"),
        ("says|recording of it|speaker", "{t}|{i}|{s}"),
        ("who|text|what", "{s}|{t}|{i}"),
        ("file|who|speech|seconds|gender", "{i}|{s}|{t}|{x}|f"),
        ("id|speaker|says", "{i}|{s}|{t}"),
    ],
)
def test_what_a_header_does_not_name_is_read_by_contents(tmp_path: Path, header: str, form: str) -> None:
    rows = read(tmp_path, {"metadata.csv": [header, *lines(form)]}).rows
    assert [(row.text, row.speaker) for row in rows] == list(zip(TEXTS, SPEAKERS, strict=True))
    assert [row.audio for row in rows] == [tmp_path / name for name in FILES]


def test_columns_beside_a_named_text_are_not_guessed(tmp_path: Path) -> None:
    rows = read(tmp_path, {"metadata.csv": ["id|text|accent", *lines("{i}|{t}|{s}")]}).rows
    assert {row.speaker for row in rows} == {tmp_path.name}


def test_a_header_without_texts_is_enough_for_recordings(tmp_path: Path) -> None:
    rows = read(tmp_path, {"metadata.csv": ["file|votes", *lines("{i}|{sid}")]}).rows
    assert [(row.text, row.speaker) for row in rows] == [("", tmp_path.name)] * len(TEXTS)


@pytest.mark.parametrize(
    ("first", "second"), [("English", "Farsi"), ("eng", "per"), ("en-US", "Persian (Iran)")]
)
def test_languages_may_be_named_in_full(tmp_path: Path, first: str, second: str) -> None:
    table = [f"{line}|{(first, second)[i % 2]}" for i, line in enumerate(lines("{i}|{t}|{s}"))]
    rows = read(tmp_path, {"metadata.csv": table}).rows
    assert [row.language for row in rows] == [first, second] * 3
    assert [row.speaker for row in rows] == SPEAKERS


@pytest.mark.parametrize(
    "value",
    [
        "2.31", "2.31 s", "۲٫۵", "00:02.31", "44100", "2024-05-03", "2024-05-03 12:30:00", "03.05.2024",
        "3 May 2024", "May 3, 2024", "test", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{i}|{t}|", "{i}|{t}|{n}|"])
def test_numbers_dates_and_sets_are_not_texts(tmp_path: Path, form: str, value: str) -> None:
    table = [f"{line}{value.replace('3', str(3 + i))}" for i, line in enumerate(lines(form))]
    listing = read(tmp_path, {"metadata.csv": table})
    assert [row.text for row in listing.rows] == (SPOKEN if "{n}" in form else list(TEXTS))
    assert {row.speaker for row in listing.rows} == {tmp_path.name}
    assert "not read" in listing.columns[-1]


@pytest.mark.parametrize(
    "column",
    [
        "3 4 5 3 4 5",  # seconds, votes or speakers
        "m f m f m f",
        "anna ben cara dora emil fred",
        "ðə_bˈeɪkə noʊbədi ʃi oʊld wi hɪz",
    ],
)
def test_a_column_that_may_be_several_things_is_refused(tmp_path: Path, column: str) -> None:
    values = zip(lines("{i}|{t}|"), column.split(), strict=True)
    with pytest.raises(UserError, match=r"no header, and column 3 .*first line, such as id\|text\|\?"):
        read(tmp_path, {"metadata.csv": ["".join(pair) for pair in values]})


def test_phonemes_are_not_taken_for_texts(tmp_path: Path) -> None:
    table = [f"{i}|{symbols}" for i, symbols in enumerate(["ðə bˈeɪkə", "nˈoʊbədi", "ʃi kˈaʊnts"])]
    with pytest.raises(UserError, match=r"column 2 .*could be several things"):
        read(tmp_path, {"metadata.csv": table})
    listing = read(tmp_path, {"metadata.csv": ["id|phonemes", *table]})
    assert [row.phonemes for row in listing.rows] == [line.partition("|")[2] for line in table]


def test_two_columns_of_different_sentences_are_refused(tmp_path: Path) -> None:
    table = [f"{line}|{other}" for line, other in zip(lines("{i}|{t}"), reversed(TEXTS), strict=True)]
    with pytest.raises(UserError, match="could be several things"):
        read(tmp_path, {"metadata.csv": table})


def test_persian_with_its_normalized_form_is_recognized(tmp_path: Path) -> None:
    table = [f"{i}|{text}|{text.replace('ا', 'اَ').rstrip('.')}" for i, text in enumerate(PERSIAN)]
    listing = read(tmp_path, {"metadata.csv": table})
    assert listing.columns[2] == "column 3 read as normalized text"
    assert listing.rows[1].other_text == PERSIAN[1]


@pytest.mark.parametrize(
    ("form", "row", "text"),
    [
        ("{i}|{t}", "5|He | said so.", "He | said so."),
        ("{i}|{t}", "5|Good | bad | ugly.", "Good | bad | ugly."),
        ("{i}|{s}|{t}", "5|ben|He | said so.", "He | said so."),
        ("{i}|{t}|{s}", "5|He | said so.|ben", "He | said so."),
        ("{i}|{t}|{n}", "5|He | said so.|he | said so", "he | said so"),
        ("{i}|{t}|{n}", "5|He | said so.|", "He | said so."),
    ],
)
def test_a_delimiter_in_a_text_does_not_cut_it(tmp_path: Path, form: str, row: str, text: str) -> None:
    listing = read(tmp_path, {"metadata.csv": [*lines(form)[:5], row]})
    assert (listing.rows[-1].text, listing.rows[-1].delimiter) == (text, "|")
    assert not any(row.delimiter for row in listing.rows[:5])


@pytest.mark.parametrize(
    ("form", "row", "text"),
    [
        ("{i}|{t}", "5|We met at 7.|we met at seven", "we met at seven"),
        ("{i}|{t}|{n}", "5|He said so.", "He said so."),
        ("{i}|{t}", "5|He said so.|", "He said so."),
    ],
)
def test_a_normalized_text_may_be_in_some_rows_only(tmp_path: Path, form: str, row: str, text: str) -> None:
    last = read(tmp_path, {"metadata.csv": [*lines(form)[:5], row]}).rows[-1]
    assert (last.text, last.delimiter, last.complaint) == (text, "", "")


HALVES = (
    "To be{d} or not to be",
    "No pain{d} no gain.",
    "The size of it{d} and the width of the size of it.",
)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_a_sentence_whose_halves_are_alike_is_not_cut(tmp_path: Path, header: bool, sign: str) -> None:
    halves = [text.format(d=sign) for text in HALVES]
    table = [line.replace(";", sign) for line in ["file;text"][: int(header)] + lines("{i}.wav;{t}")[:3]]
    table += [f"{i}.wav{sign}{text}" for i, text in enumerate(halves, 3)]
    rows = read(tmp_path, {"metadata.csv": table}).rows
    assert [row.text for row in rows] == [*TEXTS[:3], *halves]
    assert [row.delimiter for row in rows] == [""] * 3 + [sign] * 3


def test_sentences_most_of_which_have_a_comma_are_read_whole(tmp_path: Path) -> None:
    texts = tuple(text.replace(" ", ", ", 1) for text in TEXTS)
    table = [*lines("{i}.wav,{t}", texts)[:4], *lines("{i}.wav,{t}")[4:]]
    rows = read(tmp_path, {"metadata.csv": table}).rows
    assert [row.text for row in rows] == [*texts[:4], *TEXTS[4:]]


def test_a_header_of_two_columns_leaves_no_room_for_a_third_between_commas(tmp_path: Path) -> None:
    table = ["file,text", *(f"{i}.wav,No pain, no gain." for i in range(len(TEXTS)))]
    rows = read(tmp_path, {"metadata.csv": table}).rows
    assert {row.text for row in rows} == {"No pain, no gain."}


def test_a_header_may_lack_the_name_of_a_normalized_text_that_all_rows_have(tmp_path: Path) -> None:
    rows = read(tmp_path, {"metadata.csv": ["id|text", *lines("{i}|{t}|{n}")]}).rows
    assert [row.text for row in rows] == SPOKEN


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;;"])
def test_a_first_line_may_name_the_delimiter(tmp_path: Path, first: str) -> None:
    rows = read(tmp_path, {"metadata.csv": [first, "file;text", *lines("{i}.wav;{t}")]}).rows
    assert [row.text for row in rows] == [*TEXTS]


def test_quoted_fields_may_have_delimiters_quotes_and_lines(tmp_path: Path) -> None:
    table = [
        "file_name,text",
        '0.wav,"One, two."',
        '1.wav,"He said ""go"".',
        'At once."',
        "2.wav,Three, four.",
    ]
    found = read(tmp_path, {"metadata.csv": table}).rows
    assert [" ".join(row.text.split()) for row in found] == [
        "One, two.",
        'He said "go". At once.',
        "Three, four.",
    ]
    assert [row.delimiter for row in found] == ["", "", ","]


def test_a_quote_that_is_not_closed_swallows_no_rows(tmp_path: Path) -> None:
    table = ["file_name,text", '0.wav,"One', *lines("{i}.wav,{t}")]
    assert len(read(tmp_path, {"metadata.csv": table}).rows) == 1 + len(TEXTS)


@pytest.mark.parametrize(
    "written",
    [
        "wavs/Ä1.wav", "Ä1", "./wavs/Ä1.wav", "wavs\\Ä1.wav", "../set/wavs/Ä1.wav", "WAVS/ä1.WAV", "Ä1.mp3",
        "/data/me/set/wavs/Ä1.wav", "C:\\Users\\me\\set\\wavs\\Ä1.wav", "DUMMY/Ä1.wav", "{root}/wavs/Ä1.wav",
    ],
)  # fmt: skip
@pytest.mark.parametrize(("on_disk", "in_table"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_recording_is_found_by_any_name(
    tmp_path: Path, written: str, on_disk: Form, in_table: Form
) -> None:
    name = unicodedata.normalize(on_disk, "wavs/Ä1.wav")
    table = [unicodedata.normalize(in_table, f"{written.format(root=tmp_path)}|Hello there.")]
    (row,) = read(tmp_path, {"metadata.csv": table}, [name]).rows
    assert row.audio == tmp_path / name
    assert not row.id.startswith(("/", ".")) and "\\" not in row.id


def test_a_recording_elsewhere_is_found_by_its_absolute_path(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.wav").touch()
    table = [f"{tmp_path}/other/a.wav|Hello there.", f"{tmp_path}/other/b.wav|Gone."]
    found = read(tmp_path / "set", {"metadata.csv": table}, []).rows
    assert [row.audio for row in found] == [tmp_path / "other" / "a.wav", None]


def test_a_name_never_stands_for_a_recording_of_another_folder(tmp_path: Path) -> None:
    table = ["p1/a.wav|One.", "p2/a.wav|Two.", "p2/A.wav|Three.", "p3/a.wav|Four."]
    found = read(tmp_path, {"metadata.csv": table}, ["wavs/p1/a.wav", "wavs/p3/a.wav", "wavs/p3/A.wav"]).rows
    assert [row.audio and row.audio.relative_to(tmp_path).as_posix() for row in found] == [
        "wavs/p1/a.wav", None, None, "wavs/p3/a.wav",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "file"),
    [
        ("0", "000.wav"),
        ("wavs/7", "wavs/007.wav"),
        ("utt_1", "utt_0001.flac"),
        ("my%20file", "my file.wav"),
        ("my%20file.wav", "my_file.wav"),
        ("۰۰۱", "001.wav"),
        ("٠٠١.wav", "001.wav"),
        ("clip_۱۲", "clip_12.wav"),
        ("00\u200b1", "001.wav"),
        ("\ufeff001", "001.wav"),
        ("001\u200e", "001.wav"),
        ("کتاب\u200cها", "کتابها.wav"),
        ("a.m4a", "wavs/A.wav"),
        ("mels/a.npy", "wavs/a.wav"),
        ("my+file-1", "my_file_01.wav"),
        ("7.0", "wavs/007.wav"),
        ("/data/me/set/wavs/1.wav", "wavs/001.wav"),
    ],
)
def test_a_recording_is_found_by_a_name_that_is_nearly_its_own(
    tmp_path: Path, written: str, file: str
) -> None:
    (row,) = read(tmp_path, {"metadata.csv": [f"{written}|Hello there."]}, [file]).rows
    assert row.audio == tmp_path / file and not row.meant


@pytest.mark.parametrize(
    ("names", "files", "meant"),
    [
        (["0"], ["000.wav", "00.wav"], "00.wav or 000.wav"),
        (["000", "0"], ["000.wav"], "000.wav"),
        (["0", "00"], ["000.wav"], "000.wav"),
        (["helo_12"], ["wavs/hello_12.wav", "wavs/hello_13.wav"], "wavs/hello_12.wav"),
        (["hello_12"], ["wavs/hello_13.wav"], ""),
        (["12"], ["wavs/012.m4a"], "wavs/012.m4a, which must be converted to WAV or FLAC"),
        (["hello_12", "hello_11"], ["hello_11.wav"], ""),
    ],
)
def test_a_name_that_may_be_meant_is_named_and_not_taken(
    tmp_path: Path, names: list[str], files: list[str], meant: str
) -> None:
    table = ["id|text", *(f"{name}|Hello there." for name in names)]
    rows = read(tmp_path, {"metadata.csv": table}, files).rows
    (missing,) = {row.meant for row in rows if row.audio is None}
    assert missing == meant
    assert sum(row.audio is not None for row in rows) == len({*names} & {Path(file).stem for file in files})


def test_numbers_of_speakers_are_not_taken_for_recordings(tmp_path: Path) -> None:
    files = [f"wavs/{i:03d}.wav" for i in range(len(TEXTS))]
    rows = read(tmp_path, {"metadata.csv": lines("{sid}|00{i}|{t}")}, files).rows
    assert [row.audio for row in rows] == [tmp_path / name for name in files]


def test_lossless_recordings_are_read_before_others(tmp_path: Path) -> None:
    files = ["1.mp3", "1.wav", "1.flac", "2.ogg", "2.flac"]
    rows = read(tmp_path, {"metadata.csv": ["1|Hello.", "2|Hello.", "1.mp3|Hello."]}, files).rows
    assert [row.audio and row.audio.name for row in rows] == ["1.wav", "2.flac", "1.mp3"]


def test_names_that_differ_in_case_only_are_told_apart(tmp_path: Path) -> None:
    files = ["wavs/a.wav", "wavs/A.wav"]
    found = read(tmp_path, {"metadata.csv": ["A|One.", "a|Two.", "a.WAV|Either."]}, files).rows
    assert [row.audio and row.audio.name for row in found] == ["A.wav", "a.wav", None]


HEADER = "audio_file|text|speaker_name"
JSON_LINES = [
    json.dumps({"file_name": f"wavs/{i}.wav", "n": i, "text": text, "speaker": SPEAKERS[i]})
    for i, text in enumerate(TEXTS)
]


@pytest.mark.parametrize(
    "tables",
    [
        {"metadata_train.csv": [HEADER, *lines("wavs/{i}.wav|{t}|{s}")[:4]],
         "metadata_eval.csv": [HEADER, *lines("wavs/{i}.wav|{t}|{s}")[4:]]},
        {"filelists/train.txt": lines("DUMMY/{i}.wav|{s}|{t}")[:4],
         "filelists/val.txt": lines("DUMMY/{i}.wav|{s}|{t}")[4:]},
        {"train.list": lines("D:\\set\\wavs\\{i}.wav|{s}|EN|{t}")},
        {"all.txt": lines("wavs/{i}.wav|{s}|{t}"), "train.txt": lines("wavs/{i}.wav|{s}|{t}")[:4],
         "README.txt": ["A corpus | of two voices", "| made up"]},
        {"metadata.tsv": lines("{i}\t{t}\t{s}")},
        {"metadata.jsonl": JSON_LINES},
    ],
)  # fmt: skip
def test_tables_of_other_names_are_found(tmp_path: Path, tables: dict[str, list[str]]) -> None:
    rows = sorted(read(tmp_path, tables).rows, key=lambda row: str(row.audio))
    assert [(row.text, row.speaker) for row in rows] == list(zip(TEXTS, SPEAKERS, strict=True))
    assert [row.audio for row in rows] == [tmp_path / name for name in FILES]


def test_a_folder_for_each_set_keeps_their_recordings_apart(tmp_path: Path) -> None:
    files = ["train/0.wav", "train/1.wav", "test/0.wav"]
    tables = {
        "train/metadata.csv": ["file_name,transcription", *lines("{i}.wav,{t}")[:2]],
        "test/metadata.csv": ["file_name,transcription", f"0.wav,{TEXTS[3]}"],
    }
    found = {row.id: (row.text, row.audio) for row in read(tmp_path, tables, files).rows}
    assert found == {
        "train/0.wav": (TEXTS[0], tmp_path / "train/0.wav"),
        "train/1.wav": (TEXTS[1], tmp_path / "train/1.wav"),
        "test/0.wav": (TEXTS[3], tmp_path / "test/0.wav"),
    }


def test_a_broken_line_of_json_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Line 2 of .*metadata\.jsonl is not a JSON object: '0\.wav"):
        read(tmp_path, {"metadata.jsonl": ['{"file_name": "0.wav", "text": "Hi"}', "0.wav,Hi"]})


def test_parquet_files_are_refused_with_the_way_to_unpack_them(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Parquet files.*unpack_parquet\.py .* --out FOLDER"):
        read(tmp_path, {"data/train-00000.parquet": ["PAR1"]}, [])


def speakers_of(root: Path, folders: list[str]) -> set[str]:
    tables = {f"{folder}/metadata.csv": lines("{i}|{t}") for folder in folders}
    files = [f"{folder}/wavs/{i}.wav" for folder in folders for i in range(len(TEXTS))]
    return {row.speaker for row in read(root, tables, files).rows}


@pytest.mark.parametrize("folders", [["ali", "sara"], ["p225", "p226", "p227"], ["data/ali", "data/sara"]])
def test_folders_with_a_table_each_are_speakers(tmp_path: Path, folders: list[str]) -> None:
    assert speakers_of(tmp_path, folders) == {folder.rpartition("/")[2] for folder in folders}


@pytest.mark.parametrize(
    "folders",
    [["train", "test"], ["train-clean-100", "dev_other"], ["en", "fa"], ["batch_1", "batch_2"], ["ali"]],
)
def test_sets_languages_and_parts_are_no_speakers(tmp_path: Path, folders: list[str]) -> None:
    assert speakers_of(tmp_path, folders) == {tmp_path.name}


def test_notes_of_macos_are_no_recordings(tmp_path: Path) -> None:
    files = [*FILES, *(f"wavs/._{i}.wav" for i in range(len(TEXTS)))]
    rows = read(tmp_path, {"train.txt": lines("{i}.wav|{t}"), "._train.txt": ["Mac|x"]}, files).rows
    assert [row.audio for row in rows] == [tmp_path / name for name in FILES]


def test_a_recording_of_json_lines_may_be_an_object(tmp_path: Path) -> None:
    table = [json.dumps({"audio": {"path": f"{i}.wav"}, "text": t}) for i, t in enumerate(TEXTS)]
    rows = read(tmp_path, {"metadata.jsonl": table}).rows
    assert [row.audio for row in rows] == [tmp_path / name for name in FILES]


@pytest.mark.parametrize("missing", ["nan", "NaN", "<NA>", "#N/A", "NULL"])
def test_what_programs_write_for_no_value_is_none(tmp_path: Path, missing: str) -> None:
    table = ["id|text|normalized|speaker", f"0|{missing}|{missing}|{missing}", f"1|Nan naps.|{missing}|Nan"]
    rows = read(tmp_path, {"metadata.csv": table}).rows
    assert [(row.text, row.speaker) for row in rows] == [("", tmp_path.name), ("Nan naps.", "Nan")]


@pytest.mark.parametrize(
    ("sign", "found"), [(" ", "no delimiter"), (r"\t", r"the two signs \\t, not a tab,")]
)
def test_a_table_without_a_delimiter_is_described(tmp_path: Path, sign: str, found: str) -> None:
    rows = read(tmp_path, {"metadata.csv": lines(f"{{i}}.wav{sign}{{t}}")}).rows
    assert all(re.match(f"most lines in metadata.csv have {found}.*'0.wav", row.complaint) for row in rows)
