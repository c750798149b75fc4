"""Where a number stopped being finite in a training loop: the batch, the module, and the operation or parameter.

The model's last batch is kept, not copied. Once a loss or a gradient is not finite, the forward pass is made again with
it, with the same random numbers, and the way back if need be: the parameters are still those that it was made with.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from slalom.catalogue.base.number_format import number
from slalom.engine.lockstep.asides import aside
from slalom.engine.lockstep.snapshot import Snapshot

from .replay import NonFiniteOrigin, Replay, first_bad_row, graph_name, is_finite, plain_name, tensors_in

HUGE = 1e4
"""Parameters so many times as large as at the start have run away."""
LARGEST_NUMBERS = {"float16": 65504.0}
"""Where arithmetic ends that ends soon."""
SUSPECTS = {
    *("log", "log2", "log10", "log1p", "div", "reciprocal", "sqrt", "rsqrt", "pow", "exp", "exp2", "expm1", "xlogy"),
    *("norm", "linalg_vector_norm", "acos", "asin", "acosh", "atanh", "tan", "sinh", "cosh", "lgamma", "prod"),
}
"""Operations that make infinities of finite numbers, as the graph of a loss names them, or of the slopes there."""
MOST_CALLS = 3
"""Earlier calls of a model for one batch that are kept, each with its inputs."""
MOST_GUESSED = 4
"""Operations that are named where none is more likely than another."""


class NonFinite(NamedTuple):
    """Where a number first stopped being finite."""

    batch: int
    """How many training batches came before this one."""
    kind: str
    """``input``, ``parameter``, ``buffer``, ``operation``, ``loss`` or ``gradient``."""
    module: str
    """The module in which it happened; empty for the model itself, and ``loss`` outside of it."""
    name: str
    """Of the operation, the parameter, the buffer or the term of the loss; empty where it is not known."""
    row: int | None
    """The first example of the batch that it happened to, where that can be told."""
    sentence: str
    of_rate: bool = False
    """Whether a learning rate that is too high may have come to it."""


class LastBatch:
    """The last training batch: what the model was called with, and under which circumstances."""

    def __init__(
        self,
        index: int,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        device: str = "cpu",
        examples_first: bool = True,
    ) -> None:
        """``device`` is the kind of device that has the model.

        ``examples_first``: whether the first dimension of what it is called with is that of the examples.
        """
        self.index: int = index
        self.args: tuple[Any, ...] = args
        self.kwargs: Mapping[str, Any] = kwargs
        self.device: str = device
        self._examples_first = examples_first
        self.random: Tensor = torch.default_generator.get_state()
        self.on_card: Tensor | None = torch.cuda.get_rng_state() if device == "cuda" else None
        self.cast_to: torch.dtype | None = (
            torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else None
        )
        self.earlier: tuple[LastBatch, ...] = ()
        """Earlier calls of the model for the same batch, the first of them."""
        self.made: Any = None
        """What the model returned."""
        self.was_repeated: bool = True
        """Whether the passes there and back could be made once more, as far as that was tried."""
        self.loss_call: tuple[nn.Module, tuple[Any, ...]] | None = None
        """The module that computed the loss, and what it was called with."""

    def follow(self, last: LastBatch) -> None:
        """Be one more call for the batch that another one was for: what that returned is let go of."""
        self.earlier = (*last.earlier, last)[:MOST_CALLS]
        last.earlier, last.made, last.loss_call = (), None, None

    @property
    def was_called(self) -> bool:
        """Whether a call of the model was seen."""
        return bool(self.args or self.kwargs)

    @property
    def size(self) -> int | None:
        """How many examples it has: the first dimension of the first input, where that is of the examples."""
        first = next(tensors_in((self.args, self.kwargs)), None)
        return int(first.shape[0]) if first is not None and first.ndim and self._examples_first else None

    @property
    def outputs(self) -> list[Tensor]:
        """The tensors that it returned and that a gradient comes back to."""
        return [one for one in tensors_in(self.made) if one.requires_grad]

    @property
    def autocast(self) -> Any:
        """What the model was called under."""
        return nullcontext() if self.cast_to is None else torch.autocast(self.device, dtype=self.cast_to)


@contextmanager
def undisturbed(model: nn.Module, *others: object) -> Iterator[None]:
    """Leave all but its parameters as it is, whatever is computed within, and gradients: of the model, and of others.

    That is random numbers, buffers, counters and lists; nobody who watches the model sees what is computed. Of others,
    functions say, tensors are not copied.
    """
    parameters = list(model.parameters())
    gradients = [(p, p.grad) for p in parameters]
    snapshot = Snapshot(model, sources=others, stays=parameters)
    try:
        with aside():
            for p in parameters:
                p.grad = None
            yield
    finally:
        snapshot.restore()
        for p, gradient in gradients:
            p.grad = gradient


def has_examples_first(model: nn.Module) -> bool:
    """Return whether the first dimension of what a model is called with is that of the examples, as far as it says."""
    return all(getattr(module, "batch_first", True) for module in model.modules())


def place(model: nn.Module, batch: LastBatch, start: float, loss: Tensor | None) -> NonFinite | None:
    """Return where the numbers of a batch stopped being finite; None where it was outside of the model.

    ``start`` was the largest |parameter| at the beginning. The parameters are finite.
    """
    if not batch.was_called:
        return None
    for call in batch.earlier:
        found = place(model, call, start, None)
        if found is not None and found.kind != "gradient":  # Its way back need not have been gone.
            return found
    for tensor in tensors_in((batch.args, batch.kwargs)):
        if not is_finite(tensor):
            row = first_bad_row(tensor, batch.size)
            where = "its input is not finite" if row is None else f"example {row} of its input is not finite"
            return found_at(batch.index, "input", "", "input", row, where)
    origin, back = _replayed(model, batch, loss)
    if origin is None:
        return None
    return _of_operation(batch, origin, back, largest_parameter(model), start)


def place_in_loss(
    model: nn.Module, batch: LastBatch, loss: Tensor | None, terms: Mapping[str, Any], known: NonFinite | None
) -> NonFinite:
    """Return where it happened in what was computed of the model's output: in which term, or else which operation."""
    term = next((name for name, value in terms.items() if not math.isfinite(float_of(value))), None)
    if term is not None:
        value = float_of(terms[term])
        also = "" if known is None or not known.name else f", in {known.name}"
        return found_at(batch.index, "loss", "loss", term, None, f"the term {term!r} of the loss is {value}{also}")
    return known if known is not None and known.name else _of_loss(model, batch, loss)


