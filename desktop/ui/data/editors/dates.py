"""Editors for dates and moments: a line to type in, a calendar to point at."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from PySide6.QtCore import QDate, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from desktop.domain.schema import Field
from desktop.ui.data.editors.base import CalmCombo, FieldEditor
from desktop.ui.data.form_state import Typed
from desktop.ui.data.typing_in import (
    clock_problem,
    day_problem,
    local_zone,
    read_clock,
    read_day,
    write_clock,
    zone_name,
    zones,
)
from desktop.ui.text import day
from desktop.ui.theme import colours, icon
from desktop.ui.widgets.buttons import IconButton


class DayLine(QLineEdit):
    """A date as text; Alt+Down opens the calendar."""

    calendar_wanted = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if event.key() == Qt.Key.Key_F4 or (event.key() == Qt.Key.Key_Down and alt):
            self.calendar_wanted.emit()
        else:
            super().keyPressEvent(event)


class CalendarPopup(QFrame):
    """A month to point at."""

    chosen = Signal(object)

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("surface", "card")
        self.calendar = QCalendarWidget()
        self.calendar.setAccessibleName(name)
        self.calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.calendar.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        self.calendar.setMinimumSize(272, 220)
        self._quieten()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.calendar)
        self.calendar.activated.connect(self._take)
        self.calendar.clicked.connect(self._take)

    def _quieten(self) -> None:
        """Our own colours in the head and for weekends, instead of the selection's and red."""
        head = self.calendar.findChild(QWidget, "qt_calendar_navigationbar")
        if head is not None:
            head.setBackgroundRole(QPalette.ColorRole.Base)
        for name, glyph, words in (
            ("qt_calendar_prevmonth", "ph.caret-left", self.tr("Month before")),
            ("qt_calendar_nextmonth", "ph.caret-right", self.tr("Month after")),
        ):
            button = self.calendar.findChild(QToolButton, name)
            if button is not None:
                button.setIcon(icon(glyph))
                button.setAccessibleName(words)

    def _colour_days(self) -> None:
        ink = QTextCharFormat()
        ink.setForeground(colours().colour("text"))
        for weekday in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            self.calendar.setWeekdayTextFormat(weekday, ink)
        names = QTextCharFormat()
        names.setForeground(colours().colour("muted"))
        self.calendar.setHeaderTextFormat(names)

    def open_at(self, field: QWidget, at: date | None) -> None:
        """Open below `field`, at a month."""
        shown = at or date.today()  # noqa: DTZ011 - the person's own day
        self.calendar.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        self._colour_days()
        self.adjustSize()
        self.move(field.mapToGlobal(QPoint(0, field.height() + 2)))
        self.show()
        self.calendar.setFocus()

    def _take(self, picked: QDate) -> None:
        if self.isVisible():
            self.close()
            self.chosen.emit(date(picked.year(), picked.month(), picked.day()))


class DayField(QWidget):
    """The line and its calendar button."""

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = DayLine()
        self.line.setPlaceholderText(self.tr("empty"))
        self.button = IconButton("ph.calendar-blank", self.tr("Calendar"), clicked=self._open)
        self.button.setAccessibleDescription(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self._popup: CalendarPopup | None = None
        self.line.textEdited.connect(lambda _: self.changed.emit())
        self.line.calendar_wanted.connect(self._open)

    def _open(self) -> None:
        if self._popup is None:
            self._popup = CalendarPopup(self.tr("Calendar"), self)
            self._popup.chosen.connect(self._take)
        self._popup.open_at(self.line, read_day(self.line.text()))

    def _take(self, picked: date) -> None:
        self.line.setText(day(picked))
        self.line.setFocus()
        self.changed.emit()


class DateEditor(FieldEditor):
    """A date, or none."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.day = DayField(item.label)
        self.add_control(self.day.line)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.day)
        self.day.changed.connect(self.changed.emit)

    def typed(self) -> Typed:
        text = self.day.line.text()
        if not text.strip():
            return Typed()
        value = read_day(text)
        return Typed(text=text, problem=day_problem(text)) if value is None else Typed(value)

    def fill(self, typed: Typed) -> None:
        self.day.line.setText(day(typed.value) if isinstance(typed.value, date) else typed.text)


class MomentEditor(FieldEditor):
    """A date, a time of day and a zone, or none of them. A value keeps the zone that it came with."""

    def __init__(self, item: Field, parent: QWidget | None = None) -> None:
        super().__init__(item, parent)
        self.day = DayField(item.label)
        self.clock = QLineEdit()
        self.clock.setPlaceholderText(self.tr("time"))
        self.zone = CalmCombo()
        for zone in zones():
            self.zone.addItem(zone_name(zone, datetime.now(zone)), _seconds(zone.utcoffset(None)))
        self.add_control(self.day.line)
        self.add_control(self.clock, self.tr("%1: time").replace("%1", item.label))
        self.add_control(self.zone, self.tr("%1: time zone").replace("%1", item.label))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.day)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.clock, 1)
        row.addWidget(self.zone, 1)
        column.addLayout(row)
        self._shown: datetime | None = None
        self.day.changed.connect(self._day_changed)
        self.clock.textEdited.connect(lambda _: self.changed.emit())
        self.zone.activated.connect(lambda _: self.changed.emit())

    def _day_changed(self) -> None:
        if read_day(self.day.line.text()) is not None and not self.clock.text():
            self.clock.setText("00:00")
        self.changed.emit()

    def typed(self) -> Typed:
        text, clock = self.day.line.text(), self.clock.text()
        if not text.strip():
            return Typed()
        offset = timedelta(seconds=self.zone.currentData())
        kept = f"{text}\t{clock}\t{self.zone.currentData()}"
        read = read_day(text)
        if read is None:
            return Typed(text=kept, problem=day_problem(text))
        time = read_clock(clock)
        if time is None:
            return Typed(text=kept, problem=clock_problem(clock))
        value = datetime.combine(read, time, timezone(offset))
        shown = self._shown
        if shown is not None and value == shown.replace(microsecond=0) and offset == shown.utcoffset():
            return Typed(shown)
        return Typed(value)

    def fill(self, typed: Typed) -> None:
        value = typed.value
        self._shown = None
        if isinstance(value, datetime):
            aware = value if value.tzinfo else value.astimezone()
            self._shown = aware
            self.day.line.setText(day(aware.date()))
            self.clock.setText(write_clock(aware))
            self._set_offset(aware.utcoffset() or timedelta())
            return
        text, _, rest = typed.text.partition("\t")
        clock, _, seconds = rest.partition("\t")
        self.day.line.setText(text)
        self.clock.setText(clock)
        self._set_offset(timedelta(seconds=int(seconds)) if seconds else local_zone().utcoffset(None))

    def _set_offset(self, offset: timedelta) -> None:
        index = self.zone.findData(_seconds(offset))
        if index < 0:
            self.zone.addItem(zone_name(timezone(offset), datetime.now(timezone(offset))), _seconds(offset))
            index = self.zone.count() - 1
        self.zone.setCurrentIndex(index)


def _seconds(offset: timedelta) -> int:
    return round(offset.total_seconds())
