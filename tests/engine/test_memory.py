"""What is allowed where strangers have access fits into the memory of a worker there; what does not is told."""

import pytest
from largest_specs import FAMILIES, computed, largest, network, varied

from slalom.settings import Settings

PUBLIC = Settings(mode="public", auth=False)


@pytest.mark.parametrize("family", FAMILIES[:1], ids=lambda family: family.name)
def test_the_largest_that_is_allowed_has_the_memory_it_needs(family):
    assert computed(largest(family, PUBLIC) | {"steps": 2}, PUBLIC).startswith("done")


def test_an_experiment_that_runs_out_of_memory_says_so():
    """PyTorch raises RuntimeError where it gets no memory."""
    spec = varied(network([1024, 1024], n=500), 20) | {"steps": 2}
    ended = computed(spec, Settings(training_numbers=10**8), spare=32 * 2**20)
    assert ended.startswith("failed There was not enough memory for this (out of memory).")
