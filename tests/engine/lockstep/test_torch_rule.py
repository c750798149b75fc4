"""Classes of torch.optim.Optimizer beside Slalom's own rules: their steps, chance, forks, ends and refusals."""

from __future__ import annotations

import sys

import extras
import numpy as np
import pytest
from pydantic import ValidationError

from slalom.catalogue.admission import check, check_cell, refuse_classes
from slalom.catalogue.experiments import SPEC
from slalom.engine.descent import Descent
from slalom.engine.lockstep.torch_trial import try_classes
from slalom.engine.map.runner import MapRunner
from slalom.engine.replay import replay
from slalom.engine.runners import runner_of
from slalom.engine.surface.update_inspector import inspect_updates
from slalom.errors import NotHere, SpecError
from slalom.settings import Limits, Settings

NETWORK = {"kind": "network", "data": {"kind": "moons", "n": 24}, "hidden": [4]}
NOBODYS = lambda id: None  # noqa: E731


@pytest.fixture(scope="module", autouse=True)
def installed(tmp_path_factory):
    """Install a package of classes for as long as this file is tested."""
    folder = str(extras.install(tmp_path_factory.mktemp("site")))
    sys.path.insert(0, folder)
    yield
    sys.path.remove(folder)
    for name in [name for name in sys.modules if name.partition(".")[0] == "slalom_extras"]:
        del sys.modules[name]


def run(path, lr=0.1, closure=False, maximize=False, options=None, **more):
    optimizer = {"kind": "torch", "path": path, "lr": lr, "closure": closure, "maximize": maximize}
    return {"optimizer": optimizer | {"options": options or {}}, **more}


def wandering(lr=0.05, **more):
    return run("slalom_extras.classes.Wandering", lr, **more)


OWN = [
    ("torch.optim.SGD", {"momentum": 0.9, "nesterov": True}, {"kind": "sgd", "momentum": 0.9, "nesterov": True}),
    ("torch.optim.Adam", {"betas": [0.8, 0.9]}, {"kind": "adam", "beta1": 0.8, "beta2": 0.9}),
    ("torch.optim.Adafactor", {"d": 2.0}, {"kind": "adafactor", "d": 2.0}),
    ("torch.optim.LBFGS", {"max_iter": 3, "line_search_fn": "strong_wolfe"}, None),
]


@pytest.mark.parametrize("problem", ["rosenbrock", NETWORK], ids=["surface", "network"])
@pytest.mark.parametrize(("path", "options", "own"), OWN, ids=lambda value: value if isinstance(value, str) else "")
def test_a_class_walks_the_path_of_slaloms_own_rule(descend, problem, path, options, own):
    closure = own is None
    own = own or {"kind": "lbfgs", **options}
    batches = {} if problem == "rosenbrock" else {"batch_size": 8}
    rates = {"schedule": {"kind": "cosine"}, "clip_norm": 5.0, "noise": 1e-3, **batches}
    pair = [run(path, 1e-3, closure, options=options, **rates), {"optimizer": own | {"lr": 1e-3}, **rates}]
    other, known = descend(problem, *pair, steps=12, dtype="float64", seed=3)
    assert other["lr"].tobytes() == known["lr"].tobytes()
    np.testing.assert_allclose(other["loss"], known["loss"], rtol=1e-9)
    assert np.isnan(other["limit"]).all()


def test_a_class_of_another_package_runs_beside_slaloms_own(descend, rule):
    path = "pytorch_optimizer.SOAP"
    both = descend(NETWORK, run(path, 0.01, batch_size=8), rule("adam", lr=0.01) | {"batch_size": 8}, steps=30)
    assert [one["loss"][-1] < one["loss"][0] for one in both] == [True, True]
    assert "SOAP" in both[0].outcome.because or both[0].outcome.because


def test_a_class_that_does_not_know_maximize_climbs_all_the_same(descend):
    up, down = descend("parabola", run("torch.optim.SGD", 0.01, maximize=True), 0.01, steps=5)
    assert up["loss"][-1] > up["loss"][0] > down["loss"][-1]


