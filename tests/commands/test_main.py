"""The one command: its verbs, its help, and what it refuses."""

import subprocess
import sys
from pathlib import Path

import pytest

from xtts_jax.__main__ import dispatch
from xtts_jax.commands.verbs import VERBS
from xtts_jax.errors import UserError


def test_help_has_a_line_for_every_verb_and_imports_no_jax(root: Path) -> None:
    script = (
        "import sys\n"
        "from xtts_jax.__main__ import dispatch\n"
        "dispatch(['--help'])\n"
        "assert not sys.modules.keys() & {'jax', 'numpy', 'ml_collections'}\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for verb, what in VERBS.items():
        assert any(line.split(maxsplit=1) == [verb, what] for line in done.stdout.splitlines())


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        dispatch([verb, "--help"])
    assert end.value.code == 0 and f"xtts-jax {verb}" in capsys.readouterr().out


def test_an_unknown_verb_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match=r"'spaek' is not a verb.*Did you mean speak\?.*train, speak"):
        dispatch(["spaek", "--text", "Tea."])
    dispatch(["--version"])
    assert capsys.readouterr().out.startswith("xtts-jax ")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["train"], r"xtts-jax train: the following arguments are required: --config"),
        (["speak", "--ckpt", "a", "--nonsense"], r"unrecognized arguments: --nonsense"),
        (["evaluate", "--ckpt", "a", "--sentences", "many"], r"--sentences: invalid int value: 'many'"),
        (["pack", "--out", "a"], r"required: --ckpt"),
    ],
)
def test_what_cannot_be_parsed_is_one_paragraph(arguments: list[str], complaint: str) -> None:
    with pytest.raises(UserError, match=rf"{complaint}.*--help` lists the options"):
        dispatch(arguments)
