"""A client that follows a live run, written by docs/protocol.md alone: python protocol_client.py SERVER < spec.json."""

import json
import struct
import sys
import time

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

REFUSED = 4000


def read(frame):
    """Return a frame's header and its entries: (run, number of the entry, {column: value})."""
    (length,) = struct.unpack_from("<I", frame)
    header = json.loads(frame[4 : 4 + length])
    columns, runs, n = header["columns"], header["runs"], header["n"]
    letter = {"<f8": "d", "<f4": "f"}[header["dtype"]]
    body = struct.unpack_from(f"<{len(columns) * len(runs) * n}{letter}", frame, 4 + length)
    entries = []
    for place, run in enumerate(runs):
        for i in range(n):
            found = {name: body[(c * len(runs) + place) * n + i] for c, name in enumerate(columns)}
            entries.append((run, header["step"] + i * header["stride"], found))
    return header, entries


def follow(server, spec, token=None):
    """Store an experiment; yield its messages, and of every run its entries, until it has ended."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = httpx.post(f"{server}/api/experiments", json=spec, headers=headers)
    if answer.is_error:
        raise ValueError(answer.json()["detail"])
    stream = f"{server.replace('http', 'ws', 1)}/api/experiments/{answer.json()['id']}/stream"
    have, done = 0, False
    while not done:
        try:
            with connect(f"{stream}?after={have}&ack=0", additional_headers=headers, max_size=None) as socket:
                for message in socket:
                    if isinstance(message, str):
                        told = json.loads(message)
                        done = told["type"] == "done"
                        yield told
                        continue
                    header, entries = read(message)
                    assert header["first"] == have + 1, "a frame is missing"
                    yield from entries
                    have = header["seq"]
        except (ConnectionClosed, OSError) as lost:
            if isinstance(lost, ConnectionClosed) and lost.rcvd and lost.rcvd.code >= REFUSED:
                raise
            time.sleep(0.5)


if __name__ == "__main__":
    for part in follow(sys.argv[1], json.load(sys.stdin)):
        print(part)
