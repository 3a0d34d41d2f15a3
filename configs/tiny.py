"""A laptop's CPU, minutes: about 5 M parameters. `base.py` is this size."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    return base.get_config()
