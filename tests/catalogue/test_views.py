"""The catalogue says which view shows most of what a network makes of its data: the one that the server would take."""

from types import SimpleNamespace

import pytest

from slalom.catalogue.datasets import DATASETS
from slalom.catalogue.views import suiting

SHIPPED = [kind for kind in DATASETS if kind.view != "data"]


@pytest.mark.parametrize("kind", SHIPPED, ids=lambda kind: kind.__name__)
def test_the_view_and_the_task_of_data_are_those_of_its_examples(kind):
    examples = kind().load()
    letters = examples.inputs.dtype.kind == "i"
    blueprint = SimpleNamespace(symbols=len(examples.classes) if letters else 0, loss="softmax")
    assert kind.view == suiting("data", examples, blueprint).name
    assert kind.task == examples.task


def test_only_of_a_file_the_view_is_not_known_before():
    assert {kind.__name__ for kind in DATASETS if kind not in SHIPPED} == {"Csv"}
