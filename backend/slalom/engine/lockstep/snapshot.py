"""Snapshots: the state of everything that training changes, put back bit by bit and in place."""

from __future__ import annotations

import random
import signal
import sys
import threading
from collections import UserDict, UserList, deque
from collections.abc import Callable, Iterable, Iterator, MutableMapping, MutableSequence
from contextlib import contextmanager
from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch

from .process_state import global_generators

MOST_ITEMS = 10_000
"""Items of a container that are looked into: longer ones are data, and come back with the items they had."""
_PLAIN = (str, bytes, int, float, complex, bool, type(None), type, ModuleType, BuiltinFunctionType, torch.dtype)
_CONTAINERS = (dict, UserDict, list, UserList, bytearray, deque, set, tuple, frozenset)
"""Those that are put back by their items. Other mappings may stand for files, as those of h5py, zarr and shelve do."""

Restore = Callable[[], object]


class Snapshot:
    """The state of some objects and of all they refer to, and of the random generators of torch, NumPy and Python.

    Tensors, arrays, generators, containers and plain attributes (counters, training mode, learning rates) come back as
    the same objects with the same bits. Of ``sources``, where data come from, tensors and arrays are not copied:
    nobody trains them. What ``stays`` is not looked at.
    """

    def __init__(self, *trained: object, sources: tuple[object, ...] = (), stays: Iterable[object] = ()) -> None:
        self._seen: dict[int, object] = {id(thing): thing for thing in stays}
        """Also keeps them alive, so that no other object gets their place in memory."""
        self._restores: list[Restore] = list(global_generators())
        self.generators: list[torch.Generator | np.random.Generator | random.Random] = []
        """Those that data are drawn with."""
        self._visit(list(trained), copies=True)
        known = len(self._generators_found)
        self._visit(list(sources), copies=False)
        self.generators = self._generators_found[known:]

    def restore(self) -> None:
        """Put everything back."""
        with torch.no_grad():
            for restore in self._restores:
                restore()

    def _visit(self, whole: list[object], copies: bool) -> None:
        """Look at objects and at all they refer to, the containers first: a stack, as models may be nested deeply."""
        waiting = whole[::-1]
        while waiting:
            thing = waiting.pop()
            if isinstance(thing, _PLAIN) or id(thing) in self._seen:
                continue
            self._seen[id(thing)] = thing
            waiting.extend(self._keep(thing, copies))

    @property
    def _generators_found(self) -> list[Any]:
        kinds = (torch.Generator, np.random.Generator, np.random.RandomState, random.Random)
        return [thing for thing in self._seen.values() if isinstance(thing, kinds)]

    def _keep(self, thing: Any, copies: bool) -> list[Any]:
        """Note how one object is put back; return what it refers to."""
        if isinstance(thing, torch.Tensor):
            return self._keep_tensor(thing) if copies else []
        if isinstance(thing, np.ndarray):
            if copies and thing.flags.writeable:
                self._restores.append(partial(np.copyto, thing, thing.copy()))
            return []
        if restore := _generator(thing):
            self._restores.append(restore)
            return []
        if isinstance(thing, _CONTAINERS):
            return self._keep_container(thing)
        return self._keep_attributes(thing)

    def _keep_tensor(self, tensor: torch.Tensor) -> list[Any]:
        data, grad, needs = tensor.detach(), tensor.grad if tensor.is_leaf else None, tensor.requires_grad
        dense = tensor.layout is torch.strided
        numbers = _numbers_of(data) if dense else tensor  # What is detached of a sparse one is a copy.
        values = numbers.detach().clone()

        def restore() -> None:
            if dense and (tensor.data_ptr() != data.data_ptr() or tensor.shape != data.shape):
                tensor.data = data
            numbers.copy_(values)
            if tensor.is_leaf:
                tensor.requires_grad_(needs)
                tensor.grad = grad

        self._restores.append(restore)
        return [] if grad is None else [grad]

    def _keep_container(self, thing: Any) -> list[Any]:
        if isinstance(thing, tuple | frozenset):
            return list(thing) if len(thing) <= MOST_ITEMS else []
        if isinstance(thing, MutableMapping):
            items = dict(thing)
            self._restores.append(lambda: _refill(thing, items))
            found = [*items.values(), *items]
        else:
            found = list(thing)
            self._restores.append(lambda: _relist(thing, found))
        return found if len(found) <= MOST_ITEMS else []

    def _keep_attributes(self, thing: Any) -> list[Any]:
        if isinstance(thing, partial):
            return [thing.func, *thing.args, *thing.keywords.values()]
        if isinstance(thing, MethodType):
            return [thing.__self__, thing.__func__]
        if isinstance(thing, FunctionType):
            return _used_by(thing)
        if type(thing).__module__.partition(".")[0] in sys.stdlib_module_names:
            return []  # Locks, files, weak references: what the language itself is made of.
        if type(thing).__module__.startswith("torch._dynamo"):
            return [getattr(thing, "_orig_mod", None)]  # What was compiled stays; the model within it does not.
        attributes = getattr(thing, "__dict__", None)
        return [] if attributes is None else [attributes]


def _numbers_of(tensor: torch.Tensor) -> torch.Tensor:
    """Return a view that has every number once: an expanded tensor has some of them several times."""
    return tensor[tuple(slice(1) if stride == 0 else slice(None) for stride in tensor.stride())]


def _refill(thing: MutableMapping[Any, Any], items: dict[Any, Any]) -> None:
    if list(thing) != list(items) or any(thing[key] is not value for key, value in items.items()):
        thing.clear()
        thing.update(items)


def _relist(thing: Any, items: list[Any]) -> None:
    if isinstance(thing, MutableSequence) and not isinstance(thing, deque):
        thing[:] = items
        return
    thing.clear()
    (thing.extend if isinstance(thing, deque) else thing.update)(items)


def _used_by(function: FunctionType) -> list[Any]:
    """Return what a function refers to that may change: what it has closed over, its defaults, and generators."""
    cells = []
    for cell in function.__closure__ or ():
        try:
            cells.append(cell.cell_contents)
        except ValueError:
            continue  # Not filled yet.
    names = function.__code__.co_names
    named = [function.__globals__[name] for name in names if name in function.__globals__]
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    return [*cells, *defaults, *(one for one in named if _generator(one))]


def _generator(thing: Any) -> Restore | None:
    """Return what puts a random generator back to where it is; None for what is none."""
    if isinstance(thing, torch.Generator):
        return partial(thing.set_state, thing.get_state().clone())
    if isinstance(thing, np.random.Generator):
        return partial(setattr, thing.bit_generator, "state", thing.bit_generator.state)
    if isinstance(thing, np.random.RandomState):
        return partial(thing.set_state, thing.get_state())
    if isinstance(thing, random.Random):
        return partial(thing.setstate, thing.getstate())
    return None


def reseed(seed: int, generators: list[Any]) -> None:
    """Begin the generators of torch, NumPy and Python, and some others, from a seed."""
    torch.manual_seed(seed)
    np.random.seed(seed % 2**32)
    random.seed(seed)
    for one in generators:
        if isinstance(one, torch.Generator):
            one.manual_seed(seed)
        elif isinstance(one, np.random.Generator):
            one.bit_generator.state = type(one.bit_generator)(seed).state
        else:
            one.seed(seed % 2**32)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let what happens inside come to its end first where somebody presses Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
    if pressed:
        raise KeyboardInterrupt
