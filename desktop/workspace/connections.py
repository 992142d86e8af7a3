"""Connecting accounts, testing them, and replacing or removing their credentials."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, cast

from desktop.connectors.base import ConnectionSettings, Identity
from desktop.connectors.registry import platforms
from desktop.domain.errors import CredentialRefused, CrosswalkError, InvalidInput, Problem
from desktop.domain.values import Json
from desktop.store import ConnectionRow
from desktop.workspace.context import Context
from desktop.workspace.topics import Topic
from desktop.workspace.views import ConnectionView, IdentityView, PermissionView, PlatformView, QuotaView


class Connections:
    """The accounts of a workspace."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store
        self._hub = context.hub

    async def platforms(self) -> list[PlatformView]:
        """The platforms that can be connected."""
        return [platform_view(name) for name in platforms]

    async def all(self) -> list[ConnectionView]:
        """Every connection, by name."""
        rows = await self._store.read(self._store.connections.all)
        return [await self._view(row) for row in sorted(rows, key=lambda row: row.name.casefold())]

    async def get(self, name: str) -> ConnectionView:
        """One connection."""
        return await self._view(await self._hub.row(name))

    async def try_out(self, platform: str, base_url: str, account: str, secret: str) -> IdentityView:
        """Whether a credential works, without keeping anything."""
        return _identity_view(await self._identify(platform, platform, base_url, account, secret))

    async def connect(self, platform: str, name: str, base_url: str, account: str, secret: str) -> ConnectionView:
        """Test a credential, then keep the connection, its secret in the keyring.

        :raises InvalidInput: with a problem for each entry that is missing or taken.
        """
        name = name.strip()
        await self._check(platform, name, base_url, account, secret)
        identity = await self._identify(platform, name, base_url, account, secret)
        options = {"currency": identity.currency} if identity.currency else {}
        now = self._context.now()
        row = ConnectionRow(
            0, name, platform, base_url.strip(), account.strip(), options, now, now, _as_json(identity), None
        )
        connection_id = await self._store.write(self._store.connections.add, row)
        try:
            await self._hub.keep_secret(connection_id, secret.strip())
        except CrosswalkError:
            await self._store.write(self._store.connections.remove, connection_id)
            raise
        self._context.news.tell(Topic.CONNECTIONS, Topic.OBJECTS)
        return await self.get(name)

    async def test(self, name: str) -> ConnectionView:
        """Ask the platform who the credential belongs to and what it may do, and remember the answer."""
        row = await self._hub.row(name)
        problem: Problem | None = None
        identity = row.identity
        try:
            connector = await self._hub.connector(name)
            identity = _as_json(await connector.identify())
        except CrosswalkError as error:
            problem = error.report()
        await self._remember(row, identity, problem)
        return await self.get(name)

    async def replace_secret(self, name: str, secret: str) -> ConnectionView:
        """Test a new credential, then put it in the old one's place. A bad one changes nothing."""
        row = await self._hub.row(name)
        if not secret.strip():
            label = platforms[row.platform].secret_label
            raise _invalid("secret", f"Paste the new {label}.")
        identity = await self._identify(row.platform, row.name, row.base_url, row.account, secret)
        await self._hub.keep_secret(row.id, secret.strip())
        await self._remember(row, _as_json(identity), None)
        return await self.get(name)

    async def rename(self, name: str, new_name: str) -> ConnectionView:
        """Give a connection another name; the syncs that use it follow."""
        row = await self._hub.row(name)
        new_name = new_name.strip()
        taken = await self._store.read(self._store.connections.by_name, new_name)
        if not new_name or (taken is not None and taken.id != row.id):
            raise _invalid("name", f"“{new_name}” is already taken." if new_name else "Give it a name.")

        def rename() -> None:
            self._store.connections.update(replace(row, name=new_name))
            self._store.syncs.rename_connection(row.name, new_name)

        await self._store.write(rename)
        await self._hub.drop(row.id)
        self._context.news.tell(Topic.CONNECTIONS, Topic.OBJECTS, Topic.SYNCS)
        return await self.get(new_name)

    async def removal(self, name: str) -> str:
        """What removing a connection loses, in a sentence."""
        row = await self._hub.row(name)
        return (
            f"The credentials of {row.name} are taken out of this system's keyring, and the local copy of its records "
            f"and any unsaved edits of them are deleted. Nothing changes in {platforms[row.platform].label}."
        )

    async def remove(self, name: str) -> None:
        """Remove a connection, its credentials and its mirror.

        :raises InvalidInput: when a sync uses it.
        """
        row = await self._hub.row(name)
        users = await self._store.read(self._store.syncs.using, row.name)
        if users:
            names = ", ".join(f"“{sync.name}”" for sync in users)
            raise InvalidInput(f"{row.name} is used by {names}.", hint="Delete these syncs first.")
        await self._hub.forget_secret(row.id)
        await self._store.write(self._store.connections.remove, row.id)
        self._context.news.tell(Topic.CONNECTIONS, Topic.OBJECTS)

    async def _check(self, platform: str, name: str, base_url: str, account: str, secret: str) -> None:
        info = platforms.get(platform)
        if info is None:
            raise InvalidInput(f"There is no platform “{platform}”.", hint=f"Choose one of {', '.join(platforms)}.")
        problems: list[Problem] = []
        if not name:
            problems.append(Problem("invalid_input", "Give the connection a name.", place="name"))
        elif await self._store.read(self._store.connections.by_name, name):
            problems.append(Problem("invalid_input", f"There is already a connection “{name}”.", place="name"))
        if not base_url.strip():
            problems.append(Problem("invalid_input", "Enter the address.", place="base_url"))
        if info.account_label and not account.strip():
            problems.append(Problem("invalid_input", f"Enter the {info.account_label}.", place="account"))
        if not secret.strip():
            problems.append(Problem("invalid_input", f"Paste the {info.secret_label}.", place="secret"))
        if problems:
            raise InvalidInput(problems[0].message, tuple(problems))

    async def _identify(self, platform: str, name: str, base_url: str, account: str, secret: str) -> Identity:
        settings = ConnectionSettings(name, base_url.strip(), account.strip())
        connector = await self._hub.open(platform, settings, secret.strip())
        try:
            return await connector.identify()
        except CredentialRefused as error:
            raise CredentialRefused(
                error.message, "Look whether it was copied whole, then try again.", error.details
            ) from None
        finally:
            await connector.aclose()

    async def _remember(self, row: ConnectionRow, identity: Json, problem: Problem | None) -> None:
        updated = replace(row, identity=identity, problem=problem, checked_at=self._context.now())
        await self._store.write(self._store.connections.update, updated)
        self._context.news.tell(Topic.CONNECTIONS)

    async def _view(self, row: ConnectionRow) -> ConnectionView:
        users = await self._store.read(self._store.syncs.using, row.name)
        secret = await self._hub.secret(row.id)
        return ConnectionView(
            row.name,
            platform_view(row.platform),
            row.base_url,
            row.account,
            _view_from_json(row.identity),
            row.checked_at,
            row.problem,
            secret is None,
            tuple(sync.name for sync in users),
        )


def platform_view(name: str) -> PlatformView:
    """A platform as faces show it."""
    info = platforms[name]
    return PlatformView(
        info.name,
        info.label,
        info.letter,
        info.secret_label,
        info.account_label,
        info.base_url_default,
        info.base_url_hint,
    )


def _identity_view(identity: Identity) -> IdentityView:
    permissions = tuple(PermissionView(item.name, item.granted, item.needed_for) for item in identity.permissions)
    quota = QuotaView(**asdict(identity.quota)) if identity.quota else None
    return IdentityView(identity.name, identity.detail, permissions, quota)


def _as_json(identity: Identity) -> Json:
    return cast("Json", asdict(_identity_view(identity)))


def _view_from_json(data: Json) -> IdentityView | None:
    if not isinstance(data, dict):
        return None
    document = cast("dict[str, Any]", data)
    permissions = tuple(PermissionView(**item) for item in document["permissions"])
    quota = QuotaView(**document["quota"]) if document["quota"] else None
    return IdentityView(document["name"], document["detail"], permissions, quota)


def _invalid(place: str, message: str) -> InvalidInput:
    return InvalidInput(message, (Problem("invalid_input", message, place=place),))
