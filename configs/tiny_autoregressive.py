"""As `tiny`, with mel frames drawn one group after the other."""

from ml_collections import ConfigDict

from configs import tiny


def get_config() -> ConfigDict:
    config = tiny.get_config()
    config.model.decoder = "autoregressive"
    return config
