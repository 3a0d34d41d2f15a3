"""For one consumer GPU, or a CPU and patience: 16 M parameters."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.model.width = 256
    config.model.heads = 4
    config.model.ffn_width = 1024
    config.model.encoder_layers = 4
    config.model.decoder_layers = 5
    config.model.variance_width = 256
    config.model.voice_width = 192
    config.adversarial.start = 15_000
    config.optim.learning_rate = 8e-4
    config.optim.warmup_steps = 500
    config.train.steps = 60_000
    return config
