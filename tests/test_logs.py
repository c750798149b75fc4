"""One line for every event, whatever stands in it; secrets never, and no flood of what a client repeats."""

import io
import json
import logging
import subprocess
import sys

import pytest

from slalom.logs import AT_ONCE, CONCEALED, MOST_RECENT, FewAlike, JsonLines, RecentRecords, TextLines, as_event, caller

NASTY = [
    "two\nlines",
    "carriage\rreturn",
    "\x1b[31mred\x1b[0m",
    "line\u2028separator\u2029",
    "next\x85line",
    "\u202eright to left",
    "nul\0 and bell\a",
    "lone \ud800 surrogate",
    '"quotes" and \\ and {braces} and %s',
    "an emoji 👩‍🔬",
    "",
]


@pytest.fixture
def log():
    """A logger whose lines go into ``log.out``; no registered one, which pytest would listen to and tell as UTF-8."""
    logger, out = logging.Logger("slalom.tested", logging.INFO), io.StringIO()
    logger.handler, logger.out = logging.StreamHandler(out), out
    logger.addHandler(logger.handler)
    return logger


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_whatever_a_name_is_its_event_is_one_line_of_json(log, text):
    log.handler.setFormatter(JsonLines())
    log.warning("An experiment called %s.", text, extra=as_event("experiment_ended", experiment="e1", name=text))
    (line,) = log.out.getvalue().splitlines()
    assert line.isascii()
    found = json.loads(line)
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "warning",
        "event": "experiment_ended",
        "message": f"An experiment called {text}.".strip(),
        "experiment": "e1",
        "name": text,
    }


@pytest.mark.parametrize("text", NASTY, ids=ascii)
def test_as_text_it_is_one_line_too_which_turns_nothing_around(log, text):
    log.handler.setFormatter(TextLines())
    log.warning("%s", text, extra=as_event("limit_refused", name=text))
    line = log.out.getvalue()
    assert line.count("\n") == 1
    assert len(line.splitlines()) == 1
    assert line.rstrip("\n").isprintable()
    when, level, event, _ = line.split(maxsplit=3)
    assert (len(when), level, event) == (len("2026-01-01T00:00:00.000Z"), "WARNING", "limit_refused:")


def test_an_error_brings_its_traceback_and_json_still_has_one_line(log):
    for formatter in (JsonLines(), TextLines()):
        log.handler.setFormatter(formatter)
        try:
            raise ValueError("a\nb")
        except ValueError:
            log.exception("It failed.")
    first, *others = log.out.getvalue().splitlines()
    assert "ValueError: a\nb" in json.loads(first)["traceback"]
    assert others[0].endswith("slalom.tested: It failed.")
    assert all(line.startswith("    ") for line in others[1:])
    assert any("ValueError" in line for line in others)


def test_what_is_no_number_for_json_is_text(log):
    log.handler.setFormatter(JsonLines())
    log.info("", extra=as_event("x", a=float("inf"), b=float("nan"), c=1.5, d=None, e=True, f=[1]))
    found = json.loads(log.out.getvalue(), parse_constant=pytest.fail)
    assert {name: found.get(name) for name in "abcdef"} == {
        **{"a": "inf", "b": "nan", "c": 1.5, "d": None, "e": True, "f": "[1]"}
    }


@pytest.mark.parametrize("formatter", [JsonLines, TextLines])
def test_a_secret_stands_nowhere(log, formatter):
    log.handler.setFormatter(formatter(["hunter2", ""]))
    try:
        raise ValueError("postgresql://u:hunter2@h/d")
    except ValueError:
        log.exception("hunter2 was %s", "hunter2", extra=as_event("e", url="http://x/?token=hunter2"))
    written = log.out.getvalue()
    assert "hunter2" not in written
    assert written.count(CONCEALED) >= 3
    recent = RecentRecords(["hunter2"])
    recent.handle(logging.makeLogRecord({"msg": "hunter2", "levelno": logging.ERROR, "levelname": "ERROR"}))
    assert [one["message"] for one in recent.latest()] == [CONCEALED]


def test_who_asks_is_part_of_what_is_logged_meanwhile(log):
    log.handler.setFormatter(JsonLines())
    token = caller.set({"role": "student", "owner": "0123456789ab"})
    log.info("One.", extra=as_event("one"))
    caller.reset(token)
    log.info("Two.", extra=as_event("two"))
    one, two = map(json.loads, log.out.getvalue().splitlines())
    assert (one["role"], one["owner"]) == ("student", "0123456789ab")
    assert "role" not in two


def record(event="limit_refused", level=logging.WARNING, **about):
    made = logging.makeLogRecord({"levelno": level, "levelname": logging.getLevelName(level), "msg": "Too many."})
    made.event, made.about = event, about
    return made


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_alike_warnings_pass_a_few_times_and_then_the_next_one_says_how_many_were_left_out(extra, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("slalom.logs.time.monotonic", lambda: now[0])
    few = FewAlike()
    passed = [few.filter(record(setting="SLALOM_QUEUE")) for _ in range(AT_ONCE + extra)]
    assert sum(passed) == min(AT_ONCE, AT_ONCE + extra)
    assert few.filter(record(setting="SLALOM_STEPS"))  # Another limit is another sort.
    assert all(few.filter(record("experiment_ended")) for _ in range(3 * AT_ONCE))
    assert all(few.filter(record(level=logging.INFO)) for _ in range(3 * AT_ONCE))
    now[0] += 11
    later = record(setting="SLALOM_QUEUE")
    assert few.filter(later)
    assert later.left_out == max(0, extra)


def test_sorts_without_end_are_not_remembered_without_end():
    few = FewAlike()
    for i in range(2500):
        assert few.filter(record(f"event {i}"))
    assert len(few._known) <= 1000


def test_the_last_warnings_are_remembered_without_their_tracebacks(log):
    recent = RecentRecords()
    log.addHandler(recent)
    for i in range(MOST_RECENT + 5):
        log.handle(record("worker_died", pid=i))
    log.handle(record("too_quiet", level=logging.INFO))
    log.removeHandler(recent)
    latest = recent.latest()
    assert [one["pid"] for one in latest] == list(range(MOST_RECENT + 4, 4, -1))


PROGRAM = """
import logging, threading, warnings
from slalom.logs import write_logs
write_logs("json", ["hunter2"])
logging.getLogger("slalom.x").info("told")
logging.getLogger("other").info("not told")
logging.getLogger("uvicorn.error").error("Exception in ASGI application\\n")
warnings.warn("a warning with hunter2")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start(); thread.join()
raise SystemError("a\\nb")
"""


def test_everything_that_a_process_says_is_lines_of_json():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert [(line["level"], line["event"]) for line in lines] == [
        ("info", "slalom.x"),
        ("error", "uvicorn.error"),
        ("warning", "py.warnings"),
        ("critical", "uncaught"),
        ("critical", "uncaught"),
    ]
    assert "hunter2" not in done.stderr
    assert "ZeroDivisionError" in lines[3]["traceback"]
    assert "SystemError: a\nb" in lines[4]["traceback"]
