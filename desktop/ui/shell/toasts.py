"""Messages in the lower right corner of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QColor, QEnterEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.bus import Level, Message
from desktop.ui.widgets.buttons import Button, IconButton
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.icon import IconMark
from desktop.ui.widgets.label import Label

AUTO_HIDE = 6000
"""Milliseconds that information and success stay."""
_WIDTH = 368
_MOST = 4
_ICONS = {
    Level.INFO: ("ph.info", "accent"),
    Level.SUCCESS: ("ph.check-circle", "good"),
    Level.WARNING: ("ph.warning", "warning"),
    Level.ERROR: ("ph.warning-circle", "bad"),
}


class Toast(QFrame):
    """One message. `dismissed` is emitted once, when it goes."""

    dismissed = Signal()

    def __init__(self, message: Message, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = message
        self.times = 1
        self.setProperty("surface", "toast")
        self.setFixedWidth(_WIDTH)
        self.setAccessibleName(message.title)
        self.setAccessibleDescription(message.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 12)
        row.setSpacing(10)
        name, role = _ICONS[message.level]
        mark = QVBoxLayout()
        mark.addSpacing(4)
        mark.addWidget(IconMark(name, role))
        mark.addStretch(1)
        row.addLayout(mark)
        row.addLayout(self._words(), 1)
        self._close = IconButton("ph.x", self.tr("Dismiss"), clicked=self.dismiss)
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AUTO_HIDE)
        self._timer.timeout.connect(self.dismiss)
        self._rest()

    def _words(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(0, 3, 0, 0)
        column.setSpacing(4)
        self._title = Label(self.message.title, "strong", wrap=True)
        column.addWidget(self._title)
        if self.message.text:
            text = Label(self.message.text, "small", wrap=True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(text)
        if self.message.action is not None:
            button = Button(self.message.action.label, compact=True, clicked=self._act)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        if self.message.details:
            column.addWidget(Disclosure(self.tr("Details"), self.message.details))
        return column

    def repeat(self) -> None:
        """The same message came again: count it."""
        self.times += 1
        self._title.setText(f"{self.message.title} (\u00d7{self.times})")
        self._rest()

    def _act(self) -> None:
        action = self.message.action
        self.dismiss()
        if action is not None:
            action.run()

    def dismiss(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self.dismissed.emit()

    def _rest(self) -> None:
        if self.message.level in (Level.INFO, Level.SUCCESS):
            self._timer.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._rest()
        super().leaveEvent(event)


def _shadow(toast: Toast) -> QGraphicsDropShadowEffect:
    shadow = QGraphicsDropShadowEffect(toast)
    shadow.setBlurRadius(24)
    shadow.setOffset(0, 4)
    shadow.setColor(QColor(10, 16, 32, 70))
    return shadow


class ToastArea(QWidget):
    """Stacks the messages over the lower right corner of its parent, newest at the bottom."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Messages"))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 8, 8, 8)
        self._column.setSpacing(8)
        self._toasts: list[Toast] = []
        self._over = parent
        self.hide()
        parent.installEventFilter(self)

    @property
    def toasts(self) -> tuple[Toast, ...]:
        """The messages that are shown, oldest first."""
        return tuple(self._toasts)

    def show_message(self, message: Message) -> None:
        """Show `message`; one that is already there is counted instead."""
        for toast in self._toasts:
            if (toast.message.level, toast.message.title, toast.message.text) == (
                message.level,
                message.title,
                message.text,
            ):
                toast.repeat()
                return
        toast = Toast(message, self)
        toast.setGraphicsEffect(_shadow(toast))
        toast.dismissed.connect(lambda: self._remove(toast))
        self._toasts.append(toast)
        self._column.addWidget(toast)
        self._make_room()
        self.show()
        self.raise_()
        self._place()
        self._announce(message)

    def _make_room(self) -> None:
        while len(self._toasts) > _MOST:
            passing = (toast for toast in self._toasts if toast.message.level in (Level.INFO, Level.SUCCESS))
            next(passing, self._toasts[0]).dismiss()

    def _announce(self, message: Message) -> None:
        event = QAccessibleAnnouncementEvent(self, ". ".join(filter(None, (message.title, message.text))))
        urgent = message.level in (Level.ERROR, Level.WARNING)
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
        QAccessible.updateAccessibility(event)

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._column.removeWidget(toast)
            toast.hide()
            toast.deleteLater()
        if not self._toasts:
            self.hide()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _place(self) -> None:
        parent = self._over
        size = self._column.sizeHint()
        height = self._column.heightForWidth(_WIDTH + 16) if self._column.hasHeightForWidth() else size.height()
        height = min(height, parent.height() - 16)
        self.setGeometry(parent.width() - _WIDTH - 24, parent.height() - height - 8, _WIDTH + 16, height)
