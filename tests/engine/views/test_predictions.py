"""What views show of data is what the network makes of them: boundaries, guesses, curves, names and surprise."""

import numpy as np
import pytest
import torch
from kept_networks import DIGITS, LINE, MOONS, NAMES, keep_points, loss_of, outputs_of, train

from slalom.catalogue.experiments.comparison import Comparison

# The data


@pytest.mark.parametrize("scaling", ["raw", "standard"])
def test_a_boundary_lies_where_the_network_puts_it_in_the_units_of_the_data(store, see, scaling):
    problem = {"kind": "network", "data": {"kind": "moons", "scaling": scaling}, "hidden": []}
    examples = Comparison.model_validate({"problem": problem, "runs": [{}]}).problem.examples()
    wall = (0.25 - examples.mean[0]) / examples.scale[0]
    # Class 1 where 8 (x1 - 0.25) / scale > 0: weights (2, 2), then biases (2,).
    point = np.array([0.0, 0, 8, 0, 0, -8 * wall])
    header, arrays = see(keep_points(store, problem, point[None, None]), "boundary")
    x = np.linspace(*header["domain"][0], arrays["class"].shape[2])
    np.testing.assert_array_equal(arrays["class"][0], np.broadcast_to(x > 0.25, (48, 48)))
    sure = 1 / (1 + np.exp(-8 * np.abs(x - 0.25) / examples.scale[0]))
    np.testing.assert_allclose(arrays["sure"][0] / 255, np.broadcast_to(sure, (48, 48)), atol=0.003)
    raw = examples.inputs * examples.scale + examples.mean
    np.testing.assert_allclose(arrays["points"], raw, rtol=1e-6)
    np.testing.assert_array_equal(arrays["labels"], examples.targets)
    assert len(arrays["check_points"]) == len(arrays["check_labels"]) == len(examples.check_inputs)
    assert (header["domain"][1][0] < raw[:, 1].min()) & (raw[:, 1].max() < header["domain"][1][1])


@pytest.mark.parametrize("loss", ["softmax", "logistic", "mse"])
def test_guesses_are_those_of_plain_pytorch(store, see, loss):
    made = train(store, MOONS | {"loss": loss}, steps=40)
    header, arrays = see(made.id, "guesses")
    examples = made.spec.problem.examples()
    outputs = outputs_of(made.spec, made.points[-1, 0], examples.check_inputs)
    expected = (outputs[:, 0] > 0).astype(int) if loss == "logistic" else outputs.argmax(axis=1)
    np.testing.assert_array_equal(arrays["guess"][-1], expected)
    if loss == "mse":
        sure = outputs.max(axis=1).clip(0, 1)
    elif loss == "logistic":
        sure = 1 / (1 + np.exp(-np.abs(outputs[:, 0])))
    else:
        sure = torch.softmax(torch.from_numpy(outputs), 1).max(1).values.numpy()
    np.testing.assert_allclose(arrays["sure"][-1] / 255, sure, atol=0.003)
    table = np.zeros((2, 2))
    np.add.at(table, (examples.check_targets, expected), 1)
    np.testing.assert_array_equal(arrays["confusion"][-1], table)
    assert (arrays["confusion"].sum(axis=(1, 2)) == header["sample"]).all()
    assert header["of"] == "validation"


def test_pictures_of_digits_are_what_the_guesses_are_about(store, see):
    made = train(store, DIGITS, steps=2)
    header, arrays = see(made.id, "guesses")
    examples = made.spec.problem.examples()
    assert header["image"] == [8, 8]
    assert arrays["images"].shape == (120, 64)
    raw = examples.check_inputs * examples.scale + examples.mean
    where = [np.flatnonzero((np.abs(raw * 255 / 16 - image) < 1).all(axis=1))[0] for image in arrays["images"]]
    np.testing.assert_array_equal(arrays["labels"], examples.check_targets[where])
    outputs = outputs_of(made.spec, made.points[1, 0], examples.check_inputs[where])
    np.testing.assert_array_equal(arrays["guess"][1], outputs.argmax(axis=1))


def test_without_validation_examples_the_guesses_are_of_training_examples(store, see):
    problem = DIGITS | {"data": {"kind": "digits", "validation": 0}}
    header, arrays = see(train(store, problem, steps=1).id, "guesses")
    assert (header["of"], header["sample"]) == ("training", 1797)
    assert (arrays["confusion"].sum(axis=(1, 2)) == 1797).all()


def test_a_fitted_curve_is_the_networks_function(store, see):
    header, arrays = see(keep_points(store, LINE, np.array([[[2.0, -0.5]], [[0.0, 1.0]]])), "curve")
    np.testing.assert_allclose(arrays["y"], [2 * arrays["x"] - 0.5, np.ones(200)], atol=1e-6)
    np.testing.assert_allclose(header["domain"][0], [-1.2, 1.2])
    x = np.linspace(-1, 1, 20)
    np.testing.assert_allclose(arrays["points"], np.column_stack([x, 8 * x**4 - 8 * x**2 + 1]), atol=1e-6)
    assert arrays["check_points"].shape[1] == 2


