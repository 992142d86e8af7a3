"""Figures of the mirror and its grid on a large object. Run: ``python -m tests.benchmarks.store_grid [records]``."""

from __future__ import annotations

import random
import resource
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from desktop.domain.filters import Condition, Operator
from desktop.domain.query import RecordQuery
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema, Option, system_fields
from desktop.domain.values import FieldType, Money
from desktop.store import ConnectionRow, Store

T = TypeVar("T")

_BATCH = 1_000
_PAGE = 100
_START = datetime(2026, 1, 1, tzinfo=UTC)
_FIRST = ("Anna", "Ben", "Carla", "Dmitri", "Eva", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kira", "Luis")
_LAST = ("Smith", "Garcia", "Müller", "Rossi", "Novak", "Khan", "Silva", "Dubois", "Yamada", "Olsen", "Kowalski")
_STATES = ("received", "packed", "sent", "delivered", "returned")

SCHEMA = ObjectSchema(
    "custom_objects.orders",
    "Order",
    "Orders",
    title="order_number",
    fields=(
        *system_fields(external_id=True),
        Field("order_number", "Order number", FieldType.TEXT),
        Field("customer", "Customer", FieldType.TEXT),
        Field("email", "E-mail", FieldType.EMAIL),
        Field("phone", "Phone", FieldType.PHONE),
        Field("total", "Total", FieldType.MONEY),
        Field("items", "Items", FieldType.NUMBER),
        Field("status", "Status", FieldType.CHOICE, options=tuple(Option(s, s.title()) for s in _STATES)),
        Field("ordered_on", "Ordered on", FieldType.DATE),
        Field("paid", "Paid", FieldType.BOOLEAN),
        Field("note", "Note", FieldType.TEXT),
    ),
)


def records(count: int) -> Iterator[Record]:
    """Made-up orders, the same at every call."""
    chance = random.Random(1)
    for number in range(count):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        moment = _START + timedelta(seconds=number)
        yield Record(
            SCHEMA.key,
            f"{chance.getrandbits(80):020x}",
            {
                "order_number": f"ORD-{number:07d}",
                "customer": f"{first} {last}",
                "email": f"{first}.{last}{number % 5000}@example.com".lower(),
                "phone": f"+1415{chance.randrange(10**7):07d}",
                "total": Money(Decimal(chance.randrange(100, 500_000)) / 100, "USD"),
                "items": Decimal(chance.randrange(1, 40)),
                "status": chance.choice(_STATES),
                "ordered_on": moment.date(),
                "paid": chance.random() < 0.7,
                "note": None if chance.random() < 0.6 else f"Call {last} before delivery {chance.randrange(10**5)}",
            },
            None,
            moment,
            moment,
        )


class Bench:
    """One store and the figures taken from it."""

    def __init__(self, folder: Path, count: int) -> None:
        self.count = count
        self.path = folder / "workspace.db"
        self.key = secrets.token_hex(32)
        self.store = Store.open(self.path, self.key)
        self.object_id = self.read(self._make)

    def _make(self) -> int:
        row = ConnectionRow(0, "Agency", "highlevel", "https://example.com", "", {}, _START)
        return self.store.mirror.object_id(self.store.connections.add(row), SCHEMA.key)

    def read(self, work: Callable[..., T], *arguments: object) -> T:
        """Do work on the store and wait."""
        return self.store.call_sync(work, *arguments)

    def snapshot(self, work: Callable[..., T], *arguments: object) -> T:
        """Do work on a reader of the store and wait."""
        return self.store._database.submit_read(work, *arguments).result()

    def timed(self, name: str, work: Callable[[], object]) -> float:
        """Print how long work takes."""
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
        print(f"{name:<58} {seconds * 1000:10.1f} ms   memory {memory():6.0f} MB")
        return seconds

    def load(self, name: str) -> None:
        """Put all records, as pages of a sweep."""
        sweep = self.read(self.store.mirror.begin_sweep, self.object_id)
        seconds, spent, batch = 0.0, 0.0, []
        for record in records(self.count):
            batch.append(record)
            if len(batch) == _BATCH:
                started, used = time.perf_counter(), time.process_time()
                self.read(self.store.mirror.put, self.object_id, SCHEMA, batch, sweep)
                seconds += time.perf_counter() - started
                spent += time.process_time() - used
                batch = []
        if batch:
            self.read(self.store.mirror.put, self.object_id, SCHEMA, batch, sweep)
        self.read(self.store.mirror.end_sweep, self.object_id, sweep)
        per_cpu = f"{self.count / spent:,.0f} a second of processor time"
        print(f"{name:<58} {self.count / seconds:10.0f} /s   memory {memory():6.0f} MB   {per_cpu}")

    def page(self, query: RecordQuery, offset: int = 0) -> Callable[[], object]:
        """Work that reads one page."""
        return lambda: self.snapshot(self.store.mirror.page, self.object_id, query, offset, _PAGE)

    def counted(self, query: RecordQuery, limit: int | None = None) -> Callable[[], object]:
        """Work that counts."""
        return lambda: self.snapshot(self.store.mirror.count, self.object_id, query, limit)

    def searches(self) -> None:
        """Keystrokes of different kinds, with the count that stands beside the page."""
        for text in ("an", "ann", "anna s", "ORD-05", "ord-0512345", "delivery 4711", "zzqx", "xq", "yamada4999"):
            query = RecordQuery(text)
            self.timed(f"search “{text}”: first page", self.page(query))
            self.timed(f"search “{text}”: count up to 10,000", self.counted(query, 10_001))

    def sorts(self) -> None:
        """Sorting, and scrolling in it."""
        for key in ("customer", "total", "ordered_on", "@updated_at", "status"):
            self.timed(f"sort by {key}: first page", self.page(RecordQuery(sort=key)))
        query = RecordQuery(sort="total", descending=True)
        deep = self.count * 9 // 10
        self.timed("sort by total, down: first page", self.page(query))
        self.timed(f"sort by total, down: offset {deep:,}, at once", self.page(query, deep))
        self.timed(f"sort by total, down: offset {deep - 5000:,}", self.page(query, deep - 5_000))

    def deep(self) -> None:
        """Scrolling far down once the order was put together in the background."""
        query = RecordQuery(sort="items")
        deep = self.count * 9 // 10
        self.timed("sort by items: first page", self.page(query))
        self.timed("sort by items: whole order, in the background", self.ordered)
        self.timed(f"sort by items: offset {deep:,}", self.page(query, deep))

    def ordered(self) -> None:
        """Wait for what the grid does ahead."""
        self.store._database.submit_order(lambda: None).result()

    def filters(self) -> None:
        """Conditions."""
        query = RecordQuery(
            conditions=(Condition("status", Operator.IS, "Sent"), Condition("total", Operator.ABOVE, "4000"))
        )
        self.timed("two conditions: first page", self.page(query))
        self.timed("two conditions: whole count", self.counted(query))
        none = RecordQuery(conditions=(Condition("customer", Operator.CONTAINS, "zzz"),))
        self.timed("a condition that none meets: first page", self.page(none))


def memory() -> float:
    """The process's resident memory, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1]) if sys.platform == "linux" else 0
    return pages * resource.getpagesize() / 1e6


def run(count: int = 1_000_000) -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"{count:,} records; memory before {memory():.0f} MB")
        bench = Bench(Path(folder), count)
        bench.load("load")
        bench.load("load again, nothing changed")
        bench.timed("reopen", lambda: reopen(bench))
        everything = RecordQuery()
        bench.timed("first page", bench.page(everything))
        bench.timed("offset 90 %", bench.page(everything, count * 9 // 10))
        print("without the search index:")
        bench.searches()
        bench.store.upkeep.want_index(bench.object_id)
        bench.timed("build the search index", lambda: bench.store.upkeep.wait(600))
        bench.searches()
        bench.sorts()
        bench.deep()
        bench.filters()
        print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")
        print(f"file {bench.path.stat().st_size / 1e6:.0f} MB")
        bench.store.close()


def reopen(bench: Bench) -> None:
    """Close the store and open it again."""
    bench.store.close()
    bench.store = Store.open(bench.path, bench.key)


if __name__ == "__main__":
    run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
