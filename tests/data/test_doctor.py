"""Every fault of a corpus is planted and must be found by name; a clean corpus has no severe finding."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from xtts_jax.audio.io import resample
from xtts_jax.config import Config
from xtts_jax.data import demo_corpus
from xtts_jax.data.doctor import files
from xtts_jax.data.doctor.diagnosis import Diagnosis
from xtts_jax.data.doctor.examination import examine
from xtts_jax.data.doctor.recordings import identical, listen, probe
from xtts_jax.data.doctor.report import looked_at, summary, table, values
from xtts_jax.data.near_names import AUDIO_SUFFIXES
from xtts_jax.errors import UserError
from xtts_jax.findings import SEVERE, WARNING
from xtts_jax.text import espeak

HARMLESS = {
    "little_speech",
    "lone_speakers",
    "silent_ends",
    "noisy_clips",
    "low_sample_rates",
    "rare_symbols",
}


@pytest.fixture
def corpus(small_corpus: Path, tmp_path: Path) -> Path:
    """A copy to modify, with the ids en_f2_0 to fa_m3_7."""
    return shutil.copytree(small_corpus, tmp_path / "corpus")


def found(root: Path, config: Config) -> dict[str, Diagnosis]:
    return {diagnosis.finding.name: diagnosis for diagnosis in examine(root, config)[1]}


def samples(root: Path, name: str) -> tuple[np.ndarray, int]:
    return soundfile.read(root / "wavs" / f"{name}.wav")


def rewrite(root: Path, name: str, audio: np.ndarray, rate: int) -> None:
    soundfile.write(root / "wavs" / f"{name}.wav", audio, rate)


def rows(root: Path) -> list[str]:
    return (root / "metadata.csv").read_text(encoding="utf-8").splitlines()


def set_row(root: Path, name: str, row: str | None) -> None:
    kept = [line for line in rows(root) if not line.startswith(f"{name}|")]
    text = "\n".join([*kept, *([] if row is None else [row])])
    (root / "metadata.csv").write_text(text, encoding="utf-8")


def change(audio_change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    """Plants a fault in the samples of en_f2_3."""

    def plant(root: Path) -> None:
        audio, rate = samples(root, "en_f2_3")
        rewrite(root, "en_f2_3", audio_change(audio), rate)

    return plant


def float_wav(audio_change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    """Writes the changed samples of en_f2_3 as 32-bit floats, which may be NaN or infinite."""

    def plant(root: Path) -> None:
        audio, rate = samples(root, "en_f2_3")
        changed = audio_change(audio.astype(np.float32))
        soundfile.write(root / "wavs" / "en_f2_3.wav", changed, rate, subtype="FLOAT")

    return plant


def replace_file(content: bytes) -> Callable[[Path], None]:
    def plant(root: Path) -> None:
        (root / "wavs" / "en_f2_3.wav").write_bytes(content)

    return plant


def row(text: str) -> Callable[[Path], None]:
    return lambda root: set_row(root, "en_f2_3", text)


def cut_short(root: Path) -> None:
    path = root / "wavs" / "en_f2_3.wav"
    path.write_bytes(path.read_bytes()[:-4000])


def cut_short_flac(root: Path) -> None:
    audio, rate = samples(root, "en_f2_3")
    path = root / "wavs" / "en_f2_3.flac"
    soundfile.write(path, audio, rate)
    (root / "wavs" / "en_f2_3.wav").unlink()
    path.write_bytes(path.read_bytes()[:-4000])


def mp3_called_wav(root: Path) -> None:
    audio, rate = samples(root, "en_f2_3")
    soundfile.write(root / "wavs" / "en_f2_3.mp3", audio, rate)
    (root / "wavs" / "en_f2_3.mp3").replace(root / "wavs" / "en_f2_3.wav")


def other_rate(root: Path) -> None:
    audio, rate = samples(root, "en_f2_3")
    rewrite(root, "en_f2_3", audio[::2], rate // 2)


def copied_bytes(root: Path) -> None:
    shutil.copy(root / "wavs" / "en_f2_4.wav", root / "wavs" / "en_f2_3.wav")


def copied_samples(root: Path) -> None:
    audio, rate = samples(root, "en_f2_4")
    (root / "wavs" / "en_f2_3.wav").unlink()
    soundfile.write(root / "wavs" / "en_f2_3.flac", audio, rate)


def moody(root: Path) -> None:
    """Adds a column of emotions, one of them unknown."""
    header, *lines = rows(root)
    moods = [f"{line}|{'joyful' if line.startswith('en_f2_3|') else 'sad'}" for line in lines]
    (root / "metadata.csv").write_text("\n".join([f"{header}|emotion", *moods]), encoding="utf-8")


def with_normalized_texts(root: Path) -> None:
    """Adds a column of normalized texts, one of them of another sentence."""
    header, *lines = rows(root)
    texts = [line.rpartition("|")[2].replace(".", "") for line in lines]
    texts[3] = "a sentence that nobody said"
    table = [f"{header}|normalized", *(f"{line}|{text}" for line, text in zip(lines, texts, strict=True))]
    (root / "metadata.csv").write_text("\n".join(table), encoding="utf-8")


def noise(audio: np.ndarray) -> np.ndarray:
    return np.clip(audio + np.random.default_rng(0).normal(0, audio.std(), len(audio)), -0.9, 0.9)


def by_telephone(audio: np.ndarray) -> np.ndarray:
    """At the rate it had, though nothing needs it."""
    return resample(resample(audio, 22050, 8000), 8000, 22050)


def stretched(audio: np.ndarray) -> np.ndarray:
    """The audio, four times as long."""
    return np.repeat(audio, 4)


FAULTS: list[tuple[str, Callable[[Path], None]]] = [
    ("silent_clips", change(np.zeros_like)),
    ("clipped_clips", change(lambda audio: np.clip(20 * audio, -1, 1))),
    ("offset_clips", change(lambda audio: audio / 2 + 0.05)),
    ("silent_ends", change(lambda audio: np.pad(audio, (8000, 0)))),
    ("mostly_silent_clips", change(lambda audio: np.pad(audio, (0, 2 * len(audio))))),
    ("noisy_clips", change(noise)),
    ("narrow_clips", change(by_telephone)),
    ("several_channels", change(lambda audio: np.stack([audio, audio], axis=1))),
    ("short_clips", change(lambda audio: audio[:4000])),
    ("long_clips", change(lambda audio: np.resize(audio, 22050 * 16))),
    ("odd_paces", change(stretched)),
    ("unreadable_files", replace_file(b"<!DOCTYPE html><title>404</title>")),
    ("unreadable_files", replace_file(b"")),
    ("truncated_files", cut_short),
    ("truncated_files", cut_short_flac),
    ("damaged_samples", float_wav(lambda audio: np.where(audio > 0.1, np.nan, audio))),
    ("damaged_samples", float_wav(lambda audio: np.append(audio, np.inf))),
    ("damaged_samples", float_wav(lambda audio: np.full_like(audio, 1e30))),
    ("beyond_full_scale", float_wav(lambda audio: audio * 32768)),
    ("mislabelled_files", mp3_called_wav),
    ("mixed_sample_rates", other_rate),
    ("low_sample_rates", other_rate),
    ("duplicated_audio", copied_bytes),
    ("duplicated_audio", copied_samples),
    ("malformed_rows", row("en_f2_3|f2|One bar too few")),
    ("delimiters_in_texts", row("en_f2_3|f2|en|One | bar too many")),
    ("labels_as_texts", row("en_f2_3|f2|en|2.31")),
    ("labels_as_texts", row("en_f2_3|f2|en|F2")),
    ("labels_as_texts", row("en_f2_3|f2|en|ðə bˈeɪkə ˈoʊpənz")),
    ("labels_as_texts", row("en_f2_3|f2|en|en_f2_3")),
    ("odd_speakers", row("en_f2_3|The baker opens at six today.|en|f2")),
    ("odd_speakers", row("en_f2_3|2024-05-03|en|The baker opens at six.")),
    ("similar_speakers", row("en_f2_3|F 2|en|The baker opens at six.")),
    ("texts_disagree", with_normalized_texts),
    ("empty_texts", row("en_f2_3|f2|en| ")),
    ("unknown_languages", row("en_f2_3|f2|tlh|Qapla")),
    ("unknown_emotions", moody),
    ("foreign_scripts", row("en_f2_3|f2|fa|salam, chetori")),
    ("foreign_scripts", row("en_f2_3|f2|en|سلام")),
    ("unspeakable_texts", row("en_f2_3|f2|en|سلام")),
    ("unspeakable_texts", row("en_f2_3|f2|en|...")),
    ("broken_characters", row("en_f2_3|f2|en|SchÃ¶n is German")),
    ("broken_characters", row("en_f2_3|f2|en|Hello \N{GRINNING FACE}")),
    ("crowded_clips", row(f"en_f2_3|f2|en|{'All of the page. ' * 30}")),
    ("lone_speakers", row("en_f2_3|nobody|en|A few words.")),
    ("unlisted_files", lambda root: set_row(root, "en_f2_3", None)),
    ("twin_files", lambda root: with_a_twin(root)),
    ("transcribers_marks", row("en_f2_3|f2|en|Well [laughter] yes.")),
    ("missing_files", lambda root: (root / "wavs" / "en_f2_3.wav").unlink()),
]


def with_a_twin(root: Path) -> None:
    audio, rate = samples(root, "en_f2_3")
    soundfile.write(root / "wavs" / "en_f2_3.flac", audio, rate)


def identified(fault: tuple[str, Callable]) -> str:
    return fault[0]


@pytest.mark.parametrize("fault", FAULTS, ids=identified)
def test_a_planted_fault_is_found_by_name_and_id(
    corpus: Path, small_corpus: Path, tiny_config: Config, fault: tuple[str, Callable[[Path], None]]
) -> None:
    name, plant = fault
    before = found(small_corpus, tiny_config)
    plant(corpus)
    diagnosis = found(corpus, tiny_config)[name]
    assert any(concerned in str(diagnosis.ids) for concerned in ("en_f2_3", "nobody"))
    assert diagnosis.finding.severity == WARNING, "one clip of 32"
    if name in before:
        assert len(diagnosis.ids) == len(before[name].ids) + 1


def test_a_clean_corpus_has_next_to_no_findings(small_corpus: Path, tiny_config: Config) -> None:
    assert found(small_corpus, tiny_config).keys() <= HARMLESS | {"duplicate_texts", "odd_paces"}


def test_an_id_that_occurs_twice_is_named(corpus: Path, tiny_config: Config) -> None:
    with (corpus / "metadata.csv").open("a", encoding="utf-8") as file:
        file.write("en_f2_3|f2|en|Again.\n")
    assert found(corpus, tiny_config)["duplicate_ids"].ids == ("en_f2_3",)


def test_a_text_that_its_speaker_says_twice_is_named(corpus: Path, tiny_config: Config) -> None:
    text = next(line for line in rows(corpus) if line.startswith("en_f2_4|")).split("|")[-1]
    set_row(corpus, "en_f2_3", f"en_f2_3|f2|en|{text}")
    assert set(found(corpus, tiny_config)["duplicate_texts"].ids) >= {"en_f2_3", "en_f2_4"}


def test_two_ids_of_one_file_are_duplicated_audio(corpus: Path, tiny_config: Config) -> None:
    with (corpus / "metadata.csv").open("a", encoding="utf-8") as file:
        file.write("en_f2_3.wav|f2|en|Again.\n")
    assert set(found(corpus, tiny_config)["duplicated_audio"].ids) == {"en_f2_3", "en_f2_3.wav"}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_damaged_samples_are_distinguished_from_truncated_files(
    corpus: Path, tiny_config: Config, value: float
) -> None:
    for path in (corpus / "wavs").iterdir():
        soundfile.write(path, np.full(22050, value, np.float32), 22050, subtype="FLOAT")
    findings = found(corpus, tiny_config)
    assert findings["damaged_samples"].finding.severity == SEVERE
    assert findings["damaged_samples"].finding.seen.startswith("32 of 32 decoded clips have samples")
    assert "16-bit PCM" in findings["damaged_samples"].finding.remedy
    assert not findings.keys() & {"truncated_files", "offset_clips", "clipped_clips", "silent_clips"}


def test_floats_on_an_integer_scale_are_only_beyond_full_scale(
    corpus: Path, small_corpus: Path, tiny_config: Config
) -> None:
    before = found(small_corpus, tiny_config)
    float_wav(lambda audio: audio * 32768)(corpus)
    findings = found(corpus, tiny_config)
    assert findings.keys() == before.keys() | {"beyond_full_scale"}
    times = int(findings["beyond_full_scale"].finding.seen.split("up to ")[1].split(" ")[0].replace(",", ""))
    assert times == round(np.abs(samples(corpus, "en_f2_3")[0]).max())


def test_files_behind_a_link_are_seen_and_a_loop_of_links_ends(
    corpus: Path, tmp_path: Path, tiny_config: Config
) -> None:
    (corpus / "wavs").replace(tmp_path / "elsewhere")
    (corpus / "wavs").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "again").symlink_to(tmp_path / "elsewhere")
    set_row(corpus, "en_f2_3", None)
    set_row(corpus, "en_f2_4", "old/en_f2_4|f2|en|Hello there.")
    findings = found(corpus, tiny_config)
    assert set(findings["unlisted_files"].ids) == {"wavs/en_f2_3.wav", "wavs/en_f2_4.wav"}
    assert "there is wavs/en_f2_4.wav" in findings["missing_files"].finding.cause


def test_recordings_below_a_linked_folder_are_found_by_their_rows(
    corpus: Path, tmp_path: Path, tiny_config: Config
) -> None:
    (tmp_path / "more").mkdir()
    (corpus / "wavs" / "en_f2_3.wav").replace(tmp_path / "more" / "en_f2_3.wav")
    (corpus / "wavs" / "more").symlink_to(tmp_path / "more")
    set_row(corpus, "en_f2_3", "more/en_f2_3|f2|en|Hello there.")
    assert not found(corpus, tiny_config).keys() & {"missing_files", "unlisted_files"}


def test_little_speech_is_a_warning_with_its_minutes(corpus: Path, tiny_config: Config) -> None:
    survey, diagnoses = examine(corpus, tiny_config)
    finding = next(d.finding for d in diagnoses if d.finding.name == "little_speech")
    assert finding.severity == WARNING
    assert f"last {looked_at(survey)['minutes']} minutes" in finding.seen
    assert "an hour of one voice" in finding.remedy
    assert "ready for training" not in table(survey, diagnoses)
    assert "before you train" in values(survey, diagnoses)["verdict"]


def test_ten_minutes_are_enough_even_if_only_some_headers_are_read(corpus: Path, tiny_config: Config) -> None:
    for i, path in enumerate(sorted((corpus / "wavs").iterdir())):
        soundfile.write(path, np.full(8000 * 20, 0.001 * i), 8000)
    assert "little_speech" not in found(corpus, tiny_config)
    few = [d.finding.name for d in examine(corpus, tiny_config, most_probed=4, most_heard=1)[1]]
    assert "little_speech" not in few


def test_most_texts_in_the_wrong_encoding_are_severe(corpus: Path, tiny_config: Config) -> None:
    text = (corpus / "metadata.csv").read_text(encoding="utf-8").replace("e", "é").replace("téxt", "text")
    text = text.replace("spéakér", "speaker").replace("languagé", "language").replace("|én|", "|en|")
    lines = [line.replace("én_", "en_", 1) for line in text.splitlines()]
    garbled = "\n".join(lines).encode().decode("latin-1")
    (corpus / "metadata.csv").write_text(garbled, encoding="utf-8")
    assert found(corpus, tiny_config)["broken_characters"].finding.severity == SEVERE


def test_emoji_in_most_texts_are_a_warning(corpus: Path, tiny_config: Config) -> None:
    header, *lines = rows(corpus)
    text = "\n".join([header, *(f"{line} \N{GRINNING FACE}" for line in lines)])
    (corpus / "metadata.csv").write_text(text, encoding="utf-8")
    assert found(corpus, tiny_config)["broken_characters"].finding.severity == WARNING


def test_a_corpus_of_one_row_has_too_few(corpus: Path, tiny_config: Config) -> None:
    (corpus / "metadata.csv").write_text("\n".join(rows(corpus)[:2]), encoding="utf-8")
    finding = found(corpus, tiny_config)["few_usable_rows"].finding
    assert finding.seen == "1 of 1 rows can be used, which is too little to train on."
    assert "empty" not in finding.cause
    assert "at least 3" in finding.remedy


def test_what_cannot_be_examined_is_not_called_drawn_at_random(corpus: Path, tiny_config: Config) -> None:
    (corpus / "wavs" / "en_f2_3.wav").write_bytes(b"<html>")
    set_row(corpus, "en_f2_4", "en_f2_4|f2|en| ")
    seen = looked_at(examine(corpus, tiny_config)[0])
    assert "headers read: 31 of 32, the others cannot be; decoded: 31 of 32, the others" in seen["files"]
    assert "31 of 32, the others cannot be" in seen["texts"]
    seen = looked_at(examine(corpus, tiny_config, most_heard=5)[0])
    assert "decoded: 5 of 32, drawn at random" in seen["files"]
    assert "5 of 32, drawn at random" in seen["texts"]


def test_a_vocoders_corpus_needs_no_texts(corpus: Path, tiny_config: Config) -> None:
    ids = [line.split("|")[0] for line in rows(corpus)[1:]]
    (corpus / "metadata.csv").write_text("\n".join(["id", *ids]), encoding="utf-8")
    assert found(corpus, tiny_config)["empty_texts"].finding.severity == SEVERE
    config = replace(tiny_config, data=replace(tiny_config.data, frontend="none"))
    survey, diagnoses = examine(corpus, config)
    assert {d.finding.name for d in diagnoses} <= HARMLESS
    assert "not examined" in looked_at(survey)["texts"]


def test_a_collection_is_examined_as_one_corpus(corpus: Path, tmp_path: Path, tiny_config: Config) -> None:
    other = shutil.copytree(corpus, tmp_path / "far" / "other")
    path = other / "wavs" / "en_f2_3.wav"
    soundfile.write(path, 0 * soundfile.read(path)[0], 22050)
    set_row(other, "en_f2_4", "old/en_f2_4|f2|en|Hello there.")
    (tmp_path / "corpora.csv").write_text(f"corpus|en\n{other}\n", encoding="utf-8")
    survey, diagnoses = examine(tmp_path, tiny_config)
    findings = {d.finding.name: d for d in diagnoses}
    assert looked_at(survey)["rows"] == "64"
    assert looked_at(survey)["layout"] == "a collection of corpora"
    assert findings["silent_clips"].ids == ("other/en_f2_3",)
    assert findings["unlisted_files"].ids == ("other/wavs/en_f2_4.wav",)
    assert "there is other/wavs/en_f2_4.wav" in findings["missing_files"].finding.cause


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """80 sentences of very different lengths in one voice, without a header."""
    folder = tmp_path_factory.mktemp("readings")
    (folder / "wavs").mkdir()
    words = " ".join(demo_corpus.sentences("en")).replace("|", " ").split()
    lengths = np.random.default_rng(0).integers(2, 12, 80)
    lines = []
    for i, (start, length) in enumerate(zip(np.cumsum(lengths) - lengths, lengths, strict=True)):
        text = " ".join(words[start : start + length])
        audio, rate = espeak.synthesize(text, "en-us")
        soundfile.write(folder / "wavs" / f"{i:03d}.wav", audio, rate)
        lines.append(f"{i:03d}|{text}")
    (folder / "metadata.csv").write_text("\n".join(lines), encoding="utf-8")
    return folder


def test_shuffled_texts_are_severe_and_matching_ones_are_not(
    readings: Path, tmp_path: Path, tiny_config: Config
) -> None:
    before = found(readings, tiny_config)
    assert not [d for d in before.values() if d.finding.severity == SEVERE]
    root = shutil.copytree(readings, tmp_path / "shuffled")
    ids, texts = zip(*(line.split("|") for line in rows(root)), strict=True)
    shuffled = np.random.default_rng(1).permutation(texts)
    (root / "metadata.csv").write_text("\n".join(f"{i}|{t}" for i, t in zip(ids, shuffled, strict=True)))
    assert found(root, tiny_config)["texts_do_not_match"].finding.severity == SEVERE


def test_windows_paths_of_another_machine_are_found(
    corpus: Path, small_corpus: Path, tiny_config: Config
) -> None:
    text = "\r\n".join([rows(corpus)[0], *(f"C:\\data\\wavs\\{line}" for line in rows(corpus)[1:])])
    (corpus / "metadata.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert found(corpus, tiny_config).keys() == found(small_corpus, tiny_config).keys()


@pytest.mark.parametrize("sign", [", ", ";", "\t"])
def test_a_delimiter_in_a_text_is_named(corpus: Path, tiny_config: Config, sign: str) -> None:
    table = (corpus / "metadata.csv").read_text(encoding="utf-8").replace(sign, " ").replace("|", sign[0])
    table = table.replace("en_f2_3", f"en_f2_3{sign[0]}f2{sign[0]}en{sign[0]}He{sign}said so.\nen_f2_99", 1)
    (corpus / "metadata.csv").write_text(table, encoding="utf-8")
    diagnosis = found(corpus, tiny_config)["delimiters_in_texts"]
    assert diagnosis.ids == ("en_f2_3",)
    assert {", ": "a comma", ";": "a semicolon", "\t": "a tab"}[sign] in diagnosis.finding.seen
    assert ("such as a comma" in diagnosis.finding.remedy) == (sign == "\t")


def test_a_column_of_names_under_the_title_text_is_severe(corpus: Path, tiny_config: Config) -> None:
    header, *lines = rows(corpus)
    table = [header.replace("speaker", "who").replace("text", "said"), *lines]
    table[0] = table[0].replace("who", "text")
    (corpus / "metadata.csv").write_text("\n".join(table), encoding="utf-8")
    assert found(corpus, tiny_config)["few_texts"].finding.severity == SEVERE


def test_texts_are_shown_as_they_are_read(corpus: Path, tiny_config: Config) -> None:
    header, *lines = rows(corpus)
    table = [header, *(line.rpartition("|")[0] + "|می\u200cروم\u200f" for line in lines)]
    (corpus / "metadata.csv").write_text("\n".join(table), encoding="utf-8")
    assert "such as 'می\u200cروم<U+200F>'." in found(corpus, tiny_config)["few_texts"].finding.seen


def test_recordings_in_a_format_that_is_not_read_are_named_as_such(corpus: Path, tiny_config: Config) -> None:
    for path in (corpus / "wavs").iterdir():
        path.rename(path.with_suffix(".m4a"))
    survey, diagnoses = examine(corpus, tiny_config)
    assert "headers read: none; decoded: none" in looked_at(survey)["files"]
    missing = {diagnosis.finding.name: diagnosis.finding for diagnosis in diagnoses}["missing_files"]
    assert missing.cause.startswith("recordings in a format that is not read, such as wavs/en_")
    assert "ffmpeg -i in.m4a out.flac" in missing.remedy


def test_the_head_of_the_report_agrees_with_its_findings(corpus: Path, tiny_config: Config) -> None:
    text = (corpus / "metadata.csv").read_text(encoding="utf-8").replace("|fa|", "|en|")
    (corpus / "metadata.csv").write_text(text, encoding="utf-8")
    survey, diagnoses = examine(corpus, tiny_config)
    (sick,) = (diagnosis for diagnosis in diagnoses if diagnosis.finding.name == "unspeakable_texts")
    assert f"symbols: {32 - len(sick.ids)} of 32, the others cannot be" in looked_at(survey)["texts"]


def test_the_columns_are_shown_before_anything_else(corpus: Path, tiny_config: Config) -> None:
    survey, diagnoses = examine(corpus, tiny_config)
    lines = summary(survey, diagnoses).splitlines()
    assert lines[2] == "  column 2 read as speaker: 2 names (f2, m3)"
    assert "column 2 read as speaker: 2 names" in table(survey, diagnoses)
    assert "column 4 read as text" in values(survey, diagnoses)["looked_at"]["columns"]


def test_a_corpus_of_silence_is_severe(corpus: Path, tiny_config: Config) -> None:
    for path in (corpus / "wavs").iterdir():
        audio, rate = soundfile.read(path)
        soundfile.write(path, 0 * audio, rate)
    assert found(corpus, tiny_config)["silent_clips"].finding.severity == SEVERE


def test_persian_texts_tagged_english_are_severe_and_the_tag_is_blamed(
    corpus: Path, tiny_config: Config
) -> None:
    text = (corpus / "metadata.csv").read_text(encoding="utf-8").replace("|fa|", "|en|")
    kept = [line for line in text.splitlines() if not line.startswith("en_")]
    (corpus / "metadata.csv").write_text("\n".join(kept), encoding="utf-8")
    findings = found(corpus, tiny_config)
    assert findings["unspeakable_texts"].finding.severity == SEVERE
    assert "--language" in findings["foreign_scripts"].finding.remedy


def test_a_table_without_rows_is_severe(corpus: Path, tiny_config: Config) -> None:
    (corpus / "metadata.csv").write_text("id|text\n", encoding="utf-8")
    (diagnosis, *_) = examine(corpus, tiny_config)[1]
    assert (diagnosis.finding.name, diagnosis.finding.severity) == ("few_usable_rows", SEVERE)


def test_folders_without_a_known_layout_are_refused_as_in_training(
    tmp_path: Path, tiny_config: Config
) -> None:
    with pytest.raises(UserError, match="no corpus folder"):
        examine(tmp_path / "nowhere", tiny_config)
    with pytest.raises(UserError, match="no known corpus layout"):
        examine(tmp_path, tiny_config)


def test_second_microphones_of_vctk_and_rejected_clips_need_no_row(
    small_corpus: Path, tmp_path: Path, tiny_config: Config
) -> None:
    sound = small_corpus / "wavs" / "en_f2_0.wav"
    vctk, voices = tmp_path / "vctk", tmp_path / "voices"
    for folder in (vctk / "wav48" / "p1", vctk / "txt" / "p1", voices / "clips"):
        folder.mkdir(parents=True)
    for microphone in ("mic1", "mic2"):
        shutil.copy(sound, vctk / "wav48" / "p1" / f"p1_1_{microphone}.wav")
    (vctk / "txt" / "p1" / "p1_1.txt").write_text("Hello.")
    for name in ("good", "bad", "stray"):
        shutil.copy(sound, voices / "clips" / f"{name}.wav")
    for table_name, name in (("validated", "good"), ("invalidated", "bad")):
        text = f"client_id\tpath\tsentence\nme\t{name}.wav\tHello."
        (voices / f"{table_name}.tsv").write_text(text)
    assert "unlisted_files" not in found(vctk, tiny_config)
    assert found(voices, tiny_config)["unlisted_files"].ids == ("clips/stray.wav",)


def test_a_sample_is_drawn_with_a_fixed_seed_and_reported_as_such(
    small_corpus: Path, tiny_config: Config
) -> None:
    survey, _ = examine(small_corpus, tiny_config, most_probed=20, most_heard=5)
    assert (len(survey.clips), len(survey.probed), len(survey.heard), len(survey.spoken)) == (32, 20, 5, 5)
    assert "headers read: 20 of 32" in looked_at(survey)["files"]
    assert "decoded: 5 of 32" in looked_at(survey)["files"]
    assert examine(small_corpus, tiny_config, 20, 5)[0] == survey


def test_table_summary_and_json_agree(corpus: Path, tiny_config: Config) -> None:
    (corpus / "wavs" / "en_f2_3.wav").write_bytes(b"<html>")
    survey, diagnoses = examine(corpus, tiny_config)
    report, text = values(survey, diagnoses), table(survey, diagnoses)
    assert [finding["name"] for finding in report["findings"]] == [d.finding.name for d in diagnoses]
    assert all(diagnosis.finding.name in text for diagnosis in diagnoses)
    assert text.endswith(report["verdict"])
    assert report["verdict"] in summary(survey, diagnoses)
    unreadable = next(finding for finding in report["findings"] if finding["name"] == "unreadable_files")
    assert (unreadable["count"], unreadable["ids"]) == (1, ["en_f2_3"])
    assert "HTML" in unreadable["seen"]


def test_every_suffix_that_is_read_has_its_formats() -> None:
    assert files._FORMATS.keys() == set(AUDIO_SUFFIXES)


def test_silence_at_the_ends_and_levels_are_measured(tmp_path: Path) -> None:
    time_s = np.arange(16000) / 16000
    tone = 0.1 * np.sin(2 * np.pi * 200 * time_s)
    soundfile.write(tmp_path / "tone.wav", np.concatenate([np.zeros(8000), tone, np.zeros(4000)]), 16000)
    sound = listen(tmp_path / "tone.wav", 40.0)
    assert (sound.seconds, sound.lead_s, sound.tail_s) == pytest.approx((1.75, 0.5, 0.25), abs=0.011)
    assert sound.loudest_db == pytest.approx(-23.0, abs=0.1)
    assert abs(sound.offset) < 1e-4
    assert sound.clipped == 0
    assert listen(tmp_path / "nothing.wav", 40.0).complaint


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"\0" * 64, "zeros"),
        (b"  <?xml version", "HTML or XML"),
        (b"version https://git-lfs.github.com/spec/v1", "Git LFS"),
        (b"\0\0\0\x20ftypM4A ", "m4a"),
        (b"RIFF\x10\0\0\0WAVE", "damaged WAV"),
        (b"some words", "an unknown format"),
    ],
)
def test_the_kind_of_an_unreadable_file_is_named(tmp_path: Path, content: bytes, kind: str) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert kind in probe(path).complaint


def test_identical_files_are_grouped_and_near_copies_are_not(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(20_000)
    names = {"a": content, "b": content, "c": content[:-1] + b"!", "d": content[:-1], "e": b"x"}
    for name, data in names.items():
        (tmp_path / name).write_bytes(data)
    sizes = {tmp_path / name: len(data) for name, data in names.items()}
    assert identical(sizes) == [[tmp_path / "a", tmp_path / "b"]]
