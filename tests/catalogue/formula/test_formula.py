"""What a formula means, what it computes, and what is said where it cannot be read."""

import warnings

import numpy as np
import pytest
import torch

from slalom.catalogue.formula import TYPED, FormulaLimits, parse
from slalom.catalogue.formula.codegen import BLOCK_LANES, operations
from slalom.catalogue.problems.surfaces import FormulaSurface, Rosenbrock
from slalom.errors import FormulaError

POINT = np.array([0.7, -1.3])
MEANINGS = [
    ("x**2 + y", lambda x, y: x**2 + y),
    ("-x**2 + y", lambda x, y: -(x**2) + y),
    ("x**2**3*y", lambda x, y: x**8 * y),
    ("x**-2*y", lambda x, y: y / x**2),
    ("2**-x*y", lambda x, y: 2**-x * y),
    ("x - y - 1 - x", lambda x, y: -y - 1),
    ("8/x/y/2", lambda x, y: 4 / (x * y)),
    ("--x - -y", lambda x, y: x + y),
    ("+x*+y", lambda x, y: x * y),
    ("(x)*((y))", lambda x, y: x * y),
    ("1.5e-1*x + .5*y + 2.", lambda x, y: 0.15 * x + 0.5 * y + 2),
    ("pi*x + e*y", lambda x, y: np.pi * x + np.e * y),
    ("e**x*y", lambda x, y: np.exp(x) * y),
    ("sin(x)*cos(y)/tan(x)", lambda x, y: np.cos(x) * np.cos(y)),
    ("log(exp(x))*y", lambda x, y: x * y),
    ("sqrt(x) + y", lambda x, y: np.sqrt(x) + y),
    ("x**0.5 + y**2", lambda x, y: np.sqrt(x) + y**2),
    ("x**1.5 + y", lambda x, y: x * np.sqrt(x) + y),
    ("abs(x*y)", lambda x, y: -x * y),
    ("sinh(x)/cosh(x) - tanh(x) + y", lambda x, y: y),
    ("atan(x/y)", lambda x, y: np.arctan(x / y)),
    ("min(x, y, 0) + max(x, y)", lambda x, y: y + x),
    ("where(x > y, x, y*y)", lambda x, y: x),
    ("where(x <= y, x, y*y)", lambda x, y: y * y),
    ("where((x == y), 1, 2)*y", lambda x, y: 2 * y),
    ("sigmoid(x) + y", lambda x, y: 1 / (1 + np.exp(-x)) + y),
    ("log1p(x) + expm1(y)", lambda x, y: np.log(1 + x) + np.exp(y) - 1),
    ("y**3", lambda x, y: y**3),
    ("y**-3", lambda x, y: y**-3),
    ("y**65/1e7", lambda x, y: y**65 / 1e7),
]


@pytest.mark.parametrize(("text", "meaning"), MEANINGS, ids=[text for text, _ in MEANINGS])
def test_a_formula_means_what_it_means_in_python(text, meaning):
    assert parse(text).functions(np).value(POINT) == pytest.approx(meaning(*POINT), rel=1e-14)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x^2", "x**2"),
        ("x²", "x**2"),
        ("x³ - x⁴", "x**3 - x**4"),
        ("x⁻¹", "x**-1"),
        ("x¹²", "x**12"),
        ("-x²", "-x**2"),
        ("(x + y)²/2", "(x + y)**2/2"),
        ("ｅｘｐ（ｘ）＋２", "exp(x) + 2"),
        ("x₁ + x₂", "x1 + x2"),
        ("𝐱*𝑦", "x*y"),
        ("\tx\u00a0+\n y ", "x+y"),
    ],
)
def test_the_same_formula_written_differently(text, same):
    assert parse(text).code == parse(same).code


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("x", ("x",)),
        ("y**2", ("x", "y")),
        ("z", ("x", "y", "z")),
        ("x3**2", ("x1", "x2", "x3")),
        ("x8 + x1", tuple(f"x{i}" for i in range(1, 9))),
        ("x1", ("x1",)),
    ],
)
def test_the_dimension_is_that_of_the_highest_variable(text, variables):
    formula = parse(text)
    assert formula.variables == variables
    assert formula.dimension == len(variables)


