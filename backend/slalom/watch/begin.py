"""The beginning of a watched loop: its spec, where its recording goes, and what of it can be measured."""

from __future__ import annotations

import atexit
import os
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from slalom.catalogue.experiments.recorded import MOST_RATES, RecordedLoop, RecordedModel, RecordedRun
from slalom.client import Client
from slalom.errors import SlalomError, SpecError

from .budget import TimeBudget
from .details import LoopDetails
from .files import RecordingFile, usual_path
from .incidents import Incidents
from .inert import InertWatch
from .loop import WatchedLoop
from .parameters import WatchedParameters
from .recording import Recording, tell_terminal
from .rules import rules_of
from .sharpness import SharpnessProbe
from .trace import LoopTrace
from .uplink import Uplink
from .watcher import LoopWatcher

SHARES = {"full": 0.025, "light": 0.004}
"""The share of a loop's time that watching it may take."""
ACCOUNTS = {"full": {"norm": 0.3, "details": 0.2, "sharpness": 0.5}, "light": {"norm": 1.0}}
"""How what the hooks leave of it is shared by what is measured."""
HOME = "http://127.0.0.1:8000"
"""Where a dashboard of this machine usually is."""
ANSWER_SECONDS = 0.5
"""Seconds in which it answers if it is there."""


def begin_watch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    to: str | Path | None,
    name: str,
    detail: str,
    closure: Callable[[], Tensor] | None,
    loss: Callable[..., Tensor] | None,
    sample: tuple[Any, Any] | None,
    scaler: Any,
    full_batch: bool,
    steps: int | None,
    token: str | None,
    quiet: bool,
) -> WatchedLoop | InertWatch:
    """Begin to watch a loop; what is asked for is as :func:`slalom.watch` has it."""
    optimizer = _hookable(optimizer)
    if detail not in SHARES:
        raise ValueError(f'detail is {detail!r}; give "full" or "light".')
    if _rank() != 0:
        return InertWatch()
    if any(is_lazy(p) for group in optimizer.param_groups for p in group["params"]):
        raise SpecError("The model has parameters without a shape yet. Run one batch through it first.")
    tell = _mute if quiet else tell_terminal
    bare = _bare(model)
    parameters = WatchedParameters(bare, optimizer)
    rules = rules_of(optimizer)
    spec = _spec(bare, parameters, rules, steps)
    trace = LoopTrace(spec, rules, noisy=not full_batch)
    file, uplink = _destination(to, spec, name or spec.title, token, tell)
    budget = TimeBudget(SHARES[detail], ACCOUNTS[detail])
    recording = Recording(trace, file, uplink, tell, budget)
    if detail == "light":
        defers = parameters.device != "cpu"
        watched = WatchedLoop(optimizer, recording, parameters, budget, scaler=scaler, defers=defers, tell=tell)
    else:
        watched = LoopWatcher(
            model,
            optimizer,
            recording,
            parameters,
            budget,
            incidents=Incidents(bare, optimizer),
            details=LoopDetails(optimizer, parameters),
            probe=_probe(bare, optimizer, parameters, _closure(bare, closure, loss, sample, tell), tell),
            criterion=loss if isinstance(loss, nn.Module) else None,
            scaler=scaler,
            tell=tell,
        )
    atexit.register(_close, weakref.ref(watched))
    weakref.finalize(watched, recording.interrupt).atexit = False
    return watched


def _spec(model: nn.Module, parameters: WatchedParameters, rules: list[Any], steps: int | None) -> RecordedLoop:
    problem = RecordedModel(
        name=type(model).__name__[:200],
        parameters=parameters.count,
        layers=tuple(layer.name[:200] for layer in parameters.layers),
        rates=min(len(rules), MOST_RATES),
        sampled=parameters.sampled,
    )
    run = RecordedRun.model_validate({"optimizer": rules[0]})
    return RecordedLoop.model_validate({"problem": problem, "runs": [run], "steps": steps or 1})


