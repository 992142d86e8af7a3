"""What HighLevel lets be changed of its schemas, and what of it is said before anything is sent.

Sources: https://marketplace.gohighlevel.com/docs/ghl/objects/, .../custom-fields/, .../locations/create-custom-field
and https://help.gohighlevel.com (limits of custom objects).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from desktop.connectors.highlevel.standard import BUSINESS, CONTACT, OPPORTUNITY
from desktop.domain.design import Change, DesignRules, FieldChoice, FieldDraft, ObjectDraft
from desktop.domain.errors import InvalidInput, NotSupported, Problem
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType

MAX_OBJECTS = 10
MAX_DESCRIPTION = 100
MAX_SEARCHABLE = 3
OPTION_TYPES = frozenset({"SINGLE_OPTIONS", "MULTIPLE_OPTIONS", "RADIO", "CHECKBOX", "TEXTBOX_LIST"})
TITLE_TYPES: Mapping[FieldType, str] = {FieldType.TEXT: "TEXT", FieldType.NUMBER: "NUMERICAL"}
_T = FieldType
_CHOICES = (
    FieldChoice(_T.TEXT, "TEXT", "Text"),
    FieldChoice(_T.LONG_TEXT, "LARGE_TEXT", "Long text"),
    FieldChoice(_T.NUMBER, "NUMERICAL", "Number"),
    FieldChoice(_T.PHONE, "PHONE", "Phone"),
    FieldChoice(_T.MONEY, "MONETORY", "Amount of money"),
    FieldChoice(_T.DATE, "DATE", "Date"),
    FieldChoice(_T.CHOICE, "SINGLE_OPTIONS", "Choice (list)"),
    FieldChoice(_T.CHOICE, "RADIO", "Choice (buttons)"),
    FieldChoice(_T.CHOICES, "MULTIPLE_OPTIONS", "Multiple choice (list)"),
    FieldChoice(_T.CHOICES, "CHECKBOX", "Multiple choice (boxes)"),
    FieldChoice(_T.TEXT, "TEXTBOX_LIST", "List of texts (one for each option)"),
    FieldChoice(_T.FILE, "FILE_UPLOAD", "File"),
)
_EMAIL = FieldChoice(_T.EMAIL, "EMAIL", "E-mail")
_KEY = re.compile(r"[a-z][a-z0-9_]*")
_COMMON = (
    "A field's key and type can't be changed later.",
    "Amounts carry their own currency and numbers any decimals: a field sets neither.",
)
_V2_LIMITS = (
    *_COMMON,
    "Options can be added and renamed; HighLevel removes none through its API.",
    "A field can't be moved to another folder, and only the field that names a record is required.",
    "Whether a field's values have to differ is set in HighLevel, for up to 10 fields of an object.",
)
_V1_LIMITS = (
    *_COMMON,
    "HighLevel makes the key of the field from its label.",
    "An option goes by its text: records keep the old text when it is renamed.",
)
_OBJECT_LIMITS = (
    f"An account can have {MAX_OBJECTS} custom objects.",
    f"A description has at most {MAX_DESCRIPTION} characters.",
    "The first field names the records. It is a text or a number, and can't be replaced later.",
    "HighLevel may add a number to a key that is taken.",
    f"HighLevel searches at most {MAX_SEARCHABLE} fields of an object for text.",
)


def rules_of_new(relates_to: tuple[str, ...]) -> DesignRules:
    """What a new custom object can have."""
    return DesignRules(
        choices=_CHOICES,
        title_types=frozenset(TITLE_TYPES),
        relates_to=relates_to,
        limits=(*_OBJECT_LIMITS, *_V2_LIMITS),
    )


def rules_of(schema: ObjectSchema, folders: tuple[str, ...]) -> DesignRules:
    """What can be changed of an object."""
    if schema.custom:
        return DesignRules(choices=_CHOICES, limits=(*_OBJECT_LIMITS[1:2], *_V2_LIMITS), folders=folders)
    own = f"{schema.plural} are one of HighLevel's own objects"
    refusals = {
        Change.CHANGE_OBJECT: f"{own}: their names can't be changed through its API.",
        Change.DELETE_OBJECT: f"{own}: they can't be deleted.",
    }
    if schema.key == BUSINESS:
        return DesignRules(refusals, choices=(*_CHOICES, _EMAIL), limits=_V2_LIMITS, folders=folders)
    if schema.key in (CONTACT, OPPORTUNITY):
        return DesignRules(refusals, choices=_CHOICES, limits=_V1_LIMITS)
    fields = f"{schema.plural} have the same fields in every HighLevel account."
    refusals |= dict.fromkeys((Change.CREATE_FIELD, Change.CHANGE_FIELD, Change.DELETE_FIELD), fields)
    return DesignRules(refusals)


def require(rules: DesignRules, change: Change) -> None:
    """Go on only with what the rules allow.

    :raises NotSupported: with the rules' sentence.
    """
    if not rules.allows(change):
        raise NotSupported(rules.refusals[change], "Change it in HighLevel.")


def native_type(draft: FieldDraft, rules: DesignRules) -> str:
    """The platform's type of a new field, blank when it has none that fits."""
    fitting = [item.native_type for item in rules.choices if item.type is draft.type]
    if draft.native_type:
        return draft.native_type if draft.native_type in fitting else ""
    return fitting[0] if fitting else ""


