"""Answers of a members' site, for tests that need what no site would answer on request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

INDEX = json.dumps(
    {
        "name": "Club",
        "home": "https://club.example",
        "namespaces": ["oembed/1.0", "wp/v2"],
        "authentication": {
            "application-passwords": {
                "endpoints": {"authorization": "https://club.example/wp-admin/authorize-application.php"}
            }
        },
    }
)
RIGHTS = ("list_users", "create_users", "edit_users", "promote_users", "delete_users", "manage_options")


def me(*rights: str) -> str:
    """The connection's own user with those rights."""
    return json.dumps(
        {
            "id": 1,
            "name": "Amelia",
            "username": "amelia",
            "email": "amelia@club.example",
            "roles": ["administrator"],
            "capabilities": dict.fromkeys(rights, True),
        }
    )


ME = me(*RIGHTS)


def user(number: int, email: str, **more: object) -> dict[str, Any]:
    """A user as somebody who may edit it is shown."""
    return {
        "id": number,
        "username": email,
        "email": email,
        "name": email,
        "roles": ["subscriber"],
        "registered_date": "2024-02-29T12:00:00+00:00",
        "meta": {"persisted_preferences": []},
        **more,
    }


def body_of(request: bytes) -> Mapping[str, Any]:
    """The JSON that a request carried."""
    return json.loads(request.partition(b"\r\n\r\n")[2])


def path_of(request: bytes) -> str:
    """The address that a request asked for."""
    return request.split(b" ", 2)[1].decode()
