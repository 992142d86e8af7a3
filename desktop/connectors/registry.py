"""The platforms that Crosswalk speaks to: one line each; a platform's code is imported when it is first used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from desktop.connectors.base import ConnectionSettings, Connector, SecretStore
from desktop.connectors.clock import Clock, SystemClock
from desktop.connectors.companion import Companion
from desktop.connectors.options import SHARES, OptionInfo
from desktop.connectors.pacing import Pacers
from desktop.connectors.redaction import Secret
from desktop.connectors.signing_in import SignIn
from desktop.connectors.webhooks import WebhookInfo
from desktop.domain.errors import NotSupported

Opener = Callable[[ConnectionSettings, Secret, Clock, Pacers, SecretStore | None], Connector]
SignInOpener = Callable[[str, Clock], SignIn]
"""Starts a sign-in at an address (blank where the platform has one of its own)."""


@dataclass(frozen=True, slots=True)
class PlatformInfo:
    """What is known of a platform before it is connected.

    :param letter: stands for it where there is no room for its name.
    :param secret_label: what the platform calls its credential.
    :param account_label: what it calls the account's id, ``None`` where the credential alone is enough.
    :param base_url_default: its address, blank where each account has its own.
    :param base_url_hint: where the operator finds the address.
    :param opener: ``module:function`` that opens a connection.
    :param signer: ``module:function`` that starts a sign-in, blank where the credential can only be pasted.
    :param sign_in_first: whether signing in is simpler for people than getting a credential to paste.
    :param option_list: ``module:name`` of what can be set of a connection, blank where there is nothing.
    :param companion: ``module:function`` that returns what is to be installed on the platform's side, blank where
        that is nothing.
    :param webhook_info: ``module:name`` of what is known of the platform's messages.
    """

    name: str
    label: str
    letter: str
    secret_label: str
    account_label: str | None
    base_url_default: str
    base_url_hint: str
    opener: str
    signer: str = ""
    sign_in_first: bool = False
    option_list: str = ""
    companion: str = ""
    webhook_info: str = ""

    @property
    def open(self) -> Opener:
        """The function that opens a connection; its module is imported now."""
        return _imported(self.opener)

    @property
    def sign_in(self) -> SignInOpener | None:
        """The function that starts a sign-in, ``None`` where there is none; its module is imported now."""
        return _imported(self.signer) if self.signer else None

    @property
    def options(self) -> tuple[OptionInfo, ...]:
        """What can be set of a connection; its module is imported now."""
        own: tuple[OptionInfo, ...] = _imported(self.option_list) if self.option_list else ()
        return (*own, *SHARES)

    @property
    def webhooks(self) -> WebhookInfo | None:
        """What is known of its messages, ``None`` where it sends none; its module is imported now."""
        return _imported(self.webhook_info) if self.webhook_info else None

    @property
    def brought_along(self) -> Companion | None:
        """What is to be installed on the platform's side, ``None`` where that is nothing."""
        return _imported(self.companion)() if self.companion else None


def _imported(path: str) -> Any:
    module, _, name = path.partition(":")
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
            "desktop.connectors.highlevel.signing_in:start_sign_in",
            option_list="desktop.connectors.highlevel.options:OPTIONS",
            webhook_info="desktop.connectors.highlevel.webhooks:WEBHOOKS",
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
            option_list="desktop.connectors.activecampaign.options:OPTIONS",
            webhook_info="desktop.connectors.activecampaign.webhooks:WEBHOOKS",
        ),
        PlatformInfo(
            "activecollab",
            "ActiveCollab",
            "C",
            "API token",
            None,
            "https://app.activecollab.com",
            "In the cloud https://app.activecollab.com and the account's number; else your own server's address.",
            "desktop.connectors.activecollab.connector:open_activecollab",
            "desktop.connectors.activecollab.signing_in:start_sign_in",
            sign_in_first=True,
            option_list="desktop.connectors.activecollab.options:OPTIONS",
            webhook_info="desktop.connectors.activecollab.webhooks:WEBHOOKS",
        ),
        PlatformInfo(
            "accessally",
            "AccessAlly",
            "W",
            "Application password, as user:password",
            None,
            "",
            "The WordPress site's address, such as https://members.example.com",
            "desktop.connectors.accessally.connector:open_accessally",
            "desktop.connectors.accessally.signing_in:start_sign_in",
            sign_in_first=True,
            option_list="desktop.connectors.accessally.options:OPTIONS",
            companion="desktop.connectors.accessally.plugin:companion",
            webhook_info="desktop.connectors.accessally.webhooks:WEBHOOKS",
        ),
    )
}


async def open_connector(
    platform: str,
    settings: ConnectionSettings,
    secret: str,
    clock: Clock | None = None,
    pacers: Pacers | None = None,
    secrets: SecretStore | None = None,
) -> Connector:
    """Open a connection; nothing is sent yet.

    :param pacers: give the same to every call of a process, so that connections to one account share its quota.
    :param secrets: where a renewed secret is kept; without it a credential that lapses has to be replaced.
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
    return info.open(settings, Secret(secret.strip()), clock, pacers or Pacers(clock), secrets)
