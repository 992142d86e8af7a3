"""Connecting accounts, testing them, and replacing or removing their credentials."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, cast

import anyio
import anyio.to_thread

from desktop.connectors.base import ConnectionSettings, Identity
from desktop.connectors.options import checked
from desktop.connectors.registry import platforms
from desktop.connectors.signing_in import SignedIn
from desktop.domain.errors import CredentialRefused, CrosswalkError, InvalidInput, NotFound, Problem
from desktop.domain.values import Json
from desktop.store import ConnectionRow
from desktop.workspace.connection_views import (
    ConnectionView,
    IdentityView,
    PermissionView,
    PlatformView,
    QuotaView,
    SignInView,
)
from desktop.workspace.context import Context
from desktop.workspace.files import write_whole
from desktop.workspace.platform_parts import companion_view, option_view
from desktop.workspace.reception import Reception
from desktop.workspace.signing_in import SignIns
from desktop.workspace.topics import Topic


class Connections:
    """The accounts of a workspace."""

    def __init__(self, context: Context, reception: Reception) -> None:
        self._context = context
        self._reception = reception
        self._store = context.store
        self._hub = context.hub
        self._sign_ins = SignIns()

    async def aclose(self) -> None:
        """End the sign-ins that are under way."""
        await self._sign_ins.aclose()

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
        with _pasted():
            return _identity_view(await self._identify(platform, platform, base_url, account, secret))

    async def connect(self, platform: str, name: str, base_url: str, account: str, secret: str) -> ConnectionView:
        """Test a credential, then keep the connection, its secret in the keyring.

        :raises InvalidInput: with a problem for each entry that is missing or taken.
        """
        name = name.strip()
        await self._check(platform, name, base_url, (account, secret))
        with _pasted():
            return await self._connect(platform, name, base_url, account, secret)

    async def sign_in(self, platform: str, name: str, base_url: str) -> SignInView:
        """Begin to connect an account by signing in; go on with :meth:`go_on_signing_in`.

        :raises InvalidInput: with a problem for each entry that is missing or taken.
        :raises NotSupported: where a credential can only be pasted.
        """
        await self._check(platform, name.strip(), base_url)

        async def connect(signed_in: SignedIn, name: str) -> ConnectionView:
            await self._check(platform, name, signed_in.base_url)
            return await self._connect(platform, name, signed_in.base_url, signed_in.account, signed_in.secret)

        return await self._sign_ins.start(platform, base_url, name.strip(), connect)

    async def sign_in_again(self, name: str) -> SignInView:
        """Begin to replace a connection's credentials by signing in; go on with :meth:`go_on_signing_in`."""
        row = await self._hub.row(name)

        async def replace_secret(signed_in: SignedIn, _name: str) -> ConnectionView:
            _check_same(row, signed_in)
            return await self._replace(row, signed_in.secret)

        return await self._sign_ins.start(row.platform, row.base_url, row.name, replace_secret)

    async def go_on_signing_in(self, sign_in: str, answers: Mapping[str, str], name: str = "") -> SignInView:
        """Answer the step of a sign-in, or with its page open in the browser wait for what comes of it.

        The last step is the connection, tested and kept. What goes wrong can be answered again, also with another
        name where that is what was wrong.

        :raises InvalidInput: with a problem for each answer, or the name, that is missing or wrong.
        """
        return await self._sign_ins.go_on(sign_in, answers, name)

    async def end_sign_in(self, sign_in: str) -> None:
        """Give a sign-in up; one that has ended already is no error."""
        await self._sign_ins.end(sign_in)

    async def _connect(self, platform: str, name: str, base_url: str, account: str, secret: str) -> ConnectionView:
        identity = await self._identify(platform, name, base_url, account, secret)
        options = {"currency": identity.currency} if identity.currency else {}
        now = self._context.now()
        row = ConnectionRow(
            0, name, platform, base_url.strip(), account.strip(), options, now, now, _as_json(identity), None
        )
        connection_id = await self._store.write(self._store.connections.add, row)
        try:
            await self._hub.keep_secret(replace(row, id=connection_id), secret.strip())
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
        with _pasted():
            return await self._replace(row, secret)

    async def _replace(self, row: ConnectionRow, secret: str) -> ConnectionView:
        identity = await self._identify(row.platform, row.name, row.base_url, row.account, secret, row.options)
        await self._hub.keep_secret(row, secret.strip())
        await self._remember(row, _as_json(identity), None)
        return await self.get(row.name)

    async def set_options(self, name: str, options: Mapping[str, str]) -> ConnectionView:
        """Set what can be set of a connection; it is opened anew with that. What is missing holds its default.

        :raises InvalidInput: with a problem for each option that can't be so; nothing was changed.
        """
        row = await self._hub.row(name)
        infos = platforms[row.platform].options
        kept, problems = checked(infos, options)
        if problems:
            raise InvalidInput(problems[0].message, tuple(problems), hint="Nothing was changed.")
        names = {info.name for info in infos}
        others = {key: value for key, value in row.options.items() if key not in names}
        changed = replace(row, options={**others, **kept})
        anew = any(info.in_records and kept.get(info.name) != row.options.get(info.name) for info in infos)

        def keep() -> None:
            self._store.connections.update(changed)
            self._store.schemas.outdate(row.id)
            if anew:
                self._store.mirror.read_anew(row.id)

        await self._store.write(keep)
        await self._hub.drop(row.id)
        self._context.news.tell(Topic.CONNECTIONS, Topic.OBJECTS)
        return await self.get(name)

    async def save_companion(self, platform: str, path: Path) -> None:
        """Write what is to be installed on a platform's side into a file; one that is there is replaced.

        :raises NotFound: when there is nothing to install, or this copy of Crosswalk came without it.
        :raises StorageFailure: when the file can't be written; what was there before is still there.
        """
        companion = platforms[platform].brought_along
        if companion is None:
            raise NotFound(f"Nothing is to be installed for {platforms[platform].label}.")
        archive = companion.archive
        await anyio.to_thread.run_sync(lambda: write_whole(path, archive()))

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
            self._hub.ages.renamed(row.name, new_name)

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
        await self._reception.leave(row)
        await self._hub.forget_secret(row)

        def remove() -> None:
            self._store.connections.remove(row.id)
            self._hub.ages.forgotten(row.name)

        await self._store.write(remove)
        self._context.news.tell(Topic.CONNECTIONS, Topic.OBJECTS)

    async def _check(self, platform: str, name: str, base_url: str, pasted: tuple[str, str] | None = None) -> None:
        """Look at what was entered.

        :param pasted: the account and the secret, where they do not come from a sign-in.
        """
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
        if pasted is not None and info.account_label and not pasted[0].strip():
            problems.append(Problem("invalid_input", f"Enter the {info.account_label}.", place="account"))
        if pasted is not None and not pasted[1].strip():
            problems.append(Problem("invalid_input", f"Paste the {info.secret_label}.", place="secret"))
        if problems:
            raise InvalidInput(problems[0].message, tuple(problems))

    async def _identify(
        self,
        platform: str,
        name: str,
        base_url: str,
        account: str,
        secret: str,
        options: Mapping[str, str] | None = None,
    ) -> Identity:
        settings = ConnectionSettings(name, base_url.strip(), account.strip(), options=options or {})
        connector = await self._hub.open(platform, settings, secret.strip())
        try:
            return await connector.identify()
        finally:
            await connector.aclose()

    async def _remember(self, row: ConnectionRow, identity: Json, problem: Problem | None) -> None:
        updated = replace(row, identity=identity, problem=problem, checked_at=self._context.now())
        await self._store.write(self._store.connections.update, updated)
        self._context.news.tell(Topic.CONNECTIONS)

    async def _view(self, row: ConnectionRow) -> ConnectionView:
        users = await self._store.read(self._store.syncs.using, row.name)
        since = await self._hub.ages.since(row.name)
        return ConnectionView(
            row.name,
            platform_view(row.platform),
            row.base_url,
            row.account,
            _view_from_json(row.identity),
            row.checked_at,
            row.problem,
            not await self._hub.has_secret(row),
            tuple(sync.name for sync in users),
            since or row.created_at,
            {info.name: row.options.get(info.name) or info.default for info in platforms[row.platform].options},
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
        bool(info.signer),
        info.sign_in_first,
        tuple(option_view(option) for option in info.options),
        companion_view(info.brought_along),
        info.webhooks.objects if info.webhooks else (),
    )


@contextmanager
def _pasted() -> Generator[None]:
    """A refusal of what was pasted says what to look at."""
    try:
        yield
    except CredentialRefused as error:
        raise CredentialRefused(
            error.message, "Look whether it was copied whole, then try again.", error.details
        ) from None


def _check_same(row: ConnectionRow, signed_in: SignedIn) -> None:
    """A connection stays with its account: what is linked and mirrored belongs to that one.

    :raises InvalidInput: when the sign-in led to another.
    """
    addresses = {text.strip().rstrip("/").lower() for text in (row.base_url, signed_in.base_url)}
    if signed_in.account != row.account or len(addresses) > 1:
        there = signed_in.account or signed_in.base_url
        raise InvalidInput(
            f"You signed in to another account ({there}) than the one of {row.name} ({row.account or row.base_url}).",
            hint="Sign in again and choose the same one, or connect the other as a connection of its own.",
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
