"""A phoneme recogniser, to label recordings without texts and to evaluate speech: 2 M parameters."""

from ml_collections import ConfigDict

from configs import base


def get_config() -> ConfigDict:
    config = base.get_config()
    config.train.model = "recogniser"
    config.optim.learning_rate = 1.5e-3
    config.optim.weight_decay = 0.05  # with few voices a recogniser memorizes them
    config.train.batch_size = 16
    config.train.steps = 4000
    config.train.samples = 8  # held-out sentences written to heard.txt
    return config
