"""``/custom-fields``: fields and folders of custom objects and of ``business`` (V2).

Source: https://marketplace.gohighlevel.com/docs/ghl/custom-fields/.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.sandbox.clock import Clock, iso_ms
from desktop.sandbox.highlevel.account import Account
from desktop.sandbox.highlevel.catalogue import CHOICES, Catalogue, FieldDef, Folder, ObjectDef, normal_key
from desktop.sandbox.highlevel.ids import new_hex_id
from desktop.sandbox.highlevel.schemas import short_key
from desktop.sandbox.highlevel.wire import LOCATION_QUERY, Key, Shape, body_of, problems, query_of, refuse
from desktop.sandbox.kernel import Answer, Call, Endpoint

DATA_TYPES = (
    "TEXT", "LARGE_TEXT", "NUMERICAL", "PHONE", "MONETORY", "CHECKBOX", "SINGLE_OPTIONS",
    "MULTIPLE_OPTIONS", "DATE",
    "TEXTBOX_LIST", "FILE_UPLOAD", "RADIO", "EMAIL",
)  # fmt: skip
FORMATS = (".pdf", ".docx", ".doc", ".jpg", ".jpeg", ".png", ".gif", ".csv", ".xlsx", ".xls", "all")
_UPDATE: Shape = {
    "locationId": Key(required=True),
    "showInForms": Key("boolean", required=True),
    "name": Key(),
    "description": Key(),
    "placeholder": Key(),
    "options": Key("array"),
    "acceptedFormats": Key(),
    "maxFileLimit": Key("number"),
}
_CREATE: Shape = {
    **_UPDATE,
    "objectKey": Key(required=True),
    "fieldKey": Key(required=True),
    "dataType": Key(required=True),
    "parentId": Key(required=True),
    "allowCustomOption": Key("boolean"),
}
_OPTION: Shape = {"key": Key(required=True), "label": Key(required=True), "url": Key()}
_FOLDER: Shape = {
    "objectKey": Key(required=True),
    "name": Key(required=True),
    "locationId": Key(required=True),
}
_RENAME: Shape = {"name": Key(required=True), "locationId": Key(required=True)}


class Fields:
    """Handlers of the V2 field endpoints. ``on_delete`` takes a deleted field's values out of the records."""

    def __init__(
        self,
        account: Account,
        catalogue: Catalogue,
        clock: Clock,
        on_delete: Callable[[ObjectDef, FieldDef], None],
    ) -> None:
        self._account = account
        self._catalogue = catalogue
        self._clock = clock
        self._on_delete = on_delete

    def endpoints(self) -> list[Endpoint]:
        read, write = "locations/customFields.readonly", "locations/customFields.write"
        return [
            Endpoint("GET", "/custom-fields/{id}", self.get, read),
            Endpoint("PUT", "/custom-fields/{id}", self.update, write),
            Endpoint("DELETE", "/custom-fields/{id}", self.delete, write),
            Endpoint("GET", "/custom-fields/object-key/{objectKey}", self.list, read),
            Endpoint("POST", "/custom-fields/", self.create, write),
            Endpoint("POST", "/custom-fields/folder", self.create_folder, write),
            Endpoint("PUT", "/custom-fields/folder/{id}", self.rename_folder, write),
            Endpoint("DELETE", "/custom-fields/folder/{id}", self.delete_folder, write),
        ]

    def get(self, call: Call) -> Answer:
        query_of(call, {"locationId": Key()})
        self._account.admit(call)
        folder = self._catalogue.folders.get(call.params["id"])
        if folder is not None:
            return Answer(200, {"field": self._folder(folder)})
        return Answer(200, {"field": self._existing(call.params["id"]).report(self._account.location)})

    def list(self, call: Call) -> Answer:
        self._account.admit(call, query_of(call, LOCATION_QUERY)["locationId"])
        owner = self._owner(call.params["objectKey"])
        fields = self._catalogue.fields_of(owner.key).values()
        return Answer(
            200,
            {
                "fields": [item.report(self._account.location) for item in fields],
                "folders": [self._folder(item) for item in self._catalogue.folders_of(owner.key)],
            },
        )

    def create(self, call: Call) -> Answer:
        body = body_of(call, _CREATE)
        self._account.admit(call, body["locationId"])
        owner = self._owner(body["objectKey"])
        data_type = body["dataType"]
        if data_type not in DATA_TYPES:
            raise refuse(422, [f"dataType must be one of the following values: {', '.join(DATA_TYPES)}"])
        if data_type == "EMAIL" and owner.key != "business":
            raise refuse(400, "Field type EMAIL is not supported for custom objects")
        folder = self._catalogue.folders.get(body["parentId"])
        if folder is None or folder.object_key != owner.key:
            raise refuse(400, f"Invalid parentId - {body['parentId']}")
        key = short_key(body["fieldKey"], owner.key)
        if key in self._catalogue.fields_of(owner.key):
            raise refuse(400, f"Field with key {owner.key}.{key} already exists")
        now = self._clock.ms()
        made = FieldDef(new_hex_id(), owner.key, key, body.get("name") or key, data_type, folder.id, now, now)
        made.allow_custom_option = data_type == "RADIO" and bool(body.get("allowCustomOption"))
        self._describe(made, body)
        if data_type in CHOICES:
            made.options = _options(made, body.get("options") or [])
        elif "options" in body:
            raise refuse(422, ["property options should not exist"])
        self._catalogue.put(made)
        return Answer(201, {"field": made.report(self._account.location)})

    def update(self, call: Call) -> Answer:
        body = body_of(call, _UPDATE)
        self._account.admit(call, body["locationId"])
        changed = self._existing(call.params["id"])
        if "options" in body and changed.data_type not in CHOICES:
            raise refuse(422, ["property options should not exist"])
        if body.get("options") is not None:
            changed.options = _merged(changed, body["options"])
        self._describe(changed, body)
        changed.name = body.get("name") or changed.name
        changed.updated = self._clock.ms()
        self._catalogue.put(changed)
        return Answer(200, {"field": changed.report(self._account.location)})

    def delete(self, call: Call) -> Answer:
        query_of(call, {})
        self._account.admit(call)
        gone = self._existing(call.params["id"])
        owner = self._owner(gone.object_key)
        if gone.full_key == owner.primary:
            raise refuse(400, "The primary display property cannot be deleted")
        if gone.full_key in owner.searchable:
            owner.searchable = [key for key in owner.searchable if key != gone.full_key] or [owner.primary]
            self._catalogue.put(owner)
        self._catalogue.remove(gone)
        self._on_delete(owner, gone)
        return Answer(200, {"succeded": True, "id": gone.id, "key": gone.full_key})

    def create_folder(self, call: Call) -> Answer:
        body = body_of(call, _FOLDER)
        self._account.admit(call, body["locationId"])
        owner = self._owner(body["objectKey"])
        now = self._clock.ms()
        made = Folder(new_hex_id(), owner.key, body["name"], now, now)
        self._catalogue.put(made)
        return Answer(201, made.report(self._account.location))

    def rename_folder(self, call: Call) -> Answer:
        body = body_of(call, _RENAME)
        self._account.admit(call, body["locationId"])
        folder = self._existing_folder(call.params["id"])
        folder.name = body["name"]
        folder.updated = self._clock.ms()
        self._catalogue.put(folder)
        return Answer(200, folder.report(self._account.location))

    def delete_folder(self, call: Call) -> Answer:
        self._account.admit(call, query_of(call, LOCATION_QUERY)["locationId"])
        folder = self._existing_folder(call.params["id"])
        if any(item.parent_id == folder.id for item in self._catalogue.fields.values()):
            raise refuse(400, "Folder with fields cannot be deleted")
        self._catalogue.remove(folder)
        return Answer(200, {"succeded": True, "id": folder.id, "key": folder.object_key})

    def _owner(self, key: str) -> ObjectDef:
        if key in ("contact", "opportunity"):
            raise refuse(400, "Api does not support objectKey of type contact or opportunity")
        owner = self._catalogue.objects.get(normal_key(key))
        if owner is None:
            raise refuse(404, f"Custom Object ({key}) not found")
        return owner

    def _existing(self, id_: str) -> FieldDef:
        found = self._catalogue.fields.get(id_)
        if found is None:
            raise refuse(404, f"Custom field ({id_}) not found")
        return found

    def _existing_folder(self, id_: str) -> Folder:
        found = self._catalogue.folders.get(id_)
        if found is None:
            raise refuse(404, f"Custom field folder ({id_}) not found")
        return found

    def _folder(self, folder: Folder) -> dict[str, Any]:
        times = {"dateAdded": iso_ms(folder.created), "dateUpdated": iso_ms(folder.updated)}
        return folder.report(self._account.location) | times

    @staticmethod
    def _describe(target: FieldDef, body: dict[str, Any]) -> None:
        formats = body.get("acceptedFormats") if target.data_type == "FILE_UPLOAD" else None
        if formats is not None and formats not in FORMATS:
            raise refuse(422, [f"acceptedFormats must be one of the following values: {', '.join(FORMATS)}"])
        target.show_in_forms = body["showInForms"]
        if body.get("description") is not None:
            target.description = body["description"]
        if body.get("placeholder") is not None:
            target.placeholder = body["placeholder"]
        if target.data_type != "FILE_UPLOAD":
            return
        target.accepted_formats = formats or target.accepted_formats
        if body.get("maxFileLimit") is not None:
            target.max_file_limit = int(body["maxFileLimit"])


