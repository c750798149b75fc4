"""What all shapes of answers have in common."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from slalom.catalogue.base.choice import Extended

NumberRow = list[Extended]
"""Numbers that may be infinite or NaN."""


class AnswerModel(BaseModel):
    """Something the server says; it may gain fields."""

    model_config: ClassVar[ConfigDict] = ConfigDict(use_attribute_docstrings=True, extra="allow", defer_build=True)
