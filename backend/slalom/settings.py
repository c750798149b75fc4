"""How one installation behaves: one frozen model, read once in ``cli`` and passed down."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from slalom.addresses import as_origin, as_proxy, as_public_url, as_ray_address, as_root_path
from slalom.errors import LimitExceeded
from slalom.logs import LogKind
from slalom.period import Period

SECRET_BYTES = 16
"""Bytes of chance in a secret that Slalom makes: 128 bits."""
PREFIX = "SLALOM_"
"""What every environment variable of Slalom begins with."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


NameTuple = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""Several names, in the environment separated by commas."""
OriginTuple = Annotated[tuple[Annotated[str, AfterValidator(as_origin)], ...], BeforeValidator(_split)]
"""Several web origins."""
ProxyTuple = Annotated[tuple[Annotated[str, AfterValidator(as_proxy)], ...], BeforeValidator(_split)]
"""Several addresses or networks of proxies."""


def _as_url(text: str) -> str:
    return text if "://" in text else "sqlite:///" + quote(str(Path(text).absolute()), safe="/:\\")


StoreUrl = Annotated[str, Field(min_length=1), AfterValidator(_as_url)]
"""The name of a file, or an SQLAlchemy URL."""

Count = Annotated[int, Field(ge=1, le=2**53)]
"""A positive whole number that JSON carries exactly."""


class Limits(BaseModel):
    """What one installation allows; all of it is listed at GET /api/limits."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    body_bytes: Count = 256 * 1024
    """Bytes in the body of a request."""
    header_bytes: Count = 16 * 1024
    """Bytes in the headers of a request."""
    query_bytes: Count = 4 * 1024
    """Bytes after the question mark of a URL."""
    steps: Count = 1_000_000
    """Updates of a run; 100,000 in class mode, 10,000 in public mode."""
    runs: Count = 32
    """Runs listed in one experiment."""
    lanes: Count = 4096
    """Runs computed by one experiment: listed runs x varied values x seeds."""
    map_cells: Count = 1024 * 1024
    """Cells of one map; 512 x 512 in class mode, 128 x 128 in public mode."""
    map_run_steps: Count = 4_000_000_000
    """Updates, over all cells, of one map; 200,000,000 in class mode, 10,000,000 in public mode."""
    experiment_numbers: Count = 400_000_000
    """Numbers kept of one experiment; 20,000,000 in class mode, 2,000,000 in public mode."""
    simulate_run_steps: Count = 2_000_000
    """Updates, over all runs, of one simulation (a preview, or POST /api/simulate)."""
    simulate_numbers: Count = 1_000_000
    """Numbers in the answer of one simulation."""
    simulate_work: Count = 60_000_000_000
    """Multiplications and additions of one simulation of networks, or what takes as long: about 5 seconds of a core."""
    simulate_surface_work: Count = 600_000_000_000
    """The same of a simulation on a surface: about 50 seconds of a core; a tenth of it in class and public mode."""
    simulate_waiting: Count = 32
    """Simulations that wait for a free worker; 1,000 in class mode."""
    simulate_waiting_per_client: Count | None = None
    """Simulations of one visitor that wait for a free worker; unlimited, but 16 in class and public mode."""
    simulate_wait_seconds: Count = 30
    """Seconds that a simulation waits for a free worker; a preview waits longer and is told its place."""
    simulate_kept_bytes: Count = 32 * 1024**2
    """Bytes of answers to simulations that are kept for whoever asks for the same."""
    trace_numbers: Count = 20_000_000
    """Numbers in one downloaded trace that is JSON or NPZ; CSV is written as it is read and has no limit."""
    network_parameters: Count = 2_000_000
    """Parameters of one network; 200,000 in public mode."""
    training_numbers: Count = 20_000_000
    """Parameters of all networks of one experiment together; 2,000,000 in public mode."""
    dataset_bytes: Count = 2_000_000
    """Bytes of an uploaded file of data; 200,000 in public mode."""
    import_bytes: Count = 16_000_000
    """Bytes of an exported trace that is imported; 4,000,000 in class mode, 1,000,000 in public mode."""
    dataset_rows: Count = 100_000
    """Rows of an uploaded table, or names of a list."""
    dataset_columns: Count = 1025
    """Columns of an uploaded table: a label, and pictures of up to 32 x 32 pixels."""
    dataset_classes: Count = 100
    """Different classes in the last column of an uploaded table."""
    dataset_symbols: Count = 512
    """Different letters in an uploaded list of names."""
    datasets: Count = 500
    """Uploaded files of data that are kept at a time."""
    landscape_points: Count = 512 * 512
    """Points of one landscape."""
    queue: Count = 1000
    """Experiments that are queued or running."""
    queue_per_client: Count = 20
    """Experiments of one visitor that are queued or running; 3 in public mode."""
    store_bytes: Count = 20_000_000_000
    """Bytes of all experiments and uploaded files together; half of that in class mode, a fifth in public mode."""
    experiment_bytes: Count = 8_000_000_000
    """Bytes of what is kept of one experiment; 1 GB in class mode, 100 MB in public mode."""
    store_bytes_per_client: Count | None = None
    """Bytes of what one visitor stored; unlimited in local mode, 1 GB in class mode, 100 MB in public mode."""
    free_bytes: Count = 500_000_000
    """Bytes that stay free on the disk of a SQLite store; 2 GB in class and public mode."""
    keep: Period = 0
    """How long an experiment is kept that has ended and is not shared, such as 30 days; 0 is for ever."""
    downloads: Count = 2
    """Traces and maps that are made ready to be downloaded at the same time; others wait."""
    landscapes: Count = 2
    """Landscapes that are computed at the same time; others wait."""
    experiment_seconds: Count | None = None
    """Seconds one experiment may take; unlimited in local mode, 60 in class mode, 10 in public mode."""
    worker_bytes: Count = 2 * 1024**3
    """Bytes of address space of a process that computes, in class and public mode."""
    worker_cpu_seconds: Count | None = None
    """Seconds of processor time of a process that computes an experiment; unlimited in local mode, 120 in class mode,
    30 in public mode."""
    connections: Count = 1000
    """Open HTTP connections, besides WebSockets; of more, the one goes that has waited longest for its client."""
    client_seconds: Count = 20
    """Seconds that a client may take to send the headers of a request, and until it sends or reads more."""
    stream_message_bytes: Count = 8 * 1024
    """Bytes in one message from a viewer."""
    stream_messages_per_second: Count = 200
    """Messages a second that are read from a viewer; more have to wait."""
    preview_message_bytes: Count = 256 * 1024
    """Bytes in one message of a preview."""
    preview_messages_per_second: Count = 120
    """Messages a second that are read from a preview; more have to wait."""
    frames_in_flight: Count = 12
    """Frames sent to a viewer and not yet acknowledged."""
    sockets: Count = 600
    """Open WebSockets; 4,000 in class mode."""
    sockets_per_client: Count | None = None
    """Open WebSockets of one visitor; unlimited in local mode, 32 in class mode, 8 in public mode."""
    room_size: Count = 1000
    """Students in one room."""
    stage_bytes: Count = 64 * 1024
    """Bytes of what stands on the stage of a room."""
    room_message_bytes: Count = 72 * 1024
    """Bytes in one message from somebody in a room."""
    room_messages_per_second: Count = 40
    """Messages a second that are read from somebody in a room; more have to wait."""
    visitors_per_address: Count = 1000
    """Newcomers from one address in an hour; 100 in public mode, where others share what is theirs."""

    @property
    def imports_classes(self) -> bool:
        """Whether specs may name classes of installed packages, which are imported and run."""
        return True

    @property
    def memory_bytes(self) -> int | None:
        """Bytes of address space of a process that computes; None where it may have all that there is."""
        return self.worker_bytes


