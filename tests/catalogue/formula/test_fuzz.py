"""Whatever is typed, it is a formula that is computed rightly, or a FormulaError."""

import ast
import math
import re

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from slalom.catalogue.formula import TYPED, Formula, parse
from slalom.catalogue.formula.parser import parse_tree
from slalom.catalogue.formula.plain_text import plain_text
from slalom.errors import FormulaError

LETTERS = {"x": 0, "y": 1, "z": 2}
REFERENCE = {
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "tanh": np.tanh,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "atan": np.arctan,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sigmoid": lambda u: 1 / (1 + np.exp(-u)),
    "min": lambda *us: _folded(np.minimum, us),
    "max": lambda *us: _folded(np.maximum, us),
    "where": np.where,
    "asin": np.arcsin,
    "acos": np.arccos,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "log2": np.log2,
    "log10": np.log10,
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,
    "relu": lambda u: np.maximum(u, 0),
    "mod": np.mod,
    "atan2": np.arctan2,
}
COMPARED = {ast.Lt: np.less, ast.LtE: np.less_equal, ast.Gt: np.greater, ast.GtE: np.greater_equal}
OPERATORS = {ast.Add: np.add, ast.Sub: np.subtract, ast.Mult: np.multiply, ast.Div: np.divide}


def _folded(operation, values):
    result = values[0]
    for value in values[1:]:
        result = operation(result, value)
    return result


def _power(base, exponent):
    """Integer powers are products by repeated squaring, 1/2 is a root, e**u is exp(u): as documented."""
    if np.ndim(exponent) == 0 and np.ndim(base) > 0:
        if exponent == int(exponent) and abs(exponent) <= 64:
            product = _product(base, abs(int(exponent)))
            return 1 / product if exponent < 0 else product
        if exponent == 0.5:
            return np.sqrt(base)
    if np.ndim(exponent) > 0 and np.ndim(base) == 0 and base == math.e:
        return np.exp(exponent)
    return np.power(base, exponent)


