"""Where an experiment is computed, and the sentence that says why."""

from __future__ import annotations

import pytest
import torch

from slalom.catalogue.cost import GPU_PAYS
from slalom.engine.network.device import choose
from slalom.errors import SpecError


@pytest.fixture
def gpu(monkeypatch):
    """A machine that has a GPU, as far as PyTorch says."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "H200")


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.mark.usefixtures("no_gpu")
@pytest.mark.parametrize("work", [1.0, 1e15])
def test_without_a_gpu_the_cpu_computes(work):
    assert choose("auto", work) == ("cpu", "Computed on the CPU: PyTorch sees no GPU on this machine.")


@pytest.mark.usefixtures("no_gpu")
def test_asking_for_a_gpu_that_is_not_there_is_refused():
    with pytest.raises(SpecError, match=r'"cuda", but PyTorch sees no GPU .* Choose "auto" or "cpu"\.') as caught:
        choose("cuda", 1e15)
    assert caught.value.loc == ("device",)


@pytest.mark.usefixtures("gpu")
def test_small_work_stays_on_the_cpu():
    name, because = choose("auto", GPU_PAYS / 2)
    assert name == "cpu"
    assert "5 × 10⁷ multiply-adds" in because


@pytest.mark.usefixtures("gpu")
def test_much_work_goes_to_the_gpu():
    name, because = choose("auto", GPU_PAYS)
    assert name == "cuda"
    assert because.startswith("Computed on the GPU (H200): an update of all runs takes 10⁸ multiply-adds")


@pytest.mark.usefixtures("gpu")
def test_what_is_asked_for_is_done():
    assert choose("cpu", 1e15) == ("cpu", "Computed on the CPU, as asked.")
    assert choose("cuda", 1.0) == ("cuda", "Computed on the GPU (H200), as asked.")
