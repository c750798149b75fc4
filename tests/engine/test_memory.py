"""What is allowed where strangers have access fits into the memory of a worker there; what does not is told."""

import pytest
from largest_specs import FAMILIES, computed, largest, network, varied
from peak_memory import KINDS, estimated, peak

from slalom.catalogue.admission import check, fits
from slalom.catalogue.experiments import SPEC
from slalom.errors import LimitExceeded
from slalom.settings import Settings

PUBLIC = Settings(mode="public", auth=False)


@pytest.mark.parametrize("family", FAMILIES[:1], ids=lambda family: family.name)
def test_the_largest_that_is_allowed_has_the_memory_it_needs(family):
    assert computed(largest(family, PUBLIC) | {"steps": 2}, PUBLIC).startswith("done")


@pytest.mark.parametrize("name", ["many networks", "a map of 64 variables", "L-BFGS of a wide network"])
def test_what_it_takes_is_no_more_than_was_estimated_and_not_far_less(name):
    found = peak(KINDS[name])
    assert found.status == "done"
    assert found.before < found.most
    assert found.suits(estimated(KINDS[name])), (found, estimated(KINDS[name]))


def test_what_may_need_more_than_a_worker_has_is_refused_with_both_numbers():
    """L-BFGS remembers hundreds of steps, each as long as all parameters."""
    optimizer = {"kind": "lbfgs", "history_size": 1000}
    spec = SPEC.validate_python(network([256, 256], optimizer=optimizer) | {"steps": 2})
    with pytest.raises(LimitExceeded, match=r"bytes of memory that this may need is .*SLALOM_WORKER_BYTES"):
        fits(spec, PUBLIC)
    fits(spec, Settings())  # Who is alone on a machine may use it.


def test_no_kind_of_experiment_is_refused_for_its_memory_that_has_enough():
    for spec in (SPEC.validate_python(spec) for name, spec in KINDS.items() if name != "an uploaded table"):
        check(spec, Settings(mode="class"))
        fits(spec, Settings(mode="class"))


def test_an_experiment_that_runs_out_of_memory_says_so():
    """PyTorch raises RuntimeError where it gets no memory."""
    spec = varied(network([1024, 1024], n=500), 20) | {"steps": 2}
    ended = computed(spec, Settings(training_numbers=10**8), spare=32 * 2**20)
    assert ended.startswith("failed There was not enough memory for this (out of memory).")
