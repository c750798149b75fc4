"""A generator of clients makes every operation without a warning, and what it makes computes the thermometer."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from thermometer import ROWS, check

from slalom.settings import Settings
from slalom.web.api.description.openapi import describe_routes
from slalom.web.app import create_app

PACKAGE = "generated_slalom"


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """Return the folder of a client that openapi-python-client makes of the description, and what it said."""
    folder = tmp_path_factory.mktemp("generated")
    description = describe_routes(create_app(Settings()))
    (folder / "openapi.json").write_text(json.dumps(description))
    (folder / "config.json").write_text(json.dumps({"post_hooks": []}))  # They would only lay it out.
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none"]
    command += ["--output-path", PACKAGE, "--config", "config.json", "--fail-on-warning"]
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr[:3000]
    return folder, description, made


def test_every_operation_is_generated_without_a_warning(generated):
    folder, description, made = generated
    assert "Warning" not in made.stdout + made.stderr
    wanted = {one["operationId"] for methods in description["paths"].values() for one in methods.values()}
    found = {file.stem for file in Path(folder / PACKAGE / "api").glob("*/*.py")} - {"__init__"}
    assert found == wanted


@pytest.fixture
def client(generated, monkeypatch):
    """Yield the generated package, imported."""
    monkeypatch.syspath_prepend(str(generated[0]))
    yield lambda name: importlib.import_module(f"{PACKAGE}.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


def test_a_generated_client_computes_the_thermometer(client, server):
    models, call = client("models"), client("api.simulate.simulate")
    with client("client").Client(base_url=server) as http:
        for row in ROWS[:2]:
            scaling, lr, steps, printed, parameters = row.values
            spec = models.Comparison(
                kind="comparison",
                problem=models.Regression.from_dict({"kind": "regression", "data": "thermometer", "scaling": scaling}),
                runs=[models.Run(optimizer=models.Sgd(kind="sgd", lr=lr))],
                steps=steps,
                dtype=models.ComparisonDtype.FLOAT32,
            )
            (run,) = call.sync(client=http, body=spec).runs
            check(printed, parameters, run.loss, run.params)
            assert run.outcome.kind == ("diverged" if printed[2] > 1e6 else "unfinished")
