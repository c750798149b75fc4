"""A forward pass made once more, operation by operation, to see where a number first stops being finite.

Every call of PyTorch goes through a ``TorchFunctionMode``. A tensor is *broken* where it holds what it should not, and
knows the operation that broke it; one that was filled with infinities on purpose, as attention masks are, is *masked*,
and breaks only what makes NaN of it, or what is made of the model in the end. What is broken and then left out, by
``torch.where`` say, breaks nothing. On the way back every node of the graph tells whether its gradient is finite.
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
_PLAIN = {
    **dict.fromkeys(("add", "iadd", "radd"), "addition"),
    **dict.fromkeys(("sub", "isub", "rsub"), "subtraction"),
    **dict.fromkeys(("mul", "imul", "rmul", "multiply"), "multiplication"),
    **dict.fromkeys(("div", "idiv", "rdiv", "divide", "truediv", "itruediv", "rtruediv", "true_divide"), "division"),
    **dict.fromkeys(("matmul", "imatmul", "rmatmul"), "matrix product"),
    **dict.fromkeys(("ipow", "rpow"), "pow"),
}
"""What operations are called in sentences."""


class NonFiniteOrigin(NamedTuple):
    """Where a number stopped being finite: in an operation, a parameter, a buffer or an input."""

    kind: str
    """``operation``, ``parameter``, ``buffer``, ``input``, or ``given``: an operation was given what is not finite."""
    module: str
    """The module in which it happened, as ``named_modules`` calls it; empty for the model itself."""
    name: str
    """Of the operation, the parameter or the buffer."""
    low: float = math.nan
    """The smallest and the largest finite number that went in."""
    high: float = math.nan
    dtype: str = ""
    row: int | None = None
    """The first example of the batch that it happened to, where that can be told."""
    result: str = ""
    """``nan``, ``inf`` or ``-inf``."""
    mask: NonFiniteOrigin | None = None
    """Where infinities came from that went in and had been no fault before."""


class _State(NamedTuple):
    """What is known of a tensor that is not finite."""

    origin: NonFiniteOrigin
    masked: bool = False
    """Whether it may hold what it does."""


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
        self._held = {id(p): ("parameter", name) for name, p in model.named_parameters()}
        self._held |= {id(one): ("buffer", name) for name, one in model.named_buffers()}
        self._inputs = {id(one) for one in tensors_in(inputs)}
        self._batch = batch
        self._stack: list[str] = []
        self._states: dict[int, _State] = {}
        self._seen: set[int] = set()
        self._kept: list[Tensor] = []
        """Everything that was made, so that no two tensors have one id."""
        self._labels: dict[Any, tuple[str, str]] = {}
        """By node of the graph: the module and the operation that made it."""
        self._culprit: tuple[str, str] | None = None
        """The first of them whose gradient is not finite, on the way back."""

    def __torch_function__(self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Make a call, and see what it makes of what is finite."""
        given = kwargs or {}
        if any(map(_is_transformed, tensors_in((args, given)))):
            return func(*args, **given)  # Of a tensor within vmap, or another such function, nothing can be known.
        name = operation_name(func)
        before = self._looked_at((args, given))
        result = func(*args, **given)
        made = [*tensors_in(result)]
        if name == "setitem" or given.get("out") is not None:
            made += tensors_in((args[:1], given.get("out")))
        for tensor in made:
            if not _is_transformed(tensor):
                self._note(tensor, name, before)
        return result

    def origin(self, values: Any, masked: bool = False) -> NonFiniteOrigin | None:
        """Return what broke the first of these tensors that is broken, or of those that are ``masked``."""
        states = filter(None, map(self._state, tensors_in(values)))
        return next((state.origin for state in states if state.masked == masked), None)

    def watch_way_back(self, values: Any) -> None:
        """Hear from every node of the graph of some tensors whether its gradient is finite, on the way back."""
        waiting = [(one.grad_fn, ("", "")) for one in tensors_in(values) if one.grad_fn is not None]
        seen: set[Any] = set()
        while waiting:
            node, above = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            # What is within an operation is of that operation: nobody has seen its tensors.
            label = self._labels.get(node) or (above[0], plain_name(graph_name(node)) if _is_own(node) else above[1])
            node.register_hook(partial(self._feel, label))
            waiting += [(one, label) for one, _ in node.next_functions if one is not None]

    def culprit(self) -> NonFiniteOrigin | None:
        """Return the operation on whose way back a gradient stopped being finite."""
        return None if self._culprit is None else NonFiniteOrigin("operation", *self._culprit)

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
                if id(tensor) in self._seen:
                    self._keep(tensor, _function_of(tensor))
                else:
                    self._note(tensor, _function_of(tensor), self._looked_at(args))
        self._stack.pop()

    def _looked_at(self, values: Any) -> list[_Input]:
        return [_Input(one, self._state(one), *_range(one)) for one in tensors_in(values)]

    def _state(self, tensor: Tensor) -> _State | None:
        """Return what is known of a tensor, None where it is finite."""
        if id(tensor) in self._seen:
            return self._states.get(id(tensor))
        self._keep(tensor, _function_of(tensor))
        if is_finite(tensor):
            return None
        if id(tensor) in self._held:
            # Buffers may be masks; none of those has NaN.
            kind, name = self._held[id(tensor)]
            state = _State(self._made(kind, name, tensor), kind == "buffer" and not _has_nan(tensor))
        elif id(tensor) in self._inputs:
            state = _State(self._made("input", "input", tensor))
        else:
            given = tensor.grad_fn is None
            made = self._made("given" if given else "operation", "" if given else _function_of(tensor), tensor)
            state = _State(made, given and not _has_nan(tensor))
        self._states[id(tensor)] = state
        return state

    def _note(self, tensor: Tensor, name: str, before: Sequence[_Input]) -> None:
        """Note what an operation has made of its inputs."""
        self._keep(tensor, name)
        self._states.pop(id(tensor), None)
        if is_finite(tensor):
            return
        states = [one.state for one in before if one.state is not None]
        broken = next((state for state in states if not state.masked), None)
        mask = next((state for state in states if state.masked), None)
        if broken is not None and broken.origin.kind == "given" and not broken.origin.name:
            self._states[id(tensor)] = _State(broken.origin._replace(name=plain_name(name), module=self._here))
        elif broken is not None:
            self._states[id(tensor)] = broken
        elif mask is not None and not _has_nan(tensor):
            self._states[id(tensor)] = mask
        else:
            low = min((one.low for one in before if one.low == one.low), default=math.nan)
            high = max((one.high for one in before if one.high == one.high), default=math.nan)
            made = self._made("operation", plain_name(name), tensor, low, high)
            filled = mask is None and name in FILLS and not _has_nan(tensor)
            self._states[id(tensor)] = _State(made._replace(mask=mask and mask.origin), filled)

    def _made(
        self, kind: str, name: str, tensor: Tensor, low: float = math.nan, high: float = math.nan
    ) -> NonFiniteOrigin:
        module = name.rpartition(".")[0] if kind in ("parameter", "buffer") else self._here
        dtype = str(tensor.dtype).removeprefix("torch.")
        return NonFiniteOrigin(
            kind, module, name, low, high, dtype, first_bad_row(tensor, self._batch), _result(tensor)
        )

    def _keep(self, tensor: Tensor, name: str) -> None:
        if tensor.grad_fn is not None:  # In place another one may have come to it.
            self._labels.setdefault(tensor.grad_fn, (self._here, plain_name(name)))
        if id(tensor) not in self._seen:
            self._seen.add(id(tensor))
            self._kept.append(tensor)

    def _feel(self, label: tuple[str, str], made: Sequence[Tensor | None], given: Sequence[Tensor | None]) -> None:
        if self._culprit is None and not all(is_finite(one) for one in made if one is not None):
            self._culprit = label


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
    return _PLAIN.get(name, name.strip("_"))


