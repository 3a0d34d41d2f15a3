"""For several TPUs or GPUs and hundreds of hours of many voices: 411 M parameters."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.model.width = 1024
    config.model.heads = 16
    config.model.ffn_width = 3072
    config.model.encoder_layers = 7
    config.model.decoder_layers = 12
    config.model.frames_per_step = 1
    config.model.variance_width = 512
    config.model.voice_width = 512
    config.model.style_heads = 8
    config.adversarial.start = 100_000
    config.optim.learning_rate = 3e-4
    config.optim.warmup_steps = 4000
    config.optim.ema_decay = 0.9999
    config.train.batch_size = 64
    config.train.steps = 400_000
    config.train.eval_every = 2000
    config.train.checkpoint_every = 2000
    return config
