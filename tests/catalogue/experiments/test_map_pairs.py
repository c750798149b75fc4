"""Every pair that the page offers for a map can be mapped."""

import pytest

from slalom.catalogue.admission import check, fits
from slalom.catalogue.experiments import SPEC
from slalom.catalogue.experiments.map_pairs import map_pairs
from slalom.catalogue.optimizers import OPTIMIZERS
from slalom.settings import Limits

PAIRS = list(map_pairs())


def rules(pair):
    """Yield the settings of every rule that a pair is for."""
    for kind in (pair.optimizer or {}).get("kind", [rule.model_fields["kind"].default for rule in OPTIMIZERS]):
        rule = {"kind": kind}
        if True in (pair.optimizer or {}).get("nesterov", []):
            if kind != "sgd":
                continue
            rule |= {"nesterov": True, "momentum": 0.9}
        if not (pair.network and kind == "newton"):
            yield rule


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.title} {'of a network' if pair.network else ''}")
def test_a_pair_can_be_mapped_with_every_rule_it_is_for(pair):
    problem = {"kind": "network" if pair.network else "bowl"}
    axes = [axis | {"from": -1 if axis["from"] is None else axis["from"]} for axis in (pair.across, pair.up)]
    axes = [axis | {"to": 1 if axis["to"] is None else axis["to"], "n": 4} for axis in axes]
    asked = list(rules(pair))
    assert asked
    for optimizer in asked:
        run = {"optimizer": optimizer, **({"batch_size": 16} if pair.network else {})}
        spec = SPEC.validate_python({"kind": "map", "problem": problem, "run": run, "vary": axes, "steps": 5})
        check(spec, Limits())
        fits(spec, Limits())


def test_a_rule_with_momentum_or_beta1_is_mapped_over_it():
    of = {kind for pair in PAIRS if not pair.network for kind in (pair.optimizer or {}).get("kind", [])}
    with_memory = {
        rule.model_fields["kind"].default for rule in OPTIMIZERS if {"momentum", "beta1"} & rule.model_fields.keys()
    }
    assert with_memory <= of