@pytest.mark.parametrize("problem", ["rosenbrock", NETWORK], ids=["surface", "network"])
def test_chance_follows_from_the_seed_of_a_run_and_from_nobody_beside_it(descend, problem):
    alone = descend(problem, wandering(1e-3), steps=9, seed=7)[0]
    again, other = descend(problem, wandering(1e-3), wandering(2e-3), steps=9, seed=7)
    repeated = descend(problem, wandering(1e-3), steps=9, seed=6, seeds=2)
    assert alone["loss"].tobytes() == again["loss"].tobytes() == repeated[1]["loss"].tobytes()
    assert len({trace["loss"].tobytes() for trace in (again, other, *repeated)}) == 3


@pytest.mark.parametrize("problem", ["rosenbrock", NETWORK], ids=["surface", "network"])
@pytest.mark.parametrize("path", ["slalom_extras.classes.Wandering", "pytorch_optimizer.SOAP", "torch.optim.LBFGS"])
def test_a_fork_has_the_bytes_of_the_run_that_it_goes_on_from(spec_of, traces_of, problem, path):
    one = run(path, 1e-3, path.endswith("LBFGS"), options={"max_iter": 2} if path.endswith("LBFGS") else {})
    spec = spec_of(problem, one, one, steps=20, seed=2)
    original, _ = traces_of(Descent(spec))
    origin = [replay(spec, 0, 8, kept=lambda step: pytest.fail("its memory is not written down"))] * 2
    rest = spec.model_copy(update={"steps": 12})
    for child in traces_of(Descent(rest, origin=origin)):
        assert child["loss"].tobytes() == original["loss"][8:].tobytes()


def test_a_fork_keeps_the_memory_and_takes_other_options(spec_of, traces_of):
    spec = spec_of("parabola", run("torch.optim.SGD", 0.05, options={"momentum": 0.9}), steps=20)
    (original,) = traces_of(Descent(spec))
    runs = [run("torch.optim.SGD", 0.05, options={"momentum": 0.5}), run("torch.optim.Adam", 0.05)]
    origin = [replay(spec, 0, 10)] * 2
    softer, fresh = traces_of(Descent(spec_of("parabola", *runs, steps=5), origin=origin))
    velocity = (original["p0"][9] - original["p0"][10]) / 0.05
    point = original["p0"][10]
    assert softer["p0"][1] == pytest.approx(point - 0.05 * (0.5 * velocity + 2 * point))
    assert fresh["p0"][1] == pytest.approx(point - 0.05 * np.sign(point))


@pytest.mark.parametrize("path", ["torch.optim.SGD", "slalom_extras.classes.Strict"])
def test_a_run_that_blows_up_ends_and_the_others_go_on(descend, path):
    wild, calm = descend("rosenbrock", run(path, 1e3), run(path, 1e-4), steps=30)
    assert (wild.outcome.kind, len(calm["loss"])) == ("diverged", 31)
    assert len(wild["loss"]) < 31
    assert not wild.outcome.because.startswith("What came of")


def test_an_update_is_told_with_what_the_class_remembers():
    spec = SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [run("torch.optim.Adam")], "steps": 9})
    (look,) = inspect_updates(spec, 0, 2, 1)
    assert look["state"]["step"] == 3
    assert len(look["state"]["exp_avg"]) == 2
    assert [term["name"] for term in look["terms"]] == ["gradient", "exp avg", "exp avg sq", "step"]


def test_a_map_of_a_class_has_the_cells_of_runs_alone(descend):
    across, up = ([{"field": field, "values": values}] for field, values in (("run.optimizer.lr", [0.1, 3.0]),) * 2)
    across, up = across[0], {"field": "run.start.0", "values": [1.0, 2.0]}
    chosen = {"kind": "map", "problem": {"kind": "bowl"}, "vary": [across, up], "steps": 20}
    spec = SPEC.validate_python(chosen | {"run": run("torch.optim.Adam")})
    ((tick,),) = ([tick.blocks for tick in MapRunner(spec).frames()][-1:],)
    losses = np.concatenate([block.data for block in tick], axis=-1)
    assert np.isfinite(losses).any()
    check_cell(spec, 0, Limits())
    with pytest.raises(NotHere):
        check_cell(spec, 0, Settings(mode="class"))