def _product(base, n):
    if n == 0:
        return np.ones_like(base)
    if n == 1:
        return base
    if n % 2:
        return _product(base, n - 1) * base
    half = _product(base, n // 2)
    return half * half


def interpret(node, p):
    """Compute a formula from Python's own syntax tree, in float64; a constant -0 is 0."""
    value = _interpreted(node, p)
    return value + 0.0 if np.ndim(value) == 0 and not np.issubdtype(np.asarray(value).dtype, bool) else value


def _interpreted(node, p):
    match node:
        case ast.Expression(body):
            return interpret(body, p)
        case ast.Constant(value):
            return np.float64(value)
        case ast.Name(id):
            return p[LETTERS[id]] if id in LETTERS else np.float64(getattr(math, id))
        case ast.UnaryOp(ast.USub(), a):
            return -interpret(a, p)
        case ast.BinOp(a, ast.Pow(), b):
            return _power(interpret(a, p), interpret(b, p))
        case ast.BinOp(a, operator, b):
            return OPERATORS[type(operator)](interpret(a, p), interpret(b, p))
        case ast.Compare(a, [operator], [b]):
            return COMPARED[type(operator)](interpret(a, p), interpret(b, p))
        case ast.Call(ast.Name(id), args):
            return REFERENCE[id](*(interpret(arg, p) for arg in args))
    raise AssertionError(ast.dump(node))


LEAVES = st.sampled_from(["x", "y", "x", "y", "z", "pi", "e", "2", "3", "0.5", "1", "10", "1.5", "0"])
TWO = ("min", "max", "mod", "atan2")
ONE = [name for name in REFERENCE if name not in (*TWO, "where")]


def _wider(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(lambda t: f"{t[0]} {t[1]} {t[2]}"),
        st.tuples(inner, st.sampled_from(["2", "3", "4", "-1", "0.5", "1.5", "7", "0"])).map(
            lambda t: f"({t[0]})**{t[1]}"
        ),
        st.tuples(inner, inner).map(lambda t: f"({t[0]})**({t[1]})"),
        inner.map(lambda a: f"-({a})"),
        st.tuples(st.sampled_from(ONE), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(TWO), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        st.tuples(inner, st.sampled_from(["<", "<=", ">", ">="]), inner, inner, inner).map(
            lambda t: f"where({t[0]} {t[1]} {t[2]}, {t[3]}, {t[4]})"
        ),
    )


FORMULAS = st.recursive(LEAVES, _wider, max_leaves=8)
POINTS = np.random.default_rng(1).uniform(-2, 2, size=(3, 12))
repeatable = settings(derandomize=True, deadline=None)


REASONS = ("no variable", "not a finite number", "too complicated", "are allowed", "more than")
"""Why a formula can be rejected although it is well formed."""


def answer(text):
    """Return the formula or the FormulaError; anything else that is raised goes through."""
    try:
        return parse(text)
    except FormulaError as error:
        return error


def parsed(text):
    """Return the formula, or None where a well-formed one is rejected."""
    found = answer(text)
    assert isinstance(found, Formula) or any(reason in str(found) for reason in REASONS), (text, found)
    return found if isinstance(found, Formula) else None


@given(FORMULAS)
@settings(repeatable, max_examples=400)
def test_values_equal_an_independent_interpreter_bit_for_bit(text):
    formula = parsed(text)
    if formula is None:
        return
    p = POINTS[: formula.dimension]
    with np.errstate(all="ignore"):
        expected = interpret(ast.parse(text, mode="eval"), POINTS) + np.zeros(POINTS.shape[1])
        value, _ = formula.functions(np).slope(p)
    np.testing.assert_array_equal(value, expected)
    np.testing.assert_array_equal(formula.functions(np).value(p), expected)


def autograd(formula, p):
    """Return gradient and Hessian by torch's automatic differentiation, shapes (dim, n) and (dim, dim, n)."""
    q = torch.tensor(p, requires_grad=True)
    value = formula.functions(torch).value(q)
    if not value.requires_grad:
        return np.zeros(p.shape), np.zeros((len(p), *p.shape))
    (gradient,) = torch.autograd.grad(value.sum(), q, create_graph=True)
    rows = []
    for row in gradient:
        known = row.requires_grad
        rows.append(torch.autograd.grad(row.sum(), q, retain_graph=True)[0] if known else torch.zeros_like(q))
    return gradient.detach().numpy(), torch.stack(rows).detach().numpy()


@given(FORMULAS)
@settings(repeatable, max_examples=200)
def test_derivatives_equal_automatic_differentiation(text):
    formula = parsed(text)
    if formula is None or "mod(" in text:  # PyTorch's has no slope along what it divides by.
        return
    p = POINTS[: formula.dimension]
    gradient, hessian = autograd(formula, p)
    with np.errstate(all="ignore"):
        value, slope = formula.functions(np).slope(p)
        ours = slope, formula.functions(np).hessian(p)
    for mine, theirs in zip(ours, (gradient, hessian), strict=True):
        usual = np.isfinite(value) & np.isfinite(theirs) & (np.abs(theirs) < 1e8)
        if "power(" in formula.code:  # aᵇ for a < 0 is nan for almost every b; torch drops its terms at the others
            usual &= ~np.isnan(mine)
        np.testing.assert_allclose(mine[usual], theirs[usual], rtol=1e-7, atol=1e-7)


@given(FORMULAS)
@settings(repeatable, max_examples=200)
def test_slopes_equal_finite_differences_where_those_settle(text):
    formula = parsed(text)
    if formula is None:
        return
    found, p = formula.functions(np), POINTS[: formula.dimension]
    with np.errstate(all="ignore"):
        for axis, row in enumerate(found.slope(p)[1]):
            estimates = []
            for h in (1e-5, 2e-5):
                shift = np.zeros_like(p)
                shift[axis] = h
                estimates.append((found.value(p + shift) - found.value(p - shift)) / (2 * h))
            settled = np.isclose(*estimates, rtol=1e-6, atol=1e-7) & (np.abs(found.value(p)) < 1e3)
            if "power(" in formula.code:  # the slope of aᵇ may be 0 times infinity where a is 0 or negative
                settled &= ~np.isnan(row)
            np.testing.assert_allclose(row[settled], estimates[0][settled], rtol=1e-3, atol=1e-4)


@given(FORMULAS)
@settings(repeatable, max_examples=100)
def test_numpy_and_torch_agree(text):
    formula = parsed(text)
    if formula is None:
        return
    p = POINTS[: formula.dimension]
    with np.errstate(all="ignore"):
        ours, theirs = formula.functions(np), formula.functions(torch)
        pairs = [
            (ours.slope(p)[0], theirs.slope(torch.tensor(p))[0]),
            (ours.slope(p)[1], theirs.slope(torch.tensor(p))[1]),
        ]
    for mine, other in pairs:
        usual = np.isfinite(mine) & (np.abs(mine) < 1e6)
        np.testing.assert_allclose(mine[usual], other.numpy()[usual], rtol=1e-9, atol=1e-9)


def people(text):
    """A formula as strategies of this file write it, in the signs of print."""
    for plain, printed in [("**2", "²"), ("**3", "^{3}"), ("**0.5", "^½"), (" * ", "·"), (" - ", " − "), ("pi", "π")]:
        text = text.replace(plain, printed)
    for plain, printed in [("sqrt(", "√("), ("log(", "ln("), ("atan(", "np.arctan("), ("sin(", "\\sin(")]:
        text = re.sub(rf"(?<![a-z]){re.escape(plain)}", lambda _, printed=printed: printed, text)
    return text.replace("<=", "≤").replace(">=", "≥").replace(")·(", ")(").replace("2·x", "2x")


@given(FORMULAS)
@settings(repeatable, max_examples=400)
def test_the_signs_of_print_mean_what_plain_text_means(text):
    formula, printed = answer(text), answer(people(text))
    if isinstance(formula, Formula) and isinstance(printed, Formula):
        assert printed.code == formula.code
    else:
        assert str(formula).partition(" at character ")[0] == str(printed).partition(" at character ")[0]


PIECES = ["x", "y", "2", "3", "½", "π", "e", "xy", "x²", "sin x", "cos 2x", "(x+1)", "(y-1)^2", "|x|", "√x", "ln(y)"]
PIECES += ["e^x", "e^{-y}", "\\frac{x}{2}", "\\sqrt{y}", "sin²x", "where(x>0, x, 2y)", "x_1", "1/2", "exp", "mod"]
JOINTS = ["", " ", "+", " − ", "·", "/", "^", "*", ")(", " mod ", "=", "|", ",", "{", "}"]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(JOINTS)), min_size=1, max_size=12))
@settings(repeatable, max_examples=2000)
def test_what_people_write_is_read_as_plain_text_that_means_the_same_or_answered(pieces):
    text = "".join(part for piece in pieces for part in piece)
    found = answer(text)
    if isinstance(found, FormulaError):
        assert found.position is None or 0 <= found.position <= max(len(text), TYPED.characters)
        return
    again = parse(found.text)
    assert again.text == found.text
    assert again.code == found.code
    assert again.variables == found.variables
    assert again.mathml == found.mathml


