"""Training on several devices is the same as on one. They are virtual, and need their own process."""

import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import EVERY_DECODER
from trained_run import Recordings, complaint, environment, metrics, saved, succeed, train_command

QUICK = {"preflight.enabled": False, "train.samples": 0, "data.buckets": 1, "train.batch_size": 8}

# Plain gradient descent, as Adam would amplify the rounding errors of gradients that are zero otherwise, and
# nothing random, as every device draws its own numbers.
STEPS = """
import sys
from dataclasses import replace
import jax, jax.numpy as jnp, numpy as np, optax, whole_model
from xtts_jax.models.decoders import flow
from xtts_jax.models.xtts import XTTS
from xtts_jax.train import parallel
from xtts_jax.train.acoustic.step import make_train_step
from xtts_jax.train.state import init_state
path, decoder = sys.argv[1:]
base, params = whole_model.config(decoder), whole_model.params(decoder)
config = replace(base, model=replace(base.model, dropout=0.0, prenet_dropout=0.0, reference_dropout=0.0))
flow.draw = lambda key, shape, dropped: flow.Draw(
    jnp.full(shape[:1], 0.3), jnp.ones(shape), jnp.ones(shape[:1], bool)
)
model = XTTS(config, whole_model.N_VOCAB, whole_model.N_LANGUAGES)
parts = [whole_model.batch(seed) for seed in range(3)]
batch = jax.tree.map(lambda *columns: np.concatenate(columns)[:8], *parts)
step = parallel.compile_step(make_train_step(model, optax.sgd(0.05), whole_model.stats()), donate_state=True)
state = parallel.replicate(init_state(params, optax.sgd(0.05), 0))
for _ in range(3):
    state, metrics = step(state, parallel.shard(batch))
copies = jax.tree.map(np.asarray, state.params)
assert all((leaf == leaf[:1]).all() for leaf in jax.tree.leaves(copies)), "the devices have drifted apart"
start = jax.tree.leaves(params)[0]
leaves = [leaf[0] for leaf in jax.tree.leaves(copies)]
loss = np.asarray(metrics["loss/total"])[0]
np.savez(path, *leaves, loss=loss, devices=jax.device_count(), start=start)
"""


@pytest.mark.slow
@pytest.mark.long  # two processes with a device each are in every run, in test_processes.py
@pytest.mark.parametrize("decoder", EVERY_DECODER)
def test_eight_devices_take_the_same_steps_as_one(decoder: str, tmp_path: Path) -> None:
    results = []
    for devices in (1, 8):
        path = tmp_path / f"{devices}.npz"
        succeed([sys.executable, "-c", STEPS, str(path), decoder], environment(devices))
        results.append(dict(np.load(path)))
        assert results[-1]["devices"] == devices
    one, eight = results
    assert not np.array_equal(one["arr_0"], one["start"])
    for name in one.keys() - {"devices"}:
        np.testing.assert_allclose(eight[name], one[name], atol=1e-5, err_msg=name)


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("decoder", EVERY_DECODER)
def test_run_on_two_devices_resumes_and_speaks_on_one(
    decoder: str, small_corpus: Path, tmp_path: Path
) -> None:
    recordings, workdir = Recordings(small_corpus, tmp_path / "prepared"), tmp_path / "run"
    few = QUICK | {"train.steps": 2, "data.language": "en", "model.decoder": decoder}
    few |= {"adversarial.start": 0}
    succeed(train_command(recordings, workdir, few), environment(2))
    before = saved(workdir, 2)
    printed = succeed(train_command(recordings, workdir, few | {"train.steps": 3}), environment(1))
    assert f"Resuming {workdir} at step 2" in printed
    assert [line["step"] for line in metrics(workdir) if "loss/total" in line] == [1, 2, 3]
    after = saved(workdir, 3)
    assert before.keys() == after.keys()
    assert all(before[name].shape == after[name].shape for name in before)
    speak = [sys.executable, "run_infer.py", "--ckpt", str(workdir), "--text", "Tea.", "--out"]
    succeed([*speak, str(tmp_path / "tea.wav")], environment(1))
    assert (tmp_path / "tea.wav").stat().st_size > 1000


@pytest.mark.slow
def test_batch_that_cannot_be_divided_among_the_devices_is_refused(
    small_corpus: Path, tmp_path: Path
) -> None:
    recordings = Recordings(small_corpus, tmp_path / "prepared")
    command = train_command(recordings, tmp_path / "run", QUICK | {"train.batch_size": 12})
    error = complaint(command, environment(8))
    assert "train.batch_size is 12" in error and "multiple of 8" in error
