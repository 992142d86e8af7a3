"""ActiveCampaign's API v3 as one platform of the sandbox, under ``/activecampaign/api/3``."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from desktop.sandbox.activecampaign.accounts import Accounts
from desktop.sandbox.activecampaign.contact_details import ContactDetails
from desktop.sandbox.activecampaign.contact_store import ContactStore
from desktop.sandbox.activecampaign.contacts import Contacts
from desktop.sandbox.activecampaign.custom_values import CustomValues
from desktop.sandbox.activecampaign.deals import Deals
from desktop.sandbox.activecampaign.documents import Documents
from desktop.sandbox.activecampaign.errors import forbidden
from desktop.sandbox.activecampaign.field_values import FieldValues
from desktop.sandbox.activecampaign.fields import Fields
from desktop.sandbox.activecampaign.imports import Imports
from desktop.sandbox.activecampaign.limits import AccountLimit
from desktop.sandbox.activecampaign.lists import Lists
from desktop.sandbox.activecampaign.messages import Messages
from desktop.sandbox.activecampaign.records import Records
from desktop.sandbox.activecampaign.schemas import EMPTY, Schemas, SchemaStore
from desktop.sandbox.activecampaign.seeding import Seeding
from desktop.sandbox.activecampaign.state import Database, State
from desktop.sandbox.activecampaign.tables import TABLES
from desktop.sandbox.activecampaign.tags import Tags
from desktop.sandbox.activecampaign.users import Users
from desktop.sandbox.activecampaign.webhooks import Webhooks
from desktop.sandbox.kernel import Answer, Call, Caller, Endpoint, RateLimit

if TYPE_CHECKING:
    from desktop.sandbox.kernel import Context

_HTML = "text/html; charset=utf-8"


class ActiveCampaign:
    """The whole emulator: who may call, what answers, and how an error is worded."""

    name = "activecampaign"
    prefix = "/activecampaign"

    def __init__(self, context: Context) -> None:
        context.storage.script(TABLES)
        self._storage = context.storage
        self._state = State(db=Database(context.storage), clock=context.clock, limit=AccountLimit())
        self._settings_from_storage()
        documents = Documents(self._state.db)
        store = ContactStore(self._state.db)
        values = CustomValues(self._state, documents)
        self._schemas = SchemaStore(self._state)
        self._users = Users(documents)
        self._documents = documents
        tags, accounts = Tags(self._state, store), Accounts(self._state, store, values)
        self._values = values
        self._imports = Imports(self._state, store, documents, tags, accounts)
        self._messages = Messages(self._state, documents)
        self._parts = (
            Contacts(self._state, store, documents),
            ContactDetails(self._state, store),
            Fields(self._state, documents),
            FieldValues(self._state, store, documents),
            tags,
            Lists(self._state, store, documents),
            accounts,
            Deals(self._state, store, documents, values),
            values,
            Schemas(self._state, self._schemas),
            Records(self._state, self._schemas),
            self._users,
            Webhooks(self._state, documents),
            self._imports,
        )
        self._callers: dict[str, Caller] = {}

    def endpoints(self) -> list[Endpoint]:
        """Every route; a call that writes is all or nothing."""
        return [
            replace(endpoint, handle=self._handler(endpoint)) for part in self._parts for endpoint in part.endpoints()
        ]

    def _handler(self, endpoint: Endpoint) -> Callable[[Call], Answer]:
        handle, catch_up = endpoint.handle, self._imports.catch_up

        def read(call: Call) -> Answer:
            catch_up()
            return handle(call)

        def write(call: Call) -> Answer:
            catch_up()
            with self._storage.transaction():
                return handle(call)

        return write if endpoint.writes else read

    def seed(self, seed: int, records: int) -> None:
        """Fill the account with about a fifth as many contacts as `records`, and what hangs on them."""
        self._users.add(_first_token(seed), admin=True)
        Seeding(self._state, self._documents, self._schemas, self._values, seed).fill(records)

    def ready(self, origin: str) -> dict[str, object]:
        """The base URL and the administrator's key."""
        sql = "SELECT document FROM activecampaign_documents WHERE kind = 'user' AND id = 1"
        assert self._state.db.value(sql) is not None
        first = self._documents.get("user", 1)
        assert first is not None
        return {"base_url": f"{origin}{self.prefix}", "token": first["token"]}

    def authenticate(self, call: Call) -> Caller:
        """The user whose key the ``Api-Token`` header carries. Raises 403, not 401."""
        token = call.headers.get("api-token", "")
        caller = self._callers.get(token)
        if caller is None:
            user = self._users.of_token(token) if token else None
            if user is None:
                raise forbidden()
            caller = self._callers[token] = Caller(token=token, admin=user["admin"])
        return caller

    def quota_key(self, call: Call) -> str:
        """All keys draw on the account's one allowance."""
        return "account"

    def limiter(self) -> RateLimit:
        """A fresh allowance."""
        self._state.limit = AccountLimit()
        return self._state.limit

    def error(self, status: int, call: Call) -> Answer:
        """The wordings are as varied as the real ones: JSON, HTML and nothing at all."""
        if status == 400:
            return Answer(400, {"errors": [{"status": 400, "title": "Bad Request"}]})
        if status == 403:
            return forbidden().answer
        if status == 404:
            return Answer(404, {"message": f'No route found for "{call.method} {call.path}"'})
        if status in (405, 429):
            return Answer(status, None, EMPTY)
        if status in (503, 504):
            body = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>\n"
            return Answer(status, body.encode(), content_type=_HTML)
        return Answer(status, {"message": "Server Error"})

    def finish(self, call: Call, answer: Answer) -> Answer:
        """Nothing is added; what was done is told."""
        self._messages.tell(call, answer)
        return answer

    def configure(self, settings: Mapping[str, object]) -> None:
        """Change the settings. Raises ``ValueError`` for an unknown name or a wrong value."""
        self._state.settings.change(settings)
        if self._state.settings.index_delay_seconds == 0:
            self._state.db.run("DELETE FROM activecampaign_unindexed")
        self._storage.set_value("activecampaign.settings", asdict(self._state.settings))

    def new_token(self, options: Mapping[str, object]) -> str:
        """The key of a further user; ``{"admin": true}`` makes it an administrator. Raises ``ValueError``."""
        admin = options.get("admin", False)
        if set(options) - {"admin"} or not isinstance(admin, bool):
            raise ValueError("only admin, true or false, can be chosen")
        token = secrets.token_hex(36)
        self._users.add(token, admin=admin)
        return token

    def _settings_from_storage(self) -> None:
        kept = self._storage.get_value("activecampaign.settings")
        if kept:
            self._state.settings.change(kept)


def _first_token(seed: int) -> str:
    return hashlib.sha256(f"activecampaign {seed}".encode()).hexdigest() + "0" * 8


def platform(context: Context) -> ActiveCampaign:
    """The emulator over the sandbox's storage and clock."""
    return ActiveCampaign(context)