def _options(target: FieldDef, given: list[Any]) -> list[dict[str, str]]:
    """A whole list of options, checked; a choice needs at least one, and keys differ."""
    if not given:
        raise refuse(400, f"options are required for {target.data_type} type fields")
    kept: list[dict[str, str]] = []
    for index, option in enumerate(given):
        if not isinstance(option, dict):
            raise refuse(422, ["each value in options must be an object"])
        found = problems(option, _OPTION, f"options.{index}.")
        if found:
            raise refuse(422, found)
        if option.get("url") and target.data_type != "RADIO":
            raise refuse(400, "url is only supported for options of RADIO type fields")
        if "." in option["key"]:
            raise refuse(400, f"Invalid option key - {option['key']}")
        kept.append({name: value for name, value in option.items() if value is not None})
    if len({option["key"] for option in kept}) != len(kept):
        raise refuse(400, "option keys must be unique")
    return kept


def _merged(target: FieldDef, given: list[Any]) -> list[dict[str, str]]:
    """The options after an update: the whole list is sent, keys stay, none can go."""
    kept = _options(target, given)
    lost = target.option_keys() - {option["key"] for option in kept}
    if lost:
        raise refuse(400, f"Removal of existing options is not supported - {', '.join(sorted(lost))}")
    return kept
