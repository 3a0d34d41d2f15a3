"""Tunes the voice that ships to the recordings of one person; see docs/your_voice.md.

The model has the sizes of the voice that ships.
"""

from ml_collections import ConfigDict
from ml_collections.config_dict import required_placeholder

from configs import tiny


def get_config() -> ConfigDict:
    config = tiny.get_config()
    config.data.root = required_placeholder(str)  # --config.data.root=DIR; empty: the demo corpus, as a trial
    config.data.denoise = True  # the voice that ships has learned from recordings without steady noise
    config.data.buckets = 2  # a compilation takes as long as many steps, and few are taken
    config.model.encoder_layers = 5
    config.model.decoder_layers = 7
    config.train.init_from = "shipped"
    config.train.batch_size = 8
    config.train.steps = 400
    config.train.eval_every = 200
    config.train.checkpoint_every = 200
    config.adversarial.start = 100  # the discriminators do not ship: they learn what is spoken until then
    config.optim.learning_rate = 5e-4
    config.optim.ema_decay, config.optim.ema_warmup = 0.997, False  # 30 % of the voice that ships remain
    config.optim.freeze = ("voice_encoder/features", "voice_encoder/speaker")  # learned from 370 voices
    config.data.reference_seconds = 3.0  # as the voice that ships was trained
    return config
