"""What is looked at first: everything flat is in sight, a run moves, and of two rates one holds."""

import numpy as np
import pytest

from slalom.catalogue.formula import parse
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.first_look import STANDS, first_look, first_rates, first_runs, moves
from slalom.catalogue.problems.surfaces import FormulaSurface, Rosenbrock
from slalom.web.api.catalogue import example


def look(text):
    formula = parse(text)
    return first_look(formula.functions(np), formula.dimension)


def descent(problem, rate, steps=40):
    """The losses of gradient descent from where its first runs begin."""
    functions = problem.functions(np)
    p, losses = np.array(first_runs(problem).start), []
    with np.errstate(all="ignore"):
        for _ in range(steps + 1):
            value, slope = functions.slope(p)
            losses.append(float(value))
            p = p - rate * slope
    return np.array(losses)


IN_SIGHT = [
    ("x^4-3*x^2+x", [(-1.3008,), (0.1699,), (1.1309,)]),
    ("x^2", [(0,)]),
    ("(x-100)^2", [(100,)]),
    ("(x-1)^2+(y-1)^2", [(1, 1)]),
    ("(1-x)^2+100(y-x^2)^2", [(1, 1)]),
    ("x^2-y^2", [(0, 0)]),
    ("x^3-3xy^2", [(0, 0)]),
    ("(x-30)^4", [(30,)]),
    ("(x^2-4)^2+y^2", [(-2, 0), (0, 0), (2, 0)]),
    ("(x/1000)^4-(x/1000)^2", [(-707,), (0,), (707,)]),
    ("(100x)^4-(100x)^2", [(-0.00707,), (0,), (0.00707,)]),
    ("-exp(-x^2)", [(0,), (2.4,)]),
    ("-exp(-100x^2)", [(0,), (0.25,)]),
    ("-exp(-x^2/200)", [(0,), (19,)]),
    ("sin(x)", [(-1.5708,), (1.5708,)]),
    ("x ln x", [(0.3679,)]),
    ("(x^2+y-11)^2+(x+y^2-7)^2", [(3, 2), (-2.805, 3.131), (-3.779, -3.283), (3.584, -1.848)]),
    ("x1^2+x2^2+x3^2+(x4-2)^2", [(0, 0, 0, 2)]),
]


@pytest.mark.parametrize(("text", "points"), IN_SIGHT, ids=[text for text, _ in IN_SIGHT])
def test_minima_saddles_and_flat_parts_are_in_sight(text, points):
    domain, start = look(text)
    for point in [*points, start]:
        assert all(low <= x <= high for x, (low, high) in zip(point, domain, strict=True))


def test_the_wells_of_a_quartic_are_not_lost_beside_its_walls():
    ((low, high),), _ = look("x^4-3*x^2+x")
    value = parse("x^4-3*x^2+x").functions(np).value
    edges, (left, hill, right) = value(np.array([[low, high]])), value(np.array([[-1.3008, 0.1699, 1.1309]]))
    assert hill - right > 0.1 * (edges.max() - left)


@pytest.mark.parametrize(
    "text", ["1e6x^2", "exp(x^2)", "exp(10x)", "x", "floor(x)", "log(x)", "log(-x)", "sqrt(-x-2)", "1/x"]
)
def test_a_window_is_where_the_function_has_values(text):
    domain, start = look(text)
    value = parse(text).functions(np).value
    seen = np.stack(np.meshgrid(*(np.linspace(*interval, 50)[1:-1] for interval in domain)))
    with np.errstate(all="ignore"):
        assert np.isfinite(value(seen)).mean() > 0.9
        assert np.isfinite(value(np.array(start)))


@pytest.mark.parametrize(
    "text", ["x^2 y + y^2", "x^2 y + y^2 + x^4", "x^6 + y^2", "(y-x^2)(y-3x^2)", "(x-1)^4 + (y-2)^6"]
)
def test_a_point_that_is_flat_of_a_higher_order_is_one_point_and_no_window(text):
    assert all(high - low > 0.5 for low, high in look(text).domain)


WELLS = [
    ("4*((1/x)^12-(1/x)^6)", 2 ** (1 / 6), 1.0, 1.5),
    ("1/(x-2)^12 - 1/(x-2)^6", 2 + 2 ** (1 / 6), 3.0, 3.5),
    ("10*(1-exp(-2*(x-1.5)))^2", 1.5, 1.19, 2.7),
    ("(1-exp(-(x-1)))^2", 1.0, 0.38, 3.4),
]
"""Of Lennard-Jones and Morse, and what of them is in sight: the minimum, and both sides."""