MISTAKES = [
    ("", 0, "The formula is empty. Write one, such as x**2 + 10*y**2."),
    ("   ", 0, "The formula is empty"),
    ("3 + pi", 0, "no variable, so there is nothing to minimise"),
    ("x + foo", 4, "The name 'foo' is not known"),
    ("x + X", 4, "Did you mean x?"),
    ("x + coss(x)", 4, "Did you mean cos?"),
    ("x9 + 1", 0, "Use x, y, z or x1 to x8"),
    ("x + x1", 4, "x1 cannot be mixed with x"),
    ("x2*y", 3, "y cannot be mixed with x2"),
    ("2 3*x", 2, "Something is missing between '2' and '3'"),
    ("sin()", 4, "')' cannot stand"),
    ("sin(x, y)", 3, "sin has 2 arguments at character 3. It takes 1."),
    ("min(x)", 3, "It takes at least 2."),
    ("where(x > 0, x)", 5, "It takes 3 arguments: where(x > 0, a, b)."),
    ("where(x, y, 1)", 6, "where needs a comparison first"),
    ("x > 0", 2, "A comparison can only be the first argument of where"),
    ("1 + (x > 0)", 7, "A comparison can only be the first argument of where"),
    ("where(x > 0, y < 1, 2)", 15, "A comparison can only be the first argument of where"),
    ("where(0 < x < 1, x, 2)", 12, "Compare two values at a time."),
    ("(x + 1", 0, "The bracket that opens at character 0 is never closed. Add )."),
    ("sin(cos(x)", 3, "The bracket that opens at character 3 is never closed"),
    ("x + 1)", 5, "A ) without its ( stands at character 5"),
    ("x +", 3, "The formula ends too early"),
    ("x + * 2", 4, "'*' cannot stand at character 4"),
    ("x // 2", 3, "'/' cannot stand at character 3"),
    ("1,5*x", 1, "Write decimals with a point: 1.5."),
    ("x*(1,5)", 2, "Write decimals with a point: 1.5."),
    ("[x]", 0, "Use round brackets."),
    ("ab\u2028", 2, "the character U+2028 cannot be read"),
    ("x + \ud800", 4, "the character U+D800 cannot be read"),
    ("x\0", 1, "the character U+0000 cannot be read"),
    ("²", 0, "'²' cannot stand"),
    ("1/0 + x", 1, "The part without variables at character 1 is inf, not a finite number."),
    ("x + log(-1)", 4, "is nan, not a finite number"),
    ("x*1e999", 2, "The number 1e999 is too large"),
    ("lambda x", 0, "The name 'lambda' is not known"),
    ("ﬁ + x + y z", 0, "The name 'fi' is not known"),
    ("x + ﬁ(y)", 4, "The name 'fi' is not known"),
    ("(ﬄ)", 1, "The name 'ffl' is not known"),
]


@pytest.mark.parametrize(("text", "position", "message"), MISTAKES, ids=[ascii(text) for text, *_ in MISTAKES])
def test_a_rejection_says_where_and_why(text, position, message):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position
    assert message in str(caught.value)
    str(caught.value).encode()


def rejects(text, limits=TYPED):
    try:
        parse(text, limits=limits)
    except FormulaError as error:
        return str(error)
    return ""


def padded(count):
    return "x" + " " * (count - 2) + "²"


@pytest.mark.parametrize(
    ("text_of", "limit", "message"),
    [
        (padded, 200, "200 are allowed. Shorten it."),
        (lambda n: "(" * n + "x" + ")" * n, 32, "More than 32 brackets, signs or exponents"),
        (lambda n: "sin(" * n + "x" + ")" * n, 32, "More than 32 brackets, signs or exponents"),
        (lambda n: "-" * n + "x", 32, "More than 32 brackets, signs or exponents"),
        (lambda n: "x**" * n + "1", 32, "More than 32 brackets, signs or exponents"),
        (lambda n: f"x + {n}", 10**15, "is larger than 1e+15"),
        (lambda n: f"x + {'0' * 40}{n}", 10**15, "is larger than 1e+15"),
    ],
    ids=["characters", "brackets", "calls", "signs", "exponents", "integers", "padded integers"],
)
def test_limits_hold_exactly(text_of, limit, message):
    assert "is larger" not in rejects(text_of(limit - 1))
    assert message not in rejects(text_of(limit))
    assert message in rejects(text_of(limit + 1))


@pytest.mark.parametrize(("text", "nodes"), [("x", 1), ("x²", 3), ("-x", 2), ("sin(x) + 2*y", 6), ("((x))", 1)])
def test_numbers_names_and_operators_are_counted(text, nodes):
    assert rejects(text, FormulaLimits(nodes=nodes)) == ""
    assert rejects(text, FormulaLimits(nodes=nodes + 1)) == ""
    assert f"more than {nodes - 1} numbers, names and operators" in rejects(text, FormulaLimits(nodes=nodes - 1))


def test_two_hundred_nodes_are_allowed():
    text = "+".join(["x²"] * 50)  # 199 nodes in 149 characters
    assert rejects(text) == ""
    assert rejects("-" + text) == ""
    assert "more than 200" in rejects("--" + text)


