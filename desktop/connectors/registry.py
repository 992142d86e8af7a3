"""The platforms that Crosswalk speaks to: one line each; a platform's code is imported when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from desktop.connectors.base import ConnectionSettings, Connector
from desktop.connectors.clock import Clock, SystemClock
from desktop.connectors.pacing import Pacers
from desktop.connectors.redaction import Secret
from desktop.domain.errors import NotSupported

Opener = Callable[[ConnectionSettings, Secret, Clock, Pacers], Connector]


@dataclass(frozen=True, slots=True)
class PlatformInfo:
    """What is known of a platform before it is connected.

    :param letter: stands for it where there is no room for its name.
    :param secret_label: what the platform calls its credential.
    :param account_label: what it calls the account's id, ``None`` where the credential alone is enough.
    :param base_url_default: its address, blank where each account has its own.
    :param base_url_hint: where the operator finds the address.
    :param opener: ``module:function`` that opens a connection.
    """

    name: str
    label: str
    letter: str
    secret_label: str
    account_label: str | None
    base_url_default: str
    base_url_hint: str
    opener: str

    @property
    def open(self) -> Opener:
        """The function that opens a connection; its module is imported now."""
        module, _, name = self.opener.partition(":")
        return getattr(import_module(module), name)


platforms: dict[str, PlatformInfo] = {
    info.name: info
    for info in (
        PlatformInfo(
            "highlevel",
            "HighLevel",
            "H",
            "Private integration token",
            "Location ID",
            "https://services.leadconnectorhq.com",
            "The same for every HighLevel account.",
            "desktop.connectors.highlevel.connector:open_highlevel",
        ),
        PlatformInfo(
            "activecampaign",
            "ActiveCampaign",
            "A",
            "API key",
            None,
            "",
            "In ActiveCampaign under Settings, Developer: https://youraccount.api-us1.com",
            "desktop.connectors.activecampaign.connector:open_activecampaign",
        ),
    )
}


async def open_connector(
    platform: str,
    settings: ConnectionSettings,
    secret: str,
    clock: Clock | None = None,
    pacers: Pacers | None = None,
) -> Connector:
    """Open a connection; nothing is sent yet.

    :param pacers: give the same to every call of a process, so that connections to one account share its quota.
    :raises NotSupported: for a platform that is not known.
    :raises InvalidInput: when the settings can't be used.
    :raises CredentialRefused: when the secret can't be a credential.
    """
    info = platforms.get(platform)
    if info is None:
        raise NotSupported(
            f"Crosswalk does not know the platform {platform}.", f"Choose one of: {', '.join(platforms)}."
        )
    clock = clock or SystemClock()
    return info.open(settings, Secret(secret.strip()), clock, pacers or Pacers(clock))
