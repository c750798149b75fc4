"""Whatever the spec, a descent ends, and its outcome agrees with its columns."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from traces import gather

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.schedules import SCHEDULES
from slalom.engine.descent import Descent

rates = st.one_of(st.sampled_from([0.0, 1e-300, 1e-3, 0.1, 1.0, 3.0, 1e3, 1e300]), st.floats(0, 10))
optimizers = st.one_of(
    st.builds(dict, kind=st.sampled_from([rule.model_fields["kind"].default for rule in OPTIMIZERS]), lr=rates),
    st.builds(dict, kind=st.just("sgd"), lr=rates, momentum=st.floats(0, 1.5), weight_decay=st.floats(0, 10)),
    st.builds(dict, kind=st.just("adam"), lr=rates, beta1=st.floats(0, 0.999), beta2=st.floats(0, 0.9999)),
)
schedules = st.builds(
    dict,
    kind=st.sampled_from([schedule.model_fields["kind"].default for schedule in SCHEDULES]),
    warmup=st.integers(0, 30),
)
coordinates = st.one_of(st.floats(-10, 10), st.sampled_from([0.0, 1e200, -1e308, 5e-324]))
runs = st.builds(
    dict,
    optimizer=optimizers,
    schedule=schedules,
    start=st.none() | st.tuples(coordinates, coordinates).map(list),
    clip_norm=st.none() | st.floats(1e-3, 1e3),
    clip_value=st.none() | st.floats(1e-3, 1e3),
    noise=st.none() | st.floats(0, 1e3),
)
problems = st.one_of(
    st.sampled_from(
        [{"kind": kind} for kind in ("bowl", "rosenbrock", "himmelblau", "ackley", "saddle", "monkey_saddle", "beale")]
    ),
    st.sampled_from(["exp(x*y)", "log(x) + y", "1/x + y**2", "sqrt(x*y)", "abs(x) + abs(y)", "-x**2 - y", "y"]).map(
        lambda text: {"kind": "formula", "text": text}
    ),
)
specs = st.builds(
    dict,
    problem=problems,
    runs=st.lists(runs, min_size=1, max_size=4),
    steps=st.integers(1, 60),
    seed=st.integers(0, 2**32 - 1),
    seeds=st.integers(1, 2),
    dtype=st.sampled_from(["float32", "float64"]),
)


@settings(max_examples=150, deadline=None)
@given(specs)
def test_any_spec_ends_in_consistent_outcomes(spec):
    descent = Descent(Comparison.model_validate(spec))
    blocks = [block for tick in descent for block in tick.blocks]
    outcomes = descent.outcomes
    assert len(outcomes) == len(spec["runs"]) * spec["seeds"]
    for run, outcome in enumerate(outcomes):
        names, columns = gather(blocks, run)
        loss = columns[names.index("loss")].astype(float)
        points = columns[[name[0] == "p" for name in names]]
        assert outcome.nonfinite is not None or len(loss) == spec["steps"] + 1
        agrees(outcome, loss, points, np.float64(columns[names.index("grad_norm")][0]))


def agrees(outcome, loss, points, slope):
    """``slope`` is the first gradient's norm: an explosion that is small beside it may be one from a loss near 0."""
    finite = np.isfinite(loss) & np.isfinite(points).all(axis=0)
    assert finite[:-1].all()
    assert outcome.nonfinite is None or len(loss) == outcome.nonfinite + 1
    assert (outcome.nonfinite is None) == finite[-1]
    with np.errstate(all="ignore"):
        rises = np.flatnonzero(loss[1:] > loss[:-1])
    assert outcome.first_rise == (rises[0] + 1 if len(rises) else None)
    blown = [step for step in (outcome.exploded, outcome.nonfinite) if step is not None]
    away = blown and loss[-1] > loss[: min(20, len(loss))].max()
    with np.errstate(all="ignore"):
        near = len(loss) >= 20 and loss[-1] - loss[0] <= 1000 * slope * (1 + 1e-5)
    if outcome.nonfinite is not None or (away and not near):
        assert outcome.kind == "diverged"
        assert outcome.step == min(blown)
    elif blown and outcome.kind != "diverged":  # It came back, or began near a loss of 0 and stays a little above it.
        assert f"at step {outcome.exploded:,}" in outcome.because
    assert (outcome.step is None) == (outcome.kind not in ("converged", "diverged"))
    assert outcome.because.endswith(".")
    assert "nan" not in outcome.because
    assert "None" not in outcome.because
    limit, safe = outcome.evidence.limit, outcome.evidence.safe_lr
    assert (limit is None) == (safe is None)
    assert limit is None or safe == limit / 2
    assert not any(isinstance(value, float) and math.isnan(value) for value in dict(outcome.evidence).values())
