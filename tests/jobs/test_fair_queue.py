"""Turns go round, places are shared, and who is sent away is told so."""

import asyncio
import random
from functools import wraps

import pytest

from slalom.errors import Busy
from slalom.jobs.fair_queue import Asker, FairQueue


def in_a_loop(test):
    """Return a test that runs where futures can be made."""

    @wraps(test)
    def run():
        async def main():
            test()

        asyncio.run(main())

    return run


def fill(line, *askers, long=False):
    return [line.join(Asker(*asker), long) for asker in askers]


def served(line, long=True):
    found = []
    while (turn := line.next(long)) is not None:
        found.append(tuple(turn.asker))
    return found


A1, A2, B1, C1 = ("a", 1), ("a", 2), ("b", 1), ("c", 1)


@in_a_loop
def test_turns_go_round_clients_and_then_round_their_connections():
    line = FairQueue(32)
    fill(line, A1, A1, A1, A2, B1, B1)
    assert served(line) == [A1, B1, A2, B1, A1, A1]
    assert len(line) == 0


@in_a_loop
def test_who_was_served_and_comes_back_is_the_last():
    line = FairQueue(32)
    fill(line, A1, B1)
    assert tuple(line.next(long=True).asker) == A1
    fill(line, C1, A1)
    assert served(line) == [B1, C1, A1]


@in_a_loop
def test_long_requests_wait_on_and_let_short_ones_pass():
    line = FairQueue(32)
    fill(line, A1, B1, long=True)
    fill(line, A1, C1)
    assert served(line, long=False) == [A1, C1]
    assert served(line) == [B1, A1]


@in_a_loop
def test_of_one_client_at_most_so_many_wait_over_all_its_connections():
    line = FairQueue(32, each=3)
    fill(line, A1, A2)
    third = line.join(Asker(*A1), long=False)
    with pytest.raises(Busy, match="3 simulations of yours wait already"):
        fill(line, A2)
    fill(line, B1, B1, B1)
    line.leave(third)
    fill(line, A2)
    fill(line, *[("", 1)] * 9)  # The server's own.
    assert len(line) == 3 + 3 + 9


@in_a_loop
def test_who_leaves_gives_up_its_place():
    line = FairQueue(2)
    first, second = fill(line, A1, A1)
    line.leave(first)
    line.leave(first)
    assert len(line) == 1
    assert line.next(long=True) is second
    line.leave(second)
    assert line.next(long=True) is None


@pytest.mark.parametrize(
    ("waiting", "new", "victim"),
    [
        ([A1, A1, B1], C1, 1),  # The newest of whoever has most.
        ([A1, A2, A2, B1], C1, 2),  # Of the connection that has most.
        ([A1, A1, A2], B1, 1),
        ([A1, A1, A1], A2, 2),  # The same address: connections count.
        ([A1, A1, A1], A1, None),
        ([A1, A1, B1], B1, None),  # Both would have two: nobody gives way.
        ([A1, A2, B1], C1, 1),
        ([A1, A2, ("a", 3)], ("a", 4), None),  # One each: as fair as can be.
        ([A1, B1], C1, None),
    ],
)
def test_places_are_shared(waiting, new, victim):
    async def main():
        line = FairQueue(len(waiting))
        turns = fill(line, *waiting)
        if victim is None:
            with pytest.raises(Busy, match=f"{len(waiting)} simulations wait already"):
                fill(line, new)
        else:
            fill(line, new)
        gone = [i for i, turn in enumerate(turns) if turn.given.done()]
        assert gone == ([] if victim is None else [victim])
        for i in gone:
            with pytest.raises(Busy, match="Try again"):
                await turns[i].given
        assert len(line) == len(waiting)

    asyncio.run(main())


def test_a_place_is_when_one_is_served():
    async def main():
        chance = random.Random(3)
        for _ in range(50):
            line = FairQueue(100)
            turns = fill(line, *((chance.choice("abc"), chance.randrange(3)) for _ in range(chance.randrange(1, 20))))
            for _ in range(chance.randrange(len(turns))):
                turns.remove(line.next(long=True))
            places = {id(turn): line.place(turn) for turn in turns}
            served = [line.next(long=True) for _ in turns]
            assert [places[id(turn)] for turn in served] == [*range(1, len(turns) + 1)]
            assert {line.place(turn) for turn in served} == {0}

    asyncio.run(main())


@in_a_loop
def test_there_are_so_many_places_and_no_more():
    line = FairQueue(3)
    fill(line, A1, A2)
    assert len(line) == 2
    fill(line, B1)
    with pytest.raises(Busy):
        fill(line, B1)


@in_a_loop
def test_everybody_can_be_sent_away():
    line = FairQueue(3)
    turns = fill(line, A1, A1, B1)
    line.refuse("The server is stopping.")
    assert len(line) == 0
    assert [str(turn.given.exception()) for turn in turns] == ["The server is stopping."] * 3
