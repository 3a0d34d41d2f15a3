"""What a logged line of a voice encoder's run says is wrong."""

from xtts_jax.config import Config
from xtts_jax.findings import SEVERE, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import MOVEMENT_RULES, Rules, learning_rate_too_high, voice_is_constant

NEAR_CHANCE = 0.45  # equal error rate; guessing has 0.5


def voices_not_told_apart(line: Line, config: Config) -> Finding | None:
    rate = line["eval/equal_error"]
    if line["step"] < config.health.settle_steps or rate < NEAR_CHANCE:
        return None
    return Finding(
        "voices_not_told_apart",
        SEVERE,
        f"On unseen speakers the equal error rate is {rate:.0%}; guessing has 50%.",
        "the speakers' names do not belong to the recordings, or the learning rate is far off.",
        "listen to a few recordings of one speaker; look at grad_norm/voice_encoder.",
    )


RULES = Rules(
    steps=(*MOVEMENT_RULES, learning_rate_too_high, voice_is_constant),
    proofs=(voices_not_told_apart,),
    evaluations=(),
    rising={},
)
