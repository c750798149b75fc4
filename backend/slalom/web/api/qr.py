"""A text as a QR code, so that a printed page leads to the live one."""

from __future__ import annotations

import io
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from slalom.errors import SpecError
from slalom.web.http.dependencies import REFUSALS

router = APIRouter(prefix="/api", tags=["lessons"])

SVG = "image/svg+xml"
MOST_CHARACTERS = 2000
"""A longer text makes a code too fine to be read off paper."""
MARGIN = 4
"""Modules of margin that a reader needs."""
CODE: dict[int | str, dict[str, Any]] = {
    200: {"content": {SVG: {"schema": {"type": "string"}}}, "description": "The code."},
    **REFUSALS,
}
QrText = Annotated[str, Query(min_length=1, max_length=MOST_CHARACTERS, description="What the code says.")]


@router.get("/qr", response_class=Response, responses=CODE)
def draw_qr(text: QrText) -> Response:
    """Return a text, such as the address of a lesson, as a QR code: black on white, of any size."""
    import segno  # Not above: few ask for it.

    try:
        code = segno.make_qr(text)
    except segno.DataOverflowError:
        raise SpecError("The text has more bytes than a QR code can carry. Give a shorter one.", ("text",)) from None
    picture = io.BytesIO()
    code.save(picture, kind="svg", border=MARGIN, light="#fff", omitsize=True, xmldecl=False)
    return Response(picture.getvalue(), 200, {"Cache-Control": "public, max-age=86400"}, SVG)
