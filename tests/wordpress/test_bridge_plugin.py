"""The bridge plugin in a real WordPress: what the emulated site has no counterpart for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.local_http import NO_CERTIFICATES
from tests.wordpress import site
from tests.wordpress.site import WordPress

BRIDGE = "/wp-json/crosswalk/v1"


@pytest.fixture
def api(wordpress: WordPress) -> httpx.Client:
    return httpx.Client(
        verify=NO_CERTIFICATES,
        base_url=wordpress.base_url,
        auth=httpx.BasicAuth(*wordpress.auth("administrator")),
        timeout=20,
    )


def member(api: httpx.Client, name: str) -> int:
    body = {"username": name, "email": f"{name}@example.com", "password": "S3cret-enough!"}
    return api.post("/wp-json/wp/v2/users", json=body).json()["id"]


def test_a_product_that_fails_is_an_error_that_can_be_read(wordpress: WordPress, api: httpx.Client) -> None:
    jane = member(api, "jane")
    wordpress.switch(broken=True)
    answer = api.post(f"{BRIDGE}/members/{jane}/tags", json={"tags": [1]})
    assert (answer.status_code, answer.json()) == (
        502,
        {
            "code": "crosswalk_accessally_failed",
            "message": "AccessAlly failed: the platform did not answer",
            "data": {"status": 502},
        },
    )
    assert api.get(f"{BRIDGE}/members/{jane}/tags").json()["tags"] == []


def test_what_another_plugin_writes_and_what_accessally_syncs_is_noticed(
    wordpress: WordPress, api: httpx.Client
) -> None:
    jane = member(api, "jane")
    actions = {
        "a key of nobody's": ("update_user_meta", ["%d", "some_other_key", "x"], False),
        "a registered key": ("update_user_meta", ["%d", "crm_object_id", "rec-1"], True),
        "a profile key": ("update_user_meta", ["%d", "last_name", "Doe"], True),
        "AccessAlly's notice": ("do_action", ["accessally_update_user", "%d", "c1"], True),
    }
    for what, (function, arguments, expected) in actions.items():
        wordpress.sql("UPDATE wp_crosswalk_changes SET changed_at = 1600000000")
        wordpress.run_function(function, *[jane if part == "%d" else part for part in arguments])
        changes = api.get(f"{BRIDGE}/changes", params={"since": 1_600_000_001}).json()["changes"]
        assert [item["id"] for item in changes] == ([jane] if expected else []), what


def test_deleting_the_plugin_leaves_nothing_of_it_and_it_starts_anew(wordpress: WordPress, api: httpx.Client) -> None:
    jane = member(api, "jane")
    target = {"url": "https://crosswalk.example.com/", "secret": "a secret of some length"}
    assert api.put(f"{BRIDGE}/webhooks", json=target).status_code == 200
    assert wordpress.uninstall_bridge() == {"options": [], "tables": []}
    assert api.get(f"{BRIDGE}/fields").json() == {"fields": []}
    changes = api.get(f"{BRIDGE}/changes").json()["changes"]
    assert jane in [item["id"] for item in changes]
    assert api.get(f"{BRIDGE}/webhooks").json() == {"url": None, "has_secret": False}


def test_nothing_is_said_by_php_while_the_site_runs(wordpress: WordPress, api: httpx.Client) -> None:
    member(api, "jane")
    log = (wordpress.folder / "php.log").read_text()
    assert not re.search(r"PHP (Warning|Notice|Deprecated|Fatal|Parse)", log), log


def test_versions_are_the_same_everywhere() -> None:
    plugin = (site.BRIDGE / "crosswalk-bridge.php").read_text()
    version = re.search(r"^ \* Version:\s+(\S+)$", plugin, re.MULTILINE)
    assert version is not None
    assert f"define( 'CROSSWALK_BRIDGE_VERSION', '{version[1]}' );" in plugin
    assert f"Stable tag: {version[1]}\n" in (site.BRIDGE / "readme.txt").read_text()


@pytest.mark.skipif(site.program("php") is None, reason="PHP is not installed")
@pytest.mark.parametrize("file", sorted(site.BRIDGE.rglob("*.php")), ids=lambda file: file.name)
def test_every_file_is_php_and_cannot_be_opened_by_itself(file: Path) -> None:
    assert subprocess.run(["php", "-l", file], capture_output=True, check=False).returncode == 0
    alone = subprocess.run(["php", file], capture_output=True, text=True, check=False)
    assert (alone.returncode, alone.stdout) == (0, "")
