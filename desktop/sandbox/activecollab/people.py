"""``/users`` and ``/companies``: lists that come whole, whatever ``page`` says."""

from __future__ import annotations

from desktop.sandbox.activecollab import fields
from desktop.sandbox.activecollab.errors import forbidden, invalid
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import COMPANY, OPEN, PROJECT, TRASHED, USER, Document
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.site import Site, given, whoami
from desktop.sandbox.activecollab.states import States
from desktop.sandbox.kernel import Answer, Call, Endpoint

ROLES = ("Owner", "Member", "Client")
_COMPANY: dict[str, fields.Parser] = {
    "name": fields.required,
    "address": fields.text,
    "phone": fields.text,
    "homepage_url": fields.text,
    "tax_id": fields.text,
    "currency_id": fields.whole,
}


class People:
    """Who works here and for whom."""

    def __init__(self, site: Site, reader: Reader, journal: Journal, states: States) -> None:
        self._site = site
        self._reader = reader
        self._journal = journal
        self._states = states
        self._user: dict[str, fields.Parser] = {
            "email": _address,
            "first_name": fields.text,
            "last_name": fields.text,
            "company_id": fields.existing(lambda number: site.objects.exists(COMPANY, number)),
            "title": fields.text,
            "phone": fields.text,
            "password": fields.required,
        }

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("GET", "/users", self.users),
            Endpoint("GET", "/users/all", self.all_users),
            Endpoint("POST", "/users", self.add_user, scope="Owner"),
            Endpoint("GET", "/users/{id}", self.user),
            Endpoint("PUT", "/users/{id}", self.change_user),
            Endpoint("DELETE", "/users/{id}", self.drop_user, scope="Owner"),
            Endpoint("GET", "/companies", self.companies),
            Endpoint("GET", "/companies/all", self.all_companies),
            Endpoint("POST", "/companies", self.add_company, scope="Owner"),
            Endpoint("GET", "/companies/{id}", self.company),
            Endpoint("PUT", "/companies/{id}", self.change_company, scope="Owner"),
            Endpoint("DELETE", "/companies/{id}", self.drop_company, scope="Owner"),
        ]

    def users(self, call: Call) -> Answer:
        """``GET /users``: the active people."""
        return Answer(200, self._reader.show(USER, self._site.objects.find(USER, "state = ?", OPEN)))

    def all_users(self, call: Call) -> Answer:
        """``GET /users/all``: everybody, the archived and trashed people too."""
        return Answer(200, self._reader.show(USER, self._site.objects.find(USER, "state <= ?", TRASHED)))

    def user(self, call: Call) -> Answer:
        """``GET /users/<id>``."""
        return self._reader.single(USER, self._site.find(call, USER))

    def add_user(self, call: Call) -> Answer:
        """``POST /users``: ``type`` is the role."""
        parsers = {**self._user, "type": fields.one_of(*ROLES)}
        found = fields.read(given(call), parsers, ("email", "type", "password"))
        self._free(found["email"], 0)
        found["class"] = found.pop("type")
        return self._reader.single(USER, self._journal.born(call, USER, found))

    def change_user(self, call: Call) -> Answer:
        """``PUT /users/<id>``: by an owner or by themselves; only what is sent is touched."""
        user = self._site.find(call, USER)
        if user["id"] != whoami(call) and "Owner" not in call.caller.scopes:
            raise forbidden()
        changes = fields.read(given(call), self._user)
        if "email" in changes:
            self._free(changes["email"], user["id"])
        return self._reader.single(USER, self._journal.changed(call, USER, user, changes))

    def drop_user(self, call: Call) -> Answer:
        """``DELETE /users/<id>``: into the trash."""
        return self._reader.single(USER, self._states.trash(call, USER, self._site.find(call, USER)))

    def _free(self, email: str, but: int) -> None:
        taken = (user for user in self._site.objects.find(USER, "state <= ?", TRASHED) if user["id"] != but)
        if any(user["email"].lower() == email.lower() for user in taken):
            raise invalid({"email": "Email address is already in use"})

    def companies(self, call: Call) -> Answer:
        """``GET /companies``: the active ones."""
        return Answer(200, self._reader.show(COMPANY, self._site.objects.find(COMPANY, "state = ?", OPEN)))

    def all_companies(self, call: Call) -> Answer:
        """``GET /companies/all``: the archived and trashed ones too."""
        return Answer(200, self._reader.show(COMPANY, self._site.objects.find(COMPANY, "state <= ?", TRASHED)))

    def company(self, call: Call) -> Answer:
        """``GET /companies/<id>``: with what the list leaves out."""
        return self._company(self._site.find(call, COMPANY))

    def add_company(self, call: Call) -> Answer:
        """``POST /companies``."""
        found = fields.read(given(call), _COMPANY, ("name",))
        return self._company(self._journal.born(call, COMPANY, found))

    def change_company(self, call: Call) -> Answer:
        """``PUT /companies/<id>``: only what is sent is touched."""
        changes = fields.read(given(call), _COMPANY)
        return self._company(self._journal.changed(call, COMPANY, self._site.find(call, COMPANY), changes))

    def drop_company(self, call: Call) -> Answer:
        """``DELETE /companies/<id>``: into the trash."""
        return self._company(self._states.trash(call, COMPANY, self._site.find(call, COMPANY)))

    def _company(self, company: Document) -> Answer:
        active = self._site.objects.count(PROJECT, "parent = ? AND state = ?", company["id"], OPEN)
        return self._reader.single(COMPANY, company, hourly_rates=[], active_projects_count=active)


def _address(value: object) -> str:
    email = fields.required(value)
    name, at, host = email.partition("@")
    if not (name and at and "." in host) or " " in email:
        raise fields.Unfit("is not a valid address")
    return email
