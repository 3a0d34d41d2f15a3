"""What the logged line of a voice encoder's run says is wrong; as `train.rules`."""

from xtts_jax.config import Config
from xtts_jax.findings import SEVERE, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import MOVEMENT_RULES, Rule, learning_rate_too_high, voice_is_constant

NEAR_CHANCE = 0.45  # equal error rate; guessing has 0.5


def voices_not_told_apart(line: Line, config: Config) -> Finding | None:
    rate = line["eval/equal_error"]
    if line["step"] < config.health.settle_steps or rate < NEAR_CHANCE:
        return None
    return Finding(
        "voices_not_told_apart",
        SEVERE,
        f"Of voices never trained on, {rate:.0%} of the pairs are taken for what they are not: guessing does "
        "as well.",
        "the speakers' names do not go with the recordings, or the learning rate is far off.",
        "listen to a few recordings of one speaker; look at grad_norm/voice_encoder.",
    )


VOICE_RULES: tuple[Rule, ...] = (
    *MOVEMENT_RULES,
    learning_rate_too_high,
    voice_is_constant,
)
VOICE_PROOFS: tuple[Rule, ...] = (voices_not_told_apart,)
