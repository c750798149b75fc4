"""The glossary: every term that a lesson names, in one sentence."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from .lesson import SpecAsWritten
from .notation import term_mathml

TERMS = Path(__file__).parent / "glossary" / "terms.toml"


class GlossaryTerm(BaseModel):
    """A term, what it means, its formula where it has one, and a run that shows it."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    definition: Annotated[str, Field(min_length=1, max_length=200)]
    formula: str = ""
    """In one line; :mod:`slalom.lessons.notation` typesets it."""
    example: SpecAsWritten | None = None
    """A small set-up whose run shows it."""

    @property
    def mathml(self) -> str:
        """The formula, typeset; empty where there is none."""
        return term_mathml(self.formula) if self.formula else ""


@lru_cache(maxsize=1)
def glossary() -> tuple[GlossaryTerm, ...]:
    """Return all terms in the order of the file."""
    found = tomllib.loads(TERMS.read_text("utf-8"))
    return tuple(GlossaryTerm.model_validate(term) for term in found["terms"])
