"""Lessons: a question, a prediction, runs that answer it, and what they show; one TOML file each.

To add one, write a file here, or in a folder of your own: ``lesson.py`` says what it may hold, ``claims.py`` how it
says what its runs do, and a test runs every claim.
"""

from __future__ import annotations

from .claims import Claim, held, said
from .lesson import Lesson, Preset
from .loading import LESSONS, lesson_in, lessons_in, library
from .results import RunsResult, value_of

__all__ = [
    "LESSONS",
    "Claim",
    "Lesson",
    "Preset",
    "RunsResult",
    "held",
    "lesson_in",
    "lessons_in",
    "library",
    "said",
    "value_of",
]
