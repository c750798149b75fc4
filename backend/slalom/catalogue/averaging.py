"""Averages of parameters that a run keeps beside it: their mean (SWA), or one that forgets (EMA).

To add one, write a subclass of ``Averaging`` and list it here. The average takes part in no update; its loss is
recorded beside that of the run.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from slalom.catalogue.base.choice import Choice

from .schedules.base import LONGEST_RUN


class Averaging(Choice):
    """What is made of the points that a run comes through."""

    kind: Any
    """The word that tells this average from the others; each has its own."""

    title: ClassVar[str]
    """Its name, for people."""
    source: ClassVar[str]
    """Where it comes from."""


class NoAveraging(Averaging):
    """The parameters are those of the last update."""

    kind: Literal["none"] = "none"

    title = "None"
    source = "torch.optim"


class _Kept(Averaging):
    start: int = Field(1, ge=0, le=LONGEST_RUN)
    """Entry from which on parameters are averaged; until then the average is the parameters themselves."""

    def share(self, count: int) -> float:
        """Return the share of the next point in the average, in which there are ``count`` >= 1 points already."""
        raise NotImplementedError

    @property
    def torch_argument(self) -> str:
        """What ``torch.optim.swa_utils.AveragedModel`` is told besides the model, as text."""
        raise NotImplementedError


class Swa(_Kept):
    """The mean of all parameters from an entry on: stochastic weight averaging.

        a ← a + (p - a) / (n + 1)          n points were averaged before

    In a run that swings about a minimum or is thrown about by noise, the mean lies lower than its points.

    >>> Swa().share(3)
    0.25
    """

    kind: Literal["swa"] = "swa"

    title = "Mean (SWA)"
    source = "Izmailov et al. 2018, arXiv:1803.05407; torch.optim.swa_utils.AveragedModel"

    def share(self, count: int) -> float:
        return 1 / (count + 1)

    @property
    def torch_argument(self) -> str:
        return ""


class Ema(_Kept):
    """An average that forgets: the parameters of about the last 1/(1 - β) updates count, β its decay.

        a ← β a + (1 - β) p

    >>> Ema(decay=0.75).share(3)
    0.25
    """

    kind: Literal["ema"] = "ema"
    decay: float = Field(0.999, ge=0, lt=1)
    """What is kept of the average in every update, β."""

    title = "Moving average (EMA)"
    source = "Polyak & Juditsky 1992, doi:10.1137/0330046; torch.optim.swa_utils.get_ema_multi_avg_fn"

    def share(self, count: int) -> float:
        return 1 - self.decay

    @property
    def torch_argument(self) -> str:
        return f", multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn({self.decay})"


AVERAGINGS: tuple[type[Averaging], ...] = (NoAveraging, Swa, Ema)
"""Every average, in the order of the menu."""

AnyAveraging = Annotated[NoAveraging | Swa | Ema, Field(discriminator="kind")]
"""One of the averages, told apart by ``kind``."""

KeptAveraging = Annotated[Swa | Ema, Field(discriminator="kind")]
"""One that is kept."""

__all__ = ["AVERAGINGS", "AnyAveraging", "Averaging", "Ema", "KeptAveraging", "NoAveraging", "Swa"]
