"""Addresses that a connection may use: https anywhere, plain http to this computer only."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from desktop.domain.errors import InvalidInput

_EXAMPLE = "It starts with https://, as in https://services.example.com"


def checked_address(text: str) -> str:
    """The base address without a slash at its end.

    :raises InvalidInput: when it is no address that credentials may be sent to.
    """
    address = text.strip()
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        raise InvalidInput(f'"{address}" is not a web address.', hint=_EXAMPLE) from None
    if parts.scheme not in ("http", "https") or not host or any(sign.isspace() for sign in address):
        raise InvalidInput(f'"{address}" is not a web address.', hint=_EXAMPLE)
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("The address must not contain a name or password.", hint="Enter the token in its own field.")
    if parts.query or parts.fragment:
        raise InvalidInput("The address must end before any ? or #.", hint=_EXAMPLE)
    if parts.scheme == "http" and not _is_loopback_host(host):
        raise InvalidInput(
            f"The address of {host} starts with http://, so the token would travel unprotected.",
            hint="Use the address that starts with https://.",
        )
    return address.rstrip("/")


def proxy_for(address: str) -> str | None:
    """The proxy that the system's settings name for the address, ``None`` where there is none or it is bypassed.

    :raises InvalidInput: when it is of a kind that can't be used.
    """
    parts = urlsplit(address)
    host = parts.hostname or ""
    if _is_loopback_host(host) or proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return None
    scheme, mark, _rest = proxy.partition("://")
    if mark and scheme not in ("http", "https"):
        raise InvalidInput(
            f"This computer is set to reach {host} through a proxy of the kind {scheme}, which Crosswalk can't use.",
            hint="Name an http proxy in the computer's settings (https_proxy), or none, and start Crosswalk again.",
        )
    return proxy if mark else f"http://{proxy}"


def host_of(address: str) -> str:
    """The address's host, for sentences."""
    return urlsplit(address).hostname or address


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
