"""`tiny` with a decoder that generates the mel from noise, starting from a first estimate."""

from ml_collections import ConfigDict

from configs import tiny


def get_config() -> ConfigDict:
    config = tiny.get_config()
    config.model.decoder = "flow"
    # Still reported. As losses they would bias the velocity away from the mean that a flow must learn.
    config.loss.mel = 0.0
    config.loss.speaker = 0.0
    config.adversarial.start = 0  # only for the parallel decoder
    return config
