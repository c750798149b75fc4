"""The API from Python, with the names and the specs of the API itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import numpy as np
from pydantic import BaseModel
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from slalom.errors import SlalomError
from slalom.wire.arrays import unpack_arrays
from slalom.wire.frames import Block, decode

Spec = Mapping[str, Any] | BaseModel
"""A spec as JSON would carry it, or a model of the catalogue."""


Traces = list[dict[str, Any]]
"""One dict of columns per run."""
REFUSED_STATUS = 4000
"""Close codes of a WebSocket from here on are this and an HTTP status."""


class ClientError(SlalomError):
    """The server refused; ``problem`` is its answer."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(problem.get("detail") or problem.get("title") or "The server refused without a reason.")
        self.problem = problem
        self.status = int(problem.get("status", 500))


class Client:
    """A connection to a running server.

    with Client("http://127.0.0.1:8000") as slalom:
        runs = [{"optimizer": {"kind": "sgd", "lr": 1.05}}]
        traces = slalom.simulate({"problem": {"kind": "parabola"}, "runs": runs, "steps": 40})

    Every method raises ClientError where the server refuses.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 60.0,
    ) -> None:
        """``token``: that of the server, or the secret of a visitor."""
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=url, headers=self.headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def join(self, code: str) -> dict[str, Any]:
        """Come into a room with its code, as a student from now on, and return what there is to know about it."""
        answer = self._read(self._http.post("/api/room/join", json={"code": code}))
        if (secret := answer.cookies.get("slalom_visitor")) is not None:
            self.headers = {"Authorization": f"Bearer {secret}"}
            self._http.headers.update(self.headers)
        return answer.json()

    def simulate(self, spec: Spec, every: int = 1) -> Traces:
        """Compute a spec at once and return one dict of columns per run; nothing is stored."""
        return self._ask("POST", "/api/simulate", spec, every=every)["runs"]

    def create(self, spec: Spec) -> dict[str, Any]:
        """Store an experiment, queue it, and return it."""
        return self._ask("POST", "/api/experiments", spec)

    def get(self, id: str, wait: float = 0) -> dict[str, Any]:
        """Return an experiment, at once or when it has ended (after ``wait`` seconds at the latest)."""
        return self._ask("GET", f"/api/experiments/{id}", wait=wait)

    def list(self, owner: str = "all") -> Iterator[dict[str, Any]]:
        """Yield every experiment, newest first; ``owner="me"`` only one's own, ``"shared"`` only shared ones."""
        after = {}
        while True:
            page = self._ask("GET", "/api/experiments", limit=200, owner=owner, **after)
            yield from page["items"]
            if page["next"] is None:
                return
            after = {"after": page["next"]}

    def trace(self, id: str, every: int = 1) -> Traces:
        """Return one dict of columns per run of a stored experiment."""
        return self._ask("GET", f"/api/experiments/{id}/trace", every=every)["runs"]

    def sweep(self, id: str, target: float | None = None) -> dict[str, Any]:
        """Return what came of every varied value and seed so far: final loss, steps to ``target``, and the best one."""
        query: dict[str, Any] = {} if target is None else {"target": target}
        return self._ask("GET", f"/api/experiments/{id}/sweep", **query)

    def rename(self, id: str, name: str) -> dict[str, Any]:
        """Give an experiment another name."""
        return self._ask("PATCH", f"/api/experiments/{id}", {"name": name})

    def share(self, id: str, shared: bool = True) -> dict[str, Any]:
        """Let everybody who may come in read an experiment, or not."""
        return self._ask("PATCH", f"/api/experiments/{id}", {"shared": shared})

    def cancel(self, id: str) -> dict[str, Any]:
        """Stop an experiment; what it streamed is kept."""
        return self._ask("POST", f"/api/experiments/{id}/cancel")

    def pause(self, id: str) -> dict[str, Any]:
        """Let an experiment wait where it is."""
        return self._ask("POST", f"/api/experiments/{id}/pause")

    def resume(self, id: str) -> dict[str, Any]:
        """Let a paused experiment go on."""
        return self._ask("POST", f"/api/experiments/{id}/resume")

    def delete(self, id: str, purge: bool = False) -> None:
        """Cancel and hide an experiment; ``purge`` removes it for good."""
        self._ask("DELETE", f"/api/experiments/{id}", purge=purge)

    def fork(self, id: str, run: int, step: int, runs: Traces | None = None) -> dict[str, Any]:
        """Start a new experiment from an entry of a run, with the same rule or with others."""
        wish = {"run": run, "step": step} | ({"runs": runs} if runs is not None else {})
        return self._ask("POST", f"/api/experiments/{id}/fork", wish)

    def catalogue(self) -> dict[str, Any]:
        """Return everything that can be chosen."""
        return self._ask("GET", "/api/catalogue")

    def upload(self, data: Path | str | bytes, name: str | None = None, kind: str | None = None) -> dict[str, Any]:
        """Send a table (CSV) or a list of names to train on: a file by its Path, or text; return it with its id.

        ``kind`` is "csv" or "names"; the server decides by the text if it is not given.
        """
        if isinstance(data, Path):
            name, data = name or data.name, data.read_bytes()
        query = {key: value for key, value in (("name", name), ("kind", kind)) if value is not None}
        content = data.encode() if isinstance(data, str) else data
        headers = {"Content-Type": "text/plain; charset=utf-8"}
        return self._read(self._http.post("/api/datasets", content=content, params=query, headers=headers)).json()

    def read_table(
        self,
        id: str,
        target: str | None = None,
        columns: dict[str, dict[str, str]] | None = None,
        header: bool | None = None,
        decimal: str | None = None,
    ) -> dict[str, Any]:
        """Read an uploaded table otherwise, and return that reading with an id of its own.

        ``target`` names the column that is predicted. ``columns`` says by name what is made of others, as in
        ``{"age": {"kind": "number", "on_missing": "mean"}, "name": {"kind": "ignore"}}``; the field ``table`` of an
        uploaded table lists the kinds. What is not given is decided from the file.
        """
        wish = {"target": target, "columns": columns, "header": header, "decimal": decimal}
        given = {name: value for name, value in wish.items() if value is not None}
        return self._ask("POST", f"/api/datasets/{id}/readings", given)

    def dataset(self, id: str) -> dict[str, Any]:
        """Return an uploaded file: what it was understood as, without its text."""
        return self._ask("GET", f"/api/datasets/{id}")

    def datasets(self) -> Traces:
        """Return every uploaded file, newest first."""
        return self._ask("GET", "/api/datasets")["items"]

    def delete_dataset(self, id: str) -> None:
        """Remove an uploaded file for good."""
        self._ask("DELETE", f"/api/datasets/{id}")

    def view(self, id: str, kind: str, **query: Any) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return what a network looks like from one side, over its kept entries: a header, and arrays by name.

        ``kind`` is plane, data (that of the next five that suits the data best), boundary, curve, guesses, actual,
        samples, surprise or inside; ``query`` may have run, after and frames, and parameter or directions where the
        view knows them.
        """
        return unpack_arrays(self._read(self._http.get(f"/api/experiments/{id}/views/{kind}", params=query)).content)

    def findings(self, id: str) -> dict[str, Any]:
        """Return what a range test found, once it has ended: every rule's rate, verified, and one to use."""
        return self._ask("GET", f"/api/experiments/{id}/range")

    def record(self, spec: Spec, name: str) -> dict[str, Any]:
        """Create an experiment whose entries will be sent, and return it; ``spec`` is of the kind "recorded"."""
        return self._ask("POST", "/api/experiments/recorded", {"spec": spec, "name": name})

    def send_frame(self, id: str, frame: bytes) -> None:
        """Append a frame to an experiment that is recorded; its header has the events of the same entries."""
        headers = {"Content-Type": "application/octet-stream"}
        self._read(self._http.post(f"/api/experiments/{id}/frames", content=frame, headers=headers))

    def open_file(self, path: Path) -> dict[str, Any]:
        """Store the runs of an exported file, or of a recorded loop, as an experiment, and return it."""
        data = path.read_bytes()
        kind = "application/json" if data[:1] == b"{" else "application/octet-stream"
        headers = {"Content-Type": kind}
        answer = self._http.post("/api/experiments/import", content=data, params={"name": path.name}, headers=headers)
        return self._read(answer).json()

    def beat(self, id: str) -> None:
        """Say that a loop that is recorded goes on."""
        self._ask("POST", f"/api/experiments/{id}/beat")

    def end(self, id: str, status: str, outcomes: list[Any] | None) -> dict[str, Any]:
        """End an experiment that was recorded, and return it."""
        return self._ask("POST", f"/api/experiments/{id}/end", {"status": status, "outcomes": outcomes})

    def limits(self) -> dict[str, Any]:
        """Return every limit of the server."""
        return self._ask("GET", "/api/limits")

    def follow(self, id: str, after: int = 0, detail: str = "full") -> Iterator[Block | dict[str, Any]]:
        """Yield what happens from chunk ``after`` on, until it has ended: blocks of entries, and messages as dicts."""
        url = self._http.base_url.join(f"/api/experiments/{id}/stream")
        address = f"{'wss' if url.scheme == 'https' else 'ws'}://{url.netloc.decode()}{url.path}"
        options: dict[str, Any] = {"additional_headers": self.headers, "max_size": None}
        with connect(f"{address}?after={after}&detail={detail}&ack=0", **options) as socket:
            try:
                for message in socket:
                    yield json.loads(message) if isinstance(message, str) else decode(message)
            except ConnectionClosedError as error:
                if error.rcvd is None or error.rcvd.code < REFUSED_STATUS:
                    raise
                raise ClientError({"status": error.rcvd.code - REFUSED_STATUS, "detail": error.rcvd.reason}) from None

    def _ask(self, method: str, path: str, body: Spec | None = None, **query: Any) -> Any:
        if isinstance(body, BaseModel):
            body = body.model_dump(mode="json", by_alias=True)
        answer = self._read(self._http.request(method, path, json=body, params=query))
        return answer.json() if answer.content else None

    def _read(self, answer: httpx.Response) -> httpx.Response:
        """Return an answer, or raise what it says went wrong."""
        if answer.is_success:
            return answer
        try:
            problem = answer.json()
        except ValueError:
            problem = {"status": answer.status_code, "title": answer.reason_phrase}
        raise ClientError(problem)
