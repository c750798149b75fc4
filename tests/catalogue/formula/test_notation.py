"""Formulas as people write them: what is understood, and the text to write where there are two readings."""

import numpy as np
import pytest

from slalom.catalogue.formula import parse
from slalom.errors import FormulaError

X, Y = 0.7, 1.3
sin, cos, exp, log, sqrt, pi, e = np.sin, np.cos, np.exp, np.log, np.sqrt, np.pi, np.e
WRITTEN = [
    ("f(x)=x^4-3x^2+x", lambda x, y: x**4 - 3 * x**2 + x),
    ("f(x) = x² − 4x + 4", lambda x, y: x**2 - 4 * x + 4),
    ("f(x,y) = x^2 + 3xy + y²", lambda x, y: x**2 + 3 * x * y + y**2),
    ("f(y, x) = x - y", lambda x, y: x - y),
    ("f(x, y) = x^2", lambda x, y: x**2),
    ("f(t) = t^2 - 3t", lambda x, y: x**2 - 3 * x),
    ("L(w, b) = (w-1)^2 + 2wb", lambda x, y: (x - 1) ** 2 + 2 * x * y),
    ("f(θ)=θ²+sin θ", lambda x, y: x**2 + sin(x)),
    ("y = x^2", lambda x, y: x**2),
    ("z = x^2 + y^2", lambda x, y: x**2 + y**2),
    ("2x", lambda x, y: 2 * x),
    ("2 x", lambda x, y: 2 * x),
    ("3x²", lambda x, y: 3 * x**2),
    ("-2x^2", lambda x, y: -2 * x**2),
    ("xy", lambda x, y: x * y),
    ("x y", lambda x, y: x * y),
    ("xyx", lambda x, y: x * y * x),
    ("x^2y", lambda x, y: x**2 * y),
    ("x²y³", lambda x, y: x**2 * y**3),
    ("x^{2}y^{3}", lambda x, y: x**2 * y**3),
    ("x(y+1)", lambda x, y: x * (y + 1)),
    ("(x-1)(y+2)", lambda x, y: (x - 1) * (y + 2)),
    ("(x-1)(y+2)^2x", lambda x, y: (x - 1) * (y + 2) ** 2 * x),
    ("2(x+1)", lambda x, y: 2 * (x + 1)),
    ("(1-x)^2+100(y-x^2)^2", lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2),
    ("½x²", lambda x, y: x**2 / 2),
    ("¾(x+y)", lambda x, y: 0.75 * (x + y)),
    ("x^½", lambda x, y: sqrt(x)),
    ("√x", lambda x, y: sqrt(x)),
    ("√(x+1)y", lambda x, y: sqrt(x + 1) * y),
    ("√2/2 + x", lambda x, y: sqrt(2) / 2 + x),
    ("sqrt x + 1", lambda x, y: sqrt(x) + 1),
    ("|x|", lambda x, y: x),
    ("||x|-1|", lambda x, y: 1 - x),
    ("2|x-1||y|", lambda x, y: 2 * (1 - x) * y),
    ("|x-1|² + |y|", lambda x, y: (x - 1) ** 2 + y),
    ("|(|x| - 2)y|", lambda x, y: (2 - x) * y),
    ("⌊x+1⌋ + ⌈y⌉", lambda x, y: 3),
    ("sin x", lambda x, y: sin(x)),
    ("sinx", lambda x, y: sin(x)),
    ("sin 2x", lambda x, y: sin(2 * x)),
    ("sin2x", lambda x, y: sin(2 * x)),
    ("sin 2πx", lambda x, y: sin(2 * pi * x)),
    ("sin -x", lambda x, y: -sin(x)),
    ("sin x^2", lambda x, y: sin(x**2)),
    ("sin x + 1", lambda x, y: sin(x) + 1),
    ("x sin x", lambda x, y: x * sin(x)),
    ("xsinx", lambda x, y: x * sin(x)),
    ("sin x cos y", lambda x, y: sin(x) * cos(y)),
    ("sinx·cosy", lambda x, y: sin(x) * cos(y)),
    ("sin^2 x", lambda x, y: sin(x) ** 2),
    ("sin²x", lambda x, y: sin(x) ** 2),
    ("sin²(x) y", lambda x, y: sin(x) ** 2 * y),
    ("sin(x)^2", lambda x, y: sin(x) ** 2),
    ("\\sin^{2}x", lambda x, y: sin(x) ** 2),
    ("sin(x)cos(y)", lambda x, y: sin(x) * cos(y)),
    ("SIN(x) + Exp(y)", lambda x, y: sin(x) + exp(y)),
    ("ln(x)", lambda x, y: log(x)),
    ("ln x", lambda x, y: log(x)),
    ("x ln|y|", lambda x, y: x * log(y)),
    ("lnx", lambda x, y: log(x)),
    ("log2(x) + log10(y)", lambda x, y: np.log2(x) + np.log10(y)),
    ("lg(x)", lambda x, y: np.log10(x)),
    ("log₂x", lambda x, y: np.log2(x)),
    ("log_{10}(x)", lambda x, y: np.log10(x)),
    ("exp x", lambda x, y: exp(x)),
    ("e^x", lambda x, y: exp(x)),
    ("e^{-x}", lambda x, y: exp(-x)),
    ("xe^{-x^2-y^2}", lambda x, y: x * exp(-(x**2) - y**2)),
    ("2e^x", lambda x, y: 2 * exp(x)),
    ("e^x sin x", lambda x, y: exp(x) * sin(x)),
    ("e^-x^2", lambda x, y: exp(-(x**2))),
    ("20 + e - 20exp(-0.2√(0.5(x²+y²)))", lambda x, y: 20 + e - 20 * exp(-0.2 * sqrt(0.5 * (x**2 + y**2)))),
    ("20+x²-10cos(2πx)", lambda x, y: 20 + x**2 - 10 * cos(2 * pi * x)),
    ("x − y", lambda x, y: x - y),
    ("2·x×y÷4", lambda x, y: x * y / 2),
    ("πx", lambda x, y: pi * x),
    ("2pix", lambda x, y: 2 * pi * x),
    ("\\frac{1}{2}x^2", lambda x, y: x**2 / 2),
    ("\\frac12x^2", lambda x, y: x**2 / 2),
    ("\\dfrac{x+1}{y}", lambda x, y: (x + 1) / y),
    ("\\sqrt{x^2+1}", lambda x, y: sqrt(x**2 + 1)),
    ("\\sqrt x", lambda x, y: sqrt(x)),
    ("\\left(x-1\\right)^2 \\cdot y", lambda x, y: (x - 1) ** 2 * y),
    ("\\left|x-1\\right|", lambda x, y: 1 - x),
    ("$x^2 + \\pi y$", lambda x, y: x**2 + pi * y),
    ("\\(x\\,y\\)", lambda x, y: x * y),
    ("\\operatorname{sign}(x) + \\mathrm{e}^{y}", lambda x, y: 1 + exp(y)),
    ("\\log_2 x", lambda x, y: np.log2(x)),
    ("x_1^2 + 2x_2", lambda x, y: x**2 + 2 * y),
    ("x_{1}x_{2}", lambda x, y: x * y),
    ("x₁²+x₂²", lambda x, y: x**2 + y**2),
    ("3x1x2", lambda x, y: 3 * x * y),
    ("asin(x) + acos(x) + arctan(y)", lambda x, y: pi / 2 + np.arctan(y)),
    ("arcsin x", lambda x, y: np.arcsin(x)),
    ("atan2(y, x)", lambda x, y: np.arctan2(y, x)),
    ("arsinh(x) + acosh(y) + artanh(x)", lambda x, y: np.arcsinh(x) + np.arccosh(y) + np.arctanh(x)),
    ("sinh x cosh x", lambda x, y: np.sinh(2 * x) / 2),
    ("sec(x) + csc(x) + cot x", lambda x, y: 1 / cos(x) + 1 / sin(x) + 1 / np.tan(x)),
    ("sgn(x) + relu(x-1) + relu(y)", lambda x, y: 1 + y),
    ("floor(y) + ceil(y) + round(y)", lambda x, y: 4),
    ("mod(y, x)", lambda x, y: y - x),
    ("y mod x", lambda x, y: y - x),
    ("-y % x", lambda x, y: -y + 2 * x),
    ("np.sin(x) + np.maximum(x, y)", lambda x, y: sin(x) + y),
    ("math.exp(-x**2)", lambda x, y: exp(-(x**2))),
    ("torch.exp(x)*torch.relu(y)", lambda x, y: exp(x) * y),
    ("Math.pow(x, 2) + Math.abs(y)", lambda x, y: x**2 + y),
    ("pow(x, y) + square(x)", lambda x, y: x**y + x**2),
    ("clip(y, 0, 1)", lambda x, y: 1),
    ("np.where(x > 0, x, -x)", lambda x, y: x),
    ("IF(x>=1, x, y)", lambda x, y: y),
    ("where(x ≤ 1, 2x, 0)", lambda x, y: 2 * x),
    ("1.5e-3x", lambda x, y: 0.0015 * x),
    (".5x + 2.y", lambda x, y: 0.5 * x + 2 * y),
    ("X² + Y²", lambda x, y: x**2 + y**2),
]