@given(FORMULAS)
@settings(repeatable, max_examples=400)
def test_the_plain_text_of_a_tree_is_read_as_that_tree(text):
    try:
        reading = parse_tree(text)
    except FormulaError:
        return
    assert bare(parse_tree(plain_text(reading.tree), limits=TYPED._replace(characters=2000)).tree) == bare(reading.tree)


def bare(node):
    """A tree without places."""
    return node.op, *(bare(arg) if hasattr(arg, "op") else arg for arg in node.args)


ALPHABET = "xyz0123456789.eE+-*/^()<>=!, \t²³⁻sincotaexplgqrbhmdwuf_[]{}|:;'\"\\@#√πθ·−½₁$%&~`?λ∞½①ﬀ\u200b\ud800\0\n"


@given(
    st.one_of(st.text(st.sampled_from(ALPHABET), max_size=60), st.text(max_size=40), st.binary(max_size=60).map(ascii))
)
@settings(repeatable, max_examples=1500)
def test_any_text_is_a_formula_or_a_formula_error(text):
    found = answer(text)
    str(found).encode()
    if isinstance(found, FormulaError):
        assert found.position is None or 0 <= found.position <= max(len(text), TYPED.characters)
    else:
        assert len(found._graph.keys) <= TYPED.work + 1


@given(FORMULAS, st.integers(0, 60), st.sampled_from(list(ALPHABET)))
@settings(repeatable, max_examples=400)
def test_one_wrong_character_is_a_formula_or_a_formula_error(text, place, character):
    found = answer(text[:place] + character + text[place + 1 :])
    assert isinstance(found, FormulaError) or found.dimension >= 1
