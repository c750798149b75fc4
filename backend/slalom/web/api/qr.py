"""A text as a QR code, so that a printed page leads to the live one."""

from __future__ import annotations

import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from slalom.errors import SpecError
from slalom.web.http.dependencies import REFUSALS

router = APIRouter(prefix="/api", tags=["lessons"])

QR_TYPES = {"svg": "image/svg+xml", "txt": "text/plain; charset=utf-8"}
"""What a code is sent as: a picture, or rows of 0 and 1 for a program that draws it itself."""
MOST_CHARACTERS = 2000
"""A longer text makes a code too fine to be read off paper."""
MARGIN = 4
"""Modules of margin that a reader needs."""
CODE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in QR_TYPES.values()},
        "description": "The code.",
    },
    **REFUSALS,
}
QrText = Annotated[str, Query(min_length=1, max_length=MOST_CHARACTERS, description="What the code says.")]
QrFormat = Annotated[Literal["svg", "txt"], Query(description="A picture, or rows of 0 and 1, where 1 is dark.")]


@router.get("/qr", response_class=Response, responses=CODE)
def get_qr(text: QrText, format: QrFormat = "svg") -> Response:
    """Return a text, such as the address of a lesson, as a QR code: black on white, of any size; or its modules."""
    import segno  # Not above: few ask for it.

    try:
        code = segno.make_qr(text)
    except segno.DataOverflowError:
        raise SpecError("The text has more bytes than a QR code can carry. Give a shorter one.", ("text",)) from None
    if format == "txt":
        drawn = io.StringIO()
        code.save(drawn, kind="txt", border=MARGIN)
    else:
        drawn = io.BytesIO()
        code.save(drawn, kind="svg", border=MARGIN, light="#fff", omitsize=True, xmldecl=False)
    return Response(drawn.getvalue(), 200, {"Cache-Control": "public, max-age=86400"}, QR_TYPES[format])
