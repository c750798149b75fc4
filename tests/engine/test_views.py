"""What views show is what the network does: checked against plain PyTorch, on points that are known."""

import json
import threading
from multiprocessing import Pipe

import numpy as np
import pytest
import torch
from kept_networks import DIGITS, LINE, MOONS, NAMES, empty, keep_points, train
from plain_torch import LOSSES, character, network, tensors

from slalom.bundle import unpack
from slalom.catalogue.experiment import Comparison
from slalom.engine.interactive import serve
from slalom.engine.plane import Path, Plane
from slalom.engine.views import KINDS, view
from slalom.errors import NotFound, SpecError
from slalom.store import Store

FIT = {
    "moons": (MOONS, {"plane", "boundary", "guesses", "surprise", "inside"}),
    "logistic": (MOONS | {"loss": "logistic"}, {"plane", "boundary", "guesses", "surprise", "inside"}),
    "moons by squares": (MOONS | {"loss": "mse"}, {"plane", "boundary", "guesses", "inside"}),
    "digits": (DIGITS, {"plane", "guesses", "surprise", "inside"}),
    "line": (LINE, {"plane", "curve", "inside"}),
    "names": (NAMES, {"plane", "samples", "surprise", "inside"}),
}


@pytest.fixture
def store(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path}/slalom.db")
    yield opened
    opened.close()


@pytest.fixture
def see(store):
    """Return a function that asks for a view: its header, and its arrays."""
    return lambda id, kind, **wish: unpack(view(store, {"id": id, "kind": kind, **wish}))


def module(spec, point):
    """Return the same network in PyTorch, and the loss and the data as it wants them."""
    examples = spec.problem.examples()
    plan = spec.problem.blueprint(examples)
    if plan.symbols:
        net = character(plan.symbols, plan.context, plan.embedding, plan.widths[1:-1])
    else:
        net = network(plan.widths, plan.activation)
    net = net.double()
    torch.nn.utils.vector_to_parameters(torch.from_numpy(np.array(point)), net.parameters())
    return net, plan.loss, examples


def loss_of(spec, point):
    net, loss, examples = module(spec, point)
    with torch.no_grad():
        inputs, targets = tensors(examples, loss, torch.float64)
        return LOSSES[loss](net(inputs), targets).item()


def outputs_of(spec, point, inputs):
    net, _, _ = module(spec, point)
    with torch.no_grad():
        return net(torch.from_numpy(np.array(inputs))).numpy()


@pytest.mark.parametrize("data", FIT)
def test_every_kind_fits_where_it_should_and_the_refusal_names_those_that_do(store, see, data):
    problem, fitting = FIT[data]
    made = train(store, problem, steps=3)
    for kind in KINDS:
        if kind in fitting:
            header, arrays = see(made.id, kind)
            assert (header["kind"], header["run"], header["steps"]) == (kind, 0, [0, 1, 2, 3])
            assert all(np.isfinite(values).all() for name, values in arrays.items() if kind != "inside"), arrays
        else:
            with pytest.raises(NotFound, match=", ".join(one for one in KINDS if one in fitting)):
                see(made.id, kind)
    with pytest.raises(NotFound, match="There is no view 'bird' of"):
        see(made.id, "bird")


@pytest.mark.parametrize("data", FIT)
def test_a_view_of_a_run_that_has_not_begun_is_empty_and_whole(store, see, data):
    problem, fitting = FIT[data]
    spec = Comparison.model_validate({"problem": problem, "runs": [{}, {}], "steps": 5})
    id, made = empty(store, spec), train(store, problem, steps=1, runs=2)
    for kind in fitting:
        header, arrays = see(id, kind)
        _, full = see(made.id, kind)
        assert header["steps"] == []
        axis = 1 if kind == "plane" else 0
        for name, values in full.items():
            moving = values.shape[axis : axis + 1] == (2,) and arrays[name].shape != values.shape
            expected = list(values.shape)
            expected[axis] = 0 if moving else expected[axis]
            assert list(arrays[name].shape) == expected, name
            assert arrays[name].dtype == values.dtype


# The plane


