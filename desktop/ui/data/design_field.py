"""The panel that makes a field, or changes one."""

from __future__ import annotations

import re
from collections.abc import Collection

from PySide6.QtWidgets import QCheckBox, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from desktop.domain.design import DesignRules, FieldChoice, FieldDraft, OptionDraft
from desktop.domain.schema import Field
from desktop.domain.values import FieldType
from desktop.ui.data.cells import type_name
from desktop.ui.data.design_keys import key_problem, suggest_key
from desktop.ui.data.design_options import OptionsEditor
from desktop.ui.data.design_rows import DesignPanel, DesignRow
from desktop.ui.data.editors.base import CalmCombo
from desktop.ui.widgets.field import padded
from desktop.ui.widgets.label import Label

_CHOICES = frozenset({FieldType.CHOICE, FieldType.CHOICES})
_MOST_DECIMALS = 10
_LINES = 64


class _Decimals(QSpinBox):
    """How many decimals a number keeps, or that the platform decides."""

    def __init__(self) -> None:
        super().__init__()
        self.setRange(-1, _MOST_DECIMALS)
        self.setSpecialValueText(self.tr("as the platform sets it"))
        self.setValue(-1)

    def wheelEvent(self, event) -> None:
        event.ignore()


class FieldPanel(DesignPanel):
    """Label, type, key and what the type needs. A field that is there keeps its type and its key."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field: Field | None = None
        self._known: Collection[str] = ()
        self._choices: tuple[FieldChoice, ...] = ()
        self._key_typed = False
        self._opened_with = FieldDraft("", FieldType.TEXT)
        self.label = QLineEdit()
        self.type = CalmCombo()
        self.kind = Label("", "body")
        self.key = QLineEdit()
        self.options = OptionsEditor(self.tr("Options"))
        self.decimals = padded(_Decimals())
        self.currency = QLineEdit()
        self.currency.setMaxLength(3)
        self.currency.setPlaceholderText(self.tr("the account’s currency"))
        self.folder = CalmCombo()
        self.required = QCheckBox(self.tr("Required"))
        self.required.setAccessibleName(self.tr("Required"))
        self.description = QPlainTextEdit()
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(_LINES)
        self._add_rows()

    def _add_rows(self) -> None:
        fixed = self.tr("Can’t be changed later.")
        self.add_row("label", DesignRow(self.tr("Label"), self.label, needed=True))
        self.add_row("type", DesignRow(self.tr("Type"), self.type, fixed))
        self.add_row("kind", DesignRow(self.tr("Type"), self.kind))
        self.add_row("key", DesignRow(self.tr("Key"), self.key, fixed))
        options = DesignRow(self.tr("Options"), self.options, focus=self.options.line)
        self.add_row("options", options)
        self.add_row("scale", DesignRow(self.tr("Decimals"), self.decimals))
        self.add_row("currency", DesignRow(self.tr("Currency"), self.currency, self.tr("Three letters, as in USD.")))
        self.add_row("folder", DesignRow(self.tr("Folder"), self.folder))
        self.add_row("required", DesignRow("", self.required))
        self.add_row("description", DesignRow(self.tr("Description"), self.description))
        self.end_rows()
        self.label.textEdited.connect(lambda _: self._suggest())
        self.key.textEdited.connect(self._type_key)
        self.type.currentIndexChanged.connect(lambda _: self._fit())
        self.options.changed.connect(lambda: self.rows["options"].mark(""))

    def open_new(self, rules: DesignRules, known: Collection[str], draft: FieldDraft | None = None) -> None:
        """Make a field.

        :param known: keys that are taken.
        :param draft: what was typed before.
        """
        self.field, self._known = None, known
        self._choices = rules.choices
        self.type.clear()
        for choice in rules.choices:
            self.type.addItem(choice.label)
        self.folder.clear()
        self.folder.addItems(list(rules.folders))
        self._fill(draft or FieldDraft("", FieldType.TEXT))
        self._opened_with = self.draft()
        self.begin(self.tr("New field"), self.tr("Create field"), rules.limits)
        self.label.setFocus()

    def open_edit(self, rules: DesignRules, item: Field, draft: FieldDraft | None = None) -> None:
        """Change a field."""
        self.field, self._known, self._choices = item, (), ()
        self.kind.setText(type_name(item))
        options = tuple(OptionDraft(option.label, option.key) for option in item.options)
        self._fill(draft or FieldDraft(item.label, item.type, options=options, description=item.description))
        self._opened_with = self.draft()
        title = self.tr("Edit %1").replace("%1", item.label)
        self.begin(title, self.tr("Save field"), rules.limits)
        self.label.setFocus()
        self.label.selectAll()

    def _fill(self, draft: FieldDraft) -> None:
        self.label.setText(draft.label)
        at = next((at for at, item in enumerate(self._choices) if _is_choice(item, draft)), 0)
        self.type.setCurrentIndex(at if self._choices else -1)
        self._key_typed = bool(draft.key) and draft.key != suggest_key(draft.label, self._known)
        self.key.setText(draft.key)
        self.options.show_options(draft.options)
        self.decimals.setValue(-1 if draft.scale is None else draft.scale)
        self.currency.setText(draft.currency or "")
        self.folder.setCurrentIndex(max(self.folder.findText(draft.folder), 0))
        self.required.setChecked(draft.required)
        self.description.setPlainText(draft.description)
        self._fit()

    def _fit(self) -> None:
        """Show the rows that the type needs."""
        type_, new = self._type(), self.field is None
        shown = {
            "type": new,
            "kind": not new,
            "key": new,
            "options": type_ in _CHOICES,
            "scale": new and type_ is FieldType.NUMBER,
            "currency": new and type_ is FieldType.MONEY,
            "folder": new and self.folder.count() > 0,
            "required": new,
        }
        for place, visible in shown.items():
            self.rows[place].setVisible(visible)

    def _choice(self) -> FieldChoice | None:
        at = self.type.currentIndex()
        return self._choices[at] if 0 <= at < len(self._choices) else None

    def _type(self) -> FieldType:
        if self.field is not None:
            return self.field.type
        choice = self._choice()
        return choice.type if choice else FieldType.TEXT

    def _suggest(self) -> None:
        if self.field is None and not self._key_typed:
            self.key.setText(suggest_key(self.label.text(), self._known))
            self.rows["key"].mark("")

    def _type_key(self, text: str) -> None:
        self._key_typed = bool(text)
        self.rows["key"].mark(key_problem(text.strip(), self._known))

    def draft(self) -> FieldDraft:
        """The field as it is to be."""
        item, type_, choice = self.field, self._type(), self._choice()
        label, description = self.label.text().strip(), self.description.toPlainText().strip()
        options = () if self.rows["options"].isHidden() else self.options.options()
        if item is not None:
            return FieldDraft(
                label,
                type_,
                item.key,
                item.native_type,
                item.required,
                options,
                item.scale,
                item.currency,
                description,
            )
        scale = self.decimals.value() if type_ is FieldType.NUMBER else -1
        currency = self.currency.text().strip().upper() if type_ is FieldType.MONEY else ""
        return FieldDraft(
            label,
            type_,
            self.key.text().strip(),
            choice.native_type if choice else "",
            self.required.isChecked(),
            options,
            None if scale < 0 else scale,
            currency or None,
            description,
            self.folder.currentText(),
        )

    @property
    def is_touched(self) -> bool:
        """Whether anything was typed since the panel was opened."""
        return self.draft() != self._opened_with

    def check(self) -> bool:
        """Mark what can be seen to be wrong before it is sent."""
        draft = self.draft()
        labels = [option.label.casefold() for option in draft.options]
        problems = [
            ("label", "" if draft.label else self.tr("Give the field a label.")),
            ("key", "" if self.field else key_problem(draft.key, self._known)),
            ("currency", self._currency_problem(draft.currency or "")),
        ]
        twice = next((option.label for option in draft.options if labels.count(option.label.casefold()) > 1), "")
        if "" in labels:
            problems.append(("options", self.tr("Every option needs a label.")))
        elif twice:
            problems.append(("options", self.tr("“%1” is there twice.").replace("%1", twice)))
        return not self.mark(problems)

    def _currency_problem(self, code: str) -> str:
        if not code or self.field is not None or re.fullmatch(r"[A-Z]{3}", code):
            return ""
        return self.tr("Write the three letters of the currency, as in USD.")


def _is_choice(choice: FieldChoice, draft: FieldDraft) -> bool:
    return choice.type is draft.type and draft.native_type in ("", choice.native_type)
