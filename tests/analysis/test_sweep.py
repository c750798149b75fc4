"""The summary of a sweep from blocks written by hand: medians, targets, steps between measurements, and the words."""

import math

import numpy as np
import pytest

from slalom.analysis import sweep as module
from slalom.analysis.sweep import field_name, reached, read_columns, summarize
from slalom.catalogue.experiments.comparison import Comparison
from slalom.wire.frames import Block

BOWL = {"problem": {"kind": "bowl"}, "runs": [{}], "steps": 9}
NET = {"problem": {"kind": "network"}, "runs": [{}], "steps": 9}
QUIET = {"kind": "unfinished", "evidence": {"limit": 0.5}}
GONE = {"kind": "diverged", "evidence": {"limit": 0.501}}


def spec(*values, given=BOWL, field="run.optimizer.lr", **changes):
    return Comparison.model_validate(given | {"vary": [{"field": field, "values": list(values)}]} | changes)


def block(rows, step=0, runs=None, **columns):
    data = np.array([rows, *columns.values()], float)
    return Block(step, tuple(runs or range(len(rows))), ("loss", *columns), data)


def summary(spec, *blocks, outcomes=None, target=None):
    return summarize(spec, lambda: blocks, outcomes, target)


def fails(*args, **kwargs):
    raise RuntimeError("broken on purpose")


@pytest.mark.parametrize("function", ["told", "chosen_target", "reached", "field_name"])
def test_what_is_said_of_a_sweep_may_fail_and_its_numbers_stand(monkeypatch, function):
    two, blocks = spec(0.1, 0.2), [block([[9, 5], [9, 8]])]
    whole = summary(two, *blocks, outcomes=[QUIET, GONE])
    monkeypatch.setattr(getattr(module, function), "__code__", fails.__code__)
    found = summary(two, *blocks, outcomes=[QUIET, GONE])
    assert found.keys() == whole.keys()
    for name in ("final", "start", "entries", "outcome"):
        assert [run[name] for run in found["runs"]] == [run[name] for run in whole["runs"]]
    said = found["best"]["because"] + found["target_because"]
    assert "could not be determined: a fault of Slalom" in said


def test_runs_are_read_from_any_cut_of_their_blocks():
    three = spec(0.1, 0.2, 0.3)
    blocks = [block([[9, 5], [9, 8], [9, 99]]), block([[1], [7]], 2, (0, 1)), block([[0.5]], 3, (0,))]
    courses = read_columns(three, blocks)
    assert courses.start.tolist() == [9, 9, 9]
    assert courses.final.tolist() == [0.5, 7, 99]
    assert courses.entries.tolist() == [4, 3, 2]
    assert reached(three, blocks, 5).tolist() == [1, -1, -1]
    assert reached(three, blocks, 9).tolist() == [0, 0, 0]
    assert reached(three, blocks, 1).tolist() == [2, -1, -1]


def test_a_loss_that_stands_still_and_then_falls_is_met_where_it_falls():
    assert reached(spec(0.1), [block([[5, 5, 5]]), block([[5, 5, 1]], 3)], 2).tolist() == [5]


def test_what_is_measured_now_and_then_falls_evenly_between():
    network = spec(0.1, given=NET)
    blocks = [
        block([[3, 0, 3, 3]], train_loss=[[4, 4, 4, 4]]),
        block([[3, 0, 3, 3, 3]], 4, train_loss=[[4, 4, 4, 4, 2]]),
    ]
    assert reached(network, blocks, 3).tolist() == [4]  # Half of the way from entry 0 to entry 8, not that of a batch.
    assert reached(network, blocks, 2).tolist() == [8]
    assert reached(network, blocks, 1.9).tolist() == [-1]


def test_a_network_that_blew_up_ends_where_its_batches_did():
    network = spec(0.1, given=NET)
    blocks = [block([[3, math.inf]], train_loss=[[3, 3]])]
    assert read_columns(network, blocks).final.tolist() == [math.inf]
    assert summary(network, *blocks)["values"][0]["diverged"] == 1


