"""What every part of the emulator works on: the objects, the sandbox's time, the settings, who is who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from desktop.sandbox.activecollab.errors import missing, unmatched
from desktop.sandbox.activecollab.kinds import Document, Kind
from desktop.sandbox.kernel import Refusal

if TYPE_CHECKING:
    from desktop.sandbox.activecollab.objects import Objects
    from desktop.sandbox.clock import Clock
    from desktop.sandbox.kernel import Call
    from desktop.sandbox.storage import Storage

INTENT_PLACES = ("user", "account")


@dataclass(slots=True)
class Settings:
    """What the control address may change.

    ``intent_on``: whether the cloud's sign-in gives its intent on the user (older answers) or on each account
    (newer ones). ``two_factor``: whether the cloud asks for a code. ``second_account``: whether people have two
    accounts there to choose from, which both lead to this instance. ``archive_paged``: whether the list of completed
    tasks comes in pages; instances differ, and one that does not page repeats the whole list whatever ``page`` says.
    ``webhook_url``: where events are sent, "" for nowhere; ``webhook_secret`` goes along in clear.
    """

    intent_on: str = "account"
    two_factor: bool = False
    second_account: bool = False
    archive_paged: bool = True
    webhook_url: str = ""
    webhook_secret: str = ""

    def change(self, given: Mapping[str, object]) -> None:
        """Take the given settings. Raises ``ValueError`` for an unknown name or a wrong value, and changes nothing."""
        for name, value in given.items():
            if name not in Settings.__slots__:
                raise ValueError(f"unknown setting: {name}")
            wanted = type(getattr(self, name))
            if type(value) is not wanted:
                raise ValueError(f"{name} must be {'true or false' if wanted is bool else 'text'}")
            if name == "intent_on" and value not in INTENT_PLACES:
                raise ValueError(f"intent_on is one of {', '.join(INTENT_PLACES)}")
            if name == "webhook_url" and value and not str(value).startswith("http://"):
                raise ValueError("webhook_url must start with http://")
        for name, value in given.items():
            setattr(self, name, value)

    def kept(self) -> dict[str, object]:
        """The settings by name."""
        return {name: getattr(self, name) for name in Settings.__slots__}


@dataclass(slots=True)
class Site:
    """One instance of ActiveCollab."""

    storage: Storage
    objects: Objects
    clock: Clock
    settings: Settings = field(default_factory=Settings)

    def now(self) -> int:
        """UNIX seconds on the sandbox's clock."""
        return int(self.clock.now())

    def find(self, call: Call, kind: Kind, name: str = "id") -> Document:
        """The object that the path's placeholder ``name`` stands for. Raises 404, with nothing in it."""
        found = self.objects.get(kind, number(call, name))
        if found is None:
            raise missing()
        return found

    def find_in(self, call: Call, kind: Kind, name: str, **within: int) -> Document:
        """The same, provided that its fields have the values of ``within``."""
        found = self.find(call, kind, name)
        if any(found[field_name] != value for field_name, value in within.items()):
            raise missing()
        return found


def number(call: Call, name: str = "id") -> int:
    """A placeholder's number. Raises the refusal of an unknown path when it is none: routes want digits."""
    text = call.params[name]
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Refusal(unmatched(call))
    return int(text)


def whoami(call: Call) -> int:
    """The id of the user who calls."""
    return int(call.caller.account)


def given(call: Call) -> dict[str, Any]:
    """The body's object; anything else counts as nothing sent."""
    body = call.json()
    return body if isinstance(body, dict) else {}
