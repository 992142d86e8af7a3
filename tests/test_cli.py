"""The commands as a server or a supporter uses them, with a real keyring."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.sandbox.server import SandboxServer
from desktop.vault import open_vault
from tests.domain.test_sync_file import ORDERS

ROOT = Path(__file__).parents[1]

needs_keyring = pytest.mark.skipif(not open_vault().durable, reason="this system has no keyring")

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(records=20, seed=5, limits="off") as started:
        yield started


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command on a workspace of the test's own."""

    def run(*arguments: str, said: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "desktop", "--workspace", str(tmp_path / "ws"), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return subprocess.run(command, input=said, capture_output=True, text=True, env=environment, check=False)

    return run


@pytest.fixture
def connected(run: Run, server: SandboxServer) -> Run:
    platforms = server.ready["platforms"]
    for platform, name in (("highlevel", "Agency"), ("activecampaign", "Shop")):
        ready = platforms[platform]
        options = ["--base-url", ready["base_url"], "--account", ready.get("account", ""), "--token-stdin"]
        done = run("connect", platform, "--name", name, *options, said=ready["token"])
        assert done.returncode == 0, done.stderr
    return run


def document(done: subprocess.CompletedProcess[str]) -> Any:
    assert len(done.stdout.splitlines()) == 1, done.stdout
    return json.loads(done.stdout)


@needs_keyring
def test_the_whole_job_by_commands(connected: Run, server: SandboxServer, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text(json.dumps({**ORDERS, "fields": ORDERS["fields"][:3]}))
    assert {item["name"] for item in document(connected("connections", "--json"))} == {"Agency", "Shop"}
    assert "custom_objects.orders" in {item["key"] for item in document(connected("objects", "Agency", "--json"))}
    assert "order-total" in {item["key"] for item in document(connected("fields", "Shop", "orders", "--json"))}
    drafts = document(connected("records", "Agency", "custom_objects.orders", "--where", "status is draft", "--json"))
    assert {item["values"]["status"] for item in drafts} == {"draft"}
    assert connected("sync", "add", str(file)).returncode == 0
    preview = document(connected("sync", "preview", ORDERS["name"], "--json"))
    assert (preview["status"], len(preview["changes"])) == ("preview", 20 - len(drafts))
    first = document(connected("sync", "run", ORDERS["name"], "--json"))
    assert (first["status"], first["right"]["created"]) == ("completed", 20 - len(drafts))
    second = document(connected("sync", "run", ORDERS["name"], "--json"))
    assert (second["right"]["created"], second["right"]["updated"]) == (0, 0)
    assert [item["status"] for item in document(connected("runs", "--json"))] == ["completed", "completed"]
    assert json.loads(connected("sync", "export", ORDERS["name"]).stdout)["match"] == ORDERS["match"]
    _no_secret_on_disk(tmp_path, server)


@needs_keyring
def test_a_sync_both_ways_is_run_and_undone_by_commands(connected: Run, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    fields = [ORDERS["fields"][0], {"left": "note", "right": "order-instructions", "transform": [{"use": "trim"}]}]
    both = {"name": "Both", "direction": "two_way", "delete": "propagate", "schedule": {"every": "15m"}}
    file.write_text(json.dumps({**ORDERS, **both, "fields": fields, "filter": []}))
    assert connected("sync", "add", str(file)).returncode == 0
    first = document(connected("sync", "run", "Both", "--json"))
    assert first["status"] == "completed"
    (listed,) = document(connected("sync", "list", "--json"))
    assert (listed["direction"], listed["conflicts"]) == ("two_way", 0)
    assert listed["next_run"]
    again = document(connected("sync", "run", "Both", "--json"))
    assert [again[side][name] for side in ("left", "right") for name in ("created", "updated", "deleted")] == [0] * 6
    assert "wrote nothing" in connected("sync", "undo", "Both", "--run", again["run_id"]).stderr
    undone = document(connected("sync", "undo", "Both", "--run", first["run_id"], "--json"))
    assert undone["right"]["deleted"] == first["right"]["created"] + first["referenced_created"]
    assert connected("worker", "--once").returncode == 0


@needs_keyring
@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM")
def test_a_worker_ends_cleanly_when_it_is_told_to(run: Run, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "desktop", "--workspace", str(tmp_path / "ws"), "worker", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as worker:
        assert worker.stderr is not None
        assert "Serving schedules" in worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        _printed, said = worker.communicate(timeout=20)
        assert worker.returncode == 0
        assert "Traceback" not in said


def _no_secret_on_disk(folder: Path, server: SandboxServer) -> None:
    secrets = [server.ready["platforms"][name]["token"].encode() for name in ("highlevel", "activecampaign")]
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert any(file.name == "workspace.db" for file in files)
    for file in files:
        content = file.read_bytes()
        assert not any(secret in content for secret in secrets), f"{file} holds a secret"
        assert b"order_number" not in content or file.suffix != ".db", "the database is not encrypted"


@needs_keyring
def test_a_wrong_credential_is_refused_in_plain_words_and_nothing_is_kept(run: Run, server: SandboxServer) -> None:
    ready = server.ready["platforms"]["activecampaign"]
    done = run(
        "connect", "activecampaign", "--name", "Shop", "--base-url", ready["base_url"], "--token-stdin", said="wrong"
    )
    assert done.returncode == 1
    assert "Shop" in done.stderr
    assert "Traceback" not in done.stderr
    assert document(run("connections", "--json")) == []


@needs_keyring
def test_a_file_that_is_no_sync_is_refused_with_the_reason(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "orders.csv"
    table.write_text("id,name\n1,Ada\n")
    done = run("sync", "add", str(table))
    assert (done.returncode, done.stdout) == (1, "")
    assert "not a sync file" in done.stderr


@pytest.mark.parametrize("arguments", [["nonsense"], ["sync"], ["records", "Agency"], ["demo", "--records", "many"]])
def test_wrong_usage_ends_with_2(run: Run, arguments: list[str]) -> None:
    assert run(*arguments).returncode == 2


def test_the_demo_reports_both_syncs_and_then_no_writes() -> None:
    command = [sys.executable, "-m", "desktop", "demo", "--headless", "--json", "--records", "20"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    report = document(done)
    assert [item["status"] for item in report["syncs"] + report["again"]] == ["completed"] * 4
    assert [item["left"]["read"] for item in report["syncs"]] == [20, 20]
    assert all(item["right"]["created"] + item["right"]["updated"] == 0 for item in report["again"])


def test_without_a_keyring_a_command_says_so_and_keeps_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "desktop", "--workspace", str(tmp_path / "ws"), "connections", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert document(done)["error"]["code"] == "keyring_missing"
    assert not (tmp_path / "ws").exists()