def test_seeds_are_summed_up_by_their_median_and_range():
    two = spec(0.1, 0.2, seeds=3)
    losses = [[8, 4, 1], [8, 1, 0.5], [8, 6, 5], [8, 9, 5000], [8, 7, math.nan], [8, 7, 6]]
    told = summary(two, block(losses), target=2)
    first, second = told["values"]
    assert (first["runs"], second["runs"]) == ([0, 1, 2], [3, 4, 5])
    assert (first["final"], first["final_low"], first["final_high"]) == (1, 0.5, 5)
    assert (first["to_target"], first["to_target_low"], first["to_target_high"], first["reached"]) == (2, 1, None, 2)
    assert (second["final"], second["final_high"], second["diverged"]) == (5000, math.inf, 1)
    assert (second["to_target"], second["to_target_low"], second["reached"]) == (None, None, 0)
    assert [run["seed"] for run in told["runs"]] == [0, 1, 2] * 2
    assert told["best"]["value"] == 0.1
    assert told["best"]["because"] == (
        "lr = 0.1 is best of 2 values: it reaches a loss of 2 after 2 steps with 2 of 3 seeds, and ends at 1. "
        "From 0.2 on some runs diverge."
    )


def test_the_target_is_close_to_a_known_minimum_and_else_most_of_the_way():
    near = summary(spec(0.1, 0.2), block([[4e6, 1], [4e6, 2]]))
    assert near["target"] == pytest.approx(4)
    assert "above the minimum, 0" in near["target_because"]
    assert summary(spec(0.1), block([[0.5, 0.4]]))["target"] == pytest.approx(1e-6)
    formula = {"problem": {"kind": "formula", "text": "x**2"}}
    way = summary(spec(0.1, given=BOWL | formula), block([[10, 2]]))
    assert way["target"] == pytest.approx(10 - 0.999 * 8)
    assert way["target_because"].startswith("99.9 % of the way from the start (10) to the lowest final loss (2)")
    trained = summary(spec(0.1, given=NET), block([[10, 2]]))
    assert trained["target"] == pytest.approx(10 - 0.9 * 8)
    risen = summary(spec(0.1, given=NET), block([[10, 12]]))
    assert risen["target"] == pytest.approx(10)


def test_before_the_first_entry_there_is_nothing_to_tell():
    told = summary(spec(0.1, 0.2))
    assert (told["target"], told["best"], told["limits"]) == (None, None, [None])
    assert {run["final"] for run in told["runs"]} == {None}
    assert {one["final"] for one in told["values"]} == {None}


def test_a_target_may_be_asked_for():
    told = summary(spec(0.1), block([[8, 3, 2]]), target=3)
    assert (told["target"], told["target_because"], told["runs"][0]["to_target"]) == (3, "as asked", 1)


def test_where_runs_maximize_a_target_is_reached_from_below_and_nothing_is_best():
    up = spec(0.1, 0.2, runs=[{"optimizer": {"kind": "sgd", "maximize": True}}])
    found = summary(up, block([[1, 5, 9], [1, 2, 3000]]))
    assert found["best"] is None
    assert found["target"] is None
    assert found["target_because"] == "No target is chosen, and no value is called best, where runs maximize."
    assert [value["diverged"] for value in found["values"]] == [0, 0]
    assert [run["to_target"] for run in summary(up, block([[1, 5, 9], [1, 2, 3000]]), target=5.0)["runs"]] == [1, 2]


def test_the_sentence_names_the_best_value_the_edge_and_the_limit():
    four = spec(0.1, 0.2, 0.4, 0.6)
    losses = [[8, 6, 4], [8, 3, 1], [8, 2, 1], [8, 9, 1e9]]
    told = summary(four, block(losses), outcomes=[QUIET] * 3 + [GONE], target=2)["best"]
    assert (told["value"], told["to_target"], told["final"]) == (0.4, 1, 1)
    assert told["because"] == (
        "lr = 0.4 is best of 4 values: it reaches a loss of 2 after 1 steps, and ends at 1. "
        "From 0.6 on runs diverge; the stability limit is 0.5."
    )
    quiet = summary(four, block(losses), outcomes=[QUIET] * 4, target=2)["best"]["because"]
    assert "diverge" not in quiet
    smallest = summary(spec(0.1, 0.2, 0.3), block([[8, 1], [8, 2], [8, 3]]), target=0.5)["best"]["because"]
    assert smallest == (
        "lr = 0.1 ends lowest of 3 values, at a loss of 1; no value reaches 0.5. "
        "It is the smallest value tried: smaller ones may be better."
    )


