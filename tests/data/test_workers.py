"""The processes that prepare a corpus."""

import signal
from functools import partial

from xtts_jax.data.workers import make_pool


def test_ctrl_c_ends_a_process_without_words() -> None:
    with make_pool(1) as pool:
        handler = pool.submit(partial(signal.getsignal, signal.SIGINT)).result(timeout=60)
    assert handler is signal.SIG_DFL