BY_MODE: dict[str, dict[str, Any]] = {
    "local": {},
    "class": {
        "host": "0.0.0.0",
        "simulate_surface_work": 60_000_000_000,
        "simulate_waiting": 1000,
        "simulate_waiting_per_client": 16,
        "sockets": 4000,
        "steps": 100_000,
        "import_bytes": 4_000_000,
        "map_cells": 512 * 512,
        "map_run_steps": 200_000_000,
        "experiment_numbers": 20_000_000,
        "experiment_seconds": 60,
        "worker_cpu_seconds": 120,
        "experiment_bytes": 1_000_000_000,
        "sockets_per_client": 32,
        "store_bytes": 10_000_000_000,
        "store_bytes_per_client": 1_000_000_000,
        "free_bytes": 2_000_000_000,
    },
    "public": {
        "simulate_surface_work": 60_000_000_000,
        "simulate_waiting_per_client": 16,
        "steps": 10_000,
        "import_bytes": 1_000_000,
        "map_cells": 128 * 128,
        "map_run_steps": 10_000_000,
        "experiment_numbers": 2_000_000,
        "experiment_seconds": 10,
        "worker_cpu_seconds": 30,
        "experiment_bytes": 100_000_000,
        "store_bytes": 4_000_000_000,
        "store_bytes_per_client": 100_000_000,
        "free_bytes": 2_000_000_000,
        "network_parameters": 200_000,
        "training_numbers": 2_000_000,
        "dataset_bytes": 200_000,
        "queue_per_client": 3,
        "sockets_per_client": 8,
        "visitors_per_address": 100,
    },
}
"""What differs from the defaults where strangers have access."""


