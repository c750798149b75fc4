"""Values, gradients and Hessians beside those of SymPy, in 60 digits where float64 has 16."""

import ast
import functools

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from slalom.catalogue.formula import parse
from slalom.catalogue.formula.plain_text import plain_text
from slalom.errors import FormulaError

NAMES = {name: sympy.Symbol(name, real=True) for name in ("x", "y", "z")} | {"pi": sympy.pi, "e": sympy.E}
EXACT, FEW = 200, (30, 34, 38)
"""Bits: of the truth, and of what shows how much an expression suffers from rounding."""


def function(name, compute, *slopes):
    """A function that SymPy knows only by its value and its slopes in every argument."""

    def fdiff(self, argindex=1):
        return sympy.sympify(slopes[argindex - 1](*self.args)) if slopes else sympy.Integer(0)

    return type(name, (sympy.Function,), {"fdiff": fdiff, "compute": staticmethod(compute)})


def real(operation):
    """An operation of real numbers only."""

    def checked(*args):
        if any(isinstance(arg, mpmath.mpc) for arg in args):
            raise ValueError("complex")
        return operation(*args)

    return checked


less = function("less", real(lambda a, b: mpmath.mpf(a < b)))
at_most = function("at_most", real(lambda a, b: mpmath.mpf(a <= b)))
sign = function("sgn", real(mpmath.sign))
floor = function("down", real(mpmath.floor))
ceil = function("up", real(mpmath.ceil))
nearest = function("nearest", real(mpmath.nint))
size = function("size", real(abs), sign)
chosen = function(
    "chosen",
    lambda c, a, b: a if c else b,
    lambda c, a, b: 0,
    lambda c, a, b: c,
    lambda c, a, b: 1 - c,
)
positive = function("positive", real(lambda a: max(a, mpmath.mpf(0))), lambda a: less(sympy.Integer(0), a))
half = sympy.Rational(1, 2)
smaller = function("smaller", real(min), lambda a, b: (1 + sign(b - a)) * half, lambda a, b: (1 + sign(a - b)) * half)
larger = function("larger", real(max), lambda a, b: (1 + sign(a - b)) * half, lambda a, b: (1 + sign(b - a)) * half)
remainder = function(
    "remainder", real(lambda a, b: a - b * mpmath.floor(a / b)), lambda a, b: 1, lambda a, b: -floor(a / b)
)
OWN = [less, at_most, sign, floor, ceil, nearest, size, chosen, positive, smaller, larger, remainder]
MODULES = [{one.__name__: one.compute for one in OWN}, "mpmath"]
FUNCTIONS = {"sign": sign, "floor": floor, "ceil": ceil, "round": nearest, "abs": size, "relu": positive}
FUNCTIONS |= {"min": smaller, "max": larger, "mod": remainder, "where": chosen}
FUNCTIONS |= {"log2": lambda u: sympy.log(u) / sympy.log(2), "log10": lambda u: sympy.log(u) / sympy.log(10)}
FUNCTIONS |= {"log1p": lambda u: sympy.log(1 + u), "expm1": lambda u: sympy.exp(u) - 1}
FUNCTIONS |= {"sigmoid": lambda u: 1 / (1 + sympy.exp(-u))}
FUNCTIONS |= {
    name: getattr(sympy, name) for name in ["sin", "cos", "tan", "exp", "log", "sqrt", "tanh", "sinh", "cosh"]
}
FUNCTIONS |= {name: getattr(sympy, name) for name in ["asin", "acos", "atan", "asinh", "acosh", "atanh", "atan2"]}
OPERATORS = {ast.Add: sympy.Add, ast.Mult: sympy.Mul, ast.Pow: sympy.Pow}


def expression(node):
    """The plain text of a formula, read by Python, as an expression of SymPy."""
    match node:
        case ast.Expression(body):
            return expression(body)
        case ast.Constant(value):
            return sympy.Rational(str(value))
        case ast.Name(id):
            return NAMES[id]
        case ast.UnaryOp(ast.USub(), a):
            return -expression(a)
        case ast.BinOp(a, ast.Sub(), b):
            return expression(a) - expression(b)
        case ast.BinOp(a, ast.Div(), b):
            return expression(a) / expression(b)
        case ast.BinOp(a, operator, b):
            return OPERATORS[type(operator)](expression(a), expression(b))
        case ast.Compare(a, [ast.Lt() | ast.LtE() as operator], [b]):
            return (less if isinstance(operator, ast.Lt) else at_most)(expression(a), expression(b))
        case ast.Call(ast.Name(id), args):
            parts = map(expression, args)
            return functools.reduce(FUNCTIONS[id], parts) if id in ("min", "max") else FUNCTIONS[id](*parts)
    raise AssertionError(ast.dump(node))


