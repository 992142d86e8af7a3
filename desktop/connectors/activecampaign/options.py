"""What can be set of an ActiveCampaign connection."""

from __future__ import annotations

from desktop.connectors.options import OFF, OptionInfo, OptionKind

OPTIONS = (
    OptionInfo(
        "resubscribe",
        "Subscribe people again who have left a list",
        "Off, a contact who has left a list, or never confirmed it, is not put on it again: the record is listed as "
        "failed instead.",
        OptionKind.SWITCH,
        default=OFF,
        allows="A sync or an edit may subscribe people who unsubscribed. Turn it on only while you have their consent.",
    ),
)
