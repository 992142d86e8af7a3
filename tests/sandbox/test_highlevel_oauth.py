"""Signing in by OAuth: codes and refresh tokens work once, access tokens for a day."""

from __future__ import annotations

from typing import Any

from tests.sandbox.client import Control, HighLevelClient

Own = tuple[HighLevelClient, Control]


def ask(client: HighLevelClient, status: int = 200, **form: str) -> dict[str, Any]:
    whole = {"client_id": "app", "client_secret": "secret", **form}
    answer = client.http.post("/oauth/token", data=whole, headers={"Authorization": "", "Version": ""})
    assert answer.status_code == status, answer.text
    return answer.json()


def status_of(client: HighLevelClient, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return client.http.get("/objects/", params=client.at, headers=headers).status_code


def test_a_code_gives_tokens_once(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    code = control.post("tokens", platform="highlevel", grant="code", scopes=["objects/schema.readonly"])["token"]
    pair = ask(highlevel, grant_type="authorization_code", code=code, user_type="Location")
    assert (pair["token_type"], pair["expires_in"], pair["locationId"]) == ("Bearer", 86_399, highlevel.location)
    assert pair["scope"] == "objects/schema.readonly"
    assert status_of(highlevel, pair["access_token"]) == 200
    again = ask(highlevel, 401, grant_type="authorization_code", code=code)
    assert again["error"] == "UnAuthorized!"
    assert again["error_description"] == "Authorization code not found"
    assert control.stats()["writes"] == 0


def test_an_access_token_lapses_and_is_refreshed_once(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    code = control.post("tokens", platform="highlevel", grant="code")["token"]
    old = ask(highlevel, grant_type="authorization_code", code=code)
    control.advance(86_400)
    assert status_of(highlevel, old["access_token"]) == 401
    new = ask(highlevel, grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert new["scope"] == old["scope"]
    assert status_of(highlevel, new["access_token"]) == 200
    ask(highlevel, 401, grant_type="refresh_token", refresh_token=old["refresh_token"])
    assert new["refresh_token"] != old["refresh_token"]


def test_what_the_token_address_refuses(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    ask(highlevel, 422, grant_type="password")
    ask(highlevel, 422, grant_type="refresh_token", colour="red")
    ask(highlevel, 401, grant_type="refresh_token")
    code = control.post("tokens", platform="highlevel", grant="code")["token"]
    ask(highlevel, 401, grant_type="refresh_token", refresh_token=code)
    assert "grant must be one of" in control.refused("tokens", platform="highlevel", grant="cookie")
