"""A trained run as it is read from its folder, to speak with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from xtts_jax.config import Config, from_dict, to_dict
from xtts_jax.data.statistics import load_stats
from xtts_jax.errors import FieldError, UserError
from xtts_jax.models import decoders
from xtts_jax.models.initial import param_shapes
from xtts_jax.models.xtts import MODULES, XTTS
from xtts_jax.runs import packed
from xtts_jax.runs.own_files import is_packed
from xtts_jax.runs.params import find_step, load_params
from xtts_jax.runs.settings import read_config_of
from xtts_jax.runs.shapes import require_shapes
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.types import Stats


class Run(NamedTuple):
    config: Config
    params: dict
    tokenizer: Tokenizer
    stats: Stats
    step: int


def read_run(workdir: Path, step: int | None, drawing: Mapping[str, Any]) -> Run:
    """The checkpoint of `step`, or the best one; raises `UserError` where there is none that can speak.

    drawing: as for `with_drawing`.
    """
    find_step(workdir, step)  # first, as it takes no time; nor does the next line
    config = with_drawing(read_config_of(workdir, "acoustic"), drawing)
    params, step = load_params(workdir, step)
    if missing := MODULES - params.keys():
        raise UserError(
            f"The run in {workdir} was trained by an older version of this project: its model has no "
            f"{', '.join(sorted(missing))}. Speak with that version, or train anew from it with "
            f"train.init_from={workdir}."
        )
    tokenizer, stats = Tokenizer.load(workdir / "tokenizer.json"), load_stats(workdir / "stats.json")
    if not (is_packed(workdir) and packed.fits(workdir, config)):  # else it is known, and takes time
        model = XTTS(config, len(tokenizer), len(tokenizer.languages))
        require_shapes(params, param_shapes(model), workdir)
    return Run(config, params, tokenizer, stats, step)


def with_drawing(config: Config, changes: Mapping[str, Any]) -> Config:
    """The configuration with other values of settings, by name, that its decoder draws by.

    Raises `FieldError` where the decoder has no such setting or cannot work with the value.
    """
    able = decoders.abilities(config).drawing
    if foreign := [name for name in changes if name not in able]:
        raise FieldError(
            ", ".join(f"{{{name}}}" for name in foreign)
            + ": the decoder of this run, {decoder}, has no such setting. Leave it out{or_train}.",
            decoder=config.model.decoder,
            or_train=_or_train(foreign),
        )
    try:
        return from_dict(to_dict(replace(config, synthesis=replace(config.synthesis, **changes))))
    except FieldError as error:
        raise error.renamed(**{f"synthesis.{name}": name for name in able}) from error


def _or_train(settings: Sequence[str]) -> str:
    able = [name for name, kind in decoders.KINDS.items() if {*settings} <= {*kind.abilities.drawing}]
    return f", or train a run with model.decoder {' or '.join(able)}" if able else ""
