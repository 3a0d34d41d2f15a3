"""What a logged line says is wrong: a rule per finding, its threshold in `config.health`.

The rules here apply to more than one family. Each family's own `rules.py` has the others, and `RULES`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from xtts_jax.config import Config
from xtts_jax.findings import SEVERE, WARNING, Finding, some
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.optimizer import is_frozen
from xtts_jax.train.state import DISCRIMINATORS

WINNING_GAP = {"hinge": 1.9, "least_squares": 0.95}  # between the mean scores of recordings and of ours
PATIENT_STEPS = 500  # after the discriminators have joined

Rule = Callable[[Line, Config], Finding | None]
RiseRule = Callable[[Line, Config, float], Finding | None]  # also given the lowest value so far


class Rules(NamedTuple):
    """What is checked in the log of a family's run, beside `FINITE_RULES` and `AT_ONCE`."""

    steps: tuple[Rule, ...]  # on logged steps; must last for `health.patience` lines
    proofs: tuple[Rule, ...]  # on evaluations; once is enough
    evaluations: tuple[Rule, ...]  # on evaluations; must last for `health.patience` of them
    rising: Mapping[str, RiseRule]  # by figure, on the lines that have it; must last as well


def modules(line: Line, prefix: str) -> Iterator[tuple[str, float]]:
    """The modules that have a figure in this line, with its value."""
    return ((name.removeprefix(prefix), value) for name, value in line.items() if name.startswith(prefix))


def utterance_not_finite(line: Line, config: Config) -> Finding | None:
    ids = line["utterances_not_finite"]
    if not ids:
        return None
    return Finding(
        "utterance_not_finite",
        WARNING,
        f"Before or at step {line['step']} these utterances gave values that are not finite, and their steps "
        f"were left out: {some(ids)}.",
        "damaged recordings or prepared data; if it is every utterance, parameters that have grown too "
        "large.",
        "listen to these recordings; prepare the corpus again, or lower optim.learning_rate.",
    )


def steps_not_finite(line: Line, config: Config) -> Finding | None:
    if line["skipped"] < config.health.most_skipped:
        return None
    return Finding(
        "steps_not_finite",
        SEVERE,
        f"Loss or gradient was not finite in {line['skipped']:.0f} consecutive steps, up to step "
        f"{line['step']}; none of them changed the model. Utterances that gave such values: "
        f"{some(line['utterances_not_finite'])}.",
        "optim.learning_rate is too high, or many recordings are damaged.",
        "listen to the recordings named; start again in another --workdir with a lower optim.learning_rate, "
        "and train.init_from to keep what was learned.",
    )


def frozen_module_moves(line: Line, config: Config) -> Finding | None:
    freeze = config.optim.freeze
    moving = [name for name, ratio in modules(line, "update_ratio/") if is_frozen(name, freeze) and ratio]
    if not moving:
        return None
    return Finding(
        "frozen_module_moves",
        SEVERE,
        f"optim.freeze names {', '.join(moving)}, whose parameters changed.",
        "the optimizer does not follow the labels of train/optimizer.py.",
        "fix the optimizer, or remove the name from optim.freeze.",
    )


def _trained(line: Line, config: Config) -> Iterator[tuple[str, float]]:
    """The modules of which nothing is frozen, with the share of each that stands still."""
    frozen = {name.split("/")[0] for name in config.optim.freeze}
    return ((name, share) for name, share in modules(line, "unmoved/") if name not in frozen)


def nothing_moves(line: Line, config: Config) -> Finding | None:
    """Also found where the steps are smaller than float32 can resolve."""
    still = [share for _, share in _trained(line, config)]
    if not still or min(still) < config.health.unmoved:
        return None
    return Finding(
        "nothing_moves",
        SEVERE,
        f"No module of the model changes; the learning rate is {line['learning_rate']:g}.",
        "optim.learning_rate is 0 or close to it, or every step is left out.",
        "set optim.learning_rate to what configs/ has for this size, and look at `skipped` in metrics.jsonl.",
    )


def module_never_moves(line: Line, config: Config) -> Finding | None:
    still = [
        f"{name} ({share:.0%})" for name, share in _trained(line, config) if share >= config.health.unmoved
    ]
    if not still:
        return None
    return Finding(
        "module_never_moves",
        SEVERE,
        f"These modules should learn, but their parameters stand still: {', '.join(still)}.",
        "a change of the code: their parameters are outside the optimizer, or get no gradient.",
        "check that train/optimizer.py labels them as trained; to freeze them on purpose, name them in "
        "optim.freeze.",
    )


def parameters_without_gradient(line: Line, config: Config) -> Finding | None:
    """Biases of discriminators are exempt: the slopes that the two sides give them may cancel exactly."""
    freeze, exempt = config.optim.freeze, re.compile(f"{DISCRIMINATORS}/.*/bias")
    leaves = [
        name
        for name in line["leaves_without_gradient"]
        if not is_frozen(name, freeze) and not exempt.fullmatch(name)
    ]
    if not leaves:
        return None
    return Finding(
        "parameters_without_gradient",
        SEVERE,
        f"{len(leaves)} parameter arrays have a gradient of exactly zero: {some(leaves)}.",
        "a weight of 0 in config.loss, or a change of the code: a stop_gradient before them, an attention "
        "mask that hides everything, a clipped loss.",
        "follow the first of them from the loss backwards; if it is intended, name its module in "
        "optim.freeze.",
    )


