"""One open question: what each side holds, since when, and the answers with what each of them does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.domain.conflict import ConflictKind, Decision
from desktop.domain.mapping import Side
from desktop.domain.schema import Field
from desktop.ui.text import counted, moment
from desktop.ui.value_words import value_text
from desktop.ui.widgets.buttons import Button, plain
from desktop.ui.widgets.label import Label
from desktop.workspace.views import ConflictView


def _tr(text: str) -> str:
    return QCoreApplication.translate("Conflicts", text)


FieldOf = Callable[[Side, str], Field | None]
"""Finds a field of a side by its label."""


class _SideCard(QFrame):
    """What one side holds, and the button that lets it stand."""

    def __init__(self, keep: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(6)
        self.place = Label("", "muted", wrap=True)
        self.when = Label("", "small", wrap=True)
        self.value = Label("", "heading", wrap=True)
        self.value.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.value.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.effect = Label("", "small", wrap=True)
        self.button: Button = plain(keep)
        for widget in (self.place, self.value, self.when):
            column.addWidget(widget)
        column.addStretch(1)
        column.addWidget(self.effect)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch(1)
        column.addLayout(row)

    def show_side(self, place: str, when: str, value: str, effect: str) -> None:
        """Show what this side holds, and what keeping it does."""
        self.place.setText(place)
        self.when.setText(when)
        self.value.setText(value)
        self.effect.setText(effect)
        self.setAccessibleName(f"{place}: {value}")
        self.button.setAccessibleDescription(effect)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person chose.

    :param decision: a :class:`~desktop.domain.conflict.Decision`, or the id of the chosen record.
    :param alike: whether it holds for all questions like this one.
    """

    conflict: ConflictView
    decision: str
    alike: bool