def test_numbers_with_a_point_or_an_exponent_may_be_large():
    assert rejects("x + 1000000000000001") != ""
    assert rejects("x + 1000000000000001.0") == ""
    assert rejects("x*1e300") == ""


@pytest.mark.parametrize("field", ["slope_operations", "hessian_operations"])
def test_the_derivatives_have_a_budget(field):
    formula = parse("sin(x*y)**3/(1 + x**2)")
    roots = formula._slope if field == "slope_operations" else formula._hessian
    needed = operations(formula._graph, roots)
    assert rejects(formula.text, FormulaLimits(**{field: needed})) == ""
    assert rejects(formula.text, FormulaLimits(**{field: needed + 1})) == ""
    assert "too complicated" in rejects(formula.text, FormulaLimits(**{field: needed - 1}))


def test_differentiating_stops_before_it_explodes():
    product = "x1*x2*x3*x4*x5*x6*x7*x8*" * 8 + "x1"
    assert len(product) <= 200
    assert rejects(product) == "The formula is too complicated: its derivatives would be too long. Shorten it."
    assert rejects("x1*x2*x3*x4*x5*x6*x7*x8") == ""


def slope(text, point):
    with np.errstate(all="ignore"):
        return parse(text).functions(np).slope(np.array(point, dtype=float))


@pytest.mark.parametrize(
    ("text", "point", "gradient"),
    [
        ("abs(x)", [0], [0]),
        ("abs(x)**1.5", [0], [0]),
        ("sqrt(x**2 + y**2)", [0, 0], [0, 0]),
        ("(x**2 + y**2)**0.5", [0, 0], [0, 0]),
        ("(x**2 + y**2)**0.25", [0, 0], [0, 0]),
        ("exp(-0.2*sqrt((x**2 + y**2)/2))", [0, 0], [0, 0]),
        ("max(x, -x)", [0], [0]),
        ("max(0, x)", [0], [0.5]),
        ("min(x, 2*x)", [0], [1.5]),
        ("max(0, x)", [-1], [0]),
        ("x**3", [-2], [12]),
        ("x**2", [0], [0]),
        ("x**-1", [-2], [-0.25]),
        ("x**99", [-1], [99]),
        ("where(x > 0, log(x), 0)", [0], [0]),
        ("where(x > 0, sqrt(x), -x)", [-1], [-1]),
        ("max(log(x), 0)", [0], [0]),
        ("(-pi)**max(x, 2)", [1], [0]),
        ("x**y", [0, 2], [0, 0]),
        ("0**x", [1], [0]),
        ("where(x > 0, 1, 2) + x", [3], [1]),
    ],
)
def test_slopes_at_kinks_and_edges_are_numbers(text, point, gradient):
    assert slope(text, point)[1].tolist() == gradient


@pytest.mark.parametrize(("text", "point"), [("x**3", -2.0), ("x**4", 0.0), ("x**99", -1.0), ("x**-2", -1.0)])
def test_integer_powers_have_finite_curvature_left_of_zero(text, point):
    assert np.isfinite(parse(text).functions(np).hessian(np.array([point]))).all()


@pytest.mark.parametrize(
    ("text", "point", "value"),
    [
        ("x**0.5", -1, np.nan),
        ("x**1.5", -1, np.nan),
        ("x**x", -0.5, np.nan),
        ("log(x)", 0, -np.inf),
        ("1/x", 0, np.inf),
        ("x**400", 10, np.inf),
        ("exp(x)", 1000, np.inf),
        ("2.0**x", 10000, np.inf),
        ("x/x", 0, np.nan),
        ("sin(x)", np.inf, np.nan),
        ("1e300*x", 1e300, np.inf),
        ("max(x, 1e300)", np.nan, np.nan),
    ],
)
@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
def test_divergence_is_data(text, point, value, xp):
    array = np.array([point], dtype=float) if xp is np else torch.tensor([point], dtype=torch.float64)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = parse(text).functions(xp)
        np.testing.assert_equal(float(found.value(array)), value)
        found.hessian(array)
        with np.errstate(all="ignore"):
            found.slope(array)


SHAPED = [
    "x",
    "3 + 0*y",
    "x + 2*y",
    "y**2",
    "x*y",
    "abs(x)",
    "where(1 > 0, 3, x)",
    "where(x > 0, 1, 2)",
    "max(x, 1e300)",
]
SHAPED += ["exp(x)", "z*sqrt(x)", "min(1, x**2, y)", "2**x", "x**2.5", "where(x > y, 1e300, y)", "sigmoid(-x)"]


