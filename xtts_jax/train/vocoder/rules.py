"""What a logged line of a vocoder's run says is wrong."""

from xtts_jax.config import Config
from xtts_jax.findings import SEVERE, WARNING, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import (
    Rules,
    frozen_module_moves,
    learning_rate_too_high,
    module_never_moves,
    nothing_moves,
    parameters_without_gradient,
    training_diverges,
    validation_rises,
)

QUIET, LOUD = 0.2, 5.0  # times the recordings' loudness
MOST_SATURATED = 0.05  # share of samples beyond full scale


def generator_without_gradient(line: Line, config: Config) -> Finding | None:
    """Discriminators are exempt: with the hinge loss the slopes of their last bias may cancel exactly."""
    ours = [name for name in line["leaves_without_gradient"] if name.startswith("generator/")]
    return parameters_without_gradient(line | {"leaves_without_gradient": ours}, config)


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


RULES = Rules(
    steps=(
        frozen_module_moves,
        nothing_moves,
        module_never_moves,
        generator_without_gradient,
        learning_rate_too_high,
        waveform_too_quiet_or_loud,
        waveform_saturated,
    ),
    proofs=(vocoder_no_better_than_a_constant,),
    evaluations=(),
    rising={
        "mel_l1": training_diverges,
        "eval/mel_l1": validation_rises("eval/mel_l1", "mel error", " nat"),
    },
)
