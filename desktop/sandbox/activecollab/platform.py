"""ActiveCollab's API v1 as one platform of the sandbox: an instance of one's own and the same one in the cloud.

``<prefix>/api/v1`` is the self-hosted instance. ``<prefix>/cloud/api/v1/external/login`` is where the cloud signs
people in, and ``<prefix>/cloud/<account>/api/v1`` is the instance again, as an account of the cloud.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from desktop.sandbox.activecollab.access import ACCOUNTS, CODE, Access
from desktop.sandbox.activecollab.attachments import Attachments
from desktop.sandbox.activecollab.errors import API, failed, forbidden, page, unauthenticated, unmatched
from desktop.sandbox.activecollab.hours import Hours
from desktop.sandbox.activecollab.journal import Journal
from desktop.sandbox.activecollab.kinds import OPEN, TASK, USER
from desktop.sandbox.activecollab.labels import Labels
from desktop.sandbox.activecollab.limits import Busy
from desktop.sandbox.activecollab.objects import Objects
from desktop.sandbox.activecollab.people import ROLES, People
from desktop.sandbox.activecollab.projects import Projects
from desktop.sandbox.activecollab.reading import Reader
from desktop.sandbox.activecollab.seeding import PASSWORD, Seeding
from desktop.sandbox.activecollab.site import Site
from desktop.sandbox.activecollab.states import States
from desktop.sandbox.activecollab.task_lists import TaskLists
from desktop.sandbox.activecollab.task_parts import TaskParts
from desktop.sandbox.activecollab.tasks import Tasks
from desktop.sandbox.activecollab.webhooks import Webhooks
from desktop.sandbox.kernel import Answer, Call, Caller, Endpoint, RateLimit, Refusal

if TYPE_CHECKING:
    from desktop.sandbox.kernel import Context

_CLOUD = "/cloud"
_REMEMBERED = 50
_SETTINGS = "activecollab.settings"
_PAGES = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class ActiveCollab:
    """The whole emulator: who may call, what answers, and how an error is worded."""

    name = "activecollab"
    prefix = "/activecollab"

    def __init__(self, context: Context) -> None:
        self._storage = context.storage
        self._site = Site(context.storage, Objects(context.storage), context.clock)
        self._site.settings.change(self._storage.get_value(_SETTINGS) or {})
        self._access = Access(self._site)
        reader = Reader(self._site.objects)
        journal = self._journal = Journal(self._site, reader, Webhooks(self._site))
        states = States(self._site, reader, journal)
        labels, files = Labels(self._site, reader), Attachments(self._site)
        self._parts = (
            self._access,
            Projects(self._site, reader, journal, states, files),
            TaskLists(self._site, reader, journal, states),
            Tasks(self._site, reader, journal, states, labels, files),
            TaskParts(self._site, reader, journal, states, files),
            Hours(self._site, reader, journal, states),
            People(self._site, reader, journal, states),
            labels,
            files,
            states,
            journal,
        )

    def endpoints(self) -> list[Endpoint]:
        """Every route, on the instance and on the account of the cloud; a call that writes is all or nothing."""
        own = [endpoint for part in self._parts for endpoint in part.endpoints()]
        account = [*own, self._access.intent_endpoint()]
        return [
            *(self._at(API, endpoint) for endpoint in own),
            *(self._at(f"{_CLOUD}/{{account}}{API}", endpoint) for endpoint in account),
            self._at("", self._access.login_endpoint(f"{_CLOUD}{API}/external/login")),
        ]

    def _at(self, start: str, endpoint: Endpoint) -> Endpoint:
        handle = endpoint.handle if endpoint.method == "GET" else self._all_or_nothing(endpoint.handle)
        return replace(endpoint, path=f"{start}{endpoint.path}", handle=handle)

    def _all_or_nothing(self, handle: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        def write(call: Call) -> Answer:
            with self._storage.transaction():
                return handle(call)

        return write

    def seed(self, seed: int, records: int) -> None:
        """Fill the instance with as many tasks as ``records``, in about a twenty-fifth as many projects."""
        Seeding(self._site.objects, seed, self._site.now()).fill(records)
        self._journal.remember(TASK, self._site.objects.find(TASK, "id > ?", records - _REMEMBERED))
        digest = hashlib.sha256(f"activecollab {seed}".encode()).hexdigest()
        self._access.issue(1, "Sandbox", "Crosswalk", f"1-{digest[:40]}")
        self._storage.set_value("activecollab.token", f"1-{digest[:40]}")

    def ready(self, origin: str) -> dict[str, object]:
        """The instance's root, the owner's token, and what it takes to sign in here and in the cloud."""
        owner = self._site.objects.get(USER, 1)
        assert owner is not None
        return {
            "base_url": f"{origin}{self.prefix}",
            "token": self._storage.get_value("activecollab.token"),
            "username": owner["email"],
            "password": PASSWORD,
            "cloud_base_url": f"{origin}{self.prefix}{_CLOUD}",
            "cloud_account": next(iter(ACCOUNTS)),
            "two_factor_code": CODE,
        }

    def authenticate(self, call: Call) -> Caller:
        """Who the token stands for. Raises 401, 403 where their role is not enough, 404 for an unknown account."""
        if call.params.get("account", next(iter(ACCOUNTS))) not in ACCOUNTS:
            raise Refusal(page(404, "Not Found"))
        assert call.endpoint is not None
        if call.endpoint.tag == "public":
            return Caller(token="")
        caller = self._access.caller(call)
        needed = call.endpoint.scope
        if needed and not caller.scopes & set(ROLES[: ROLES.index(needed) + 1]):
            raise forbidden()
        return caller

    def quota_key(self, call: Call) -> str:
        """All tokens together keep the instance busy."""
        return "instance"

    def limiter(self) -> RateLimit:
        """A fresh allowance."""
        return Busy()

    def error(self, status: int, call: Call) -> Answer:
        """JSON from the application, HTML from the web server before it."""
        if status == 404:
            return unmatched(call)
        if status == 400:
            return failed("Request body is not valid JSON.", "BadRequest", 400)
        if status == 401:
            return unauthenticated().answer
        if status == 403:
            return forbidden().answer
        if status in _PAGES:
            return page(status, _PAGES[status])
        if status == 429:
            return page(status, "Too Many Requests")
        return failed("Something went wrong.", status=status)

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Nothing is added."""
        return answer

    def configure(self, settings: Mapping[str, object]) -> None:
        """Change the settings. Raises ``ValueError`` for an unknown name or a wrong value."""
        self._site.settings.change(settings)
        self._storage.set_value(_SETTINGS, self._site.settings.kept())

    def new_token(self, options: Mapping[str, object]) -> str:
        """A further token; ``{"role": "Owner"}``, ``"Member"`` (unless told) or ``"Client"``. Raises ``ValueError``."""
        role = options.get("role", "Member")
        if set(options) - {"role"} or role not in ROLES:
            raise ValueError(f"only role can be chosen, one of {', '.join(ROLES)}")
        users = self._site.objects.find(USER, "state = ?", OPEN)
        user = next((user for user in users if user["class"] == role), None)
        if user is None:
            raise ValueError(f"nobody here is a {role}")
        digest = hashlib.sha256(f"{self._site.clock.now()} {role}".encode()).hexdigest()
        return self._access.issue(user["id"], f"Sandbox {digest[:8]}", "Crosswalk")


def platform(context: Context) -> ActiveCollab:
    """The emulator over the sandbox's storage and clock."""
    return ActiveCollab(context)
