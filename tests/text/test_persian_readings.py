"""Persian words that espeak-ng alone misreads."""

import pytest

from xtts_jax.text.normalize import normalize
from xtts_jax.text.phonemize import phonemize

Z = "\u200c"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("۹", "noh"),
        ("۲۹ نفر", "bist o noh nafar"),
        ("۱۹", "nuzdah"),
        ("۱۹۹۹", "hezɑr o nohsad o navad o noh"),
        (f"بیست{Z}ویکم", "bist o jekom"),
        ("۵ یورو", "pandʒ juro"),
        ("یوروی دیجیتال", "juroje didʒitɑl"),
        (f"چهل{Z}وپنج{Z}هزار", "tʃehel o pandʒhezɑr"),
        ("کتاب و دفتر", "ketɑb va daftar"),
        ("پیامبر (ص)", "pajɑmbar, sallallɑho alajhe va ɑleh"),
        (f"علیه{Z}السلام", "alajhessalɑm"),
        ("ائمه (ع)", "aʔeme, alajhemossalɑm"),
        ("tehran.ir", "teəɹɑn dɑt ɑj ɑr"),
    ],
)
def test_persian_is_said_as_a_reader_says_it(written: str, said: str) -> None:
    assert phonemize(normalize(written, "fa"), "fa") == said
