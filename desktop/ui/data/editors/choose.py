"""Which editor a field gets."""

from __future__ import annotations

from collections.abc import Callable

from desktop.domain.schema import Field
from desktop.domain.values import FieldType
from desktop.ui.data.editors.base import FieldEditor
from desktop.ui.data.editors.choices import BooleanEditor, ChoiceEditor, ChoicesEditor
from desktop.ui.data.editors.dates import DateEditor, MomentEditor
from desktop.ui.data.editors.files import FilesView, PlainView
from desktop.ui.data.editors.number import MoneyEditor, NumberEditor
from desktop.ui.data.editors.reference import ReferenceEditor, References
from desktop.ui.data.editors.text import text_editor

_EDITORS: dict[FieldType, Callable[[Field], FieldEditor]] = {
    FieldType.NUMBER: NumberEditor,
    FieldType.MONEY: MoneyEditor,
    FieldType.BOOLEAN: BooleanEditor,
    FieldType.DATE: DateEditor,
    FieldType.DATETIME: MomentEditor,
    FieldType.CHOICE: ChoiceEditor,
    FieldType.CHOICES: ChoicesEditor,
    FieldType.FILE: FilesView,
}


def editor_for(item: Field, references: References, *, editable: bool) -> FieldEditor:
    """The editor for a field, or what merely shows its value."""
    if item.type is FieldType.REFERENCE and item.target:
        return ReferenceEditor(item, references, editable=editable)
    if not editable:
        return FilesView(item) if item.type is FieldType.FILE else PlainView(item)
    if item.type is FieldType.REFERENCE:
        return PlainView(item)
    return _EDITORS.get(item.type, text_editor)(item)
