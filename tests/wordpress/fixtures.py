"""The fixture of the real WordPress: one site for all tests of a run, as new for each test."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.wordpress.site import WordPress


@pytest.fixture(scope="session")
def wordpress_site() -> Iterator[WordPress]:
    """A running site; skips where its programs are not installed. It takes some seconds to start."""
    if sys.platform != "linux":
        pytest.skip("the real WordPress for the tests is made of Debian's packages")
    from tests.wordpress import site

    absent = site.missing()
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)} (`python3 packaging/dev.py test` installs what is needed)")
    running = site.WordPress()
    yield running
    running.stop()


@pytest.fixture
def wordpress(wordpress_site: WordPress) -> WordPress:
    """The site as it was when it was new, with an administrator, an editor and a subscriber."""
    wordpress_site.reset()
    return wordpress_site
