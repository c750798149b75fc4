"""The pace of messages, on a clock of our own."""

from slalom.web.live.socket import RateLimit


def test_so_many_at_once_and_then_so_many_a_second():
    now = [0.0]
    pace = RateLimit(20, clock=lambda: now[0])
    assert [pace.delay() for _ in range(20)] == [0.0] * 20
    assert pace.delay() == 1 / 20
    now[0] = 0.05
    assert pace.delay() == 1 / 20
    now[0] = 100.0
    assert [pace.delay() for _ in range(21)] == [0.0] * 20 + [1 / 20]


def test_many_that_came_together_are_waited_for_together():
    pace = RateLimit(100, clock=lambda: 0.0)
    assert pace.delay(100) == 0.0
    assert pace.delay(50) == 0.5