def test_dots_lie_where_the_plane_has_them_and_their_losses_are_the_networks_own(store, see):
    made = train(store, MOONS, runs=2)
    header, arrays = see(made.id, "plane")
    path = Path()
    for step, place in enumerate(made.points):
        path.add(step, place)
    plane = path.plane()
    xy, off = plane.coordinates(made.points)
    np.testing.assert_allclose(arrays["xy"], xy.swapaxes(0, 1), atol=1e-5)
    np.testing.assert_allclose(arrays["off"], off.T, atol=1e-5)
    assert header["shares"] == pytest.approx(plane.shares.tolist())
    assert (header["revision"], header["sample"], header["of"]) == (12, 80, 80)
    for run, step in ((0, 0), (0, 12), (1, 7)):
        assert arrays["loss"][run, step] == pytest.approx(loss_of(made.spec, made.points[step, run]), rel=1e-5)
        below = plane.at(xy[step, run])
        assert arrays["on_plane"][run, step] == pytest.approx(loss_of(made.spec, below), rel=1e-5)
    assert np.abs(arrays["loss"] - arrays["on_plane"]).max() > 1e-4


def test_the_contour_is_the_loss_on_the_plane_and_all_dots_are_inside(store, see):
    made = train(store, MOONS, runs=2)
    header, arrays = see(made.id, "plane")
    path = Path()
    for step, place in enumerate(made.points):
        path.add(step, place)
    plane, grid = path.plane(), arrays["grid"]
    (x0, x1), (y0, y1) = header["domain"]
    assert ((arrays["xy"] > [x0, y0]) & (arrays["xy"] < [x1, y1])).all()
    for row, column in ((0, 0), (29, 0), (0, 39), (11, 17)):
        place = np.array([np.linspace(x0, x1, 40)[column], np.linspace(y0, y1, 30)[row]])
        assert grid[row, column] == pytest.approx(loss_of(made.spec, plane.at(place)), rel=1e-4)


def test_where_there_are_two_parameters_nothing_is_hidden(store, see):
    made = train(store, LINE)
    header, arrays = see(made.id, "plane")
    np.testing.assert_allclose(arrays["loss"], arrays["on_plane"], rtol=1e-5)
    np.testing.assert_allclose(arrays["off"], 0, atol=1e-6)
    assert sum(header["shares"]) == pytest.approx(1)


def test_the_plane_that_the_worker_kept_is_the_one_that_is_shown(store, see):
    made = train(store, MOONS)
    dimension = made.points.shape[2]
    kept = Plane(8, np.zeros(dimension), np.eye(2, dimension), np.array([0.25, 0.125]))
    store.keep(made.id, 8, "plane", kept.pack())
    header, arrays = see(made.id, "plane")
    assert (header["revision"], header["shares"]) == (8, [0.25, 0.125])
    np.testing.assert_allclose(arrays["xy"][0], made.points[:, 0, :2], rtol=1e-6)


def test_a_run_that_ends_leaves_the_others_their_picture(store, see):
    alone = train(store, MOONS, runs=2)
    made = train(store, MOONS, runs=3, lose=(2, 6))
    _, arrays = see(made.id, "plane")
    for name in ("xy", "off", "loss", "on_plane"):
        assert np.isfinite(arrays[name][:2]).all()
        assert np.isfinite(arrays[name][2, :6]).all()
        assert np.isnan(arrays[name][2, 6:]).all()
    widths = [np.ptp(see(one.id, "plane")[0]["domain"], axis=1).max() for one in (alone, made)]
    assert 0.5 < widths[1] / widths[0] < 4


def test_a_far_away_run_does_not_widen_the_picture(store, see):
    made = train(store, MOONS, runs=2)
    points = np.concatenate([made.points, made.points[:, :1] * np.geomspace(1, 1e9, 13)[:, None, None]], axis=1)
    wide = keep_points(store, MOONS, points)
    domains = [np.array(see(id, "plane")[0]["domain"]) for id in (made.id, wide)]
    assert np.ptp(domains[1], axis=1).max() < 3 * np.ptp(domains[0], axis=1).max()
    assert np.isfinite(see(wide, "plane")[1]["xy"]).all()


