"""The voice encoder alone: crops, loss, step, a short run, and an acoustic model that begins with it."""

import json
import math
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
import whole_model
from made_up_voices import config, write_corpus
from trained_run import random_params

from configs import voice
from xtts_jax import config as configuration
from xtts_jax.config import AUTO, Config
from xtts_jax.data.chunks import held_out_speaker
from xtts_jax.data.corpus import Corpus
from xtts_jax.data.labels import Labels
from xtts_jax.data.prepare import prepare
from xtts_jax.data.voice_crops import VoicePlan, held_out_crops, load_voice_crops, stretches
from xtts_jax.errors import UserError
from xtts_jax.losses.acoustic import contrastive
from xtts_jax.models.voice_encoder import VoiceEncoder
from xtts_jax.runs.metrics_log import whole_lines
from xtts_jax.runs.settings import read_config
from xtts_jax.text.tokenizer import Tokenizer
from xtts_jax.train import batch_size, loop, parallel
from xtts_jax.train.loop import train
from xtts_jax.train.optimizer import make_optimizer
from xtts_jax.train.state import init_state
from xtts_jax.train.step import DEVICES
from xtts_jax.train.voice_encoder import step as voice_step
from xtts_jax.train.voice_encoder.rules import voices_not_told_apart
from xtts_jax.train.voice_encoder.step import MODULE, disguise, init_encoder, make_voice_step
from xtts_jax.train.voice_encoder.task import VoiceTask
from xtts_jax.train.voice_encoder.validation import equal_error_rate, told_apart, trials_of
from xtts_jax.train.warm_start import warm_start


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_corpus(tmp_path_factory.mktemp("made_up_voices"))


@pytest.fixture(scope="module")
def corpus(root: Path) -> Corpus:
    return Corpus.open(prepare(config(root)))


