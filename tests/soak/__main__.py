"""Try every long count and print it with its goal: ``make soak``, or ``python -m tests.soak --minutes 5 NAME ...``."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

import slalom  # noqa: F401 — first, as in a worker: NumPy's products take one thread from then on.

PARTS = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))


def main() -> int:
    """Run the named parts, all of them where none is named; 1 where a goal is not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Count what must hold however often.")
    parser.add_argument("part", nargs="*", help=f"what to try, of {', '.join(PARTS) or 'none'}; everything by default")
    parser.add_argument("--minutes", type=float, default=60.0, help="for each part at most (60)")
    given = parser.parse_args()
    if unknown := set(given.part).difference(PARTS):
        parser.error(f"There is no part {', '.join(sorted(unknown))}. Choose from {', '.join(PARTS)}.")
    met = True
    for name in given.part or PARTS:
        print(f"\n{name}", flush=True)
        for row in import_module(f"tests.soak.{name}").rows(60 * given.minutes):
            print("  ", row, flush=True)
            met = met and row.met is not False
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
