"""A vocoder: mel to waveform, from recordings with or without texts. 2.8 M parameters, CPU or accelerator."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.train.model = "vocoder"
    config.data.frontend = "none"
    config.data.max_seconds = 40.0  # examples are short stretches, so long recordings are welcome
    config.optim.learning_rate = 5e-4
    config.optim.b1 = 0.8  # of HiFi-GAN: discriminators change, and old gradients mislead
    config.optim.b2 = 0.99
    config.optim.clip_norm = 100.0  # the mel term's weight of 45 makes gradients large
    config.train.batch_size = 16
    config.train.steps = 60_000
    config.train.log_every = 50
    config.train.eval_every = 1000
    config.train.checkpoint_every = 1000
    return config
