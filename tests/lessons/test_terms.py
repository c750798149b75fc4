"""Every term has one sentence, a formula that can be typeset, and a run that shows something."""

import re
import xml.etree.ElementTree as ET

import pytest

from slalom.engine.descent import Descent
from slalom.errors import FormulaError
from slalom.lessons import LESSONS, lessons_in
from slalom.lessons.notation import term_mathml
from slalom.lessons.terms import glossary

TERMS = glossary()


def markup(text):
    """Return a formula without what frames it, and with signs that can be seen for those that cannot."""
    inner = re.fullmatch(r'<math xmlns="[^"]+">(.*)</math>', term_mathml(text))[1]
    return inner.replace("\u2062", "·").replace("\u2061", "@").replace("\u2009", "_")


def test_there_are_thirty_and_lessons_name_no_others():
    known = [term.name for term in TERMS]
    assert len(known) == len(set(known)) >= 30
    used = {name for lesson in lessons_in(LESSONS) for name in lesson.terms}
    assert used <= set(known), used - set(known)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_term_is_one_sentence_and_its_formula_is_typeset(term):
    assert re.fullmatch(r"[A-Z][^.?!]*(?:\d\.\d[^.?!]*)*\.", term.definition), term.definition
    if term.formula:
        ET.fromstring(term.mathml)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_the_example_of_a_term_is_small_and_moves(term):
    assert term.example.steps <= 200
    if not term.example.problem.is_network:
        descent = Descent(term.example, paced=False)
        blocks = [block for tick in descent for block in tick.blocks]
        params = [block.columns.index(name) for block in blocks[:1] for name in block.columns if name in ("p0", "p1")]
        assert all(
            abs(blocks[-1].data[params, run, -1] - blocks[0].data[params, run, 0]).max() > 0.5
            for run in range(len(descent.lanes))
        )


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("x ← x - lr g", "<mi>x</mi><mo>←</mo><mi>x</mi><mo>−</mo><mi>lr</mi><mtext>_</mtext><mi>g</mi>"),
        ("H v = λ v", "<mi>H</mi><mo>·</mo><mi>v</mi><mo>=</mo><mi>λ</mi><mo>·</mo><mi>v</mi>"),
        ("1 / √B", "<mfrac><mn>1</mn><msqrt><mi>B</mi></msqrt></mfrac>"),
        (
            "m / (1 - β₁ᵗ)",
            "<mfrac><mi>m</mi><mrow><mn>1</mn><mo>−</mo><msubsup><mi>β</mi><mn>1</mn><mi>t</mi></msubsup></mrow></mfrac>",
        ),
        ("f''(x)", "<msup><mi>f</mi><mo>′′</mo></msup><mo>·</mo><mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow>"),
        ("|x| < 0.5", "<mrow><mo>|</mo><mi>x</mi><mo>|</mo></mrow><mo>&lt;</mo><mn>0.5</mn>"),
        ("-mean log p", "<mo>−</mo><mi>mean</mi><mtext>_</mtext><mi>log</mi><mtext>_</mtext><mi>p</mi>"),
        (
            "2 (a + b)",
            "<mn>2</mn><mo>·</mo><mrow><mo>(</mo><mi>a</mi><mo>+</mo><mi>b</mi><mo>)</mo></mrow>",
        ),
        ("f(x, y)", "<mi>f</mi><mo>@</mo><mrow><mo>(</mo><mi>x</mi><mo>,</mo><mi>y</mi><mo>)</mo></mrow>"),
        ("a, b", "<mtable><mtr><mtd><mi>a</mi></mtd></mtr><mtr><mtd><mi>b</mi></mtd></mtr></mtable>"),
    ],
)
def test_formulas_as_a_textbook_has_them(text, made):
    assert markup(text) == made


@pytest.mark.parametrize("text", ["", "x +", "(x", "x)", "1 / ", "√", "x & y"])
def test_what_is_no_formula_is_refused(text):
    with pytest.raises(FormulaError):
        term_mathml(text)
