"""What a logged line of an acoustic model's run says is wrong."""

from xtts_jax.config import Config, to_dict
from xtts_jax.findings import SEVERE, WARNING, Finding
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.acoustic.adversarial import KIND
from xtts_jax.train.rules import (
    MOVEMENT_RULES,
    Judging,
    Rules,
    judging_rules,
    learning_rate_too_high,
    modules,
    training_diverges,
    validation_rises,
    voice_is_constant,
)

NO_EFFECT = 1e-6  # no more than rounding of a normalized mel
HOPELESS = 3.0  # times the constant's error; untrained models stay below twice


def loss_is_not_the_error(line: Line, config: Config) -> Finding | None:
    """What is differentiated must be what is measured: a clipped loss is a constant, without gradient."""
    weights = to_dict(config)["loss"]
    total = sum(weights[name] * value for name, value in modules(line, "loss/") if name != "total")
    pairs = {
        "mel loss": (line["loss/mel"], line["mel_l1"], "the mel error in nat, measured separately,"),
        "total loss": (line["loss/total"], total, "the weighted sum of its terms"),
    }
    for name, (loss, measured, what) in pairs.items():
        if abs(loss - measured) > config.health.loss_mismatch * abs(measured):
            return Finding(
                "loss_is_not_the_error",
                SEVERE,
                f"The {name} is {loss:.4g}, but {what} is {measured:.4g}.",
                "a change of the code: the loss is clipped, or compares mels in different units "
                "(normalized with unnormalized).",
                "make losses/acoustic.py return the mean absolute error in natural-log units, unclipped.",
            )
    return None


def mel_in_wrong_units(line: Line, config: Config) -> Finding | None:
    if abs(line["mel_mean_error"]) <= config.health.mel_mean_error:
        return None
    return Finding(
        "mel_in_wrong_units",
        SEVERE,
        f"The mean of the predicted mel is {line['mel_mean_error']:+.2f} nat off that of the recordings; its "
        f"spread is {line['mel_std_ratio']:.2f} times theirs.",
        "a change of the code: prediction and target of the mel loss are in different units (normalized with "
        "unnormalized).",
        "normalize both by stats.json, as models/features.py does; a learning rate that is far too high has "
        "the same effect.",
    )


def mel_range_collapsed(line: Line, config: Config) -> Finding | None:
    if line["step"] < config.health.settle_steps or line["mel_range_ratio"] >= config.health.mel_range_ratio:
        return None
    return Finding(
        "mel_range_collapsed",
        SEVERE,
        f"The predicted mel spans {line['mel_range_ratio']:.0%} of the recordings' range: nearly the same "
        "frame throughout, which sounds like noise.",
        "the decoder's weights hardly move, or its input does not depend on the text.",
        "look at update_ratio/decoder and grad_norm/decoder, then at the alignment figures.",
    )


def text_says_nothing(line: Line, config: Config) -> Finding | None:
    if line["token_kinds"] > 4:  # <start>, <end> and two symbols
        return None
    return Finding(
        "text_says_nothing",
        SEVERE,
        f"All texts of a batch together hold {line['token_kinds']:.0f} different symbols.",
        "the tokenizer knows none of the symbols, so that all became one, or none.",
        "compare tokenizer.json with the symbols of the corpus; prepare the corpus again.",
    )


def alignment_blurred(line: Line, config: Config) -> Finding | None:
    if (
        line["step"] < config.health.settle_steps
        or line["alignment_sharpness"] >= config.health.alignment_sharpness
    ):
        return None
    return Finding(
        "alignment_blurred",
        WARNING,
        f"The alignment gives each frame to its token with a mean probability of "
        f"{line['alignment_sharpness']:.2f}.",
        "it is early, or the texts do not say what is spoken.",
        "wait for twice the steps; then look at the pictures in samples/ and run the doctor on the corpus.",
    )


def tokens_starved(line: Line, config: Config) -> Finding | None:
    if line["step"] < config.health.settle_steps or line["tokens_starved"] <= config.health.tokens_starved:
        return None
    return Finding(
        "tokens_starved",
        WARNING,
        f"{line['tokens_starved']:.0%} of the tokens got a single frame, the minimum.",
        "the texts are longer than what is spoken, or texts and recordings do not belong together.",
        "run the doctor on the corpus and listen to a few clips with their texts.",
    )


