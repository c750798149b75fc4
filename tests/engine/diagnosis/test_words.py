"""How it is said: numbers that say something, the singular where there is one, and nothing twice."""

import re

import pytest
from diagnosing import NUMBER, diagnose, numbers_in, rule, sgd

SPECS = [
    ("parabola", sgd(0.1), 1, {}),
    ("parabola", sgd(1.0), 60, {}),
    ("parabola", sgd(1.05), 60, {}),
    ("parabola", sgd(1e-9), 50, {}),
    ("parabola", sgd(1e-14), 250, {}),
    ("parabola", sgd(0.3), 60, {}),
    ("parabola", sgd(0.8), 60, {}),
    ("parabola", sgd(0.49), 3, {}),
    ("parabola", sgd(0.1), 200, {"noise": 1.0}),
    ("parabola", sgd(1e-6, momentum=0.9), 300, {}),
    ("bowl", sgd(0.99999 / 6), 60, {}),
    ("bowl", sgd(0.99999 / 6), 600, {}),
    ("bowl", sgd(1 / 6), 600, {}),
    ("bowl", sgd(1.00001 / 6), 600, {}),
    ("bowl", sgd(0.001), 20, {}),
    ("bowl", rule("adam", 1e-5), 200, {}),
    ("bowl", rule("newton", 1.0), 10, {}),
    ("bowl", rule("lion", 1e-4), 300, {}),
    ("himmelblau", sgd(0.001), 3, {}),
    ("himmelblau", sgd(1e-5), 40, {}),
    ("rosenbrock", sgd(1e-4), 500, {}),
    ("rosenbrock", rule("adam", 0.01), 200, {}),
    ("rosenbrock", rule("nadam", 1e-6), 200, {}),
    ("styblinski_tang", rule("nadam", 0.34), 60, {}),
    ("six_hump_camel", sgd(1e-8), 60, {}),
    ("saddle", sgd(0.1), 300, {"start": [2.0, 0.0]}),
    ("monkey_saddle", sgd(0.05), 400, {"start": [1.0, 0.0]}),
    ("tilted_double_well", sgd(0.05), 400, {"start": [2.0]}),
    ("plateau", sgd(1.0), 30, {}),
    ("plateau", sgd(745.0, momentum=0.894), 50, {}),
    ("goldstein_price", rule("adam", 16.3), 200, {}),
    ("x + y^2", sgd(0.1), 40, {}),
    ("-x^2", sgd(0.1), 10, {}),
    ("abs(x)", sgd(0.3), 60, {"start": [1.0]}),
    ("log(x)", sgd(0.5), 40, {"start": [0.2]}),
    ("exp(-x^2-y^2)", sgd(0.01), 100, {}),
    ("100000*x^2+1000000", sgd(1e-6), 60, {}),
    ("1000*(x-1)^2 - 1.3054", sgd(1e-7), 60, {"start": [1.001]}),
    ("x^2 - 1.3054", sgd(1e-9), 60, {"start": [1e-3]}),
    ("x^2+y^2/1000", sgd(0.5), 100, {}),
    ({"kind": "quadratic", "eigenvalues": [2.0]}, sgd(1e-3), 30, {}),
    ({"kind": "quadratic", "eigenvalues": [1.0, 1e6]}, sgd(1e-6), 100, {}),
    ({"kind": "regression", "data": "thermometer", "scaling": "raw"}, sgd(1e-4), 200, {}),
    ({"kind": "regression", "data": "thermometer", "scaling": "standard"}, sgd(0.1), 200, {}),
    ({"kind": "network", "data": {"kind": "moons", "n": 100}, "hidden": [4]}, sgd(0.1), 1, {}),
    ({"kind": "network", "data": {"kind": "moons", "n": 100}, "hidden": [4]}, sgd(1e-7), 60, {}),
    ({"kind": "network", "data": {"kind": "moons", "n": 100}, "hidden": [4]}, rule("adam", 0.1), 200, {}),
]


@pytest.fixture(scope="module")
def diagnoses():
    return [diagnose(problem, optimizer, steps, **rest) for problem, optimizer, steps, rest in SPECS]


