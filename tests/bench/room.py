"""A lecture hall: students join, follow the stage, drag sliders and vote; BENCH_STUDENTS says how many."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from .measure import Row, percentile
from .server import Server, serving
from .students import Socket, Student, ask, connected

STUDENTS = int(os.environ.get("BENCH_STUDENTS", "500"))
DRAGGING, RECONNECTS = min(30, STUDENTS), min(100, STUDENTS)
JOINING, WATCHING, VOTING = 8.0, 10.0, 8.0
"""Seconds over which students come, follow, and vote."""
MOVES = 5
"""Changes of the stage a second."""
HAND = 0.1
"""Seconds between two positions of a slider."""
LIGHT, HEAVY, FAIR = 20, 40, 6.0
"""Students who ask once a second, connections of one who asks without pause, and seconds in which they do."""
EVERYBODY = 10.0
"""Seconds in which every student asks once."""
LOG = Path(os.environ["BENCH_LOG"]) if "BENCH_LOG" in os.environ else None
"""Where the server complains, where that is to be read."""
SECRET = "a secret of the bench"
TEACHER = f"Authorization: Bearer {SECRET}\r\n"


def spec(lr: float, steps: int = 200) -> dict[str, Any]:
    """Return a set-up of three runs."""
    rules = ({"kind": "sgd", "lr": lr}, {"kind": "sgd", "lr": lr, "momentum": 0.9}, {"kind": "adam", "lr": 4 * lr})
    return {"problem": {"kind": "bowl"}, "runs": [{"optimizer": rule} for rule in rules], "steps": steps}


def rows() -> Iterator[Row]:
    """Measure a room from the first that comes in to the last vote."""
    with serving(LOG, SLALOM_MODE="class", SLALOM_HOST="127.0.0.1", SLALOM_TOKEN=SECRET) as server:
        with asyncio.Runner() as runner:
            hall = runner.run(opened(server))
            for part in (hall.joining, hall.watching, hall.voting, hall.sharing):
                yield from runner.run(part())
        memory = hall.process.memory_info().rss / 1e6
        yield Row("memory of the web process at the end", f"{memory:.0f} MB", "<= 400 MB", memory <= 400)


async def opened(server: Server) -> Hall:
    """Return a hall whose teacher is there."""
    hall = Hall(server)
    await hall.ready()
    return hall


class Hall:
    """The room of a server, its teacher and its students."""

    def __init__(self, server: Server) -> None:
        self.server, self.process = server, psutil.Process(server.pid)
        self.sent: dict[int, float] = {}
        """When the stage was moved to a step."""
        self.ages: list[float] = []
        self.students = [Student(server, self._seen) for _ in range(STUDENTS)]
        self.asked: dict[str, Any] = {}
        self.numbers = itertools.count()
        """What no other preview has been asked for with."""

    async def ready(self) -> None:
        """Wait until the processes for previews are there, and open the desk."""
        while json.loads((await ask(self.server, "GET", "/healthz")).body)["workers"] != "ready":
            await asyncio.sleep(0.1)
        self.code = json.loads((await ask(self.server, "GET", "/api/room", head=TEACHER)).body)["code"]
        self.desk = await connected(self.server, "/api/room/live", TEACHER, self._hear)

    def _seen(self, step: int) -> None:
        if step in self.sent:
            self.ages.append(time.monotonic() - self.sent[step])

    def _hear(self, socket: Socket, text: bytes) -> None:
        said = json.loads(text)
        self.asked[said["type"]] = said

    def _cpu(self) -> float:
        return sum(self.process.cpu_times()[:2])

    async def joining(self) -> list[Row]:
        """Let everybody come in, load the page, and see a first picture."""
        page = await ask(self.server, "GET", "/", head=TEACHER)
        names = re.findall(rb'(?:src|href)="(/[^"]+\.(?:js|css)[^"]*)"', unzipped(page))
        files = ["/", *sorted({name.decode() for name in names})]
        begin, cpu = time.monotonic(), self._cpu()

        async def arrive(n: int) -> float:
            await asyncio.sleep(JOINING * n / STUDENTS)
            came, student = time.monotonic(), self.students[n]
            await student.join(self.code)
            await asyncio.gather(student.load(files), student.follow(), student.open_preview())
            await student.preview(spec(0.05))
            return time.monotonic() - came

        took = await asyncio.gather(*map(arrive, range(STUDENTS)), return_exceptions=True)
        lasted, share = time.monotonic() - begin, (self._cpu() - cpu) / (time.monotonic() - begin)
        failed = [one for one in took if isinstance(one, BaseException)]
        refused = len(failed) + sum(student.refused for student in self.students)
        pictures = [one for one in took if isinstance(one, float)] or [float("inf")]
        return [
            Row(f"{STUDENTS} students join", f"all in within {lasted:.1f} s", "<= 10 s", lasted <= 10),
            Row("  refused", f"{refused} {str(failed[0])[:60] if failed else ''}", "0", refused == 0),
            Row(
                "  page, stage and first picture after the code",
                f"{statistics.median(pictures):.2f} s, at most {max(pictures):.2f} s",
                "<= 2 s",
                max(pictures) <= 2,
            ),
            Row("  web process meanwhile", f"{100 * share:.0f} % of a core", "", None),
        ]

    async def watching(self) -> list[Row]:
        """Move the stage while some drag sliders."""
        await asyncio.sleep(1)
        self.ages.clear()
        cpu, begin = self._cpu(), time.monotonic()
        until = begin + WATCHING
        dragging = [
            asyncio.create_task(student.drag(lambda k, n=n: spec(0.001 * (1 + k) + 1e-6 * n), until, HAND))
            for n, student in enumerate(self.students[:DRAGGING])
        ]
        for k in range(int(WATCHING * MOVES)):
            await asyncio.sleep(max(0.0, begin + k / MOVES - time.monotonic()))
            self.sent[k + 1] = time.monotonic()
            self.desk.say({"type": "stage", "revision": 0, "change": {"cursor": {"step": k + 1}}})
        taken = [one for task in dragging for one in await task]
        share = (self._cpu() - cpu) / (time.monotonic() - begin)
        await asyncio.sleep(1)
        p99, last = percentile(self.ages, 0.99), max(self.ages)
        reached = len(self.ages) / (STUDENTS * int(WATCHING * MOVES))
        sync = self.asked["sync"]
        synced = sync["following"] - sync["behind"]
        return [
            Row(
                f"stage moved {MOVES} times a second, {DRAGGING} drag: p99",
                f"{1e3 * p99:.0f} ms",
                "<= 300 ms",
                p99 <= 0.3,
            ),
            Row("  the last, and the share that reached all", f"{1e3 * last:.0f} ms, {reached:.3f}", "", None),
            Row("  in sync, as the desk is told", f"{synced} of {sync['students']}", "", None),
            Row(
                f"  {len(taken) / WATCHING:.0f} previews a second, median and p95",
                f"{1e3 * statistics.median(taken):.0f} and {1e3 * percentile(taken, 0.95):.0f} ms",
                "",
                None,
            ),
            Row("  web process", f"{100 * share:.0f} % of a core", "<= 60 %", share <= 0.6),
        ]

    async def voting(self) -> list[Row]:
        """Let everybody vote, some of them twice around a lost connection."""
        asked = {"kind": "choice", "question": "Which?", "options": ["a", "b", "c"]}
        poll = json.loads((await ask(self.server, "POST", "/api/room/polls", asked, TEACHER)).body)["id"]
        cpu, begin = self._cpu(), time.monotonic()

        async def votes(n: int) -> list[int]:
            await asyncio.sleep(VOTING * n / STUDENTS)
            student, statuses = self.students[n], []
            if n * RECONNECTS // STUDENTS < (n + 1) * RECONNECTS // STUDENTS:
                statuses.append(await student.vote(poll, 0))
                student.leave()
                await asyncio.gather(student.follow(), student.open_preview())
            statuses.append(await student.vote(poll, n % 3))
            return statuses

        statuses = [one for many in await asyncio.gather(*map(votes, range(STUDENTS))) for one in many]
        lasted, share = time.monotonic() - begin, (self._cpu() - cpu) / (time.monotonic() - begin)
        found = json.loads((await ask(self.server, "GET", f"/api/room/polls/{poll}", head=TEACHER)).body)["results"][0]
        right = [sum(n % 3 == option for n in range(STUDENTS)) for option in range(3)]
        await asyncio.sleep(0.5)
        told = self.asked["poll"]["count"]
        return [
            Row(
                f"{STUDENTS} votes, {len(statuses) - STUDENTS} of them twice around a reconnect",
                f"{found['count']} counted in {lasted:.1f} s",
                "each once, <= 10 s",
                found["counts"] == right and set(statuses) == {200} and lasted <= 10,
            ),
            Row("  the desk was told of", f"{told}", f"{STUDENTS}", told == STUDENTS),
            Row("  web process", f"{100 * share:.0f} % of a core", "<= 60 %", share <= 0.6),
        ]

    async def sharing(self) -> list[Row]:
        """Measure what students wait whose previews differ from all others', without and beside one who floods."""
        few = await self._beside_a_hog(self.students[1 : 1 + LIGHT], 1.0)
        return few + await self._beside_a_hog(self.students[1:], EVERYBODY)

    async def _beside_a_hog(self, light: list[Student], pause: float) -> list[Row]:
        lasts = max(FAIR, 2 * pause)
        alone = await self._asking(light, pause, lasts)
        hogs = [Student(self.server, lambda step: None) for _ in range(HEAVY)]
        for hog in hogs:
            hog.head = self.students[0].head
            await hog.open_preview()
        until = time.monotonic() + lasts
        flood = [
            asyncio.create_task(hog.drag(lambda k, n=n: spec(0.01 + 1e-7 * k + 1e-5 * n, 3000), until, 0.0))
            for n, hog in enumerate(hogs)
        ]
        await asyncio.sleep(0.5)
        beside = await self._asking(light, pause, lasts - 1)
        done = sum(len(task) for task in await asyncio.gather(*flood)) - sum(hog.refused for hog in hogs)
        for hog in hogs:
            hog.leave()
        before, after = percentile(alone, 0.95), percentile(beside, 0.95)
        return [
            Row(f"{len(light)} students ask once in {pause:.0f} s: p95", f"{1e3 * before:.0f} ms", "", None),
            Row(
                f"  beside one with {HEAVY} connections ({done} answers)",
                f"{1e3 * after:.0f} ms, {after / before:.1f} x",
                "<= 2 x",
                after <= 2 * before,
            ),
        ]

    async def _asking(self, students: list[Student], pause: float, lasts: float) -> list[float]:
        until = time.monotonic() + lasts

        async def ask(n: int, student: Student) -> list[float]:
            await asyncio.sleep(pause * n / len(students))
            return await student.drag(lambda k: spec(0.02 + 1e-9 * next(self.numbers)), until, pause)

        taken = await asyncio.gather(*(ask(n, student) for n, student in enumerate(students)))
        return [one for many in taken for one in many]


def unzipped(answer: Any) -> bytes:
    """Return the body of an answer, as it was before it was made smaller."""
    import gzip

    return gzip.decompress(answer.body) if "content-encoding: gzip" in answer.head.lower() else answer.body
