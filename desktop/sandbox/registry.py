"""The platforms that the sandbox emulates: one line each."""

from __future__ import annotations

from collections.abc import Callable

from desktop.sandbox import accessally, activecampaign, activecollab, highlevel
from desktop.sandbox.kernel import Context, Platform

PLATFORMS: list[Callable[[Context], Platform]] = [
    highlevel.platform,
    activecampaign.platform,
    activecollab.platform,
    accessally.platform,
]
