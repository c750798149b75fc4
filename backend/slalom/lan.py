"""How this machine is called on its network."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import closing
from functools import cache

UNSPECIFIED = ("0.0.0.0", "::")
"""Addresses that mean every address of this machine."""
ROUTED_TO = ("192.0.2.1", "192.168.0.1", "10.0.0.1", "172.16.0.1", "169.254.0.1")
"""Addresses to which a route is asked for; nothing is sent. Without one to everywhere there is one to a neighbour."""


@cache
def lan_address() -> str:
    """Return the address under which others on the network reach this machine; 127.0.0.1 where it is on none."""
    found = (_address_towards(there) for there in ROUTED_TO)
    return next((address for address in found if address is not None), "127.0.0.1")


def _address_towards(there: str) -> str | None:
    """Return the address from which this machine would send to another one, None where it has no way there."""
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as asking:
        try:
            asking.connect((there, 9))
        except OSError:
            return None
        address = asking.getsockname()[0]
    return None if ipaddress.ip_address(address).is_loopback or address in UNSPECIFIED else address
