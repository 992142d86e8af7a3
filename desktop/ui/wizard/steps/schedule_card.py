"""When a sync runs: on demand, every so often, once a day, by an expression, or as changes happen."""

from __future__ import annotations

from PySide6.QtCore import QTime, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLineEdit, QSpinBox, QTimeEdit, QWidget

from desktop.domain.schedule import BadSchedule, Schedule, read_schedule
from desktop.ui.text import listed
from desktop.ui.widgets.card import Card
from desktop.ui.widgets.field import padded, set_invalid
from desktop.ui.widgets.label import Label

_UNITS = {"m": 1, "h": 60, "d": 24 * 60}


class ScheduleCard(Card):
    """Edits a schedule. `edited` tells the new one; an expression that can't be read is marked and not told."""

    edited = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("When it runs"), parent=parent)
        self._filling = False
        self._untold: list[str] = []
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("When it runs"))
        for key, words in (
            ("", self.tr("On demand only")),
            ("every", self.tr("Every")),
            ("daily", self.tr("Every day at")),
            ("cron", self.tr("By a cron expression")),
            ("live", self.tr("As changes happen")),
        ):
            self.kind.addItem(words, key)
        self.count = QSpinBox()
        self.count.setRange(1, 999)
        self.count.setValue(15)
        padded(self.count)
        self.count.setAccessibleName(self.tr("How many"))
        self.unit = QComboBox()
        self.unit.setAccessibleName(self.tr("Unit"))
        for key, words in (("m", self.tr("minutes")), ("h", self.tr("hours")), ("d", self.tr("days"))):
            self.unit.addItem(words, key)
        self.hours = QCheckBox(self.tr("Only between"))
        self.hours.setAccessibleName(self.hours.text())
        self.begin, self.end = self._clock(self.tr("From"), 22), self._clock(self.tr("Until"), 6)
        self.daily = self._clock(self.tr("Time of day"), 2)
        self.cron = QLineEdit()
        self.cron.setAccessibleName(self.tr("Cron expression"))
        self.cron.setPlaceholderText("0 2 * * 1-5")
        self.live = QCheckBox(self.tr("Also as changes happen"))
        self.live.setAccessibleName(self.live.text())
        self.problem = Label("", "error", wrap=True)
        self.problem.hide()
        self.note = Label("", "small", wrap=True)
        self._arrange()
        for signal in (
            self.kind.currentIndexChanged,
            self.count.valueChanged,
            self.unit.currentIndexChanged,
            self.hours.toggled,
            self.begin.timeChanged,
            self.end.timeChanged,
            self.daily.timeChanged,
            self.cron.textChanged,
            self.live.toggled,
        ):
            signal.connect(lambda *_: self._changed())

    @staticmethod
    def _clock(name: str, hour: int) -> QTimeEdit:
        edit = QTimeEdit(QTime(hour, 0))
        edit.setAccessibleName(name)
        padded(edit)
        return edit

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self.kind, self.count, self.unit, self.daily, self.cron):
            row.addWidget(widget)
        row.addStretch(1)
        hours = QHBoxLayout()
        hours.setSpacing(8)
        self._and = Label(self.tr("and"), "body")
        for widget in (self.hours, self.begin, self._and, self.end):
            hours.addWidget(widget)
        hours.addStretch(1)
        self.body.addLayout(row)
        self.body.addLayout(hours)
        self.body.addWidget(self.live)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.note)

    def set_untold(self, names: list[str]) -> None:
        """Say of which objects no platform tells."""
        self._untold = names

    def show_schedule(self, schedule: Schedule | None) -> None:
        """Show a schedule; a missed run is told of in the note."""
        self._filling = True
        if schedule is None:
            self.kind.setCurrentIndex(0)
        elif schedule.cron is not None:
            self.kind.setCurrentIndex(self.kind.findData("cron"))
            self.cron.setText(schedule.cron)
        elif schedule.daily is not None:
            self.kind.setCurrentIndex(self.kind.findData("daily"))
            self.daily.setTime(QTime(schedule.daily.hour, schedule.daily.minute))
        elif schedule.every_minutes is not None:
            self.kind.setCurrentIndex(self.kind.findData("every"))
            unit = next(key for key in ("d", "h", "m") if schedule.every_minutes % _UNITS[key] == 0)
            self.count.setValue(schedule.every_minutes // _UNITS[unit])
            self.unit.setCurrentIndex(self.unit.findData(unit))
            self.hours.setChecked(schedule.between is not None)
            for edit, clock in zip((self.begin, self.end), schedule.between or (), strict=False):
                edit.setTime(QTime(clock.hour, clock.minute))
        else:
            self.kind.setCurrentIndex(self.kind.findData("live"))
        self.live.setChecked(schedule is not None and schedule.live)
        self._filling = False
        self._show_parts()

    def _show_parts(self) -> None:
        kind = self.kind.currentData()
        every = kind == "every"
        for widget in (self.count, self.unit, self.hours):
            widget.setVisible(every)
        for widget in (self.begin, self._and, self.end):
            widget.setVisible(every and self.hours.isChecked())
        self.daily.setVisible(kind == "daily")
        self.cron.setVisible(kind == "cron")
        self.live.setVisible(kind in ("every", "daily", "cron"))
        self.note.setText(self._note(kind))

    def _note(self, kind: str) -> str:
        if not kind:
            return self.tr("It runs when you choose “Sync now”.")
        said = self.tr(
            "It runs while Crosswalk is open or in the tray, or with “crosswalk worker”. "
            "A missed run is made good once."
        )
        if kind == "live":
            said += " " + self.tr("What was not told of is found every hour.")
        if kind == "live" or self.live.isChecked():
            said += " " + self.tr("Switch on “Changes as they happen” under Connections for the accounts of this sync.")
            if self._untold:
                untold = self.tr("No platform tells of %1: what changes there waits for the next run by the clock.")
                said += " " + untold.replace("%1", listed(self._untold))
        return said

    def _changed(self) -> None:
        if self._filling:
            return
        self._show_parts()
        try:
            schedule = read_schedule(self._document())
        except BadSchedule as error:
            said = self.tr("This can’t be read: it %1").replace("%1", error.message)
            self._refuse(said)
            return
        self._refuse("")
        self.edited.emit(schedule)

    def _refuse(self, said: str) -> None:
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        set_invalid(self.cron, bool(said) and self.cron.isVisible(), said)

    def _document(self) -> dict[str, object] | None:
        match self.kind.currentData():
            case "every":
                document: dict[str, object] = {"every": f"{self.count.value()}{self.unit.currentData()}"}
                if self.hours.isChecked():
                    document["between"] = [_text(self.begin), _text(self.end)]
            case "daily":
                document = {"daily": _text(self.daily)}
            case "cron":
                document = {"cron": self.cron.text().strip()}
            case "live":
                return {"live": True}
            case _:
                return None
        return {**document, "live": True} if self.live.isChecked() else document


def _text(edit: QTimeEdit) -> str:
    return edit.time().toString("HH:mm")
