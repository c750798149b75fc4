"""What each kind of poll takes as an answer, and what is made of many."""

import pytest
from pydantic import ValidationError

from slalom.errors import SpecError
from slalom.room.polls import BINS, LARGEST, POLL, POLL_MOVES, SHAPE_BYTES

CHOICE = {"kind": "choice", "question": "Which?", "options": ["SGD", "Adam", "neither"]}
NUMBER = {"kind": "number", "question": "When?", "shape": {"low": 1, "high": 1000, "whole": True, "mark": "step"}}
RATE = {"kind": "number", "question": "Which rate?", "shape": {"low": 1e-4, "high": 10}}
SKETCH = {"kind": "sketch", "question": "How?", "shape": {"steps": [0, 25, 50, 75, 100], "log": True}}


def poll(asked, **other):
    return POLL.validate_python(asked | other)


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        *((CHOICE, value) for value in (0, 2)),
        *((NUMBER, value) for value in (1, 2.0, 1000)),
        *((RATE, value) for value in (1e-4, 0.3, 10)),
        *((SKETCH, value) for value in ([0, 1, 2, 3, 4.5], [LARGEST] * 5, [-LARGEST] * 5)),
    ],
)
def test_what_is_an_answer(asked, value):
    assert poll(asked).checked(value) == value


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        *((CHOICE, value) for value in (-1, 3, 1.0, True, None, "1", [1])),
        *((NUMBER, value) for value in (0, 0.999, 1.5, 1001, True, "5", [5], float("nan"), float("inf"), 10**400)),
        *((RATE, value) for value in (9.9e-5, 10.001, None)),
        *((SKETCH, value) for value in ([0] * 4, [0] * 6, [0, 0, 0, 0, None], [0, 0, 0, 0, float("inf")], 5, "12345")),
        (SKETCH, [0, 0, 0, 0, 1.1e300]),
        (SKETCH, [True] * 5),
    ],
)
def test_what_is_none(asked, value):
    with pytest.raises(SpecError, match="The value must be") as refused:
        poll(asked).checked(value)
    assert refused.value.loc == ("value",)


def test_options_are_counted():
    assert poll(CHOICE).result([0, 2, 2]) == {"count": 3, "counts": [1, 0, 2]}
    assert poll(CHOICE).result([]) == {"count": 0, "counts": [0, 0, 0]}


def test_numbers_have_a_median_and_bars_of_equal_ratio():
    found = poll(NUMBER).result([1, 10, 10, 1000])
    assert (found["count"], found["median"], sum(found["counts"])) == (4, 10, 4)
    assert (found["counts"][0], found["counts"][-1], max(found["counts"])) == (1, 1, 2)
    ratios = [high / low for low, high in zip(found["edges"][:-1], found["edges"][1:], strict=True)]
    assert ratios == pytest.approx([1000 ** (1 / BINS)] * BINS)
    assert poll(NUMBER).result([])["median"] is None


def test_sketches_have_a_median_and_quartiles_at_every_point():
    found = poll(SKETCH).result([[k, 2 * k, 0, -k, 1] for k in (1, 2, 3, 4, 5)])
    assert (found["count"], found["median"]) == (5, [3, 6, 0, -3, 1])
    assert (found["low"], found["high"]) == ([2, 4, 0, -4, 1], [4, 8, 0, -2, 1])
    assert poll(SKETCH).result([]) == {"count": 0, "median": None, "low": None, "high": None}


@pytest.mark.parametrize("asked", [CHOICE | {"shape": {"holds": False}}, NUMBER, SKETCH])
def test_what_a_shape_has_besides_is_kept(asked):
    given = asked["shape"] | {"name": "loss", "mine": [1, {"a": None}]}
    kept = poll(asked, shape=given).model_dump(mode="json")["shape"]
    assert {name: kept[name] for name in given} == given


@pytest.mark.parametrize(("spare", "fits"), [(1, True), (0, True), (-1, False)])
def test_a_shape_is_small(spare, fits):
    least = len(poll(CHOICE, shape={"text": ""}).shape.model_dump_json())
    shape = {"text": "x" * (SHAPE_BYTES - least - spare)}
    if fits:
        assert poll(CHOICE, shape=shape)
    else:
        with pytest.raises(ValidationError, match=r"has 4,097 bytes; use at most 4,096"):
            poll(CHOICE, shape=shape)


@pytest.mark.parametrize(
    "wrong",
    [
        CHOICE | {"options": ["only one"]},
        CHOICE | {"options": ["x"] * 9},
        CHOICE | {"options": ["a", "b\u202e"]},
        CHOICE | {"question": ""},
        CHOICE | {"question": "x" * 2001},
        NUMBER | {"shape": {"low": 0, "high": 1}},
        NUMBER | {"shape": {"low": 2, "high": 2}},
        NUMBER | {"options": ["a", "b"]},
        SKETCH | {"shape": {"steps": [0, 1, 2, 3]}},
        SKETCH | {"shape": {"steps": [0, 1, 2, 2, 3]}},
        {"kind": "number", "question": "When?"},
        {"kind": "essay", "question": "Why?"},
    ],
)
def test_what_cannot_be_asked(wrong):
    with pytest.raises(ValidationError):
        POLL.validate_python(wrong)


def test_every_way_leads_to_what_is_revealed_and_none_from_there():
    reached, ways = set(), [("open", 1)]
    while ways:
        here = ways.pop()
        reached.add(here)
        ways += [there for there in POLL_MOVES[here] if there not in reached]
    assert reached == set(POLL_MOVES)
    assert all(not POLL_MOVES["revealed", round] for round in (1, 2))
    assert all(there[1] >= here[1] for here, ways in POLL_MOVES.items() for there in ways), "Nobody goes back a round."


def test_a_table_has_texts_and_no_formulas():
    asked = poll(CHOICE, options=["=1+1", "plain"])
    assert [asked.cells(k) for k in (0, 1)] == [["'=1+1"], ["plain"]]
    assert poll(SKETCH).cells([1, 2, 3, 4, 5]) == [1, 2, 3, 4, 5]
