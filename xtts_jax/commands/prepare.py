"""`xtts-jax prepare`: turn a folder of recordings into shards to train on."""

from collections.abc import Sequence

from xtts_jax.commands.config_files import load_config
from xtts_jax.commands.options import CONFIG_KEYS, add_config
from xtts_jax.commands.verbs import new_parser


def main(arguments: Sequence[str]) -> None:
    parser = new_parser("prepare", epilog=CONFIG_KEYS)
    add_config(parser, "base")
    options, overrides = parser.parse_known_args(arguments)
    config = load_config(options.config, overrides)

    from xtts_jax.data.prepare import prepare

    prepare(config)
