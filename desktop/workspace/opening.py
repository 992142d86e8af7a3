"""Opening a workspace: its folder, its encrypted database, and the key to it in the keyring."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import platformdirs

from desktop.domain.errors import KeyringMissing, StorageFailure
from desktop.store import Store
from desktop.vault import SessionVault, Vault, open_vault

_MARKER = "workspace.json"
_DATABASE = "workspace.db"


@dataclass(frozen=True, slots=True)
class Opened:
    """An open workspace's parts.

    :param notice: a sentence for the operator when what is kept here lasts for this session only.
    :param passing: whether the folder is removed when the workspace is closed.
    """

    path: Path
    id: str
    store: Store
    vault: Vault
    notice: str | None = None
    passing: bool = False


def default_path() -> Path:
    """Where the workspace lies unless told otherwise: ``CROSSWALK_WORKSPACE``, or the user's data folder."""
    chosen = os.environ.get("CROSSWALK_WORKSPACE")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("Crosswalk", appauthor=False)) / "workspace"


def open_parts(path: Path, vault: Vault | None = None) -> Opened:
    """Open the workspace in a folder, or make one there.

    Without a keyring the key of the database could not be kept, so everything is kept for this session only, in a
    folder of its own; what lies at ``path`` is left as it is.

    :raises StorageFailure: when the folder or the database can't be read or written.
    :raises KeyringMissing: when the database is there but its key is not in the keyring.
    """
    vault = vault or open_vault()
    if isinstance(vault, SessionVault) and not vault.durable:
        session = Path(tempfile.mkdtemp(prefix="crosswalk-session-"))
        workspace_id = uuid4().hex
        store = Store.open(session / _DATABASE, secrets.token_hex(32))
        return Opened(session, workspace_id, store, vault, vault.explain(), passing=True)
    return _open_durable(path, vault)


def open_temporary(path: Path) -> Opened:
    """A throw-away workspace whose secrets live in memory."""
    store = Store.open(path / _DATABASE, secrets.token_hex(32))
    return Opened(path, uuid4().hex, store, _PassingVault())


class _PassingVault(SessionVault):
    """Holds the secrets of a workspace that is thrown away."""

    def explain(self) -> str:
        """How secrets are kept."""
        return "This workspace is thrown away when it is closed, so its credentials are kept in memory only."


def _open_durable(path: Path, vault: Vault) -> Opened:
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        workspace_id = _identify(path / _MARKER)
    except OSError as error:
        raise StorageFailure(
            f"The workspace folder {path} can't be written.",
            "Choose a folder of your own, or look whether the disk is full.",
            str(error),
        ) from None
    database = path / _DATABASE
    entry = f"{workspace_id}/database"
    key = vault.get(entry)
    if key is None:
        if database.exists() and database.stat().st_size:
            raise KeyringMissing(
                "This workspace is encrypted, and its key is not in this system's keyring.",
                "Open it as the user who made it, or choose another folder with --workspace.",
                str(database),
            )
        key = secrets.token_hex(32)
        vault.put(entry, key)
    return Opened(path, workspace_id, Store.open(database, key), vault)


def _identify(marker: Path) -> str:
    try:
        document = json.loads(marker.read_text("utf-8"))
        return str(document["id"])
    except FileNotFoundError:
        pass
    except (ValueError, KeyError, TypeError):
        raise StorageFailure(
            f"{marker} is damaged, so the workspace can't be opened.",
            "Restore this file from a backup, or choose another folder with --workspace.",
        ) from None
    workspace_id = uuid4().hex
    fresh = marker.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps({"crosswalk": 1, "id": workspace_id}), "utf-8")
    try:
        os.link(fresh, marker)
    except FileExistsError:
        return _identify(marker)
    except OSError:
        fresh.replace(marker)
        return workspace_id
    finally:
        fresh.unlink(missing_ok=True)
    return workspace_id
