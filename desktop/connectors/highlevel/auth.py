"""What HighLevel's HTTP is like: the token, the version header, the quota, and what a token may do.

Sources: https://marketplace.gohighlevel.com/docs/Authorization/ (private integrations, scopes) and
https://marketplace.gohighlevel.com/docs/oauth/Faqs (rate limits: 100 requests per 10 seconds, 200,000 a day).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.connectors.base import Quota
from desktop.connectors.pacing import header_number
from desktop.connectors.transport import Dialect

VERSION = "2021-07-28"
DEFAULT_LIMIT, DEFAULT_SECONDS = 100, 10.0


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope of the platform, and what is not possible without it in the operator's words."""

    name: str
    needed_for: str


SCHEMA_READ = Scope("objects/schema.readonly", "Seeing the custom objects and their fields")
RECORD_READ = Scope("objects/record.readonly", "Reading records of custom objects")
RECORD_WRITE = Scope("objects/record.write", "Creating, changing and deleting records of custom objects")
FIELD_READ = Scope("locations/customFields.readonly", "Seeing the custom fields of contacts")
CONTACT_READ = Scope("contacts.readonly", "Reading contacts")
CONTACT_WRITE = Scope("contacts.write", "Creating, changing and deleting contacts")
ASSOCIATION_READ = Scope("associations.readonly", "Seeing how objects are related")
RELATION_READ = Scope("associations/relation.readonly", "Seeing which records are related")
RELATION_WRITE = Scope("associations/relation.write", "Relating records to each other")
LOCATION_READ = Scope("locations.readonly", "Showing the account's name and currency")


def dialect() -> Dialect:
    """The platform's HTTP."""
    return Dialect(
        label="HighLevel",
        authorize=lambda token: ("Authorization", f"Bearer {token}"),
        read_quota=read_quota,
        limit=DEFAULT_LIMIT,
        interval_seconds=DEFAULT_SECONDS,
        headers={"Version": VERSION},
    )


def read_quota(headers: Mapping[str, str]) -> Quota | None:
    """The five ``X-RateLimit-*`` headers."""
    limit = header_number(headers, "x-ratelimit-max")
    interval = header_number(headers, "x-ratelimit-interval-milliseconds")
    if not limit or not interval:
        return None
    return Quota(
        limit,
        interval / 1000,
        header_number(headers, "x-ratelimit-remaining"),
        header_number(headers, "x-ratelimit-limit-daily"),
        header_number(headers, "x-ratelimit-daily-remaining"),
    )
