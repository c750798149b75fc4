"""The explanation card in a real Chromium: what it says of several outcomes, and that its advice can be followed."""

import pytest
from playwright.sync_api import expect

WAIT = 60_000  # milliseconds, on a busy machine
OPEN = """async (spec) => {
  const { encode } = await import("/state/link.js");
  location.hash = encode({ spec, view: { selected: 0, log: true, follow: false, axis: "steps" } });
}"""


def show(page, problem, run, steps):
    if isinstance(problem, str):
        problem = {"kind": "formula", "text": problem}
    page.evaluate(OPEN, {"problem": problem, "runs": [run], "steps": steps, "seed": 0, "dtype": "float64"})


def descent(lr, **rest):
    return {"optimizer": {"kind": "sgd", "lr": lr}, **rest}


CASES = [
    (
        {"kind": "parabola"},
        descent(0.001),
        1000,
        ["Why is it not there yet?", "lr × λ = 0.001 × 2 = 0.002 < 2", "steps to go", "2,451"],
        "Use lr 0.00345",
        "converged",
    ),
    (
        "x**2 + 100*y**2",
        descent(0.0095, start=[-4, 1]),
        200,
        ["it jumps from wall to wall", "1 < lr × λ = 0.0095 × 200 = 1.9 < 2", "condition κ"],
        "Use lr 0.0099",
        "zigzag",
    ),
    (
        {"kind": "saddle"},
        descent(0.1, start=[2, 0]),
        400,
        ["Why did it stall?", "one direction leads down", "steps to leave"],
        "Add noise 0.01",
        "noise 0.01",
    ),
]


@pytest.mark.parametrize(("problem", "run", "steps", "said", "button", "then"), CASES)
def test_a_card_explains_in_numbers_and_its_advice_can_be_followed(open_page, problem, run, steps, said, button, then):
    page = open_page(reduced_motion="reduce")
    show(page, problem, run, steps)
    card = page.locator("#why")
    for text in said:
        expect(card).to_contain_text(text, timeout=WAIT)
    card.get_by_role("button", name=button).click()
    expect(page.locator(".run[data-selected]")).to_contain_text(then, timeout=WAIT)
    expect(card.get_by_role("button", name=button)).to_have_count(0)


def test_a_formula_that_is_left_names_operation_step_and_point(open_page):
    page = open_page(reduced_motion="reduce")
    show(page, "log(x) + x", descent(0.5, start=[0.3]), 40)
    said = "Log of a negative number at step 1 (x = −1.87)."
    expect(page.locator("#why")).to_contain_text(said, timeout=WAIT)