def graph_name(node: Any) -> str:
    """Return the name of the operation that a node of a graph is of: ``MseLossBackward0`` is of ``mse_loss``.

    A function of somebody's own is called as its class is.
    """
    name = node.name().rstrip("0123456789").removesuffix("Backward").removesuffix("Backwards")
    if _is_own(node):
        return name
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).strip("_")


def _is_own(node: Any) -> bool:
    """Return whether a node is of an ``autograd.Function`` that is written in Python."""
    return isinstance(node, torch.autograd.function.BackwardCFunction)


def _is_transformed(tensor: Tensor) -> bool:
    """Return whether a tensor stands for others, within ``torch.func.vmap`` and its like."""
    functorch: Any = torch._C._functorch  # pyright: ignore[reportAttributeAccessIssue]
    return functorch.is_functorch_wrapped_tensor(tensor)


def _function_of(tensor: Tensor) -> str:
    """Return the name of what made a tensor, as its graph knows it."""
    return "operation" if tensor.grad_fn is None else plain_name(graph_name(tensor.grad_fn)) or "operation"


def _has_nan(tensor: Tensor) -> bool:
    return bool(torch.isnan(tensor.detach()).any())


def _range(tensor: Tensor) -> tuple[float, float]:
    """Return the smallest and the largest finite number of a tensor; nan where it has none."""
    if not tensor.is_floating_point() or tensor.is_meta or not tensor.numel() or tensor.layout is not torch.strided:
        return math.nan, math.nan
    values = tensor.detach()
    values = values[torch.isfinite(values)]
    return (float(values.min()), float(values.max())) if len(values) else (math.nan, math.nan)


def _result(tensor: Tensor) -> str:
    values = tensor.detach()
    if tensor.is_complex() or _has_nan(tensor):
        return "nan"
    return "inf" if (values == torch.inf).any() else "-inf"
