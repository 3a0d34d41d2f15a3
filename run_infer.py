"""Speak with a trained run.

`python run_infer.py --ckpt WORKDIR --text "..." [--language en] [--reference a.wav ...] --out out.wav`,
which is `xtts-jax speak`.
"""

from xtts_jax.commands import endings
from xtts_jax.commands.speak import main

if __name__ == "__main__":
    endings.run(main)
