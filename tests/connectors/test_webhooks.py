"""What is believed of a platform's messages: proved ones, young ones, and what they name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from desktop.connectors.registry import platforms
from desktop.connectors.webhooks import Delivery, Forged, Happened, Receipt, WebhookInfo

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECRET = "a secret that was agreed on"
LOCATION = "loc1"
REFERENCE = Path(os.environ.get("CROSSWALK_REFERENCE", Path(__file__).parents[3] / "shared" / "reference"))

KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
RECEIPT = Receipt(SECRET, LOCATION, NOW, {"webhook_key": PUBLIC})


def info(platform: str) -> WebhookInfo:
    found = platforms[platform].webhooks
    assert found is not None
    return found


def read(platform: str, delivery: Delivery, receipt: Receipt = RECEIPT) -> list[tuple[str, str]]:
    """The objects and record ids that a message names."""
    return [(item.object, item.record_id) for item in info(platform).read(delivery, receipt)]


def highlevel(at: datetime = NOW, key: Ed25519PrivateKey = KEY, **said: Any) -> Delivery:
    message = {"locationId": LOCATION, "timestamp": at.isoformat(), "webhookId": "w1", **said}
    body = json.dumps(message).encode()
    return Delivery({"x-ghl-signature": base64.b64encode(key.sign(body)).decode()}, body)


def activecollab(at: datetime = NOW, secret: str = SECRET, **payload: Any) -> Delivery:
    said = {"instance_id": 1, "type": "TaskUpdated", "timestamp": int(at.timestamp()), "payload": payload}
    return Delivery({"x-angie-webhooksecret": secret}, json.dumps(said).encode())


def accessally(at: datetime = NOW, secret: str = SECRET, **said: Any) -> Delivery:
    body = json.dumps({"event": "user.updated", "user_id": 7, **said}).encode()
    sent = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), sent.encode() + b"." + body, hashlib.sha256).hexdigest()
    return Delivery({"x-crosswalk-timestamp": sent, "x-crosswalk-signature": f"sha256={signature}"}, body)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({"type": "ContactUpdate", "id": "c1"}, [("contact", "c1")]),
        ({"type": "ContactTagUpdate", "id": "c1"}, [("contact", "c1")]),
        ({"type": "OpportunityStatusUpdate", "id": "o1"}, [("opportunity", "o1")]),
        ({"type": "TaskComplete", "id": "t1"}, [("task", "t1")]),
        ({"type": "RecordUpdate", "id": "r1"}, [("custom_objects.*", "r1")]),
        ({"id": "r1", "properties": []}, [("custom_objects.*", "r1")]),
        (
            {
                "firstObjectKey": "contact",
                "firstRecordId": "c1",
                "secondObjectKey": "custom_objects.orders",
                "secondRecordId": "r1",
            },
            [("contact", "c1"), ("custom_objects.orders", "r1")],
        ),
        ({"type": "INSTALL"}, []),
        ({"type": "InboundMessage", "id": "m1"}, []),
    ],
)
def test_what_highlevel_tells(said: dict[str, Any], named: list[tuple[str, str]]) -> None:
    assert read("highlevel", highlevel(**said)) == named


def test_highlevels_own_key_can_be_read() -> None:
    with pytest.raises(Forged, match="signature"):
        info("highlevel").read(highlevel(type="ContactUpdate", id="c1"), Receipt(SECRET, LOCATION, NOW))


def test_a_custom_objects_record_may_be_of_any_custom_object() -> None:
    told = Happened("k", "custom_objects.*", "r1")
    assert told.concerns("custom_objects.orders")
    assert not told.concerns("contact")
    assert not Happened("k", "contact", "r1").concerns("contacts")


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        ({"class": "Task", "id": 5}, [("tasks", "5")]),
        ({"class": "Client", "id": 5}, [("users", "5")]),
        ({"class": "SubtaskCreatedActivityLog", "id": 9, "parent_type": "Task", "parent_id": 5}, [("tasks", "5")]),
        ({"class": "Discussion", "id": 5}, []),
    ],
)
def test_what_activecollab_tells(payload: dict[str, Any], named: list[tuple[str, str]]) -> None:
    assert read("activecollab", activecollab(**payload)) == named


def test_what_activecampaign_tells() -> None:
    form = b"type=account_contact_add&list=0&contact%5Bid%5D=32&contact%5Bemail%5D=a%40b.example&account%5Bid%5D=4"
    assert read("activecampaign", Delivery({}, form)) == [("accounts", "4"), ("contacts", "32")]
    assert read("activecampaign", Delivery({}, b"type=open&contact%5Bid%5D=0")) == []


def test_what_the_bridge_tells() -> None:
    assert read("accessally", accessally()) == [("members", "7")]
    one, two = (info("accessally").read(accessally(id=name), RECEIPT)[0].key for name in ("first", "second"))
    assert one != two


SIGNED: Sequence[tuple[str, Callable[..., Delivery]]] = (
    ("highlevel", lambda at=NOW: highlevel(at, type="ContactUpdate", id="c1")),
    ("activecollab", lambda at=NOW: activecollab(at, **{"class": "Task", "id": 5})),
    ("accessally", accessally),
)


@pytest.mark.parametrize(("platform", "message"), SIGNED)
@pytest.mark.parametrize("late", [timedelta(minutes=6), timedelta(minutes=-6), timedelta(days=400)])
def test_what_was_sent_long_ago_is_turned_away(
    platform: str, message: Callable[..., Delivery], late: timedelta
) -> None:
    assert read(platform, message(NOW + timedelta(minutes=4)))
    with pytest.raises(Forged):
        read(platform, message(NOW - late))


@pytest.mark.parametrize(
    ("platform", "delivery"),
    [
        ("highlevel", highlevel(key=Ed25519PrivateKey.generate(), type="ContactUpdate", id="c1")),
        ("highlevel", Delivery({"x-ghl-signature": "N/A"}, b"{}")),
        ("highlevel", Delivery({}, b"{}")),
        ("highlevel", highlevel(type="ContactUpdate", id="c1", locationId="another")),
        ("highlevel", highlevel(type="ContactUpdate", id="c1", timestamp="yesterday")),
        ("highlevel", highlevel(type="ContactUpdate", id="c1", timestamp=None)),
        ("activecollab", activecollab(secret="wrong", id=5)),
        ("activecollab", Delivery({}, b"{}")),
        ("activecollab", Delivery({"x-angie-webhooksecret": SECRET}, b"[]")),
        ("activecollab", Delivery({"x-angie-webhooksecret": SECRET}, b"{}")),
        ("accessally", accessally(secret="wrong")),
        ("accessally", Delivery({}, b"{}")),
        ("activecampaign", Delivery({}, b"\xff\xfe")),
        ("activecampaign", Delivery({}, b"contact%5Bid%5D=3")),
    ],
)
def test_what_is_not_the_platforms_is_turned_away(platform: str, delivery: Delivery) -> None:
    with pytest.raises(Forged):
        read(platform, delivery)


@pytest.mark.parametrize("platform", ["activecollab", "accessally"])
def test_without_a_secret_nothing_is_believed(platform: str) -> None:
    message = activecollab(secret="", id=5) if platform == "activecollab" else accessally(secret="")
    with pytest.raises(Forged):
        read(platform, message, Receipt("", "", NOW))


@given(st.binary(max_size=200), st.sampled_from([name for name, item in platforms.items() if item.webhooks]))
def test_whatever_arrives_is_believed_or_turned_away(body: bytes, platform: str) -> None:
    headers = {"x-angie-webhooksecret": SECRET, "x-crosswalk-timestamp": "9" * 30, "x-ghl-signature": "AAAA"}
    try:
        found = read(platform, Delivery(headers, body))
    except Forged:
        return
    assert all(record_id for _object, record_id in found)


@pytest.mark.skipif(not (REFERENCE / "fixtures").is_dir(), reason="the vendor's recordings are not here")
def test_recorded_messages_are_read() -> None:
    fixtures = REFERENCE / "fixtures"
    form = json.loads((fixtures / "activecampaign.webhook.json").read_text("utf-8"))["delivery"]["raw"]
    assert read("activecampaign", Delivery({}, form.encode())) == [("contacts", "32")]
    recorded = json.loads((fixtures / "activecollab.webhook.json").read_text("utf-8"))
    named: list[tuple[str, str]] = []
    for item in recorded.values():
        body, sent = json.dumps(item["body"]).encode(), datetime.fromtimestamp(item["body"]["timestamp"], UTC)
        headers = {name.lower(): value for name, value in item["headers"].items()}
        named += read("activecollab", Delivery(headers, body), Receipt("shared-secret", "", sent))
    assert {name for name, _id in named} == {"tasks", "comments"}
