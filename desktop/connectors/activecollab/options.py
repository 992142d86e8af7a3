"""What can be set of an ActiveCollab connection."""

from __future__ import annotations

from desktop.connectors.activecollab.auth import REQUESTS_PER_SECOND
from desktop.connectors.options import OFF, OptionInfo, OptionKind

OPTIONS = (
    OptionInfo(
        "requests_per_second",
        "Requests a second",
        "ActiveCollab publishes no limit, so Crosswalk asks gently. A server of your own may be asked faster.",
        OptionKind.NUMBER,
        default=str(REQUESTS_PER_SECOND),
        minimum=1,
        maximum=100,
    ),
    OptionInfo(
        "key_line",
        "Keep the other system’s key in the description",
        "ActiveCollab has no field for the key that a record has elsewhere. On, tasks and projects that Crosswalk "
        "makes end their description in a line such as “Crosswalk: A-1001”, by which they are found again.",
        OptionKind.SWITCH,
        default=OFF,
        in_records=True,
    ),
)