REFUSED = [
    (run("torch.optim.Adamm"), "path", r"There is no Adamm in torch\.optim\. .*\bAdam\b"),
    (run("torch.optim.Optimizer"), "path", "is no optimizer of PyTorch"),
    (run("slalom_extras.classes.factory"), "path", "is no optimizer of PyTorch"),
    (run("slalom_extras.classes.Unrelated"), "path", "Optimizers there are: Strict, Tiring, Wandering"),
    (run("slalom_extras.clases.Strict"), "path", "slalom_extras.clases cannot be imported: ModuleNotFoundError"),
    (run("torch.optim.AdamW", options={"beta": 0.9}), "options", r"unexpected keyword .*Its options are betas, eps"),
    (
        run("torch.optim.AdamW", options={"betas": [0.9, 2.0]}),
        "options",
        r"lr=0\.1, betas=\(0\.9, 2\.0\).*Invalid beta",
    ),
    (run("torch.optim.AdamW", options={"weight_decay": "much"}), "options", "does not take"),
    (run("slalom_extras.classes.Wandering", options={"spred": 1.0}), "options", "has no option spred. Its options are"),
    (run("torch.optim.LBFGS"), "closure", "Set closure to true"),
    (run("torch.optim.SparseAdam"), "path", "failed at update 1: .*does not support dense gradients"),
    (run("slalom_extras.classes.Tiring", options={"steps": 0}), "path", "failed at update 1: RuntimeError: no more"),
]


@pytest.mark.parametrize(("chosen", "field", "words"), REFUSED, ids=lambda value: value if type(value) is str else "")
@pytest.mark.parametrize("problem", [{"kind": "bowl"}, NETWORK], ids=["surface", "network"])
def test_what_does_not_fit_is_refused_with_its_place_before_anything_runs(problem, chosen, field, words):
    spec = SPEC.validate_python({"problem": problem, "runs": [{}, chosen], "steps": 5})
    with pytest.raises(SpecError, match=words) as error:
        try_classes(spec, NOBODYS)
    assert error.value.loc == ("runs", 1, "optimizer", field)
    assert error.value.status == 422


def test_a_class_that_knows_matrices_only_is_refused_where_there_are_vectors():
    pytest.importorskip("torch", minversion="2.9")
    spec = SPEC.validate_python({"problem": NETWORK, "runs": [run("torch.optim.Muon")], "steps": 5})
    with pytest.raises(SpecError, match="2D"):
        try_classes(spec, NOBODYS)


def test_a_class_that_fails_later_says_at_which_update(descend):
    with pytest.raises(SpecError, match="Tiring failed at update 4: RuntimeError: no more steps"):
        descend("bowl", run("slalom_extras.classes.Tiring"), steps=9)


@pytest.mark.parametrize(
    "path",
    [
        *("os.system", "subprocess.Popen", "this.is_it", "antigravity.fly"),  # Python's own.
        *("numpy.ndarray", "fastapi.FastAPI", "no_such_package.Adam", "conftest.start_server", "tests.extras.install"),
    ],
)
def test_nothing_is_imported_but_packages_that_require_pytorch(path):
    spec = SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [run(path)], "steps": 5})
    before = set(sys.modules)
    for asked in (lambda: check(spec, Limits()), lambda: try_classes(spec, NOBODYS)):
        with pytest.raises(SpecError, match=rf"{path} cannot be imported: .*require PyTorch") as error:
            asked()
        assert error.value.loc == ("runs", 0, "optimizer", "path")
    assert not {name.partition(".")[0] for name in set(sys.modules) - before} & {"antigravity", "this", "tests"}


