"""Faults on request: which of the next calls fail, and how."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass

from desktop.sandbox import inputs

STATUSES = ("401", "403", "429", "500", "502", "503")
KINDS = (*STATUSES, "timeout", "reset", "truncate", "empty", "slow")
_SECONDS = {"timeout": 120.0, "slow": 2.0}
_KEYS = ("platform", "kind", "probability", "next", "path", "when", "seconds", "retry_after")


@dataclass(slots=True)
class Fault:
    """One rule: calls of ``platform`` whose path matches fail with ``probability``, or the next
    ``remaining`` ones do.

    ``when`` "before": the platform never sees the call. "after": the effect happens and the answer is lost
    or replaced. ``truncate``, ``empty`` (no body) and ``slow`` spoil the real answer. ``retry_after``:
    seconds, for the header of that name.
    """

    platform: str
    kind: str
    when: str
    seconds: float
    path: re.Pattern[str] | None
    probability: float | None
    remaining: int | None
    retry_after: int | None = None

    def report(self) -> dict[str, object]:
        return {
            "platform": self.platform,
            "kind": self.kind,
            "when": self.when,
            "seconds": self.seconds,
            "path": self.path.pattern if self.path else None,
            "probability": self.probability,
            "next": self.remaining,
            "retry_after": self.retry_after,
        }


class Faults:
    """The rules in force, in the order they were made; the first that fires decides."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        self.rules: list[Fault] = []

    def add(self, given: Mapping[str, object], platforms: list[str]) -> Fault:
        """Add a rule from the control address's JSON. Raises ``ValueError`` that says what is wrong with
        it.
        """
        inputs.only(given, _KEYS)
        kind = inputs.one_of("kind", given.get("kind"), KINDS)
        fault = Fault(
            platform=inputs.one_of("platform", given.get("platform"), platforms),
            kind=kind,
            when=inputs.one_of("when", given.get("when", "before"), ("before", "after")),
            seconds=inputs.number("seconds", given.get("seconds", _SECONDS.get(kind, 0.0))),
            path=inputs.pattern("path", given["path"]) if given.get("path") is not None else None,
            probability=None,
            remaining=None,
        )
        if "probability" in given:
            fault.probability = inputs.number("probability", given["probability"])
            if fault.probability > 1:
                raise ValueError("probability is between 0 and 1")
        else:
            fault.remaining = int(inputs.number("next", given.get("next", 1)))
        if given.get("retry_after") is not None:
            fault.retry_after = int(inputs.number("retry_after", given["retry_after"]))
        self.rules.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every rule and start the random source again."""
        self.rules.clear()
        self._random = random.Random(self._seed)

    def pick(self, platform: str, path: str) -> Fault | None:
        """The fault that this call suffers, if any; uses up one of a rule's ``next``."""
        if not self.rules:
            return None
        for rule in self.rules:
            if rule.platform != platform or (rule.path is not None and not rule.path.search(path)):
                continue
            if rule.remaining is not None:
                if rule.remaining <= 0:
                    continue
                rule.remaining -= 1
                if rule.remaining == 0:
                    self.rules.remove(rule)
                return rule
            if rule.probability is not None and self._random.random() < rule.probability:
                return rule
        return None