def test_runs_that_stand_still_have_a_picture(store, see):
    made = train(store, MOONS, {"kind": "sgd", "lr": 0}, steps=3)
    header, arrays = see(made.id, "plane")
    assert header["shares"] == ["nan", "nan"]
    assert (np.ptp(header["domain"], axis=1) > 0).all()
    assert np.ptp(arrays["grid"]) > 0


def test_random_directions_go_through_the_last_point_of_the_chosen_run(store, see):
    made = train(store, MOONS, runs=2)
    header, arrays = see(made.id, "plane", run=1, directions="random", seed=4)
    again, same = see(made.id, "plane", run=1, directions="random", seed=4)
    _, other = see(made.id, "plane", run=1, directions="random", seed=5)
    assert (header["directions"], header["revision"], header["domain"]) == ("random", 12, again["domain"])
    np.testing.assert_allclose(arrays["xy"][1, -1], 0, atol=1e-6)
    assert arrays["on_plane"][1, -1] == pytest.approx(loss_of(made.spec, made.points[-1, 1]), rel=1e-5)
    np.testing.assert_array_equal(arrays["grid"], same["grid"])
    assert np.abs(arrays["grid"] - other["grid"]).max() > 1e-3
    weights = np.r_[made.points[-1, 1, :10], made.points[-1, 1, 15:25]]
    np.testing.assert_allclose(np.array(header["domain"])[:, 1], np.linalg.norm(weights))


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


# Inside


@pytest.mark.parametrize(
    "optimizer",
    [
        {"kind": "adam"},
        {"kind": "adam", "amsgrad": True},
        {"kind": "adamw", "weight_decay": 0},
        {"kind": "adamax"},
        {"kind": "radam"},
        {"kind": "sgd", "momentum": 0.9},
        {"kind": "rmsprop", "momentum": 0.5},
        {"kind": "rmsprop", "momentum": 0.5, "centered": True},
        {"kind": "sign_sgd", "momentum": 0.5},
        {"kind": "rprop"},
    ],
    ids=lambda one: "-".join(map(str, one.values())),
)
def test_the_step_is_what_the_last_update_subtracted(store, see, optimizer):
    schedule = {"kind": "linear", "start_factor": 1.0, "end_factor": 0.1}
    made = train(store, MOONS, optimizer | {"lr": 0.02}, schedule=schedule, already=7)
    header, arrays = see(made.id, "inside", parameter=3)
    moved = -np.diff(made.points[:, 0], axis=0)
    np.testing.assert_allclose(arrays["p_step"][1:], moved[:, 3], rtol=1e-5, atol=1e-10)
    for layer, one in enumerate([slice(0, 15), slice(15, 27)]):
        rms = np.sqrt((moved[:, one] ** 2).mean(axis=1))
        np.testing.assert_allclose(arrays["step"][1:, layer], rms, rtol=1e-5, atol=1e-10)
    assert header["rule"] == optimizer["kind"]


def test_what_adam_remembers_is_the_gradients_mean_and_size(store, see):
    made = train(store, MOONS, {"kind": "adam", "lr": 0, "beta1": 0.9, "beta2": 0.99}, steps=5)
    header, arrays = see(made.id, "inside", parameter=26)
    net, loss, examples = module(made.spec, made.points[0, 0])
    inputs, targets = tensors(examples, loss, torch.float64)
    LOSSES[loss](net(inputs), targets).backward()
    gradient = torch.nn.utils.parameters_to_vector(p.grad for p in net.parameters()).numpy()
    # The point does not move, so every gradient is the same: without bias the means are the gradient itself.
    np.testing.assert_allclose(arrays["p_m"][1:], gradient[26], rtol=1e-5)
    np.testing.assert_allclose(arrays["p_v"][1:], abs(gradient[26]), rtol=1e-5)
    np.testing.assert_allclose(arrays["m"][1:, 0], np.sqrt((gradient[:15] ** 2).mean()), rtol=1e-5)
    assert np.isnan(arrays["m"][0]).all()
    np.testing.assert_allclose(arrays["weight"][:, 1], np.sqrt((made.points[0, 0, 15:] ** 2).mean()), rtol=1e-6)
    assert header["parameter_name"] == "1.bias[1]"
    assert [one["size"] for one in header["layers"]] == [15, 12]


