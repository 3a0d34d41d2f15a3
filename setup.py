"""What pyproject.toml cannot say: configs/ is installed as xtts_jax/assets/configs/."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["xtts_jax*"]), "xtts_jax.assets.configs"],
    package_dir={"xtts_jax.assets.configs": "configs"},
)