# Tables of one's own

ROWS = np.random.default_rng(3).normal(size=(60, 3)) * [1, 10, 100] + [5, 0, -7]
PRICE = 300 + 20 * ROWS[:, 0] - 3 * ROWS[:, 1] + 0.1 * ROWS[:, 2]


def table_of(store, inputs, target, **data):
    """Store a table, and return a network on it."""
    names = ",".join(f"in{i}" for i in range(inputs.shape[1])) + ",out"
    lines = [",".join(map(str, [*row, last])) for row, last in zip(inputs.tolist(), target, strict=True)]
    id = store.datasets.add("table.csv", "csv", "{}", "\n".join([names, *lines]).encode())
    return {"kind": "network", "data": {"kind": "csv", "id": id, **data}, "hidden": [4]}


@pytest.mark.parametrize("scaling", ["raw", "standard"])
def test_predicted_numbers_stand_beside_the_actual_ones_in_the_units_of_the_table(store, see, scaling):
    made = train(store, table_of(store, ROWS, PRICE.tolist(), scaling=scaling), steps=30)
    header, arrays = see(made.id, "actual")
    examples = made.spec.problem.examples(store.datasets.file)
    assert (len(arrays["actual"]), len(arrays["check_actual"])) == (48, 12)
    assert set(np.concatenate([arrays["actual"], arrays["check_actual"]])) == set(PRICE.astype("f4"))
    for i, (name, inputs) in enumerate([("", examples.inputs), ("check_", examples.check_inputs)]):
        outputs = outputs_of(made.spec, made.points[-1, 0], inputs, examples)[:, 0]
        expected = outputs * examples.target_scale + examples.target_mean
        np.testing.assert_allclose(arrays[f"{name}predicted"][-1], expected, rtol=1e-5)
        errors = expected - arrays[f"{name}actual"]
        assert arrays["rms"][-1, i] == pytest.approx(np.sqrt((errors**2).mean()), rel=1e-4)
        of_mean = arrays[f"{name}actual"].astype(float) - arrays["actual"].astype(float).mean()
        assert header["rms_of_mean"][i] == pytest.approx(np.sqrt((of_mean**2).mean()), rel=1e-5)
    assert arrays["predicted"].shape == (31, 48)
    assert header["domain"][0][0] < PRICE.min() < PRICE.max() < header["domain"][0][1]


def test_without_validation_rows_nothing_is_said_of_them(store, see):
    made = train(store, table_of(store, ROWS, PRICE.tolist(), validation=0), steps=1)
    header, arrays = see(made.id, "actual")
    assert arrays["check_predicted"].shape == (2, 0)
    assert np.isnan(arrays["rms"][:, 1]).all()
    assert np.isfinite(arrays["rms"][:, 0]).all()
    assert header["rms_of_mean"][1] is None


@pytest.mark.parametrize("rows", [400, 401])
def test_of_a_long_table_at_most_400_rows_of_a_part_are_drawn(store, see, rows):
    inputs = np.arange(3.0 * rows).reshape(rows, 3)
    made = train(store, table_of(store, inputs, (inputs.sum(axis=1) + 0.5).tolist(), validation=0), steps=1)
    _, arrays = see(made.id, "actual")
    assert arrays["actual"].shape == (400,)


WORDS = ["yes", "no"] * 30
VIEWS = {
    "names": (lambda store: NAMES, "samples"),
    "moons": (lambda store: MOONS, "boundary"),
    "digits": (lambda store: DIGITS, "guesses"),
    "chebyshev": (lambda store: LINE, "curve"),
    "one number from one": (lambda store: table_of(store, ROWS[:, :1], PRICE.tolist()), "curve"),
    "one number from two": (lambda store: table_of(store, ROWS[:, :2], PRICE.tolist()), "actual"),
    "one number from three": (lambda store: table_of(store, ROWS, PRICE.tolist()), "actual"),
    "a class from one": (lambda store: table_of(store, ROWS[:, :1], WORDS), "guesses"),
    "a class from two": (lambda store: table_of(store, ROWS[:, :2], WORDS), "boundary"),
    "a class from three": (lambda store: table_of(store, ROWS, WORDS), "guesses"),
}


@pytest.mark.parametrize("data", VIEWS)
def test_every_kind_of_data_has_a_view(store, see, data):
    problem, kind = VIEWS[data]
    made = train(store, problem(store), steps=2)
    header, arrays = see(made.id, "data")
    expected, same = see(made.id, kind)
    assert header == expected
    assert header["kind"] == kind
    for name, values in same.items():
        np.testing.assert_array_equal(arrays[name], values)


