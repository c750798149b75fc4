"""The kinds of outcome, one class each, in the order of precedence: a run is of the first kind that holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from slalom.engine.diagnosis.run_summaries import RunSummaries

from .base import Diagnosis
from .converged import Converged
from .diverged import Diverged
from .growing import Growing, SlopeWithoutEnd
from .learning import Learning
from .networks import AtChance, EdgeOfStability, NoGradient, ThrownAway
from .oscillating import Oscillating
from .stalled import LevelGround, LocalMinimum, Saddle, StandingStill
from .unfinished import Unfinished

OUTCOMES: tuple[Diagnosis, ...] = (
    Diverged(),
    AtChance(),
    Converged(),
    NoGradient(),
    LevelGround(),
    Saddle(),
    LocalMinimum(),
    EdgeOfStability(),
    Growing(),
    SlopeWithoutEnd(),
    ThrownAway(),
    Oscillating(),
    StandingStill(),
    Learning(),
    Unfinished(),
)


def _holds(diagnosis: Diagnosis, runs: RunSummaries) -> np.ndarray:
    return diagnosis.holds(runs)


def classify(runs: RunSummaries, ask: Callable[[Diagnosis, RunSummaries], np.ndarray] = _holds) -> list[Diagnosis]:
    """Return what each run is; ``ask`` returns of which runs a diagnosis holds, (R,), bool."""
    masks = [ask(diagnosis, runs) for diagnosis in OUTCOMES]
    return [OUTCOMES[place] for place in np.select(masks, list(range(len(OUTCOMES))), len(OUTCOMES) - 1).tolist()]
