"""One connection: how it is, whose it is, what it may do, and what can be done with it."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.ui.connections.changes_card import ChangesCard
from desktop.ui.connections.companion import CompanionPart
from desktop.ui.connections.edit_card import EditCard
from desktop.ui.connections.fields import LineField
from desktop.ui.connections.options_card import OptionsCard
from desktop.ui.connections.permissions import PermissionsCard
from desktop.ui.connections.replace_card import ReplaceCard
from desktop.ui.connections.words import ROTATE_AFTER, quota_rows, state_of
from desktop.ui.shell.page import Shell
from desktop.ui.text import number, relative
from desktop.ui.theme import Tone
from desktop.ui.widgets.buttons import danger, link, plain
from desktop.ui.widgets.card import Card, Figures
from desktop.ui.widgets.disclosure import Disclosure
from desktop.ui.widgets.header import PageHeader
from desktop.ui.widgets.label import Label
from desktop.ui.widgets.notice import Notice
from desktop.ui.widgets.pill import Pill
from desktop.ui.widgets.platform_mark import PlatformMark
from desktop.workspace.connection_views import ConnectionView

if TYPE_CHECKING:
    from desktop.workspace.desk import Desk


class ConnectionDetail(QWidget):
    """The right part of the page. Removing is asked for by a signal."""

    remove_wanted = Signal(str)
    renamed = Signal(str)

    def __init__(self, desk: Desk, shell: Shell, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._shell = shell
        self._view: ConnectionView | None = None
        self._mark: PlatformMark | None = None
        self.test_button = plain(self.tr("Test connection"), self._test)
        self.replace_button = plain(self.tr("Replace credentials"), self.replace)
        self.rename_button = plain(self.tr("Rename"), self.rename)
        self.remove_button = danger(self.tr("Remove"), lambda: self.remove_wanted.emit(self.name))
        buttons = (self.test_button, self.replace_button, self.rename_button, self.remove_button)
        self.header = PageHeader("", actions=buttons)
        self.pill = Pill()
        self.header.add_note(self.pill)
        self.notice = Notice("")
        self.details = Disclosure(self.tr("Details"))
        self.reminder = Notice("")
        self.replace_card = ReplaceCard(desk, shell, lambda: self.name, self._replace_with)
        self.replace_card.replaced.connect(lambda view: self._replaced(view.name))
        self.rename_card = EditCard(
            shell, self.tr("Rename"), LineField(self.tr("Name")), "name", self.tr("Rename"), self._rename_to
        )
        self.account = Card(self.tr("Account"))
        self.about = Label("", "small", wrap=True)
        self.account.body.addWidget(self.about)
        self.quota = Card(self.tr("Quota"))
        self.permissions = PermissionsCard()
        self.changes = ChangesCard(desk, shell)
        self.options = OptionsCard(desk, shell)
        self.companion = CompanionPart(desk, shell)
        self.companion_card = Card(" ")
        self.companion_card.body.addWidget(self.companion)
        self.uses = Card(self.tr("Used by"))
        self._figures: dict[Card, Figures] = {}
        self._links: QWidget | None = None
        self._arrange()

    def _arrange(self) -> None:
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(24, 0, 24, 24)
        inner.setSpacing(16)
        for widget in (self.notice, self.details, self.reminder, self.replace_card, self.rename_card):
            inner.addWidget(widget)
        pair = QHBoxLayout()
        pair.setSpacing(16)
        pair.addWidget(self.account, 1)
        pair.addWidget(self.quota, 1)
        inner.addLayout(pair)
        for card in (self.permissions, self.changes, self.options, self.companion_card, self.uses):
            inner.addWidget(card)
        inner.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(content)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(scroll, 1)

    @property
    def name(self) -> str:
        """Name of the connection that is shown."""
        return self._view.name if self._view else ""

    def show_connection(self, view: ConnectionView) -> None:
        """Show a connection; forms that were open for another one are closed."""
        if view.name != self.name:
            self.replace_card.close_card()
            self.rename_card.close_card()
        self._view = view
        self.header.set_title(view.name)
        self.header.set_subtitle(f"{view.platform.label} · {view.base_url}")
        self._show_mark(view)
        self.pill.set_status(*state_of(view))
        self.pill.updateGeometry()
        self.replace_card.offer(view.platform)
        self._show_problem(view)
        self._show_reminder(view)
        self._show_account(view)
        quota = view.identity.quota if view.identity else None
        self.quota.setVisible(quota is not None)
        self._set_rows(self.quota, quota_rows(quota) if quota else [])
        self.permissions.show_permissions(view.identity.permissions if view.identity else ())
        self.changes.show_connection(view)
        self.options.show_connection(view)
        self.companion.offer(view.platform)
        companion = view.platform.companion
        self.companion_card.setVisible(companion is not None)
        self.companion_card.set_title(companion.name if companion else " ")
        self._show_uses(view)

    def _show_mark(self, view: ConnectionView) -> None:
        if self._mark is not None and self._mark.accessibleName() == view.platform.label:
            return
        if self._mark is not None:
            self._mark.hide()
            self._mark.deleteLater()
        self._mark = PlatformMark(view.platform.name)
        self.header.add_below(self._mark)

    def _show_problem(self, view: ConnectionView) -> None:
        replace = (self.tr("Enter new ones"), self.replace)
        if view.needs_secret:
            said = self.tr("The credentials of this account are not in this computer’s keyring.")
            self.notice.set_notice(escape(said), Tone.WARNING, (replace,))
        elif view.problem is not None:
            words = f"<b>{escape(view.problem.message)}</b> {escape(view.problem.hint)}"
            tone = state_of(view)[1]
            again = (self.tr("Test again"), self._test)
            self.notice.set_notice(words, tone, (replace,) if tone is Tone.BAD else (again,))
        details = view.problem.details if view.problem and not view.needs_secret else ""
        self.notice.setVisible(view.needs_secret or view.problem is not None)
        self.details.set_text(details)
        self.details.setVisible(bool(details))

    def _show_reminder(self, view: ConnectionView) -> None:
        age = datetime.now(UTC) - view.credentials_since
        old = age >= ROTATE_AFTER
        self.reminder.setVisible(old and not view.needs_secret)
        if not old:
            return
        said = self.tr("Connected %1 days ago.").replace("%1", number(age.days))
        advice = self.tr("A new credential every 90 days keeps a lost one from doing harm.")
        replace = (self.tr("Enter new ones"), self.replace)
        self.reminder.set_notice(f"{said} {advice}", Tone.WARNING, (replace,))

    def _show_account(self, view: ConnectionView) -> None:
        rows: list[tuple[str, str]] = []
        about = view.identity.detail if view.identity else ""
        self.about.setText(about)
        self.about.setVisible(bool(about))
        if view.identity is not None:
            rows.append((self.tr("Belongs to"), view.identity.name))
        if view.platform.account_label:
            rows.append((view.platform.account_label, view.account))
        checked = relative(view.checked_at, datetime.now(UTC)) if view.checked_at else self.tr("never")
        rows.append((self.tr("Last checked"), checked))
        self._set_rows(self.account, rows)

    def _set_rows(self, card: Card, rows: list[tuple[str, str]]) -> None:
        """Show `rows` in `card`, in place of what it showed."""
        before = self._figures.pop(card, None)
        if before is not None:
            card.body.removeWidget(before)
            before.hide()
            before.deleteLater()
        self._figures[card] = Figures(rows)
        card.body.insertWidget(0, self._figures[card])

    def _show_uses(self, view: ConnectionView) -> None:
        if self._links is not None:
            self.uses.body.removeWidget(self._links)
            self._links.hide()
            self._links.deleteLater()
        self._links = QWidget()
        column = QVBoxLayout(self._links)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for name in view.used_by:
            button = link(name, lambda name=name: self._shell.go("syncs", sync=name))
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        if not view.used_by:
            column.addWidget(Label(self.tr("No sync uses this connection."), "muted"))
        self.uses.body.addWidget(self._links)

    # What is done

    def _test(self) -> None:
        if self._view is not None and self.test_button.isEnabled():
            self._shell.scope.start(self._test_now(self._view.name), busy=self.test_button)

    async def _test_now(self, name: str) -> None:
        view = await self._desk.connections.test(name)
        if view.problem is None:
            works = self.tr("The connection to %1 works").replace("%1", name)
            self._shell.bus.success(works, view.identity.name if view.identity else "")

    def replace(self) -> None:
        """Ask for new credentials."""
        self.rename_card.close_card()
        self.replace_card.begin()

    async def _replace_with(self, secret: str) -> None:
        name = self.name
        await self._desk.connections.replace_secret(name, secret)
        self._replaced(name)

    def _replaced(self, name: str) -> None:
        replaced = self.tr("The credentials of %1 were replaced").replace("%1", name)
        self._shell.bus.success(replaced, self.tr("The old ones can be taken back on the platform."))

    def rename(self) -> None:
        """Ask for another name."""
        self.replace_card.close_card()
        self.rename_card.begin(self.name)

    async def _rename_to(self, new_name: str) -> None:
        before = self.name
        view = await self._desk.connections.rename(before, new_name)
        self.options.rename(before, view.name)
        self.renamed.emit(view.name)
