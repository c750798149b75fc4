"""What ``import slalom`` offers: every choice of the catalogue, the same for programs and for type checkers."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import slalom
from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.experiments import EXPERIMENTS
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.catalogue.problems import PROBLEMS
from slalom.catalogue.schedules import SCHEDULES

SOURCE = ast.parse(Path(slalom.__file__).read_text())
CHOICES = {one for several in (DATASETS, EXPERIMENTS, OPTIMIZERS, PROBLEMS, SCHEDULES) for one in several}


@pytest.mark.parametrize("choice", sorted(CHOICES, key=lambda one: one.__name__), ids=lambda one: one.__name__)
def test_every_choice_is_exported(choice):
    assert getattr(slalom, choice.__name__) is choice


def test_what_a_type_checker_sees_is_what_there_is():
    seen = {
        (alias.asname, node.module.removeprefix("slalom."))
        for node in ast.walk(SOURCE)
        if isinstance(node, ast.ImportFrom) and node.module.startswith("slalom.")
        for alias in node.names
    }
    assert seen == set(slalom._NAMES.items())
    assert set(dir(slalom)) == {*slalom._NAMES, "__version__"}
    assert all(getattr(slalom, name) is not None for name in slalom._NAMES)
    with pytest.raises(AttributeError, match="has no attribute 'Adma'"):
        _ = slalom.Adma


def test_importing_it_imports_next_to_nothing():
    code = "import sys; before = set(sys.modules); import slalom; print(*sorted(set(sys.modules) - before))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in answer.stdout.split()} - set(sys.stdlib_module_names) == {"slalom"}
