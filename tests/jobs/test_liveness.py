"""A pulse counts seconds without beats and without work, and seconds of work without beats."""

import os
import subprocess
import sys
import time

import pytest

from slalom.jobs import liveness
from slalom.jobs.liveness import OBSESSED, Liveness, seconds_of


class Clock:
    def __init__(self, monkeypatch):
        self.now = 100.0
        monkeypatch.setattr(liveness.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def watch(clock, seconds, used, beats=lambda now: 1.0, patience=5.0):
    """Return why a worker hangs after some seconds, having looked at it four times a second."""
    one = Liveness(patience, beaten=clock.now, stirred=clock.now)
    began = clock.now
    while clock.now <= began + seconds:
        one.feel(beats(clock.now - began), lambda: used(clock.now - began))
        if one.why_hung:
            return clock.now - began, one.why_hung
        clock.now += 0.25
    return None


def test_who_neither_beats_nor_computes_hangs_after_its_patience(clock):
    when, why = watch(clock, 20, used=lambda now: 7.0)
    assert 5.0 <= when <= 5.5
    assert "no sign of life for 5 s" in why


def test_where_nobody_knows_the_cpu_time_beats_alone_count(clock):
    assert watch(clock, 60, used=lambda now: None, beats=lambda now: now // 2) is None
    assert watch(clock, 60, used=lambda now: None)[0] == pytest.approx(5.25)


def test_who_beats_lives_however_little_it_computes(clock):
    assert watch(clock, 600, used=lambda now: 0.0, beats=lambda now: now // 1) is None


def test_who_computes_lives_without_a_beat_also_on_a_crowded_machine(clock):
    assert watch(clock, 55, used=lambda now: now) is None
    assert watch(clock, 1000, used=lambda now: now / 20) is None


@pytest.mark.parametrize(("busy", "hangs"), [(1.0, False), (0.0, True)])
def test_nobody_is_judged_by_one_late_look(clock, busy, hangs):
    one = Liveness(1.0, beaten=clock.now, stirred=clock.now)
    one.feel(1.0, lambda: 0.0)
    for later in (1.1, 0.4, 0.2):
        assert one.why_hung is None
        clock.now += later
        one.feel(1.0, lambda: busy * clock.now)
    assert (one.why_hung is not None) == hangs


def test_seconds_of_work_without_a_beat_are_bounded(clock):
    when, why = watch(clock, 100, used=lambda now: now)
    assert OBSESSED * 5 < when < OBSESSED * 5 + 3.5
    assert "though it was computing, for 60 s" in why


def test_the_ticks_of_a_thread_that_only_waits_are_no_sign_of_life(clock):
    assert watch(clock, 60, used=lambda now: 0.001 * now)[0] < 6


def test_the_cpu_time_of_a_group_has_that_of_its_members():
    code = (
        "import os, time\n"
        "os.setsid()\n"
        "if os.fork() == 0:\n"
        "    while time.process_time() < .3: pass\n"
        "    print('done', flush=True); time.sleep(60)\n"
        "os.wait()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as leader:
        assert leader.stdout.readline() == b"done\n"
        used = seconds_of(leader.pid)
        os.killpg(leader.pid, 9)
    assert 0.25 < used < 30
    deadline = time.monotonic() + 20
    while seconds_of(leader.pid) != 0.0:  # What was killed is gone once somebody has taken note of it.
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_system_that_does_not_tell_is_not_asked(monkeypatch, tmp_path):
    monkeypatch.setattr(liveness, "PROCESSES", tmp_path)
    assert seconds_of(1) is None
