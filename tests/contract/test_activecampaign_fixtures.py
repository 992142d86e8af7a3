"""The sandbox answers the vendor's recorded requests with the recorded status and shape.

The recordings are request and response pairs per subject. They lie beside the repository, or where the
environment variable ``CROSSWALK_REFERENCE`` says; without them these tests are skipped.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.activecampaign_account import Account, open_account

REFERENCE = Path(os.environ.get("CROSSWALK_REFERENCE", Path(__file__).parents[3] / "shared" / "reference"))
FIXTURES = REFERENCE / "fixtures"
pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason="the vendor's recordings are not here")

SCHEMA = "a1b2c3d4-0000-4000-8000-000000000001"
RECORD = "b1b2c3d4-0000-4000-8000-000000000101"
BATCH = "c1b2c3d4-0000-4000-8000-000000000201"


class Recordings:
    """Replays recordings of one subject; `ids` maps the recorded ids to those of the sandbox."""

    def __init__(self, account: Account, subject: str) -> None:
        self.account = account
        self.ids: dict[str, str] = {}
        self._pairs = json.loads((FIXTURES / f"activecampaign.{subject}.json").read_text(encoding="utf-8"))

    def expected(self, name: str) -> Any:
        """The recorded body, with the sandbox's ids."""
        return self._ours(self._pairs[name]["response"]["body"])

    def replay(self, name: str, query: dict[str, str] | None = None, token: str | None = None) -> Any:
        """Send a recorded request; the body of the answer, once status and shape have been compared."""
        request, response = self._pairs[name]["request"], self._pairs[name]["response"]
        path = self._ours(request["path"]).removeprefix("/api/3")
        client = self.account.api if token is None else self.account.client(token)
        parameters = {**request.get("query", {}), **(query or {})}
        body = self._ours(request.get("body"))
        answer = client.request(request["method"], path, params=self._ours(parameters), json=body)
        if client is not self.account.api:
            client.close()
        assert answer.status_code == response["status"], (name, answer.text)
        for header, value in response.get("headers", {}).items():
            assert answer.headers[header] == value
        if response["body"] is None:
            assert answer.content == b""
            return None
        assert_shape(answer.json(), response["body"], name)
        return answer.json()

    def same(self, name: str, **options: Any) -> None:
        """The answer equals the recorded one in every value."""
        assert self.replay(name, **options) == self.expected(name)

    def _ours(self, value: Any) -> Any:
        text = json.dumps(value)
        for theirs, ours in self.ids.items():
            text = text.replace(theirs, ours)
        return json.loads(text)


def assert_shape(actual: Any, expected: Any, place: str) -> None:
    """Everything recorded is there and of the same kind; more may be there, and what was null may be text."""
    if isinstance(expected, dict):
        assert isinstance(actual, dict), place
        for key, value in expected.items():
            assert key in actual, f"{place}.{key}"
            assert_shape(actual[key], value, f"{place}.{key}")
    elif isinstance(expected, list):
        assert isinstance(actual, list), place
        assert bool(actual) or not expected, f"{place} is empty"
        for entry, example in zip(actual, expected, strict=False):
            assert_shape(entry, example, f"{place}[]")
    elif expected is None:
        assert actual is None or isinstance(actual, str), place
    else:
        numbers = isinstance(expected, int | float) and not isinstance(expected, bool)
        assert isinstance(actual, int | float if numbers else type(expected)), f"{place}: {actual!r}"


@pytest.fixture
def account() -> Iterator[Account]:
    with open_account(records=10) as opened:
        yield opened


def jane(account: Account) -> str:
    return account.contact("jane@example.com", firstName="Jane", lastName="Doe")


