"""benchmarks/scaling.py: what it reads off a step, and what it predicts from that."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from benchmarks import scaling
from benchmarks.train_step import preset, synthetic_batch
from xtts_jax.errors import UserError

V5E, H100 = scaling.KINDS
STEP = scaling.Step("one", 10**8, 10**13, 10**10, 40, {1: 4 * 10**8}, 0, 1.0, 10**7, 1.0)


def test_bytes_of_every_sum_over_devices_are_counted() -> None:
    def two_sums(x: jax.Array, y: jax.Array) -> tuple:
        first = jax.lax.psum((x, y), "i")
        return jax.lax.psum(jnp.tanh(first[0]), "i"), first[1]

    given = jnp.ones((1, 3, 5)), jnp.ones((1, 7), jnp.int32)
    program = jax.pmap(two_sums, axis_name="i").lower(*given).compile()
    assert scaling.summed_bytes(program.as_text()) == 2 * 3 * 5 * 4 + 7 * 4


def test_turns_of_nested_loops_multiply_and_unknown_ones_are_not_guessed() -> None:
    def inner(x, _):
        return jax.lax.scan(lambda y, _: (y + 1, None), x, length=8, unroll=4)[0], None

    jaxpr = jax.make_jaxpr(lambda x: jax.lax.scan(inner, x, length=5)[0])(0.0).jaxpr
    assert scaling.sequential_turns(jaxpr) == 5 * (1 + 2)
    endless = jax.make_jaxpr(lambda x: jax.lax.while_loop(lambda y: y < 9, lambda y: y + 1, x))(0).jaxpr
    with pytest.raises(UserError, match="unknown"):
        scaling.sequential_turns(endless)


def test_a_step_on_an_accelerator_takes_few_turns() -> None:
    config = preset("big")
    jaxpr, _ = scaling.traced(config, synthetic_batch(config, utterances=2))
    assert 2 * config.model.decoder_layers < scaling.sequential_turns(jaxpr) < 64


def test_sums_travel_on_the_slow_links_only_between_domains() -> None:
    assert scaling.sum_seconds(10**9, H100, 1) == 0
    assert scaling.sum_seconds(10**9, H100, 8) == pytest.approx(2 * 10**9 * 7 / 8 / 450e9)
    between = 2 * 10**9 / 8 * 7 / 8 / 50e9
    assert scaling.sum_seconds(10**9, H100, 64) == pytest.approx(2 * 10**9 * 7 / 8 / 450e9 + between)
    assert scaling.sum_seconds(10**9, V5E, 64) < 2 * 10**9 / V5E.fast_per_s


def test_efficiency_is_the_share_of_a_step_that_computes() -> None:
    rows = [scaling.forecast(STEP, V5E, chips, 16) for chips in (1, 8, 64, 512)]
    assert rows[0].efficiency == 1 and rows[0].compute_s == pytest.approx(1e13 / 197e12)
    assert [row.efficiency for row in rows] == sorted((row.efficiency for row in rows), reverse=True)
    assert rows[1].frames_per_s == pytest.approx(8 * rows[0].frames_per_s * rows[1].efficiency)
    slow = scaling.forecast(STEP, V5E, 8, 16, share_of_peak=0.4)
    assert slow.compute_s == pytest.approx(1e13 / 197e12 / 0.4) and slow.efficiency > rows[1].efficiency
    memory_bound = scaling.forecast(STEP._replace(bytes=10**12), V5E, 1, 16)
    assert memory_bound.compute_s == pytest.approx(1e12 / 819e9)


@pytest.mark.parametrize(
    ("option", "given"), [("devices", "0"), ("devices", "1000"), ("utterances", "0"), ("share-of-peak", "0")]
)
def test_numbers_that_cannot_be_are_refused_by_name(option: str, given: str) -> None:
    with pytest.raises(UserError, match=f"--{option} must be .* not {given}"):
        scaling.main([f"--{option}", given])


SMALL = """
import sys
from conftest import SMALL_MODEL
from benchmarks import scaling
from configs import tiny
from xtts_jax.config import build

values = tiny.get_config()
values.model.update(SMALL_MODEL)
scaling.main(sys.argv[1:], lambda name: build(values))
"""


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.timeout(1200)
def test_devices_sum_the_gradient_and_the_logged_figures_and_nothing_else(root: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    environment = os.environ | {
        "XLA_FLAGS": "--xla_force_host_platform_device_count=8",
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'tests'}",
        "XTTS_JAX_TYPECHECK": "0",
    }
    options = ["--presets", "tiny", "--devices", "1", "8", "--utterances", "1", "--json", str(figures)]
    subprocess.run([sys.executable, "-c", SMALL, *options], env=environment, check=True, capture_output=True)
    (step,) = json.loads(figures.read_text())["steps"]
    gradient = 4 * step["params"]
    alone, together = step["summed_bytes"]["1"], step["summed_bytes"]["8"]
    assert alone == together == gradient + step["figures_bytes"]
    assert 0 < step["figures_bytes"] < 10_000