@pytest.mark.parametrize(("text", "meaning"), WRITTEN, ids=[ascii(text) for text, _ in WRITTEN])
def test_a_formula_is_read_as_people_write_it(text, meaning):
    formula = parse(text)
    point = np.array([X, Y][: formula.dimension])
    assert formula.functions(np).value(point) == pytest.approx(meaning(X, Y), rel=1e-14)
    again = parse(formula.text)
    assert again.text == formula.text
    assert again.code == formula.code


def test_there_are_enough_of_them():
    assert len(WRITTEN) >= 110


def test_a_left_side_names_the_variables():
    assert parse("f(x) = x²").dimension == 1
    assert parse("f(y) = y²").dimension == 1
    assert parse("f(x, y) = x²").dimension == 2
    assert parse("g(a, b, c, d) = a + d").variables == ("x1", "x2", "x3", "x4")


@pytest.mark.parametrize("text", ["x**2+10*y**2", "x^2 - (y - 1)", "x²", "((x))", "sin(x)**2", "-x*-y", "1e20*x"])
def test_plain_text_stays_as_it_was_typed(text):
    assert parse(text).text == text


TWO_READINGS = [
    ("1/2x", 3, "Write 1/2*x, or 1/(2*x)."),
    ("x/2y", 3, "Write x/2*y, or x/(2*y)."),
    ("1/2(x+1)", 3, "Write 1/2*(x + 1), or 1/(2*(x + 1))."),
    ("1/2 sin(x)", 4, "Write 1/2*sin(x), or 1/(2*sin(x))."),
    ("x mod 2y", 7, "Write mod(x, 2)*y, or mod(x, 2*y)."),
    ("sin xy", 4, "Write sin(x*y), or sin(x)*y."),
    ("sin x y", 6, "Write sin(x*y), or sin(x)*y."),
    ("sinxy", 0, "Write sin(x*y), or sin(x)*y."),
    ("sin² x y", 7, "Write sin(x*y)**2, or sin(x)**2*y."),
    ("sin x*y", 5, "Write sin(x*y), or sin(x)*y."),
    ("ln x/2", 4, "Write log(x/2), or log(x)/2."),
    ("cot x y", 6, "Write cot(x*y), or cot(x)*y."),
    ("sin 2 cos x", 6, "Write sin(2*cos(x)), or sin(2)*cos(x)."),
    ("sin^-1 x", 3, "Write asin(...), or 1/sin(...)."),
    ("cosh⁻¹(x)", 4, "Write acosh(...), or 1/cosh(...)."),
    ("e^2x", 3, "Write e**(2*x), or e**2*x."),
    ("e^-2x", 4, "Write e**(-2*x), or e**-2*x."),
    ("e^xy", 2, "Write e**(x*y), or e**x*y."),
    ("x^yz", 2, "Write x**(y*z), or x**y*z."),
    ("ex", 0, "Write e*x, or e**x."),
    ("e(x+1)", 1, "Write e*(...), or exp(...)."),
    ("2e + x", 1, "Write 2*e, or 2e0."),
    ("√2x", 2, "Write sqrt(2*x), or sqrt(2)*x."),
    ("√x²", 2, "Write sqrt(x)**2, or sqrt(x**2)."),
    ("1½x", 1, "Write (1 + 1/2), or 1*1/2."),
    ("log2x", 0, "Write log2(x), or log(2*x)."),
    ("x 2", 2, "Write x*2, or x**2."),
    ("2 3x", 2, "Write 2*3, or 23."),
    ("(x)2", 3, "Write *2 for a product, or **2 for a power."),
    ("x + y2", 4, "For a product write y*2, for a power y**2."),
    ("x[1]", 1, "Write x1, or x2 where the first is x[0]."),
    ("sinc(x)", 0, "Write sin(x)/x, or sin(pi*x)/(pi*x)."),
]


