"""Signing in by OAuth: codes and refresh tokens work once, access tokens for a day."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

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


BACK = "http://127.0.0.1:27493/callback"
APP = "6581f0c2a9d3e4b5c6d7e8f9-app"


def consent(client: HighLevelClient, status: int = 302, **changes: str) -> dict[str, str]:
    """What the page of consent leads back with."""
    query = {
        "response_type": "code",
        "client_id": APP,
        "redirect_uri": BACK,
        "scope": "contacts.readonly objects/schema.readonly",
        "state": "s1",
        "version_id": "6581f0c2a9d3e4b5c6d7e8f9",
        **changes,
    }
    answer = client.http.get("/v2/oauth/chooselocation", params=query, headers={"Authorization": "", "Version": ""})
    assert answer.status_code == status, answer.text
    if status != 302:
        return {"page": answer.text}
    address, _, back = answer.headers["location"].partition("?")
    assert address == BACK
    return {name: values[0] for name, values in parse_qs(back).items()}


def test_consent_leads_back_with_a_code_for_that_app_and_address(own_highlevel: Own) -> None:
    highlevel, _control = own_highlevel
    back = consent(highlevel)
    assert back["state"] == "s1"
    code = {"grant_type": "authorization_code", "code": back["code"], "client_id": APP}
    ask(highlevel, 401, **code | {"client_id": "another-app"}, redirect_uri=BACK)
    ask(highlevel, 401, **code, redirect_uri=f"{BACK}/")
    pair = ask(highlevel, 200, **code, redirect_uri=BACK)
    assert (pair["userType"], pair["scope"]) == ("Location", "contacts.readonly objects/schema.readonly")
    assert status_of(highlevel, pair["access_token"]) == 200


def test_a_wrong_link_is_told_on_the_page(own_highlevel: Own) -> None:
    highlevel, _control = own_highlevel
    assert "error.noversionid" in consent(highlevel, 400, version_id="")["page"]
    consent(highlevel, 400, response_type="token")
    consent(highlevel, 400, redirect_uri="https://example.com/callback")


def test_an_apps_secret_stays_the_same(own_highlevel: Own) -> None:
    highlevel, _control = own_highlevel
    for secret, status in (("secret", 200), ("other", 401)):
        code = consent(highlevel)["code"]
        form = {"client_id": APP, "client_secret": secret, "code": code, "redirect_uri": BACK}
        ask(highlevel, status, grant_type="authorization_code", **form)


def test_a_refresh_token_lapses_after_a_year(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    code = control.post("tokens", platform="highlevel", grant="code")["token"]
    pair = ask(highlevel, grant_type="authorization_code", code=code)
    control.advance(366 * 86_400)
    ask(highlevel, 401, grant_type="refresh_token", refresh_token=pair["refresh_token"])


def test_an_agency_lists_its_locations_and_makes_tokens_for_them(own_highlevel: Own) -> None:
    highlevel, control = own_highlevel
    back = consent(highlevel, scope="objects/schema.readonly oauth.readonly oauth.write")
    assert set(back) == {"code"}
    form = {"client_id": APP, "code": back["code"], "redirect_uri": BACK, "user_type": "Company"}
    pair = ask(highlevel, 200, grant_type="authorization_code", **form)
    assert pair["userType"] == "Company"
    assert "locationId" not in pair
    assert status_of(highlevel, pair["access_token"]) == 403
    agency = {"Authorization": f"Bearer {pair['access_token']}"}
    query = {"companyId": pair["companyId"], "appId": APP.partition("-")[0]}
    listed = highlevel.http.get("/oauth/installedLocations", params=query, headers=agency).json()
    assert listed["count"] == 2
    assert highlevel.location in {row["_id"] for row in listed["locations"]}
    page = highlevel.http.get("/oauth/installedLocations", params={**query, "skip": 1, "limit": 1}, headers=agency)
    assert [row["name"] for row in page.json()["locations"]] == ["Blue Heron Wholesale"]
    wanted = {"companyId": pair["companyId"], "locationId": highlevel.location}
    made = highlevel.http.post("/oauth/locationToken", data=wanted, headers=agency)
    assert made.status_code == 201
    assert "refresh_token" not in made.json()
    assert status_of(highlevel, made.json()["access_token"]) == 200
    control.advance(86_400)
    assert status_of(highlevel, made.json()["access_token"]) == 401
    assert highlevel.http.post("/oauth/locationToken", data=wanted, headers=agency).status_code == 401
    assert highlevel.http.post("/oauth/locationToken", data=wanted).status_code == 401
