"""What can be set of a HighLevel connection."""

from __future__ import annotations

from desktop.connectors.highlevel.auth import VERSION, VERSIONS
from desktop.connectors.highlevel.webhooks import KEY_OPTION
from desktop.connectors.options import OptionInfo, OptionKind

OPTIONS = (
    OptionInfo(
        "currency",
        "Currency",
        "HighLevel keeps most amounts without a currency: this is the one that they are in. Blank takes the "
        "account’s own.",
        OptionKind.TEXT,
        pattern="[A-Za-z]{3}",
        form="Enter the three letters of a currency, as in USD.",
        in_records=True,
    ),
    OptionInfo(
        "api_version",
        "Version of the API",
        "Which of HighLevel’s versions Crosswalk speaks. Change it only when HighLevel ends the usual one.",
        OptionKind.CHOICE,
        choices={version: f"{version} (usual)" if version == VERSION else version for version in VERSIONS},
        default=VERSION,
    ),
    OptionInfo(
        KEY_OPTION,
        "Key of its webhooks",
        "The public key with which webhooks are checked. Blank takes HighLevel’s own; enter another only when "
        "HighLevel announces one.",
        OptionKind.TEXT,
        pattern="[A-Za-z0-9+/]{50,}={0,2}",
        form="Paste the key as one line, without its BEGIN and END lines.",
    ),
)
