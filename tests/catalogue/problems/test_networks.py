"""Networks on paper: where their parameters lie, which loss suits which data, what is recorded, what is refused."""

import json
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter, ValidationError

from slalom.catalogue.datasets import DATASETS, AnyData, Names
from slalom.catalogue.datasets.base import UserFile, no_uploads
from slalom.catalogue.problems import AnyProblem
from slalom.catalogue.problems.architecture import LOSS_FACTS
from slalom.catalogue.problems.base import TRACE_COLUMNS
from slalom.catalogue.problems.networks import Architecture, Character, Network
from slalom.catalogue.problems.surfaces import Parabola
from slalom.errors import SpecError
from slalom.web.api.catalogue import facts_of_data

CSV = b"a,b,kind\n" + b"".join(b"%d,%d,%s\n" % (3 * i, i * i, (b"yes", b"no")[i % 2]) for i in range(10))


def network(data="moons", **fields):
    data = data if isinstance(data, dict) else {"kind": data}
    return Network.model_validate_json(json.dumps({"data": data} | fields))


def blueprint(problem):
    return problem.blueprint(problem.examples())


def twin(paper):
    """Return a PyTorch module with these layers."""
    layers = [torch.nn.Embedding(paper.symbols, paper.embedding)] if paper.symbols else []
    return torch.nn.Sequential(*layers, *(torch.nn.Linear(a, b) for a, b in pairwise(paper.widths)))


MODELS = [
    Network(),
    network(hidden=[]),
    network("digits", hidden=[32, 8], activation="relu"),
    network("chebyshev", hidden=[20]),
    network(loss="logistic", hidden=[1]),
    Character(),
    Character(context=1, embedding=1, hidden=()),
]


@pytest.mark.parametrize("problem", MODELS, ids=repr)
def test_parameters_lie_where_pytorch_has_them(problem):
    paper = blueprint(problem)
    shapes = [tuple(parameter.shape) for parameter in twin(paper).parameters()]
    assert [tensor.shape for tensor in paper.tensors] == shapes
    assert paper.dimension == sum(map(math.prod, shapes)) == paper.tensors[-1].stop
    assert all(one.stop - one.start == math.prod(one.shape) for one in paper.tensors)
    assert [one.start for one in paper.tensors] == [0, *(one.stop for one in paper.tensors[:-1])]


@pytest.mark.parametrize("problem", MODELS, ids=repr)
def test_layers_are_weights_with_their_biases(problem):
    paper = blueprint(problem)
    modules = [sum(parameter.numel() for parameter in module.parameters()) for module in twin(paper)]
    assert [layer.stop - layer.start for layer in paper.layers] == modules
    assert paper.layers[-1].name == "output"
    assert (paper.layers[0].name == "embedding") == (paper.symbols > 0)
    assert sum(name.startswith("ratio") for name in problem.columns) == len(paper.layers)
    assert sum(name.startswith("saturated") for name in problem.columns) == len(problem.hidden)


def test_the_sizes_known_from_the_literature():
    assert blueprint(Character()).dimension == 11_897
    assert blueprint(Network()).dimension == 2 * 16 + 16 + 16 * 2 + 2
    assert blueprint(network("digits", hidden=[])).dimension == 650
    assert blueprint(Character()).multiply_adds == 3 * (30 * 200 + 200 * 27)


def test_the_columns_of_networks_and_of_surfaces():
    assert Network(hidden=(4, 5)).columns == (
        *("loss", "lr", "grad_norm", "step_norm", "sharpness", "limit"),
        *("train_loss", "val_loss", "train_accuracy", "val_accuracy", "plane_x", "plane_y", "off_plane"),
        *("cosine", "snr", "ratio0", "ratio1", "ratio2", "saturated0", "saturated1"),
    )
    adapter = TypeAdapter(AnyProblem)
    wide, wider = (adapter.validate_python({"kind": "quadratic", "eigenvalues": [1.0] * n}) for n in (2, 64))
    assert Parabola().columns == (*TRACE_COLUMNS, "p0")
    assert wide.columns == (*TRACE_COLUMNS, "p0", "p1")
    assert wider.columns[-1] == "p63"


@pytest.mark.parametrize(
    ("data", "loss", "resolved", "outputs"),
    [
        ("moons", None, "softmax", 2),
        ("moons", "logistic", "logistic", 1),
        ("moons", "mse", "mse", 2),
        ("digits", None, "softmax", 10),
        ("digits", "mse", "mse", 10),
        ("chebyshev", None, "mse", 1),
        ("chebyshev", "mse", "mse", 1),
    ],
)
def test_the_loss_suits_the_targets(data, loss, resolved, outputs):
    paper = blueprint(network(data, loss=loss))
    assert (paper.loss, paper.widths[-1]) == (resolved, outputs)


@pytest.mark.parametrize(
    ("data", "loss", "reason"),
    [
        ("chebyshev", "softmax", "The loss is softmax, but the targets of these data are numbers, not classes."),
        ("chebyshev", "logistic", "The loss is logistic, but the targets of these data are numbers"),
        ("digits", "logistic", "tells 2 classes apart, but these data have 10. Choose softmax."),
        ("spirals", "logistic", "these data have 3"),
    ],
)
def test_a_loss_that_does_not_suit_is_refused(data, loss, reason):
    with pytest.raises(SpecError, match=reason) as refused:
        blueprint(network(data, loss=loss))
    assert refused.value.loc == ("problem", "loss")


