"""The largest that is allowed where strangers have access, computed within the memory that a worker may have there."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

from slalom.settings import Settings

from ..bench.measure import Row
from ..largest_specs import FAMILIES, computed, largest


def rows(seconds: float) -> Iterator[Row]:
    """Compute the largest of every family in every mode that bounds memory."""
    until = time.monotonic() + seconds
    for mode, family in itertools.product(("public", "class"), FAMILIES):
        if time.monotonic() > until:
            return
        limits = Settings(mode=mode, auth=False)
        spec = largest(family, limits)
        began = time.monotonic()
        ended = computed(spec, limits)
        met = "memory" not in ended and not ended.startswith("died")
        yield Row(f"{mode}: {family.name}", f"{ended[:60]} ({time.monotonic() - began:.0f} s)", "enough memory", met)