@pytest.mark.parametrize("text", SHAPED)
@pytest.mark.parametrize("shape", [(), (1,), (5,), (2, 3)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("xp", [np, torch], ids=["numpy", "torch"])
def test_shapes_and_dtypes_follow_the_point(text, shape, dtype, xp):
    formula = parse(text)
    dim = formula.dimension
    p = 0.5 * xp.ones((dim, *shape), dtype=getattr(xp, dtype))
    before = p + 0
    found = formula.functions(xp)
    with np.errstate(all="ignore"):
        value, gradient = found.slope(p)
    hessian = found.hessian(p)
    expected = {(): value, (dim,): gradient, (dim, dim): hessian}
    for leading, array in [*expected.items(), ((), found.value(p))]:
        assert tuple(array.shape) == leading + shape
        assert array.dtype == p.dtype
    value += 1
    gradient += 1
    assert (p == before).all()


@pytest.mark.parametrize("lanes", [2 * BLOCK_LANES, 2 * BLOCK_LANES + 1, 3 * BLOCK_LANES + 5])
def test_many_lanes_give_the_same_bytes_as_each_alone(lanes):
    found = Rosenbrock().functions(np)
    p = np.random.default_rng(0).normal(size=(2, lanes))
    value, gradient = found.slope(p)
    hessian = found.hessian(p)
    for lane in (0, 1, BLOCK_LANES - 1, BLOCK_LANES, lanes - 1):
        alone = p[:, lane : lane + 1]
        f, g = found.slope(alone)
        assert (f[0], *g[:, 0]) == (value[lane], *gradient[:, lane])
        assert (found.hessian(alone)[:, :, 0] == hessian[:, :, lane]).all()
        assert found.value(alone)[0] == found.value(p)[lane]
    folded = found.slope(p[:, : lanes // 2 * 2].reshape(2, 2, -1))[1]
    assert (folded.reshape(2, -1) == gradient[:, : lanes // 2 * 2]).all()


def test_common_parts_are_computed_once_and_powers_are_products():
    rosenbrock = parse("(1 - x)**2 + 100*(y - x**2)**2")
    assert operations(rosenbrock._graph, rosenbrock._slope) <= 12
    assert operations(rosenbrock._graph, rosenbrock._hessian) <= 7
    assert "power" not in parse("x**7 + x**-3 + y**64").code
    shared = parse("exp(sin(x*y))").sources("numpy")["slope"]
    assert [shared.count(name) for name in ("exp(", "sin(", "cos(")] == [1, 1, 1]


def test_parameters_are_numbers_with_a_name():
    formula = parse("a*x**2 + tilt*x", {"a": 2.0, "tilt": -0.25})
    assert formula.text == "2*x**2 + (-0.25)*x"
    assert formula.functions(np).value(np.array([2.0])) == 7.5
    assert parse(formula.text).functions(np).value(np.array([2.0])) == 7.5
    for value in (2e15, 1e16, 1e-7, 1 / 3):
        assert parse(parse("a*x", {"a": value}).text).functions(np).value(np.array([1.0])) == value
    with pytest.raises(FormulaError, match="'a' is not known"):
        parse("a*x**2")


def test_a_formula_is_parsed_and_compiled_once():
    assert parse("x**2 + 3") is parse("x**2 + 3")
    assert parse("x**2 + 3").functions(np) is parse("x**2 + 3").functions(np)
    assert repr(parse("x**2 + 3")) == "Formula('x**2 + 3')"


def test_a_bad_formula_in_a_spec_keeps_its_place():
    with pytest.raises(ValueError, match="'\\*' cannot stand at character 4") as caught:
        FormulaSurface(text="x + * 2")
    (error,) = caught.value.errors()
    assert (error["type"], error["loc"], error["ctx"]["position"]) == ("formula", ("text",), 4)


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ([[1, 0], [0, 1]], "goes from 1 to 0"),
        ([[0, 0], [0, 1]], "goes from 0 to 0"),
        ([[0, float("inf")], [0, 1]], "finite"),
        ([[0, 1]], "domain has 1 intervals, but the formula has 2 variables"),
        ([[0, 1, 2], [0, 1]], "at most 2 items"),
        ([[0, True], [0, 1]], "valid number"),
    ],
)
def test_a_domain_has_one_rising_interval_for_every_variable(domain, message):
    with pytest.raises(ValueError, match=message):
        FormulaSurface(text="x*y", domain=domain)


def test_a_typed_formula_starts_at_ones_and_is_drawn_where_it_was_told():
    surface = FormulaSurface(text="x2")
    assert (surface.start, surface.domain, surface.minima, surface.best) == ((1, 1), ((-5, 5), (-5, 5)), (), None)
    wide = FormulaSurface(text="y", domain=[[0, 1], [-2, 3.5]])
    assert wide.domain == ((0, 1), (-2, 3.5))
    assert FormulaSurface.model_validate(wide.model_dump(by_alias=True)) == wide
