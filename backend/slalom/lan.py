"""How this machine is called on its network, and how many may be connected to it."""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import closing
from functools import cache

UNSPECIFIED = ("0.0.0.0", "::")
"""Addresses that mean every address of this machine."""
ROUTED_TO = ("192.0.2.1", "192.168.0.1", "10.0.0.1", "172.16.0.1", "169.254.0.1")
"""Addresses to which a route is asked for; nothing is sent. Without one to everywhere there is one to a neighbour."""


BESIDES = 256
"""Files that are open besides connections: the store, pipes to processes, pages that are sent."""
FEWEST_CONNECTIONS = 64
"""Connections that a process may have however few files the system allows."""


def allow_connections(most: int) -> int:
    """Let this process have so many connections, as far as the system allows: by default it may be 1,024 in all.

    Returns how many it may have.
    """
    if os.name != "posix":
        return most
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most + BESIDES if hard == resource.RLIM_INFINITY else min(most + BESIDES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(most, max(FEWEST_CONNECTIONS, wanted - BESIDES))


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