@pytest.mark.parametrize(
    "path",
    [
        *("", "SOAP", ".SOAP", "torch.", "torch..SGD", "torch.optim.SGD()", "torch.optim.SGD\n", "torch optim.SGD"),
        *("torch._C.Generator", "torch.optim.__dict__", "torch.optim.optimizer._x", "_torch.SGD", "torch.a__b.C"),
        *("torch/optim.SGD", "../evil.SGD", "torch.öptim.SGD", "1torch.SGD", "import os; os.x", "a" * 250 + ".B"),
    ],
)
def test_what_is_no_path_of_names_is_refused_as_text(path):
    with pytest.raises(ValidationError):
        SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [run(path)], "steps": 5})


@pytest.mark.parametrize(
    "options",
    [
        *({"lr": 0.1}, {"maximize": True}, {"params": []}, {"closure": 1}, {"_x": 1}, {"a b": 1}, {"__class__": 1}),
        *({"betas": {"0": 1}}, {"betas": [[1]]}, {"x": "y" * 101}, {"x": [0.0] * 101}, {"x": float("nan")}),
        {f"x{i}": i for i in range(41)},
    ],
)
def test_what_is_no_option_is_refused(options):
    with pytest.raises(ValidationError):
        SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [run("torch.optim.SGD", options=options)]})


def test_the_limits_of_options_are_inside():
    for options in ({f"x{i}": i for i in range(40)}, {"x": "y" * 100}, {"x": [0.0] * 100}):
        chosen = SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [run("torch.optim.SGD", options=options)]})
        assert SPEC.validate_json(chosen.model_dump_json()) == chosen
        assert hash(chosen.runs[0].optimizer) == hash(SPEC.validate_json(chosen.model_dump_json()).runs[0].optimizer)


@pytest.mark.parametrize("given", [{"mode": "class"}, {"mode": "public"}, {"host": "0.0.0.0"}], ids=str)
def test_only_ones_own_installation_imports_classes(given):
    settings = Settings(auth=False, **given)
    plain = {"problem": {"kind": "bowl"}, "steps": 5}
    for chosen in (
        plain | {"runs": [{}, run("torch.optim.SGD")]},
        plain | {"runs": [{}], "vary": [{"field": "run.optimizer", "values": [run("torch.optim.SGD")["optimizer"]]}]},
        plain | {"kind": "range_test", "run": run("torch.optim.SGD")},
    ):
        spec = SPEC.validate_python(chosen)
        with pytest.raises(NotHere, match=r"torch\.optim\.SGD is code that would run on this server") as error:
            check(spec, settings)
        assert error.value.status == 403
        check(spec, Settings())
        with pytest.raises(NotHere):
            refuse_classes(spec)
    refuse_classes(SPEC.validate_python(plain | {"runs": [{}]}))
    check(SPEC.validate_python(plain | {"runs": [{}]}), settings)


def test_options_and_paths_can_vary(descend):
    momentum = {"field": "run.optimizer.options.momentum", "values": [0.0, 0.9]}
    swept = descend("bowl", run("torch.optim.SGD", 0.01), vary=[momentum], steps=5)
    own = descend("bowl", *({"optimizer": {"kind": "sgd", "lr": 0.01, "momentum": m}} for m in (0.0, 0.9)), steps=5)
    np.testing.assert_allclose([one["loss"] for one in swept], [one["loss"] for one in own])
    paths = {"field": "run.optimizer.path", "values": ["torch.optim.SGD", "torch.optim.Adam"]}
    assert len(SPEC.validate_python({"problem": {"kind": "bowl"}, "runs": [run("a.B")], "vary": [paths]}).imported) == 2


def test_a_range_test_of_a_class_recommends_a_rate():
    chosen = {"kind": "range_test", "problem": {"kind": "bowl"}, "run": run("torch.optim.SGD"), "steps": 60}
    runner = runner_of(SPEC.validate_python(chosen))
    for _ in runner.frames():
        pass
    assert runner.result().findings["recommended"] is not None


def test_layers_have_one_rate(spec_of):
    with pytest.raises(ValidationError, match="layer_lr has 2 learning rates, but torch goes one way"):
        spec_of(NETWORK, run("torch.optim.SGD", layer_lr=[0.1, 0.2]))
