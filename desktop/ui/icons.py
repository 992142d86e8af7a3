"""Icons from the fonts that qtawesome carries, drawn without importing it.

Importing qtawesome and loading its eleven fonts costs more than the whole first paint of a window, so one
font is loaded when its first icon is drawn. Names are qtawesome's: ``ph.house``, ``msc.plug``.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from desktop.ui.theme import colours

SIZE = 16
_FONTS = {"ph": "phosphor", "msc": "codicon", "ri": "remixicon", "mdi6": "materialdesignicons6"}


class IconFont:
    """One icon font: its family and the character of each icon."""

    def __init__(self, prefix: str) -> None:
        folder = _font_folder()
        stem = _FONTS[prefix]
        number = QFontDatabase.addApplicationFont(str(_single(folder, f"{stem}-[!c]*.ttf")))
        self.family = QFontDatabase.applicationFontFamilies(number)[0]
        characters = json.loads(_single(folder, f"{stem}*-charmap-*.json").read_text(encoding="utf-8"))
        self._characters: dict[str, str] = characters

    def character(self, name: str) -> str:
        """The icon's character; KeyError for an unknown name."""
        return chr(int(self._characters[name], 16))


def _font_folder() -> Path:
    spec = find_spec("qtawesome")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("qtawesome, whose icon fonts are used, is not installed")
    return Path(next(iter(spec.submodule_search_locations))) / "fonts"


def _single(folder: Path, pattern: str) -> Path:
    return next(iter(sorted(folder.glob(pattern))))


@cache
def _icon_font(prefix: str) -> IconFont:
    return IconFont(prefix)


def paint_glyph(painter: QPainter, rect: QRect | QRectF, name: str, colour: QColor) -> None:
    """Draw the icon `name` in the middle of `rect`, as large as its shorter side."""
    prefix, _, rest = name.partition(".")
    icon_font = _icon_font(prefix)
    character = icon_font.character(rest)
    font = QFont(icon_font.family)
    font.setPixelSize(int(min(rect.width(), rect.height())))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    painter.save()
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(QRectF(rect), Qt.AlignmentFlag.AlignCenter, character)
    painter.restore()


@cache
def _glyph_pixmap(name: str, colour: int, width: int, height: int, ratio: float) -> QPixmap:
    if width <= 0 or height <= 0:
        return QPixmap()
    pixmap = QPixmap(QSize(round(width * ratio), round(height * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    paint_glyph(painter, QRectF(0, 0, width, height), name, QColor.fromRgba(colour))
    painter.end()
    return pixmap


class GlyphEngine(QIconEngine):
    """Draws one glyph in a role's colour of the theme that is in force when it is drawn."""

    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role

    def _colour(self, mode: QIcon.Mode) -> QColor:
        return colours().colour("faint" if mode == QIcon.Mode.Disabled else self._role)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        pixmap = _glyph_pixmap(self._name, self._colour(mode).rgba(), rect.width(), rect.height(), ratio)
        painter.drawPixmap(rect, pixmap)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _glyph_pixmap(self._name, self._colour(mode).rgba(), size.width(), size.height(), 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        scale = max(scale, 1.0)
        whole = QSize(round(size.width() / scale), round(size.height() / scale))
        return _glyph_pixmap(self._name, self._colour(mode).rgba(), whole.width(), whole.height(), scale)

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size


@cache
def glyph_icon(name: str, role: str) -> QIcon:
    """The icon `name` in the colour of `role`, one object for each pair."""
    return QIcon(GlyphEngine(name, role))
