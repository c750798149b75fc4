"""A forward pass made once more, operation by operation, to see where a number first stops being finite.

Every call of PyTorch goes through a ``TorchFunctionMode``. A tensor is *broken* where it holds what it should not, and
knows the operation that broke it; one that was filled with infinities on purpose, as attention masks are, is *masked*,
and breaks only what makes NaN of it. What is broken and then left out, by ``torch.where`` say, breaks nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

FILLS = {
    *("full", "full_like", "new_full", "masked_fill", "masked_fill_", "fill_", "tensor", "as_tensor"),
    *("triu", "tril", "where", "empty", "empty_like"),
}
"""Operations that put infinities where somebody wants them."""
RISKY = {
    *("sqrt", "rsqrt", "norm", "vector_norm", "div", "truediv", "true_divide", "reciprocal", "log", "log2", "log10"),
    *("log1p", "pow", "exp", "acos", "asin", "atanh", "acosh", "std", "var", "cdist", "softmax", "log_softmax"),
    *("normalize", "prod", "cosine_similarity", "logsumexp", "float_power"),
}
"""Operations whose derivative may be infinite where their value is finite."""
_WRAPPED = {"truediv": "division", "div": "division", "true_divide": "division", "itruediv": "division"}
_PLAIN = {"add": "addition", "sub": "subtraction", "mul": "multiplication", "matmul": "matrix product"}


class NonFiniteOrigin(NamedTuple):
    """Where a number stopped being finite: in an operation, a parameter or an input."""

    kind: str
    """``operation``, ``parameter`` or ``input``."""
    module: str
    """The module in which it happened, as ``named_modules`` calls it; empty for the model itself."""
    name: str
    """Of the operation or the parameter."""
    low: float = math.nan
    """The smallest and the largest finite number that went in."""
    high: float = math.nan
    dtype: str = ""
    row: int | None = None
    """The first example of the batch that it happened to, where that can be told."""
    result: str = ""
    """``nan``, ``inf`` or ``-inf``."""


class _State(NamedTuple):
    """What is known of a tensor that is not finite."""

    origin: NonFiniteOrigin | None
    """None where it is masked."""


class _Input(NamedTuple):
    """A tensor that went into an operation."""

    tensor: Tensor
    state: _State | None
    """None where it is finite."""
    low: float
    high: float


def tensors_in(values: Any) -> Iterator[Tensor]:
    """Yield the tensors in nested lists, tuples, mappings and data classes."""
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from tensors_in(value)
    elif isinstance(values, list | tuple | set):
        for value in values:
            yield from tensors_in(value)
    elif hasattr(values, "__dataclass_fields__") and not isinstance(values, type):
        for name in values.__dataclass_fields__:
            yield from tensors_in(getattr(values, name, None))


def is_finite(tensor: Tensor) -> bool:
    """Return whether all numbers of a tensor are finite; those of other kinds always are."""
    if not (tensor.is_floating_point() or tensor.is_complex()) or tensor.is_meta:
        return True
    values = tensor.detach()
    return bool(torch.isfinite(values if values.layout is torch.strided else values.to_dense()).all())


class Replay(TorchFunctionMode):
    """Watches operations while it is entered, and the modules of a model in which they happen."""

    def __init__(self, model: nn.Module, inputs: Any, batch: int | None) -> None:
        """``batch`` is the number of examples, None where it is not known."""
        super().__init__()
        self._names: dict[nn.Module, str] = {module: name for name, module in model.named_modules()}
        self._parameters = {id(p): name for name, p in model.named_parameters()}
        self._inputs = {id(one) for one in tensors_in(inputs)}
        self._batch = batch
        self._stack: list[str] = []
        self._states: dict[int, _State] = {}
        self._seen: set[int] = set()
        self._kept: list[Tensor] = []
        """Everything that was made, so that no two tensors have one id."""
        self._users: dict[int, list[tuple[str, str]]] = {}
        """By tensor: the modules and operations that used it."""
        self.bad_gradient: int | None = None
        """The first tensor whose gradient is not finite, on the way back."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Make a call, and see what it makes of what is finite."""
        given = kwargs or {}
        name = operation_name(func)
        before = self._looked_at((args, given))
        result = func(*args, **given)
        made = [*tensors_in(result)]
        if name == "setitem" or given.get("out") is not None:
            made += tensors_in((args[:1], given.get("out")))
        for tensor in made:
            self._note(tensor, name, before)
        for one in before:
            if one.tensor.requires_grad:
                self._users.setdefault(id(one.tensor), []).append((self._here, name))
        return result

    def origin(self, values: Any) -> NonFiniteOrigin | None:
        """Return what broke the first of these tensors that is broken."""
        for tensor in tensors_in(values):
            state = self._state(tensor)
            if state is not None and state.origin is not None:
                return state.origin
        return None

    def culprit(self) -> NonFiniteOrigin | None:
        """Return the operation on whose way back a gradient stopped being finite."""
        users = self._users.get(self.bad_gradient or 0)
        if not users:
            return None
        module, name = next((one for one in users if one[1] in RISKY), users[-1])
        return NonFiniteOrigin("operation", module, plain_name(name))

    @contextmanager
    def watching(self, *models: nn.Module) -> Iterator[None]:
        """Watch operations, and know in which module of the models they happen."""
        with ExitStack() as hooks:
            for model in models:
                for name, module in model.named_modules():
                    self._names.setdefault(module, name or type(module).__name__)
                    handles = (
                        module.register_forward_pre_hook(self._enter),
                        module.register_forward_hook(self._leave, always_call=True),
                    )
                    for handle in handles:
                        hooks.callback(handle.remove)
            hooks.enter_context(self)
            yield

    @property
    def _here(self) -> str:
        return self._stack[-1] if self._stack else ""

    def _enter(self, module: nn.Module, args: Any) -> None:
        self._stack.append(self._names.get(module, type(module).__name__))

    def _leave(self, module: nn.Module, args: Any, result: Any) -> None:
        with torch._C.DisableTorchFunction():
            for tensor in tensors_in(result):
                if id(tensor) not in self._seen:
                    self._note(tensor, _function_of(tensor), self._looked_at(args))
        self._stack.pop()

    def _looked_at(self, values: Any) -> list[_Input]:
        return [_Input(one, self._state(one), *_range(one)) for one in tensors_in(values)]

    def _state(self, tensor: Tensor) -> _State | None:
        """Return what is known of a tensor, None where it is finite."""
        if id(tensor) in self._seen:
            return self._states.get(id(tensor))
        self._keep(tensor)
        if is_finite(tensor):
            return None
        if id(tensor) in self._parameters:
            state = _State(self._made("parameter", self._parameters[id(tensor)], tensor))
        elif id(tensor) in self._inputs:
            state = _State(self._made("input", "", tensor))
        elif tensor.grad_fn is not None:
            state = _State(self._made("operation", _function_of(tensor), tensor))
        else:
            state = _State(None)
        self._states[id(tensor)] = state
        return state

    def _note(self, tensor: Tensor, name: str, before: Sequence[_Input]) -> None:
        """Note what an operation has made of its inputs."""
        self._keep(tensor)
        self._states.pop(id(tensor), None)
        if is_finite(tensor):
            return
        states = [one.state for one in before if one.state is not None]
        broken, masked = next((state for state in states if state.origin is not None), None), bool(states)
        if broken is not None:
            self._states[id(tensor)] = broken
        elif (masked or name in FILLS) and not torch.isnan(tensor.detach()).any():
            self._states[id(tensor)] = _State(None)
        else:
            low = min((one.low for one in before if one.low == one.low), default=math.nan)
            high = max((one.high for one in before if one.high == one.high), default=math.nan)
            self._states[id(tensor)] = _State(self._made("operation", plain_name(name), tensor, low, high))

    def _made(
        self, kind: str, name: str, tensor: Tensor, low: float = math.nan, high: float = math.nan
    ) -> NonFiniteOrigin:
        module = name.rpartition(".")[0] if kind == "parameter" else self._here
        dtype = str(tensor.dtype).removeprefix("torch.")
        return NonFiniteOrigin(
            kind, module, name, low, high, dtype, first_bad_row(tensor, self._batch), _result(tensor)
        )

    def _keep(self, tensor: Tensor) -> None:
        if id(tensor) in self._seen:
            return
        self._seen.add(id(tensor))
        self._kept.append(tensor)
        if tensor.requires_grad and torch.is_grad_enabled():
            tensor.register_hook(partial(self._feel, id(tensor)))

    def _feel(self, place: int, gradient: Tensor) -> None:
        if self.bad_gradient is None and not is_finite(gradient):
            self.bad_gradient = place


