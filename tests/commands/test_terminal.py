"""On a terminal: colours unless NO_COLOR is set, completion of names, and a browser where somebody sits."""

import os
import subprocess
import sys

import pytest
from commanding import slalom

from slalom.commands import browser
from slalom.commands.browser import open_browser, wants_browser
from slalom.settings import Settings

if sys.platform == "win32":
    pytest.skip("There are no pseudo-terminals on Windows.", allow_module_level=True)
import pty

RED = b"\x1b[31m"


def on_a_terminal(*arguments, **environ):
    """Run slalom on a terminal of its own, and return what was written there."""
    ours, theirs = pty.openpty()
    env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "CI")}
    command = [sys.executable, "-m", "slalom", *arguments]
    with subprocess.Popen(
        command, stdout=theirs, stderr=theirs, env=env | {"TERM": "xterm-256color"} | environ
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # Linux says so where everything was read.
                break
            if not part:
                break
            said += part
    os.close(ours)
    return process.returncode, said


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_what_diverged_is_red_unless_colours_are_not_wanted(environ, coloured):
    code, said = on_a_terminal("run", "-f", "x^2", "--lr", "1.05", "--start", "1", **environ)
    assert code == 3
    assert (RED in said) == coloured
    assert "diverged at step 38" in said.decode()
    assert "100%" in said.decode()


def test_names_are_completed():
    asked = {"_SLALOM_COMPLETE": "complete_bash", "COMP_CWORD": "3"}
    for words, expected in (
        ("slalom run --optimizer rm", "rmsprop"),
        ("slalom run --problem rosen", "rosenbrock"),
        ("slalom sweep --optimizer sgd,adamw", "sgd,adamw"),
    ):
        assert slalom(COMP_WORDS=words, **asked).out.split() == [expected]


@pytest.mark.parametrize(
    ("given", "desktop", "terminal", "wanted"),
    [
        ({}, True, True, True),
        ({}, False, True, False),
        ({}, True, False, False),
        ({"mode": "public", "auth": False}, True, True, False),
        ({"host": "0.0.0.0", "auth": False}, True, True, False),
    ],
)
def test_a_browser_opens_where_somebody_sits(monkeypatch, given, desktop, terminal, wanted):
    monkeypatch.setattr(browser.sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if desktop:
        monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(browser.sys, "stdout", type("", (), {"isatty": lambda self: terminal})())
    assert wants_browser(Settings(**given)) == wanted


def test_the_address_that_opens_has_the_token(monkeypatch):
    opened = []
    monkeypatch.setattr(browser.webbrowser, "open", opened.append)
    monkeypatch.setattr(browser.threading.Thread, "start", lambda thread: thread.run())
    open_browser(Settings(), 8123)
    open_browser(Settings(host="0.0.0.0", token="a-long-secret"), 80)
    open_browser(Settings(host="::1"), 81)
    open_browser(Settings(root_path="/slalom", token="a&b#c+d e long"), 82)
    assert opened == [
        "http://127.0.0.1:8123/",
        "http://127.0.0.1:80/?token=a-long-secret",
        "http://[::1]:81/",
        "http://127.0.0.1:82/slalom/?token=a%26b%23c%2Bd%20e%20long",
    ]
