"""Questions: what a run can't decide by its rules, noted for a person, and what the person decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from desktop.domain.conflict import UNNAMED, Conflict, ConflictKind, Decision
from desktop.domain.mapping import Side
from desktop.domain.record import Record, title_of
from desktop.domain.values import Json, to_json
from desktop.store import Link, Store
from desktop.sync.comparing import Comparison, Decisions, Pair
from desktop.sync.endpoint import Places


@dataclass(slots=True)
class Open:
    """The questions about one record that are known."""

    conflicts: list[Conflict] = field(default_factory=list[Conflict])

    def decisions(self, left: Record, right: Record) -> Decisions:
        """What a person decided of a pair's fields, where the values are still what they were then."""
        return {
            (item.left_field, item.right_field): Decision(item.decision)
            for item in self.conflicts
            if item.kind is ConflictKind.FIELD
            and item.decision
            and (item.left_id, item.right_id) == (left.id, right.id)
            and item.left_value == to_json(left.get(item.left_field))
            and item.right_value == to_json(right.get(item.right_field))
        }

    def choice(self) -> str | None:
        """The id of the counterpart that a person chose."""
        return next(
            (item.decision for item in self.conflicts if item.kind is ConflictKind.MATCH and item.decision), None
        )

    def deletion(self) -> Conflict | None:
        """What is known of the counterpart's deletion."""
        return next((item for item in self.conflicts if item.kind is ConflictKind.DELETED), None)

    def over(self, outcome: Comparison, pair: Pair) -> list[int]:
        """Questions about a pair that are none any more. Decided ones stay until what was decided is written."""
        still = {(line.left.key, line.right.key) for line in outcome.conflicts}
        writing = any(outcome.writes.values())
        over: list[int] = []
        for item in self.conflicts:
            fields = (item.left_field, item.right_field)
            of_fields = item.kind is ConflictKind.FIELD and fields not in still
            if (of_fields and not (writing and fields in pair.decisions)) or item.kind is not ConflictKind.FIELD:
                over.append(item.id)
        return over


class Questions:
    """Makes and finds the questions of one run. Its methods run inside a transaction of the store."""

    def __init__(self, store: Store, sync_id: int, run_id: str, places: Places, now: datetime) -> None:
        self._store = store
        self._sync_id = sync_id
        self._run_id = run_id
        self._places = places
        self._now = now
        self._any: bool | None = None

    def about(self, side: Side, ids: Sequence[str]) -> Mapping[str, Open]:
        """The known questions about records of a side, by their ids."""
        if self._any is None:
            self._any = self._store.conflicts.any(self._sync_id)
        if not self._any:
            return {}
        found = self._store.conflicts.of_records(self._sync_id, side, ids)
        return {record_id: Open(conflicts) for record_id, conflicts in found.items()}

    def fields(self, left: Record, right: Record, comparison: Comparison) -> list[Conflict]:
        """A question for each field that both sides changed."""
        return [
            self._conflict(
                ConflictKind.FIELD,
                Side.LEFT,
                left,
                right,
                left_field=line.left.key,
                right_field=line.right.key,
                left_value=to_json(left.get(line.left.key)),
                right_value=to_json(right.get(line.right.key)),
            )
            for line in comparison.conflicts
        ]

    def deletion(self, survivor: Record, side: Side, link: Link, changed: Sequence[str]) -> Conflict:
        """A question about a record that was changed here and deleted there.

        :param side: of the survivor.
        :param changed: labels of its changed fields.
        """
        left, right = (survivor, None) if side is Side.LEFT else (None, survivor)
        value = self.state_of(survivor, changed)
        item = self._conflict(ConflictKind.DELETED, side.other, left, right)
        return replace(
            item,
            left_id=link.left_id,
            right_id=link.right_id,
            left_value=value if side is Side.LEFT else None,
            right_value=value if side is Side.RIGHT else None,
        )

    def state_of(self, survivor: Record, changed: Sequence[str]) -> Json:
        """What a decision about a deletion holds for: the survivor as it is, and the labels of its changed fields."""
        values: dict[str, Json] = {key: to_json(value) for key, value in sorted(survivor.values.items())}
        return {"changed": list(changed), "values": values}

    def match(self, record: Record, side: Side, candidates: Mapping[str, Record]) -> Conflict:
        """A question which of several records is the counterpart."""
        left, right = (record, None) if side is Side.LEFT else (None, record)
        schema = self._places.on(side.other).schema
        titles = {key: title_of(item, schema) for key, item in candidates.items()}
        return replace(self._conflict(ConflictKind.MATCH, side, left, right), candidates=titles)

    def _conflict(
        self,
        kind: ConflictKind,
        side: Side,
        left: Record | None,
        right: Record | None,
        *,
        left_field: str = "",
        right_field: str = "",
        left_value: Json = None,
        right_value: Json = None,
    ) -> Conflict:
        shown, schema = (left, self._places.left.schema) if left else (right, self._places.right.schema)
        return Conflict(
            0,
            kind,
            side,
            left.id if left else "",
            right.id if right else "",
            title_of(shown, schema) if shown else "",
            self._run_id,
            self._now,
            left_field,
            right_field,
            left_value,
            right_value,
            left.updated_at if left else None,
            right.updated_at if right else None,
            _who(left),
            _who(right),
        )


def _who(record: Record | None) -> str:
    return UNNAMED + record.updated_by if record and record.updated_by else ""