def first_bad_row(tensor: Tensor, batch: int | None) -> int | None:
    """Return the first example that is not finite, where the first dimension is that of the examples."""
    if batch is None or not tensor.ndim or tensor.shape[0] != batch or batch < 2:
        return None
    bad = ~torch.isfinite(tensor.detach().reshape(batch, -1)).all(dim=1)
    rows = bad.nonzero()
    return int(rows[0]) if 0 < len(rows) < batch else None


def operation_name(func: Callable[..., Any]) -> str:
    """Return what PyTorch calls an operation: ``__truediv__`` and ``div_`` are ``truediv`` and ``div``."""
    name = getattr(func, "__name__", str(func))
    return name.strip("_") if name not in FILLS else name


def plain_name(name: str) -> str:
    """Return what an operation is called in a sentence."""
    return _WRAPPED.get(name) or _PLAIN.get(name) or name


def _function_of(tensor: Tensor) -> str:
    """Return the name of what made a tensor, as its graph knows it."""
    made_by = "" if tensor.grad_fn is None else tensor.grad_fn.name()
    return made_by.rstrip("0123456789").removesuffix("Backward") or "operation"


def _range(tensor: Tensor) -> tuple[float, float]:
    """Return the smallest and the largest finite number of a tensor; nan where it has none."""
    if not tensor.is_floating_point() or tensor.is_meta or not tensor.numel() or tensor.layout is not torch.strided:
        return math.nan, math.nan
    values = tensor.detach()
    values = values[torch.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else (math.nan, math.nan)


def _result(tensor: Tensor) -> str:
    values = tensor.detach()
    if tensor.is_complex() or torch.isnan(values).any():
        return "nan"
    return "inf" if (values == torch.inf).any() else "-inf"