def alignment_stuck(line: Line, config: Config) -> Finding | None:
    if line["step"] < config.health.settle_steps or line["alignment_stuck"] <= config.health.alignment_stuck:
        return None
    return Finding(
        "alignment_stuck",
        WARNING,
        f"On average {line['alignment_stuck']:.0%} of an utterance's frames lie on one token.",
        "long silences or music in the clips, or texts shorter than what is spoken.",
        "run the doctor on the corpus; trim the clips, or raise data.trim_db.",
    )


def durations_off(line: Line, config: Config) -> Finding | None:
    ratio = line["duration_ratio"]
    low, high = 1 / config.health.duration_ratio, config.health.duration_ratio
    if line["step"] < config.health.settle_steps or low <= ratio <= high:
        return None
    return Finding(
        "durations_off",
        WARNING,
        f"The predicted durations sum to {ratio:.2f} times the recordings' length.",
        "the duration predictor has not learned yet, or its loss has weight 0.",
        "wait for twice the steps; look at loss/duration.",
    )


def no_better_than_a_constant(line: Line, config: Config) -> Finding | None:
    error, constant = line["eval/mel_l1_teacher"], line["eval/mel_l1_best_constant"]
    hopeless = error > HOPELESS * constant
    if not hopeless and (line["step"] < config.health.settle_steps or error < constant):
        return None
    return Finding(
        "no_better_than_a_constant",
        SEVERE,
        f"On held-out recordings the model's mel error is {error:.3f} nat; that of the best constant "
        f"spectrum, which needs no model, is {constant:.3f}.",
        "the model has learned nothing about the speech: wrong texts, a learning rate far off, broken code.",
        "look at the other findings, at the pictures in samples/, and run the doctor on the corpus.",
    )


def text_has_no_effect(line: Line, config: Config) -> Finding | None:
    if line["eval/mel_change_text_shuffled"] > NO_EFFECT:
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
        f"Reading every text backwards changes the mel error by {gain:+.4f} nat: the model hardly uses the "
        "text.",
        "the texts do not belong to the recordings, or the learning rate is far off.",
        "listen to a few clips with their texts, and run the doctor on the corpus.",
    )


def ignores_reference(line: Line, config: Config) -> Finding | None:
    """Only checked for a corpus with several speakers."""
    if "eval/mel_l1_reference_shuffled" not in line or not _can_tell(line, config):
        return None
    change = abs(line["eval/mel_l1_reference_shuffled"] - line["eval/mel_l1_unshuffled"])
    if change >= config.health.reference_gain:
        return None
    return Finding(
        "ignores_reference",
        SEVERE if line["eval/mel_change_reference_shuffled"] <= NO_EFFECT else WARNING,
        f"Exchanging the references between speakers changes the mel error by {change:.5f} nat: the "
        "reference does not determine the voice.",
        "the voice encoder does not reach the decoder, or the speakers can be told apart without it, for "
        "instance because each speaks a different language.",
        "look at voice_spread and grad_norm/voice_encoder; give each language several speakers.",
    )


def _can_tell(line: Line, config: Config) -> bool:
    """Whether the run has settled, and the evaluation has enough utterances."""
    enough = line["eval/shuffled_utterances"] >= config.health.least_shuffled
    return enough and line["step"] >= config.health.settle_steps


def memorizing(line: Line, config: Config, lowest: float) -> Finding | None:
    """Not once discriminators have joined: a blurred mel has a lower error than one in full detail."""
    if config.adversarial.learns(line["step"]):
        return None
    return validation_rises("eval/mel_l1_teacher", "mel error", " nat")(line, config, lowest)


JUDGING = Judging(
    "drawn mel", "adversarial.learning_rate", lambda _: KIND, lambda config: config.adversarial.start
)
RULES = Rules(
    steps=(
        *MOVEMENT_RULES,
        loss_is_not_the_error,
        mel_in_wrong_units,
        mel_range_collapsed,
        learning_rate_too_high,
        text_says_nothing,
        voice_is_constant,
        alignment_blurred,
        tokens_starved,
        alignment_stuck,
        durations_off,
        *judging_rules(JUDGING),
    ),
    proofs=(no_better_than_a_constant, text_has_no_effect),
    evaluations=(ignores_text, ignores_reference),
    rising={
        "mel_l1": training_diverges,
        "eval/mel_l1_teacher": memorizing,
    },
)
