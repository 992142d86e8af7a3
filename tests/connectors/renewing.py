"""Secrets in a file, and a process that opens a connection with them: ``python renewing.py '{"folder": ...}'``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from desktop.connectors.base import ConnectionSettings, Connector
from desktop.connectors.clock import SystemClock
from desktop.connectors.highlevel.grants import read_grant, write_grant
from desktop.connectors.registry import open_connector
from desktop.domain.errors import CrosswalkError, KeyringMissing
from desktop.vault import SessionVault
from desktop.workspace.secrets import ConnectionSecrets


class FileVault(SessionVault):
    """A keyring that is a file, and can be locked, or pull the plug when something is put into it."""

    def __init__(self, path: Path, *, dies: bool = False) -> None:
        super().__init__()
        self.path = path
        self.locked = False
        self.puts = 0
        self._dies = dies

    def get(self, name: str) -> str | None:
        return json.loads(self.path.read_text())[name] if self.path.exists() else None

    def put(self, name: str, secret: str) -> None:
        if self._dies:
            os._exit(7)
        if self.locked:
            raise KeyringMissing("This system's keyring is locked.", "Unlock the keyring, then try again.")
        self.puts += 1
        fresh = self.path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({name: secret}))
        fresh.replace(self.path)


def secrets_in(folder: Path, vault: FileVault) -> ConnectionSecrets:
    """The secret of the connection whose vault and lock lie in the folder."""

    async def renewed(_name: str) -> None: ...

    return ConnectionSecrets("Agency", vault, "entry", folder / "lock", renewed)


def lapsed(secret: str) -> str:
    """The same secret with tokens that have lapsed, as far as its own times tell."""
    grant = read_grant(secret)
    assert grant.access.expires_at is not None
    past = grant.access.expires_at - timedelta(days=2)
    document = json.loads(secret)
    for token in (document["access"], document["agency"]):
        if token is not None:
            token["expires_at"] = past.isoformat()
    return write_grant(read_grant(json.dumps(document)))


async def opened(folder: Path, vault: FileVault, base_url: str, account: str, clock: Any = None) -> Connector:
    """The connection whose secret lies in the folder."""
    secrets = secrets_in(folder, vault)
    settings = ConnectionSettings("Agency", base_url, account)
    return await open_connector(
        "highlevel", settings, await secrets.find() or "", clock or SystemClock(), None, secrets
    )


async def main(options: dict[str, Any]) -> None:
    folder = Path(options["folder"])
    vault = FileVault(folder / "vault", dies=options["dies"])
    connector = await opened(folder, vault, options["base_url"], options["account"])
    try:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        await asyncio.gather(*(connector.objects() for _ in range(3)))
        sys.stdout.write("worked\n")
    except CrosswalkError as error:
        sys.stdout.write(f"{error.code}: {error.hint}\n")
    finally:
        await connector.aclose()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
