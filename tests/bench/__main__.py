"""Print every performance figure with its goal: ``make bench``, or ``python -m tests.bench ensemble viewers``."""

from __future__ import annotations

import sys
from importlib import import_module

import slalom  # noqa: F401 — first, as in a worker: NumPy's products take one thread from then on.

PARTS = (
    *("cluster", "ensemble", "hostile", "library", "map", "networks", "room", "scale", "start"),
    *("page", "range", "ranges", "replay", "trust", "viewers", "visit", "watch"),
)


def main(names: list[str]) -> int:
    """Run the named parts, all of them where none is named."""
    for name in names or PARTS:
        print(f"\n{name}", flush=True)
        for row in import_module(f"tests.bench.{name}").rows():
            print("  ", row, flush=True)
    return 0


sys.exit(main(sys.argv[1:]))
