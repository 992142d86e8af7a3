"""HighLevel put together: its parts, who may call, and the hooks that the kernel wants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from desktop.sandbox import inputs
from desktop.sandbox.highlevel.account import Account, chosen_scopes
from desktop.sandbox.highlevel.associations import Associations, Relations
from desktop.sandbox.highlevel.businesses import Businesses
from desktop.sandbox.highlevel.catalogue import Catalogue, FieldDef, ObjectDef
from desktop.sandbox.highlevel.contacts import INDEXED, Contacts
from desktop.sandbox.highlevel.documents import Documents
from desktop.sandbox.highlevel.fields import Fields
from desktop.sandbox.highlevel.ids import new_uuid
from desktop.sandbox.highlevel.limits import HighLevelLimit
from desktop.sandbox.highlevel.location import LocationFields, Locations
from desktop.sandbox.highlevel.oauth import OAuth
from desktop.sandbox.highlevel.opportunities import Opportunities
from desktop.sandbox.highlevel.pipelines import Pipelines
from desktop.sandbox.highlevel.records import Records
from desktop.sandbox.highlevel.schemas import Schemas
from desktop.sandbox.highlevel.search import extract, pointer
from desktop.sandbox.highlevel.seed import BUSINESS, CONTACT, OPPORTUNITY, TASK, Seeder
from desktop.sandbox.highlevel.tasks import Tasks
from desktop.sandbox.highlevel.users import Users
from desktop.sandbox.highlevel.webhooks import Webhooks
from desktop.sandbox.highlevel.wire import failure
from desktop.sandbox.kernel import Answer, Call, Caller, Context, Endpoint

_MESSAGES = {
    400: "Request body is not valid JSON",
    401: "Invalid JWT",
    403: "The token does not have access to this location.",
    429: "Too Many Requests",
    500: "Internal server error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class HighLevel:
    """The platform as the kernel sees it."""

    name = "highlevel"
    prefix = "/highlevel"

    def __init__(self, context: Context) -> None:
        storage, clock = context.storage, context.clock
        self._storage = storage
        self._clock = clock
        self._account = Account(storage, clock, context.seed)
        self._catalogue = Catalogue(storage)
        self._documents = Documents(storage, clock)
        self._relations = Relations(storage)
        self._v1_fields = LocationFields(storage)
        self._associations = Associations(self._account, self._catalogue, self._documents, self._relations, storage)
        self._webhooks = Webhooks(self._account, clock)
        self._oauth = OAuth(self._account, clock, storage, context.seed)
        schemas = Schemas(self._account, self._catalogue, clock, self._index, self._forget_object)
        self._pipelines = Pipelines(context.seed)
        self._opportunities = Opportunities(
            self._account,
            self._documents,
            self._relations,
            self._v1_fields,
            self._pipelines,
            clock,
            OPPORTUNITY,
            CONTACT,
        )
        self._tasks = Tasks(self._account, self._documents, clock, TASK, CONTACT)
        users = Users(self._account, context.seed)
        self._parts = (
            schemas,
            Records(self._account, self._catalogue, self._documents, self._relations, clock, schemas.existing, users),
            Fields(self._account, self._catalogue, clock, self._forget_field),
            self._associations,
            Contacts(
                self._account,
                self._documents,
                self._relations,
                self._v1_fields,
                clock,
                CONTACT,
                self._forget_contact,
            ),
            self._opportunities,
            Businesses(self._account, self._catalogue, self._documents, self._relations, clock, BUSINESS),
            self._tasks,
            Locations(self._account, self._v1_fields, self._catalogue),
            users,
            self._oauth,
        )
        self._apply_settings()

    def endpoints(self) -> list[Endpoint]:
        return [self._atomic(endpoint) for part in self._parts for endpoint in part.endpoints()]

    def _atomic(self, endpoint: Endpoint) -> Endpoint:
        """A write happens wholly or not at all, even when the process is killed in the middle."""
        if not endpoint.writes:
            return endpoint

        def handle(call: Call) -> Answer:
            with self._storage.transaction():
                return endpoint.handle(call)

        return replace(endpoint, handle=handle)

    def seed(self, seed: int, records: int) -> None:
        Seeder(
            self._catalogue,
            self._documents,
            self._relations,
            self._associations,
            self._v1_fields,
            self._clock,
            self._index,
            seed,
            self._pipelines,
        ).fill(records)

    def ready(self, origin: str) -> dict[str, object]:
        return {
            "base_url": f"{origin}{self.prefix}",
            "token": self._account.token,
            "account": self._account.location,
        }

    def authenticate(self, call: Call) -> Caller:
        return self._account.authenticate(call)

    def quota_key(self, call: Call) -> str:
        """Per token owner and location."""
        return f"{call.caller.token} {call.caller.account}"

    def limiter(self) -> HighLevelLimit:
        settings = self._account.settings
        return HighLevelLimit(
            settings.burst_limit,
            settings.daily_limit,
            retry_after=settings.retry_after,
            sliding=settings.sliding_window,
        )

    def error(self, status: int, call: Call) -> Answer:
        if status in (404, 405):
            return failure(404, f"Cannot {call.method} {call.path}")
        return failure(status, _MESSAGES[status])

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Every object that is answered carries a ``traceId``; what was done is told."""
        self._webhooks.tell(call, answer)
        if isinstance(answer.body, dict):
            answer.body.setdefault("traceId", new_uuid())
        return answer

    def configure(self, settings: Mapping[str, object]) -> None:
        self._account.configure(settings)
        self._apply_settings()

    def new_token(self, options: Mapping[str, object]) -> str:
        """A private integration token, or with ``"grant": "code"`` an OAuth authorization code."""
        if "grant" not in options:
            return self._account.new_token(options)
        inputs.only(options, ("grant", "scopes"))
        inputs.one_of("grant", options["grant"], ("code",))
        return self._oauth.new_code(chosen_scopes(options.get("scopes")))

    def _apply_settings(self) -> None:
        self._documents.delay_ms = int(self._account.settings.index_delay_seconds * 1000)

    def _index(self, target: ObjectDef) -> None:
        """Finding a record by its primary property, or a contact by e-mail and phone, stays quick at any
        size.
        """
        if target.kind == CONTACT:
            for column in INDEXED:
                self._documents.ensure_index(target.kind, column.sql)
        elif target.has_records:
            self._documents.ensure_index(target.kind, extract(target.primary.rpartition(".")[2]))

    def _forget_contact(self, contact_id: str) -> None:
        self._opportunities.forget_contact(contact_id)
        self._tasks.forget_contact(contact_id)

    def _forget_object(self, gone: ObjectDef) -> list[str]:
        self._documents.delete_kind(gone.kind)
        return self._associations.forget_object(gone.key)

    def _forget_field(self, owner: ObjectDef, gone: FieldDef) -> None:
        if gone.data_type == "TEXTBOX_LIST":
            for option in gone.option_keys():
                self._documents.forget_property(owner.kind, pointer(f"{gone.key}.{option}"))
        else:
            self._documents.forget_property(owner.kind, pointer(gone.key))


def platform(context: Context) -> HighLevel:
    """The platform for the sandbox's registry."""
    return HighLevel(context)
