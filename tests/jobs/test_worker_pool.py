"""The warm pool answers at once, stops what nobody wants, and replaces what dies."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import psutil
import pytest
from standins import until

from slalom.errors import Busy, TookTooLong
from slalom.jobs.fair_queue import Asker
from slalom.jobs.worker_pool import PreviewPool

DEAF = b'{"frames": 10000, "pause": 0.01, "deaf": true}'
SERVER = str(Path(__file__).with_name("a_warm_server.py"))


@asynccontextmanager
async def pool(size=1, entry="standins:serve", **settings):
    warm = PreviewPool(size, entry=entry, **settings)
    warm.start()
    try:
        yield warm
    finally:
        await warm.close()


async def collect(warm, request=0, **spec):
    return [answer async for answer in warm.request("spec", json.dumps(spec).encode(), request)]


async def worker_of(warm):
    (done,) = await collect(warm)
    return json.loads(done[1:])["pid"]


def test_frames_come_in_order_and_the_last_answer_ends_them():
    async def main():
        async with pool() as warm:
            answers = await collect(warm, request=7, frames=3)
            assert [answer[:5] for answer in answers[:3]] == [b"F" + k.to_bytes(4, "little") for k in range(3)]
            assert answers[3].startswith(b"D")
            assert json.loads(answers[3][1:])["request"] == 7

    asyncio.run(main())


def test_a_spec_may_be_long():
    async def main():
        async with pool() as warm:
            spec = json.dumps({"note": "x" * 300_000}).encode()
            (done,) = [answer async for answer in warm.request("spec", spec, 1)]
            assert json.loads(done[1:])["length"] == len(spec)

    asyncio.run(main())


def test_large_frames_arrive_whole():
    async def main():
        async with pool() as warm:
            answers = await collect(warm, frames=3, size=3_000_000)
            assert [len(answer) for answer in answers[:3]] == [3_000_005] * 3

    asyncio.run(main())


def test_two_requests_run_side_by_side_and_a_third_waits_its_turn():
    async def main():
        async with pool(size=2) as warm:
            while len(warm._idle) < 2:  # One that started sooner would answer all before the other is there.
                await asyncio.sleep(0.01)
            answers = await asyncio.gather(*(collect(warm, request=n, frames=2, pause=0.02) for n in range(5)))
            assert [json.loads(answer[-1][1:])["request"] for answer in answers] == list(range(5))
            assert len({json.loads(answer[-1][1:])["pid"] for answer in answers}) == 2

    asyncio.run(main())


def test_too_many_waiting_are_sent_away():
    async def main():
        async with pool(waiting=3) as warm:
            tasks = [asyncio.create_task(collect(warm, request=n)) for n in range(3)]
            await asyncio.sleep(0)
            assert warm.waiting == 3
            with pytest.raises(Busy, match="3 simulations wait already"):
                await collect(warm)
            await asyncio.gather(*tasks)

    asyncio.run(main())


def test_who_stops_listening_stops_the_process_and_the_next_one_gets_only_its_own_answers():
    async def main():
        async with pool() as warm:
            first = await worker_of(warm)
            for n in range(5):
                async with aclosing(warm.request("spec", b'{"frames": 10000, "pause": 0.001}', n)) as answers:
                    async for answer in answers:
                        if answer[1] == 3:
                            break
                assert [answer[:1] for answer in await collect(warm, request=n, frames=1)] == [b"F", b"D"]
            assert await worker_of(warm) == first

    asyncio.run(main())


def test_a_cancelled_caller_stops_the_process():
    async def main():
        async with pool() as warm:
            first = await worker_of(warm)
            task = asyncio.create_task(collect(warm, frames=10_000, pause=0.001))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await worker_of(warm) == first

    asyncio.run(main())


def test_a_cancelled_caller_gives_up_its_place_in_the_queue():
    async def main():
        async with pool() as warm:
            tasks = [asyncio.create_task(collect(warm)) for _ in range(2)]
            await asyncio.sleep(0)
            tasks[0].cancel()
            await asyncio.sleep(0)
            assert warm.waiting == 1
            assert len(await tasks[1]) == 1

    asyncio.run(main())


def test_a_process_that_does_not_stop_is_replaced(monkeypatch):
    monkeypatch.setattr("slalom.jobs.worker_pool.STOP_SECONDS", 0.05)

    async def main():
        async with pool() as warm:
            first = await worker_of(warm)
            async with aclosing(warm.request("spec", DEAF)) as answers:
                await anext(answers)
            assert await worker_of(warm) != first
            assert not psutil.pid_exists(first)

    asyncio.run(main())


def test_a_process_that_dies_is_replaced_and_the_caller_is_told():
    async def main():
        async with pool() as warm:
            with pytest.raises(Busy, match=r"died\. Try again"):
                await collect(warm, frames=1, die=True)
            assert (await collect(warm, frames=1))[-1].startswith(b"D")

    asyncio.run(main())


def test_a_process_killed_while_idle_is_replaced():
    async def main():
        async with pool() as warm:
            first = await worker_of(warm)
            os.kill(first, signal.SIGKILL)
            while psutil.pid_exists(first):
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.02)
            assert await worker_of(warm) != first

    asyncio.run(main())


def test_processes_that_cannot_start_are_no_reason_to_wait_for_ever():
    async def main():
        async with pool(entry="standins:absent") as warm:
            with pytest.raises(Busy, match="cannot start"):
                await collect(warm)

    asyncio.run(main())


async def asked(warm, client, connection=0, **spec):
    """Ask as somebody, and return who that was."""
    seconds = spec.pop("seconds", 0.0)
    async for _ in warm.request("spec", json.dumps(spec).encode(), asker=Asker(client, connection), seconds=seconds):
        pass
    return client, connection


async def order_of(tasks):
    """Return what tasks return, in the order in which they are done."""
    return [await task for task in asyncio.as_completed(tasks)]


def test_clients_take_turns_however_many_requests_one_has():
    async def main():
        async with pool() as warm:
            many = [asyncio.create_task(asked(warm, "a", n % 2)) for n in range(6)]
            await asyncio.sleep(0)
            few = [asyncio.create_task(asked(warm, "b")) for _ in range(2)]
            clients = await order_of([*many, *few])
            assert [client for client, _ in clients] == ["a", "b", "a", "b", "a", "a", "a", "a"]
            assert [connection for client, connection in clients if client == "a"] == [0, 1, 0, 1, 0, 1]

    asyncio.run(main())


def test_long_requests_leave_a_process_free_for_short_ones():
    async def main():
        async with pool(size=2) as warm:
            while len(warm._idle) < 2:
                await asyncio.sleep(0.01)
            long = [
                asyncio.create_task(asked(warm, "long", n, frames=10_000, pause=0.01, seconds=4.0)) for n in range(3)
            ]
            await asyncio.sleep(0.1)
            assert warm.waiting == 2
            for _ in range(5):
                assert await asked(warm, "short") == ("short", 0)
            assert not any(task.done() for task in long)
            long[0].cancel()
            while warm.waiting == 2:
                await asyncio.sleep(0.01)
            assert await asked(warm, "short") == ("short", 0)
            for task in long:
                task.cancel()
            await asyncio.gather(*long, return_exceptions=True)

    asyncio.run(main())


def test_a_process_that_is_killed_while_it_computes_something_long_makes_room_for_the_next():
    async def main():
        async with pool(size=2) as warm:
            dying = asyncio.create_task(asked(warm, "a", frames=5, die=True, seconds=4.0))
            assert await asked(warm, "b", frames=1, seconds=4.0) == ("b", 0)
            with pytest.raises(Busy):
                await dying
            assert await asked(warm, "a", seconds=4.0) == ("a", 0)

    asyncio.run(main())


def test_a_single_process_takes_long_requests_too():
    async def main():
        async with pool(size=1) as warm:
            assert await asked(warm, "a", seconds=4.0) == ("a", 0)
            assert await asked(warm, "a") == ("a", 0)

    asyncio.run(main())


def test_what_computes_far_beyond_its_estimate_is_stopped_and_replaced(monkeypatch):
    monkeypatch.setattr("slalom.jobs.worker_pool.SLACK", 0.2)
    monkeypatch.setattr("slalom.jobs.worker_pool.OVERDUE", 2)

    async def main():
        async with pool() as warm:
            first = await worker_of(warm)
            with pytest.raises(TookTooLong, match=r"not done after 1 s, far longer than estimated\. Take fewer"):
                await asked(warm, "a", loop=True, seconds=0.4)
            assert await worker_of(warm) != first
            assert not psutil.pid_exists(first)

    asyncio.run(main())


def test_a_process_that_answered_is_not_killed_later(monkeypatch):
    monkeypatch.setattr("slalom.jobs.worker_pool.SLACK", 0.3)

    async def main():
        async with pool() as warm:
            first = await worker_of(warm)
            for _ in range(2):
                await asyncio.sleep(0.4)
                assert await worker_of(warm) == first

    asyncio.run(main())


def test_a_process_gets_no_more_memory_than_it_is_given():
    async def main():
        async with pool(address_space=2 * 2**30) as warm:
            with pytest.raises(Busy, match="died"):
                await asked(warm, "a", greedy=True)
            assert (await collect(warm, frames=1))[-1].startswith(b"D")

    asyncio.run(main())


def test_closing_ends_every_process_and_every_wait():
    async def main():
        async with pool(size=2) as warm:
            pid = await worker_of(warm)
            busy = [asyncio.create_task(collect(warm, frames=10_000, pause=0.01)) for _ in range(3)]
            await asyncio.sleep(0.05)
        answers = await asyncio.gather(*busy, return_exceptions=True)
        assert [type(answer) for answer in answers] == [Busy, Busy, Busy]
        assert not psutil.pid_exists(pid)
        with pytest.raises(Busy):
            await collect(warm)

    asyncio.run(main())


def test_processes_end_with_the_server():
    with subprocess.Popen([sys.executable, SERVER], stdout=subprocess.PIPE) as server:
        worker = psutil.Process(int(server.stdout.readline()))
        server.kill()
        until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


def test_of_one_client_so_many_wait_for_a_process():
    async def main():
        warm = PreviewPool(1, waiting_each=2)
        for connection in range(2):
            warm.join(Asker("a", connection), long=False)
        with pytest.raises(Busy, match="2 simulations of yours"):
            warm.join(Asker("a", 2), long=False)
        warm.join(Asker("b", 0), long=False)
        assert warm.waiting == 3

    asyncio.run(main())