@pytest.mark.parametrize(("text", "minimum", "left", "right"), WELLS)
def test_a_well_beside_a_steep_wall_is_seen_with_both_sides_and_a_run_settles_in_it(text, minimum, left, right):
    problem = FormulaSurface(text=text)
    (((low, high),), value) = problem.domain, problem.functions(np).value
    assert low <= left < minimum < right <= high
    assert np.isfinite(value(np.linspace(low, high, 101)[None])).all()
    wall, tail = value(np.array([[low, high]])) - value(np.array([minimum]))
    assert wall < 5 * tail
    first = first_runs(problem)
    p = np.array(first.start)
    for _ in range(300):
        p = p - first.rates[0] * problem.functions(np).slope(p)[1]
    assert p[0] == pytest.approx(minimum, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "half"), [("exp(10x) - x", 0.5), ("cosh(20x)", 0.2), ("exp(x^2)", 1.3), ("(x-30)^4", 5), ("x^20", 5)]
)
def test_a_steep_wall_narrows_a_window_and_a_flat_point_of_a_higher_order_does_not(text, half):
    ((low, high),) = look(text)[0]
    assert 0.5 * half <= (high - low) / 2 <= 2 * half


@pytest.mark.parametrize("text", ["-cos(x)*cos(y)*exp(-(x-pi)^2-(y-pi)^2)", "-exp(-(x-1)^2-(y-1)^2)", "1-exp(-x^2/8)"])
def test_no_run_starts_in_the_well_that_it_is_to_find(text):
    domain, start = look(text)
    value = parse(text).functions(np).value
    lowest = value(np.stack(np.meshgrid(*(np.linspace(*interval, 101) for interval in domain)))).min()
    highest = value(np.stack(np.meshgrid(*(np.linspace(*interval, 101) for interval in domain)))).max()
    assert value(np.array(start)) > lowest + 0.02 * (highest - lowest)


@pytest.mark.parametrize("text", ["x mod 1", "floor(x) + x^2", "sign(x+3) + x^2", "where(x < -3, 5, x^2)"])
def test_no_run_starts_at_a_jump(text):
    x = look(text).start[0]
    value = parse(text).functions(np).value
    assert abs(value(np.array([x + 1e-7])) - value(np.array([x - 1e-7]))) < 1e-3


EVERYWHERE = [
    "(x-1)^2+(y-1)^2",
    "x^2-2x",
    "(1-x)^2+100(y-x^2)^2",
    "||x|-1|",
    "(x*y-1)^2",
    "log(-x)",
    "sqrt(-x-2)",
    "1/(x-y)",
]


@pytest.mark.parametrize("text", EVERYWHERE)
def test_a_run_never_starts_where_nothing_moves(text):
    surface = FormulaSurface(text=text)
    assert surface.start != (1.0,) * surface.dimension
    assert moves(surface.functions(np), surface.start)
    assert moves(surface.functions(np), first_runs(surface).start)


@pytest.mark.parametrize("text", ["x**2 + 10*y**2", "x**4 - 3*x**2 + x", "x1*x3", "exp(x)", "x**2 + 1000000"])
def test_a_formula_without_a_start_starts_at_ones_where_that_moves(text):
    surface = FormulaSurface(text=text)
    assert surface.start == (1.0,) * surface.dimension
    with np.errstate(all="ignore"):
        assert np.linalg.norm(surface.functions(np).slope(np.array(surface.start))[1]) > STANDS


def test_a_window_that_was_given_stays_and_the_start_is_in_it():
    surface = FormulaSurface(text="x^2", domain=[[10, 20]])
    assert surface.domain == ((10, 20),)
    assert 10 <= first_runs(surface).start[0] <= 20


@pytest.mark.parametrize("curvature", [1e-6, 0.3, 2, 77, 4e5])
@pytest.mark.parametrize("lowest", [0, -10, 1e3])
def test_on_a_quadratic_the_rates_are_half_its_limit_and_a_little_above(curvature, lowest):
    functions = parse(f"{curvature / 2}*(x-3)^2 + {curvature / 20}*y^2 + {lowest}").functions(np)
    half, above = first_rates(functions, (-1.0, 2.0), 10.0)
    assert 0.9 < half * curvature <= 1
    assert 2 < above * curvature < 2.2


@pytest.mark.parametrize("kind", [kind for kind in PROBLEMS if not kind.is_network], ids=lambda kind: kind.__name__)
def test_of_the_first_runs_on_every_problem_one_holds(kind):
    problem = example(kind)
    half, above = first_runs(problem).rates
    losses = descent(problem, half)
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]
    assert above > 2 * half


@pytest.mark.parametrize("text", [text for text, _ in IN_SIGHT] + EVERYWHERE)
def test_of_the_first_runs_on_a_typed_formula_one_holds(text):
    problem = FormulaSurface(text=text)
    losses = descent(problem, first_runs(problem).rates[0])
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


def test_a_problem_with_other_settings_has_other_rates():
    assert first_runs(Rosenbrock(b=1)).rates[0] > 10 * first_runs(Rosenbrock(b=100)).rates[0]


def test_networks_have_rates_that_train_and_no_start():
    networks = [first_runs(example(kind)) for kind in PROBLEMS if kind.is_network]
    assert networks
    assert all(first.start is None and first.rates[0] < first.rates[1] for first in networks)