def _replayed(model: nn.Module, batch: LastBatch, loss: Tensor | None) -> tuple[NonFiniteOrigin | None, bool]:
    """Return what broke the forward pass, or else the way back, and whether it was that.

    What a mask has hidden is no fault, unless the ``loss`` is not finite and nothing else is.
    """
    replay = Replay(model, (batch.args, batch.kwargs), batch.size)
    criterion, given = batch.loss_call or (None, ())
    try:
        with undisturbed(model), torch.enable_grad(), batch.autocast:
            torch.set_rng_state(batch.random)
            if batch.on_card is not None:
                torch.cuda.set_rng_state(batch.on_card)
            with replay.watching(model, *([] if criterion is None else [criterion])):
                made: Any = model(*batch.args, **batch.kwargs)
                origin = replay.origin(made)
                if origin is None and criterion is not None:
                    made = criterion(*_with_outputs(batch, given, made))
                    origin = _in_loss(replay.origin(made))
                mask = None if origin is not None else replay.origin(made, masked=True)
                if mask is not None and (mask.kind == "buffer" if loss is None else not is_finite(loss)):
                    origin = mask
            if origin is not None:
                return origin, False
            replay.watch_way_back(made)
            _go_back(model, made)
            return replay.culprit(), True
    except Exception:
        batch.was_repeated = False  # A pass that cannot be repeated says nothing.
        return None, False


def _with_outputs(batch: LastBatch, given: tuple[Any, ...], made: Any) -> tuple[Any, ...]:
    """Return the arguments of the loss, with the outputs of the replay in the place of those of then."""
    outputs = [one for one in tensors_in(made) if one.requires_grad]
    new = {id(old): one for old, one in zip(batch.outputs, outputs, strict=False)}
    return tuple(new.get(id(one), one) for one in given)


def _in_loss(origin: NonFiniteOrigin | None) -> NonFiniteOrigin | None:
    return None if origin is None else origin._replace(module="loss")


def _go_back(model: nn.Module, made: Any) -> None:
    """Go the way back from what the replay made: where a slope is infinite it is so whatever comes back to it."""
    outputs = [one for one in tensors_in(made) if one.requires_grad]
    parameters = [p for p in model.parameters() if p.requires_grad]
    torch.autograd.grad(outputs, parameters, [torch.ones_like(one) for one in outputs], allow_unused=True)


def _of_operation(batch: LastBatch, origin: NonFiniteOrigin, back: bool, largest: float, start: float) -> NonFinite:
    where = _where(origin.module)
    if origin.kind == "buffer":
        said = f"the buffer {origin.name} is not finite"
        return found_at(batch.index, "buffer", origin.module, origin.name, None, said)
    kind = "loss" if origin.module == "loss" else "gradient" if back else origin.kind
    if origin.kind == "given":
        kind = "loss" if kind == "loss" else "input"
        said = f"{origin.name} {where} was given numbers that are not finite"
    elif back:
        said = f"the loss is finite, but on the way back the gradient is not any more at {origin.name} {where}"
    else:
        said = f"{origin.name} {where} gave {origin.result}"
    found = found_at(batch.index, kind, origin.module, origin.name, origin.row, said)
    if back:
        return found
    more, grown = [*_circumstances(origin)], largest > HUGE * max(start, 1.0)
    if grown:
        more.append(f"The parameters have grown to {number(largest, 3)}: the learning rate is too high.")
    return found._replace(sentence=" ".join([found.sentence, *more]), of_rate=grown)


