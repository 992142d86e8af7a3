"""Secrets in the real Secret Service, which the test starts for itself, and in memory where there is none."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import keyring
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordSetError

from desktop.domain.errors import KeyringMissing
from desktop.vault import SERVICE, KeyringVault, SessionVault, Vault, open_vault


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A message bus of the test's own with an unlocked keyring on it."""
    if not (shutil.which("dbus-daemon") and shutil.which("gnome-keyring-daemon")):
        pytest.skip("dbus-daemon or gnome-keyring-daemon is not installed")
    home: Path = tmp_path_factory.mktemp("keyring")
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
    }
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:path={runtime}/bus"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    environment["DBUS_SESSION_BUS_ADDRESS"] = address
    keyring_daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert keyring_daemon.stdin is not None
    assert keyring_daemon.stdout is not None
    keyring_daemon.stdin.write(secrets.token_hex(8))
    keyring_daemon.stdin.close()
    wait_until_owned("org.freedesktop.secrets", environment)
    yield address
    for process in (keyring_daemon, daemon):
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


def wait_until_owned(name: str, environment: Mapping[str, str]) -> None:
    """Wait for a service. Who calls it earlier makes the bus start another one, whose keyring is locked."""
    ask = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]
    ask += ["org.freedesktop.DBus.GetNameOwner", f"string:{name}"]
    deadline = time.monotonic() + 20
    while subprocess.run(ask, env=environment, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, f"{name} did not start"
        threading.Event().wait(0.05)


@pytest.fixture
def system(bus: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The private keyring as the system's."""
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus)
    with chosen(None):
        yield


@contextmanager
def chosen(backend: KeyringBackend | None) -> Iterator[None]:
    """A backend, or the best that there is, as the one that is used."""
    if backend is None:
        keyring.core.init_backend()
    else:
        keyring.set_keyring(backend)
    yield
    keyring.core._keyring_backend = None


@pytest.fixture
def vault(system: None) -> Vault:
    return open_vault()


def test_the_systems_keyring_is_used(vault: Vault) -> None:
    assert isinstance(vault, KeyringVault)
    assert vault.durable
    assert "Secret Service" in vault.explain()


def test_a_secret_is_kept_replaced_and_removed(vault: Vault) -> None:
    assert vault.get("token") is None
    vault.put("token", "first")
    vault.put("other", "x")
    vault.put("token", "second")
    assert open_vault().get("token") == "second"
    vault.remove("token")
    vault.remove("token")
    assert (vault.get("token"), vault.get("other")) == (None, "x")
    vault.remove("other")


def stored_lengths(*names: str) -> list[int]:
    """How long each entry is that the keyring holds for these names and their parts."""
    import secretstorage

    with secretstorage.dbus_init() as connection:
        items = list(secretstorage.search_items(connection, {"service": SERVICE}))
        found = [item for item in items if item.get_attributes()["username"].split("#")[0] in names]
        return [len(item.get_secret()) for item in found]


@pytest.mark.parametrize("length", [1280, 1281, 3000])
def test_a_long_secret_is_kept_in_parts_that_every_keyring_takes(vault: Vault, length: int) -> None:
    secret = secrets.token_hex(length)[:length]
    vault.put("long", secret)
    assert vault.get("long") == secret
    lengths = stored_lengths("long")
    assert max(lengths) <= 1280
    assert len(lengths) == (1 if length <= 1280 else -(-length // 1280) + 1)
    vault.put("long", secret[::-1])
    assert vault.get("long") == secret[::-1]
    vault.put("long", "short")
    assert (vault.get("long"), stored_lengths("long")) == ("short", [5])
    vault.put("long", secret)
    vault.remove("long")
    assert (vault.get("long"), stored_lengths("long")) == (None, [])


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.text("😀é", min_size=1281, max_size=1400),
    name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=9),
)
def test_any_text_is_given_back(vault: Vault, secret: str, name: str) -> None:
    vault.put(name, secret)
    assert vault.get(name) == secret
    vault.remove(name)
    assert vault.get(name) is None


@pytest.mark.parametrize("secret", ["", "crosswalk-parts:00000000:3", "crosswalk-parts", "a\nb\tc"])
def test_secrets_that_look_like_something_else_are_given_back(vault: Vault, secret: str) -> None:
    vault.put("odd", secret)
    assert vault.get("odd") == secret
    vault.remove("odd")


def test_no_secret_is_in_a_repr(vault: Vault) -> None:
    session = SessionVault()
    for one in (vault, session):
        one.put("shown", "s3cret-value")
        assert "s3cret-value" not in repr(one)
        one.remove("shown")


class Refusing(KeyringBackend):
    """A keyring that refuses everything with one error."""

    priority = 1  # type: ignore[assignment]

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error

    def delete_password(self, service: str, username: str) -> None:
        raise self.error


@pytest.mark.parametrize("backend", [fail.Keyring(), null.Keyring(), Refusing(PasswordSetError("no"))])
def test_without_a_keyring_that_works_secrets_are_kept_in_memory(backend: KeyringBackend) -> None:
    with chosen(backend):
        vault = open_vault()
        assert isinstance(vault, SessionVault)
        assert not vault.durable
        assert "memory" in vault.explain()
        vault.put("token", "x" * 5000)
        assert vault.get("token") == "x" * 5000
        assert open_vault().get("token") is None
        vault.remove("token")
        vault.remove("token")
        assert vault.get("token") is None


def test_a_locked_keyring_is_no_reason_to_keep_secrets_elsewhere() -> None:
    with chosen(Refusing(KeyringLocked("locked"))):
        vault = open_vault()
    assert vault.durable
    for call in (lambda: vault.get("a"), lambda: vault.put("a", "b"), lambda: vault.remove("a")):
        with pytest.raises(KeyringMissing, match="locked") as caught:
            call()
        assert caught.value.hint


def test_a_refusal_does_not_quote_the_secret() -> None:
    vault = KeyringVault(Refusing(PasswordSetError("could not store s3cret-value")))
    with pytest.raises(KeyringMissing, match="did not allow") as caught:
        vault.put("a", "s3cret-value")
    assert not re.search("s3cret", repr(caught.value.report()))
    assert caught.value.__cause__ is None


def test_the_module_does_not_import_keyring() -> None:
    program = "import sys, desktop.vault; print('keyring' in sys.modules)"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
