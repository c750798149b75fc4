"""The store: one database, and the parts that read and write it.

Everything is synchronous and may be called from any thread; a Store is opened in the process that uses it, never
carried over a fork.
"""

from __future__ import annotations

from typing import Self

from slalom.settings import Limits

from .artifacts import Artifacts
from .challenges import Challenges
from .chunks import Chunks
from .connection import Database
from .datasets import StoredDatasets
from .experiments import Experiments
from .offers import Offers
from .polls import Polls
from .purge import Purge
from .quota import Quota
from .rooms import Rooms
from .servers import Servers
from .thinning import Thinning
from .watch import Watch


class Store:
    """What one installation keeps; open it with :meth:`open`."""

    def __init__(self, database: Database, limits: Limits | None = None) -> None:
        self.database: Database = database
        self.quota: Quota = Quota(database, limits)
        self.purge: Purge = Purge(database)
        self.watch: Watch = Watch(database)
        self.servers: Servers = Servers(database)
        self.rooms: Rooms = Rooms(database)
        self.polls: Polls = Polls(database)
        self.offers: Offers = Offers(database)
        self.challenges: Challenges = Challenges(database)
        parts = (database, self.quota, self.purge)
        self.experiments: Experiments = Experiments(*parts)
        self.chunks: Chunks = Chunks(*parts)
        self.thinning: Thinning = Thinning(database, self.chunks)
        self.artifacts: Artifacts = Artifacts(*parts)
        self.datasets: StoredDatasets = StoredDatasets(*parts)

    @classmethod
    def open(cls, url: str, limits: Limits | None = None) -> Self:
        """Open a store, creating or migrating it where needed; ``limits``, if given, become its bounds.

        Raises :class:`StoreError` where it is damaged, foreign, or newer than this program (it is then left as it was),
        and, with limits, where it may be read but not written.
        """
        database = Database(url)
        try:
            return cls(database, limits)
        except BaseException:
            database.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self.watch.close()
        self.database.close()
