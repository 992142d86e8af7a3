"""A connection's transport from its settings."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.connectors.base import ConnectionSettings
from desktop.connectors.clock import Clock
from desktop.connectors.credential import Credential
from desktop.connectors.dialect import Dialect
from desktop.connectors.options import OFF, ON
from desktop.connectors.pacing import Pacers
from desktop.connectors.redaction import Secret
from desktop.connectors.transport import Transport
from desktop.domain.errors import InvalidInput

TIMEOUT_SECONDS = 30


def number_option(settings: ConnectionSettings, name: str, default: int) -> int:
    """A whole number among a connection's options.

    :raises InvalidInput: when it is none.
    """
    text = settings.options.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal():
        raise InvalidInput(f"The option {name} of {settings.name} is not a whole number: {text}.")
    return int(text)


def switch_option(settings: ConnectionSettings, name: str, *, default: bool) -> bool:
    """A switch among a connection's options.

    :raises InvalidInput: when it is neither on nor off.
    """
    text = settings.options.get(name, "").strip().lower()
    if text not in ("", ON, OFF):
        raise InvalidInput(f"The option {name} of {settings.name} is either {ON} or {OFF}, not {text}.")
    return text == ON if text else default


def transport_for(
    settings: ConnectionSettings,
    credential: Secret | Credential | None,
    dialect: Dialect,
    clock: Clock,
    pacers: Pacers,
    concurrency: int,
    base_url: str = "",
    hidden: Sequence[Secret] = (),
) -> Transport:
    """The transport of a connection, in step with every other one to the same account.

    The option ``timeout_seconds`` says how long a silent request is waited for.

    :param base_url: the address that the platform makes of the settings' one, where it makes one.
    :param hidden: parts of the credential that must not be shown either.
    :raises InvalidInput: when the address can't be used.
    :raises CredentialRefused: when the secret can't be a credential.
    """
    address = base_url or settings.base_url
    pacer = pacers.of(address, settings.account, dialect.limit, dialect.interval_seconds)
    return Transport(
        settings.name,
        address,
        credential,
        dialect,
        pacer=pacer,
        clock=clock,
        share=settings.quota_share,
        background_share=settings.background_share,
        concurrency=concurrency,
        timeout=number_option(settings, "timeout_seconds", TIMEOUT_SECONDS),
        hidden=hidden,
    )
