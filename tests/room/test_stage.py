"""What a change makes of the stage, and what is no change."""

import pytest
from pydantic import ValidationError

from slalom.errors import SpecError
from slalom.room.stage import ROOM_MESSAGE, StageChange, StageDocument, as_stored

BEFORE = StageDocument.model_validate(
    {"revision": 7, "view": {"page": "lesson", "lesson": "momentum"}, "cursor": {"step": 5, "speed": 2.0}}
    | {"highlight": "loss", "poll": {"id": "x"}, "presented": {"nickname": "Ada"}}
)


def after(**change):
    return BEFORE.changed(StageChange.model_validate(change), {"id": "y"})


def test_what_is_not_named_stays():
    now = after(highlight=None)
    assert (now.revision, now.highlight) == (8, None)
    assert now.model_dump(exclude={"revision", "highlight"}) == BEFORE.model_dump(exclude={"revision", "highlight"})


def test_a_part_of_the_cursor_moves():
    assert after(cursor={"step": 9}).cursor.model_dump() == {"step": 9, "playing": False, "speed": 2.0}
    assert StageChange.model_validate({"cursor": {"step": 9}}).only_cursor
    assert not StageChange.model_validate({"cursor": {"step": 9}, "highlight": None}).only_cursor


def test_another_view_is_another_as_a_whole():
    assert after(view={"page": "workbench"}).view.lesson is None


@pytest.mark.parametrize(
    ("lesson", "poll", "lets_run"),
    [
        (False, None, True),
        (False, {"state": "open"}, False),
        (False, {"state": "closed", "shape": {"holds": True}}, False),
        (False, {"state": "open", "shape": {"holds": False}}, True),
        (False, {"state": "revealed"}, True),
        (True, None, False),
        (True, {"state": "closed"}, False),
        (True, {"state": "revealed"}, True),
        (True, {"state": "open", "shape": {"holds": False}}, True),
    ],
)
def test_runs_are_seen_once_a_poll_is_revealed_or_the_teacher_lets_them_go(lesson, poll, lets_run):
    view = {"page": "lesson", "lesson": "momentum", "part": "predict"} if lesson else {}
    stage = StageDocument.model_validate({"view": view, "poll": poll})
    assert stage.lets_run == lets_run
    assert stage.keeps_answers("momentum") == ((lesson or poll is not None) and not lets_run)
    assert stage.keeps_answers("ravines") == (poll is not None and not lets_run)
    if lesson and poll is None:
        assert stage.changed(StageChange.model_validate({"cursor": {"playing": True}})).lets_run
        assert stage.changed(StageChange.model_validate({"view": view | {"part": "why"}})).lets_run


def test_a_poll_is_named_and_what_it_says_comes_from_the_store():
    assert after(poll="0123456789abcdef").poll == {"id": "y"}
    assert BEFORE.changed(StageChange.model_validate({"poll": None})).poll is None


@pytest.mark.parametrize(
    "change",
    [
        {"revision": 3},
        {"poll": {"question": "mine"}},
        {"presented": {"nickname": "Ada"}},
        {"cursor": {"step": -1}},
        {"cursor": {"step": 1.5}},
        {"cursor": {"speed": 0}},
        {"view": {"page": "elsewhere"}},
        {"view": {"page": "lesson", "lesson": "../etc"}},
        {"view": {"page": "workbench", "experiment": "x' OR 1"}},
        {"view": {"page": "workbench", "state": "<script> "}},
        {"highlight": "x" * 201},
    ],
)
def test_what_is_no_change(change):
    with pytest.raises(ValidationError):
        StageChange.model_validate(change)


@pytest.mark.parametrize(("spare", "fits"), [(1, True), (0, True), (-1, False)])
def test_a_stage_has_a_largest_size(spare, fits):
    document = after(axes={"loss": "x" * 100})
    size = len(document.model_dump_json())
    if fits:
        assert StageDocument.model_validate_json(as_stored(document, size + spare)) == document
    else:
        with pytest.raises(SpecError, match=f"would have {size:,} bytes"):
            as_stored(document, size + spare)


def test_messages_are_of_two_kinds():
    assert ROOM_MESSAGE.validate_json('{"type":"ack","revision":3,"following":false}').following is False
    with pytest.raises(ValidationError, match="stage"):
        ROOM_MESSAGE.validate_json('{"type":"shout"}')