def _closure(
    model: nn.Module,
    closure: Callable[[], Tensor] | None,
    loss: Callable[..., Tensor] | None,
    sample: tuple[Any, Any] | None,
    tell: Callable[[str], None],
) -> Callable[[], Tensor] | None:
    """Return what computes the loss of the sample; None where there is none."""
    if sample is not None and loss is not None:
        inputs, targets = sample
        return lambda: loss(model(inputs), targets)
    if closure is not None and _is_distributed():
        tell(
            "the sharpness is not measured: in distributed training a closure would wait for the other processes. "
            "Give a sample and a loss instead."
        )
        return None
    return closure


def _probe(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    parameters: WatchedParameters,
    closure: Callable[[], Tensor] | None,
    tell: Callable[[str], None],
) -> SharpnessProbe | None:
    if closure is None:
        return None
    probe = SharpnessProbe(model, optimizer, parameters, closure)
    if probe.why_not is not None:
        tell(f"{probe.why_not}; the rest is recorded.")
        return None
    return probe


def _destination(
    to: str | Path | None, spec: RecordedLoop, name: str, token: str | None, tell: Callable[[str], None]
) -> tuple[RecordingFile, Uplink | None]:
    """Return the file of the recording, and what sends it to a dashboard if it is to be sent."""
    address = to if isinstance(to, str) and to.startswith(("http://", "https://")) else None
    if address is None and to is not None:
        return RecordingFile(Path(to), spec, name), None
    token = token or os.environ.get("SLALOM_TOKEN")
    at = (address or os.environ.get("SLALOM_URL") or (HOME if _answers(HOME) else "")).rstrip("/")
    file = RecordingFile(_writable(), spec, name)
    if not at:
        return file, None
    try:
        uplink = Uplink(Client(at, token, timeout=10.0, patience=0.0), file.path, tell)
        uplink.start()
    except (SlalomError, httpx.HTTPError, httpx.InvalidURL) as error:
        if address is not None:
            file.remove()
            raise SlalomError(f"The dashboard at {at} does not take the loop: {error}") from error
        return file, None
    tell(f"the loop is shown at {at}/recorded?experiment={uplink.id}")
    return file, uplink


def _writable() -> Path:
    """Return a new name in the present folder, or where that may not be written, in that of passing things."""
    return usual_path(None if os.access(Path.cwd(), os.W_OK) else Path(tempfile.gettempdir()))


def _answers(address: str) -> bool:
    """Return whether a dashboard answers: any other program is told nothing, and gets no token."""
    try:
        said = httpx.get(f"{address}/healthz", timeout=ANSWER_SECONDS)
        return said.is_success and "workers" in said.json()
    except (httpx.HTTPError, ValueError, TypeError):
        return False


def _bare(model: nn.Module) -> nn.Module:
    """Return a model without what is wrapped around it for several processes or by the compiler."""
    for name in ("module", "_orig_mod"):
        inner = getattr(model, name, None)
        if isinstance(inner, nn.Module) and type(model).__module__.startswith("torch."):
            return _bare(inner)
    return model


def _hookable(optimizer: Any) -> torch.optim.Optimizer:
    """Return an optimizer without what is wrapped around it, by Accelerate or Lightning say: that calls no hooks."""
    while not hasattr(optimizer, "_optimizer_step_pre_hooks"):
        inner = getattr(optimizer, "optimizer", None)
        if inner is None or inner is optimizer:
            raise SpecError(
                f"{type(optimizer).__name__} is no optimizer of PyTorch: give the watch the one that steps."
            )
        optimizer = inner
    return optimizer


def _is_distributed() -> bool:
    return torch.distributed.is_available() and torch.distributed.is_initialized()


def _rank() -> int:
    return torch.distributed.get_rank() if _is_distributed() else 0


def _mute(text: str) -> None:
    """Say nothing."""


def _close(watched: weakref.ref[WatchedLoop]) -> None:
    """End a recording that nobody has ended, when the program does."""
    one = watched()
    if one is not None:
        one.close()
