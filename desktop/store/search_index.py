"""The search index of a large object: which records hold which three letters in a row.

It is built in steps, behind the records: those after ``indexed_seq`` are not in it yet, and are looked through one
by one. An entry's number is the record's sequence number: entries are only ever added, in rising order, and read
back newest first. A record that changed has a new number, so that its earlier entry leads nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from desktop.store.mirror_object import MirrorObject, load, save

SHORTEST = 3
"""Characters that a search must have for the index to help."""

SMALLEST_OBJECT = 20_000
"""Records from which on an object gets an index: up to here looking through all of them is as fast."""

BACKLOG = 5_000
"""Records that may be waiting for the index before a search asks for it to be brought up to date."""

_MOST_TERMS = 12

_MOST_STALE = 2
"""Changes since the index was made, as a multiple of the records, from which on it is made anew."""


def index_some(driver: Any, object_id: int, limit: int) -> bool:
    """Take up to ``limit`` records into the index; whether more are waiting."""
    row = load(driver, object_id)
    if row.indexed_seq is not None and row.indexed_seq - (row.index_made_seq or 0) > _MOST_STALE * row.live:
        drop_index(driver, row)
        row = replace(row, index_made_seq=None, indexed_seq=None)
        save(driver, row)
    done = row.indexed_seq
    if done is None:
        if row.live < SMALLEST_OBJECT:
            return False
        driver.execute(
            f"CREATE VIRTUAL TABLE {_name(row)} USING fts5(text, content='', detail='none', "
            "tokenize='trigram case_sensitive 1')"
        )
        done = 0
        row = replace(row, index_made_seq=row.last_seq)
    (last, found) = driver.execute(
        "SELECT max(seq), count(*) FROM (SELECT seq FROM mirror_record INDEXED BY mirror_record_order "
        "WHERE object_id = ? AND gone = 0 AND seq > ? ORDER BY seq LIMIT ?)",
        (object_id, done, limit),
    ).fetchone()
    if found:
        driver.execute(
            f"INSERT INTO {_name(row)} (rowid, text) SELECT r.seq, t.text "
            "FROM mirror_record r INDEXED BY mirror_record_order CROSS JOIN mirror_text t ON t.row = r.row "
            "WHERE r.object_id = ? AND r.gone = 0 AND r.seq > ? AND r.seq <= ? ORDER BY r.seq",
            (object_id, done, last),
        )
    save(driver, replace(row, indexed_seq=last if found else done))
    return found == limit


def drop_index(driver: Any, row: MirrorObject) -> None:
    """Remove an object's index."""
    if row.indexed_seq is not None:
        driver.execute(f"DROP TABLE {_name(row)}")


@dataclass(frozen=True, slots=True)
class Found:
    """Row numbers of records that hold the words.

    :param newest_first: whether these are the newest changes that hold them, in that order.
    """

    rows: list[int]
    newest_first: bool


def holds(words: Sequence[str]) -> str:
    """The SQL condition that a record's text (``t.text``) holds each of as many words."""
    return " AND ".join(["instr(t.text, ?)"] * len(words))


def find_rows(driver: Any, row: MirrorObject, words: Sequence[str], limit: int) -> Found:
    """Up to ``limit`` row numbers of the records whose text holds each of the folded words."""
    if row.indexed_seq is None or all(len(word) < SHORTEST for word in words):
        found = driver.execute(
            f"SELECT t.row FROM mirror_text t WHERE t.row >= ? AND t.row < ? AND {holds(words)} LIMIT ?",
            (row.first_row, row.end_row, *words, limit),
        )
        return Found([number for (number,) in found], newest_first=False)
    waiting = driver.execute(
        "SELECT t.row FROM mirror_record r INDEXED BY mirror_record_order CROSS JOIN mirror_text t ON t.row = r.row "
        f"WHERE r.object_id = ? AND r.gone = 0 AND r.seq > ? AND {holds(words)} ORDER BY r.seq DESC LIMIT ?",
        (row.id, row.indexed_seq, *words, limit),
    ).fetchall()
    indexed = driver.execute(
        f"SELECT t.row FROM {_name(row)} f CROSS JOIN mirror_record r INDEXED BY mirror_record_order "
        "ON r.object_id = ? AND r.gone = 0 AND r.seq = f.rowid CROSS JOIN mirror_text t ON t.row = r.row "
        f"WHERE f.{_name(row)} MATCH ? AND {holds(words)} ORDER BY f.rowid DESC LIMIT ?",
        (row.id, _expression(words), *words, limit - len(waiting)),
    ).fetchall()
    return Found([number for (number,) in (*waiting, *indexed)], newest_first=True)


def _expression(words: Sequence[str]) -> str:
    terms = list(
        dict.fromkeys(word[start : start + SHORTEST] for word in words for start in range(len(word) - SHORTEST + 1))
    )
    step = -(-len(terms) // _MOST_TERMS)
    return " AND ".join('"' + term.replace('"', '""') + '"' for term in terms[::step])


def _name(row: MirrorObject) -> str:
    return f"search_{row.id}"