# Names, and surprise


def test_names_are_made_up_with_the_same_random_numbers_at_every_entry(store, see):
    made = train(store, NAMES, steps=1)
    points = np.repeat(made.points[:1], 3, axis=0)
    points[1] = made.points[1]
    header, arrays = see(keep_points(store, NAMES, points), "samples")
    first, other, last = header["names"]
    assert first == last
    assert len(first) == len(other) == 12
    letters = set(header["symbols"][1:])
    assert all(set(name) <= letters and len(name) <= 20 for names in header["names"] for name in names)
    np.testing.assert_array_equal(arrays["embedding"][0], arrays["embedding"][2])
    assert arrays["embedding"].shape == (3, len(header["symbols"]), 2)


def test_names_follow_the_networks_probabilities(store, see):
    """A network that only knows the last letter: after . comes a or b, after a always c, after b and c the end."""
    spec = Comparison.model_validate({"problem": NAMES | {"context": 1, "embedding": 27, "hidden": []}, "runs": [{}]})
    symbols = spec.problem.examples().classes
    table = np.full((27, 27), -1000.0)
    place = {letter: i for i, letter in enumerate(symbols)}
    table[[place["a"], place["b"]], place["."]] = [np.log(3), 0]
    table[place["c"], place["a"]] = table[place["."], place["b"]] = table[place["."], place["c"]] = 0
    point = np.concatenate([np.eye(27).ravel(), table.ravel(), np.zeros(27)])
    header, _ = see(keep_points(store, spec.problem.model_dump(), point[None, None]), "samples")
    assert set(header["names"][0]) == {"ac", "b"}
    assert 6 <= header["names"][0].count("ac") <= 11


def test_a_name_that_never_ends_has_twenty_letters(store, see):
    point = np.zeros((1, 1, 27 * 3 + 6 * 27 + 27))
    point[..., -26] = 100
    problem = NAMES | {"hidden": []}
    header, _ = see(keep_points(store, problem, point), "samples")
    assert header["names"] == [["a" * 20] * 12]


def test_embeddings_are_seen_from_where_the_last_ones_differ_most(store, see):
    made = train(store, NAMES, steps=5)
    header, arrays = see(made.id, "samples")
    tables = made.points[:, 0, : 27 * 3].reshape(-1, 27, 3)
    last = tables[-1] - tables[-1].mean(axis=0)
    lengths = np.linalg.svd(last)[1]
    np.testing.assert_allclose((arrays["embedding"][-1] ** 2).sum(axis=0), lengths[:2] ** 2, rtol=1e-4)
    assert header["share"] == pytest.approx((lengths[:2] ** 2).sum() / (lengths**2).sum())
    moved = np.linalg.norm(np.diff(arrays["embedding"], axis=0), axis=-1)
    assert (moved <= np.linalg.norm(np.diff(tables, axis=0), axis=-1) + 1e-5).all()


@pytest.mark.parametrize("problem", [MOONS, MOONS | {"loss": "logistic"}, NAMES], ids=["softmax", "logistic", "names"])
def test_surprise_is_minus_the_logarithm_of_the_probability_of_the_right_answer(store, see, problem):
    made = train(store, problem, steps=4)
    header, arrays = see(made.id, "surprise")
    np.testing.assert_allclose(arrays["surprise"], -np.log(arrays["p"]), atol=1e-5)
    np.testing.assert_allclose(arrays["mean"], -np.log(arrays["p"]).mean(axis=1), rtol=1e-5)
    assert len(header["examples"]) == 16
    if header["sample"] == header["of"]:
        assert arrays["train_loss"][3] == pytest.approx(loss_of(made.spec, made.points[3, 0]), rel=1e-5)


def test_the_probability_of_the_right_letter_is_plain_pytorchs(store, see):
    made = train(store, NAMES, steps=2)
    header, arrays = see(made.id, "surprise")
    symbols = header["classes"]
    seen = np.array([[symbols.index(letter) for letter in one["text"]] for one in header["examples"]])
    right = [symbols.index(one["target"]) for one in header["examples"]]
    p = torch.softmax(torch.from_numpy(outputs_of(made.spec, made.points[-1, 0], seen)), 1).numpy()
    np.testing.assert_allclose(arrays["p"][-1], p[np.arange(16), right], rtol=1e-5)


@pytest.mark.parametrize("loss", ["softmax", "logistic"])
def test_a_probability_that_underflows_has_a_finite_surprise(store, see, loss):
    made = train(store, MOONS | {"loss": loss}, steps=1)
    _, arrays = see(keep_points(store, MOONS | {"loss": loss}, 1e5 * made.points), "surprise")
    assert arrays["p"].min() == 0
    assert np.isfinite(arrays["surprise"]).all()
    assert arrays["surprise"].max() > 1000
