"""The nodes of the cluster: which live, what they are called, and how much they can compute at the same time."""

from __future__ import annotations

import time
from typing import Any

import ray

FRESH = 1.0
"""Seconds for which an answer of the cluster is believed."""


class Nodes:
    """What the cluster says of its nodes, asked at most once a second."""

    def __init__(self) -> None:
        self._asked = float("-inf")
        self._known: dict[str, dict[str, Any]] = {}

    def all(self, fresh: bool = False) -> dict[str, dict[str, Any]]:
        """Return every node by its id, those that are lost as well."""
        if fresh or time.monotonic() - self._asked > FRESH:
            self._known = {node["NodeID"]: node for node in ray.nodes()}
            self._asked = time.monotonic()
        return self._known

    def name(self, id: str) -> str:
        """Return what a node is called: the name that it was given, or its address."""
        node = self.all().get(id) or self.all(fresh=True).get(id, {})
        return node.get("NodeName") or node.get("NodeManagerHostname") or id[:8]

    def lives(self, id: str) -> bool:
        """Return whether a node is still part of the cluster."""
        return bool(self.all(fresh=True).get(id, {}).get("Alive"))

    def cpus(self) -> float:
        """Return how many CPUs the nodes have together that live."""
        return sum(node["Resources"].get("CPU", 0.0) for node in self.all().values() if node["Alive"])

    @staticmethod
    def free_places(cpus: float) -> int:
        """Return for how many processes that declare so many CPUs there is room now, wherever it is."""
        return int(ray.available_resources().get("CPU", 0.0) / cpus)

    def elsewhere(self, here: str) -> list[str]:
        """Return the names of nodes that live on other machines than the one with that address."""
        nodes = self.all(fresh=True)
        return [self.name(id) for id, node in nodes.items() if node["Alive"] and node["NodeManagerAddress"] != here]
