"""The sandbox's own workings: the ready line, statistics, the clock, limits, persistence and a fresh start."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest

from desktop.sandbox.server import SandboxServer
from tests.local_http import NO_CERTIFICATES
from tests.sandbox.client import ORDERS, Control, HighLevelClient
from tests.sandbox.conftest import StartSandbox

Own = tuple[HighLevelClient, Control]


def test_ready_line_names_the_platforms_and_the_control_address(sandbox: SandboxServer) -> None:
    ready = sandbox.ready
    assert ready["ready"] is True
    assert ready["control_url"] == f"{sandbox.origin}/control"
    assert {"highlevel", "activecampaign", "activecollab"} <= set(ready["platforms"])
    assert set(ready["platforms"]["highlevel"]) == {"base_url", "token", "account"}
    assert ready["platforms"]["highlevel"]["base_url"] == f"{sandbox.origin}/highlevel"
    assert ready["platforms"]["highlevel"]["token"].startswith("pit-")


def test_the_command_prints_one_line_answers_and_ends_on_a_signal(tmp_path: Path) -> None:
    code = f"from desktop.sandbox.server import serve; serve(0, 3, 1, 'off', {str(tmp_path)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        platform = ready["platforms"]["highlevel"]
        headers = {"Authorization": f"Bearer {platform['token']}", "Version": "2021-07-28"}
        url = f"{platform['base_url']}/locations/{platform['account']}"
        assert httpx.get(url, headers=headers, verify=NO_CERTIFICATES).status_code == 200
    finally:
        process.terminate()
        rest, _ = process.communicate(timeout=10)
    assert (process.returncode, rest) == (0, "")


def test_stats_count_requests_by_route_writes_and_statuses(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    made = highlevel.order(order_number="S-1")
    highlevel.call("GET", f"{ORDERS}/{made['id']}")
    highlevel.call("GET", f"{ORDERS}/{made['id']}/")
    highlevel.search()
    highlevel.call("POST", ORDERS, {"locationId": highlevel.location, "properties": {}}, status=400)
    highlevel.call("POST", "/nowhere", status=404)
    stats = control.stats()
    assert (stats["requests"], stats["writes"]) == (6, 1)
    assert stats["by_route"] == {
        "GET /objects/{schemaKey}/records/{id}": 2,
        "POST (unknown)": 1,
        "POST /objects/{schemaKey}/records": 2,
        "POST /objects/{schemaKey}/records/search": 1,
    }
    assert stats["by_status"] == {"200": 2, "201": 2, "400": 1, "404": 1}
    control.delete("stats")
    assert control.stats()["requests"] == 0


def test_the_largest_concurrency_is_seen(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.configure(latency_seconds=0.2)
    together = threading.Barrier(5)

    def read(_number: int) -> int:
        together.wait()
        return highlevel.http.get("/objects/", params=highlevel.at).status_code

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(read, range(5))) == [200] * 5
    assert control.stats()["max_concurrency"] == 5


def test_the_clock_moves_forward_only_and_stamps_what_is_written(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    before = highlevel.order(order_number="C-1")["dateAdded"]
    control.advance(86_400)
    after = highlevel.order(order_number="C-2")["dateAdded"]
    assert (int(after[8:10]), after[:8]) != (int(before[8:10]), before[:8])
    assert control.get("clock")["offset_seconds"] == 86_400
    stated = parsedate_to_datetime(highlevel.http.get("/objects/", params=highlevel.at).headers["Date"])
    assert abs((stated - datetime.fromisoformat(after)).total_seconds()) < 10
    assert "advance_seconds" in control.refused("clock", advance_seconds=-1)


def test_a_platforms_clock_can_be_off(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    right = control.get("clock")["now"]
    control.configure(clock_skew_seconds=-7200)
    made = datetime.fromisoformat(highlevel.order(order_number="early")["dateAdded"]).timestamp()
    assert right - 7201 < made < right - 7190
    assert control.get("clock")["now"] - right < 10
    control.post("reset")
    assert datetime.fromisoformat(highlevel.order(order_number="now")["dateAdded"]).timestamp() > right - 1


def test_bad_orders_to_the_control_address_are_refused(own_highlevel: Own) -> None:
    _, control = own_highlevel
    assert "kind must be one of" in control.refused("faults", platform="highlevel", kind="boom")
    assert "platform must be one of" in control.refused("faults", platform="nobody", kind="500")
    assert "probability" in control.refused("faults", platform="highlevel", kind="500", probability=2)
    assert "unknown: lasting" in control.refused("faults", platform="highlevel", kind="500", lasting=1)
    assert "regular expression" in control.refused("faults", platform="highlevel", kind="500", path="(")
    assert "unknown: colour" in control.refused("settings", platform="highlevel", colour="red")
    assert "which platform" in control.refused("settings", index_delay_seconds=1)
    assert "limits must be" in control.refused("settings", limits="some")
    assert "scopes must be" in control.refused("tokens", platform="highlevel", scopes=["everything"])


def test_limits_refuse_the_request_after_the_allowance(start_sandbox: StartSandbox) -> None:
    server = start_sandbox(limits="real")
    control = Control(server)
    with HighLevelClient(server) as highlevel:
        answers = [highlevel.http.get("/objects/", params=highlevel.at) for _ in range(101)]
        assert [answer.status_code for answer in answers] == [200] * 100 + [429]
        first, last, refused = answers[0], answers[99], answers[100]
        assert first.headers["X-RateLimit-Max"] == "100"
        assert first.headers["X-RateLimit-Remaining"] == "99"
        assert first.headers["X-RateLimit-Interval-Milliseconds"] == "10000"
        assert first.headers["X-RateLimit-Limit-Daily"] == "200000"
        assert first.headers["X-RateLimit-Daily-Remaining"] == "199999"
        assert last.headers["X-RateLimit-Remaining"] == refused.headers["X-RateLimit-Remaining"] == "0"
        body = refused.json()
        assert (body["statusCode"], body["message"]) == (429, "Too Many Requests")
        assert "Retry-After" not in refused.headers
        control.advance(10)
        assert highlevel.http.get("/objects/", params=highlevel.at).status_code == 200
    stats = control.stats()
    assert stats["rejected_429"] == stats["429"] == 1


def test_limits_are_counted_per_token(start_sandbox: StartSandbox) -> None:
    server = start_sandbox(limits="real")
    control = Control(server)
    control.configure(burst_limit=2, retry_after=True)
    other = control.post("tokens", platform="highlevel")["token"]
    with HighLevelClient(server) as one, HighLevelClient(server, token=other) as two:
        for _ in range(2):
            one.call("GET", "/objects/", **one.at)
        refused = one.http.get("/objects/", params=one.at)
        assert refused.status_code == 429
        assert 1 <= int(refused.headers["Retry-After"]) <= 10
        two.call("GET", "/objects/", **two.at)


def test_the_day_has_its_own_limit(start_sandbox: StartSandbox) -> None:
    server = start_sandbox(limits="real")
    control = Control(server)
    control.configure(daily_limit=2)
    with HighLevelClient(server) as highlevel:
        for _ in range(2):
            highlevel.call("GET", "/objects/", **highlevel.at)
            control.advance(11)
        assert highlevel.http.get("/objects/", params=highlevel.at).status_code == 429
        control.advance(86_400)
        highlevel.call("GET", "/objects/", **highlevel.at)


def test_without_limits_the_headers_tell_of_plenty(highlevel: HighLevelClient) -> None:
    answers = [highlevel.http.get("/objects/", params=highlevel.at) for _ in range(3)]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["100"] * 3


def test_state_survives_a_restart_and_is_not_seeded_again(tmp_path: Path) -> None:
    options = {"records": 5, "seed": 3, "state_dir": tmp_path}
    with SandboxServer(**options) as server, HighLevelClient(server) as highlevel:
        control = Control(server)
        made = highlevel.order(order_number="kept")
        gone = highlevel.ids()[-1]
        highlevel.call("DELETE", f"{ORDERS}/{gone}")
        token = control.post("tokens", platform="highlevel", scopes=["objects/record.readonly"])["token"]
        control.configure(index_delay_seconds=60)
        lagging = highlevel.order(order_number="lagging")
        control.advance(30)
        first_token, first_ids = highlevel.token, highlevel.ids()
    with SandboxServer(**options) as server, HighLevelClient(server) as highlevel:
        control = Control(server)
        assert highlevel.token == first_token
        assert highlevel.ids() == first_ids
        assert made["id"] in first_ids
        assert gone not in first_ids
        assert lagging["id"] not in first_ids
        assert control.get("clock")["offset_seconds"] == 30
        control.advance(31)
        assert lagging["id"] in highlevel.ids()
        with HighLevelClient(server, token=token) as limited:
            limited.search()
            limited.call("GET", "/objects/", status=401, **limited.at)


def test_reset_brings_back_the_first_state(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    before = highlevel.ids()
    highlevel.order(order_number="extra")
    highlevel.call("DELETE", f"{ORDERS}/{before[0]}")
    control.configure(index_delay_seconds=60)
    control.advance(500)
    control.fault("500", next=5)
    control.post("reset")
    assert sorted(highlevel.ids()) == sorted(before)
    assert control.stats()["requests"] == 1
    made = highlevel.order(order_number="again")
    assert made["id"] in highlevel.ids()


@pytest.mark.parametrize("records", [0, 1])
def test_the_smallest_sandboxes_work(start_sandbox: StartSandbox, records: int) -> None:
    server = start_sandbox(records=records)
    with HighLevelClient(server) as highlevel:
        assert highlevel.search()["total"] == records
        assert highlevel.contacts()["total"] == records


def test_the_same_seed_gives_the_same_people(start_sandbox: StartSandbox) -> None:
    emails: list[list[str]] = []
    for seed in (5, 5, 6):
        with HighLevelClient(start_sandbox(seed=seed)) as highlevel:
            emails.append([item["email"] for item in highlevel.contacts()["contacts"]])
    assert emails[0] == emails[1]
    assert emails[0] != emails[2]


def test_a_frozen_clock_moves_only_when_it_is_told_to(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    control.post("clock", frozen=True)
    times = [highlevel.order(order_number=f"Z-{number}")["dateAdded"] for number in range(3)]
    assert len(set(times)) == 1
    control.advance(0.5)
    later = highlevel.order(order_number="Z-4")["dateAdded"]
    assert later > times[0]
    assert control.post("clock", frozen=False)["frozen"] is False
    assert highlevel.order(order_number="Z-5")["dateAdded"] >= later
