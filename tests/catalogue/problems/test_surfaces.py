"""Every surface keeps its promises: derivatives, minima, domain, and the numbers in its help."""

import inspect

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from slalom.catalogue.formula import TYPED, parse
from slalom.catalogue.formula.codegen import operations
from slalom.catalogue.problems import PROBLEMS, AnyProblem
from slalom.catalogue.problems.surfaces import (
    AbsoluteValue,
    Ackley,
    Beale,
    Booth,
    Bowl,
    DoubleWell,
    FormulaSurface,
    GoldsteinPrice,
    Griewank,
    Himmelblau,
    Levy,
    Matyas,
    MonkeySaddle,
    Parabola,
    PlateauSurface,
    Quartic,
    Rastrigin,
    Rosenbrock,
    Saddle,
    SineBowl,
    SixHumpCamel,
    StyblinskiTang,
    ThreeHumpCamel,
    TiltedDoubleWell,
)

KINKED = ("absolute_value", "ackley")
ALL = [problem() for problem in PROBLEMS if not problem.is_network]
FORMULAS = [problem for problem in ALL if problem.formula is not None]
VARIED = [
    *ALL,
    Bowl(kappa=0.5),
    Bowl(kappa=1000.0),
    Rosenbrock(a=-3.0, b=5.0),
    Rosenbrock(a=0.0),
    Rastrigin(amplitude=0.0),
    Rastrigin(amplitude=3.5),
    *(TiltedDoubleWell(tilt=tilt) for tilt in (-0.3, 0.0, 1.0, 1.5, 1.6, -10.0)),
    FormulaSurface(text="x1*x2 + sin(x3)", domain=((0.0, 1.0), (-2.0, 0.0), (5.0, 9.0))),
]


def named(problem):
    return problem.kind + "".join(f" {name}={value}" for name, value in problem if name != "kind")[:40]


def each(problems):
    return pytest.mark.parametrize("problem", problems, ids=named)


def points(problem, n=50):
    """Random points of the domain, shape (dim, n)."""
    low, high = np.array(problem.domain).T
    return np.random.default_rng(7).uniform(low, high, size=(n, problem.dimension)).T


def grid(problem, n=201):
    """All points of an even grid, shape (dim, n * n) or (1, n)."""
    axes = [np.linspace(*interval, n) for interval in problem.domain]
    return np.stack([axis.ravel() for axis in np.meshgrid(*axes)])


@each(VARIED)
def test_gradient_and_hessian_equal_finite_differences(problem):
    found, p = problem.functions(np), points(problem)
    value, gradient = found.slope(p)
    hessian = found.hessian(p)
    for i in range(problem.dimension):
        h = np.zeros_like(p)
        h[i] = 1e-5
        steep = np.abs(found.slope(p)[1]).max() + np.abs(value).max()
        difference = (found.value(p + h) - found.value(p - h)) / 2e-5
        np.testing.assert_allclose(gradient[i], difference, rtol=1e-6, atol=1e-9 * steep + 1e-8)
        difference = (found.slope(p + h)[1] - found.slope(p - h)[1]) / 2e-5
        np.testing.assert_allclose(hessian[i], difference, rtol=1e-5, atol=1e-8 * np.abs(hessian).max() + 1e-8)
    np.testing.assert_array_equal(hessian, np.swapaxes(hessian, 0, 1))
    np.testing.assert_array_equal(value, found.value(p))


@each(VARIED)
def test_gradient_equals_automatic_differentiation(problem):
    p = points(problem)
    q = torch.tensor(p, requires_grad=True)
    problem.functions(torch).value(q).sum().backward()
    scale = np.abs(q.grad.numpy()).max()
    np.testing.assert_allclose(problem.functions(np).slope(p)[1], q.grad.numpy(), rtol=1e-11, atol=1e-12 * scale)


@each(VARIED)
def test_numpy_and_torch_agree(problem):
    p = points(problem)
    ours, theirs = problem.functions(np), problem.functions(torch)
    q = torch.tensor(p)
    pairs = [(ours.value(p), theirs.value(q)), (ours.hessian(p), theirs.hessian(q))]
    pairs += zip(ours.slope(p), theirs.slope(q), strict=True)
    for mine, other in pairs:
        np.testing.assert_allclose(mine, other.numpy(), rtol=1e-12, atol=1e-12 * np.abs(mine).max())


@each(VARIED)
@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
def test_shapes_and_dtypes_follow_the_point(problem, shape, dtype, xp):
    found, dim = problem.functions(xp), problem.dimension
    p = xp.ones((dim, *shape), dtype=getattr(xp, dtype))
    value, gradient = found.slope(p)
    answers = [
        (value, shape),
        (found.value(p), shape),
        (gradient, (dim, *shape)),
        (found.hessian(p), (dim, dim, *shape)),
    ]
    if found.diagonal is not None:
        answers.append((found.diagonal(p), (dim, *shape)))
    for array, expected in answers:
        assert tuple(array.shape) == expected
        assert array.dtype == p.dtype


