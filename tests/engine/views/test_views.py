"""What views show is what the network does: checked against plain PyTorch, on points that are known."""

import json
import threading
from multiprocessing import Pipe

import numpy as np
import pytest
import torch
from kept_networks import DIGITS, LINE, MOONS, NAMES, empty, keep_points, loss_of, module, train
from plain_torch import LOSSES, tensors

from slalom.catalogue.experiments.comparison import Comparison
from slalom.catalogue.views import VIEW_KINDS
from slalom.engine.network.parameter_plane import Path, Plane
from slalom.engine.preview_worker import serve_previews
from slalom.engine.views import answer_view
from slalom.errors import NotFound, SpecError
from slalom.wire.envelope import WorkerRequest, write_request

FIT = {
    "moons": (MOONS, {"plane", "boundary", "guesses", "surprise", "inside"}),
    "logistic": (MOONS | {"loss": "logistic"}, {"plane", "boundary", "guesses", "surprise", "inside"}),
    "moons by squares": (MOONS | {"loss": "mse"}, {"plane", "boundary", "guesses", "inside"}),
    "digits": (DIGITS, {"plane", "guesses", "surprise", "inside"}),
    "line": (LINE, {"plane", "curve", "actual", "inside"}),
    "names": (NAMES, {"plane", "samples", "surprise", "inside"}),
}


@pytest.mark.parametrize("data", FIT)
def test_every_kind_fits_where_it_should_and_the_refusal_names_those_that_do(store, see, data):
    problem, fitting = FIT[data]
    made = train(store, problem, steps=3)
    names = [kind.name for kind in VIEW_KINDS]
    for kind in names:
        if kind in fitting:
            header, arrays = see(made.id, kind)
            assert (header["kind"], header["run"], header["steps"]) == (kind, 0, [0, 1, 2, 3])
            assert all(np.isfinite(values).all() for name, values in arrays.items() if kind != "inside"), arrays
        else:
            with pytest.raises(NotFound, match=", ".join(one for one in names if one in fitting)):
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
    store.artifacts.keep(made.id, 8, "plane", kept.pack())
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
    thread = threading.Thread(target=serve_previews, args=(theirs,))
    thread.start()
    yield ours
    ours.close()
    thread.join(10)
    assert not thread.is_alive()


def ask(connection, number, store, **options):
    connection.send_bytes(write_request(WorkerRequest("view", b"", number, store.database.url, options)))
    answers = []
    while not answers or answers[-1][:1] == b"F":
        assert connection.poll(60)
        answers.append(connection.recv_bytes())
    return answers


def test_a_warm_worker_answers_with_one_bundle(store, ends):
    made = train(store, MOONS, steps=2)
    bundle, done = ask(ends, 3, store, id=made.id, kind="plane")
    assert bundle[1:] == answer_view(store, {"id": made.id, "kind": "plane"})
    assert (done[:1], json.loads(done[1:])) == (b"D", {"request": 3})
    (refused,) = ask(ends, 4, store, id=made.id, kind="curve")
    body = json.loads(refused[1:])
    assert (refused[:1], body["request"], body["status"]) == (b"E", 4, 404)
    assert "plane, boundary, guesses, surprise, inside" in body["detail"]
