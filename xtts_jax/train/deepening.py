"""Stacks with more layers than the run that they start from: a new layer at first changes nothing.

The layers of the other run are spread over the stack, and what a new one would add to the residual stream is
zero, so that the deeper model begins as the same function (Chen et al. 2016, Net2Net, section 2.4).
"""

import numpy as np

LAYERS = "blocks"  # module whose leaves have the layers of a stack along their first axis
ADDING = "out"  # the modules of a layer that add to the residual stream have names that end so


def is_deeper(path: tuple[str, ...], leaf: np.ndarray, found: np.ndarray) -> bool:
    """Whether `leaf` is `found` of a stack with more layers."""
    return LAYERS in path and leaf.shape[1:] == found.shape[1:] and len(leaf) > len(found)


def deepened(path: tuple[str, ...], leaf: np.ndarray, found: np.ndarray) -> np.ndarray:
    """`leaf`, as it was initialized, with the layers of `found` spread over it."""
    mixed = np.zeros_like(leaf) if path[-2].endswith(ADDING) else leaf.copy()
    mixed[np.linspace(0, len(leaf) - 1, len(found)).round().astype(int)] = found
    return mixed
