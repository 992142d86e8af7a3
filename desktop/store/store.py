"""The store: one open workspace database, with a repository for each subject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

from desktop.store.conditions import register_functions
from desktop.store.conflicts import Conflicts
from desktop.store.connections import Connections
from desktop.store.database import Database, finished
from desktop.store.deliveries import Deliveries
from desktop.store.drafts import Drafts
from desktop.store.due import Due
from desktop.store.edits import Edits
from desktop.store.grid import Grid
from desktop.store.journal import Journal
from desktop.store.leases import Leases
from desktop.store.links import Links
from desktop.store.mirror import Mirror
from desktop.store.rests import Rests
from desktop.store.runs import Runs
from desktop.store.schemas import Schemas
from desktop.store.settings import Settings
from desktop.store.sweeps import Sweeps
from desktop.store.syncs import Syncs
from desktop.store.tables import connection, edit, journal, link, run, sync
from desktop.store.upkeep import Upkeep
from desktop.store.views import Views

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much a workspace holds.

    :param file_bytes: of the database with what is not yet merged into it.
    """

    file_bytes: int
    connections: int
    objects: int
    records: int
    syncs: int
    links: int
    runs: int
    changes: int
    edits: int


class Store:
    """An open workspace. Repositories' methods are called inside :meth:`read`, :meth:`write` or :meth:`call_sync`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        grid = Grid(database)
        self.settings = Settings(database)
        self.schemas = Schemas(database)
        self.mirror = Mirror(database, grid)
        self.syncs = Syncs(database)
        self.connections = Connections(database, self.mirror, self.syncs)
        self.links = Links(database)
        self.runs = Runs(database)
        self.journal = Journal(database)
        self.due = Due(database)
        self.conflicts = Conflicts(database)
        self.deliveries = Deliveries(database)
        self.leases = Leases(database)
        self.rests = Rests(database)
        self.sweeps = Sweeps(database)
        self.drafts = Drafts(database)
        self.edits = Edits(database)
        self.views = Views(database)
        self.upkeep = Upkeep(database)
        self.mirror.when_completed(self._after_whole_read)
        grid.when_index_wanted(self.upkeep.want_index)

    def _after_whole_read(self, object_id: int) -> None:
        self._database.release_memory()
        self.upkeep.want_index(object_id)

    @classmethod
    def open(cls, path: Path, key: str) -> Store:
        """Open a workspace, or make one where there is no file. Blocks.

        :param key: 32 bytes in hexadecimal.
        :raises StorageFailure: when it can't be read, belongs to another key or a newer Crosswalk; nothing is changed.
        """
        return cls(Database(path, key, register_functions))

    @property
    def path(self) -> Path:
        """The database file."""
        return self._database.path

    def close(self) -> None:
        """Finish what is being written and close. Reads that are under way break off."""
        self._database.close()

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work that reads, on one snapshot of everything."""
        return await finished(self._database.submit_read(work, *args, **kwargs))

    async def write(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do work in one transaction: all of it is stored, or, when it raises, nothing."""
        return await finished(self._database.submit_write(work, *args, **kwargs))

    def call_sync(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the same as :meth:`write`, blocking."""
        return self._database.write_blocking(work, *args, **kwargs)

    def sizes(self) -> Sizes:
        """How much the workspace holds."""
        driver = self._database.driver
        counts = {
            table.name: driver.execute(f"SELECT count(*) FROM {table.name}").fetchone()[0]
            for table in (connection, sync, link, run, journal, edit)
        }
        objects, records = driver.execute("SELECT count(*), coalesce(sum(live), 0) FROM mirror_object").fetchone()
        names = (self.path, self.path.with_name(self.path.name + "-wal"))
        return Sizes(
            sum(name.stat().st_size for name in names if name.exists()),
            counts["connection"],
            objects,
            records,
            counts["sync"],
            counts["link"],
            counts["run"],
            counts["journal"],
            counts["edit"],
        )
