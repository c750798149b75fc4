"""slalom explain and slalom open: what they print, and their exit codes."""

import json

import pytest

from slalom.watch.commands import explain_file, open_file


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "metrics.csv"
    path.write_text("step,loss,lr\n" + "".join(f"{i},{3.0**i},0.1\n" for i in range(40)) + "40,nan,0.1\n")
    return path


def test_explain_prints_the_outcome_and_its_code(log):
    said = []
    assert explain_file(log, None, "sgd", False, said.append) == 3
    assert "diverged: " in said[0]
    assert explain_file(log, None, "sgd", True, said.append) == 3
    assert json.loads(said[1])["outcome"]["nonfinite"] == 40


@pytest.mark.parametrize(("column", "optimizer", "words"), [("x", None, "no column"), (None, "x", "no optimizer 'x'")])
def test_explain_says_what_is_wrong(log, column, optimizer, words):
    said = []
    assert explain_file(log, column, optimizer, False, said.append) == 1
    assert words in said[0]


def test_a_file_that_is_not_there_is_told(tmp_path):
    said = []
    assert explain_file(tmp_path / "none.csv", None, None, False, said.append) == 1
    assert open_file(tmp_path / "none.slalom", "http://127.0.0.1:9", None, said.append) == 1
    assert all("none." in one for one in said)


def test_a_dashboard_that_is_not_there_is_told(log):
    said = []
    assert open_file(log, "http://127.0.0.1:9", None, said.append) == 1
    assert "slalom serve" in said[0]
