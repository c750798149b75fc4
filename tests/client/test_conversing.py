"""A change of a room's stage, message by message."""

import json

import pytest

from slalom import ClientError
from slalom.client.conversing import Led

STAGE = {
    "revision": 5,
    "view": {"page": "workbench", "lesson": None, "part": None},
    "cursor": {"step": 0, "playing": False, "speed": 1.0},
    "axes": None,
    "highlight": None,
    "poll": None,
    "challenge": None,
    "presented": None,
}


def told(revision, **parts):
    return json.dumps({"type": "stage", "stage": STAGE | parts | {"revision": revision}})


def begun(change):
    led = Led(change)
    assert json.loads(led.take(told(5))) == {"type": "stage", "revision": 5, "change": change}
    return led


@pytest.mark.parametrize(
    ("change", "made"),
    [
        ({"highlight": "loss"}, {"highlight": "loss"}),
        (
            {"view": {"page": "lesson", "lesson": "momentum"}},
            {"view": {"page": "lesson", "lesson": "momentum", "part": None}},
        ),
        ({"poll": "0123456789ab"}, {"poll": {"id": "0123456789ab", "state": "open"}}),
        ({"axes": {"loss": {"x": [0, 1]}}, "cursor": {"step": 3}}, {"axes": {"loss": {"x": [0, 1]}}}),
    ],
)
def test_a_cursor_that_another_moves_is_not_taken_for_the_change(change, made):
    led = begun(change)
    moved = {"cursor": {"step": 7, "playing": True, "speed": 1.0}}
    for message in (told(5), told(6, **moved), json.dumps({"type": "room", "members": 3})):
        assert led.take(message) is None
        assert led.stage is None
    assert led.take(told(7, **moved, **made)) is None
    assert led.stage["revision"] == 7


def test_of_the_cursor_the_last_word_counts():
    led = begun({"cursor": {"step": 3}})
    led.take(told(6, cursor={"step": 4, "playing": True, "speed": 1.0}))
    assert led.stage["revision"] == 6


def test_what_another_has_changed_is_told_and_so_is_a_refusal():
    led = begun({"highlight": "loss"})
    with pytest.raises(ClientError, match="Somebody else has changed the stage") as refused:
        led.take(told(6, highlight="stage"))
    assert (refused.value.status, led.stage) == (409, None)
    with pytest.raises(ClientError, match="too large"):
        begun({"highlight": "loss"}).take(json.dumps({"type": "problem", "status": 422, "detail": "too large"}))
