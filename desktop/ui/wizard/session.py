"""What the wizard's steps share: the choices, what was learnt about them, and the questions to the workspace."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from desktop.domain.compatibility import Fit
from desktop.domain.definition import Endpoint
from desktop.domain.errors import CrosswalkError
from desktop.domain.mapping import FieldPair, MatchPair, Side
from desktop.domain.record import Record
from desktop.domain.schema import Field, ObjectSchema
from desktop.domain.values import FieldType, is_choices, is_empty, key_text
from desktop.ui.wizard.state import Known, Verdict, WizardState
from desktop.workspace.connection_views import ConnectionView
from desktop.workspace.views import LineCheck, TrialField

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk
    from desktop.workspace.syncs import Suggested, TransformView

_SAMPLES = 20


class Session:
    """One making or changing of a sync.

    :ivar samples: some real records of the source, those with the most values first.
    :ivar sample: which of them is shown.
    :ivar matched: how many lines were taken over from the suggestions.
    :ivar trial: how the shown record's values arrive, by left and right key of the line.
    """

    def __init__(self, desk: Desk, state: WizardState) -> None:
        self.desk = desk
        self.state = state
        self.known = Known()
        self.connections: list[ConnectionView] = []
        self.transforms: list[TransformView] = []
        self.suggested: Suggested | None = None
        self.samples: list[Record] = []
        self.sample = 0
        self.matched = 0
        self.trial: dict[tuple[str, str], TrialField] = {}
        self.titles: dict[str, dict[str, str]] = {}
        self.accepted_losses: set[tuple[str, str]] = set()
        self._learnt: tuple[Endpoint, Endpoint, object] | None = None

    async def begin(self) -> None:
        """Learn what holds for the whole session."""
        views = await self.desk.syncs.all()
        taken = frozenset(view.name for view in views if view.name != self.state.replaces)
        self.known = replace(self.known, taken=taken)
        self.connections = await self.desk.connections.all()
        self.transforms = await self.desk.syncs.transforms()

    def platform(self, connection: str) -> str:
        """Key of a connection's platform, for its mark."""
        view = self.connection(connection)
        return view.platform.name if view else "?"

    def connection(self, name: str) -> ConnectionView | None:
        """The connection of that name."""
        return next((view for view in self.connections if view.name == name), None)

    def schema(self, side: Side) -> ObjectSchema:
        """The schema of a side; known from the step after Objects on."""
        schema = self.known.schema(side)
        if schema is None:
            raise LookupError(f"the schema of the {side} side is not known yet")
        return schema

    @property
    def source_schema(self) -> ObjectSchema:
        """The schema of what is read."""
        return self.schema(self.state.direction.source)

    @property
    def target_schema(self) -> ObjectSchema:
        """The schema of what is written."""
        return self.schema(self.state.direction.target)

    def ends(self, pair: FieldPair | MatchPair) -> tuple[Field | None, Field | None]:
        """The source's and the target's field of a pair."""
        source, target = self.state.direction.source, self.state.direction.target
        keys = {Side.LEFT: pair.left, Side.RIGHT: pair.right}
        return self.known.field(source, keys[source]), self.known.field(target, keys[target])

    def forget_if_changed(self) -> None:
        """Let go of what was learnt about objects that are not the chosen ones any more."""
        state = self.state
        if self._learnt is not None and self._learnt != (state.left, state.right, state.direction):
            self.known = replace(self.known, left=None, right=None, verdicts={}, unfilled=(), bad_match="")
            self._learnt = None

    async def learn(self) -> None:
        """Learn the schemas of the chosen objects, and take suggestions over where nothing is chosen yet."""
        state = self.state
        if not state.has_objects:
            self.known = replace(self.known, left=None, right=None, verdicts={}, unfilled=(), bad_match="")
            self._learnt = None
            return
        key = (state.left, state.right, state.direction)
        if self._learnt == key:
            return
        left = await self.desk.data.schema(state.left.connection, state.left.object)
        right = await self.desk.data.schema(state.right.connection, state.right.object)
        self.known = replace(self.known, left=left, right=right, verdicts={}, unfilled=(), bad_match="")
        self._learnt = key
        self.suggested, self.samples, self.trial, self.titles = None, [], {}, {}
        self.sample = self.matched = 0

    async def suggest(self) -> None:
        """Ask for suggestions and samples once for the chosen objects, and take them over."""
        if self.suggested is not None or not self.state.has_objects:
            return
        state = self.state
        suggested = await self.desk.syncs.suggest(state.left, state.right, state.direction)
        samples = await self.desk.syncs.samples(state.source, _SAMPLES)
        self.samples = sorted(samples, key=_filled, reverse=True)
        self.suggested = suggested
        if not state.fields:
            self.matched = len(suggested.fields)
        state.accept(suggested.match[:1], suggested.fields)

    async def check(self) -> None:
        """Have the lines judged, and the shown record sent through them."""
        state = self.state
        if not state.has_objects or self.known.left is None:
            return
        definition = state.definition()
        checks = await self.desk.syncs.check(definition)
        unfilled = await self.desk.syncs.required(definition)
        bad_match = await self._bad_match()
        self.known = replace(
            self.known,
            verdicts={(c.pair.left, c.pair.right): Verdict(Fit(c.fit), c.reason) for c in checks},
            unfilled=tuple(unfilled),
            bad_match=bad_match,
        )
        record = self.record
        if record is not None:
            shown = await self.desk.syncs.show(definition, record)
            self.trial = {(item.pair.left, item.pair.right): item for item in shown}
            await self._learn_titles(record)

    async def _bad_match(self) -> str:
        for pair in self.state.match:
            source, target = self.ends(pair)
            if source is None or target is None:
                continue
            check = await self.compatible(pair.left, pair.right)
            refused = check.fit == Fit.IMPOSSIBLE and not target.read_only
            if refused or source.type is FieldType.REFERENCE:
                return check.reason or source.label
        return ""

    async def _learn_titles(self, record: Record) -> None:
        for field in self.source_schema.fields:
            value = record.get(field.key)
            if field.type is not FieldType.REFERENCE or not is_choices(value):
                continue
            known = self.titles.setdefault(field.key, {})
            ids = [item for item in value if item not in known]
            if ids:
                known.update(await self._titles(field.key, ids))

    async def _titles(self, key: str, ids: Iterable[str]) -> dict[str, str]:
        source = self.state.source
        try:
            return dict(await self.desk.data.reference_titles(source.connection, source.object, key, list(ids)))
        except CrosswalkError:
            return {}

    @property
    def record(self) -> Record | None:
        """The sample record that is shown."""
        return self.samples[self.sample % len(self.samples)] if self.samples else None

    def another_record(self, step: int) -> None:
        """Show the next (1) or the one before (-1)."""
        if self.samples:
            self.sample = (self.sample + step) % len(self.samples)

    async def compatible(self, left: str, right: str) -> LineCheck:
        """Whether two fields may be joined, with the line that would join them."""
        state = self.state
        return await self.desk.syncs.compatible(state.direction, state.left, left, state.right, right)

    def keys(self, source: str, target: str) -> tuple[str, str]:
        """Left and right key of a source's and a target's field."""
        return (source, target) if self.state.direction.source is Side.LEFT else (target, source)

    def distinct_samples(self, key: str) -> int:
        """In how many of the samples the field has a value that no other has."""
        field = self.source_schema.field(key)
        if field is None:
            return 0
        texts = [key_text(record.get(key), field.type) for record in self.samples]
        return sum(1 for text in texts if text and texts.count(text) == 1)


def _filled(record: Record) -> int:
    """How many of its fields have a value."""
    return sum(not is_empty(value) for value in record.values.values())
