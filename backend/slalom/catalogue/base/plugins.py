"""Choices that other packages add: classes that their entry points name, found when they are first asked for.

A package says in its metadata what it adds, in groups named after the parts of the catalogue::

    [project.entry-points."slalom.optimizers"]
    halved = "slalom_extras:Halved"

What cannot be used is left out, is listed with the reason in :func:`plugins`, and is told to the log.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from importlib import metadata
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, overload

from pydantic import Field, GetCoreSchemaHandler, TypeAdapter, ValidationError
from pydantic_core import CoreSchema

from .choice import Choice

_T = TypeVar("_T", bound=Choice)

log = logging.getLogger(__name__)


class Plugin(NamedTuple):
    """What one entry point adds, or why it adds nothing."""

    group: str
    """What it is a part of: ``slalom.problems``, ``slalom.optimizers``, ``slalom.datasets`` or ``slalom.lessons``."""
    name: str
    """The entry point's."""
    package: str
    """The distribution that has it, and its version."""
    kind: str | None
    """What the choice is called in specs; of lessons None."""
    error: str | None
    """Why it cannot be used; None where it can."""


_found: dict[tuple[str, str], Plugin] = {}
"""By group and name, what was loaded so far."""
_points: dict[type, metadata.EntryPoint] = {}
"""What added a class."""


def plugins() -> list[Plugin]:
    """Return what was found of entry points that were asked for."""
    return list(_found.values())


def entry_points(group: str) -> list[metadata.EntryPoint]:
    """Return the entry points of a group, in the order of their names."""
    return sorted(_installed().select(group=group), key=lambda one: (one.name, one.value))


@cache
def _installed() -> Any:
    """Return all entry points: every distribution is asked once."""
    return metadata.entry_points()


def note(point: metadata.EntryPoint, kind: str | None = None, error: str | None = None) -> None:
    """Remember what an entry point adds, or why nothing; the log is told of the latter."""
    package = "" if point.dist is None else f"{point.dist.name} {point.dist.version}"
    _found[point.group, point.name] = Plugin(point.group, point.name, package, kind, error)
    if error is not None:
        log.error("%s of %s adds nothing to %s: %s", point.name, package or "a package", point.group, error)


def lose(kind: type, error: Exception) -> None:
    """Remember that a class that a plugin added cannot be described, and is in no menu."""
    note(_points[kind], _name(kind), f"it cannot be described ({type(error).__name__}: {error})")


class Kinds(Sequence[type[_T]], Generic[_T]):
    """The classes of one part of the catalogue, in the order of the menu: Slalom's own, then those of plugins.

    As an annotation it makes the union of them that specs use, told apart by ``kind``.
    """

    def __init__(
        self, group: str, base: type[_T], own: Sequence[Any], *, unlisted: Sequence[Any] = (), apart: Sequence[Any] = ()
    ) -> None:
        """``unlisted`` are a part of the union only, ``apart`` are listed and not a part of the union."""
        self.group, self._base, self._own = group, base, tuple(own)
        self._unlisted, self._apart = tuple(unlisted), tuple(apart)

    @cached_property
    def added(self) -> tuple[type[_T], ...]:
        """The classes that plugins add."""
        taken = {_name(kind) for kind in (*self._own, *self._unlisted, *self._apart)}
        found: list[type[_T]] = []
        for point in entry_points(self.group):
            kind: Any = None
            try:
                kind = point.load()
                error = self._fault(kind, taken)
            except Exception as raised:
                error = f"{point.value} cannot be loaded ({type(raised).__name__}: {raised})"
            if error is None:
                taken.add(_name(kind))
                found.append(kind)
                _points[kind] = point
            note(point, None if error else _name(kind), error)
        return tuple(found)

    def _fault(self, kind: Any, taken: set[str]) -> str | None:
        """Return why a class cannot be a choice; None where it can."""
        if not (isinstance(kind, type) and issubclass(kind, self._base)):
            return f"{kind!r} is no subclass of {self._base.__module__}.{self._base.__qualname__}"
        field = kind.model_fields["kind"]
        if get_origin(field.annotation) is not Literal or get_args(field.annotation) != (field.default,):
            return f'{kind.__qualname__} needs a kind of its own: kind: Literal["name"] = "name"'
        if field.default in taken:
            return f"there is a kind {field.default!r} already"
        if lacking := sorted(name for name in kind.__class_vars__ if not hasattr(kind, name)):
            return f"{kind.__qualname__} does not say {', '.join(lacking)}"
        TypeAdapter(_union((self._own[0], kind))).json_schema()
        example(kind)
        return None

    @overload
    def __getitem__(self, place: int) -> type[_T]: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[type[_T]]: ...
    def __getitem__(self, place: Any) -> Any:
        return (*self._own, *self.added, *self._apart)[place]

    def __len__(self) -> int:
        return len(self._own) + len(self.added) + len(self._apart)

    def __iter__(self) -> Iterator[type[_T]]:
        return iter(self[:])

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(_union((*self._own, *self._unlisted, *self.added)))


def example(kind: type[Any]) -> Any:
    """Return a choice with its default settings; where one has none, with the first of its examples."""
    try:
        return kind()
    except ValidationError:
        given = {name: field.examples[0] for name, field in kind.model_fields.items() if field.examples}
        return kind.model_validate(given, strict=False)


def _name(kind: type[Choice]) -> str:
    return kind.model_fields["kind"].default


def _union(kinds: Sequence[Any]) -> Any:
    return Annotated[Union[tuple(kinds)], Field(discriminator="kind")]  # noqa: UP007