def test_contacts(account: Account) -> None:
    recordings = Recordings(account, "contacts")
    contact = recordings.replay("sync_created")["contact"]
    assert "fieldValues" not in recordings.replay("sync_updated")
    recordings.same("sync_no_email")
    recordings.same("sync_bad_email")
    recordings.same("create_duplicate")
    recordings.same("get_unknown")
    listed = recordings.replay("list_updated_after", {"filters[updated_after]": contact["udate"]})
    assert [entry["email"] for entry in listed["contacts"]] == ["jane@example.com"]
    recordings.ids["contacts/32"] = f"contacts/{contact['id']}"
    recordings.same("delete")
    recordings.same("bad_token", token="wrong")


def test_the_rate_limit() -> None:
    with open_account(records=10, limits="real") as account:
        for _ in range(5):
            account.get("/users/me")
        Recordings(account, "contacts").replay("rate_limited")


def test_fields(account: Account) -> None:
    recordings = Recordings(account, "fields")
    recordings.replay("list")
    recordings.ids['"contact": 32'] = f'"contact": {jane(account)}'
    value = recordings.replay("set_multi_value")["fieldValue"]
    assert (value["field"], value["value"]) == ("4", "||Gold||Silver||")
    recordings.same("perstag_rejected")


def with_schema(account: Account, subject: str) -> Recordings:
    """Recordings after the recorded schema has taken the place of the sandbox's own."""
    for slug in ("orders", "subscriptions"):
        account.delete(f"/customObjects/schemas/{account.schema_id(slug)}")
    made = Recordings(account, "schemas").replay("create")["schema"]
    recordings = Recordings(account, subject)
    recordings.ids[SCHEMA] = made["id"]
    return recordings


def test_schemas(account: Account) -> None:
    recordings = with_schema(account, "schemas")
    recordings.same("create_slug_conflict")
    recordings.same("create_field_without_labels")
    recordings.replay("list")
    schema = recordings.replay("get")["schema"]
    assert [field["id"] for field in schema["fields"]] == [
        field["id"] for field in recordings.expected("get")["schema"]["fields"]
    ]
    recordings.same("get_unknown")
    deleted = recordings.replay("delete_field")["schema"]["fields"]
    recorded = recordings.expected("delete_field")["schema"]["fields"]
    assert [(field["id"], field.get("status")) for field in deleted] == [
        (field["id"], field.get("status")) for field in recorded
    ]
    recordings.replay("delete")


def test_records(account: Account) -> None:
    recordings = with_schema(account, "records")
    recordings.same("create")
    recordings.same("unknown_option")
    record = recordings.replay("list")["records"][0]
    recordings.ids[RECORD] = record["id"]
    times = {key: record[key] for key in ("createdTimestamp", "updatedTimestamp")}
    for name in ("get_by_id", "get_by_external_id"):
        expected = recordings.expected(name)["record"] | times
        assert recordings.replay(name) == {"record": expected}
    recordings.same("update_same_external_id")
    recordings.same("bad_request")
    recordings.replay("put_not_allowed")
    recordings.replay("delete_by_id")
    recordings.same("create")
    recordings.replay("delete_by_external_id")
    assert account.read(f"/customObjects/records/{recordings.ids[SCHEMA]}")["meta"]["total"] == 0


def test_bulk_import(account: Account) -> None:
    recordings = Recordings(account, "bulk_import")
    queued = recordings.replay("queued")
    recordings.same("invalid")
    account.advance(10)
    recordings.ids[BATCH] = queued["batchId"]
    assert recordings.replay("status")["status"] == "completed"


def test_the_limit_of_bulk_imports() -> None:
    with open_account(records=10, limits="real") as account:
        recordings = Recordings(account, "bulk_import")
        body = {"contacts": [{"email": "a@example.com"}]}
        answers: list[httpx.Response] = []
        for _ in range(20):
            answers.append(account.post("/import/bulk_import", body))
            account.advance(1)
        assert {answer.status_code for answer in answers} == {200}
        recordings.replay("rate_limited")


def test_webhooks(account: Account) -> None:
    recordings = Recordings(account, "webhook")
    webhook = recordings.replay("register")["webhook"]
    recorded = recordings.expected("register")["webhook"]
    assert webhook | {"cdate": recorded["cdate"]} == recorded
