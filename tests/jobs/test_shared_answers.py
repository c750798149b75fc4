"""Equal requests are computed once, with the bytes that each would have had; who waits is told their place."""

import asyncio
import json
from contextlib import asynccontextmanager

from standins import pids_of

from slalom.jobs.fair_queue import Asker
from slalom.jobs.shared_answers import SharedAnswers
from slalom.jobs.worker_pool import PreviewPool


@asynccontextmanager
async def shared(size=1, most=10_000, **settings):
    warm = PreviewPool(size, entry="standins:serve_frames", **settings)
    warm.start()
    answers = SharedAnswers(warm, most)
    try:
        yield answers
    finally:
        await answers.close()


async def ask(answers, number=0, asker="a", patient=False, **spec):
    body = json.dumps(spec).encode()
    return [m async for m in answers.request("spec", body, number, asker=Asker(asker), patient=patient)]


def test_what_many_ask_for_at_a_time_is_computed_once_and_each_is_answered_by_their_number():
    async def main():
        async with shared() as answers:
            told = await asyncio.gather(*(ask(answers, n, asker=n, frames=3, pause=0.01) for n in range(20)))
            assert answers.shared == 19
            assert len(pids_of(told)) == 1
            for number, messages in enumerate(told):
                assert [m[:1] for m in messages] == [b"F", b"F", b"F", b"D"]
                assert messages == await ask(PassingOn(answers.pool), number, frames=3, pause=0.01, same=messages)

    asyncio.run(main())


class PassingOn:
    """The pool itself: what nobody shares."""

    def __init__(self, pool):
        self.pool = pool

    def request(self, kind, spec, number, patient, **about):
        asked = json.loads(spec)
        asked.pop("same", None)
        return self.pool.request(kind, json.dumps(asked).encode(), number, **about)