@pytest.mark.parametrize(("text", "position", "advice"), TWO_READINGS, ids=[ascii(text) for text, *_ in TWO_READINGS])
def test_two_readings_are_both_named_with_the_text_to_write(text, position, advice):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position
    assert advice in str(caught.value)


HINTS = [
    ("x if x > 0 else -x", "Write where(x > 0, x, -x)."),
    ("2*(x if x > 0 else y if y > 0 else 1)", "Write where(y > 0, y, 1)."),
    ("x > 0 ? x^2 : 0", "Write where(x > 0, x**2, 0)."),
    ("where(x > 0 and y > 0, 1, x)", "where(x > 0, where(y > 0, a, b), b)"),
    ("if x > 0: x", "where(x > 0, a, b)"),
    ("x0^2", "Use x, y, z or x1 to x8"),
    ("0,5x", "Write decimals with a point: 0.5."),
    ("sin(1,5x)", "Write decimals with a point: 1.5."),
    ("log(x, 2)", "For another base write log(x)/log(b)."),
    ("log_3(x)", "Write log(x)/log(3)."),
    ("x^2 = 4", "Write only the expression to minimise"),
    ("y = y + x", "Write only the expression to minimise"),
    ("f(t) = t + x", "Write f(t, x) = ..."),
    ("a x^2", "For a variable write x, y or z, or begin with f(a, x) =; for a constant write its number."),
    ("x + x2", "If x2 is a power write x**2."),
    ("x!", "There is no factorial here."),
    ("∛x", "sign(x)*abs(x)**(1/3)"),
    ("\\sqrt[3]{x}", "sign(x)*abs(x)**(1/3)"),
    ("cbrt(x)", "sign(x)*abs(x)**(1/3)"),
    ("x'", "There is no sign for a derivative"),
    ("|x", "The bar that opens at character 0 is never closed. Add |."),
    ("[x+1]^2", "Use round brackets."),
    ("{x+1}", "Use round brackets."),
    ("\\int x", "The command \\int is not known"),
    ("sin", "sin stands without an argument at character 0. Write sin(x)."),
    ("exp^x", "exp stands without an argument at character 0. Write exp(x)."),
    ("lambda x: x**2", "Write only the expression to minimise"),
    ("softplus(x)", "Write log1p(exp(x))."),
    ("heaviside(x)", "Write where(x > 0, 1, 0)."),
]


@pytest.mark.parametrize(("text", "advice"), HINTS, ids=[ascii(text) for text, _ in HINTS])
def test_what_is_not_read_is_answered_with_what_to_write(text, advice):
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert advice in str(caught.value)


@pytest.mark.parametrize("name", ["log10", "log2", "asin", "acos", "sign", "atan2", "floor", "ceil", "mod"])
def test_a_function_is_not_taken_for_one_that_sounds_alike(name):
    arguments = "y, x" if name in ("atan2", "mod") else "x"
    assert f"{name}(" in parse(f"{name}({arguments})").text


def test_a_formula_that_is_too_long_when_written_out_says_how_it_was_read():
    with pytest.raises(FormulaError, match=r"200 are allowed. Shorten it. It is read as sqrt\(x\) \+ sqrt"):
        parse("+".join(["√x"] * 60))
