"""What a logged line says is wrong: one rule a finding, its threshold in `config.health`."""

from collections.abc import Callable, Iterator

from xtts_jax.config import Config, to_dict
from xtts_jax.findings import SEVERE, WARNING, Finding, some
from xtts_jax.runs.metrics_log import Line
from xtts_jax.train.optimizer import is_frozen

Rule = Callable[[Line, Config], Finding | None]


def modules(line: Line, prefix: str) -> Iterator[tuple[str, float]]:
    """The modules a line has a figure of, with it."""
    return ((name.removeprefix(prefix), value) for name, value in line.items() if name.startswith(prefix))


def utterance_not_finite(line: Line, config: Config) -> Finding | None:
    ids = line["utterances_not_finite"]
    if not ids:
        return None
    return Finding(
        "utterance_not_finite",
        WARNING,
        f"By step {line['step']} these utterances gave values that are not finite, and their steps were left "
        f"out: {some(ids)}.",
        "damaged recordings or prepared data; where it is every utterance, parameters that have grown too "
        "large.",
        "listen to these recordings; prepare the corpus again, or lower optim.learning_rate.",
    )


def steps_not_finite(line: Line, config: Config) -> Finding | None:
    if line["skipped"] < config.health.most_skipped:
        return None
    return Finding(
        "steps_not_finite",
        SEVERE,
        f"Loss or gradient was not finite in {line['skipped']:.0f} steps running, up to step {line['step']}; "
        f"nothing of them was kept. Utterances that gave such values: "
        f"{some(line['utterances_not_finite'])}.",
        "optim.learning_rate is too high, or many recordings are damaged.",
        "listen to the recordings named; start anew in another --workdir with a lower optim.learning_rate, "
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
        "mend the optimizer, or take the name out of optim.freeze.",
    )


def _trained(line: Line, config: Config) -> Iterator[tuple[str, float]]:
    """The share that stands still of each module of which nothing is frozen."""
    frozen = {name.split("/")[0] for name in config.optim.freeze}
    return ((name, share) for name, share in modules(line, "unmoved/") if name not in frozen)


def nothing_moves(line: Line, config: Config) -> Finding | None:
    """Also where the step is so small that float32 has no smaller one."""
    still = [share for _, share in _trained(line, config)]
    if not still or min(still) < config.health.unmoved:
        return None
    return Finding(
        "nothing_moves",
        SEVERE,
        f"No module of the model changes; the learning rate is {line['learning_rate']:g}.",
        "optim.learning_rate is 0 or next to nothing, or every step is left out.",
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
        f"These modules should learn, and their parameters stand still: {', '.join(still)}.",
        "a change of the code: their parameters are outside the optimizer, or get no gradient.",
        "see that train/optimizer.py labels them as trained; to freeze them on purpose, name them in "
        "optim.freeze.",
    )


def parameters_without_gradient(line: Line, config: Config) -> Finding | None:
    freeze = config.optim.freeze
    leaves = [name for name in line["leaves_without_gradient"] if not is_frozen(name, freeze)]
    if not leaves:
        return None
    return Finding(
        "parameters_without_gradient",
        SEVERE,
        f"{len(leaves)} parameter arrays have a gradient of exactly zero: {some(leaves)}.",
        "a weight of 0 in config.loss, or a change of the code: a stop_gradient before them, an attention "
        "mask that hides everything, a clipped loss.",
        "follow the first of them from the loss backwards; if it is meant, name its module in optim.freeze.",
    )


def loss_is_not_the_error(line: Line, config: Config) -> Finding | None:
    """What is differentiated must be what is measured: a clipped loss is a constant, without gradient."""
    weights = to_dict(config)["loss"]
    total = sum(weights[name] * value for name, value in modules(line, "loss/") if name != "total")
    pairs = {
        "mel loss": (line["loss/mel"], line["mel_l1"], "the mel error in nat, measured apart from it,"),
        "total loss": (line["loss/total"], total, "the weighted sum of its terms"),
    }
    for name, (loss, measured, what) in pairs.items():
        if abs(loss - measured) > config.health.loss_mismatch * abs(measured):
            return Finding(
                "loss_is_not_the_error",
                SEVERE,
                f"The {name} is {loss:.4g}, but {what} is {measured:.4g}.",
                "a change of the code: the loss is clipped, or compares mels in different units "
                "(normalised with unnormalised).",
                "make losses.py return the mean absolute error in natural-log units, unclipped.",
            )
    return None


def mel_in_wrong_units(line: Line, config: Config) -> Finding | None:
    if abs(line["mel_mean_error"]) <= config.health.mel_mean_error:
        return None
    return Finding(
        "mel_in_wrong_units",
        SEVERE,
        f"The mean of the predicted mel is {line['mel_mean_error']:+.2f} nat off the recordings', its spread "
        f"{line['mel_std_ratio']:.2f} times theirs.",
        "a change of the code: prediction and target of the mel loss are in different units (normalised with "
        "unnormalised).",
        "normalise both by stats.json, as models/features.py does; a learning rate that is far too high does "
        "this as well.",
    )


def mel_range_collapsed(line: Line, config: Config) -> Finding | None:
    if line["step"] < config.health.settle_steps or line["mel_range_ratio"] >= config.health.mel_range_ratio:
        return None
    return Finding(
        "mel_range_collapsed",
        SEVERE,
        f"The predicted mel spans {line['mel_range_ratio']:.0%} of the recordings' range: nearly one frame "
        "for ever, which sounds like noise.",
        "the decoder's weights hardly move, or what it is given says nothing of the text.",
        "look at update_ratio/decoder and grad_norm/decoder, then at the alignment figures.",
    )


def learning_rate_too_high(line: Line, config: Config) -> Finding | None:
    return _step_larger_than(config.health.update_ratio, line)


def learning_rate_absurd(line: Line, config: Config) -> Finding | None:
    """Steps larger than the params themselves leave nothing to wait for."""
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
        "start anew in another --workdir with the optim.learning_rate that configs/ has for this size "
        "(1e-3 to 2e-3).",
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
        f"{line['tokens_starved']:.0%} of the tokens got a single frame, the least there is.",
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


# What cannot wait, and all that can be said of a step that was left out.
FINITE_RULES: tuple[Rule, ...] = (utterance_not_finite, steps_not_finite)
PROVEN_AT_ONCE: tuple[Rule, ...] = (learning_rate_absurd,)
# What explains others: a line that shows one of these says nothing else.
ROOTS = ("nothing_moves", "learning_rate_too_high")
# Of every model; what else a line shows follows these.
MOVEMENT_RULES: tuple[Rule, ...] = (
    frozen_module_moves,
    nothing_moves,
    module_never_moves,
    parameters_without_gradient,
)
STEP_RULES: tuple[Rule, ...] = (
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
)