def _circumstances(origin: NonFiniteOrigin) -> Iterator[str]:
    """Say of which numbers, where the arithmetic ends, where that is near, and for which example."""
    if origin.low == origin.high:
        yield f"What went in was {number(origin.low, 3)}."
    elif origin.low == origin.low:
        yield f"What went in was from {number(origin.low, 3)} to {number(origin.high, 3)}."
    if origin.mask is not None and origin.mask.name:
        made = f"the buffer {origin.mask.name}" if origin.mask.kind == "buffer" else origin.mask.name
        yield f"Infinities of {made} went in, too."
    elif origin.mask is not None:
        yield "Infinities went in, too."
    if origin.dtype in LARGEST_NUMBERS:
        yield f"Numbers of type {origin.dtype} end at {number(LARGEST_NUMBERS[origin.dtype], 3)}."
    if origin.row is not None:
        yield f"Of the batch it was example {origin.row} first."


def _of_loss(model: nn.Module, batch: LastBatch, loss: Tensor | None) -> NonFinite:
    """Return what can be said where the model's own forward pass and its way back showed nothing."""
    made = [one for one in tensors_in(batch.made) if not is_finite(one)]
    if made:
        what, name = _guessed(made[0], set())
        row = first_bad_row(made[0], batch.size)
        said = f"the model's output is not finite, and its pass could not be made once more{what}"
        return found_at(batch.index, "operation", "", name, row, said)
    if not batch.was_called:
        what, name = ("", "") if loss is None else _guessed(loss, set())
        return found_at(batch.index, "loss", "loss", name, None, f"the loss is not finite{what}")
    ends = {id(one.grad_fn) for one in batch.outputs if one.grad_fn}
    what, name = ("", "") if loss is None else _guessed(loss, ends)
    bad = next((name for name, p in model.named_parameters() if p.grad is not None and not is_finite(p.grad)), None)
    if loss is not None and not is_finite(loss):
        said = f"the model's output is finite, and the loss that was computed of it is not{what}"
        return found_at(batch.index, "loss", "loss", name, None, said)
    if loss is not None and torch.distributed.is_available() and torch.distributed.is_initialized():
        said = "all is finite in this process: the gradient that is not came from another one"
        return found_at(batch.index, "gradient", "loss", "", None, said)
    if loss is not None and batch.outputs and batch.was_repeated:
        said = f"the loss is finite, and the gradient of what was computed of the model's output is not{what}"
        return found_at(batch.index, "gradient", "loss", name, None, said)
    if bad is not None:
        said, module = f"the gradient of {bad} is not finite", bad.rpartition(".")[0]
        return found_at(batch.index, "gradient", module, bad, None, said)
    return found_at(batch.index, "loss", "loss", "", None, "the loss is not finite")


def _guessed(made: Tensor, ends: set[int]) -> tuple[str, str]:
    """Return, in words, by which operations a tensor was made, the likely ones or all, and the name of the likeliest.

    ``ends`` are the nodes of its graph at which to stop looking.
    """
    nodes = _operations(made, ends)
    likely = [*dict.fromkeys(plain_name(graph_name(node)) for node in nodes if _is_suspect(node))]
    if likely:
        return f": most likely in {', or in '.join(likely)}", likely[0]
    names = [*dict.fromkeys(plain_name(graph_name(node)) for node in nodes)][:MOST_GUESSED]
    return f": it was computed by {', '.join(names)}" if names else "", ""


def _is_suspect(node: Any) -> bool:
    """Return whether an operation makes infinities of numbers that are not large, or of slopes there."""
    name = graph_name(node)
    return name in SUSPECTS and not (node.name() == "PowBackward0" and node._saved_exponent >= 1)


def _operations(loss: Tensor, ends: set[int]) -> list[Any]:
    """Return the nodes of the graph between the model's outputs and the loss, nearest to the outputs first."""
    found: list[Any] = []
    waiting, seen = [loss.grad_fn], set()
    while waiting and len(found) < 100:
        node = waiting.pop(0)
        if node is None or id(node) in seen or id(node) in ends:
            continue
        seen.add(id(node))
        if not node.name().endswith("AccumulateGrad"):
            found.append(node)
        waiting += [following for following, _ in node.next_functions]
    return found[::-1]


def bad_parameters(model: nn.Module) -> list[str]:
    """Return the parameters that are not finite."""
    return [name for name, p in model.named_parameters() if not is_finite(p)]


def largest_parameter(model: nn.Module) -> float:
    """Return the largest |parameter| that is finite."""
    return max((_largest(p.detach()) for p in model.parameters() if p.numel()), default=0.0)


def _largest(values: Tensor) -> float:
    largest = values.abs().max()
    if not is_finite(largest):
        largest = values.abs().nan_to_num(0.0, posinf=0.0).max()
    return float(largest)


def _where(module: str) -> str:
    if module == "loss":
        return "of the loss"
    return f"in the module {module}" if module else "in the model's own forward"


def found_at(batch: int, kind: str, module: str, name: str, row: int | None, said: str) -> NonFinite:
    """Return what was found, in a sentence."""
    return NonFinite(batch, kind, module, name, row, f"Batch {batch:,}: {said}.")


def float_of(number: Any) -> float:
    """Return a number, or a tensor of one, as a float."""
    return float(number.detach() if isinstance(number, Tensor) else number)
