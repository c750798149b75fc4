"""The pace of messages, on a clock of our own."""

from slalom.web.inbox import Pace


def test_so_many_at_once_and_then_so_many_a_second():
    now = [0.0]
    pace = Pace(20, clock=lambda: now[0])
    assert [pace.allows() for _ in range(21)] == [True] * 20 + [False]
    now[0] = 0.1
    assert [pace.allows() for _ in range(2)] == [True, False]
    now[0] = 100.0
    assert [pace.allows() for _ in range(21)] == [True] * 20 + [False]
