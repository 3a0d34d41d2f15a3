"""The address of a group of processes."""

import pytest

from xtts_jax.errors import FieldError
from xtts_jax.train.processes import Group, joined

WRONG = ["127.0.0.1", "nonsense:abc", "host:", "localhost:99999", "host:0", ":12", "a b:1"]


@pytest.mark.parametrize("address", WRONG)
def test_an_address_without_host_or_port_is_refused(address: str) -> None:
    with (
        pytest.raises(FieldError, match="coordinator must be the host and the port"),
        joined(Group(address, 2, 0)),
    ):
        pass
