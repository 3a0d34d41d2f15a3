"""For one TPU or data-center GPU and a few hours of speech: 62 M parameters."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.model.width = 512
    config.model.heads = 8
    config.model.ffn_width = 1536
    config.model.encoder_layers = 5
    config.model.decoder_layers = 6
    config.model.frames_per_step = 1
    config.model.variance_width = 384
    config.model.voice_width = 256
    config.adversarial.start = 40_000
    config.optim.learning_rate = 5e-4
    config.optim.warmup_steps = 1000
    config.optim.ema_decay = 0.9995
    config.train.batch_size = 32
    config.train.steps = 150_000
    config.train.eval_every = 1000
    config.train.checkpoint_every = 1000
    return config
