"""Train a voice, or resume a stopped run with the command that began it.

`python run_train.py --config configs/tiny.py [--workdir runs/NAME] [--config.GROUP.KEY=VALUE ...]`,
which is `xtts-jax train`.
"""

from xtts_jax.commands import endings
from xtts_jax.commands.train import main

if __name__ == "__main__":
    endings.run(main)
