"""A process ends after its threads: what they use is not taken down under them."""

import subprocess
import sys
import threading

import pytest

from slalom.ending import wait_for_threads


def test_threads_are_waited_for_and_for_so_long():
    go = threading.Event()
    thread = threading.Thread(target=go.wait, daemon=True)
    thread.start()
    assert not wait_for_threads(0.05)
    threading.Timer(0.05, go.set).start()
    wait_for_threads(1.0)
    assert not thread.is_alive()


@pytest.mark.parametrize(("seconds", "patience", "said"), [(0.2, 60, "worked\nleft\n"), (60, 0.2, "")])
def test_a_process_ends_in_good_order_while_a_thread_compresses(seconds, patience, said):
    program = f"""
import threading, time, zlib
from slalom import ending
def work():
    until = time.monotonic() + {seconds}
    while time.monotonic() < until:
        zlib.compress(b"x" * 1_000_000)
    print("worked", flush=True)
threading.Thread(target=work, daemon=True).start()
ending.leave({patience})
print("left", flush=True)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
