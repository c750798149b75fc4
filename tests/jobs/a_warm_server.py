"""A server that only keeps a warm process and says which."""

import asyncio
import json
import sys
from pathlib import Path


async def main():
    from slalom.jobs.worker_pool import PreviewPool

    warm = PreviewPool(1, entry="standins:serve")
    warm.start()
    async for answer in warm.request("spec", {}):
        print(json.loads(answer[1:])["pid"], flush=True)
    await asyncio.sleep(60)


if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))
    asyncio.run(main())
