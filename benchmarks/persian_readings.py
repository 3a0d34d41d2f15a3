"""The share of Persian words that are read right, by sentences with their readings.

    pip install -r requirements-persian.txt rishe
    python benchmarks/persian_readings.py             as written, and with the ezafe tagged
    python benchmarks/persian_readings.py --others    and by rishe, and by the word list of gruut-lang-fa

`tests/golden/persian_readings.tsv` has the sentences. Readings of a word are the same if they differ by no
more than glottal stops, doubled consonants, glides between vowels, ow and o; "and" is va or o.
"""

import argparse
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from xtts_jax.text.ezafe import with_ezafe
from xtts_jax.text.frontend import Frontend
from xtts_jax.text.normalize import normalize

TABLE = Path(__file__).parents[1] / "tests" / "golden" / "persian_readings.tsv"
_SAME = [("ʔ", ""), ("o[wu]", "o"), ("aj", "ej"), (r"(?<=[iɑu])j(?=[aeiouɑ])", ""), (r"(.)\1+", r"\1")]
_GRUUT = {"e̞": "e", "ɒː": "ɑ", "æ": "a", "iː": "i", "uː": "u", "ɾ": "r", "g": "ɡ", "t͡ʃ": "tʃ", "d͡ʒ": "dʒ"}

Reader = Callable[[str], Sequence[str]]
written = Frontend("phonemes", {})


def plain(phonemes: str) -> str:
    """The phonemes of a word without what two right readings may differ in."""
    for found, kept in _SAME:
        phonemes = re.sub(found, kept, phonemes)
    return phonemes


def words_read(frontend: Frontend) -> Reader:
    return lambda sentence: frontend(sentence, "fa").split()


def by_rishe() -> Reader:
    """The ezafe markers of rishe's pipeline, without model packs."""
    pipeline = import_module("rishe").Pipeline()

    def read(sentence: str) -> list[str]:
        document = pipeline(normalize(sentence, "fa"))
        marked = {
            word for word, marker in zip(document.tokens, document.ezafe_markers, strict=True) if marker
        }
        words = normalize(sentence, "fa").split()
        return written(" ".join(with_ezafe(w) if w in marked else w for w in words), "fa").split()

    return read


def by_word_list() -> Reader:
    """The phonemes of gruut-lang-fa for the words that its list has, and espeak-ng's for the others."""
    path = import_module("gruut_lang_fa").get_lang_dir() / "lexicon.db"
    rows = sqlite3.connect(path).execute("SELECT word, phonemes FROM word_phonemes")
    listed = {word: "".join(_GRUUT.get(sound) or sound for sound in sounds.split()) for word, sounds in rows}
    return words_read(Frontend("phonemes", listed))


def shares(read: Reader) -> dict[str, float]:
    """Percent of words that are right, for each kind of sentence and for all."""
    right: dict[str, list[bool]] = defaultdict(list)
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        kind, sentence, reading = line.split("\t")
        for said, expected in zip(read(sentence), reading.split(), strict=True):
            same = plain(said) == plain(expected) or {said, expected} == {"va", "o"}
            right[kind].append(same)
            right["all"].append(same)
    return {kind: 100 * sum(values) / len(values) for kind, values in right.items()}


def main() -> None:
    options = argparse.ArgumentParser(description="The share of Persian words that are read right.")
    options.add_argument("--others", action="store_true")
    others = options.parse_args().others
    readers = {"as written": words_read(written), "tagged": words_read(Frontend("phonemes", {}, "tagged"))}
    if others:
        readers |= {"rishe": by_rishe(), "word list": by_word_list()}
    for name, read in readers.items():
        print(f"{name:12}", *(f"{kind} {share:.1f} %" for kind, share in shares(read).items()), sep="  ")


if __name__ == "__main__":
    main()