class Settings(Limits):
    """One installation: where it listens, who may use it, where it stores, and what it allows."""

    mode: Literal["local", "class", "public"] = "local"
    """Who it is for: one person, a classroom network, or everybody."""
    host: str = Field("127.0.0.1", min_length=1)
    """Address to listen on; every address of this machine in class mode, else beyond it only with a token."""
    port: int = Field(8000, ge=0, le=65_535)
    """Port to listen on; 0 takes a free one."""
    token: SecretStr | None = Field(None, min_length=12)
    """Secret that every request must bring, where it is set; in class mode the teacher's, made anew at every start."""
    auth: bool = True
    """Whether serving beyond this machine needs a token."""
    allowed_hosts: NameTuple = ()
    """Further names by which this server is reached, separated by commas."""
    allowed_origins: OriginTuple = ()
    """Further web origins, such as https://class.example, whose pages may use this server."""
    public_url: Annotated[str, AfterValidator(as_public_url)] = ""
    """Address under which others open Slalom, such as https://class.example/slalom; what is shared begins with it."""
    root_path: Annotated[str, AfterValidator(as_root_path)] = ""
    """Path below which a proxy has Slalom, such as /slalom; that of SLALOM_PUBLIC_URL, if not given."""
    trusted_proxies: ProxyTuple = ()
    """Proxies whose X-Forwarded-For, -Proto, -Host and -Prefix are believed: addresses or networks, comma-separated."""
    frame_ancestors: str = Field("'none'", pattern=r"^[^;,\r\n]+$")
    """Who may show the page inside theirs, as in Content-Security-Policy."""
    store: StoreUrl = "sqlite:///slalom.db"
    """Where experiments are kept: a file, or an SQLAlchemy URL."""
    lessons: Path | None = None
    """A folder of lessons of your own, which come after Slalom's or replace those of the same name."""
    workers: Count | None = None
    """Experiments computed at the same time; if not given, one less than there are cores, or as many as suit Ray."""
    executor: Literal["local", "ray"] = "local"
    """Where experiments are computed: by processes of this machine, or by a Ray cluster (slalom[ray], and Postgres)."""
    ray_address: Annotated[str, AfterValidator(as_ray_address)] = ""
    """Where the Ray cluster is, such as head:6379; RAY_ADDRESS, or a cluster on this machine, if not given."""
    ray_cpus: float = Field(1.0, gt=0, le=1024)
    """CPUs that an experiment, a tile of a map, or a part of a sweep declares to Ray; may be a fraction."""
    ray_gpus: float = Field(0.0, ge=0, le=1024)
    """GPUs that an experiment with networks declares to Ray, unless it asks for the CPU; may be a fraction."""
    warm_workers: Count = 2
    """Processes kept ready for previews; where there are several, one is always free of long simulations."""
    log: LogKind = "text"
    """How what happens is written to standard error: as text, or as one line of JSON for every event."""
    bundle: bool = True
    """Whether a page's modules and style sheets are joined to one file each; false serves them as they are on disk."""

    @property
    def memory_bytes(self) -> int | None:
        return None if self.mode == "local" else self.worker_bytes

    @property
    def imports_classes(self) -> bool:
        return self.mode == "local" and (self.token is not None or is_loopback(self.host))

    @model_validator(mode="before")
    @classmethod
    def _fill_in_the_mode(cls, given: Any) -> Any:
        return {**BY_MODE.get(str(given.get("mode", "local")), {}), **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _strangers_need_a_token(self) -> Settings:
        others = self.mode == "public" or (self.mode == "local" and not is_loopback(self.host))
        if self.auth and self.token is None and others:
            where = f"on {self.host}" if not is_loopback(self.host) else f"in {self.mode} mode"
            raise ValueError(
                f"Serving {where} lets others use this computer. Set {PREFIX}TOKEN to a secret of at least 12 "
                "characters, or say --no-auth if everybody may use it."
            )
        return self

    def within(self, possible: int) -> Settings:
        """Return the same for a process that may have so many connections in all: of too many, a quarter is HTTP's."""
        if self.sockets + self.connections <= possible:
            return self
        sockets = min(self.sockets, possible * 3 // 4)
        return self.model_copy(update={"sockets": sockets, "connections": min(self.connections, possible - sockets)})

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not stand in a log: the token, and the password of the store's address."""
        token = self.token.get_secret_value() if self.token else ""
        password = urlsplit(self.store).password or ""
        return tuple(secret for secret in (token, password, unquote(password)) if secret)

    @property
    def base_path(self) -> str:
        """The path below which a proxy has Slalom, without a slash at its end: that of the public address, if none is
        given."""
        return self.root_path or urlsplit(self.public_url).path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], **given: Any) -> Settings:
        """Read ``SLALOM_PORT=9000`` and so on; what is given by name goes first.

        Raises pydantic.ValidationError where a value does not fit, and where a name is misspelt.
        """
        names = [name for name in environ if name.startswith(PREFIX)]
        return cls.model_validate({**{name.removeprefix(PREFIX).lower(): environ[name] for name in names}, **given})


def is_loopback(host: str) -> bool:
    """Return whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def variable_of(limit: str) -> str:
    """Return the environment variable that sets a limit.

    >>> variable_of("body_bytes")
    'SLALOM_BODY_BYTES'
    """
    return PREFIX + limit.upper()


def limits_table(limits: Limits) -> dict[str, dict[str, Any]]:
    """Return every limit: its value, and the environment variable that sets it."""
    return {name: {"value": getattr(limits, name), "setting": variable_of(name)} for name in Limits.model_fields}


def refuse(limits: Limits, name: str, value: int, what: str, *, advice: str = "", status: int = 422) -> None:
    """Raise LimitExceeded where ``value`` is more than the limit called ``name``."""
    allowed = getattr(limits, name)
    if allowed is not None and value > allowed:
        advice = advice or f"Ask for less, or start Slalom with a larger {variable_of(name)}."
        message = f"{what} is {value:,}, but at most {allowed:,} is allowed here. {advice}"
        raise LimitExceeded(message, limit=allowed, value=value, setting=variable_of(name), status=status)
