"""The voice encoder, from recordings without texts; acoustic runs can start from it (`train.init_from`)."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.train.model = "voice"
    config.data.frontend = "none"
    config.data.max_seconds = 40.0  # long recordings are fine: examples are short crops
    config.data.validation_speaker_fraction = 0.1  # unseen voices select the best checkpoint
    config.data.reference_seconds = 3.0  # longest crop
    config.train.batch_size = 128  # 64 speakers; more at once are harder to distinguish
    config.train.steps = 4000
    return config