def texts(diagnoses):
    """Yield every sentence and formula, with the run it is about."""
    for found in diagnoses:
        yield found, found.because
        for note in found.notes:
            yield found, note["sentence"]
            if note["formula"]:
                yield found, note["formula"]


BAD = {
    "no number": r"\bnan\b|\bNone\b|\binf\b",
    "a step more than one": r"(?<![\d.,])1 (steps|variables|classes|examples|turns|units|directions)\b",
    "minus zero": r"-0(?![.\d])",
    "an empty pair of brackets": r"\(\s*\)",
    "two stops": r"\.\.|;;|,,| ,| \.(?!\d)",
    "nothing that remains": r"(leaves|left|keeps) -?[01](?![.\d]) (of|%)|leaves 100 %|by -?1(?![.\d]),",
    "a share of nothing": r"(?<![\d.])(0|100) %(?! of the (examples|relu|tanh|units|steps))",
}


@pytest.mark.parametrize("fault", BAD)
def test_no_sentence_has_a_number_that_says_nothing(diagnoses, fault):
    bad = [f"{text}  [{found.spec['runs']}]" for found, text in texts(diagnoses) if re.search(BAD[fault], text)]
    assert not bad, "\n".join(bad)


def test_no_formula_says_that_a_number_is_less_than_itself(diagnoses):
    for found, text in texts(diagnoses):
        for left, sign, right in re.findall(rf"({NUMBER}|-?inf) ([<>]) ({NUMBER}|-?inf)", text):
            assert "inf" not in (left + right), text
            low, high = (left, right) if sign == "<" else (right, left)
            assert numbers_in(low)[0] < numbers_in(high)[0], f"{text}  {found.spec}"


def test_two_ends_of_a_range_differ(diagnoses):
    for _, text in texts(diagnoses):
        for one, other in re.findall(rf"(?:between|from)[^.;]*? ({NUMBER}) (?:and|to) ({NUMBER})(?! %)", text):
            assert one != other, text
        for now, goal in re.findall(rf"({NUMBER})[^.;]* towards ({NUMBER})", text):
            assert now != goal, text


def test_a_number_of_steps_has_two_digits_and_is_no_more_than_a_million(diagnoses):
    for _, text in texts(diagnoses):
        for count in re.findall(rf"(?:about|least) ({NUMBER}) (?:more )?steps?", text):
            value = numbers_in(count)[0]
            assert value <= 1e6, text
            assert value == 0 or float(f"{value:.1e}") == value, text


def test_a_vanished_gradient_is_told_as_a_share_of_the_first(diagnoses):
    """|g| = .00292 has not vanished by itself: it has beside a first gradient of 3 000."""
    found = diagnose("goldstein_price", sgd(1e-5), 4500, start=[2.0, 1.0])
    assert found.kind == "stalled"
    assert found.columns["grad_norm"][-1] > 1e-4
    assert re.search(r"of (the|its) first|of what it was|at the start|millionth", found.because), found.because
    wells = [diagnose("tilted_double_well", sgd(0.02), steps, start=[2.0]) for steps in (80, 100)]
    vanished = [one for one in (*diagnoses, *wells, found) if "vanished" in one.said]
    assert len(vanished) >= 3
    for one in vanished:
        gradient = one.columns["grad_norm"]
        assert gradient[-1] <= 1e-6 * max(1.0, gradient[0])


def test_converged_is_within_a_millionth_not_within_five_digits(diagnoses):
    converged = [one for one in diagnoses if one.kind == "converged"]
    assert len(converged) >= 3
    for one in converged:
        assert not re.search(r"within \d[\d.]*e-\d+ of|within 0\.0\d+ of", one.because), one.because


def sentences_of(text):
    return [part.strip(" .") for part in re.split(r"(?<=[.!?]) ", text) if part.strip()]