def learning_rate_too_high(line: Line, config: Config) -> Finding | None:
    return _step_larger_than(config.health.update_ratio, line)


def learning_rate_absurd(line: Line, config: Config) -> Finding | None:
    """Steps larger than the params themselves: there is nothing to wait for."""
    return _step_larger_than(1.0, line)


def _step_larger_than(limit: float, line: Line) -> Finding | None:
    high = [f"{name} ({ratio:.2g})" for name, ratio in modules(line, "update_ratio/") if ratio > limit]
    if not high:
        return None
    return Finding(
        "learning_rate_too_high",
        SEVERE,
        f"One step changes these modules by more than {limit:.0%} of their size: "
        f"{', '.join(high)}; the learning rate is {line['learning_rate']:g}.",
        "optim.learning_rate is too high by a factor of ten or more.",
        "start again in another --workdir with the optim.learning_rate that configs/ has for this size "
        "(1e-3 to 2e-3).",
    )


def voice_is_constant(line: Line, config: Config) -> Finding | None:
    if line["voice_spread"] >= config.health.voice_spread:
        return None
    return Finding(
        "voice_is_constant",
        SEVERE,
        f"Every reference gives the same voice embedding (spread {line['voice_spread']:.1e} of its size).",
        "the voice encoder does not see the references, or they are all silent or all the same.",
        "listen to a few recordings; look at grad_norm/voice_encoder.",
    )


def training_diverges(line: Line, config: Config, lowest: float) -> Finding | None:
    if line["mel_l1"] <= config.health.rise * lowest:
        return None
    return Finding(
        "training_diverges",
        SEVERE,
        f"The mel error in training is {line['mel_l1']:.3f} nat, after {lowest:.3f} at its lowest.",
        "optim.learning_rate is too high.",
        "start again in another --workdir with a third of the learning rate, and train.init_from to keep "
        "what was learned.",
    )


def validation_rises(figure: str, error: str, unit: str = "") -> RiseRule:
    """The rule for an evaluation's `figure`, called `error` in the message, its unit after a space."""

    def rule(line: Line, config: Config, lowest: float) -> Finding | None:
        if line[figure] <= config.health.validation_rise * lowest:
            return None
        return Finding(
            "validation_rises",
            WARNING,
            f"The {error} on held-out recordings is {line[figure]:.3f}{unit}, after {lowest:.3f} at best.",
            "the model has begun to memorize its recordings.",
            "stop here, since the best checkpoint is kept; or train again with more recordings or dropout.",
        )

    return rule


class Judging(NamedTuple):
    """How discriminators take part in the training of a family."""

    generated: str  # what they tell from recordings
    rate: str  # setting with their learning rate
    kind: Callable[[Config], str]  # adversarial loss
    start: Callable[[Config], int]  # last step before they join


def judging_rules(about: Judging) -> tuple[Rule, ...]:
    """For steps with discriminators; others have no scores."""

    def discriminators_win(line: Line, config: Config) -> Finding | None:
        gap = _score_gap(line)
        if gap is None or gap < WINNING_GAP[about.kind(config)]:
            return None
        return Finding(
            "discriminators_win",
            WARNING,
            f"The discriminators tell every recording ({line['score/recorded']:+.2f}) from every "
            f"{about.generated} ({line['score/generated']:+.2f}), and such clear verdicts teach little.",
            f"the model is far behind, or {about.rate} is too high.",
            f"listen to samples/; where they do not improve, lower {about.rate}.",
        )

    def discriminators_cannot_tell(line: Line, config: Config) -> Finding | None:
        gap = _score_gap(line)
        if gap is None or gap > 0 or line["step"] < about.start(config) + PATIENT_STEPS:
            return None
        return Finding(
            "discriminators_cannot_tell",
            WARNING,
            f"{PATIENT_STEPS} steps after they joined, the discriminators give recordings no higher scores "
            f"({line['score/recorded']:+.2f}) than a {about.generated} ({line['score/generated']:+.2f}).",
            f"they do not learn: {about.rate} is far too low or too high for them, or they are frozen.",
            "look at grad_norm/discriminators and update_ratio/discriminators in metrics.jsonl.",
        )

    return discriminators_win, discriminators_cannot_tell


def _score_gap(line: Line) -> float | None:
    """By how much recordings are scored higher; None where no discriminator learns."""
    recorded, generated = line.get("score/recorded", 0.0), line.get("score/generated", 0.0)
    return recorded - generated if recorded or generated else None


# The only rules for steps that were left out.
FINITE_RULES: tuple[Rule, ...] = (utterance_not_finite, steps_not_finite)
# For every step that was kept.
AT_ONCE: tuple[Rule, ...] = (learning_rate_absurd,)
# Findings that explain others: a line that shows one of these is not searched further.
ROOTS = ("nothing_moves", "learning_rate_too_high")
# For modules that are all trained by one optimizer.
MOVEMENT_RULES: tuple[Rule, ...] = (
    frozen_module_moves,
    nothing_moves,
    module_never_moves,
    parameters_without_gradient,
)
