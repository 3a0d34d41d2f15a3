"""What an evaluation says is wrong; as `train.rules`, for the lines with `eval/`."""

from collections.abc import Callable

from xtts_jax.config import Config
from xtts_jax.findings import SEVERE, WARNING, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.rules import Rule

NO_EFFECT = 1e-6  # nat; rounding alone
HOPELESS = 3.0  # times the constant's error; untrained models have less than twice


def no_better_than_a_constant(line: Line, config: Config) -> Finding | None:
    error, constant = line["eval/mel_l1_teacher"], line["eval/mel_l1_best_constant"]
    hopeless = error > HOPELESS * constant
    if not hopeless and (line["step"] < config.health.settle_steps or error < constant):
        return None
    return Finding(
        "no_better_than_a_constant",
        SEVERE,
        f"On recordings it never saw, the model's mel error is {error:.3f} nat; the best constant spectrum, "
        f"which needs no model, has {constant:.3f}.",
        "the model has learned nothing of the speech: wrong texts, a learning rate far off, a broken path.",
        "look at the other findings, at the pictures in samples/, and run the doctor on the corpus.",
    )


def text_has_no_effect(line: Line, config: Config) -> Finding | None:
    if abs(line["eval/mel_l1_text_shuffled"] - line["eval/mel_l1_unshuffled"]) > NO_EFFECT:
        return None
    return Finding(
        "text_has_no_effect",
        SEVERE,
        "Reading every text backwards does not change the mel at all.",
        "the text does not reach the decoder, or all symbols have become one.",
        "follow models/xtts.py from the tokens to `decode`; compare tokenizer.json with the corpus.",
    )


def ignores_text(line: Line, config: Config) -> Finding | None:
    gain = line["eval/mel_l1_text_shuffled"] - line["eval/mel_l1_unshuffled"]
    if not _can_tell(line, config) or gain >= config.health.text_gain:
        return None
    return Finding(
        "ignores_text",
        SEVERE,
        f"Reading every text backwards changes the mel error by {gain:+.4f} nat: the model does not need it.",
        "the texts do not belong to the recordings, or the learning rate is far off.",
        "listen to a few clips with their texts, and run the doctor on the corpus.",
    )


def ignores_reference(line: Line, config: Config) -> Finding | None:
    """Asked only of a corpus with several speakers."""
    if "eval/mel_l1_reference_shuffled" not in line or not _can_tell(line, config):
        return None
    change = abs(line["eval/mel_l1_reference_shuffled"] - line["eval/mel_l1_unshuffled"])
    if change >= config.health.reference_gain:
        return None
    return Finding(
        "ignores_reference",
        SEVERE if change <= NO_EFFECT else WARNING,
        f"References that change places among the speakers change the mel error by {change:.5f} nat: a "
        "reference does not choose the voice.",
        "the voice encoder does not reach the decoder, or each speaker can be told without it, as where "
        "every one speaks a language of their own.",
        "look at voice_spread and grad_norm/voice_encoder; give each language several speakers.",
    )


def _can_tell(line: Line, config: Config) -> bool:
    """Late enough, and of enough utterances."""
    enough = line["eval/shuffled_utterances"] >= config.health.least_shuffled
    return enough and line["step"] >= config.health.settle_steps


# What one evaluation proves, and what must last for `health.patience` of them.
PROOFS: tuple[Rule, ...] = (no_better_than_a_constant, text_has_no_effect)
EVALUATION_RULES: tuple[Rule, ...] = (ignores_text, ignores_reference)


RiseRule = Callable[[Line, Config, float], Finding | None]  # with the lowest value so far


def validation_rises(line: Line, config: Config, lowest: float) -> Finding | None:
    error = line["eval/mel_l1_teacher"] if "eval/mel_l1_teacher" in line else line["eval/mel_l1"]
    if error <= config.health.validation_rise * lowest:
        return None
    return Finding(
        "validation_rises",
        WARNING,
        f"The mel error on held-out recordings is {error:.3f} nat, after {lowest:.3f} at its best.",
        "the model has begun to learn its recordings by heart.",
        "stop here, since the best checkpoint is kept; or train anew with more recordings or dropout.",
    )


def training_diverges(line: Line, config: Config, lowest: float) -> Finding | None:
    if line["mel_l1"] <= config.health.rise * lowest:
        return None
    return Finding(
        "training_diverges",
        SEVERE,
        f"The mel error in training is {line['mel_l1']:.3f} nat, after {lowest:.3f} at its lowest.",
        "optim.learning_rate is too high.",
        "start anew in another --workdir with a third of the learning rate, and train.init_from to keep what "
        "was learned.",
    )