def test_a_rule_without_memory_has_none_to_show(store, see):
    _, arrays = see(train(store, MOONS, {"kind": "sgd", "lr": 0.1}).id, "inside")
    assert np.isfinite(arrays["weight"]).all()
    assert all(np.isnan(arrays[name]).all() for name in ("m", "v", "step", "p_m", "p_v", "p_step"))


def test_a_parameter_out_of_range_is_refused(store, see):
    made = train(store, MOONS, steps=1)
    assert see(made.id, "inside", parameter=26)[0]["parameter"] == 26
    with pytest.raises(SpecError, match=r"no parameter 27; the network has parameters 0 to 26\.") as refused:
        see(made.id, "inside", parameter=27)
    assert refused.value.loc == ("parameter",)


# Which entries, which run


@pytest.mark.parametrize(
    ("wish", "steps"),
    [
        ({}, list(range(13))),
        ({"frames": 13}, list(range(13))),
        ({"frames": 3}, [0, 6, 12]),
        ({"frames": 2}, [0, 12]),
        ({"frames": 1}, [12]),
        ({"after": 9}, [10, 11, 12]),
        ({"after": 12}, []),
    ],
)
@pytest.mark.parametrize("kind", ["plane", "boundary", "inside"])
def test_entries_are_thinned_evenly_and_end_with_the_last(store, see, kind, wish, steps):
    header, arrays = see(train(store, MOONS).id, kind, **wish)
    assert header["steps"] == steps
    name, axis = {"plane": ("xy", 1), "boundary": ("class", 0), "inside": ("weight", 0)}[kind]
    assert arrays[name].shape[axis] == len(steps)


@pytest.mark.parametrize("entry", [0, 1, 6, 12])
def test_a_run_that_ended_is_shown_up_to_its_last_finite_entry(store, see, entry):
    made = train(store, MOONS, runs=2, lose=(1, entry))
    assert see(made.id, "boundary", run=1)[0]["steps"] == list(range(entry))
    assert see(made.id, "boundary", run=0)[0]["steps"] == list(range(13))
    header, arrays = see(made.id, "plane", run=1, directions="random")
    assert header["revision"] == max(entry - 1, 0)
    assert np.isfinite(arrays["grid"]).all()


def test_a_run_of_many_is_itself(store, see):
    made = train(store, MOONS, runs=3)
    for run in range(3):
        header, arrays = see(made.id, "inside", run=run, parameter=5)
        assert header["run"] == run
        np.testing.assert_allclose(arrays["p_value"], made.points[:, run, 5], rtol=1e-6)
    with pytest.raises(SpecError, match=r"no run 3; the runs are 0 to 2\."):
        see(made.id, "inside", run=3)


def test_a_surface_has_no_views(store, see):
    id = empty(store, '{"problem": {"kind": "parabola"}, "runs": [{}]}')
    with pytest.raises(NotFound, match="minimises a parabola, which is no network"):
        see(id, "plane")
    with pytest.raises(NotFound, match="There is no experiment"):
        see("absent000000", "plane")


# The conversation


@pytest.fixture
def ends():
    ours, theirs = Pipe()
    thread = threading.Thread(target=serve, args=(theirs,))
    thread.start()
    yield ours
    ours.close()
    thread.join(10)
    assert not thread.is_alive()


def ask(connection, **order):
    connection.send_bytes(json.dumps(order).encode())
    answers = []
    while not answers or answers[-1][:1] == b"F":
        assert connection.poll(60)
        answers.append(connection.recv_bytes())
    return answers


def test_a_warm_worker_answers_with_one_bundle(store, ends):
    made = train(store, MOONS, steps=2)
    bundle, done = ask(ends, request=3, store=store.url, view={"id": made.id, "kind": "plane"})
    assert bundle[1:] == view(store, {"id": made.id, "kind": "plane"})
    assert (done[:1], json.loads(done[1:])) == (b"D", {"request": 3})
    (refused,) = ask(ends, request=4, store=store.url, view={"id": made.id, "kind": "curve"})
    body = json.loads(refused[1:])
    assert (refused[:1], body["request"], body["status"]) == (b"E", 4, 404)
    assert "plane, boundary, guesses, surprise, inside" in body["detail"]
