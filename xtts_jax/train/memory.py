"""How much memory a step may take on each device."""

import os
from pathlib import Path

import jax

from xtts_jax.train import parallel
from xtts_jax.train.processes import on_this_machine

FILLED = 0.9  # share of an accelerator's memory; the rest is for what evaluations leave behind
FILLED_CPU = 0.5  # share of what is available, as data, checkpoints and other programs need some too

_GROUP = Path("/sys/fs/cgroup")


def limit() -> float:
    """In bytes."""
    if there := parallel.memory_there():
        return FILLED * there
    return FILLED_CPU * of_machine() / (jax.local_device_count() * on_this_machine())


def of_machine() -> int:
    """Bytes that this process could still get: of the machine, or of the container that it runs in."""
    return min(_available(Path("/proc/meminfo")), _left(_GROUP))


def _available(meminfo: Path) -> int:
    """Half of all memory where the system does not tell, as on a Mac."""
    if meminfo.is_file():
        sizes = dict(line.split(":") for line in meminfo.read_text().splitlines())
        return int(sizes["MemAvailable"].split()[0]) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _left(group: Path) -> int:
    """What a control group (version 2) leaves; without one, more than any machine has."""
    try:
        most, used = ((group / f"memory.{name}").read_text().strip() for name in ("max", "current"))
    except OSError:
        most, used = "max", "0"
    return 2**63 if most == "max" else max(int(most) - int(used), 0)
