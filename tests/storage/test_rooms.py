"""Rooms, members and whose things are, on both stores: one room goes on until it ends, one key signs for good."""

import pytest

from slalom.errors import NotFound
from slalom.storage.rooms import KEY_BYTES, Member


def test_the_newest_room_that_has_not_ended_goes_on(open_store):
    rooms = open_store().rooms
    assert rooms.newest() is None
    first, second = rooms.create("AAAAAA"), rooms.create("BBBBBB")
    assert (second.id > first.id, second.open, second.ended, second.revision) == (True, True, None, 0)
    assert open_store().rooms.newest() == second
    ended = rooms.end(second.id)
    assert (ended.open, ended.ended is not None, rooms.end(second.id).ended) == (False, True, ended.ended)
    assert open_store().rooms.newest() == first
    rooms.end(first.id)
    assert open_store().rooms.newest() is None


def test_a_room_changes_as_it_is_told(store):
    id = store.rooms.create("AAAAAA").id
    assert store.rooms.set_code(id, "CCCCCC").code == "CCCCCC"
    assert store.rooms.set_open(id, False).open is False
    assert store.rooms.set_open(id, True).open is True
    stage = store.rooms.set_stage(id, '{"revision": 3}', 3)
    assert (stage.stage, stage.revision) == ('{"revision": 3}', 3)
    assert store.rooms.newest() == stage
    for change in (lambda: store.rooms.set_code("nothing", "A"), lambda: store.rooms.end("nothing")):
        with pytest.raises(NotFound, match="--class"):
            change()


def test_a_member_is_one_of_one_room_with_the_last_role(open_store):
    rooms = open_store().rooms
    here, there = (rooms.create(code).id for code in ("AAAAAA", "BBBBBB"))
    for role in ("student", "student", "teacher"):
        rooms.join(here, "x" * 64, role)
    rooms.join(there, "x" * 64, "student")
    rooms.set_nickname(here, "x" * 64, "Ada")
    assert open_store().rooms.members(here) == {"x" * 64: Member("teacher", "Ada")}
    assert rooms.members(there) == {"x" * 64: Member("student")}
    with pytest.raises(NotFound):
        rooms.set_nickname(here, "nobody", "Eve")


def test_one_key_signs_for_good(open_store):
    key = open_store().rooms.signing_key()
    assert len(key) == KEY_BYTES
    assert open_store().rooms.signing_key() == key


def test_a_list_has_what_somebody_sees(store):
    def made(client):
        return store.experiments.create(kind="comparison", name="a", spec="{}", owner="test", client=client).id

    mine, shared, hidden = made("me"), made("you"), made("you")
    assert store.experiments.share(shared, True).shared
    store.experiments.share(mine, True)
    assert not store.experiments.share(mine, False).shared

    def listed(**whose):
        return {record.id for record in store.experiments.list(**whose)[0]}

    assert listed() == {mine, shared, hidden}
    assert listed(seen_by="me") == {mine, shared}
    assert listed(client="you") == {shared, hidden}
    assert listed(seen_by="me", client="you") == {shared}
    assert listed(shared=True) == {shared}
    store.experiments.delete(hidden)
    assert store.experiments.holder(hidden) == ("you", False)
    assert store.experiments.holder("000000000000") is None
    with pytest.raises(NotFound):
        store.datasets.share("d000000000000", True)
    assert store.datasets.holder("d000000000000") is None
