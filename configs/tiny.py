"""Trains in minutes on a laptop's CPU: 6 M parameters, the size of `base.py`."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.data.buckets = 3  # each costs a compilation, which matters on a CPU
    config.adversarial.start = 800
    config.optim.learning_rate = 2e-3
    config.train.steps = 2400
    config.train.eval_every = 400
    config.train.checkpoint_every = 400
    return config
