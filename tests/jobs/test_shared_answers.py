"""Equal requests are computed once, with the bytes that each would have had; who waits is told their place."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager

import numpy as np
import pytest

from slalom.errors import Busy
from slalom.jobs import shared_answers
from slalom.jobs.fair_queue import Asker
from slalom.jobs.shared_answers import WAITING, SharedAnswers, numbered
from slalom.jobs.worker_pool import PreviewPool
from slalom.wire.envelope import DONE, FAILED, FRAME, write_last_answer
from slalom.wire.frames import Block, encode

SPEC = json.dumps({"problem": {"kind": "parabola"}, "runs": [{}], "steps": 3}).encode()
LONG = {"frames": 10_000, "pause": 0.01}


@asynccontextmanager
async def shared(size=1, most=10_000, entry="standins:serve", **settings):
    warm = PreviewPool(size, entry=entry, **settings)
    warm.start()
    answers = SharedAnswers(warm, most)
    try:
        yield answers
    finally:
        await answers.close()


async def ask(answers, asker="a", patient=False, **spec):
    """Return all that is said to a request."""
    asked = answers.request("spec", json.dumps(spec).encode(), asker=Asker(asker), patient=patient)
    return [message async for message in asked]


async def busy(answers):
    """Let the only process compute something for somebody else, and return the task to be cancelled."""
    task = asyncio.create_task(ask(answers, "hog", True, **LONG))
    await begun(answers)
    return task


async def begun(answers):
    """Return the only answer that is computed, as soon as something is said."""
    async with asyncio.timeout(20):
        while not (answers._running and next(iter(answers._running.values())).said):
            await asyncio.sleep(0.005)
    return next(iter(answers._running.values()))


def pid(messages):
    return json.loads(messages[-1][1:])["pid"]


def test_what_many_ask_for_at_a_time_is_computed_once():
    async def main():
        async with shared(most=0) as answers:
            told = await asyncio.gather(*(ask(answers, n, frames=3, pause=0.01) for n in range(20)))
            assert answers.shared == 19
            assert all(messages == told[0] for messages in told)
            assert [message[:1] for message in told[0]] == [FRAME, FRAME, FRAME, DONE]
            assert not answers._running
            await ask(answers, frames=3, pause=0.01)
            assert answers.shared == 19, "Nothing is kept."

    asyncio.run(main())


def test_an_answer_has_the_bytes_of_a_computation_of_its_own():
    async def main():
        async with shared(entry="slalom.engine.preview_worker:serve_previews") as answers:
            own = {n: [one async for one in answers.pool.request("spec", SPEC, n)] for n in (0, 7, 2**53)}
            for n in (7, 0, 2**53, 7):
                assert [one async for one in answers.request("spec", SPEC, n)] == own[n]
            assert answers.shared == 3

    asyncio.run(main())


@pytest.mark.parametrize("number", [0, 1, 9, 10, 99_999, 2**53])
def test_an_answer_is_numbered_as_a_process_numbers_it(number):
    block = Block(0, (0, 3), ("loss", "p0"), np.arange(12.0).reshape(2, 2, 3))
    assert numbered(FRAME + encode(block, 4, request=0), number) == FRAME + encode(block, 4, request=number)
    for letter in (DONE, FAILED):
        body = {"outcomes": [{"request": 0}], "detail": '{"request":0'}
        assert numbered(write_last_answer(letter, 0, body), number) == write_last_answer(letter, number, body)


def test_what_was_asked_for_last_is_kept_as_far_as_there_is_room():
    async def main():
        async with shared(most=10_000) as answers:
            for size in (1000, 1001, 1002):
                await ask(answers, frames=1, size=size)
            assert answers.shared == 0
            await ask(answers, frames=1, size=1000)
            assert answers.shared == 1
            for size in range(1003, 1010):
                await ask(answers, frames=1, size=size)
            assert answers._bytes == sum(answer.size for answer in answers._kept.values()) <= 10_000
            await ask(answers, frames=1, size=1001)
            assert answers.shared == 1, "It went before what was asked for after it."
            await ask(answers, frames=1, size=5000)
            assert all(len(answer.said[0]) < 5000 for answer in answers._kept.values()), "It would push out the others."

    asyncio.run(main())


@pytest.mark.parametrize(("spare", "kept"), [(-1, 0), (0, 1), (1, 1)])
def test_an_answer_is_kept_up_to_a_quarter_of_the_room(spare, kept):
    async def main():
        async with shared(most=0) as answers:
            answer = shared_answers.Answer(b"asked", 0.0)
            answer.add(b"x" * 95)
            answers._most = 4 * answer.size + spare
            answers._keep(answer)
            assert len(answers._kept) == kept

    asyncio.run(main())


def test_a_computation_goes_on_as_long_as_somebody_listens_and_ends_with_the_last():
    async def main():
        async with shared() as answers:
            first, second = (asyncio.create_task(ask(answers, n, **LONG)) for n in "ab")
            running = await begun(answers)
            first.cancel()
            await asyncio.wait([first])
            heard = len(running.said)
            while len(running.said) == heard:
                await asyncio.sleep(0.01)
            second.cancel()
            await asyncio.wait([second])
            assert not answers._running
            assert len(await ask(answers, frames=1)) == 2, "The process is free again."

    asyncio.run(main())


def test_what_went_wrong_is_told_to_all_and_not_kept():
    async def main():
        async with shared() as answers:
            told = await asyncio.gather(
                *(ask(answers, n, frames=2, pause=0.05, die=True) for n in range(3)), return_exceptions=True
            )
            assert [type(one) for one in told] == [Busy] * 3
            assert not answers._kept
            assert not answers._running
            assert (await ask(answers, frames=1))[-1][:1] == DONE

    asyncio.run(main())


def test_a_process_that_was_taken_for_somebody_who_left_at_once_is_free_again():
    async def main():
        async with shared() as answers:
            await ask(answers)
            for _ in range(5):
                async with aclosing(answers.request("spec", json.dumps(LONG).encode())) as messages:
                    listening = asyncio.create_task(anext(messages))
                    await asyncio.sleep(0)
                    listening.cancel()
                    await asyncio.wait([listening])
            assert len(await ask(answers, frames=1)) == 2

    asyncio.run(main())


# Waiting


def test_who_is_patient_is_told_a_place_and_then_the_answer(monkeypatch):
    monkeypatch.setattr(shared_answers, "FIRST_TOLD", 0.02)
    monkeypatch.setattr(shared_answers, "TOLD_AGAIN", 0.02)

    async def main():
        async with shared(patience=0.01) as answers:
            hog = await busy(answers)
            waiting = [asyncio.create_task(ask(answers, n, True, frames=1, size=n)) for n in range(3)]
            await asyncio.sleep(0.2)
            assert answers.waiting == 3
            hog.cancel()
            told = [await task for task in waiting]
            places = [[int(one[1:]) for one in messages if one[:1] == WAITING] for messages in told]
            assert [mine[0] for mine in places] == [1, 2, 3]
            assert all(mine == sorted(mine, reverse=True) for mine in places)
            assert [[one[:1] for one in messages if one[:1] != WAITING] for messages in told] == [[FRAME, DONE]] * 3

    asyncio.run(main())


def test_who_is_not_waits_for_some_time_and_is_told_when_to_come_back():
    async def main():
        async with shared(patience=0.1) as answers:
            hog = await busy(answers)
            others = [asyncio.create_task(ask(answers, n, frames=1, size=n)) for n in range(4)]
            told = await asyncio.gather(*others, return_exceptions=True)
            assert [type(one) for one in told] == [Busy] * 4
            assert sorted(one.place for one in told)[0] == 1
            assert all(one.retry_after >= 2 and "in line" in str(one) for one in told)
            assert answers.waiting == 0
            hog.cancel()

    asyncio.run(main())


def test_the_first_whose_turn_it_is_begins_for_all_who_wait_for_the_same():
    async def main():
        async with shared(waiting=100) as answers:
            hog = await busy(answers)
            heavy = [asyncio.create_task(ask(answers, "heavy", True, frames=1, size=n)) for n in range(10)]
            await asyncio.sleep(0.02)
            other = asyncio.create_task(ask(answers, "b", True, frames=1, size=9))
            await asyncio.sleep(0.02)
            hog.cancel()
            await other
            done = sum(task.done() for task in heavy)
            assert done <= 2, "One of the heavy client's turns came before, not all nine that it asked for earlier."
            await asyncio.gather(*heavy)
            assert answers.waiting == 0

    asyncio.run(main())


def test_one_heavy_student_does_not_starve_299_others():
    async def main():
        async with shared(waiting=1000) as answers:
            hog = await busy(answers)
            order = []

            async def asked(client, n):
                await ask(answers, client, True, size=n, who=client)
                order.append(client)

            heavy = [asyncio.create_task(asked("heavy", n)) for n in range(500)]
            await asyncio.sleep(0)
            others = [asyncio.create_task(asked(f"student {n}", n)) for n in range(299)]
            await asyncio.sleep(0.01)
            hog.cancel()
            await asyncio.gather(*others)
            assert order.count("heavy") <= 2
            for task in heavy:
                task.cancel()
            await asyncio.wait(heavy)

    asyncio.run(main())
