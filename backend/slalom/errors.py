"""Every error a user can cause.

    SlalomError
    ├── FormulaError      422   a formula that cannot be read, with the place and the reason
    ├── SpecError         422   a spec whose parts do not fit together
    │   └── NotHere       403   a part of a spec that this installation does not do for anybody
    ├── LimitExceeded     422   a spec larger than this installation allows (413, 429 where HTTP says so)
    ├── NotFound          404   nothing is stored under that id
    ├── Conflict          409   the request contradicts the present state
    ├── Refused           403   the Host, Origin or token is not accepted
    ├── Busy              503   too many are waiting; come back later
    ├── TookTooLong       503   a computation went on far beyond its estimate and was stopped
    ├── StoreFull         507   the disk has no room for another chunk
    ├── ProcessLost       —     a process died that did a part of an experiment; another one takes that up again
    ├── StoreError        —     the stored file cannot be used; the server does not start
    │   └── NotWritable   503   it can only be read, or is not there any more
    └── SettingsError     —     the settings contradict what there is; the server does not start

Each message says what happened, with the values involved, and then what to do about it.
"""

from __future__ import annotations

from collections.abc import Sequence


class SlalomError(Exception):
    """Base class: catch this to catch everything this package raises on purpose."""

    status: int = 500
    title: str = "Something went wrong"
    retry_after: int | None = None
    """Seconds after which the same may be possible; None where waiting is of no use."""


class FormulaError(SlalomError, ValueError):
    """A formula that cannot be read; ``position`` counts characters from 0, None where no place can be named."""

    status = 422
    title = "The formula cannot be read"

    def __init__(self, message: str, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


class SpecError(SlalomError, ValueError):
    """A spec whose parts do not fit together; ``loc`` is the path to the part."""

    status = 422
    title = "The request does not fit"

    def __init__(self, message: str, loc: Sequence[str | int] = ()) -> None:
        super().__init__(message)
        self.loc: tuple[str | int, ...] = tuple(loc)


class NotHere(SpecError):
    """A part of a spec that this installation does not do for anybody; ``loc`` is the path to it."""

    status = 403
    title = "Not on this server"


class LimitExceeded(SlalomError):
    """A request larger than this installation allows."""

    title = "Over a limit of this installation"

    def __init__(
        self,
        message: str,
        *,
        limit: float,
        value: float,
        setting: str,
        status: int = 422,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.limit: float = limit
        self.value: float = value
        self.setting: str = setting
        self.status: int = status
        self.retry_after: int | None = retry_after


class NotFound(SlalomError):
    """Nothing is stored under that id."""

    status = 404
    title = "Not found"

    def __init__(self, thing: str, key: str, instead: str = "") -> None:
        super().__init__(instead or f"There is no {thing} {key[:40]!r}. List them with GET /api/{thing}s.")


class Conflict(SlalomError):
    """The request contradicts the present state."""

    status = 409
    title = "Not possible now"


class Refused(SlalomError):
    """The Host, Origin or token is not accepted."""

    status = 403
    title = "Refused"


class Busy(SlalomError):
    """Too many are waiting; ``retry_after`` seconds from now there may be room, ``place`` is the one held in line."""

    status = 503
    title = "Busy"

    def __init__(self, message: str, retry_after: int = 2, place: int | None = None) -> None:
        super().__init__(message)
        self.retry_after: int | None = retry_after
        self.place: int | None = place


class TookTooLong(SlalomError):
    """A computation went on far beyond its estimate and was stopped after ``seconds``."""

    status = 503
    title = "Stopped"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This was stopped: it was not done after {seconds:.0f} s, far longer than estimated. Take fewer steps or "
            "runs, or run it as an experiment."
        )


class ProcessLost(SlalomError):
    """A process died that did a part of an experiment, of which all that is stored is kept; a clause without an end."""


class StoreError(SlalomError):
    """The stored file cannot be used: damaged, foreign, or written by a newer Slalom."""

    title = "The store cannot be used"


class NotWritable(StoreError):
    """The stored file can only be read, or is not there any more."""

    status = 503
    title = "The store cannot be written"


class StoreFull(SlalomError):
    """The disk has no room for another chunk; what is stored can still be read."""

    status = 507
    title = "No room left"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"The store could not write ({reason}). Everything stored can still be read; make room on the disk, and "
            "new experiments can start again without a restart."
        )


class SettingsError(SlalomError):
    """A setting that contradicts what there is; the server does not start."""
