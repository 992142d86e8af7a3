"""Cards and hairlines: what groups things on a page."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.ui.widgets.label import ElidedLabel, Label


def hairline(*, faint: bool = False, vertical: bool = False) -> QFrame:
    """A rule of one pixel."""
    rule = QFrame()
    rule.setProperty("rule", "faint" if faint else "line")
    if vertical:
        rule.setFixedWidth(1)
    else:
        rule.setFixedHeight(1)
    return rule


class Card(QFrame):
    """A surface with a hairline border. Add content to :attr:`body`; :meth:`add_row` starts a ruled-off part.

    :param title: shown as the card's heading and used as its accessible name.
    :param fill: the body takes all the height there is, as for a table.
    :param aside: shown at the right of the heading, such as a pill.
    """

    def __init__(
        self,
        title: str = "",
        *,
        aside: QWidget | None = None,
        fill: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self.setAccessibleName(title)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 16, 0, 16)
        self._outer.setSpacing(12)
        self.title_label = ElidedLabel(title, "heading")
        if title or aside is not None:
            head = QHBoxLayout()
            head.setContentsMargins(16, 0, 16, 0)
            head.addWidget(self.title_label, 1)
            if aside is not None:
                head.addWidget(aside)
            self._outer.addLayout(head)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(16, 0, 16, 0)
        self.body.setSpacing(8)
        self._outer.addLayout(self.body, 1 if fill else 0)
        self._outer.addStretch(0 if fill else 1)

    def set_title(self, title: str) -> None:
        """Change the heading and the accessible name."""
        self.title_label.setText(title)
        self.setAccessibleName(title)

    def add_row(self) -> QVBoxLayout:
        """Rule off a new part at the end of the card, and return its layout."""
        end = self._outer.count() - 1
        self._outer.insertWidget(end, hairline(faint=True))
        row = QVBoxLayout()
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(8)
        self._outer.insertLayout(end + 1, row)
        return row


class Figures(QWidget):
    """Lines of a name and a number, the numbers in one right-aligned column.

    :param rows: name and formatted value.
    """

    def __init__(self, rows: Iterable[tuple[str, str]] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._values: dict[str, QLabel] = {}
        self.set_rows(rows)

    def set_rows(self, rows: Iterable[tuple[str, str]]) -> None:
        """Show these lines; those that were there before only change their value."""
        for name, value in rows:
            if name not in self._values:
                self._add(name)
            self._values[name].setText(value)
            self._values[name].setAccessibleName(f"{name}: {value}")

    def _add(self, name: str) -> None:
        line = QHBoxLayout()
        value = Label("", "body")
        line.addWidget(ElidedLabel(name, "small"), 1)
        line.addWidget(value)
        self._column.addLayout(line)
        self._values[name] = value


class Stat(QWidget):
    """One large number over what it counts.

    :param name: what is counted, in small letters.
    """

    def __init__(self, name: str, value: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self._name = name
        self._value = Label(value, "title")
        column.addWidget(self._value)
        column.addWidget(ElidedLabel(name, "small"))
        self.set_value(value)

    def set_value(self, value: str) -> None:
        """Show `value`."""
        self._value.setText(value)
        self.setAccessibleName(f"{value} {self._name}")
