"""What a logged line of a vocoder's run says is wrong."""

from xtts_jax.config import Config
from xtts_jax.findings import SEVERE, WARNING, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import (
    MOVEMENT_RULES,
    Judging,
    Rules,
    judging_rules,
    learning_rate_too_high,
    training_diverges,
    validation_rises,
)

QUIET, LOUD = 0.2, 5.0  # times the recordings' loudness
MOST_SATURATED = 0.05  # share of samples beyond full scale


def waveform_too_quiet_or_loud(line: Line, config: Config) -> Finding | None:
    ratio = line["loudness_ratio"]
    if line["step"] < config.health.settle_steps or QUIET <= ratio <= LOUD:
        return None
    return Finding(
        "waveform_too_quiet_or_loud",
        SEVERE,
        f"The generated waveforms are {ratio:.2g} times as loud as the recordings.",
        "the generator has collapsed: a learning rate or a weight of its adversarial terms that is too high.",
        "start again in another --workdir with a lower optim.learning_rate.",
    )


def waveform_saturated(line: Line, config: Config) -> Finding | None:
    if line["step"] < config.health.settle_steps or line["saturated"] <= MOST_SATURATED:
        return None
    return Finding(
        "waveform_saturated",
        WARNING,
        f"{line['saturated']:.0%} of the generated samples lie beyond full scale.",
        "the run is young, or its learning rate too high.",
        "listen to samples/; lower optim.learning_rate if it lasts.",
    )


def vocoder_no_better_than_a_constant(line: Line, config: Config) -> Finding | None:
    error, constant = line["eval/mel_l1"], line["eval/mel_l1_best_constant"]
    if line["step"] < config.health.settle_steps or error < constant:
        return None
    return Finding(
        "no_better_than_a_constant",
        SEVERE,
        f"On held-out recordings the vocoder's mel error is {error:.3f} nat; that of the best constant "
        f"spectrum is {constant:.3f}.",
        "the generator has learned nothing, or collapsed.",
        "look at the other findings, and listen to samples/.",
    )


JUDGING = Judging(
    "generated waveform",
    "optim.learning_rate",
    lambda config: config.vocoder.adversarial_loss,
    lambda config: config.vocoder.adversarial_from,
)
RULES = Rules(
    steps=(
        *MOVEMENT_RULES,
        learning_rate_too_high,
        waveform_too_quiet_or_loud,
        waveform_saturated,
        *judging_rules(JUDGING),
    ),
    proofs=(vocoder_no_better_than_a_constant,),
    evaluations=(),
    rising={
        "mel_l1": training_diverges,
        "eval/mel_l1": validation_rises("eval/mel_l1", "mel error", " nat"),
    },
)
