"""How often somebody may do something that others could abuse: so many at once, and then so many an hour."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from slalom.errors import Busy

MOST_ADDRESSES = 10_000
"""Addresses that are remembered; whoever comes after so many others begins anew."""
HOUR = 3600.0


class TooManyTries(Busy):
    """Wrong codes, secrets or tokens came faster than anybody mistypes."""

    status = 429
    title = "Too many tries"

    def __init__(self, wait: float) -> None:
        seconds = math.ceil(wait)
        super().__init__(f"Too many wrong tries. Try again in {seconds} s.", retry_after=seconds)


class Allowance:
    """So many at once, which come back at so many an hour."""

    def __init__(self, at_once: float, per_hour: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.at_once: float = at_once
        self.per_hour: float = per_hour
        self.clock: Callable[[], float] = clock
        self.left, self.then = float(at_once), clock()

    def wait(self) -> float:
        """Return the seconds until one more is allowed, 0 where it is now."""
        now = self.clock()
        self.left = min(self.at_once, self.left + (now - self.then) * self.per_hour / HOUR)
        self.then: float = now
        return max(0.0, 1 - self.left) * HOUR / self.per_hour

    def take(self) -> bool:
        """Use one, and return whether it was there."""
        allowed = self.wait() == 0
        self.left -= allowed
        return allowed


class Allowances:
    """The same for every address; those of one IPv6 network, which are as many as somebody likes, are one."""

    def __init__(self, at_once: float, per_hour: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._about = (at_once, per_hour, clock)
        self._known: OrderedDict[str, Allowance] = OrderedDict()

    def of(self, address: str) -> Allowance:
        """Return what is left to an address."""
        network = _network(address)
        if network not in self._known:
            self._known[network] = Allowance(*self._about)
        self._known.move_to_end(network)
        if len(self._known) > MOST_ADDRESSES:
            self._known.popitem(last=False)
        return self._known[network]


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)
