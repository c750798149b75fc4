"""Data that users bring: upload a table or a list of names, hear what was made of it, list, and remove."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from slalom.catalogue.base.choice import Name
from slalom.catalogue.datasets.tables.choices import TableChoices
from slalom.catalogue.datasets.tables.reading import view_of
from slalom.catalogue.datasets.uploads import UploadKind, describe_upload
from slalom.errors import NotFound, SpecError
from slalom.storage.datasets import StoredDataset
from slalom.web.http.dependencies import (
    REFUSALS,
    JsonBody,
    Server,
    ServerDep,
    VisitorDep,
    json_answer,
    request_schema,
    response_schema,
)
from slalom.web.http.visitors import Visitor

MEDIA_TYPES = ("text/csv", "text/plain", "application/octet-stream")
"""What a file may be sent as; which of them does not matter."""
DATASET_ID = re.compile(r"d[a-z0-9]{12,32}", re.ASCII)
"""What the server calls an uploaded file."""

router = APIRouter(prefix="/api/datasets", tags=["datasets"])


class Sharing(BaseModel):
    """Whether everybody who may come in may use it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    shared: bool


def dataset_of(id: str) -> str:
    """Return an id if it can be one, or raise NotFound: nothing else reaches the store."""
    if not DATASET_ID.fullmatch(id):
        raise NotFound("dataset", id)
    return id


DatasetPath = Annotated[str, Path(description="What the server called it."), AfterValidator(dataset_of)]
FILE = {"type": "string", "format": "binary"}
BODY = {
    "requestBody": {
        "required": True,
        "description": "A table, or a list of names, one a line; UTF-8. It may also be sent as text/csv or text/plain.",
        "content": {"application/octet-stream": {"schema": FILE}},
    }
}
TITLES = {"csv": "Table", "names": "Names"}


@router.post(
    "",
    status_code=201,
    response_class=Response,
    openapi_extra=BODY,
    responses=response_schema("Dataset", "What was made of it.", 201),
)
async def create_dataset(
    request: Request,
    server: ServerDep,
    visitor: VisitorDep,
    name: Annotated[Name, Query()] = "",
    kind: Annotated[UploadKind | None, Query()] = None,
) -> Response:
    """Keep a table (its last column is predicted) or a list of names, and say what was made of it.

    Which of the two it is, the file decides, unless ``kind`` says it.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in MEDIA_TYPES:
        raise SpecError("The body must be a text file. Send it with the header Content-Type: text/csv or text/plain.")
    text = await request.body()
    return json_answer(await run_in_threadpool(_add, server, name, text, kind, visitor), 201)


@router.post(
    "/{id}/readings",
    status_code=201,
    response_class=Response,
    openapi_extra=request_schema("TableChoices", {"target": "price", "columns": {"id": {"kind": "ignore"}}}),
    responses=response_schema("Dataset", "The file, read otherwise.", 201),
)
async def create_dataset_reading(
    id: DatasetPath,
    server: ServerDep,
    visitor: VisitorDep,
    choices: Annotated[TableChoices, Depends(JsonBody(TypeAdapter(TableChoices)))],
) -> Response:
    """Read a table otherwise: another column is predicted, or other inputs; its file is kept once.

    What is not chosen is decided from the file, as at its upload. 200 where that reading is there already.
    """
    return json_answer(*await run_in_threadpool(_read, server, id, choices, visitor))


@router.get("", response_class=Response, responses=response_schema("Datasets", "Every uploaded file."))
def list_datasets(server: ServerDep, visitor: VisitorDep) -> Response:
    """Return what was uploaded, newest first: in class and public mode one's own, and what is shared."""
    found = server.store.datasets.list(visitor.seen_by)
    return json_answer({"items": [_listed(dataset, visitor) for dataset in found]})


@router.get("/{id}", response_class=Response, responses=response_schema("Dataset", "The file, without its text."))
def get_dataset(id: DatasetPath, server: ServerDep, visitor: VisitorDep) -> Response:
    """Return what was made of an uploaded file."""
    return json_answer(_view(server.store.datasets.get(id), visitor))


@router.patch(
    "/{id}",
    response_class=Response,
    openapi_extra=request_schema("Sharing", {"shared": True}),
    responses=response_schema("Dataset", "The file, without its text."),
)
async def update_dataset(
    id: DatasetPath,
    wish: Annotated[Sharing, Depends(JsonBody(TypeAdapter(Sharing)))],
    server: ServerDep,
    visitor: VisitorDep,
) -> Response:
    """Let everybody who may come in use an uploaded file, or not."""
    await run_in_threadpool(server.store.datasets.share, id, wish.shared)
    return json_answer(_view(await run_in_threadpool(server.store.datasets.get, id), visitor))


@router.delete("/{id}", status_code=204, response_class=Response, responses=REFUSALS)
def delete_dataset(id: DatasetPath, server: ServerDep) -> Response:
    """Remove an uploaded file for good; one that an experiment was made with stays."""
    server.store.datasets.delete(id)
    return Response(status_code=204)


def _add(server: Server, name: str, text: bytes, kind: UploadKind | None, visitor: Visitor) -> dict[str, Any]:
    about, reading = describe_upload(text, server.settings, kind)
    kept = (name or TITLES[about["kind"]], about["kind"], json.dumps(about), text, visitor.id, reading)
    return _view(server.store.datasets.get(server.store.datasets.add(*kept)), visitor)


def _read(server: Server, id: str, choices: TableChoices, visitor: Visitor) -> tuple[dict[str, Any], int]:
    """Return another reading of a file, and the status of the answer: 201 where it is new."""
    datasets = server.store.datasets
    dataset = datasets.get(id)
    if dataset.kind != "csv":
        raise SpecError("A list of names has no columns to choose. Upload it again with ?kind=csv if it is a table.")
    about, reading = describe_upload(datasets.file(id).text, server.settings, "csv", choices)
    known, new = datasets.add_reading(dataset, json.dumps(about), reading or "", visitor.id, visitor.seen_by)
    return _view(datasets.get(known), visitor), 201 if new else 200


def _listed(dataset: StoredDataset, visitor: Visitor) -> dict[str, Any]:
    stored = {"id": dataset.id, "kind": dataset.kind, "name": dataset.name, "created": dataset.created}
    return json.loads(dataset.about) | stored | {"source": dataset.source} | visitor.holds(dataset)


def _view(dataset: StoredDataset, visitor: Visitor) -> dict[str, Any]:
    return _listed(dataset, visitor) | {"table": view_of(dataset.reading)}
