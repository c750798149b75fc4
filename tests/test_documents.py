"""What docs/ says is so: every file it names is there, and every example is what a run says."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from document_blocks import DOCUMENTS
from document_pictures import PICTURES

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.problems.architecture import Architecture
from slalom.engine.descent import Descent
from slalom.engine.diagnosis.outcomes import OUTCOMES
from slalom.engine.lockstep.gradient_transform import GradientTransform
from slalom.engine.network.batches import ORDERS
from slalom.engine.network.gradient_transform import TensorGradientTransform
from slalom.engine.network.initialization import initial_parameters

ROOT = Path(__file__).parents[1]
PATH = re.compile(r"`((?:backend|frontend|tests|docs)/[\w./-]*)`")
LINK = re.compile(r"\]\(([\w./-]+)(?:#[\w-]*)?\)")
PICTURE = re.compile(r"!\[[^\]]+\]\(([\w./-]+)\)")
SMALL = 200_000
"""Bytes of a picture, at most."""
EXAMPLE = re.compile(r"## (\w+)\n.*?```json\n(.*?)\n```\n\n> (.*?)\n", re.DOTALL)
OUTCOMES_PAGE = (ROOT / "docs/outcomes.md").read_text()


def sections():
    """Every section of the page of outcomes that has an example: its name, the spec and the sentence."""
    for section in re.split(r"^(?=## )", OUTCOMES_PAGE, flags=re.MULTILINE):
        if found := EXAMPLE.search(section):
            yield pytest.param(found[2], found[3], id=found[1])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(document):
    text = document.read_text()
    named = [ROOT / path for path in PATH.findall(text)] + [document.parent / link for link in LINK.findall(text)]
    assert [str(path) for path in named if not path.exists()] == []


def test_what_is_promised_of_security_names_tests_that_there_are():
    text = (ROOT / "docs/security.md").read_text()
    promised = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text.partition("## Where it is tested")[2])
    assert len(promised) > 20
    for file, test in promised:
        code = (ROOT / file).read_text()
        assert re.search(rf"^def {test}\(" if test else r"^(?:async )?def test_|parametrize\(\)", code, re.M), (
            file,
            test,
        )


def test_every_picture_is_taken_by_the_script_small_and_shown():
    folder = ROOT / "docs/pictures"
    shown = {(path.parent / link).resolve() for path in DOCUMENTS for link in PICTURE.findall(path.read_text())}
    assert shown == set(folder.iterdir()) == {folder / f"{name}.png" for name in PICTURES}
    for picture in shown:
        data = picture.read_bytes()
        assert data.startswith(b"\x89PNG")
        assert len(data) < SMALL


def test_the_page_of_outcomes_has_all_classes_in_their_order():
    headings = re.findall(r"^## (\w+)$", OUTCOMES_PAGE, re.MULTILINE)
    names = [type(outcome).__name__ for outcome in OUTCOMES]
    assert [name for name in headings if name in names] == names


@pytest.mark.parametrize(("spec", "sentence"), list(sections()))
def test_an_example_is_what_the_run_says(spec, sentence):
    descent = Descent(Comparison.model_validate_json(spec))
    list(descent)
    assert descent.outcomes[0].because == sentence


def test_there_are_examples_of_all_that_are_no_networks():
    assert len(list(sections())) >= 10


def test_the_words_are_in_order_and_enough():
    table = (ROOT / "docs/architecture.md").read_text().partition("## Words")[2]
    words = re.findall(r"^\| ([^|]+?) \|", table, re.MULTILINE)[2:]
    assert len(words) >= 60
    assert words == sorted(words, key=str.lower)


def test_at_least_twenty_questions_have_one_answer_each():
    table = (ROOT / "docs/architecture.md").read_text().partition("## Where is it decided?")[2].partition("## Words")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)[2:]
    assert len(rows) >= 20
    assert all(PATH.search(answer) for _, answer in rows)


def test_specs_of_examples_are_what_one_may_send():
    assert all(json.loads(example.values[0])["runs"] for example in sections())


@pytest.fixture(scope="module")
def recipe():
    """Return the functions of the page of references that make a training of a seed."""
    text = (ROOT / "docs/reference.md").read_text()
    names = {}
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], names)
    return names


@pytest.mark.parametrize("init", ["torch", "naive", "xavier", "kaiming"])
@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_the_recipe_of_initial_parameters_is_exact(recipe, init, seed):
    model = recipe["initial"]((3, 8, 5, 2), seed, init)
    expected = torch.cat([p.detach().flatten() for p in model.parameters()]).numpy()
    found = initial_parameters(Architecture((3, 8, 5, 2), "tanh", "softmax", init=init), seed)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("way", ORDERS)
def test_the_recipe_of_mini_batches_is_exact(recipe, way):
    order = ORDERS[way](5, 23, 4)
    expected = [batch.tolist() for batch, _ in zip(recipe["batches"](23, 4, 5, way), range(17), strict=False)]
    assert torch.cat([order.take(3), order.take(14)]).tolist() == expected


def test_the_recipe_of_noise_is_exact(recipe):
    still = torch.zeros(1, 30)
    found = TensorGradientTransform(GradientTransform(noise=np.ones(1)), [9], [4], still).apply(still, still, 2)
    np.testing.assert_array_equal(found[0].numpy(), recipe["noise"](30, 9, 6))
