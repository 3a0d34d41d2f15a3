"""What a logged line of a recognizer's run says is wrong."""

from xtts_jax.config import Config
from xtts_jax.findings import WARNING, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import MOVEMENT_RULES, Rules, learning_rate_too_high, validation_rises

MUTE = 0.05  # symbols recognized, over those spoken
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
        f"start again with recogniser.frames_per_position below {config.recogniser.frames_per_position}.",
    )


def hears_nothing(line: Line, config: Config) -> Finding | None:
    del config
    if line["step"] < MUTE_STEPS or line["eval/length_ratio"] >= MUTE:
        return None
    return Finding(
        "hears_nothing",
        WARNING,
        f"In held-out recordings the model recognizes {line['eval/length_ratio']:.1%} as many symbols as are "
        "spoken.",
        "too little speech, texts that do not belong to it, or a learning rate far off.",
        "run the doctor on the corpus; give it an hour of speech or more.",
    )


phoneme_errors_rise = validation_rises("eval/per", "phoneme error rate")


RULES = Rules(
    steps=(*MOVEMENT_RULES, learning_rate_too_high, texts_have_no_room),
    proofs=(),
    evaluations=(hears_nothing,),
    rising={"eval/per": phoneme_errors_rise},
)