@pytest.fixture(scope="module")
def finished_run(root: Path, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    workdir = tmp_path_factory.mktemp("run")
    train(config(root), workdir, corpus)
    return workdir


def test_crops_of_one_voice_are_different_audio_from_other_recordings_where_there_are(
    root: Path, corpus: Corpus
) -> None:
    plan = VoicePlan(corpus, config(root))
    taught = corpus.index.speaker[corpus.train]
    recordings = {str(name): int((taught == name).sum()) for name in taught}
    for step in range(20):
        planned = plan[step]
        names = corpus.index.speaker[planned.indices]
        assert len(set(names.tolist())) == len(set(planned.speakers.tolist())) == 8
        for first in range(0, 16, 2):
            (i, j), (a, b), (m, n) = (column[first : first + 2] for column in planned[:3])
            assert names[first] == names[first + 1]
            assert planned.speakers[first] == planned.speakers[first + 1]
            if recordings[str(names[first])] > 1:
                assert i != j
            else:
                assert i == j and (a + m <= b or b + n <= a)
        assert (planned.starts + planned.lengths <= corpus.index.frames[planned.indices]).all()
        longest = config(root).audio.frames(config(root).data.reference_seconds)
        assert planned.lengths.max() <= longest and planned.lengths.min() >= longest // 2
        assert not set(planned.indices.tolist()) & set(corpus.validation.tolist())


def test_plan_is_a_function_of_seed_and_step_and_speakers_come_alike(root: Path, corpus: Corpus) -> None:
    settings = config(root)
    one, same = VoicePlan(corpus, settings), VoicePlan(corpus, settings)
    other = VoicePlan(corpus, replace(settings, train=replace(settings.train, seed=2)))
    for step in (0, 7):
        for ours, theirs in zip(one[step], same[step], strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(one[0].starts, other[0].starts)
    assert not np.array_equal(one[0].starts, one[1].starts)
    counts = np.bincount(np.concatenate([one[step].speakers for step in range(300)])) / 600
    np.testing.assert_allclose(counts, 8 / len(counts), rtol=0.25)


def test_stretches_take_every_recording_before_any_twice() -> None:
    frames = np.array([100, 91])
    assert list(stretches([1, 0], frames, 2)) == [(1, 0, 91), (0, 0, 100)]
    assert list(stretches([0, 1], frames, 3)) == [(0, 0, 50), (1, 0, 91), (0, 50, 50)]
    assert list(stretches([1], frames, 2)) == [(1, 0, 45), (1, 45, 46)]


def test_crops_are_loaded_as_planned_with_silence_behind(root: Path, corpus: Corpus) -> None:
    planned, hop = VoicePlan(corpus, config(root))[3], config(root).audio.hop_length
    crops = load_voice_crops(corpus, config(root), planned)
    index, start, length, _ = (int(column[5]) for column in planned)
    recorded = corpus.record(index).audio[start * hop : (start + length) * hop]
    np.testing.assert_array_equal(crops.audio[5, : length * hop], recorded)
    assert not crops.audio[5, length * hop :].any() and crops.lengths[5] == length


def test_held_out_crops_are_of_strangers_alone(root: Path, corpus: Corpus) -> None:
    planned = held_out_crops(corpus, config(root))
    known = set(corpus.index.speaker[corpus.train].tolist())
    names = corpus.index.speaker[planned.indices]
    assert not known & set(names.tolist()) and len(set(names.tolist())) >= 3
    assert set(np.bincount(planned.speakers).tolist()) == {4}


def test_too_few_speakers_are_told_with_what_to_do(root: Path, corpus: Corpus) -> None:
    settings = config(root)
    large = replace(settings, train=replace(settings.train, batch_size=128))
    with pytest.raises(UserError, match=r"64 speakers.*train\.batch_size to at most"):
        VoicePlan(corpus, large)
    alone = replace(corpus, index=corpus.index._replace(speaker=Labels.of(["one"] * len(corpus))))
    with pytest.raises(UserError, match=r"keeps 0 of its speakers.* Add speakers: four or more"):
        held_out_crops(alone, settings)


def test_too_few_unseen_speakers_are_told_before_training_with_what_would_be_enough(
    root: Path, corpus: Corpus, tmp_path: Path
) -> None:
    settings = config(root)
    none = replace(corpus, index=corpus.index._replace(validation=np.zeros(len(corpus), bool)))
    with pytest.raises(UserError, match=r"keeps 0 of its speakers") as caught:
        VoiceTask(settings, none, tmp_path, resuming=False)
    (text,) = re.findall(r"data\.validation_speaker_fraction to (0\.\d+), or", str(caught.value))
    for fraction, enough in ((float(text), True), (float(text) - 0.01, False)):
        data = replace(settings.data, validation_speaker_fraction=fraction)
        assert (sum(held_out_speaker(name, data) for name in corpus.speakers) >= 2) is enough


def test_loss_is_that_of_plain_loops() -> None:
    random = np.random.default_rng(0)
    rows, speakers = random.normal(size=(6, 5)), np.array([0, 0, 0, 4, 4, 4])
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    total = 0.0
    for i in range(6):
        others = [j for j in range(6) if j != i]
        whole = sum(math.exp(unit[i] @ unit[j] / 0.3) for j in others)
        own = [j for j in others if speakers[j] == speakers[i]]
        total -= sum(math.log(math.exp(unit[i] @ unit[j] / 0.3) / whole) for j in own) / len(own) / 6
    loss, cosines = contrastive(jnp.asarray(rows, jnp.float32), jnp.asarray(speakers), 0.3)
    assert float(loss) == pytest.approx(total, rel=1e-5)
    np.testing.assert_allclose(cosines, unit @ unit.T, atol=1e-6)


def test_loss_falls_as_voices_cluster_and_has_a_finite_gradient() -> None:
    random = np.random.default_rng(1)
    centres, noise = np.repeat(random.normal(size=(4, 16)), 2, axis=0), random.normal(size=(8, 16))
    speakers = jnp.repeat(jnp.arange(4), 2)
    grad = jax.value_and_grad(lambda rows: contrastive(rows, speakers, 0.1)[0])
    losses = [grad(jnp.asarray(centres + spread * noise, jnp.float32)) for spread in (0.1, 1.0, 10.0)]
    assert losses[0][0] < losses[1][0] < losses[2][0]
    assert all(bool(jnp.isfinite(slope).all() and slope.any()) for _, slope in losses)


def test_disguise_changes_level_colour_and_noise_by_clip_but_leaves_loud_speech_in_shape() -> None:
    mel = jnp.full((2, 30, 80), -2.0).at[:, 10:20].set(-11.0)
    seen = np.asarray(disguise(mel, jax.random.key(0)))
    assert np.abs(seen[:, :10] - seen[:, :1]).max() < 0.3  # colour is constant in time
    assert np.abs(seen[0, :10] - seen[1, :10]).max() > 0.1  # and of each clip its own
    assert seen.min() >= math.log(1e-5) - 1e-5 and np.std(seen[:, 10:20] - seen[:, 10:11]) > 0.1


def test_gradient_reaches_every_parameter_and_all_move(root: Path, corpus: Corpus) -> None:
    settings = config(root)
    params, embed = init_encoder(settings)
    optimizer = make_optimizer(settings.optim, 1e-3, params)
    step = make_voice_step(embed, optimizer, settings, corpus.stats)
    crops = load_voice_crops(corpus, settings, VoicePlan(corpus, settings)[0])
    state = init_state(params, optimizer, 0)
    after, metrics = parallel.compile_step(step, donate_state=False)(
        parallel.replicate(state), parallel.shard(crops)
    )
    metrics = parallel.unreplicate(metrics)
    assert (np.asarray(metrics["leaf_grad_norm"]) > 0).all()
    assert metrics["utterance_finite"].shape == (16,) and bool(metrics["utterance_finite"].all())
    assert float(metrics["loss/total"]) < math.log(15) + 0.5
    moved = jax.tree.map(lambda a, b: bool((a != b).any()), params, parallel.unreplicate(after.params))
    assert all(jax.tree.leaves(moved))


def test_step_is_the_same_however_many_devices_share_the_voices(
    root: Path, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice_step, "disguise", lambda mel, key: mel)  # its noise is of each device its own
    settings = config(root)
    params, embed = init_encoder(settings)
    optimizer = make_optimizer(settings.optim, 1e-3, params)
    step = make_voice_step(embed, optimizer, settings, corpus.stats)
    crops = load_voice_crops(corpus, settings, VoicePlan(corpus, settings)[0])
    state = init_state(params, optimizer, 0)

    def over(devices: int) -> tuple[Any, Any]:
        shares = jax.tree.map(lambda x: x.reshape(devices, -1, *x.shape[1:]), crops)
        spread = jax.jit(jax.vmap(step, in_axes=(None, 0), axis_name=DEVICES))
        return jax.tree.map(lambda x: x[0], spread(state, shares))

    (one, alone), (two, shared) = over(1), over(2)
    for name in ("loss/total", "grad_norm", "identified", "cosine_same", "cosine_other"):
        assert float(alone[name]) == pytest.approx(float(shared[name]), rel=1e-4), name
    np.testing.assert_allclose(alone["leaf_grad_norm"], shared["leaf_grad_norm"], rtol=1e-3)
    for ours, theirs in zip(jax.tree.leaves(one.params), jax.tree.leaves(two.params), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=2e-4)


def test_parts_of_a_batch_are_compared_with_all_of_it(root: Path, corpus: Corpus) -> None:
    """The noise of `disguise` is in it, the same however many parts there are."""
    settings = config(root)
    params, embed = init_encoder(settings)
    crops = parallel.shard(load_voice_crops(corpus, settings, VoicePlan(corpus, settings)[0]))
    results = []
    for accumulate in (1, 4):
        parts = replace(settings, train=replace(settings.train, accumulate=accumulate))
        step = make_voice_step(embed, optax.sgd(0.1), parts, corpus.stats)
        state = parallel.replicate(init_state(params, optax.sgd(0.1), 0))
        state, metrics = parallel.compile_step(step, donate_state=False)(state, crops)
        results.append(parallel.unreplicate((state.params, metrics)))
    (whole, alone), (quarters, shared) = results
    for start, one, four in zip(*map(jax.tree.leaves, (params, whole, quarters)), strict=True):
        assert np.abs(one - start).max() > 1e-5
        np.testing.assert_allclose(four, one, atol=1e-5)
    for name in ("loss/total", "grad_norm", "identified", "voice_spread"):
        np.testing.assert_allclose(shared[name], alone[name], rtol=1e-4)


def test_encoder_alone_gives_what_the_acoustic_models_gives() -> None:
    settings = whole_model.config()
    params, embed = init_encoder(settings)
    mel, lengths = jax.random.normal(jax.random.key(0), (2, 24, 20)), jnp.array([24, 13])
    model, dtype = settings.model, jnp.dtype("float32")
    encoder = VoiceEncoder(model.voice_width, model.width, model.style_tokens, model.style_heads, dtype)
    whole = random_params(whole_model.model(), 1)[MODULE]
    mine = {MODULE: {name: whole[name] for name in params[MODULE]}}
    assert jax.tree.map(jnp.shape, mine) == jax.tree.map(jnp.shape, params)
    assert set(whole) - set(params[MODULE]) == {"style"}
    expected: Any = jax.jit(lambda p: encoder.apply({"params": p}, mel, lengths, train=False))(whole)
    np.testing.assert_allclose(jax.jit(embed)(mine, mel, lengths), expected[0], atol=1e-5)


def test_equal_error_rate_of_known_scores() -> None:
    assert equal_error_rate(np.array([0.9, 0.8]), np.array([0.1, 0.2, 0.3])) == 0
    assert equal_error_rate(np.array([0.1, 0.2]), np.array([0.8, 0.9])) == 1
    assert equal_error_rate(np.array([0.3, 0.7, 0.8, 0.9]), np.array([0.1, 0.2, 0.4, 0.75])) == 0.25
    random = np.random.default_rng(0)
    assert equal_error_rate(random.random(4000), random.random(4000)) == pytest.approx(0.5, abs=0.03)


def test_pairs_within_a_recording_count_only_where_a_speaker_has_no_other() -> None:
    trials = trials_of(np.array([0, 0, 0, 1, 1]), np.array([5, 6, 5, 7, 7]))
    assert np.argwhere(np.triu(trials.same)).tolist() == [[0, 1], [1, 2], [3, 4]]
    assert np.argwhere(np.triu(trials.across)).tolist() == [[0, 1], [1, 2]]
    scores = np.where(trials.same, 0.9, 0.1)
    assert told_apart(scores, trials) == {
        "equal_error": 0,
        "equal_error_across_recordings": 0,
        "identified": 1,
    }
    assert told_apart(-scores, trials)["identified"] == 0


@pytest.mark.slow
def test_short_run_learns_to_tell_voices_apart_that_it_never_heard(
    finished_run: Path,
) -> None:
    lines = [json.loads(line) for line in (finished_run / "metrics.jsonl").read_text().splitlines()]
    steps = [line for line in lines if "loss/total" in line]
    last = next(line for line in lines if "eval/equal_error" in line)
    assert steps[-1]["loss/total"] < 0.5 * steps[0]["loss/total"]
    assert steps[-1]["cosine_same"] - steps[-1]["cosine_other"] > 0.5
    assert last["eval/equal_error"] < 0.2 and last["eval/identified"] > 3 / last["eval/speakers"]
    assert not [line for line in lines if "finding" in line]
    assert (finished_run / "samples" / "step_0000040" / "voices.png").is_file()


@pytest.mark.slow
def test_evaluation_that_a_stop_prevented_comes_when_the_run_goes_on(
    root: Path,
    corpus: Corpus,
    finished_run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    workdir = tmp_path / "run"
    shutil.copytree(finished_run, workdir)
    evaluated, log = workdir / "checkpoints" / "40" / "metrics", workdir / "metrics.jsonl"
    before = json.loads((evaluated / "metrics").read_text())
    lines = log.read_text().splitlines(keepends=True)
    shutil.rmtree(evaluated)
    log.write_text("".join(line for line in lines if "eval/" not in line))
    train(config(root), workdir, corpus)
    assert f"Resuming {workdir} at step 40." in (printed := capsys.readouterr().out) and "Done." in printed
    assert json.loads((evaluated / "metrics").read_text()) == pytest.approx(before)
    assert [line["step"] for line in whole_lines(log) if "eval/equal_error" in line] == [40]
    train(config(root), workdir, corpus)
    assert "nothing to do" in capsys.readouterr().out


def test_auto_takes_the_largest_batch_and_a_resumed_run_keeps_it(
    root: Path,
    corpus: Corpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Up to the first step, which is not taken."""
    settings = config(root)
    sizeless = replace(settings, train=replace(settings.train, batch_size=AUTO))
    begun: list[int] = []
    monkeypatch.setattr(loop, "_train_on", lambda config, *_, resuming: begun.append(config.train.batch_size))
    train(sizeless, tmp_path, corpus)
    most = min(VoicePlan(corpus, settings).most, batch_size.MOST_ON_CPU)
    printed = capsys.readouterr().out
    assert f"train.batch_size=auto: {most}. Of " in printed and " GiB" in printed
    assert read_config(tmp_path).train.batch_size == most
    monkeypatch.setattr(batch_size.memory, "limit", lambda: 1000.0)
    with pytest.raises(UserError, match=r"only 4 examples takes .* GiB, and 0\.00 GiB may be used"):
        train(sizeless, tmp_path / "other", corpus)
    monkeypatch.setattr(loop.checkpoint, "saved_steps", lambda workdir: [1])
    train(sizeless, tmp_path, corpus)
    assert f"train.batch_size=auto: {most}, as in " in capsys.readouterr().out
    assert begun == [most, most] and read_config(tmp_path).train.batch_size == most


def test_acoustic_model_takes_all_of_it(root: Path, finished_run: Path) -> None:
    settings = config(root)
    tokenizer = Tokenizer.build(["abc"], ["en"], "characters")
    model = whole_model.XTTS(settings, len(tokenizer), 1)
    _, report = warm_start(random_params(model, 0), tokenizer, settings.audio, finished_run)
    mine, _ = init_encoder(settings)
    size = sum(leaf.size for leaf in jax.tree.leaves(mine))
    row = next(line.split()[1] for line in report.splitlines() if line.strip().startswith(MODULE))
    assert int(row.replace(",", "")) == size


def test_guessing_is_a_finding(tiny_config: Config) -> None:
    found = voices_not_told_apart({"step": 500, "eval/equal_error": 0.49}, tiny_config)
    assert found and found.severity == "severe"
    assert not voices_not_told_apart({"step": 500, "eval/equal_error": 0.2}, tiny_config)
    assert not voices_not_told_apart({"step": 5, "eval/equal_error": 0.5}, tiny_config)


def test_rules_of_the_configuration(root: Path) -> None:
    def broken(change: Callable[[Any], None], message: str) -> None:
        values = voice.get_config()
        change(values)
        with pytest.raises(UserError, match=message):
            configuration.build(values)

    broken(lambda c: c.voice.update({"crops_per_speaker": 1}), r"voice\.crops_per_speaker")
    broken(lambda c: c.voice.update({"cosine_temperature": 0.0}), r"voice\.cosine_temperature")
    broken(lambda c: c.train.update({"batch_size": 33}), "multiple of voice")
    broken(lambda c: c.train.update({"model": "acoustic"}), "need texts")
