"""A server without a web: opens the store given as argv[1], starts a supervisor, and names its experiments."""

import json
import signal
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parent))

    from slalom.jobs.executor import LocalExecutor
    from slalom.jobs.supervisor import Supervisor
    from slalom.storage.store import Store

    url, specs = sys.argv[1], json.loads(sys.argv[2])
    store = Store.open(url)
    executor = LocalExecutor(url, entry="standins:work", preload=("slalom.storage.store",))
    supervisor = Supervisor(store, executor, workers=2)
    supervisor.start()
    ids = [supervisor.submit(json.dumps(spec), kind="comparison", name="stand-in").id for spec in specs]
    print(json.dumps(ids), flush=True)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    stop.wait()
    supervisor.stop()
