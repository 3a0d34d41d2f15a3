"""Corpus layouts are recognized by their files, and unusable rows are listed with a reason."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.data.manifest import read_manifest
from xtts_jax.errors import UserError


def sound(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(160, np.float32), 16000)
    return path


def text(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_ljspeech_rows_have_the_normalized_text_and_the_default_language(tmp_path: Path) -> None:
    sound(tmp_path / "wavs" / "b.wav")
    sound(tmp_path / "wavs" / "a.flac")
    text(tmp_path / "metadata.csv", "b|Dr. Who|Doctor Who", "a|Hallo|", "")
    manifest = read_manifest(tmp_path, "de", text_needed=True)
    found = [(u.id, u.speaker, u.language, u.text, u.audio.name) for u in manifest.utterances]
    assert found == [
        ("a", tmp_path.name, "de", "Hallo", "a.flac"),
        ("b", tmp_path.name, "de", "Doctor Who", "b.wav"),
    ]
    assert manifest.skipped == ()


def test_a_header_names_its_columns_in_any_order(tmp_path: Path) -> None:
    for name in ("x/one.ogg", "two.wav", "three.wav"):
        sound(tmp_path / "wavs" / name)
    text(
        tmp_path / "metadata.csv",
        "phonemes|text|language|id|speaker",
        "h@'loU|Hello|en-US|x/one.ogg|Ann",
        "|سلام|fa|two|Ben",
        "|Hi||three|",
    )
    rows = {u.id: u for u in read_manifest(tmp_path, "en", text_needed=True).utterances}
    assert rows["x/one.ogg"][:5] == ("x/one.ogg", "Ann", "en", "Hello", "h@'loU")
    assert rows["two"][:5] == ("two", "Ben", "fa", "سلام", "")
    assert rows["three"][:5] == ("three", tmp_path.name, "en", "Hi", "")


def test_unknown_columns_are_ignored(tmp_path: Path) -> None:
    sound(tmp_path / "wavs" / "a.wav")
    text(tmp_path / "metadata.csv", "mood|id|speaker|speaker_age|text|licence", "sad|a|Ann|40|Hi|CC0")
    (row,) = read_manifest(tmp_path, "en", text_needed=True).utterances
    assert row[:5] == ("a", "Ann", "en", "Hi", "")


def test_rows_that_cannot_be_used_are_skipped_with_a_reason(tmp_path: Path) -> None:
    for name in ("good", "empty", "tongue", "narrow"):
        sound(tmp_path / "wavs" / f"{name}.wav")
    text(
        tmp_path / "metadata.csv",
        "id|language|text",
        "good|en|Yes",
        "good|en|Again",
        "empty|en| ",
        "tongue|xx|Qapla",
        "gone|en|No sound",
        "narrow|en",
    )
    manifest = read_manifest(tmp_path, "en", text_needed=True)
    assert [u.text for u in manifest.utterances] == ["Yes"]
    reasons = dict(manifest.skipped)
    assert reasons == {
        "good": "its id occurs twice",
        "empty": "no text",
        "tongue": "unknown language 'xx'",
        "gone": "no audio file",
        "narrow": "its line in metadata.csv has 2 fields, but the header has 3",
    }


def test_the_reason_names_what_may_be_meant(tmp_path: Path) -> None:
    sound(tmp_path / "wavs" / "hello.wav")
    text(tmp_path / "metadata.csv", "id|language|text", "helo|en|Hi", "hullo|Englsh|Hi")
    why = r"1 x no audio file: helo may mean wavs/hello.wav; 1 x unknown language 'Englsh'. Did you"
    with pytest.raises(UserError, match=why):
        read_manifest(tmp_path, "en", text_needed=True)


def test_emotions_are_read_in_any_case_and_unknown_ones_are_skipped_by_name(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        sound(tmp_path / "wavs" / f"{name}.wav")
    text(tmp_path / "metadata.csv", "id|emotion|text", "a| Sad |Oh", "b||Oh", "c|joyful|Oh")
    manifest = read_manifest(tmp_path, "en", text_needed=True)
    assert [(u.id, u.emotion) for u in manifest.utterances] == [("a", "sad"), ("b", "")]
    ((row, reason),) = manifest.skipped
    assert row == "c" and reason.startswith("unknown emotion 'joyful': ")
    assert "metadata.csv" in reason and "neutral, happy, sad, angry, surprised" in reason


def test_vctk_prefers_the_first_microphone(tmp_path: Path) -> None:
    sound(tmp_path / "wav48_silence_trimmed" / "p225" / "p225_001_mic2.flac")
    sound(tmp_path / "wav48_silence_trimmed" / "p225" / "p225_001_mic1.flac")
    sound(tmp_path / "wav48_silence_trimmed" / "p226" / "p226_001.wav")
    text(tmp_path / "txt" / "p225" / "p225_001.txt", "Please call Stella.")
    text(tmp_path / "txt" / "p226" / "p226_001.txt", "Ask her to bring these things.")
    text(tmp_path / "txt" / "p226" / "p226_002.txt", "No recording of this.")
    manifest = read_manifest(tmp_path, "fa", text_needed=True)
    found = [(u.id, u.speaker, u.language, u.audio.name) for u in manifest.utterances]
    assert found == [
        ("p225_001", "p225", "en", "p225_001_mic1.flac"),
        ("p226_001", "p226", "en", "p226_001.wav"),
    ]
    assert manifest.skipped == (("p226_002", "no audio file"),)


def test_common_voice_prefers_the_validated_list(tmp_path: Path) -> None:
    sound(tmp_path / "clips" / "cv_1.mp3")
    sound(tmp_path / "clips" / "cv_2.mp3")
    header = "client_id\tpath\tsentence\tup_votes\tlocale"
    text(tmp_path / "validated.tsv", header, 'abc\tcv_1.mp3\t"Quoted" words\t2\tfa')
    text(tmp_path / "invalidated.tsv", header, "abc\tcv_2.mp3\tBad\t0\tfa")
    text(tmp_path / "other.tsv", header, "abc\tcv_2.mp3\tUnheard\t0\tfa")
    (row,) = read_manifest(tmp_path, "en", text_needed=True).utterances
    assert row[:4] == ("cv_1", "abc", "fa", '"Quoted" words')


def test_common_voice_without_a_validated_list_takes_the_splits(tmp_path: Path) -> None:
    header = "client_id\tpath\tsentence"
    for i, split in enumerate(("train", "dev", "other")):
        sound(tmp_path / "clips" / f"cv_{i}.wav")
        text(tmp_path / f"{split}.tsv", header, f"abc\tcv_{i}.wav\tSentence {i}")
    rows = read_manifest(tmp_path, "tr", text_needed=True).utterances
    assert [(u.id, u.language) for u in rows] == [("cv_0", "tr"), ("cv_1", "tr")]


@pytest.mark.parametrize("last", ["sentence", "path"])
def test_common_voice_tables_with_windows_line_ends_are_read(tmp_path: Path, last: str) -> None:
    sound(tmp_path / "clips" / "cv_1.wav")
    row = {"client_id": "abc", "path": "cv_1.wav", "sentence": "Hi"}
    row[last] = row.pop(last)
    lines = ["\t".join(row), "\t".join(row.values()), ""]
    (tmp_path / "validated.tsv").write_bytes("\r\n".join(lines).encode())
    (found,) = read_manifest(tmp_path, "en", text_needed=True).utterances
    assert found[:4] == ("cv_1", "abc", "en", "Hi")


def collection(root: Path) -> Path:
    """Corpora `near` (LJSpeech) below the root and `far` (a header) elsewhere; both have ids a and b."""
    for folder in (root / "all" / "near", root / "elsewhere" / "far"):
        for name in ("a", "b"):
            sound(folder / "wavs" / f"{name}.wav")
    text(root / "all" / "near" / "metadata.csv", "a|Hallo", "b|Tag")
    text(
        root / "elsewhere" / "far" / "metadata.csv",
        "id|speaker|language|text",
        "a|Ann|fa|سلام",
        "b|Ben||Hi",
    )
    return root / "all"


def test_a_collection_joins_corpora_under_the_names_of_their_folders(tmp_path: Path) -> None:
    root = collection(tmp_path)
    text(root / "corpora.csv", "near|de", "", f" {tmp_path / 'elsewhere' / 'far'} ")
    manifest = read_manifest(root, "tr", text_needed=True)
    found = [(u.id, u.speaker, u.language, u.text) for u in manifest.utterances]
    assert found == [
        ("far/a", "far/Ann", "fa", "سلام"),
        ("far/b", "far/Ben", "tr", "Hi"),
        ("near/a", "near/near", "de", "Hallo"),
        ("near/b", "near/near", "de", "Tag"),
    ]
    assert all(u.audio.is_file() for u in manifest.utterances)
    assert manifest.skipped == ()


def test_a_folder_of_a_collection_is_relative_to_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = collection(tmp_path)
    text(root / "corpora.csv", "../elsewhere/far|en")
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert [u.id for u in read_manifest(root, "en", text_needed=True).utterances] == ["far/a", "far/b"]


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        (["near", "nowhere|en"], "Line 2"),
        (["near|de", "", "./near|en"], "Line 3"),
        (["near|de|Hans"], "Line 1"),
        (["|de"], "Line 1"),
        (["."], "Line 1"),
    ],
)
def test_a_line_of_a_collection_that_does_not_name_a_corpus_is_refused(
    tmp_path: Path, lines: list[str], wrong: str
) -> None:
    root = collection(tmp_path)
    text(root / "corpora.csv", *lines)
    with pytest.raises(UserError, match=rf"{wrong} of .*corpora\.csv.*does not name a corpus"):
        read_manifest(root, "en", text_needed=True)


def test_a_file_given_as_a_corpus_is_refused_with_its_folder(tmp_path: Path) -> None:
    text(tmp_path / "metadata.csv", "a|Hi")
    with pytest.raises(UserError, match=rf"is a file.*\({tmp_path}\)\."):
        read_manifest(tmp_path / "metadata.csv", "en", text_needed=True)


def test_a_line_without_a_delimiter_is_named(tmp_path: Path) -> None:
    sound(tmp_path / "wavs" / "a.wav")
    text(tmp_path / "metadata.csv", "a Hi")
    with pytest.raises(UserError, match="no delimiter between recording and text, such as 'a Hi'"):
        read_manifest(tmp_path, "en", text_needed=True)


def test_a_missing_folder_and_an_unknown_layout_are_explained(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no corpus folder"):
        read_manifest(tmp_path / "nowhere", "en", text_needed=True)
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match=r"LJSpeech.*VCTK.*Common Voice.*contains: notes\.txt"):
        read_manifest(tmp_path, "en", text_needed=True)


def test_a_corpus_without_texts_is_refused_with_the_reason(tmp_path: Path) -> None:
    sound(tmp_path / "wavs" / "a.wav")
    text(tmp_path / "metadata.csv", "id|speaker", "a|Ann")
    with pytest.raises(UserError, match="1 x no text"):
        read_manifest(tmp_path, "en", text_needed=True)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("a|Hi\nb|Grün".encode("latin-1"), r"line 2, byte 9\): it may be Latin-1 or Windows-1252"),
        ("a|Hi\nb|Yes".encode("utf-16"), r"line 1, byte 0\): it may be UTF-16"),
        ("a|Hi\nb|Yes".encode("utf-16-le"), "it may be UTF-16"),
        (b"\n", "is empty"),
        (b"id|text|langage\na|Hi|fa", "a column 'langage'. If it is meant to be language,"),
        (b"id|text|speaker_age\na|Hi|Ann", "a column 'speaker_age'. If it is meant to be speaker,"),
        (b"a;Hi;x\nb;No;y", "column 3 .x, y. could be several things"),
        (b"id|text|phonems\na|Hi|h", "a column 'phonems'. If it is meant to be phonemes,"),
    ],
)
def test_a_broken_table_is_explained(tmp_path: Path, content: bytes, complaint: str) -> None:
    sound(tmp_path / "wavs" / "a.wav")
    (tmp_path / "metadata.csv").write_bytes(content)
    with pytest.raises(UserError, match=complaint):
        read_manifest(tmp_path, "en", text_needed=True)


def test_recordings_alone_will_do_where_no_text_is_needed(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    for name in ("a.wav", "wavs/b.flac", "Ann/c.ogg", "Ann/old/d.wav"):
        sound(root / name)
    (root / "notes.txt").write_text("nothing")
    found = read_manifest(root, "fa", text_needed=False).utterances
    assert [(u.id, u.speaker, u.language) for u in found] == [
        ("Ann/c", "Ann", "fa"),
        ("Ann/old/d", "Ann", "fa"),
        ("a", "mine", "fa"),
        ("wavs/b", "mine", "fa"),
    ]
    with pytest.raises(UserError, match=r"holds recordings, but no table.*xtts-jax label"):
        read_manifest(root, "fa", text_needed=True)
