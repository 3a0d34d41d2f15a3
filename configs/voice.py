"""The voice encoder, from recordings without texts: an acoustic run may begin with it (`train.init_from`)."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.train.model = "voice"
    config.data.frontend = "none"
    config.data.max_seconds = 40.0  # examples are short stretches, so long recordings are welcome
    config.data.validation_speaker_fraction = 0.1  # voices it never trains on choose the best checkpoint
    config.data.reference_seconds = 3.0  # longest crop
    config.train.batch_size = 128  # 64 speakers: the more at once, the harder to tell apart
    config.train.steps = 4000
    return config
