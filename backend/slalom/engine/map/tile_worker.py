"""A tile of a map, computed by a process that was not forked from the map's worker: it reads the same store."""

from __future__ import annotations

from contextlib import closing
from functools import lru_cache, partial

import numpy as np

from slalom.catalogue.datasets.base import Uploads, UserFile
from slalom.catalogue.experiments.map import Map
from slalom.storage.store import Store

from .surface_tiles import TileTask, settle_surfaces, tile_tasks


def compute_tile(store_url: str, spec: str, number: int) -> np.ndarray:
    """Return what a tile of a map gives, in a process that computes one after another: what they share is kept."""
    read, todo, uploads = _prepared(store_url, spec)
    return settle_surfaces(read, todo[number].cells, uploads)


@lru_cache(maxsize=1)
def _prepared(store_url: str, text: str) -> tuple[Map, list[TileTask], Uploads]:
    """Return a map, its tiles, and what finds users' files, none of which is read again."""
    spec = Map.model_validate_json(text)
    return spec, tile_tasks(spec), lru_cache(partial(_file, store_url))


def _file(store_url: str, id: str) -> UserFile:
    with closing(Store.open(store_url)) as store:
        return store.datasets.file(id)
