"""Colours, type sizes and icons of the window, in the system's light or dark setting or a chosen one.

One :class:`Theme` belongs to the application, as its style and palette do. Widgets that paint themselves ask
:func:`colours` in their `paintEvent`: a change of theme repaints every widget.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from weakref import WeakSet

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

TITLE, HEADING, BODY, SMALL = 20, 14, 13, 12
"""The four type sizes, in pixels."""

GRID = 8
"""Distances are multiples of this many pixels (or its half)."""


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours by role, as ``#RRGGBB``."""

    dark: bool
    background: str
    surface: str
    raised: str
    line: str
    faint_line: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_tint: str
    good: str
    good_tint: str
    warning: str
    warning_tint: str
    bad: str
    bad_tint: str
    on_accent: str
    highlevel: str = "#0B7A75"
    activecampaign: str = "#2F6BDE"
    activecollab: str = "#7048C8"
    accessally: str = "#C2417C"
    on_platform: str = "#FFFFFF"

    def colour(self, role: str) -> QColor:
        """The colour of `role`, an attribute's name."""
        return QColor(getattr(self, role))


LIGHT = Palette(
    dark=False,
    background="#F6F7F9",
    surface="#FFFFFF",
    raised="#FBFBFD",
    line="#E4E7EC",
    faint_line="#EEF0F4",
    text="#1A1F2B",
    muted="#667085",
    faint="#98A2B3",
    accent="#3B5BDB",
    accent_tint="#EDF1FE",
    good="#2B8A3E",
    good_tint="#E9F7EC",
    warning="#B35C00",
    warning_tint="#FFF3E0",
    bad="#C92A2A",
    bad_tint="#FDECEC",
    on_accent="#FFFFFF",
)

DARK = Palette(
    dark=True,
    background="#14171C",
    surface="#1B1F27",
    raised="#20252E",
    line="#2C323D",
    faint_line="#252B35",
    text="#E6E9EF",
    muted="#9AA4B5",
    faint="#6B7586",
    accent="#7C97FF",
    accent_tint="#222C4A",
    good="#69DB7C",
    good_tint="#16301C",
    warning="#FFB454",
    warning_tint="#3A2A12",
    bad="#FF8787",
    bad_tint="#3B1C1F",
    on_accent="#14171C",
)


class Tone(StrEnum):
    """What a status says; each has its colour on a soft tint."""

    NEUTRAL = "neutral"
    ACCENT = "accent"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"

    def colours(self, palette: Palette) -> tuple[QColor, QColor]:
        """The text's colour and the tint behind it."""
        if self is Tone.NEUTRAL:
            return palette.colour("muted"), palette.colour("faint_line")
        return palette.colour(self.value), palette.colour(f"{self.value}_tint")


class Setting(StrEnum):
    """Which of the two palettes to use."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Theme(QObject):
    """Applies the palette of the setting to the application, and again when the system's scheme changes.

    The style sheet is set on each window (:meth:`dress`), not on the application: there every widget that is put into
    another has its whole content styled again, which makes building a page twice as slow.
    """

    changed = Signal()

    def __init__(self, app: QApplication, setting: Setting | str = Setting.SYSTEM) -> None:
        super().__init__(app)
        self.setObjectName("crosswalk.theme")
        self._app = app
        self._setting = Setting(setting)
        self._palette: Palette | None = None
        self._sheet = ""
        self._dressed: WeakSet[QWidget] = WeakSet()
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    @property
    def palette(self) -> Palette:
        """The colours in force."""
        return self._palette or LIGHT

    @property
    def setting(self) -> Setting:
        """What was chosen; ``system`` follows the desktop."""
        return self._setting

    def choose(self, setting: Setting | str) -> None:
        """Change the setting; the window is repainted at once."""
        self._setting = Setting(setting)
        self._apply()

    def dress(self, window: QWidget) -> None:
        """Style a window, with all that it will hold, from now on. Dialogs and menus in it follow their parent."""
        self._dressed.add(window)
        window.setStyleSheet(self._sheet)

    def _wanted(self) -> Palette:
        if self._setting is Setting.SYSTEM:
            scheme = self._app.styleHints().colorScheme()
            return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._setting is Setting.DARK else LIGHT

    def _apply(self) -> None:
        from desktop.ui.theme_style import application_font, application_palette, style_sheet

        wanted = self._wanted()
        if wanted is self._palette:
            return
        first = self._palette is None
        self._palette = wanted
        if first:
            self._app.setFont(application_font())
        self._app.setPalette(application_palette(wanted))
        self._sheet = style_sheet(wanted)
        for window in list(self._dressed):
            if isValid(window):
                window.setStyleSheet(self._sheet)
        self.changed.emit()


def current_theme() -> Theme | None:
    """The application's theme, if one was set up."""
    app = QApplication.instance()
    return app.findChild(Theme, "crosswalk.theme", Qt.FindChildOption.FindDirectChildrenOnly) if app else None


def dress(window: QWidget) -> None:
    """Style a window that has no parent, if a theme was set up."""
    theme = current_theme()
    if theme is not None:
        theme.dress(window)


def colours() -> Palette:
    """The palette in force."""
    theme = current_theme()
    return theme.palette if theme is not None else LIGHT


def icon(name: str, role: str = "muted") -> QIcon:
    """The icon `name` (qtawesome's: ``ph.house``) in the colour of `role`, tinted anew with the theme."""
    from desktop.ui.icons import glyph_icon

    return glyph_icon(name, role)


def type_font(size: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The system's font at `size` pixels."""
    font = QFont(QApplication.font())
    font.setPixelSize(size)
    font.setWeight(weight)
    return font