def slug(label: str) -> str:
    """A key made of a label: lower case, with underscores."""
    text = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")
    return text if not text or text[0].isalpha() else f"n_{text}"


def short_key(key: str) -> str:
    """A key without the prefixes that the platform puts before it."""
    return key.rpartition(".")[2]


class Findings:
    """What is wrong with a draft, each with its place."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, place: str, message: str) -> None:
        """Note one."""
        self._found.append(Problem("invalid_input", message, place=place))

    def check_object(self, draft: ObjectDraft, *, new: bool) -> None:
        """Labels, description, and of a new object its key and fields."""
        for place, text in (("label", draft.label), ("plural", draft.plural)):
            if not text.strip():
                self.add(place, "A name is missing.")
        if len(draft.description) > MAX_DESCRIPTION:
            self.add("description", f"HighLevel takes {MAX_DESCRIPTION} characters, this has {len(draft.description)}.")
        if not new:
            return
        self._check_key("key", draft.key, draft.label)
        if not draft.fields:
            self.add("fields", "The object needs a field that names its records.")
        elif draft.fields[0].type not in TITLE_TYPES or draft.fields[0].native_type not in ("", "TEXT", "NUMERICAL"):
            self.add("fields[0].type", "The field that names the records has to be a text or a number.")
        keys = [short_key(item.key) or slug(item.label) for item in draft.fields]
        for index, item in enumerate(draft.fields):
            if keys[index] in keys[:index]:
                self.add(f"fields[{index}].key", f"Another field of this object has the key {keys[index]} as well.")
            if index:
                self.check_field(item, rules_of_new(()), f"fields[{index}].")
            else:
                self._check_named(item, f"fields[{index}].")

    def check_field(self, draft: FieldDraft, rules: DesignRules, place: str = "", taken: Iterable[str] = ()) -> None:
        """A new field. ``taken``: keys that the object's fields have."""
        self._check_named(draft, place)
        if (key := short_key(draft.key) or slug(draft.label)) in set(taken):
            self.add(f"{place}key", f"The object has a field with the key {key} already.")
        native = native_type(draft, rules)
        if not native:
            self.add(f"{place}type", "HighLevel has no such type of field here.")
        if draft.required:
            self.add(f"{place}required", "HighLevel sets no field as required through its API.")
        if native in OPTION_TYPES and not draft.options:
            self.add(f"{place}options", "A field of this type needs at least one option.")
        elif native and native not in OPTION_TYPES and draft.options:
            self.add(f"{place}options", "Only choices and lists of texts have options.")
        self.check_options(draft, place)

    def check_options(self, draft: FieldDraft, place: str = "") -> None:
        """Options have a text each, and differ."""
        labels = [option.label.strip().casefold() for option in draft.options]
        for index, option in enumerate(draft.options):
            if not labels[index]:
                self.add(f"{place}options[{index}]", "An option has no text.")
            elif labels[index] in labels[:index]:
                self.add(f"{place}options[{index}]", f"The option {option.label} is there twice.")

    def _check_named(self, draft: FieldDraft, place: str) -> None:
        if not draft.label.strip():
            self.add(f"{place}label", "A name is missing.")
        self._check_key(f"{place}key", draft.key, draft.label)

    def _check_key(self, place: str, key: str, label: str) -> None:
        short = short_key(key) if key else slug(label)
        if label.strip() and not _KEY.fullmatch(short):
            self.add(place, "A key has small letters, digits and underscores, and begins with a letter.")

    def end(self, what: str) -> None:
        """Go on only when nothing was found.

        :raises InvalidInput: with all that was found.
        """
        if self._found:
            raise InvalidInput(
                f"{what} can't be sent to HighLevel as it is: {self._found[0].message}", tuple(self._found)
            )
