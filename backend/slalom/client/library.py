"""Routes of all else: what can be chosen, data of one's own, lessons, landscapes, and how the server is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel

from slalom.results.floats import with_floats
from slalom.results.spec import Spec, as_sent
from slalom.wire.container import read_container

from .answers import HealthAnswer, LimitAnswer, UploadAnswer
from .refusal import no_slalom
from .route import Call, Request, route, segment

UPLOAD_TYPE = "text/plain; charset=utf-8"
"""What a file of data is sent as."""


class LibraryRoutes:
    """Methods of all that is no experiment."""

    url: str

    @route
    def catalogue(self) -> Call[dict[str, Any]]:
        """Return everything that can be chosen, each with its schema, defaults and formula."""
        answer = yield Request("GET", "/api/catalogue")
        return answer.json()

    @route
    def landscape(
        self,
        problem: Mapping[str, Any] | BaseModel,
        domain: Sequence[Sequence[float]] | None = None,
        shape: Sequence[int] | None = None,
    ) -> Call[tuple[dict[str, Any], np.ndarray]]:
        """Return what is known of a problem, and its values on a grid: (nx,), or (ny, nx) of two variables."""
        wish = {"problem": problem, "domain": domain, "shape": shape}
        given = {name: as_sent(value) for name, value in wish.items() if value is not None}
        answer = yield Request("POST", "/api/landscape", json=given)
        header, body = read_container(answer.content)
        return header, np.frombuffer(answer.content, header["dtype"], offset=body).reshape(header["shape"])

    @route
    def upload(self, data: Path | str | bytes, name: str | None = None, kind: str | None = None) -> Call[UploadAnswer]:
        """Send a table (CSV) or a list of names to train on: a file by its Path, or text; return it with its id.

        ``kind`` is "csv" or "names"; the server decides by the text if it is not given.
        """
        if isinstance(data, Path):
            name, data = name or data.name, data.read_bytes()
        content = data.encode() if isinstance(data, str) else data
        answer = yield Request(
            "POST", "/api/datasets", {"name": name, "kind": kind}, content=content, media_type=UPLOAD_TYPE
        )
        return answer.json()

    @route
    def read_table(
        self,
        id: str,
        target: str | None = None,
        columns: dict[str, dict[str, str]] | None = None,
        header: bool | None = None,
        decimal: str | None = None,
    ) -> Call[UploadAnswer]:
        """Read an uploaded table otherwise, and return that reading with an id of its own.

        ``target`` names the column that is predicted. ``columns`` says by name what is made of others, as in
        ``{"age": {"kind": "number", "on_missing": "mean"}, "name": {"kind": "ignore"}}``; the field ``table`` of an
        uploaded table lists the kinds. What is not given is decided from the file.
        """
        wish = {"target": target, "columns": columns, "header": header, "decimal": decimal}
        given = {name: value for name, value in wish.items() if value is not None}
        answer = yield Request("POST", f"/api/datasets/{segment(id)}/readings", json=given)
        return answer.json()

    @route
    def dataset(self, id: str) -> Call[UploadAnswer]:
        """Return an uploaded file: what it was understood as, without its text."""
        answer = yield Request("GET", f"/api/datasets/{segment(id)}")
        return answer.json()

    @route
    def datasets(self) -> Call[list[UploadAnswer]]:
        """Return every uploaded file, newest first."""
        answer = yield Request("GET", "/api/datasets")
        return answer.json()["items"]

    @route
    def share_dataset(self, id: str, shared: bool = True) -> Call[UploadAnswer]:
        """Let everybody who may come in use an uploaded file, or not."""
        answer = yield Request("PATCH", f"/api/datasets/{segment(id)}", json={"shared": shared})
        return answer.json()

    @route
    def delete_dataset(self, id: str) -> Call[None]:
        """Remove an uploaded file for good."""
        yield Request("DELETE", f"/api/datasets/{segment(id)}")

    @route
    def lessons(self) -> Call[list[dict[str, Any]]]:
        """Return every lesson in a few words, in order."""
        answer = yield Request("GET", "/api/lessons")
        return answer.json()["items"]

    @route
    def lesson(self, slug: str) -> Call[dict[str, Any]]:
        """Return a lesson, whole; values of its runs stand in braces in its texts."""
        answer = yield Request("GET", f"/api/lessons/{segment(slug)}")
        return answer.json()

    @route
    def lesson_values(self, slug: str) -> Call[dict[str, Any]]:
        """Return every value that stands in braces in a lesson's texts, by what stands there."""
        answer = yield Request("GET", f"/api/lessons/{segment(slug)}/values")
        return with_floats(answer.json()["values"])

    @route
    def grade(self, slug: str, n: int, values: Mapping[str, Any]) -> Call[dict[str, Any]]:
        """Run question ``n`` of a lesson's quiz, counted from 0, with settings: did it pass, and what was said."""
        answer = yield Request(
            "POST", f"/api/lessons/{segment(slug)}/quiz/{segment(n)}", json={"values": as_sent(values)}
        )
        return with_floats(answer.json())

    @route
    def draft_lesson(self, title: str, spec: Spec) -> Call[str]:
        """Return the TOML of a lesson to start from, which shows these runs."""
        answer = yield Request("POST", "/api/lessons/draft", json={"title": title, "spec": as_sent(spec)})
        return answer.text

    @route
    def glossary(self) -> Call[list[dict[str, Any]]]:
        """Return every term of the lessons: its definition, formula and example."""
        answer = yield Request("GET", "/api/glossary")
        return answer.json()["items"]

    @route
    def qr(self, text: str) -> Call[str]:
        """Return a text as a QR code, an SVG picture."""
        answer = yield Request("GET", "/api/qr", {"text": text})
        return answer.text

    @route
    def limits(self) -> Call[dict[str, LimitAnswer]]:
        """Return every limit of the server, by its name."""
        answer = yield Request("GET", "/api/limits")
        return answer.json()

    @route
    def health(self) -> Call[HealthAnswer]:
        """Return whether the server is well, also where it is not."""
        answer = yield Request("GET", "/healthz", any_status=True)
        try:
            found = answer.json()
            if "version" in found:
                return found
        except (ValueError, TypeError):
            pass
        raise no_slalom(self.url, answer)

    @route
    def status(self) -> Call[dict[str, Any]]:
        """Return what the server does at the moment; for the teacher, and for whose server it is."""
        answer = yield Request("GET", "/api/status")
        return answer.json()

    @route
    def metrics(self) -> Call[str]:
        """Return the server's counts, in the text format of Prometheus."""
        answer = yield Request("GET", "/metrics")
        return answer.text
