"""Votes are counted once each whatever arrives how often; polls, offers and boards outlive the server."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from slalom.errors import Conflict, NotFound
from slalom.room.polls import POLL_MOVES

ASKED = '{"kind": "choice", "question": "Which?", "options": ["a", "b"]}'


@pytest.fixture
def room(store):
    return store.rooms.create("ABCDEF").id


@pytest.fixture
def poll(store, room):
    return store.polls.add(room, ASKED).id


def test_a_new_poll_is_open_in_its_first_round(store, room, poll):
    found = store.polls.get(room, poll)
    assert (found.state, found.round, found.asked) == ("open", 1, ASKED)


def test_a_vote_takes_the_place_of_the_one_before_it_and_each_round_has_its_own(store, room, poll):
    for value in ("0", "1", "1"):
        store.polls.vote(room, poll, 1, "a", value)
    store.polls.vote(room, poll, 1, "b", "0")
    for state, round in (("closed", 1), ("open", 2)):
        store.polls.move(room, poll, state, round, POLL_MOVES)
    store.polls.vote(room, poll, 2, "a", "0")
    assert [sorted(store.polls.votes(poll, round)) for round in (1, 2)] == [["0", "1"], ["0"]]
    assert [store.polls.vote_of(poll, round, "a") for round in (1, 2)] == ["1", "0"]
    assert store.polls.vote_of(poll, 2, "b") is None


def test_votes_that_arrive_together_and_again_are_counted_once_each(store, room, poll):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda n: store.polls.vote(room, poll, 1, f"visitor {n % 40}", str(n % 2)), range(120)))
    assert len(store.polls.votes(poll, 1)) == 40


def test_nothing_is_counted_once_a_round_is_closed(store, room, poll):
    """Whoever was told that a vote counts is among those that are counted when the round is closed."""
    counted = []

    def vote(n):
        try:
            store.polls.vote(room, poll, 1, f"visitor {n}", "1")
        except Conflict:
            return
        counted.append(n)

    with ThreadPoolExecutor(8) as threads:
        voting = [threads.submit(vote, n) for n in range(60)]
        store.polls.move(room, poll, "closed", 1, POLL_MOVES)
        found = len(store.polls.votes(poll, 1))
        for one in voting:
            one.result()
    assert len(store.polls.votes(poll, 1)) == found == len(counted)


@pytest.mark.parametrize(
    ("moves", "round"), [([], 2), ([("closed", 1)], 1), ([("closed", 1), ("open", 2)], 1), ([("closed", 1)], 2)]
)
def test_a_vote_in_a_round_that_is_not_open_is_refused_with_the_state(store, room, poll, moves, round):
    for state, to in moves:
        store.polls.move(room, poll, state, to, POLL_MOVES)
    now = store.polls.get(room, poll)
    with pytest.raises(Conflict, match=f"is {now.state} in round {now.round}"):
        store.polls.vote(room, poll, round, "a", "0")
    assert store.polls.votes(poll, round) == []


def test_a_poll_moves_only_as_it_may(store, room, poll):
    for here, ways in POLL_MOVES.items():
        for there in POLL_MOVES:
            id = store.polls.add(room, ASKED).id
            for step in path(here):
                store.polls.move(room, id, *step, POLL_MOVES)
            if there == here or there in ways:
                moved = store.polls.move(room, id, *there, POLL_MOVES)
                assert (moved.state, moved.round) == there
            else:
                with pytest.raises(Conflict, match=f"is {here[0]} in round {here[1]} and cannot become {there[0]}"):
                    store.polls.move(room, id, *there, POLL_MOVES)


def path(to):
    """Return the shortest way from a new poll to a state."""
    ways = [[("open", 1)]]
    while ways[0][-1] != to:
        first = ways.pop(0)
        ways += [[*first, there] for there in POLL_MOVES[first[-1]]]
    return ways[0][1:]


def test_what_is_of_another_room_is_not_there(store, room, poll):
    other = store.rooms.create("GHJKMN").id
    offer = store.offers.add(room, "a", "mine", "1.x.y", None)
    challenge = store.challenges.add(room, "{}").id
    for ask in (
        lambda: store.polls.get(other, poll),
        lambda: store.polls.vote(other, poll, 1, "a", "0"),
        lambda: store.polls.move(other, poll, "closed", 1, POLL_MOVES),
        lambda: store.offers.get(other, offer),
        lambda: store.challenges.get(other, challenge),
        lambda: store.challenges.hide(challenge, "nobody's", True),
    ):
        with pytest.raises(NotFound):
            ask()
    assert (store.offers.list(other), store.challenges.list(other)) == ([], [])


def test_everybody_has_one_open_offer(store, room):
    store.rooms.join(room, "a", "student")
    store.rooms.set_nickname(room, "a", "Ada")
    store.offers.add(room, "a", "first", "1.x.y", None)
    store.offers.add(room, "b", "other", None, "0123456789abcdef")
    id = store.offers.add(room, "a", "second", "1.x.z", None)
    told = [(one.name, one.state, one.experiment, one.nickname) for one in store.offers.list(room)]
    assert told == [("other", None, "0123456789abcdef", None), ("second", "1.x.z", None, "Ada")]
    assert "visitor" not in store.offers.get(room, id).told()
    store.offers.remove(id)
    assert [one.name for one in store.offers.list(room)] == ["other"]


def test_the_best_of_everybody_is_on_the_board(store, room):
    id = store.challenges.add(room, json.dumps({"title": "x"})).id
    for visitor, steps in (("a", 50), ("b", 30), ("a", 40), ("a", 45), ("c", 30), ("a", 40)):
        store.challenges.submit(id, visitor, steps, f"{visitor} in {steps}")
    board = store.challenges.board(id, room)
    assert [(one.visitor, one.steps, one.words) for one in board] == [
        ("b", 30, "b in 30"),
        ("c", 30, "c in 30"),
        ("a", 40, "a in 40"),
    ]
    store.challenges.hide(id, board[0].id, True)
    store.challenges.submit(id, "b", 20, "better")
    first = store.challenges.board(id, room)[0]
    assert (first.id, first.hidden, first.steps) == (board[0].id, True, 20), "Who is hidden stays so."


def test_all_of_it_is_there_for_the_next_server(store, open_store, room, poll):
    store.polls.vote(room, poll, 1, "a", "1")
    store.offers.add(room, "a", "mine", "1.x.y", None)
    id = store.challenges.add(room, "{}").id
    store.challenges.submit(id, "a", 3, "SGD")
    store.rooms.set_stage(room, '{"revision": 4}', 4)
    store.close()
    again = open_store()
    assert again.rooms.newest().stage == '{"revision": 4}'
    assert again.polls.votes(poll, 1) == ["1"]
    assert [one.name for one in again.offers.list(room)] == ["mine"]
    assert [one.steps for one in again.challenges.board(id, room)] == [3]


def test_a_heavy_student_waits_behind_the_first_of_everybody_else(store):
    def made(client):
        about = {"kind": "comparison", "name": "x", "spec": "{}", "owner": "o"}
        return store.experiments.create(client=client, **about).id

    heavy = [made("heavy") for _ in range(4)]
    light = [made(client) for client in ("a", "b")]
    assert store.experiments.queued("o") == [heavy[0], *light, *heavy[1:]]
    store.experiments.claim(heavy[0], "worker")
    later = made("c")
    assert store.experiments.queued("o") == [*light, later, *heavy[1:]]
    assert store.experiments.queued("o", limit=2) == light
