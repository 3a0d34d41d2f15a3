"""A vocoder, mel to waveform, from recordings with or without texts: 2.8 M parameters, any device."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.train.model = "vocoder"
    config.data.frontend = "none"
    config.data.max_seconds = 40.0  # long recordings are fine: examples are short crops
    config.optim.learning_rate = 5e-4
    config.optim.b1 = 0.8  # as in HiFi-GAN: the discriminators change, so old gradients mislead
    config.optim.b2 = 0.99
    config.optim.clip_norm = 100.0  # gradients are large because the mel term has a weight of 45
    config.train.batch_size = 16
    config.train.steps = 60_000
    config.train.log_every = 50
    config.train.eval_every = 1000
    config.train.checkpoint_every = 1000
    return config
