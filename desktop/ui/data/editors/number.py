"""Editors for numbers and amounts of money."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.domain.values import Money
from desktop.ui.data.editors.base import CalmCombo, FieldEditor, line_edit
from desktop.ui.data.form_state import Typed
from desktop.ui.data.typing_in import number_problem, read_number, write_number

_CURRENCIES = (
    "USD", "EUR", "GBP", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "HKD", "HUF", "ILS", "INR", "JPY", "KRW",
    "MXN", "NOK", "NZD", "PLN", "RON", "SEK", "SGD", "THB", "TRY", "UAH", "ZAR",
)  # fmt: skip


class NumberEditor(FieldEditor):
    """A number in the locale's notation."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.line = line_edit(self.tr("empty"))
        self.add_control(self.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line)
        self.line.textEdited.connect(lambda _: self.changed.emit())

    def typed(self) -> Typed:
        text = self.line.text()
        if not text.strip():
            return Typed()
        value = read_number(text)
        if value is None:
            return Typed(text=text, problem=number_problem(text, self.item.scale))
        return Typed(value)

    def fill(self, typed: Typed) -> None:
        value = typed.value
        self.line.setText(write_number(value) if isinstance(value, Decimal) else typed.text)


class MoneyEditor(FieldEditor):
    """An amount and its currency."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.amount = line_edit(self.tr("empty"))
        self.add_control(self.amount)
        self.currency = CalmCombo()
        self.currency.setEditable(True)
        self.currency.setInsertPolicy(CalmCombo.InsertPolicy.NoInsert)
        codes = dict.fromkeys(filter(None, (item.currency, *_CURRENCIES)))
        self.currency.addItems(list(codes))
        self.currency.setFixedWidth(84)
        self.add_control(self.currency, self.tr("%1: currency").replace("%1", item.label))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.amount, 1)
        row.addWidget(self.currency)
        self.amount.textEdited.connect(lambda _: self.changed.emit())
        self.currency.editTextChanged.connect(self._currency_changed)
        self._filling = False

    @property
    def _code(self) -> str:
        return self.currency.currentText().strip().upper()

    def _currency_changed(self) -> None:
        if not self._filling and self.amount.text().strip():
            self.changed.emit()

    def typed(self) -> Typed:
        text = self.amount.text()
        if not text.strip():
            return Typed()
        value = read_number(text)
        if value is not None:
            return Typed(Money(value, self._code))
        known = self.tr("The currency is %1.").replace("%1", self._code)
        return Typed(text=f"{text}\t{self._code}", problem=f"{number_problem(text, self._decimals)} {known}")

    @property
    def _decimals(self) -> int:
        return 2 if self.item.scale is None else self.item.scale

    def fill(self, typed: Typed) -> None:
        self._filling = True
        if isinstance(typed.value, Money):
            self.amount.setText(write_number(typed.value.amount, self._decimals))
            self._set_code(typed.value.currency)
        else:
            text, _, code = typed.text.partition("\t")
            self.amount.setText(text)
            self._set_code(code or self.item.currency or _CURRENCIES[0])
        self._filling = False

    def _set_code(self, code: str) -> None:
        self.currency.setCurrentIndex(self.currency.findText(code))
        self.currency.setEditText(code)
