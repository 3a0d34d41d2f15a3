"""What a recogniser's logged line says is wrong; as `train.rules`."""

from xtts_jax.config import Config
from xtts_jax.findings import WARNING, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import MOVEMENT_RULES, Rule, learning_rate_too_high

MUTE = 0.05  # symbols heard, over those said
MUTE_STEPS = 2000  # CTC begins with nothing but blanks, for some hundred steps
MOST_CROWDED = 0.02  # share of utterances


def texts_have_no_room(line: Line, config: Config) -> Finding | None:
    if line["crowded"] <= MOST_CROWDED:
        return None
    return Finding(
        "texts_have_no_room",
        WARNING,
        f"{line['crowded']:.0%} of the utterances of a batch have more symbols than positions; nothing was "
        "learned from them.",
        "very fast speech, texts of other recordings, or recogniser.frames_per_position is too high.",
        f"train anew with recogniser.frames_per_position below {config.recogniser.frames_per_position}.",
    )


def hears_nothing(line: Line, config: Config) -> Finding | None:
    del config
    if line["step"] < MUTE_STEPS or line["eval/length_ratio"] >= MUTE:
        return None
    return Finding(
        "hears_nothing",
        WARNING,
        f"Of held-out recordings it hears {line['eval/length_ratio']:.1%} of the symbols that are said.",
        "too little speech, texts that do not belong to it, or a learning rate far off.",
        "run the doctor on the corpus; give it an hour of speech or more.",
    )


def phoneme_errors_rise(line: Line, config: Config, lowest: float) -> Finding | None:
    if line["eval/per"] <= config.health.validation_rise * lowest:
        return None
    return Finding(
        "validation_rises",
        WARNING,
        f"The phoneme error rate of held-out recordings is {line['eval/per']:.3f}, after {lowest:.3f} at its "
        "best.",
        "the model has begun to learn its recordings by heart.",
        "stop here, since the best checkpoint is kept; or train anew with more recordings or dropout.",
    )


RECOGNISER_RULES: tuple[Rule, ...] = (
    *MOVEMENT_RULES,
    learning_rate_too_high,
    texts_have_no_room,
)
RECOGNISER_EVALUATION_RULES: tuple[Rule, ...] = (hears_nothing,)
