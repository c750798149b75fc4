"""``slalom lessons check``: reads the lessons of a folder and runs everything that they claim, as the server would."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from slalom.catalogue.experiments.comparison import Comparison
from slalom.errors import SpecError
from slalom.jobs.shared_answers import SharedAnswers
from slalom.jobs.worker_pool import PreviewPool
from slalom.lessons import Lesson, RunsResult, lesson_in, library
from slalom.lessons.checking import checked
from slalom.lessons.loading import lesson_files, place_in
from slalom.settings import Limits

from .downloads.simulated import simulated
from .http.interactive import allowed_by

Tell = Callable[[str], None]


def check_folder(folder: Path, tell: Tell) -> bool:
    """Tell of every lesson what holds, and of every fault its file and line; return whether there is none."""
    found: dict[Path, Lesson] = {}
    faults: list[str] = []
    for path in lesson_files(folder):
        try:
            found[path] = lesson_in(path)
        except SpecError as error:
            faults.append(str(error))
    if not faults:
        try:
            library(folder)
        except SpecError as error:
            faults.append(str(error))
    for fault in faults:
        tell(fault)
    return asyncio.run(_run_all(found, tell)) and not faults


async def _run_all(found: dict[Path, Lesson], tell: Tell) -> bool:
    pool = PreviewPool(1)
    pool.start()
    answers = SharedAnswers(pool)

    async def run(spec: Comparison) -> RunsResult:
        return await simulated(answers, spec, allowed_by(Limits(), spec))

    good = True
    try:
        for path, lesson in found.items():
            report = await checked(lesson, run)
            for fault in report.faults:
                tell(f"{place_in(path, fault.loc)}: {fault.said}")
            good = good and not report.faults
            end = "all hold" if not report.faults else f"faults: {len(report.faults)}"
            counts = f"claims: {report.claims}, values in texts: {report.values}, questions run: {report.questions}"
            tell(f"{lesson.slug}: {counts}; {end}.")
    finally:
        await pool.close()
    return good
