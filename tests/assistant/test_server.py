"""An assistant's tools, called as an assistant calls them: over standard input and output, by the SDK's own client."""

import asyncio
import os
import sys

import pytest
from mcp import Client, StdioServerParameters, stdio_client
from typer.testing import CliRunner

from slalom import __version__
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.cli import app

THERMOMETER = {
    "problem": {"kind": "regression", "data": "thermometer", "scaling": "raw"},
    "runs": [{"optimizer": {"kind": "sgd", "lr": 1e-2}}],
    "steps": 20,
    "dtype": "float32",
}
CALLS = {
    "simulate": ("simulate", {"spec": THERMOMETER, "points": 4}),
    "explain": ("explain", {"spec": THERMOMETER}),
    "rate": ("find_learning_rate", {"problem": {"kind": "bowl"}, "optimizer": {"kind": "sgd"}, "lr_to": 10}),
    "problems": ("list_problems", {}),
    "rules": ("list_rules", {}),
    "adam": ("describe", {"kind": "adam"}),
    "bad": ("simulate", {"spec": THERMOMETER | {"steps": 0}}),
    "misspelt": ("simulate", {"spec": THERMOMETER | {"step": 3}}),
    "large": ("simulate", {"spec": THERMOMETER | {"steps": 10**6}}),
    "map": ("simulate", {"spec": {"kind": "map", "problem": {"kind": "bowl"}, "vary": []}}),
    "run": ("explain", {"spec": THERMOMETER, "run": 1}),
    "unknown": ("describe", {"kind": "adamant"}),
    "rateless": ("find_learning_rate", {"problem": {"kind": "bowl"}, "optimizer": {"kind": "sgd"}, "lr_from": 2}),
}
"""What is asked in one session: a tool and its arguments."""


async def converse():
    """Return who answered, which tools there are, and the answer to every call."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SLALOM_")}
    server = StdioServerParameters(command=sys.executable, args=["-m", "slalom", "mcp"], env=environ)
    async with Client(stdio_client(server), mode="legacy") as client:
        tools = await client.list_tools()
        answers = {name: await client.call_tool(*call) for name, call in CALLS.items()}
        return client.server_info, client.instructions, tools.tools, answers


@pytest.fixture(scope="module")
def session():
    return asyncio.run(asyncio.wait_for(converse(), 120))


@pytest.fixture(scope="module")
def answers(session):
    return session[3]


def test_it_says_who_it_is_and_what_it_can_do(session):
    server, instructions, tools, _ = session
    assert (server.name, server.version) == ("slalom", __version__)
    assert '"kind": "parabola"' in instructions
    names = ["simulate", "explain", "find_learning_rate", "list_problems", "list_rules", "describe"]
    assert [tool.name for tool in tools] == names
    for tool in tools:
        assert tool.description.endswith(".")
        assert tool.annotations.read_only_hint
        assert all("description" in field for field in tool.input_schema.get("properties", {}).values())


def test_the_thermometer_diverged_and_its_sentence_says_why(answers):
    answer = answers["simulate"]
    assert not answer.is_error
    (run,) = answer.structured_content["runs"]
    assert (run["outcome"], run["step"]) == ("diverged", 2)
    for number in ("5,880", "3.4 × 10⁻⁴", "3,340-fold"):
        assert number in run["because"]
    assert [point["step"] for point in run["losses"]][::3] == [0, 10]
    assert run["losses"][0]["loss"] == pytest.approx(1763.884644, rel=1e-6)
    assert run["losses"][-1]["loss"] == "inf"
    assert any(line.startswith("run.optimizer.lr = ") for line in run["advice"])


def test_an_explanation_has_evidence_formulas_and_events(answers):
    found = answers["explain"].structured_content
    assert found["evidence"]["sharpness"] == pytest.approx(5883.421261, rel=1e-5)
    assert any(note["formula"] for note in found["notes"])
    assert {"first_rise"} <= {event["kind"] for event in found["events"]}
    assert all(event["sentence"] for event in found["events"])


def test_a_range_test_recommends_a_rate_with_its_reason(answers):
    found = answers["rate"].structured_content
    assert 1e-5 < found["lr"] < 10
    assert found["because"].endswith(".")
    assert any(rule["trains"] for rule in found["rules"])


def test_problems_and_rules_are_all_there(answers):
    for name, kinds in (("problems", PROBLEMS), ("rules", OPTIMIZERS)):
        found = answers[name].structured_content["result"]
        assert [entry["kind"] for entry in found] == [kind.model_fields["kind"].default for kind in kinds]
        assert all(entry["title"] and entry["about"] for entry in found)


def test_a_description_has_the_meaning_and_the_default_of_every_setting(answers):
    found = answers["adam"].structured_content
    assert found["settings"].keys() == found["defaults"].keys()
    assert found["defaults"]["beta1"] == 0.9


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bad", "steps must be at least 1, but is 0."),
        ("misspelt", "step is not a setting here; check its spelling, or leave it out."),
        ("large", "1,000,000"),
        ("map", "vary"),
        ("run", "There is no run 1; the runs are 0 to 0."),
        ("unknown", "There is no kind 'adamant'; list_problems and list_rules say which there are."),
        ("rateless", "lr_to"),
    ],
)
def test_what_is_wrong_is_said_in_the_products_own_sentence(answers, name, sentence):
    assert answers[name].is_error
    assert sentence in answers[name].content[0].text


def test_without_the_sdk_it_says_what_to_install(monkeypatch):
    monkeypatch.delitem(sys.modules, "slalom.assistant.server", raising=False)
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    found = CliRunner().invoke(app, ["mcp"])
    assert found.exit_code == 1
    assert "pip install 'slalom[mcp]'" in found.output
