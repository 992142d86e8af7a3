"""A sign-in, step by step: what the platform asks for, and the wait for the browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.errors import CrosswalkError, InvalidInput
from desktop.ui.connections.fields import ChoiceField, FormField, LineField, SecretField
from desktop.ui.connections.trouble import Trouble
from desktop.ui.shell.page import Shell
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import plain, primary, quiet
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.progress import ProgressLine
from desktop.workspace.connection_views import AskView, ConnectionView, QuestionView, SignInView, VisitView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk

Begin = Callable[[], Coroutine[Any, Any, SignInView]]
_WEB = ("http", "https")


def open_in_browser(url: str) -> bool:
    """Open a page in the person's browser; whether there is one."""
    return QDesktopServices.openUrl(QUrl(url))


class SignInFlow(QWidget):
    """The conversation with a platform. It is hidden while there is none.

    What was typed is kept in its fields, and offered again when the sign-in is begun anew, until it succeeds or is
    forgotten.

    :param name: the name that the connection is to have, as it is typed by then.
    :param around: fields of the form around it that a failure can be about.
    """

    connected = Signal(object)
    """The connection, once there is one (:class:`ConnectionView`)."""
    began = Signal()
    ended = Signal()
    """The conversation is over, without a connection."""

    def __init__(
        self,
        desk: Desk,
        shell: Shell,
        name: Callable[[], str],
        around: Mapping[str, FormField],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._name = name
        self._around = around
        self._begin: Begin | None = None
        self._id = ""
        self._step: AskView | VisitView | None = None
        self._task: asyncio.Task[Any] | None = None
        self._done_with_page = False
        self._page = ""
        self._opened = True
        self._typed: dict[str, str] = {}
        self._fields: dict[str, FormField] = {}
        self.open_page: Callable[[str], bool] = open_in_browser
        self.trouble = Trouble()
        self.text = Label("", "body", wrap=True)
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._asked = QWidget()
        self._questions = QVBoxLayout(self._asked)
        self._waiting = self._waiting_part()
        self.continue_button = primary(self.tr("Continue"), self._continue)
        self.again_button = primary(self.tr("Try again"), self._try_again)
        self.copy_button = plain(self.tr("Copy the address"), self._copy)
        self.cancel_button = quiet(self.tr("Cancel"), self.cancel)
        self._arrange()
        self.hide()

    def _waiting_part(self) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        waiting = self.tr("Waiting for your browser…")
        column.addWidget(Label(waiting, "strong"))
        line = ProgressLine(waiting)
        line.set_unknown()
        column.addWidget(line)
        return part

    def _arrange(self) -> None:
        self._questions.setContentsMargins(0, 0, 0, 0)
        self._questions.setSpacing(16)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.continue_button, self.again_button, self.copy_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        for widget in (self.trouble, self.text, self._asked, self._waiting):
            column.addWidget(widget)
        column.addLayout(buttons)

    @property
    def under_way(self) -> bool:
        """Whether a conversation is being held."""
        return self._begin is not None

    def begin(self, begin: Begin) -> asyncio.Task[Any]:
        """Hold a conversation; `begin` asks the workspace for its first step, and is asked again to start over."""
        self._begin = begin
        self.clear_trouble()
        self._task = self._shell.scope.start(self._start(begin))
        return self._task

    async def _start(self, begin: Begin) -> None:
        try:
            view = await begin()
        except CrosswalkError as error:
            self._stop()
            self.trouble.tell(error, self._around)
            self._show_trouble_alone()
            self.ended.emit()
            return
        self.began.emit()
        self._reached(view)

    def _show_trouble_alone(self) -> None:
        for widget in (self.text, self._asked, self._waiting, *self._buttons()):
            widget.hide()
        self.setVisible(not self.trouble.isHidden())

    def _buttons(self) -> tuple[QWidget, ...]:
        return self.continue_button, self.again_button, self.copy_button, self.cancel_button

    def _reached(self, view: SignInView) -> None:
        if isinstance(view.step, ConnectionView):
            self.forget()
            self.connected.emit(view.step)
            return
        self._id, self._step = view.id, view.step
        self.text.setText(view.step.text)
        self.text.show()
        self.cancel_button.show()
        self.show()
        if isinstance(view.step, AskView):
            self._ask(view.step)
        else:
            self._visit(view.step)

    # Questions

    def _ask(self, step: AskView) -> None:
        self._waiting.hide()
        self.again_button.hide()
        # The questions may be about a page that the person has yet to open.
        self.copy_button.setVisible(not self._opened)
        self._clear_fields()
        for question in step.questions:
            field = self._field(question)
            self._fields[question.name] = field
            self._questions.addWidget(field)
        self._asked.show()
        self.continue_button.show()
        empty = [field for field in self._fields.values() if not _given(field)]
        (empty or list(self._fields.values()) or [self])[0].setFocus()

    def _field(self, question: QuestionView) -> FormField:
        typed = self._typed.get(question.name, "")
        if question.choices:
            field: FormField = ChoiceField(question.label, question.choices, question.hint)
            field.choose(typed)
        else:
            field = (
                SecretField(question.label, question.hint)
                if question.secret
                else LineField(question.label, question.hint)
            )
            field.edit.setText(typed)
            field.edit.returnPressed.connect(self._continue)
        field.setFocusProxy(field.control)
        return field

    def _clear_fields(self) -> None:
        for field in self._fields.values():
            self._questions.removeWidget(field)
            field.hide()
            field.deleteLater()
        self._fields = {}

    def _continue(self) -> None:
        if not self.continue_button.isEnabled() or not isinstance(self._step, AskView):
            return
        self.trouble.hide()
        for field in (*self._fields.values(), *self._around.values()):
            field.mark("")
        answers = {name: _given(field) for name, field in self._fields.items()}
        self._typed.update(answers)
        missing = [item for item in self._step.questions if item.required and not answers[item.name]]
        for item in missing:
            self._fields[item.name].mark(self.tr("Fill in %1.").replace("%1", item.label))
        if missing:
            self._fields[missing[0].name].control.setFocus()
            return
        self._task = self._shell.scope.start(self._go_on(answers), busy=self.continue_button)

    async def _go_on(self, answers: Mapping[str, str]) -> None:
        try:
            view = await self._desk.connections.go_on_signing_in(self._id, answers, self._name())
        except CrosswalkError as error:
            self._failed(error)
            return
        self._reached(view)

    def _failed(self, error: CrosswalkError) -> None:
        self.trouble.tell(error, {**self._around, **self._fields})
        if isinstance(self._step, VisitView):
            # Signed in, but not connected because of what stands in the form: that alone is tried again.
            self._done_with_page = isinstance(error, InvalidInput) and bool(error.problems)
            self.text.hide()
            self._waiting.hide()
            self.copy_button.hide()
            self.again_button.show()
            if not self._done_with_page:
                self.again_button.setFocus()

    # The browser

    def _visit(self, step: VisitView) -> None:
        self._clear_fields()
        self._asked.hide()
        self.continue_button.hide()
        self.again_button.hide()
        self._waiting.show()
        self.copy_button.show()
        self.copy_button.setFocus()
        self._page = step.url
        self._opened = QUrl(step.url).scheme() in _WEB and self.open_page(step.url)
        if not self._opened:
            title = self.tr("Your browser could not be opened.")
            self.trouble.say(title, self.tr("Copy the address and open it yourself."), Tone.WARNING)
        # Nobody knows how long a person takes.
        self._task = self._shell.scope.start(self._go_on({}), lasting=True)

    def _copy(self) -> None:
        QApplication.clipboard().setText(self._page)
        self._shell.bus.info(self.tr("The address was copied"))

    def _try_again(self) -> None:
        begin, key = self._begin, self._id
        if begin is None or not self.again_button.isEnabled():
            return
        if self._done_with_page:
            self.trouble.hide()
            self._task = self._shell.scope.start(self._go_on({}), busy=self.again_button)
            return

        async def anew() -> SignInView:
            await self._desk.connections.end_sign_in(key)
            return await begin()

        self.trouble.hide()
        self._task = self._shell.scope.start(self._start(anew), busy=self.again_button)

    # The end

    def cancel(self) -> None:
        """Give the sign-in up; what was typed is offered again the next time."""
        self._typed.update({name: _given(field) for name, field in self._fields.items()})
        self._stop()
        self.ended.emit()

    def forget(self) -> None:
        """Give the sign-in up, and forget what was typed."""
        self._stop()
        self._typed = {}

    def clear_trouble(self) -> None:
        """Take away what was told of a sign-in that could not begin."""
        self.trouble.hide()
        if self._step is None:
            self.hide()

    def conceal(self) -> None:
        """Show dots where something secret was shown."""
        for field in self._fields.values():
            if isinstance(field, SecretField):
                field.conceal()

    def _stop(self) -> None:
        task, key = self._task, self._id
        self._begin, self._task, self._id, self._step = None, None, "", None
        self._page, self._opened = "", True
        self._clear_fields()
        self.trouble.hide()
        self.hide()
        if task is not None and task is not asyncio.current_task() and not task.done():
            task.cancel()
        if key:
            self._shell.scope.start(self._desk.connections.end_sign_in(key))


def _given(field: FormField) -> str:
    """What was answered; spaces around a password belong to it."""
    return field.edit.text() if isinstance(field, SecretField) else field.text
