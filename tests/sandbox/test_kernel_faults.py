"""Every kind of fault, before and after the effect."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.sandbox.client import ORDERS, Control, HighLevelClient

Own = tuple[HighLevelClient, Control]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503])
@pytest.mark.parametrize("when", ["before", "after"])
def test_error_answers(own_highlevel: Own, status: int, when: str) -> None:
    highlevel, control = own_highlevel
    control.fault(str(status), next=1, when=when, path="/records$")
    body = {"locationId": highlevel.location, "properties": {"order_number": "F-1"}}
    assert highlevel.search()["total"] == 12
    refused = highlevel.call("POST", ORDERS, body, status=status)
    assert refused["statusCode"] == status
    assert refused["traceId"]
    happened = 1 if when == "after" else 0
    assert highlevel.search()["total"] == 12 + happened
    highlevel.call("POST", ORDERS, body, status=201)
    stats = control.stats()
    assert stats["writes"] == 1 + happened
    assert stats["faults"] == {str(status): 1}
    assert stats["rejected_429"] == (1 if status == 429 else 0)


@pytest.mark.parametrize("when", ["before", "after"])
def test_reset_breaks_the_connection_without_an_answer(own_highlevel: Own, when: str) -> None:
    highlevel, control = own_highlevel
    control.fault("reset", next=1, when=when)
    with pytest.raises(httpx.ReadError):
        highlevel.order(order_number="F-2")
    assert highlevel.search()["total"] == (13 if when == "after" else 12)


def test_truncate_sends_half_of_the_promised_body(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.fault("truncate", next=1)
    with highlevel.http.stream("GET", "/objects/", params=highlevel.at) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            answer.read()
    assert answer.num_bytes_downloaded == int(answer.headers["content-length"]) // 2
    highlevel.call("GET", "/objects/", **highlevel.at)


@pytest.mark.parametrize("when", ["before", "after"])
def test_timeout_holds_the_answer_until_the_client_gives_up(own_highlevel: Own, when: str) -> None:
    highlevel, control = own_highlevel
    control.fault("timeout", next=1, when=when)
    body = {"locationId": highlevel.location, "properties": {"order_number": "F-3"}}
    with pytest.raises(httpx.ReadTimeout):
        highlevel.http.post(ORDERS, json=body, timeout=0.2)
    assert highlevel.search()["total"] == (13 if when == "after" else 12)


def test_timeout_is_bounded(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.fault("timeout", next=1, seconds=0.05)
    highlevel.call("GET", "/objects/", status=504, **highlevel.at)


@pytest.mark.parametrize("when", ["before", "after"])
def test_slow_answers_come_late_and_right(own_highlevel: Own, when: str) -> None:
    highlevel, control = own_highlevel
    control.fault("slow", next=1, seconds=0.3, when=when)
    started = time.monotonic()
    highlevel.call("GET", "/objects/", **highlevel.at)
    assert time.monotonic() - started >= 0.3


def test_probability_is_repeatable_and_limited_to_the_path(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    runs: list[list[int]] = []
    for _ in range(2):
        control.fault("500", probability=0.5, path="^/objects/$")
        runs.append([highlevel.http.get("/objects/", params=highlevel.at).status_code for _ in range(40)])
        assert highlevel.search()["total"] == 12
        control.delete("faults")
    assert runs[0] == runs[1]
    assert 8 <= runs[0].count(500) <= 32
    highlevel.call("GET", "/objects/", **highlevel.at)


def test_rules_are_listed_used_up_and_cleared(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.fault("500", next=2)
    control.fault("503", next=1, path="/nowhere")
    highlevel.call("GET", "/objects/", status=500, **highlevel.at)
    rules = control.get("faults")["faults"]
    assert [(rule["kind"], rule["next"], rule["path"]) for rule in rules] == [
        ("500", 1, None),
        ("503", 1, "/nowhere"),
    ]
    highlevel.call("GET", "/objects/", status=500, **highlevel.at)
    highlevel.call("GET", "/objects/", **highlevel.at)
    control.delete("faults")
    assert control.get("faults") == {"faults": []}


def test_empty_drops_the_body_of_a_real_answer(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.fault("empty", next=1)
    body = {"locationId": highlevel.location, "properties": {"order_number": "F-4"}}
    answer = highlevel.http.post(ORDERS, json=body)
    assert (answer.status_code, answer.content) == (201, b"")
    assert highlevel.search()["total"] == 13


def test_an_injected_refusal_may_say_when_to_come_back(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    for seconds in (None, 7):
        control.fault("429", next=1, retry_after=seconds)
        answer = highlevel.http.get("/objects/", params=highlevel.at)
        assert answer.status_code == 429
        assert answer.headers.get("Retry-After") == (None if seconds is None else "7")


def test_one_platforms_faults_leave_the_other_alone(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.fault("500", platform="activecampaign", probability=1)
    highlevel.call("GET", "/objects/", **highlevel.at)
