"""Formulas as they are copied out of other programs and pages: MATLAB, Mathematica, Excel, LaTeX, Wikipedia, PDF."""

import re

import numpy as np
import pytest

from slalom.catalogue.formula import parse
from slalom.errors import FormulaError

X, Y = 0.7, 1.3
WIKIPEDIA = {
    r"{\displaystyle f(x,y)=\left(1.5-x+xy\right)^{2}+\left(2.25-x+xy^{2}\right)^{2}}": lambda x, y: (
        (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2
    ),
    r"{\displaystyle f(x,y)=-20\exp \left[-0.2{\sqrt {0.5\left(x^{2}+y^{2}\right)}}\right]+e+20}": lambda x, y: (
        -20 * np.exp(-0.2 * np.sqrt(0.5 * (x**2 + y**2))) + np.e + 20
    ),
    r"{\displaystyle f(x,y)=100{\sqrt {\left|y-0.01x^{2}\right|}}+0.01\left|x+10\right|.\quad }": lambda x, y: (
        100 * np.sqrt(abs(y - 0.01 * x**2)) + 0.01 * abs(x + 10)
    ),
    r"{\displaystyle f(x,y)=0.5+{\frac {\sin ^{2}\left(x^{2}-y^{2}\right)-0.5}{\left[1+0.001x^{2}\right]^{2}}}}": (
        lambda x, y: 0.5 + (np.sin(x**2 - y**2) ** 2 - 0.5) / (1 + 0.001 * x**2) ** 2
    ),
    r"{\displaystyle f(x,y)=-\left(y+47\right)\sin {\sqrt {\left|{\frac {x}{2}}+\left(y+47\right)\right|}}}": (
        lambda x, y: -(y + 47) * np.sin(np.sqrt(abs(x / 2 + y + 47)))
    ),
    r"{\displaystyle f({\boldsymbol {x}})=x_{1}^{2}+2x_{2}^{2}}": lambda x, y: x**2 + 2 * y**2,
    r"{\displaystyle {\sqrt {x}}y}": lambda x, y: np.sqrt(x) * y,
}
COPIED = {
    "f(x, y) := x^2 + y": lambda x, y: x**2 + y,
    "f(x) ≔ x^2": lambda x, y: x**2,
    "f[x_] := x^2 - 3 x": lambda x, y: x**2 - 3 * x,
    "f[x_, y_] := Sin[x] + Cos[y]^2": lambda x, y: np.sin(x) + np.cos(y) ** 2,
    "Sqrt[x^2+1] Max[0, y]": lambda x, y: np.sqrt(x**2 + 1) * y,
    "If[x > 1, x, y]": lambda x, y: y,
    "x -> x^2 - 1": lambda x, y: x**2 - 1,
    "w → w²": lambda x, y: x**2,
    "f: x ↦ x²": lambda x, y: x**2,
    "f : t -> t^2": lambda x, y: x**2,
    r"f: x \mapsto x^2": lambda x, y: x**2,
    "(x, y) => x**2 + y": lambda x, y: x**2 + y,
    "@(x) x.^2 - 3*x": lambda x, y: x**2 - 3 * x,
    "f = @(x,y) x.^2 + y.^2;": lambda x, y: x**2 + y**2,
    "(x-1).^2 .* y": lambda x, y: (x - 1) ** 2 * y,
    "1./(1+x.^2)": lambda x, y: 1 / (1 + x**2),
    "=x^2": lambda x, y: x**2,
    "=POWER(x,2)+SIN(y)": lambda x, y: x**2 + np.sin(y),
    "=POTENZ(x;2)+WURZEL(y)": lambda x, y: x**2 + np.sqrt(y),
    "=PI()*x": lambda x, y: np.pi * x,
    "WENN(x>1;x;y)": lambda x, y: y,
    "x² + 1;": lambda x, y: x**2 + 1,
    "—x² + 4x": lambda x, y: -(x**2) + 4 * x,
    "sin\u2061(x)\u2062y": lambda x, y: np.sin(x) * y,
    "sin\u2061(x) + cos\u2061(y)": lambda x, y: np.sin(x) + np.cos(y),
    "\u0445² + \u0443": lambda x, y: x**2 + y,
    r"\max\{0, 1-x\}": lambda x, y: 1 - x,
    "max{x, y}": lambda x, y: y,
    r"\exp\{-x^2\}": lambda x, y: np.exp(-(x**2)),
    r"\left[ x-1 \right]^2 y": lambda x, y: (x - 1) ** 2 * y,
    r"{x}^{2} + {\frac {y}{2}}": lambda x, y: x**2 + y / 2,
    r"\cfrac{1}{x}": lambda x, y: 1 / x,
    r"f(\mathbf{x}) = x_1 + x_2^2": lambda x, y: x + y**2,
    "f(x) = x1^2 + x2": lambda x, y: x**2 + y,
    "J(θ) = θ_1² + 2θ_2": lambda x, y: x**2 + 2 * y,
    r"J(\theta) = \theta_0^2 + \theta_{1}": lambda x, y: x**2 + y,
    "J(θ₀, θ₁) = θ₀² + θ₁": lambda x, y: x**2 + y,
    "f(β0,β1) = β0² + β1": lambda x, y: x**2 + y,
    "L(w) = w₁² + w₂": lambda x, y: x**2 + y,
    r"f(\sigma) = \sigma^2": lambda x, y: x**2,
    "f(r) = πr²": lambda x, y: np.pi * x**2,
    "sech(x) + csch(x) + coth x": lambda x, y: 1 / np.cosh(x) + 1 / np.sinh(x) + 1 / np.tanh(x),
    "sp.sin(x) + sympy.cos(y) + K.square(x)": lambda x, y: np.sin(x) + np.cos(y) + x**2,
    "np.fmax(x, y)": lambda x, y: y,
    "1_000_000*x^2 + 12_500.5*y": lambda x, y: 1e6 * x**2 + 12500.5 * y,
    "max(0,5*x)": lambda x, y: max(0, 5 * x),
    "max(1,100,x)": lambda x, y: 100,
    "min(2, 5, x)": lambda x, y: x,
}


@pytest.mark.parametrize("text", [*WIKIPEDIA, *COPIED], ids=ascii)
def test_a_formula_is_read_as_it_is_copied(text):
    formula, meaning = parse(text), (WIKIPEDIA | COPIED)[text]
    point = np.array([X, Y][: formula.dimension])
    assert formula.functions(np).value(point) == pytest.approx(meaning(X, Y), rel=1e-14)
    assert formula.text.isascii()
    assert parse(formula.text).text == formula.text


ADVICE = {
    "100*(x(2)-x(1)^2)^2": "Write x*2, or x2.",
    r"\sqrt[4]{x}": "Write x**(1/4) for x >= 0.",
    "root(x, 3)": "For a third root write x**(1/3).",
    "‖x‖²": "sqrt(x**2 + y**2)",
    "∥x∥²": "sqrt(x**2 + y**2)",
    r"\|x\|": "sqrt(x**2 + y**2)",
    r"\lVert x \rVert": "sqrt(x**2 + y**2)",
    "min x^2": "Of what is to be minimised write only the expression.",
    r"\min_{x} x^2": "Of what is to be minimised write only the expression.",
    "minimize x^2": "Write only the expression to minimise",
    "atan2 x": "Write atan2(y, x).",
    "pow x": "Write pow(x, 2).",
    "x.pow(2)": "write x**2 for x.pow(2), abs(x) for x.abs().",
    "x**2 # bowl": "Leave the comment out.",
    "'x^2'": "Write the formula without quotes.",
    "1.000,5x": "Write decimals with a point: 1000.5.",
    "1,000x": "Write decimals with a point: 1.000, or 1000 for thousands.",
    "1'000 x": "Write 1000, without a sign between the thousands.",
    "1,000,000*x^2 + y^2": "Write 1000000, without commas between the thousands.",
    "x^2 + 12,000.5": "Write 12000.5, without commas between the thousands.",
    "1 000 000*x": "Write 1000000, without a sign between the thousands.",
    "1.000.000*x": "Write 1000000, without a sign between the thousands.",
    "2.500.000 x": "Write 2500000, without a sign between the thousands.",
    "1.5.2*x": "Write 1.5*.2, or one point only.",
    "2 300*x": "Write 2*300, or 2300.",
    "max(1,000*x, 2)": "Write 1000, or 1, 0.",
    "max(0,5*x, 1)": "Write 0.5, or 0, 5.",
    "x^2, -2 < x < 2": "Leave out what follows it",
    "x\u200b^2": "It is invisible: delete it",
    "∂f/∂x": "write the function whose minimum is wanted",
    r"\sum_{i=1}^n x_i": "Write the terms one by one, with +.",
    "Σ x²": "Write the terms one by one, with +.",
    r"\begin{cases} x & x>0 \end{cases}": "for cases write where(x > 0, a, b).",
    "σ(x)": "Write sigmoid(x).",
    "log_b(x)": "Write log(x)/log(b).",
    "ln2 x": "Write log(2).",
    "x^2_1": "An index stands before the exponent: x_1^2.",
    "f(x) = x2 - 4x": "Write f(x, x2) = ...; if x2 is a power write x**2.",
    "f(x) = a x^2 + bx": "Write f(x, a, b) = ..., or a number for a.",
    "where(x => 1, x, 0)": "Write >= in a comparison.",
}


@pytest.mark.parametrize("text", ADVICE, ids=ascii)
def test_what_is_copied_and_cannot_be_read_is_answered_with_what_to_write(text):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert ADVICE[text] in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "w^2",
        "w^2 + b^2",
        "a x^2 + b x + c",
        "ax²+bx+c",
        "θ_1² + θ_2²",
        r"\theta_1 \theta_2",
        "x^2 + 2ab",
        "½gt²",
        "w₁ + w₂",
    ],
)
def test_a_formula_with_other_letters_is_read_once_all_of_them_are_named_as_advised(text):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    head = re.search(r"begin with (f\(.+\) =);", str(caught.value))
    names = re.search(r"\((.+)\)", head[1])[1].split(", ")
    assert parse(f"{head[1]} {text}").dimension == len(names)


@pytest.mark.parametrize("text", ["f(w) = w^2 + b^2", "f(x) = ax²+bx+c", "s(t) = ½gt²", "L(θ) = (y-θx)²"])
def test_a_left_side_that_lacks_names_is_given_with_all_of_them(text):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    head = re.search(r"Write (.+? =) \.\.\.", str(caught.value))[1]
    assert parse(f"{head} {text.split('=')[1]}").dimension > 1


OTHER_FUNCTIONS = (
    "elu selu prelu relu6 hardtanh hardsigmoid rsqrt asec acsc acot asech acsch acoth sind cosd tand asind cube exp10"
)


@pytest.mark.parametrize("name", OTHER_FUNCTIONS.split())
def test_a_function_of_other_programs_is_answered_with_how_it_is_written_and_not_taken_for_another(name):
    with pytest.raises(FormulaError) as caught:
        parse(f"{name}(x)")
    assert "Did you mean" not in str(caught.value)
    assert parse(re.search(r"Write (.+?)\. ", str(caught.value))[1]).variables == ("x",)
