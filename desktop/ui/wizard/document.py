"""The wizard's draft as a document: what is kept while the wizard is open, and read back after a crash.

It is the sync file of what was chosen so far, with a stand-in wherever nothing was chosen yet.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import cast

from desktop.domain.definition import Endpoint
from desktop.domain.errors import InvalidInput
from desktop.domain.mapping import FieldPair, MatchPair
from desktop.domain.sync_file import as_document, read_sync_file
from desktop.domain.values import Json
from desktop.ui.wizard.state import STEPS, UNNAMED, WizardState, WizardStep

VERSION = 1
_LEFT, _RIGHT = "?left", "?right"
_NO_MATCH = MatchPair(UNNAMED, UNNAMED)


def to_document(state: WizardState) -> Json:
    """The draft of a state."""
    definition = replace(
        state.definition(),
        left=_filled(state.left, _LEFT),
        right=_filled(state.right, _RIGHT),
        match=tuple(MatchPair(pair.left or UNNAMED, pair.right or UNNAMED) for pair in state.match) or (_NO_MATCH,),
        fields=tuple(_without_blanks(pair) for pair in state.fields),
        filter=tuple(
            item for item in state.filter if item.condition.value.strip() or not item.condition.operator.takes_value
        ),
    )
    sync = cast("Json", json.loads(json.dumps(as_document(definition))))
    return {
        "wizard": VERSION,
        "replaces": state.replaces,
        "step": state.step.value,
        "furthest": state.furthest.value,
        "sync": sync,
    }


def from_document(document: Json) -> WizardState:
    """The state that a draft tells of.

    :raises InvalidInput: when the draft is none, or of another version.
    """
    if not isinstance(document, dict) or document.get("wizard") != VERSION:
        raise InvalidInput("The draft of the sync can't be read.", hint="Start again with “New sync”.")
    definition = read_sync_file(json.dumps(document.get("sync")))
    try:
        step, furthest = WizardStep(str(document["step"])), WizardStep(str(document["furthest"]))
    except (KeyError, ValueError):
        step, furthest = WizardStep.SYSTEMS, WizardStep.SYSTEMS
    state = WizardState.editing(definition)
    state.replaces = str(document.get("replaces") or "")
    state.name = "" if definition.name == UNNAMED else definition.name
    state.left = _emptied(definition.left, _LEFT)
    state.right = _emptied(definition.right, _RIGHT)
    state.match = tuple(
        MatchPair(_blank(pair.left), _blank(pair.right)) for pair in definition.match if pair != _NO_MATCH
    )
    state.step = step
    state.furthest = max(step, furthest, key=STEPS.index)
    return state


def _filled(endpoint: Endpoint, stand_in: str) -> Endpoint:
    return Endpoint(endpoint.connection or stand_in, endpoint.object or stand_in)


def _emptied(endpoint: Endpoint, stand_in: str) -> Endpoint:
    connection, object_key = endpoint.connection, endpoint.object
    return Endpoint("" if connection == stand_in else connection, "" if object_key == stand_in else object_key)


def _blank(key: str) -> str:
    return "" if key == UNNAMED else key


def _without_blanks(pair: FieldPair) -> FieldPair:
    """The line without what is only half chosen, which a sync file can't say."""
    if pair.carry is None:
        return pair
    match = tuple(item for item in pair.carry.match if item.left and item.right)
    return replace(pair, carry=replace(pair.carry, match=match) if match else None)
