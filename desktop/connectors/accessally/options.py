"""What can be set of the connection to a WordPress site."""

from __future__ import annotations

from desktop.connectors.accessally.auth import REQUESTS_PER_SECOND
from desktop.connectors.options import OFF, ON, OptionInfo, OptionKind

OPTIONS = (
    OptionInfo(
        "tags",
        "Read and write AccessAlly’s tags",
        "Off, members are read without their tags, which takes fewer requests.",
        OptionKind.SWITCH,
        default=ON,
        in_records=True,
    ),
    OptionInfo(
        "requests_per_second",
        "Requests a second",
        "A site on a small host answers more slowly when it is asked faster.",
        OptionKind.NUMBER,
        default=str(REQUESTS_PER_SECOND),
        minimum=1,
        maximum=100,
    ),
    OptionInfo(
        "delete_members",
        "Allow members to be deleted",
        "Off, Crosswalk refuses to delete a member, whoever asks for it.",
        OptionKind.SWITCH,
        default=OFF,
        allows="Syncs and people who use this workspace may delete members. WordPress has no trash for them: a deleted "
        "member can’t be brought back.",
    ),
    OptionInfo(
        "reassign_to",
        "Who takes over what a deleted member wrote",
        "The id of a WordPress user: the number behind user_id= in the address of the user’s page under Users.",
        OptionKind.NUMBER,
        minimum=1,
        only_with="delete_members",
    ),
)
