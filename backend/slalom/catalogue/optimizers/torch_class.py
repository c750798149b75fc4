"""Rules of others: any class of ``torch.optim.Optimizer`` in an installed package, by its import path."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import AfterValidator, Field

from slalom.catalogue.base.installed import distributions_with, is_or_requires
from slalom.errors import SpecError

from .base import Optimizer

PATH_PART = re.compile(r"(?!.*__)[A-Za-z][A-Za-z0-9_]*", re.ASCII)
"""A name in an import path: what begins with an underscore belongs to the package alone."""
LONGEST_IMPORT = 200
"""Characters of an import path."""
MOST_OPTIONS, LONGEST_OPTION = 40, 100
"""Options of a class; characters of a text, or values of a list, that is one."""
SET_BY_SLALOM = {"lr": "lr", "maximize": "maximize", "params": "", "closure": "closure"}
"""Options that are given elsewhere, and the setting that does."""


def _import_path(path: str) -> str:
    parts = path.split(".")
    if len(parts) < 2 or not all(PATH_PART.fullmatch(part) for part in parts):
        raise ValueError(
            "is no import path of a class. Give its package and its name with dots between them, and no name that "
            "begins with an underscore"
        )
    return path


ImportPath = Annotated[
    str,
    Field(
        max_length=LONGEST_IMPORT, json_schema_extra={"pattern": r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+$"}
    ),
    AfterValidator(_import_path),
]
"""A package or module and a class in it, as an import statement has them."""


class _Options(dict[str, Any]):
    """Options by name, which can be compared and hashed as settings are."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(sorted(self.items())))


def _options(given: dict[str, Any]) -> _Options:
    for name in given:
        if not PATH_PART.fullmatch(name):
            raise ValueError(f"has the name {name[:40]!r}, which is no name of an option. Check its spelling")
        if name in SET_BY_SLALOM:
            setting = SET_BY_SLALOM[name]
            instead = f"it is the rule's own setting {setting}, beside options" if setting else "Slalom gives them"
            raise ValueError(f"has {name}; leave it out: {instead}")
    return _Options(given)


_Plain = bool | int | float | Annotated[str, Field(max_length=LONGEST_OPTION)] | None
_Plains = Annotated[tuple[_Plain, ...], Field(strict=False, max_length=LONGEST_OPTION)]
Options = Annotated[dict[str, _Plain | _Plains], Field(max_length=MOST_OPTIONS), AfterValidator(_options)]
"""What a class is constructed with: numbers, texts, yes or no, nothing, or lists of these (which it gets as tuples)."""


class TorchClass(Optimizer):
    """Any optimizer of an installed package, by its import path: torch.optim.AdamW, pytorch_optimizer.SOAP.

    Every run has an object of that class, constructed on its parameters (of a network the tensors that torch.nn would
    have) with the rate and the options. Slalom computes gradients, sets the rate of every update, and calls ``step()``.
    What the class draws at random follows from the seed of the run and the update. No stability limit is known.

    A class is code that runs on the server: it is imported only in local mode, only from an installed distribution that
    is PyTorch or requires it, and never from a file or a text.
    """

    kind: Literal["torch"] = "torch"
    path: ImportPath = "torch.optim.AdamW"
    """Where the class is: its package or module, and its name."""
    lr: float = Field(0.001, ge=0)
    """Learning rate η, in whatever unit the class has it."""
    options: Options = Field({}, validate_default=True)
    """What else it is constructed with, by its names; what is left out takes its defaults."""
    closure: bool = False
    """Whether it asks for losses and gradients within a step, as torch.optim.LBFGS does: on the same mini-batch and
    with the same noise."""

    title: ClassVar[str] = "Class by import path"
    source: ClassVar[str] = "The package that has the class"
    operations: ClassVar[int] = 60
    has_theory: ClassVar[bool] = False
    by_run: ClassVar[bool] = True
    is_written: ClassVar[bool] = False
    torch_maximizes: ClassVar[bool] = False

    class State(NamedTuple):
        """An object of every run: its parameters as tensors, and the optimizer on them. (E,)"""

        runs: Any

    @property
    def usual_name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def memory_kind(self) -> str:
        return f"{self.kind} {self.path}"

    @property
    def uses_closure(self) -> bool:  # type: ignore[override]
        return self.closure

    @property
    def evaluations(self) -> int:
        """Gradients of a step beside the first, about, or what takes as long: every run is stepped by itself."""
        return 25 if self.closure else 1

    @property
    def torch_class(self) -> str:  # type: ignore[override]
        return self.path

    @property
    def torch_source(self) -> str:  # type: ignore[override]
        return "import " + self.path.rpartition(".")[0]

    def torch_arguments(self) -> dict[str, Any]:
        return {"lr": self.lr, **self.options}

    def resumed(self, state: State) -> State:
        runs = state.runs.copy()
        for place, run in enumerate(runs.flat):
            runs.flat[place] = run.again(self)
        return self.State(runs)


@lru_cache(maxsize=64)
def check_installed(path: str) -> None:
    """Raise SpecError unless the class at an import path is of an installed distribution that is or requires PyTorch.

    Nothing is imported; what was found once is not looked for again.
    """
    package = path.partition(".")[0]
    found = distributions_with(package)
    if not any(is_or_requires(one, "torch") for one in found):
        names = " and ".join(sorted({one.name for one in found}))
        what = f"{names} does not require PyTorch" if names else f"no installed package has {package}"
        raise SpecError(
            f"The class {path} cannot be imported: {what}. Only classes of installed packages that require PyTorch "
            "are, and of PyTorch itself. Install the package where Slalom runs, or choose another path.",
            ("path",),
        )


__all__ = ["TorchClass", "check_installed"]