class ConflictPane(QScrollArea):
    """Shows one question. `answered` tells what was chosen."""

    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(self.tr("Question"))
        self._conflict: ConflictView | None = None
        self.title = Label("", "heading", wrap=True)
        self.text = Label("", "muted", wrap=True)
        self.sides = {
            Side.LEFT: _SideCard(self.tr("Keep left")),
            Side.RIGHT: _SideCard(self.tr("Keep right")),
        }
        self.both = plain(self.tr("Keep both texts"), lambda: self._answer(Decision.BOTH.value))
        self.both.setAccessibleDescription(self.tr("The left text first, then the right one, on both sides."))
        self.both.setToolTip(self.both.accessibleDescription())
        self.alike = QCheckBox()
        self.candidates: list[Button] = []
        self._arrange()
        for side, card in self.sides.items():
            card.button.clicked.connect(lambda _=False, kept=side: self._answer(kept.value))
        for key, button in self._keys().items():
            button.setToolTip(" ".join(filter(None, (button.toolTip(), f"({key})"))))

    def _keys(self) -> dict[str, Button]:
        return {"L": self.sides[Side.LEFT].button, "R": self.sides[Side.RIGHT].button, "B": self.both}

    def listen_in(self, widget: QWidget) -> None:
        """Let L, R and B answer while the keyboard's focus is somewhere in `widget`."""
        for key, button in self._keys().items():
            shortcut = QShortcut(QKeySequence(key), widget)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(lambda pressed=button: pressed.click() if pressed.isVisible() else None)

    def _arrange(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(10)
        column.addWidget(self.title)
        column.addWidget(self.text)
        self._pair = QWidget()
        pair = QHBoxLayout(self._pair)
        pair.setContentsMargins(0, 4, 0, 0)
        pair.setSpacing(12)
        for card in self.sides.values():
            pair.addWidget(card, 1)
        column.addWidget(self._pair)
        self._choices = QWidget()
        self._choice_column = QVBoxLayout(self._choices)
        self._choice_column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(self._choices)
        foot = QHBoxLayout()
        foot.setSpacing(16)
        foot.addWidget(self.both)
        foot.addWidget(self.alike)
        foot.addStretch(1)
        column.addLayout(foot)
        column.addStretch(1)
        self.setWidget(body)

    def show_conflict(self, conflict: ConflictView, field_of: FieldOf) -> None:
        """Show a question.

        :param field_of: finds the fields whose values are shown.
        """
        self._conflict = conflict
        self.title.setText(conflict.title)
        self.text.setText(question_words(conflict))
        matching = conflict.kind is ConflictKind.MATCH
        self._pair.setVisible(not matching)
        self._choices.setVisible(matching)
        self.both.setVisible(conflict.can_keep_both)
        self.alike.setChecked(False)
        self.alike.setVisible(conflict.alike > 1)
        self.alike.setText(counted(conflict.alike, "All %n like it", "All %n like it", "Conflicts"))
        self.alike.setAccessibleName(self.alike.text())
        if matching:
            self._offer(conflict)
        else:
            for side, card in self.sides.items():
                value = _side_value(conflict, side, field_of)
                card.show_side(connection_of(conflict, side), _when(conflict, side), value, _effect(conflict, side))

    def _offer(self, conflict: ConflictView) -> None:
        for button in self.candidates:
            button.hide()
            button.deleteLater()
        self.candidates = []
        for record_id, title in conflict.candidates.items():
            label = self.tr("This one: %1").replace("%1", f"{title} ({record_id})" if title != record_id else title)
            button = plain(label, lambda chosen=record_id: self._answer(chosen))
            self._choice_column.addWidget(button)
            self.candidates.append(button)

    def _answer(self, decision: str) -> None:
        if self._conflict is not None:
            self.answered.emit(Answer(self._conflict, decision, self.alike.isChecked() and self.alike.isVisible()))


def connection_of(conflict: ConflictView, side: Side) -> str:
    """The connection on a side."""
    return conflict.left_connection if side is Side.LEFT else conflict.right_connection


def question_words(conflict: ConflictView) -> str:
    """What is asked, in a sentence."""
    if conflict.kind is ConflictKind.DELETED:
        text = _tr("It was deleted in %1 and changed in %2 since both last agreed.")
        here, there = connection_of(conflict, conflict.side), connection_of(conflict, conflict.side.other)
        return text.replace("%1", here).replace("%2", there)
    if conflict.kind is ConflictKind.MATCH:
        text = _tr("More than one record in %1 could be this one of %2. Which is it?")
        here, there = connection_of(conflict, conflict.side), connection_of(conflict, conflict.side.other)
        return text.replace("%1", there).replace("%2", here)
    if conflict.left_at is None or conflict.right_at is None:
        text = _tr("%1 is different on both sides. Not both platforms say when, so neither is known to be newer.")
    else:
        text = _tr("%1 is different on both sides. Which one stands?")
    return text.replace("%1", conflict.label)


def _when(conflict: ConflictView, side: Side) -> str:
    at, by = (conflict.left_at, conflict.left_by) if side is Side.LEFT else (conflict.right_at, conflict.right_by)
    if conflict.kind is ConflictKind.DELETED and side is conflict.side:
        return _tr("Deleted there; the platform does not say when")
    said = _tr("Record changed %1").replace("%1", moment(at)) if at else _tr("The platform does not say when")
    return f"{said} · {by}" if by else said


def _side_value(conflict: ConflictView, side: Side, field_of: FieldOf) -> str:
    value = conflict.left_value if side is Side.LEFT else conflict.right_value
    if conflict.kind is ConflictKind.DELETED:
        if side is conflict.side:
            return _tr("Deleted")
        return _tr("Changed: %1").replace("%1", value_text(value))
    label = conflict.label if side is Side.LEFT else conflict.right_label
    return value_text(value, field_of(side, label)) or _tr("blank")


def _effect(conflict: ConflictView, side: Side) -> str:
    """What keeping a side does."""
    other = connection_of(conflict, side.other)
    if conflict.kind is not ConflictKind.DELETED:
        return _tr("%1 gets this value").replace("%1", other)
    if side is conflict.side:
        return _tr("It is deleted in %1 too").replace("%1", other)
    return _tr("It is made again in %1").replace("%1", other)
