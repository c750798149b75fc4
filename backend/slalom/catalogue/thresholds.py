"""The thresholds that outcomes are told by, wherever they are asked for: docs/outcomes.md."""

from __future__ import annotations

EXPLOSION = 1000.0
"""A loss this many times above the start, twice in a row, is an explosion."""
SMALLEST_LOSS = 1e-8
"""A starting loss below this counts as this."""
RUNAWAY = 1e6
"""Parameters this many times farther out than the start, with the loss falling, have left for good."""
TOLERANCE = 1e-6
"""A loss or gradient this small, relative to the start where that is above 1, is zero."""
FLAT = 1e-9
"""A loss that changes relatively less than this over FLAT_STEPS updates stands still."""
FLAT_STEPS = 200
NOISY_START = 20
"""With noise the starting loss is the mean of this many entries."""
