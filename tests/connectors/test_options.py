"""What is declared of a platform's options is what its connector takes."""

from __future__ import annotations

import pytest

from desktop.connectors.base import ConnectionSettings
from desktop.connectors.highlevel.webhooks import VENDOR_KEY
from desktop.connectors.options import OFF, ON, OptionInfo, OptionKind, checked
from desktop.connectors.registry import open_connector, platforms
from desktop.domain.errors import InvalidInput

pytestmark = pytest.mark.anyio

OPTIONS = [(platform, option) for platform, info in platforms.items() for option in info.options]
GOOD_TEXTS = {"currency": ("NOK", "eur"), "webhook_key": (VENDOR_KEY,)}
ADDRESS = "https://shop.example.com"

SWITCH = OptionInfo("allow", "Allow it", "", OptionKind.SWITCH, default=OFF)
HEIR = OptionInfo("heir", "Heir", "", OptionKind.NUMBER, minimum=1, only_with="allow")
PACE = OptionInfo("pace", "Pace", "", OptionKind.NUMBER, default="5", minimum=1, maximum=10)
MODE = OptionInfo("mode", "Mode", "", OptionKind.CHOICE, choices={"a": "A", "b": "B"}, default="a")
CODE = OptionInfo("code", "Code", "", OptionKind.TEXT, pattern="[A-Z]{3}", form="Three capital letters.")
ALL = (SWITCH, HEIR, PACE, MODE, CODE)


def values_of(option: OptionInfo) -> list[str]:
    match option.kind:
        case OptionKind.SWITCH:
            return [ON, OFF]
        case OptionKind.CHOICE:
            return list(option.choices or {})
        case OptionKind.NUMBER:
            return [str(option.minimum), str(option.maximum or option.minimum + 7)]
        case OptionKind.TEXT:
            return list(GOOD_TEXTS[option.name])


async def opened(platform: str, options: dict[str, str]) -> None:
    settings = ConnectionSettings("Shop", f"{ADDRESS}/api/v1", "location", options=options)
    await (await open_connector(platform, settings, "user:secret", None)).aclose()


@pytest.mark.parametrize(("platform", "option"), OPTIONS, ids=lambda item: getattr(item, "name", item))
async def test_a_connector_takes_each_value_that_can_be_set(platform: str, option: OptionInfo) -> None:
    for value in values_of(option):
        assert option.problem(value) == ""
        beside = {other.only_with: ON for other in (option,) if other.only_with}
        if option.allows and value == ON:
            beside = {other.name: "1" for _, other in OPTIONS if other.only_with == option.name}
        await opened(platform, {option.name: value, **beside})


@pytest.mark.parametrize(("platform", "option"), OPTIONS, ids=lambda item: getattr(item, "name", item))
def test_each_option_says_what_it_does(platform: str, option: OptionInfo) -> None:
    assert option.label
    assert option.hint.endswith(".")
    assert option.label != option.name
    assert not option.default or option.problem(option.default) == ""
    assert not option.only_with or option.only_with in {other.name for other in platforms[platform].options}


@pytest.mark.parametrize(
    ("platform", "options"),
    [
        ("activecampaign", {"resubscribe": "perhaps"}),
        ("activecollab", {"key_line": "perhaps"}),
        ("activecollab", {"requests_per_second": "fast"}),
        ("accessally", {"tags": "perhaps"}),
        ("accessally", {"delete_members": "on"}),
        ("highlevel", {"api_version": "v99"}),
    ],
)
async def test_a_connector_refuses_what_can_not_be_set(platform: str, options: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        await opened(platform, options)


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({}, {}),
        ({"allow": "off", "pace": "5", "mode": "a", "code": " "}, {}),
        ({"pace": " 7 ", "mode": "b", "code": "ABC"}, {"pace": "7", "mode": "b", "code": "ABC"}),
        ({"allow": "on", "heir": "3"}, {"allow": "on", "heir": "3"}),
        ({"heir": "3"}, {"heir": "3"}),
    ],
)
def test_what_holds_anyway_is_not_kept(values: dict[str, str], kept: dict[str, str]) -> None:
    assert checked(ALL, values) == (kept, [])


@pytest.mark.parametrize(
    ("values", "place", "said"),
    [
        ({"pace": "0"}, "pace", "from 1 to 10"),
        ({"pace": "11"}, "pace", "from 1 to 10"),
        ({"pace": "1.5"}, "pace", "whole number"),
        ({"mode": "c"}, "mode", "Choose one"),
        ({"code": "abc"}, "code", "Three capital letters."),
        ({"allow": "yes"}, "allow", "on or off"),
        ({"allow": "on"}, "heir", "while “Allow it” is on"),
        ({"allow": "on", "heir": "0"}, "heir", "from 1 up"),
        ({"wings": "2"}, "wings", "no option wings"),
    ],
)
def test_what_is_wrong_is_told_at_its_option(values: dict[str, str], place: str, said: str) -> None:
    _, problems = checked(ALL, values)
    assert [problem.place for problem in problems] == [place]
    assert said in problems[0].message
