"""`tiny` with a decoder that predicts the mel one group of frames after another."""

from ml_collections import ConfigDict

from configs import tiny


def get_config() -> ConfigDict:
    config = tiny.get_config()
    config.model.decoder = "autoregressive"
    config.adversarial.start = 0  # only for the parallel decoder
    return config
