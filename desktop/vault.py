"""Secrets in the operating system's keyring, or, where there is none, in memory for this session.

All calls block, and may wait for a person to unlock the keyring: make them in a thread. ``keyring`` is slow to import
and is imported when it is first needed.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

from desktop.domain.errors import KeyringMissing

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE = "Crosswalk"
_PART_LENGTH = 1280
_PARTS = "crosswalk-parts"
_NO_KEYRINGS = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")


class Vault(Protocol):
    """Keeps secrets by name."""

    @property
    def durable(self) -> bool:
        """Whether secrets outlive this session."""
        ...

    def get(self, name: str) -> str | None:
        """The secret, or ``None`` where there is none of that name.

        :raises KeyringMissing: when the keyring is locked or refuses.
        """
        ...

    def put(self, name: str, secret: str) -> None:
        """Keep a secret in place of an earlier one of that name.

        :raises KeyringMissing: when the keyring is locked or refuses.
        """
        ...

    def remove(self, name: str) -> None:
        """Forget a secret, if there is one of that name.

        :raises KeyringMissing: when the keyring is locked or refuses.
        """
        ...

    def explain(self) -> str:
        """Where secrets are kept, in a sentence."""
        ...


def open_vault() -> Vault:
    """The system's keyring, or memory where it has none that works."""
    import keyring
    from keyring.errors import KeyringLocked

    try:
        backend = _real(keyring.get_keyring())
    except Exception:  # noqa: BLE001 - backends raise what they like
        backend = None
    if backend is None:
        return SessionVault()
    try:
        works = _works(backend)
    except KeyringLocked:
        works = True
    except Exception:  # noqa: BLE001 - backends raise what they like
        works = False
    return KeyringVault(backend) if works else SessionVault()


class SessionVault:
    """Secrets in memory."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}

    @property
    def durable(self) -> bool:
        """Secrets are gone when the program ends."""
        return False

    def get(self, name: str) -> str | None:
        """The secret, or ``None`` where there is none of that name."""
        return self._secrets.get(name)

    def put(self, name: str, secret: str) -> None:
        """Keep a secret in place of an earlier one of that name."""
        self._secrets[name] = secret

    def remove(self, name: str) -> None:
        """Forget a secret, if there is one of that name."""
        self._secrets.pop(name, None)

    def explain(self) -> str:
        """Where secrets are kept, in a sentence."""
        return (
            "This system has no keyring that works, so credentials are kept in memory and are forgotten when "
            "Crosswalk closes."
        )


class KeyringVault:
    """Secrets in the operating system's keyring.

    Windows' Credential Manager takes 2,560 bytes a secret, in UTF-16
    (https://learn.microsoft.com/windows/win32/api/wincred/ns-wincred-credentialw): a longer one is kept in parts.
    The new parts are written before the entry that names them, and the old ones are removed last, so that breaking
    off anywhere leaves the old secret or the new one.
    """

    def __init__(self, backend: KeyringBackend) -> None:
        self._backend = backend

    @property
    def durable(self) -> bool:
        """Secrets outlive this session."""
        return True

    def get(self, name: str) -> str | None:
        """The secret, or ``None`` where there is none of that name."""
        entry = self._read(name)
        parts = _part_names(name, entry)
        if parts is None:
            return entry
        found = [self._read(part) for part in parts]
        return "".join(part for part in found if part is not None) if None not in found else None

    def put(self, name: str, secret: str) -> None:
        """Keep a secret in place of an earlier one of that name."""
        old = _part_names(name, self._read(name))
        entry = secret
        if _length(secret) > _PART_LENGTH or secret.startswith(_PARTS) or not secret:
            pieces = _split(secret)
            entry = f"{_PARTS}:{secrets.token_hex(4)}:{len(pieces)}"
            for part, piece in zip(_part_names(name, entry) or (), pieces, strict=True):
                self._write(part, piece)
        self._write(name, entry)
        for part in old or ():
            self._delete(part)

    def remove(self, name: str) -> None:
        """Forget a secret, if there is one of that name."""
        parts = _part_names(name, self._read(name))
        self._delete(name)
        for part in parts or ():
            self._delete(part)

    def explain(self) -> str:
        """Where secrets are kept, in a sentence."""
        return f"Credentials are kept in this system's keyring ({_title(self._backend)})."

    def _read(self, entry: str) -> str | None:
        try:
            return self._backend.get_password(SERVICE, entry)
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            raise _refused(error) from None

    def _write(self, entry: str, text: str) -> None:
        try:
            self._backend.set_password(SERVICE, entry, text)
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            raise _refused(error) from None

    def _delete(self, entry: str) -> None:
        if self._read(entry) is None:
            return
        try:
            self._backend.delete_password(SERVICE, entry)
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            raise _refused(error) from None


def _real(backend: KeyringBackend) -> KeyringBackend | None:
    """The backend, or the first of a chain; ``None`` for those that keep nothing, or keep it unencrypted."""
    from keyring.backends.chainer import ChainerBackend

    candidates = list(backend.backends) if isinstance(backend, ChainerBackend) else [backend]
    return next((item for item in candidates if not type(item).__module__.startswith(_NO_KEYRINGS)), None)


def _works(backend: KeyringBackend) -> bool:
    name, secret = f"probe/{secrets.token_hex(8)}", secrets.token_hex(8)
    backend.set_password(SERVICE, name, secret)
    try:
        return backend.get_password(SERVICE, name) == secret
    finally:
        backend.delete_password(SERVICE, name)


def _part_names(name: str, entry: str | None) -> list[str] | None:
    """The entries that hold a secret's parts, ``None`` when it is not kept in parts."""
    if entry is None or not entry.startswith(_PARTS):
        return None
    _mark, version, count = entry.split(":")
    return [f"{name}#{version}.{number}" for number in range(int(count))]


def _length(text: str) -> int:
    """Its length in UTF-16, which is what Windows counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _split(secret: str) -> list[str]:
    """Pieces of at most the allowed length; half of it in characters is safe whatever the characters are."""
    size = _PART_LENGTH if _length(secret) == len(secret) else _PART_LENGTH // 2
    return [secret[start : start + size] for start in range(0, len(secret), size)]


def _refused(error: Exception) -> KeyringMissing:
    """The operator's form. The backend's own words are left out: they could quote what was to be stored."""
    from keyring.errors import KeyringLocked

    if isinstance(error, KeyringLocked) or "lock" in type(error).__name__.lower():
        return KeyringMissing(
            "This system's keyring is locked.", "Unlock the keyring, then try again.", type(error).__name__
        )
    return KeyringMissing(
        "This system's keyring did not allow Crosswalk to use it.",
        "Allow Crosswalk in the keyring's own program, then try again.",
        type(error).__name__,
    )


def _title(backend: KeyringBackend) -> str:
    module = type(backend).__module__.rpartition(".")[2]
    return {
        "SecretService": "Secret Service",
        "libsecret": "Secret Service",
        "kwallet": "KWallet",
        "macOS": "Keychain",
        "Windows": "Credential Manager",
    }.get(module, module)
