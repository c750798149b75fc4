"""Formulas typeset: what they look like, read back as plain text."""

from xml.etree import ElementTree

import pytest

from slalom.catalogue.formula import parse
from slalom.catalogue.formula.mathml import APPLY, MATHML, TIMES
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.problems.surfaces import Bowl, TiltedDoubleWell

TAGS = {"math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub", "msqrt", "mtable", "mtr", "mtd"}


def read(markup):
    """Write MathML as one line: {a over b} for a fraction, ^{} for a power, ␣ for an invisible times."""
    return written(ElementTree.fromstring(markup))


def written(element):
    space, _, tag = element.tag[1:].partition("}")
    assert space == MATHML
    assert tag in TAGS
    if tag in ("mi", "mn", "mo", "mtext"):
        assert len(element) == 0
        return {TIMES: "␣", APPLY: ""}.get(element.text, element.text)
    parts = [written(child) for child in element]
    if tag in ("msup", "msub", "mfrac"):
        sign = {"msup": "^", "msub": "_", "mfrac": " over "}[tag]
        assert len(parts) == 2
        return f"{{{sign.join(parts)}}}"
    if tag == "msqrt":
        return f"√{{{''.join(parts)}}}"
    return ("; " if tag == "mtable" else "").join(parts)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("x", "x"),
        ("x**2 + 10*y**2", "{x^2}+10␣{y^2}"),
        ("x²", "{x^2}"),
        ("x-y-1", "x−y−1"),
        ("x-(y-1)", "x−(y−1)"),
        ("x+(y-1)", "x+y−1"),
        ("x+(-y)", "x+(−y)"),
        ("x-(-y)", "x−(−y)"),
        ("x+(-y+1)", "x+(−y+1)"),
        ("-x+y", "−x+y"),
        ("-(x+y)", "−(x+y)"),
        ("--x", "−(−x)"),
        ("-x*y", "−x␣y"),
        ("x*-y", "x·(−y)"),
        ("x-(-x)*y", "x−(−x␣y)"),
        ("-x**2", "−{x^2}"),
        ("(-x)**2", "{(−x)^2}"),
        ("x*y*z", "x␣y␣z"),
        ("x*(y*z)", "x␣y␣z"),
        ("2*3*x", "2·3␣x"),
        ("x*2", "x·2"),
        ("x*2**y", "x·{2^y}"),
        ("2*(1/2)*x", "2·{1 over 2}␣x"),
        ("(x+1)*(y+1)", "(x+1)␣(y+1)"),
        ("x*(y+1)", "x·(y+1)"),
        ("3*(y+1)", "3␣(y+1)"),
        ("(x+1)/(y+1)", "{x+1 over y+1}"),
        ("x/y/z", "{{x over y} over z}"),
        ("(x/y)**2", "{({x over y})^2}"),
        ("-x/y", "{−x over y}"),
        ("(x+1)**2", "{(x+1)^2}"),
        ("(x**2)**3", "{({x^2})^3}"),
        ("x**y**2", "{x^{y^2}}"),
        ("2**(x+y)", "{2^x+y}"),
        ("x**-1", "{x^−1}"),
        ("sqrt(x+1)", "√{x+1}"),
        ("sqrt(x)**2", "{√{x}^2}"),
        ("abs(x-1)", "|x−1|"),
        ("abs(x)**2", "{|x|^2}"),
        ("sin(x)", "sin(x)"),
        ("sin(x)**2", "{sin^2}(x)"),
        ("sin(x)**-1", "{(sin(x))^−1}"),
        ("exp(x)**2", "{(exp(x))^2}"),
        ("2*sin(x)*y", "2·sin(x)␣y"),
        ("x*cos(y)", "x·cos(y)"),
        ("atan(x)", "arctan(x)"),
        ("min(x,y,-1)", "min(x,y,−1)"),
        ("where(x>=0,x,-x)", "{xif x≥0; −xotherwise"),
        ("where(x!=0,x,1)+y", "({xif x≠0; 1otherwise)+y"),
        ("pi*x+e**x", "π␣x+{e^x}"),
        ("x1**2+x8", "{{x_1}^2}+{x_8}"),
        ("1.5e-7*x", "1.5·{10^−7}␣x"),
        ("1e20*x", "{10^20}␣x"),
        ("(1.5e-7*x)**2", "{(1.5·{10^−7}␣x)^2}"),
        ("0.50*x", "0.5␣x"),
        ("½x² - 3|x|", "{1 over 2}␣{x^2}−3␣|x|"),
        ("1/(2x)", "{1 over 2␣x}"),
        ("\\frac{x+1}{\\sqrt{y}}", "{x+1 over √{y}}"),
        ("sin²x cos 2y", "{sin^2}(x)·cos(2␣y)"),
        ("ln(x) + log10(y)", "ln(x)+log₁₀(y)"),
        ("floor(x)^2 + ceil(y)", "{⌊x⌋^2}+⌈y⌉"),
        ("x mod 2", "xmod2"),
        ("mod(x+1, 2)*y", "((x+1)mod2)␣y"),
        ("asin(x) + acosh(y)", "arcsin(x)+arcosh(y)"),
        ("relu(x) + sign(x)", "ReLU(x)+sign(x)"),
        ("f(x, y) = x^2", "{x^2}+0␣y"),
        ("2|x| + x|y|", "2␣|x|+x␣|y|"),
        ("where(x>0, x², where(x<-1, 1, -x))", "{{x^2}if x>0; {1if x<−1; −xotherwiseotherwise"),
    ],
)
def test_a_formula_is_set_with_as_few_brackets_as_it_needs(text, seen):
    assert read(parse(text).mathml) == seen


@pytest.mark.parametrize(
    ("text", "left"),
    [("x**2", "f(x)="), ("y", "f(x,y)="), ("x*y*z", "f(x,y,z)="), ("x8", "f({x_1},…,{x_8})=")],
)
def test_the_left_side_names_all_variables_or_the_first_and_the_last(text, left):
    assert read(parse(text).signature) == left


def test_a_formula_is_the_text_of_one_element():
    space = f'xmlns="{MATHML}"'
    half = "<mfrac><msup><mi>x</mi><mn>2</mn></msup><mn>2</mn></mfrac>"
    assert parse("x**2/2").mathml == f"<math {space}>{half}</math>"
    assert "<mo>&lt;</mo>" in parse("where(x<0, 1, 2)").mathml


def test_cases_stand_below_each_other():
    cases = ElementTree.fromstring(parse("where(x>=0, x, -x)").mathml)
    rows = cases.findall(f".//{{{MATHML}}}mtable/{{{MATHML}}}mtr")
    assert ["".join(row.itertext()) for row in rows] == ["xif x≥0", "−xotherwise"]


def test_parameters_are_shown_by_name():
    assert read(Bowl().formula.mathml) == "{1 over 2}␣({x^2}+κ␣{y^2})"
    assert read(TiltedDoubleWell().formula.mathml) == "{x^4}−2␣{x^2}+tilt·x"


@pytest.mark.parametrize("problem", [p() for p in PROBLEMS if not p.is_network and p().formula], ids=lambda p: p.kind)
def test_every_surface_can_be_typeset(problem):
    assert read(problem.formula.signature).startswith("f(x")
    assert read(problem.formula.mathml)
