"""What faces show of platforms, connections, credentials and sign-ins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from desktop.domain.errors import Problem
from desktop.domain.schema import stands_for
from desktop.workspace.platform_parts import CompanionView, OptionView


@dataclass(frozen=True, slots=True)
class PlatformView:
    """A platform that can be connected, and what its form asks for.

    :param signs_in: whether a credential can be had by signing in; pasting one is always possible.
    :param sign_in_first: whether signing in is the simpler way.
    :param options: what can be set of a connection.
    :param companion: what is to be installed on its side, ``None`` where that is nothing.
    :param tells_of: keys of the objects whose changes it tells of; ``prefix.*`` stands for all that begin so.
    """

    name: str
    label: str
    letter: str
    secret_label: str
    account_label: str | None
    base_url: str
    base_url_hint: str
    signs_in: bool = False
    sign_in_first: bool = False
    options: tuple[OptionView, ...] = ()
    companion: CompanionView | None = None
    tells_of: tuple[str, ...] = ()

    def tells_of_object(self, object_key: str) -> bool:
        """Whether it tells of an object's changes as they happen."""
        return any(stands_for(pattern, object_key) for pattern in self.tells_of)


@dataclass(frozen=True, slots=True)
class PermissionView:
    """What a credential may or may not do; ``granted`` is ``None`` where the platform does not tell."""

    name: str
    granted: bool | None
    needed_for: str


@dataclass(frozen=True, slots=True)
class QuotaView:
    """The quota as the platform last stated it."""

    limit: int
    interval_seconds: float
    remaining: int | None
    daily_limit: int | None
    daily_remaining: int | None


@dataclass(frozen=True, slots=True)
class IdentityView:
    """Who a credential belongs to."""

    name: str
    detail: str
    permissions: tuple[PermissionView, ...] = ()
    quota: QuotaView | None = None


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """A connection and how it fared when last used.

    :param needs_secret: its credentials are not in the keyring (any more).
    :param used_by: names of the syncs that use it.
    :param credentials_since: when its credentials were entered or last renewed.
    :param options: what is set, or holds by default, by the option's name.
    """

    name: str
    platform: PlatformView
    base_url: str
    account: str
    identity: IdentityView | None
    checked_at: datetime | None
    problem: Problem | None
    needs_secret: bool
    used_by: tuple[str, ...]
    credentials_since: datetime
    options: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One thing that a sign-in asks for.

    :param secret: whether it is hidden while it is typed.
    :param choices: by value, what people read, where one of a few is to be chosen.
    """

    name: str
    label: str
    hint: str
    secret: bool
    required: bool
    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AskView:
    """A step of a sign-in: questions to answer."""

    text: str
    questions: tuple[QuestionView, ...]


@dataclass(frozen=True, slots=True)
class VisitView:
    """A step of a sign-in: a page to open in the browser. Going on waits for what comes of it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class SignInView:
    """A sign-in under way, or with a connection as its last step.

    :param id: what to go on with.
    """

    id: str
    step: AskView | VisitView | ConnectionView
