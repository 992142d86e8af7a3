"""Companies: ``/companies`` (https://developers.activecollab.com/api-documentation, people/companies)."""

from __future__ import annotations

from desktop.connectors.activecollab.directory import WithArchive


class Companies(WithArchive):
    """The companies of one account, archived ones included."""

    noun = "company"
    path = "/companies"
