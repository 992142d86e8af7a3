"""What HighLevel's HTTP is like: the token, the version header, the quota, and what a token may do.

Sources: https://marketplace.gohighlevel.com/docs/Authorization/ (private integrations, scopes) and
https://marketplace.gohighlevel.com/docs/oauth/Faqs (rate limits: 100 requests per 10 seconds, 200,000 a day).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.connectors.base import Quota
from desktop.connectors.dialect import Dialect
from desktop.connectors.pacing import header_number

VERSION = "2021-07-28"
VERSION_3 = "v3"
VERSIONS = (VERSION, "2023-02-21", VERSION_3)
SCOPE_TEXTS = (
    "not authorized for this scope",
    "authclass type is not allowed",
    "not yet supported by the iam service",
)
"""What a refusal for want of a scope says, in lower case."""
ACCOUNT_TEXTS = ("does not have access to this location", "location is not accessible from this token")
"""What a refusal of another account's token says."""
DEFAULT_LIMIT, DEFAULT_SECONDS = 100, 10.0


@dataclass(frozen=True, slots=True)
class Scope:
    """A scope of the platform, and what is not possible without it in the operator's words."""

    name: str
    needed_for: str


SCHEMA_READ = Scope("objects/schema.readonly", "Seeing custom objects and companies, and their fields")
RECORD_READ = Scope("objects/record.readonly", "Reading records of custom objects, and companies")
RECORD_WRITE = Scope("objects/record.write", "Creating, changing and deleting records of custom objects, and companies")
SCHEMA_WRITE = Scope("objects/schema.write", "Creating, changing and deleting custom objects")
FIELD_READ = Scope("locations/customFields.readonly", "Seeing the custom fields of contacts and opportunities")
FIELD_WRITE = Scope("locations/customFields.write", "Creating, changing and deleting fields")
CONTACT_READ = Scope("contacts.readonly", "Reading contacts")
CONTACT_WRITE = Scope("contacts.write", "Creating, changing and deleting contacts and their tasks")
TASK_READ = Scope("locations/tasks.readonly", "Listing the tasks of all contacts")
OPPORTUNITY_READ = Scope("opportunities.readonly", "Reading opportunities and their pipelines")
OPPORTUNITY_WRITE = Scope("opportunities.write", "Creating, changing and deleting opportunities")
ASSOCIATION_READ = Scope("associations.readonly", "Seeing how objects are related")
ASSOCIATION_WRITE = Scope("associations.write", "Letting a new object be related to others")
RELATION_READ = Scope("associations/relation.readonly", "Seeing which records are related")
RELATION_WRITE = Scope("associations/relation.write", "Relating records to each other")
LOCATION_READ = Scope("locations.readonly", "Showing the account's name and currency")
USER_READ = Scope("users.readonly", "Showing who changed a record")


def scopes() -> list[str]:
    """The names of all scopes above: what a sign-in asks for."""
    return sorted({item.name for item in globals().values() if isinstance(item, Scope)})


def dialect(version: str = VERSION) -> Dialect:
    """The platform's HTTP.

    :param version: of the API: one of :data:`VERSIONS`. All calls that Crosswalk makes are served in each.
    """
    return Dialect(
        label="HighLevel",
        authorize=lambda token: ("Authorization", f"Bearer {token}"),
        read_quota=read_quota,
        limit=DEFAULT_LIMIT,
        interval_seconds=DEFAULT_SECONDS,
        headers={"Version": version},
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