@each([problem for problem in VARIED if problem.kind not in KINKED])
def test_every_minimum_is_one(problem):
    found = problem.functions(np)
    for point, value in problem.minima:
        p = np.array(point)
        hessian = found.hessian(p)
        steep = max(1.0, np.abs(hessian).max())
        assert np.abs(found.slope(p)[1]).max() <= 1e-12 * steep
        assert np.linalg.eigvalsh(hessian).min() >= -1e-12 * steep
        assert found.value(p) == pytest.approx(value, rel=1e-12, abs=1e-25)


@each([problem for problem in VARIED if problem.best is not None and problem.dimension <= 2])
def test_nothing_in_the_domain_is_lower_than_the_best(problem):
    values = problem.functions(np).value(grid(problem))
    assert values.min() >= problem.best - 1e-12 * max(1.0, abs(problem.best))
    assert values.min() <= problem.best + 0.02 * (values.max() - problem.best)
    assert problem.minima[0].value == problem.best == min(minimum.value for minimum in problem.minima)


@each(VARIED)
def test_start_and_minima_lie_in_the_domain(problem):
    low, high = np.array(problem.domain).T
    assert len(low) == problem.dimension == len(problem.start)
    assert (low < high).all()
    inside = [problem.start] if not isinstance(problem, FormulaSurface) or problem.window is None else []
    for point in [*inside, *(minimum.point for minimum in problem.minima)]:
        assert (low <= point).all()
        assert (point <= high).all()


@each(VARIED)
def test_start_is_no_place_to_stay(problem):
    assert np.abs(problem.functions(np).slope(np.array(problem.start))[1]).max() > 0


@each(FORMULAS)
def test_every_surface_can_be_edited_as_a_formula(problem):
    assert len(problem.text) <= TYPED.characters
    typed = FormulaSurface(text=problem.text)
    p = points(problem)
    np.testing.assert_array_equal(typed.functions(np).value(p), problem.functions(np).value(p))
    assert typed.dimension == problem.dimension
    graph, slope, hessian = typed.formula._graph, typed.formula._slope, typed.formula._hessian
    assert operations(graph, slope) <= TYPED.slope_operations / 2
    assert operations(graph, hessian) <= TYPED.hessian_operations / 2


@each(VARIED)
def test_a_problem_survives_json(problem):
    adapter = TypeAdapter(AnyProblem)
    assert adapter.validate_json(adapter.dump_json(problem, by_alias=True)) == problem
    assert adapter.validate_python({"kind": problem.kind}).kind == problem.kind


@pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: kind.__name__)
def test_every_problem_explains_itself(kind):
    assert kind.title
    assert len(kind.source) >= 3
    assert inspect.getdoc(kind).split("\n")[0].endswith((".", ":"))
    schema = kind.model_json_schema()
    for name, field in schema["properties"].items():
        assert name == "kind" or field["description"].endswith(".")


def test_the_menu_is_complete():
    kinds = [problem.model_fields["kind"].default for problem in PROBLEMS]
    wanted = """parabola quartic double_well tilted_double_well absolute_value sine_bowl bowl rosenbrock himmelblau
        beale booth matyas three_hump_camel six_hump_camel styblinski_tang goldstein_price rastrigin ackley griewank
        levy saddle monkey_saddle plateau formula quadratic regression network character"""
    assert kinds == wanted.split()


def curvatures(problem, point=None):
    """Eigenvalues of the Hessian, at the first minimum unless told otherwise."""
    p = np.array(problem.minima[0].point if point is None else point, dtype=float)
    return np.linalg.eigvalsh(problem.functions(np).hessian(p))


def steepness(problem, point):
    with np.errstate(all="ignore"):
        return np.linalg.norm(problem.functions(np).slope(np.array(point, dtype=float))[1])


def says(problem, *facts):
    """Check that the help contains these words, wherever its lines are broken."""
    text = " ".join(inspect.getdoc(type(problem)).split())
    missing = [fact for fact in facts if fact not in text]
    assert not missing


def values(problem):
    return [minimum.value for minimum in problem.minima]


def test_the_numbers_in_the_help_of_one_variable():
    assert curvatures(Parabola(), [-4]) == curvatures(Parabola()) == 2
    says(Parabola(), "curvature, 2, everywhere", "0.5 arrives at once", "at 1 they bounce")
    (steep,) = curvatures(Quartic(), Quartic().start)
    says(Quartic(), f"it is {steep:.0f}", f"lr below {2 / steep:.4f}", "at the minimum it is 0")
    assert curvatures(Quartic()) == 0
    assert [*curvatures(DoubleWell()), *curvatures(DoubleWell(), [1]), *curvatures(DoubleWell(), [0])] == [8, 8, -4]
    says(DoubleWell(), "-1 and 1, have curvature 8", "curvature -4")
    assert steepness(AbsoluteValue(), [0]) == 0
    says(AbsoluteValue(), "-1 or 1 everywhere", "defined as 0")
    deep, shallow = SineBowl().minima
    says(
        SineBowl(), f"{deep.value:.4f} at x = {deep.point[0]:.4f}", f"{shallow.value:.4f} at x = {shallow.point[0]:.4f}"
    )
    bends = SineBowl().functions(np).hessian(np.linspace(-7, 7, 10001)[None])
    says(SineBowl(), f"between {bends.min():.0f} and {bends.max():.0f}")


