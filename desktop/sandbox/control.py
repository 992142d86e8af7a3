"""The control address: statistics, faults, the clock, settings, tokens and a fresh start, for tests and
demonstrations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from desktop.sandbox import inputs

if TYPE_CHECKING:
    from desktop.sandbox.gateway import Gateway
    from desktop.sandbox.world import World

PREFIX = "/control"
_SHARED = ("platform", "limits", "latency_seconds", "clock_skew_seconds")


def control_app(world: World) -> Starlette:
    """The application under ``/control``. Bad requests are answered 400 with ``{"error": ...}``."""
    control = _Control(world)
    return Starlette(
        routes=[
            Route("/stats", _json(control.stats), methods=["GET"]),
            Route("/stats", _json(control.clear_stats), methods=["DELETE"]),
            Route("/faults", _json(control.faults), methods=["GET"]),
            Route("/faults", _json(control.add_fault), methods=["POST"]),
            Route("/faults", _json(control.clear_faults), methods=["DELETE"]),
            Route("/clock", _json(control.clock), methods=["GET"]),
            Route("/clock", _json(control.advance), methods=["POST"]),
            Route("/settings", _json(control.settings), methods=["POST"]),
            Route("/tokens", _json(control.new_token), methods=["POST"]),
            Route("/reset", _json(control.reset), methods=["POST"]),
        ]
    )


def _json(handle: Callable[[Mapping[str, Any]], object]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        try:
            given = msgspec.json.decode(await request.body() or b"{}")
            status, answer = 200, handle(msgspec.convert(given, dict[str, Any]))
        except (ValueError, msgspec.MsgspecError) as error:
            status, answer = 400, {"error": str(error)}
        return Response(msgspec.json.encode(answer), status, media_type="application/json")

    return endpoint


class _Control:
    def __init__(self, world: World) -> None:
        self.world = world

    def stats(self, _given: Mapping[str, Any]) -> object:
        return {name: gateway.stats.report() for name, gateway in self.world.gateways.items()}

    def clear_stats(self, given: Mapping[str, Any]) -> object:
        for gateway in self.world.gateways.values():
            gateway.reset_stats()
        return self.stats(given)

    def faults(self, _given: Mapping[str, Any]) -> object:
        return {"faults": [rule.report() for rule in self.world.faults.rules]}

    def add_fault(self, given: Mapping[str, Any]) -> object:
        return self.world.faults.add(given, list(self.world.gateways)).report()

    def clear_faults(self, given: Mapping[str, Any]) -> object:
        self.world.faults.clear()
        return self.faults(given)

    def clock(self, _given: Mapping[str, Any]) -> object:
        return {
            "now": self.world.clock.now(),
            "offset_seconds": self.world.clock.offset,
            "frozen": self.world.clock.frozen_at is not None,
        }

    def advance(self, given: Mapping[str, Any]) -> object:
        """``advance_seconds`` moves the clock; ``frozen`` stops it or lets it run on."""
        inputs.only(given, ("advance_seconds", "frozen"))
        if "frozen" in given:
            self.world.clock.freeze() if inputs.flag("frozen", given["frozen"]) else self.world.clock.thaw()
        if "advance_seconds" in given or not given:
            self.world.advance(inputs.number("advance_seconds", given.get("advance_seconds")))
        return self.clock(given)

    def settings(self, given: Mapping[str, Any]) -> object:
        """``limits``, ``latency_seconds`` and ``clock_skew_seconds`` (by which a platform's clock is off the
        sandbox's) of one ``platform`` or of all; anything else is a platform's own.
        """
        own = {key: value for key, value in given.items() if key not in _SHARED}
        if own and "platform" not in given:
            raise ValueError(f"{', '.join(sorted(own))}: say for which platform")
        limits = inputs.one_of("limits", given["limits"], ("real", "off")) if "limits" in given else None
        latency = inputs.number("latency_seconds", given["latency_seconds"]) if "latency_seconds" in given else None
        skew = given.get("clock_skew_seconds")
        seconds = None if skew is None else inputs.signed("clock_skew_seconds", skew)
        chosen = self._chosen(given.get("platform"))
        for gateway in chosen:
            if seconds is not None:
                self.world.skew(gateway.platform.name, seconds)
            if own:
                gateway.platform.configure(own)
            if limits is not None:
                gateway.limits = limits == "real"
            if latency is not None:
                gateway.latency = inputs.number("latency_seconds", latency)
            if own or limits is not None or seconds is not None:
                gateway.renew_limits()
        return {"platforms": [gateway.platform.name for gateway in chosen], "settings": dict(given)}

    def new_token(self, given: Mapping[str, Any]) -> object:
        gateway = self._chosen(given.get("platform", ""))[0]
        options = {key: value for key, value in given.items() if key != "platform"}
        return {"token": gateway.platform.new_token(options)}

    def reset(self, _given: Mapping[str, Any]) -> object:
        self.world.reset()
        return {"reset": True}

    def _chosen(self, name: str | None) -> list[Gateway]:
        gateways = self.world.gateways
        if name is None:
            return list(gateways.values())
        return [gateways[inputs.one_of("platform", name, list(gateways))]]
