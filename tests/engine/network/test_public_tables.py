"""Public tables train at the first try: as they are published, by what is decided from the file alone."""

import numpy as np
import pytest
from public_tables import PUBLIC
from traces import gather

from slalom.catalogue.admission import fits
from slalom.catalogue.datasets.base import UserFile
from slalom.catalogue.datasets.uploads import describe_upload
from slalom.catalogue.experiments.comparison import Comparison
from slalom.engine.descent import Descent
from slalom.settings import Limits, Settings


def train(text):
    """Upload a table and train a small network on it: what was found, and the training loss before and after."""
    about, reading = describe_upload(text.encode(), Limits())
    descent = descent_on(text, reading)
    names, columns = gather([block for tick in descent for block in tick.blocks], 0)
    return about, dict(zip(names, columns, strict=True))["train_loss"]


def descent_on(text, reading):
    """Return a small network on a table, ready to be trained with batches of 16."""
    problem = {"kind": "network", "data": {"kind": "csv", "id": "d1"}, "hidden": [8]}
    runs = [{"optimizer": {"kind": "adam", "lr": 0.02}, "batch_size": 16}]
    spec = Comparison.model_validate({"problem": problem, "runs": runs, "steps": 40})
    return Descent(spec, uploads=lambda id: UserFile(text.encode(), reading))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_table_trains_at_the_first_try(name):
    table = PUBLIC[name]
    about, losses = train(table.text)
    assert about["task"] == table.task
    assert np.isfinite(losses).all()
    assert losses[-1] < losses[0]


def test_a_truth_table_is_learned_whole_and_says_so():
    text = "a,b,xor\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n"
    (tick, *_) = descent_on(text, describe_upload(text.encode(), Limits()).reading)
    (said,) = [event.sentence for event in tick.events if event.kind == "data"]
    assert "All 4 rows are trained on: they are too few to keep some to check with." in said
    assert "batch_size is 16, but there are 4 examples: every update sees them all." in said


def outcome_of(text, **run):
    """Train on a short table: what was said of its batches, and the outcome."""
    problem = {"kind": "network", "data": {"kind": "csv", "id": "d1", "validation": 0}, "hidden": [8]}
    runs = [{"optimizer": {"kind": "adam", "lr": 0.2}, **run}]
    spec = Comparison.model_validate({"problem": problem, "runs": runs, "steps": 120})
    descent = Descent(
        spec, uploads=lambda id: UserFile(text.encode(), describe_upload(text.encode(), Limits()).reading)
    )
    (said,) = [event.sentence for tick in descent for event in tick.events if event.kind == "data"]
    return said, descent.outcomes[0]


def test_of_few_examples_nothing_is_put_down_to_batches_that_are_none():
    said, outcome = outcome_of("x,y\n1,2.5\n2,3.5\n3,2.25\n", batch_size=16)
    assert "every update sees them all." in said
    assert "mini-batch" not in outcome.because
    assert all(advice.field != "run.batch_size" for note in outcome.notes for advice in note.advice)


def test_batches_that_are_drawn_are_not_said_to_have_all_examples():
    said, outcome = outcome_of("x,y\n1,2.5\n2,3.5\n3,2.25\n", batch_size=16, batches="drawn")
    assert "every update draws 3." in said
    assert all(
        advice.field != "run.batch_size" or advice.value <= 3 for note in outcome.notes for advice in note.advice
    )


def test_a_short_list_of_names_is_learned_with_batches_of_all_letters():
    problem = {"kind": "character", "data": {"kind": "names", "id": "d1"}, "hidden": [5]}
    spec = Comparison.model_validate({"problem": problem, "runs": [{"batch_size": 16}], "steps": 3})

    def files(id):
        return UserFile(b"ann\nbo\n")

    fits(spec, Settings(), uploads=files)
    (tick, *_) = Descent(spec, uploads=files)
    (said,) = [event.sentence for event in tick.events if event.kind == "data"]
    assert "every update sees them all." in said