def test_nothing_is_said_twice(diagnoses):
    for one in diagnoses:
        said = [
            part for text in (one.because, *(note["sentence"] for note in one.notes)) for part in sentences_of(text)
        ]
        first = sentences_of(one.notes[0]["sentence"]) if one.notes else []
        repeated = {part for part in said if said.count(part) > 1} - set(first)
        assert not repeated, repeated
        counts = re.findall(rf"(?:about|least) ({NUMBER}) (?:more )?steps?", " ".join(dict.fromkeys(said)))
        assert len(counts) == len(set(counts)), one.said


def test_what_is_said_agrees_with_itself(diagnoses):
    """A number of steps, a rate to try and a limit are one number wherever they are told."""
    for one in diagnoses:
        joined = " ".join(dict.fromkeys([one.because, *(note["sentence"] for note in one.notes)]))
        counts = {numbers_in(count)[0] for count in re.findall(rf"about ({NUMBER}) (?:more )?steps? (?:more)?", joined)}
        assert len(counts) <= 1, joined
        limits = {f"{numbers_in(limit)[0]:.2g}" for limit in re.findall(rf"stability limit(?: of)? ({NUMBER})", joined)}
        assert len(limits) <= 1, joined


@pytest.mark.parametrize("lr", [0.99999 / 6, 0.9999 / 6, 0.999 / 6])
def test_a_rate_just_below_the_limit_converges_and_is_told_so(lr):
    found = diagnose("bowl", sgd(lr), 600)
    assert found.kind == "unfinished"
    assert not found.says("for ever|does not fall|neither settle")
    assert found.says(r"below|% of (the|its) (stability )?limit")
    for left, right in re.findall(rf"({NUMBER}) < ({NUMBER})", found.said):
        assert left != right


def test_the_gap_is_told_where_loss_and_minimum_look_alike():
    found = diagnose("styblinski_tang", sgd(0.01), 13, start=[-2.5, -3.2])
    assert found.kind == "unfinished"
    assert not found.says(r"loss is -78\.332[^.]*towards -78\.332")
    assert found.says(r"1\.04e-4|1\.04 × 10")


def test_the_square_of_a_power_of_ten_stands_in_brackets():
    found = diagnose("plateau", sgd(1.0), 500, start=[4.0, 4.0])
    assert found.note("plateau")["formula"].startswith("η|g|² = 1 × (6.75 × 10⁻¹⁰)² = ")


@pytest.mark.parametrize(
    ("lr", "formula"), [(2.5, "η = 2.5 > 2"), (2.0, "η = 2"), (0.01, "η = 0.01 < 2"), (2.01, "η = 2.01 > 2")]
)
def test_newtons_limit_is_said_without_a_curvature(lr, formula):
    found = diagnose("booth", rule("newton", lr), 100)
    assert formula in [note["formula"] for note in found.notes]
    assert not found.says("of Newton's method at ")


def test_an_explosion_that_is_the_end_is_said_once():
    found = diagnose("bowl", sgd(1e150), 100)
    assert found.outcome["exploded"] == found.outcome["nonfinite"] == 2
    assert found.because.count("step 2") == 1


def test_a_range_of_one_number_is_that_number():
    found = diagnose("styblinski_tang", rule("newton", 1.0), 30, start=[0.2, 0.1])
    assert found.note("saddle")["formula"] == "λ = −15.9"


def test_a_factor_near_1_is_not_1():
    x = [float(i) for i in range(0, 1000, 34)]
    problem = {"kind": "regression", "x": x, "y": [3 * one + 100 for one in x], "scaling": "raw"}
    found = diagnose(problem, sgd(2.9e-6), 100)
    assert "zigzag" in found.note_kinds
    assert not found.says(r"±1\b(?!\.)|by 1\.? ")


@pytest.mark.parametrize("lr", [1e-7, 1e-8])
def test_the_best_rate_as_written_is_below_the_limit(lr):
    x = [float(i) for i in range(0, 1000, 34)]
    problem = {"kind": "regression", "x": x, "y": [3 * one + 100 for one in x], "scaling": "raw"}
    found = diagnose(problem, sgd(lr), 100)
    best = numbers_in(found.said.split("the best rate here is ")[1])[0]
    assert best < found.evidence["limit"]
    assert diagnose(problem, sgd(best), 2000).kind not in ("diverged", "growing", "oscillating")