@pytest.mark.parametrize("data", ["moons", "circles", "xor", "blobs", "spirals", "digits", "chebyshev"])
def test_what_data_say_of_themselves_tells_which_losses_suit(data):
    """The page offers losses by these facts, before anything is loaded."""
    kind = next(one for one in DATASETS if one.model_fields["kind"].default == data)
    facts = facts_of_data(kind)
    settings = [{}] if facts["counted"] is None else [{}, {facts["counted"]: 2}, {facts["counted"]: 5}]
    for given in settings:
        problem = Network.model_validate({"data": {"kind": data, **given}})
        examples = problem.examples()
        count = given.get(facts["counted"], facts["classes"])
        assert (examples.task, len(examples.classes)) == (facts["task"], count or 0)
        for loss, asks in LOSS_FACTS.items():
            fits = asks.task in (None, examples.task) and asks.classes in (None, count)
            try:
                problem.model_copy(update={"loss": loss}).blueprint(examples)
            except SpecError:
                assert not fits, loss
            else:
                assert fits, loss


def test_a_character_model_sees_letters_and_guesses_the_next():
    problem = Character(context=4)
    examples = problem.examples()
    assert examples.inputs.shape[1] == 4
    assert examples.inputs.dtype == examples.targets.dtype == np.int64
    assert blueprint(problem) == Architecture((40, 200, 27), "tanh", "softmax", 27, 4, 10)


def test_what_the_help_of_the_character_model_says():
    examples = Character().examples()
    share = np.bincount(examples.targets) / len(examples.targets)
    assert f"ln 27 = {math.log(27):.2f}" in Character.__doc__
    assert f"{-(share * np.log(share)).sum():.1f}" == "2.8"


def test_a_users_own_table_is_asked_for_by_its_id():
    problem = network({"kind": "csv", "id": "d1"}, hidden=[3])
    asked = []

    def uploads(id):
        asked.append(id)
        return UserFile(CSV)

    examples = problem.examples(uploads)
    assert asked == ["d1"]
    assert problem.blueprint(examples).widths == (2, 3, 2)
    with pytest.raises(SpecError, match="There is no data"):
        problem.examples()


def test_initial_parameters_may_differ_between_runs_and_nothing_else():
    plain = Network()
    assert plain.space == Network(init="naive", init_scale=3.0, init_seed=7).space
    others = [network(seed) for seed in ({"kind": "moons", "seed": 1}, "xor")]
    others += [network(hidden=[17]), network(activation="relu"), network(loss="mse"), Character()]
    assert len({problem.space for problem in [plain, *others]}) == 7


def test_its_number_of_variables_is_known_only_with_data():
    assert Network().dimension is None
    assert (Network().start, Network().domain, Network().minima, Network().variables) == ((), (), (), ())


LIMITS = [
    (Network, "hidden", [[1], [1024], [1] * 8, []], [[0], [1025], [1] * 9]),
    (Network, "negative_slope", [0, 0.3, 1], [-0.1, 1.1]),
    (Network, "init_scale", [1e-300, 1000], [0, -1, 1000.1]),
    (Network, "init_seed", [None, 0, 2**32 - 1], [-1, 2**32]),
    (Character, "context", [1, 7, 8], [0, 9]),
    (Character, "embedding", [1, 63, 64], [0, 65]),
]


@pytest.mark.parametrize(("kind", "field", "good", "bad"), LIMITS, ids=[case[1] for case in LIMITS])
def test_every_field_has_its_bounds(kind, field, good, bad):
    for value in good:
        kind.model_validate_json(json.dumps({field: value}))
    for value in bad:
        with pytest.raises(ValidationError):
            kind.model_validate_json(json.dumps({field: value}))


@pytest.mark.parametrize(
    "fields",
    [
        {"hidden": [True]},
        {"hidden": ["16"]},
        {"hidden": [16.0]},
        {"hidden": 16},
        {"hidden": {"0": 16}},
        {"init_seed": True},
        {"init_scale": "1"},
        {"activation": "swish"},
        {"loss": "hinge"},
        {"context": 3},
        {"data": {"kind": "names"}},
        {"data": "moons"},
        {"data": {"kind": "moons", "n": "10"}},
    ],
    ids=str,
)
def test_other_numbers_and_names_are_refused(fields):
    with pytest.raises(ValidationError):
        Network.model_validate_json(json.dumps(fields))


@pytest.mark.parametrize("problem", MODELS, ids=repr)
def test_a_network_survives_json(problem):
    adapter = TypeAdapter(AnyProblem)
    assert adapter.validate_json(adapter.dump_json(problem, by_alias=True)) == problem
    assert adapter.validate_json(json.dumps({"kind": problem.kind})).kind == problem.kind


def test_a_form_shows_the_fields_from_the_data_to_the_first_parameters():
    order = [
        "kind",
        "data",
        "context",
        "embedding",
        "hidden",
        "activation",
        "negative_slope",
        "init",
        "init_scale",
        "init_seed",
    ]
    assert list(Character.model_json_schema()["properties"]) == order
    assert list(Network.model_json_schema()["properties"])[1:6] == [*order[1:2], *order[4:7], "loss"]
    assert TypeAdapter(AnyData).validate_python({"kind": "moons"}) == Network().data


def test_the_character_model_of_makemore_has_as_many_parameters_as_it_prints():
    problem = Character(data=Names(), context=3, embedding=10, hidden=(200,))
    assert problem.blueprint(problem.examples(no_uploads)).dimension == 11897
