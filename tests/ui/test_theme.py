"""Colours, icons and their change while the window is open."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from desktop.ui.theme import DARK, LIGHT, Palette, Setting, Theme, Tone, colours, icon
from desktop.ui.theme_style import style_sheet

ROOT = Path(__file__).parents[2]
ROLES = [field.name for field in fields(Palette) if field.name != "dark"]


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2.2 contrast ratio, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def luminance(colour: QColor) -> float:
        parts = (colour.redF(), colour.greenF(), colour.blueF())
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def inked(shown: QIcon) -> set[str]:
    """The colours of the fully covered pixels of an icon."""
    image = shown.pixmap(16, 16).toImage()
    points = ((x, y) for x in range(16) for y in range(16))
    pixels = (image.pixelColor(x, y) for x, y in points)
    return {pixel.name().upper() for pixel in pixels if pixel.alpha() == 255}


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_every_role_is_a_colour(palette: Palette) -> None:
    for role in ROLES:
        assert palette.colour(role).isValid(), role
        assert len(getattr(palette, role)) == 7


@pytest.mark.parametrize("palette", [LIGHT, DARK])
@pytest.mark.parametrize("ground", ["background", "surface", "raised"])
def test_text_can_be_read_on_every_ground(palette: Palette, ground: str) -> None:
    assert contrast(palette.colour("text"), palette.colour(ground)) >= 7
    assert contrast(palette.colour("muted"), palette.colour(ground)) >= 4.5
    for tone in Tone:
        assert contrast(tone.colours(palette)[0], palette.colour(ground)) >= 4


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_what_stands_on_the_accent_can_be_read(palette: Palette) -> None:
    assert contrast(palette.colour("on_accent"), palette.colour("accent")) >= 4.5


def test_choosing_a_setting_repaints_what_is_open(theme: Theme, qapp: QApplication) -> None:
    window = QWidget()
    theme.dress(window)
    label = QLabel("Orders", window)
    label.setProperty("role", "muted")
    label.ensurePolished()
    changes: list[bool] = []
    theme.changed.connect(lambda: changes.append(True))
    theme.choose(Setting.DARK)
    assert changes == [True]
    assert colours() is DARK
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.background
    assert label.palette().color(QPalette.ColorRole.WindowText).name().upper() == DARK.muted
    theme.choose("dark")
    assert changes == [True]


def test_the_systems_scheme_is_followed_only_when_asked_for(theme: Theme, qapp: QApplication) -> None:
    hints = qapp.styleHints()
    hints.setColorScheme(Qt.ColorScheme.Dark)
    try:
        assert colours() is LIGHT
        theme.choose(Setting.SYSTEM)
        assert colours() is (DARK if hints.colorScheme() == Qt.ColorScheme.Dark else LIGHT)
        hints.setColorScheme(Qt.ColorScheme.Light)
        assert colours() is LIGHT
    finally:
        hints.unsetColorScheme()


def test_an_unknown_setting_is_refused(theme: Theme) -> None:
    with pytest.raises(ValueError, match="purple"):
        theme.choose("purple")


def test_an_icon_takes_the_colour_of_its_role_in_the_theme_in_force(theme: Theme) -> None:
    shown = icon("ph.circle-fill", "bad")
    assert LIGHT.bad in inked(shown)
    theme.choose(Setting.DARK)
    assert DARK.bad in inked(shown)
    assert icon("ph.circle-fill", "bad") is shown


def test_an_icon_that_does_not_exist_is_an_error(theme: Theme) -> None:
    from PySide6.QtCore import QRect
    from PySide6.QtGui import QPainter, QPixmap

    from desktop.ui.icons import paint_glyph

    pixmap = QPixmap(16, 16)
    painter = QPainter(pixmap)
    with pytest.raises(KeyError):
        paint_glyph(painter, QRect(0, 0, 16, 16), "ph.no-such-icon", QColor("red"))
    painter.end()


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_the_style_sheets_pictures_are_there(theme: Theme, palette: Palette) -> None:
    import re

    from PySide6.QtCore import QFile

    pictures = re.findall(r"url\((\S+?)\)", style_sheet(palette))
    assert len(pictures) > 5
    assert [picture for picture in pictures if not QFile.exists(picture)] == []


def test_the_first_window_imports_no_icon_library() -> None:
    code = (
        "import sys; from PySide6.QtWidgets import QApplication; app = QApplication([])\n"
        "from desktop.ui.theme import Theme; from desktop.ui.shell.window import MainWindow\n"
        "from desktop.ui.shell.page import Page, PageEntry\n"
        "Theme(app); window = MainWindow([PageEntry('home', 'Home', 'ph.house', Page)])\n"
        "window.show(); window.grab()\n"
        "print(sorted({'qtawesome', 'qtpy', 'httpx', 'sqlalchemy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
