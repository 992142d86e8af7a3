"""The panel that makes an object, or changes its labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.domain.design import DesignRules, FieldChoice, FieldDraft, ObjectDraft
from desktop.domain.schema import ObjectSchema
from desktop.domain.values import FieldType
from desktop.ui.data.design_keys import key_problem, suggest_key
from desktop.ui.data.design_rows import DesignPanel, DesignRow
from desktop.ui.data.editors.base import CalmCombo

_LINES = 64
_NEED_MORE = frozenset({FieldType.CHOICE, FieldType.CHOICES, FieldType.REFERENCE})
"""Types that are chosen with more than a label; such fields are added once the object is there."""


class ObjectPanel(DesignPanel):
    """Labels, key, first field and relationships."""

    connection_chosen = Signal(str)
    """Another connection was chosen for the new object: its rules are to be shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.schema: ObjectSchema | None = None
        self._known: Sequence[str] = ()
        self._choices: tuple[FieldChoice, ...] = ()
        self._needs_title = False
        self._key_typed = False
        self.connection = CalmCombo()
        self.label = QLineEdit()
        self.plural = QLineEdit()
        self.key = QLineEdit()
        self.description = QPlainTextEdit()
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(_LINES)
        self.first_field = QLineEdit()
        self.first_type = CalmCombo()
        self.links = QWidget()
        self._link_boxes: dict[str, QCheckBox] = {}
        column = QVBoxLayout(self.links)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._add_rows()

    def _add_rows(self) -> None:
        tr = self.tr
        self.add_row("connection", DesignRow(tr("Connection"), self.connection))
        self.add_row("label", DesignRow(tr("Label"), self.label, tr("One of them, such as Order."), needed=True))
        self.add_row(
            "plural", DesignRow(tr("Plural"), self.plural, tr("Several of them, such as Orders."), needed=True)
        )
        self.add_row("key", DesignRow(tr("Key"), self.key, tr("Can’t be changed later.")))
        self.add_row("description", DesignRow(tr("Description"), self.description))
        self.add_row("fields", DesignRow(tr("First field"), self.first_field))
        self.add_row("fields.0.type", DesignRow(tr("Type of the first field"), self.first_type))
        self.add_row("relates_to", DesignRow(tr("Records can be linked to"), self.links))
        self.end_rows()
        self.label.textEdited.connect(lambda _: self._suggest())
        self.key.textEdited.connect(self._type_key)
        self.connection.textActivated.connect(self.connection_chosen.emit)

    def open_new(self, connections: Sequence[str], chosen: str) -> None:
        """Make an object on one of these connections; what was typed and not sent is still there."""
        if self.schema is not None:
            self._clear()
        self.schema = None
        self.connection.clear()
        self.connection.addItems(list(connections))
        self.connection.setCurrentText(chosen)
        self.begin(self.tr("New object"), self.tr("Create object"), ())
        self._fit()
        self.label.setFocus()

    def show_rules(self, rules: DesignRules, objects: Mapping[str, str]) -> None:
        """Show what the chosen connection allows.

        :param objects: labels of its objects by key.
        """
        self._known = tuple(objects)
        self._needs_title = bool(rules.title_types)
        types = rules.title_types or {item.type for item in rules.choices} - _NEED_MORE
        self._choices = tuple(choice for choice in rules.choices if choice.type in types)
        self.first_type.clear()
        for choice in self._choices:
            self.first_type.addItem(choice.label)
        hint = self.tr("Names the records, such as Order number.") if self._needs_title else self.tr("More can follow.")
        self.rows["fields"].set_hint(hint)
        self.rows["fields"].note.setVisible(self._needs_title)
        self._show_links({key: objects.get(key, key) for key in rules.relates_to})
        self.show_limits(rules.limits)
        self._fit()
        self._suggest()

    def open_edit(self, rules: DesignRules, schema: ObjectSchema) -> None:
        """Change an object's labels and description."""
        self.schema = schema
        self.label.setText(schema.label)
        self.plural.setText(schema.plural)
        self.description.setPlainText(schema.description)
        self.begin(self.tr("Edit %1").replace("%1", schema.plural), self.tr("Save object"), rules.limits)
        self._fit()
        self.label.setFocus()
        self.label.selectAll()

    def forget(self) -> None:
        """What was typed was taken, or is not wanted any more."""
        self._clear()

    def _clear(self) -> None:
        for line in (self.label, self.plural, self.key, self.first_field):
            line.clear()
        self.description.clear()
        self._key_typed = False
        for box in self._link_boxes.values():
            box.setChecked(False)

    def _show_links(self, labels: Mapping[str, str]) -> None:
        ticked = {key for key, box in self._link_boxes.items() if box.isChecked()}
        layout = self.links.layout()
        assert layout is not None
        for box in self._link_boxes.values():
            layout.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._link_boxes = {}
        last: QWidget = self.first_type
        for key, label in labels.items():
            box = QCheckBox(label)
            box.setAccessibleName(label)
            box.setChecked(key in ticked)
            layout.addWidget(box)
            self._link_boxes[key] = box
            self.setTabOrder(last, box)
            last = box
        self.go_on_from(last)
        self.rows["relates_to"].focus = next(iter(self._link_boxes.values()), self.links)

    def _fit(self) -> None:
        new = self.schema is None
        shown = {
            "connection": new and self.connection.count() > 1,
            "key": new,
            "fields": new and bool(self._choices),
            "fields.0.type": new and len(self._choices) > 1,
            "relates_to": new and bool(self._link_boxes),
        }
        for place, visible in shown.items():
            self.rows[place].setVisible(visible)

    def _suggest(self) -> None:
        if self.schema is None and not self._key_typed:
            self.key.setText(suggest_key(self.label.text(), self._known))
            self.rows["key"].mark("")

    def _type_key(self, text: str) -> None:
        self._key_typed = bool(text)
        self.rows["key"].mark(key_problem(text.strip(), self._known))

    def draft(self) -> ObjectDraft:
        """The object as it is to be."""
        label, plural = self.label.text().strip(), self.plural.text().strip()
        description = self.description.toPlainText().strip()
        if self.schema is not None:
            return ObjectDraft(label, plural, self.schema.key, description)
        links = tuple(key for key, box in self._link_boxes.items() if box.isChecked())
        return ObjectDraft(label, plural, self.key.text().strip(), description, self._first_field(), links)

    def _first_field(self) -> tuple[FieldDraft, ...]:
        label, at = self.first_field.text().strip(), self.first_type.currentIndex()
        if not label or not 0 <= at < len(self._choices):
            return ()
        choice = self._choices[at]
        return (FieldDraft(label, choice.type, suggest_key(label, self._known), choice.native_type, self._needs_title),)

    def check(self) -> bool:
        """Mark what can be seen to be wrong before it is sent."""
        draft, new = self.draft(), self.schema is None
        missing_title = new and self._needs_title and not draft.fields
        problems = (
            ("label", "" if draft.label else self.tr("Say what one of them is called.")),
            ("plural", "" if draft.plural else self.tr("Say what several of them are called.")),
            ("key", key_problem(draft.key, self._known) if new else ""),
            ("fields", self.tr("Name the field that says what a record is called.") if missing_title else ""),
        )
        return not self.mark(problems)
