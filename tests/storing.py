"""Experiments for the tests of the store: queued, running or ended."""


def make(store, **given):
    return store.create(**({"kind": "comparison", "name": "n", "spec": "{}", "owner": "here:1:0"} | given))


def running(store, **given):
    id = make(store, **given).id
    assert store.claim(id, "worker")
    return id


def ended(store, status):
    id = running(store)
    store.append(id, 1, b"a", "[]", 1)
    store.finish(id, status, "[]", "why")
    return id
