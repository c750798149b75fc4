"""slalom explain and slalom open: what they print, and their exit codes."""

import json

import pytest
from commanding import slalom

from slalom.commands.exit_codes import DIVERGED, DONE, FAILED, USAGE


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss,lr\n" + "".join(f"{i},{3.0**i},0.1\n" for i in range(40)) + "40,nan,0.1\n")
    return path


def test_explain_prints_the_outcome_and_its_code(log):
    told = slalom("explain", str(log), "--optimizer", "sgd")
    assert told.code == DIVERGED
    assert "diverged: " in told.out
    told = slalom("explain", str(log), "--optimizer", "sgd", "--json")
    assert told.code == DIVERGED
    assert json.loads(told.out)["outcome"]["nonfinite"] == 40


def test_the_code_of_a_loop_that_is_on_its_way_is_0(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss\n" + "".join(f"{i},{0.99**i}\n" for i in range(40)))
    assert slalom("explain", str(path)).code == DONE


@pytest.mark.parametrize(("option", "words"), [("--loss", "no column"), ("--optimizer", "no optimizer 'x'")])
def test_explain_says_what_is_wrong(log, option, words):
    told = slalom("explain", str(log), option, "x")
    assert (told.code, told.out) == (USAGE, "")
    assert words in told.err


@pytest.mark.parametrize("command", [["explain"], ["open", "--server", "http://127.0.0.1:9"]])
def test_a_file_that_is_not_there_is_told(command, tmp_path):
    told = slalom(*command, str(tmp_path / "none.csv"))
    assert (told.code, told.out) == (FAILED, "")
    assert "none.csv" in told.err


def test_a_dashboard_that_is_not_there_is_told(log):
    told = slalom("open", str(log), "--server", "http://127.0.0.1:9")
    assert (told.code, told.out) == (FAILED, "")
    assert "slalom serve" in told.err