def test_losses_that_look_alike_are_told_with_more_digits():
    told = summary(spec(0.1), block([[8, 2.92863]]), target=2.92772)["best"]["because"]
    assert told == "lr = 0.1 ends lowest, at a loss of 2.92863; no value reaches 2.92772."


def test_where_all_diverge_nothing_is_best():
    told = summary(spec(0.1, 0.2, 0.3), block([[8, math.inf], [8, math.nan], [8, 1e9]]))
    assert told["best"] is None
    assert [one["diverged"] for one in told["values"]] == [1, 1, 1]


@pytest.mark.parametrize(
    ("field", "values", "name"),
    [
        ("run.optimizer", [{"kind": "sgd"}, {"kind": "adam"}], "optimizer = adam"),
        ("run.clip_norm", [1.0, None], "clip norm = none"),
        ("run.optimizer.nesterov", [False, True], "nesterov = True"),
        ("run.start.0", [1, 2], "start 0 = 2"),
        ("seed", [0, 3], "seed = 3"),
    ],
)
def test_any_field_is_named_with_its_value(field, values, name):
    run = {"optimizer": {"kind": "sgd", "momentum": 0.9}}
    told = summary(spec(*values, field=field, runs=[run]), block([[8, 2], [8, 1]]), target=0)
    assert told["best"]["because"].startswith(f"{name} ends lowest of 2 values")
    batch = spec(4, None, given=NET, field="run.batch_size")
    assert "batch size = all is best" in summary(batch, block([[8, 2], [8, 1]]))["best"]["because"]


def test_several_listed_runs_are_told_apart_and_need_not_vary():
    runs = [{"label": "mine"}, {"optimizer": {"kind": "adam"}}]
    told = summary(spec(0.1, 0.2, runs=runs), block([[8, 4], [8, 3], [8, 2], [8, 1]]), target=0)
    assert told["best"]["because"].startswith("adam, lr = 0.2 ends lowest of 2 runs with 2 values each")
    assert [one["index"] for one in told["values"]] == [0, 0, 1, 1]
    twins = summary(spec(0.1, runs=[{}, {"noise": 0.1}]), block([[8, 4], [8, 3]]), target=0)
    assert twins["best"]["because"].startswith("run 2 (sgd), lr = 0.1 ends lowest of 2 runs")
    plain = Comparison.model_validate(BOWL | {"runs": runs})
    told = summary(plain, block([[8, 1], [8, 4]]), target=0)
    assert told["field"] is None
    assert told["best"]["because"].startswith("mine ends lowest of 2 values")


def test_a_limit_is_told_where_it_is_one_and_the_rate_stays():
    limits = [QUIET, {"kind": "unfinished", "evidence": {"limit": 0.6}}]
    losses = block([[8, 1], [8, 2]])
    assert summary(spec(0.1, 0.2), losses, outcomes=limits)["limits"] == [None]
    assert summary(spec(0.1, 0.2), losses, outcomes=[QUIET, GONE])["limits"] == [pytest.approx(0.5, rel=0.01)]
    cosine = [{"schedule": {"kind": "cosine"}}]
    assert summary(spec(0.1, 0.2, runs=cosine), losses, outcomes=[QUIET, GONE])["limits"] == [None]
    unknown = [{"kind": "unfinished", "evidence": {"limit": value}} for value in (None, "inf")]
    assert summary(spec(0.1, 0.2), losses, outcomes=unknown)["limits"] == [None]


def test_fields_are_called_by_their_last_name():
    assert field_name("run.optimizer.weight_decay") == "weight decay"
    assert field_name("problem.domain.0.1") == "0 1"
