"""What needs the operator's eye among the lines of a mapping, and what can be done about it with one click."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from desktop.domain.compatibility import Fit
from desktop.domain.mapping import FieldPair, Step
from desktop.domain.values import FieldType
from desktop.ui.wizard.session import Session
from desktop.ui.wizard.state import Verdict


class Remedy(StrEnum):
    """What can be done about a line."""

    ROUND = "round"
    SHORTEN = "shorten"
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Advice:
    """A line that needs a look.

    :param reason: what is lost or wrong, in a sentence.
    """

    pair: FieldPair
    fit: Fit
    reason: str
    remedy: Remedy


def advice_on(session: Session) -> list[Advice]:
    """The lines that need a look, the worst first."""
    found: list[Advice] = []
    for pair in session.state.fields:
        key = (pair.left, pair.right)
        verdict = session.known.verdicts.get(key, Verdict(Fit.EXACT))
        trial = session.trial.get(key)
        problem = trial.problem if trial else None
        if problem and verdict.fit is not Fit.IMPOSSIBLE:
            found.append(Advice(pair, Fit.LOSSY, problem, _remedy(session, pair)))
        elif verdict.fit is Fit.IMPOSSIBLE:
            found.append(Advice(pair, verdict.fit, verdict.reason, Remedy.KEEP))
        elif verdict.fit is Fit.LOSSY and key not in session.accepted_losses:
            found.append(Advice(pair, verdict.fit, verdict.reason, _remedy(session, pair)))
    return sorted(found, key=lambda item: item.fit is not Fit.IMPOSSIBLE)


def eased(session: Session, pair: FieldPair, remedy: Remedy) -> FieldPair:
    """The line with the remedy applied."""
    _source, target = session.ends(pair)
    if target is None or remedy is Remedy.KEEP:
        return pair
    if remedy is Remedy.ROUND:
        step = Step("round", {"decimals": target.scale if target.scale is not None else 2})
    else:
        step = Step("truncate", {"length": target.max_length or 255})
    return replace(pair, transform=(*pair.transform, step))


def _remedy(session: Session, pair: FieldPair) -> Remedy:
    source, target = session.ends(pair)
    if source is None or target is None:
        return Remedy.KEEP
    used = {step.use for step in pair.transform}
    numbers = (FieldType.NUMBER, FieldType.MONEY)
    if source.type in numbers and target.type in numbers and "round" not in used:
        return Remedy.ROUND
    if target.max_length is not None and source.type.is_textual and "truncate" not in used:
        return Remedy.SHORTEN
    return Remedy.KEEP