def test_the_numbers_in_the_help_of_the_tilted_double_well():
    deep, shallow = TiltedDoubleWell().minima
    hill = np.roots([4, 0, -4, 0.3])[np.argmin(np.abs(np.roots([4, 0, -4, 0.3])))]
    says(TiltedDoubleWell(), f"{deep.value:.4f} at x = {deep.point[0]:.4f}", f"{hill:.4f}")
    says(TiltedDoubleWell(), f"{shallow.value:.4f} at x = {shallow.point[0]:.4f}")
    assert [round(2 / c, 4) for m in (deep, shallow) for c in curvatures(TiltedDoubleWell(), m.point)] == [
        0.2255,
        0.2832,
    ]
    last = 8 / 3**1.5
    says(TiltedDoubleWell(), f"tilt of {last:.4f}")
    assert len(TiltedDoubleWell(tilt=last - 1e-3).minima) == 2
    assert len(TiltedDoubleWell(tilt=last + 1e-3).minima) == 1


def test_the_numbers_in_the_help_of_two_variables():
    assert curvatures(Bowl(kappa=7.0)).tolist() == [1, 7]
    low, high = curvatures(Rosenbrock())
    says(Rosenbrock(), f"{high:.1f} and {low:.4f}", f"2/{high:.1f}", f"{high / low:.0f} times flatter")
    tops = [curvatures(Himmelblau(), m.point)[-1] for m in Himmelblau().minima]
    says(Himmelblau(), f"between {min(tops):.2f} and {max(tops):.2f}")
    low, high = curvatures(Beale())
    says(Beale(), f"{high:.2f} and {low:.4f}", "longer than 100000")
    assert steepness(Beale(), [-4.5, -4.5]) > 100_000
    assert curvatures(Booth()).round(9).tolist() == [2, 18]
    assert curvatures(Matyas()).round(9).tolist() == [0.04, 1]
    says(ThreeHumpCamel(), f"the value {values(ThreeHumpCamel())[1]:.4f}", "±(1.7476, -0.8738)")
    found = values(SixHumpCamel())
    says(SixHumpCamel(), f"{found[0]:.4f}", f"{found[2]:.4f} and {found[4]:.4f}", "±(0.0898, -0.7127)")
    found = values(StyblinskiTang())
    says(StyblinskiTang(), f"{found[0]:.3f} at x = y = -2.9035", f"{found[-1]:.3f}")
    low, high = curvatures(GoldsteinPrice())
    says(GoldsteinPrice(), f"{high:.1f} and {low:.1f}", "30, 84 and 840", "higher than 700000")
    assert np.allclose(values(GoldsteinPrice()), [3, 30, 84, 840])
    assert GoldsteinPrice().functions(np).value(np.array([-2.0, 2.0])) > 700_000


def test_the_numbers_in_the_help_of_the_rough_ones():
    says(Rastrigin(), f"{curvatures(Rastrigin())[0]:.1f}")
    assert curvatures(Rastrigin(amplitude=0.0)).tolist() == [2, 2]
    tip = 1e-6 * np.array([[1, 0, 0.6], [0, -1, 0.8]])
    says(Ackley(), f"{steepness(Ackley(), tip[:, 0]):.2f}", "slope is defined as 0")
    assert [round(steepness(Ackley(), p), 2) for p in tip.T] == [2.83] * 3
    assert steepness(Ackley(), [0, 0]) == 0
    assert curvatures(Griewank()) == pytest.approx([0.5005, 1.0005])
    low, high = curvatures(Levy())
    says(Levy(), f"{high:.3f} and {low:.3f}")
    assert curvatures(Saddle(), [0, 0]).tolist() == [-1, 2]
    assert values(Saddle()) == [-0.25, -0.25]
    assert curvatures(MonkeySaddle(), [0, 0]).tolist() == [0, 0]
    assert (MonkeySaddle().minima, MonkeySaddle().best) == ((), None)
    assert steepness(PlateauSurface(), PlateauSurface().start) < 0.01
    assert curvatures(PlateauSurface()).tolist() == [0.5, 1]


def test_a_bad_parameter_is_refused():
    for kind, name, value in [(Bowl, "kappa", 0), (Rosenbrock, "b", -1), (Rosenbrock, "a", True), (Rastrigin, "c", 1)]:
        with pytest.raises(ValueError, match=name):
            kind(**{name: value})


def test_templates_are_shown_with_names_and_typed_with_numbers():
    assert Rosenbrock().text == "(1 - x)**2 + 100*(y - x**2)**2"
    assert TiltedDoubleWell(tilt=-0.3).text == "x**4 - 2*x**2 + (-0.3)*x"
    assert parse(Bowl().text).dimension == 2
