"""What every choice has in common: settings that are checked, documented and never change."""

from __future__ import annotations

import math
import unicodedata
from typing import Annotated, Any, ClassVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PlainSerializer,
)
from pydantic_core import CoreSchema

from .field_help import docstring_of

Array = Any
"""A float, ``numpy.ndarray`` or ``torch.Tensor``; every docstring gives the shape."""

Module = Any
"""The array library to compute with: ``numpy`` or ``torch``."""


class Choice(BaseModel):
    """One thing a user can pick, with its settings.

    Fields are the settings a user may change; their types, bounds and descriptions become the form in the
    browser. The docstring becomes the help text. Methods are the mathematics. Numbers are strict: booleans,
    numeric strings, NaN and infinities are refused.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Return the JSON schema, in which a field without a description has its docstring.

        Pydantic can read docstrings itself, but does so for every class when it is defined: a fifth of the start.
        """
        schema = handler(core)
        fields = handler.resolve_ref_schema(schema).get("properties", {})
        for name, info in cls.model_fields.items():
            field = fields.get(info.alias or name, {})
            if text := docstring_of(cls, name):
                field.setdefault("description", text)
        return schema


Point = Annotated[tuple[float, ...], Field(strict=False, fail_fast=True)]
"""A point of ℝⁿ, written as a JSON list."""


def _from_text(value: object) -> object:
    return float(value) if value in ("inf", "-inf", "nan") else value  # type: ignore[arg-type]


def as_json(value: float) -> float | str:
    """Return a number as JSON can carry it: itself, or the strings "inf", "-inf", "nan".

    >>> as_json(1.5), as_json(float("-inf")), as_json(float("nan"))
    (1.5, '-inf', 'nan')
    """
    return value if math.isfinite(value) else str(float(value))


Extended = Annotated[
    float,
    Field(allow_inf_nan=True),
    BeforeValidator(_from_text),
    PlainSerializer(as_json, return_type=float | str, when_used="json"),
]
"""A number that may be infinite or NaN: here they are results, and JSON carries them as strings."""

_FORBIDDEN = {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"}
_BIDI = set("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _clean_name(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if bad := next((c for c in text if unicodedata.category(c) in _FORBIDDEN or c in _BIDI), None):
        raise ValueError(f"contains the character U+{ord(bad):04X}; use printable characters only")
    if len(text) > NAME_CHARACTERS:
        raise ValueError(f"has {len(text)} characters; use at most {NAME_CHARACTERS}")
    return text


NAME_CHARACTERS = 80
"""A name fits on one line of a list."""

Name = Annotated[
    str, AfterValidator(_clean_name), Field(max_length=400, json_schema_extra={"maxLength": NAME_CHARACTERS})
]
"""One line of printable text, NFC, at most 80 characters, without control or bidirectional characters."""