def truth(found, point):
    """The real value of an expression at a point and what rounding to few bits does to it; None where it has none."""
    compute = sympy.lambdify([NAMES[name] for name in "xyz"], found, MODULES)
    values = []
    for bits in (EXACT, *FEW):
        with mpmath.workprec(bits):
            try:
                value = mpmath.mpmathify(compute(*map(mpmath.mpf, point)))
            except (ValueError, ZeroDivisionError, OverflowError, TypeError):
                return None
            if isinstance(value, mpmath.mpc) or not mpmath.isfinite(value):
                return None
            values.append(value)
    return float(values[0]), float(max(abs(value - values[0]) for value in values[1:]))


def pairs(formula, point):
    """Every number of value, gradient and Hessian with SymPy's own."""
    found = expression(ast.parse(plain_text(formula.tree), mode="eval"))
    names = [NAMES[name] for name in formula.variables]
    p = np.array(point[: formula.dimension])
    with np.errstate(all="ignore"):
        value, slope = formula.functions(np).slope(p)
        hessian = formula.functions(np).hessian(p)
    yield float(value), truth(found, point)
    for i, name in enumerate(names):
        first = sympy.diff(found, name)
        yield float(slope[i]), truth(first, point)
        for j in range(i + 1):
            yield float(hessian[i, j]), truth(sympy.diff(first, names[j]), point)


def agree(mine, known, size=0.0):
    """Equal, or as far apart as rounding takes an expression whose parts cancel; what SymPy cancels has a ``size``."""
    exact, rounding = known
    return abs(mine - exact) <= 1e-9 * abs(exact) + rounding + 1e-12 * size + 1e-300


POINT = (0.7, 1.3, -0.4)
CHECKED = [
    "x^4-3x^2+x",
    "(1-x)^2+100(y-x^2)^2",
    "e^{-x^2-y^2}sin(3x)",
    "sin²(x y) + cos(x)/y",
    "x ln(y) + log2(x) - log10(y)",
    "sqrt(x² + y² + z²)",
    "atan2(y, x)*z",
    "asin(x) acos(x)/acosh(y)",
    "asinh(y) + atanh(x) x",
    "sigmoid(5x) tanh(y) - log1p(x) expm1(y)",
    "sinh(x) cosh(y) tan(x)",
    "|x-1| y² + relu(x y - z)",
    "mod(5x, y) x + floor(3y) x² + sign(z) y³",
    "where(x<y, x² y, 3z)",
    "min(x y, z, 1) + max(x², y³)",
    "x^y + y^x + 2^(x y)",
    "(x - 1e-9)^2/x - x",
    "1/(1 + e^{-x}) - ½",
    "\\frac{x^2+1}{\\sqrt{y}} - \\cos(\\pi z)",
]


@pytest.mark.parametrize("text", CHECKED)
def test_values_gradients_and_hessians_are_those_of_sympy(text):
    for mine, known in pairs(parse(text), POINT):
        assert known is not None
        assert agree(mine, known), (mine, known)


LEAVES = st.sampled_from(["x", "y", "x", "y", "z", "pi", "e", "2", "3", "0.5", "10", "1.5"])
ONE = [name for name in FUNCTIONS if name not in ("min", "max", "mod", "where", "atan2")]


def wider(inner):
    return st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda t: f"({t[0]} {t[1]} {t[2]})"),
        st.tuples(inner, st.sampled_from(["2", "3", "-1", "0.5", "1.5"])).map(lambda t: f"({t[0]})**{t[1]}"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]})({t[1]})"),
        inner.map(lambda a: f"|{a}|"),
        inner.map(lambda a: f"2π({a})"),
        inner.map(lambda a: f"\\frac{{{a}}}{{3}}"),
        st.tuples(st.sampled_from(ONE), inner).map(lambda t: f"{t[0]}({t[1]})"),
        st.tuples(st.sampled_from(["min", "max", "mod", "atan2"]), inner, inner).map(
            lambda t: f"{t[0]}({t[1]}, {t[2]})"
        ),
        st.tuples(inner, inner, inner).map(lambda t: f"where({t[0]} < {t[1]}, {t[2]}, {t[1]})"),
    )


@given(st.recursive(LEAVES, wider, max_leaves=5))
@settings(derandomize=True, deadline=None, max_examples=60)
def test_random_formulas_agree_with_sympy(text):
    try:
        formula = parse(text)
    except FormulaError:
        return
    (value, _), *_ = found = [*pairs(formula, POINT)]
    for mine, known in found:
        if known is not None and np.isfinite(mine) and abs(known[0]) < 1e100:
            assert agree(mine, known, max(1.0, abs(value))), (text, mine, known)
