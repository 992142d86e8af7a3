"""What a palette means to Qt: its QPalette and the style sheet over Fusion."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette

from desktop.ui.theme import BODY, HEADING, SMALL, TITLE, Palette

_IMAGES = "crosswalkimages"


def application_font() -> QFont:
    """The system's font in the body size."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    font.setPixelSize(BODY)
    return font


def application_palette(palette: Palette) -> QPalette:
    """Qt's colour roles out of ours, for everything that the style sheet leaves to Fusion."""
    role = QPalette.ColorRole
    colours = {
        role.Window: palette.background,
        role.WindowText: palette.text,
        role.Base: palette.surface,
        role.AlternateBase: palette.raised,
        role.Text: palette.text,
        role.Button: palette.surface,
        role.ButtonText: palette.text,
        role.BrightText: palette.bad,
        role.Light: palette.surface,
        role.Midlight: palette.faint_line,
        role.Mid: palette.line,
        role.Dark: palette.faint,
        role.Shadow: palette.muted,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.Accent: palette.accent,
        role.Link: palette.accent,
        role.LinkVisited: palette.accent,
        role.ToolTipBase: palette.raised,
        role.ToolTipText: palette.text,
        role.PlaceholderText: palette.faint,
    }
    result = QPalette()
    for key, colour in colours.items():
        result.setColor(key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(palette.faint))
    return result


def style_sheet(palette: Palette) -> str:
    """The application's style sheet. ``kind`` and ``role`` are properties that `widgets` sets."""
    QDir.setSearchPaths(_IMAGES, [str(Path(__file__).parent / "images")])
    return "\n".join(
        (
            _surfaces(palette),
            _labels(palette),
            _buttons(palette),
            _fields(palette),
            _checks(palette),
            _views(palette),
        )
    )


def _image(name: str) -> str:
    return f"url({_IMAGES}:{name}.svg)"


def _mixed(over: str, under: str, share: float) -> str:
    """`over` laid over `under` with opacity `share`, as ``#RRGGBB``."""
    top, bottom = QColor(over), QColor(under)
    pairs = ((top.red(), bottom.red()), (top.green(), bottom.green()), (top.blue(), bottom.blue()))
    return QColor(*(round(a * share + b * (1 - share)) for a, b in pairs)).name()


def _surfaces(p: Palette) -> str:
    return f"""
QWidget[surface="background"] {{ background: {p.background}; }}
QWidget[surface="surface"] {{ background: {p.surface}; }}
QWidget[surface="raised"] {{ background: {p.raised}; }}
QFrame[surface="card"] {{ background: {p.surface}; border: 1px solid {p.line}; border-radius: 10px; }}
QFrame[surface="toast"] {{ background: {p.raised if p.dark else p.surface}; border: 1px solid {p.line};
    border-radius: 8px; }}
QFrame[rule="line"] {{ background: {p.line}; border: none; }}
QFrame[rule="faint"] {{ background: {p.faint_line}; border: none; }}
QDialog {{ background: {p.surface}; }}
QToolTip {{ background: {p.raised}; color: {p.text}; border: 1px solid {p.line}; padding: 4px 6px; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QSplitter::handle {{ background: {p.line}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QSplitter::handle:vertical {{ height: 1px; }}
QScrollArea {{ background: transparent; border: none; }}
QScrollBar {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 10px; }}
QScrollBar:horizontal {{ height: 10px; }}
QScrollBar::handle {{ background: {_mixed(p.faint, p.surface, 0.45)}; border-radius: 3px; margin: 2px; }}
QScrollBar::handle:hover {{ background: {p.faint}; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QMenu {{ background: {p.raised if p.dark else p.surface}; border: 1px solid {p.line}; padding: 4px; }}
QMenu::item {{ padding: 6px 24px 6px 12px; border-radius: 4px; color: {p.text}; }}
QMenu::item:selected {{ background: {p.accent_tint}; }}
QMenu::item:disabled {{ color: {p.faint}; }}
QMenu::separator {{ height: 1px; background: {p.faint_line}; margin: 4px 8px; }}
QMenu::icon {{ padding-left: 8px; }}
"""


def _labels(p: Palette) -> str:
    return f"""
QLabel {{ background: transparent; }}
QLabel[role="title"] {{ font-size: {TITLE}px; font-weight: 600; color: {p.text}; }}
QLabel[role="heading"] {{ font-size: {HEADING}px; font-weight: 600; color: {p.text}; }}
QLabel[role="strong"] {{ font-size: {BODY}px; font-weight: 500; color: {p.text}; }}
QLabel[role="body"] {{ font-size: {BODY}px; color: {p.text}; }}
QLabel[role="muted"] {{ font-size: {BODY}px; color: {p.muted}; }}
QLabel[role="small"] {{ font-size: {SMALL}px; color: {p.muted}; }}
QLabel[role="side"] {{ font-size: {SMALL}px; font-weight: 500; color: {p.text}; }}
QLabel[role="faint"] {{ font-size: {SMALL}px; color: {p.faint}; }}
QLabel[role="error"] {{ font-size: {SMALL}px; color: {p.bad}; }}
QLabel[role="edited"] {{ font-size: {SMALL}px; color: {p.accent}; }}
"""


def _buttons(p: Palette) -> str:
    hover = _mixed(p.text, p.surface, 0.05)
    pressed = _mixed(p.text, p.surface, 0.1)
    primary_hover = _mixed(p.text, p.accent, 0.14)
    danger_tint = p.bad_tint
    return f"""
QPushButton {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line}; border-radius: 6px;
    padding: 0 12px; min-height: 30px; font-weight: 500; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed, QPushButton:open {{ background: {pressed}; }}
QPushButton:disabled {{ color: {p.faint}; background: {p.surface}; border-color: {p.faint_line}; }}
QPushButton[compact="true"] {{ min-height: 24px; padding: 0 10px; }}
QPushButton[kind="primary"] {{ background: {p.accent}; color: {p.on_accent}; border-color: {p.accent};
    font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {primary_hover}; border-color: {primary_hover}; }}
QPushButton[kind="primary"]:disabled {{ background: {_mixed(p.accent, p.surface, 0.3 if p.dark else 0.5)};
    border-color: transparent; color: {p.muted if p.dark else p.on_accent}; }}
QPushButton[kind="danger"] {{ color: {p.bad}; }}
QPushButton[kind="danger"]:hover {{ background: {danger_tint}; border-color: {danger_tint}; }}
QPushButton[kind="danger"]:disabled {{ color: {p.faint}; }}
QPushButton[kind="destructive"] {{ background: {p.bad}; color: {p.on_accent}; border-color: {p.bad};
    font-weight: 600; }}
QPushButton[kind="destructive"]:hover {{ background: {_mixed(p.text, p.bad, 0.14)}; }}
QPushButton[kind="destructive"]:disabled {{ background: {_mixed(p.bad, p.surface, 0.3 if p.dark else 0.45)};
    border-color: transparent; color: {p.muted if p.dark else p.on_accent}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {p.muted}; }}
QPushButton[kind="quiet"]:hover {{ background: {hover}; color: {p.text}; }}
QPushButton[kind="quiet"]:disabled {{ color: {p.faint}; }}
QPushButton[kind="link"] {{ background: transparent; border: none; color: {p.accent}; padding: 0 2px;
    min-height: 20px; font-size: {SMALL}px; font-weight: 400; }}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:disabled {{ color: {p.faint}; }}
QPushButton::menu-indicator {{ image: {_image("chevron-down")}; subcontrol-position: right center;
    right: 6px; }}
QToolButton {{ background: transparent; color: {p.muted}; border: none; border-radius: 6px; padding: 4px; }}
QToolButton:hover {{ background: {hover}; color: {p.text}; }}
QToolButton:pressed, QToolButton:checked {{ background: {pressed}; }}
QToolButton[disclosure="true"] {{ padding: 2px 4px 2px 0; font-size: {SMALL}px; }}
QToolButton::menu-indicator {{ image: none; }}
"""


def _fields(p: Palette) -> str:
    boxes = "QLineEdit, QComboBox, QAbstractSpinBox"
    every = f"{boxes}, QPlainTextEdit, QTextEdit"
    selector = every.split(", ")

    def each(suffix: str) -> str:
        return ", ".join(name + suffix for name in selector)

    return f"""
{every} {{ background: {p.surface}; color: {p.text}; border: 1px solid {p.line}; border-radius: 6px;
    selection-background-color: {p.accent}; selection-color: {p.on_accent}; }}
{boxes} {{ min-height: 30px; max-height: 30px; padding: 0 8px; }}
QAbstractSpinBox QLineEdit, QComboBox QLineEdit {{ border: none; padding: 0; min-height: 0;
    background: transparent; }}
QPlainTextEdit, QTextEdit {{ padding: 6px 8px; }}
{each(":hover")} {{ border-color: {_mixed(p.faint, p.line, 0.5)}; }}
{each(":focus")} {{ border-color: {p.accent}; }}
{each(":disabled")} {{ color: {p.faint}; background: {p.raised}; border-color: {p.faint_line}; }}
{each('[invalid="true"]')} {{ border-color: {p.bad}; }}
QComboBox::drop-down {{ border: none; width: 24px; }}
QComboBox::down-arrow {{ image: {_image("chevron-down")}; width: 16px; height: 16px; }}
QComboBox QAbstractItemView {{ background: {p.raised if p.dark else p.surface}; border: 1px solid {p.line};
    padding: 4px; outline: none; selection-background-color: {p.accent_tint}; selection-color: {p.text}; }}
QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 0 8px; border-radius: 4px; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ border: none; width: 20px;
    background: transparent; }}
QAbstractSpinBox::up-button {{ subcontrol-origin: border; subcontrol-position: top right;
    margin: 2px 2px 0 0; }}
QAbstractSpinBox::down-button {{ subcontrol-origin: border; subcontrol-position: bottom right;
    margin: 0 2px 2px 0; }}
QAbstractSpinBox::up-arrow {{ image: {_image("chevron-up")}; width: 12px; height: 12px; }}
QAbstractSpinBox::down-arrow {{ image: {_image("chevron-down")}; width: 12px; height: 12px; }}
QDateEdit::drop-down, QDateTimeEdit::drop-down {{ border: none; width: 24px; }}
QDateEdit::down-arrow, QDateTimeEdit::down-arrow {{ image: {_image("chevron-down")}; width: 16px;
    height: 16px; }}
"""


def _checks(p: Palette) -> str:
    shade = "dark" if p.dark else "light"
    edge = _mixed(p.faint, p.surface, 0.6)
    return f"""
QCheckBox, QRadioButton {{ spacing: 8px; background: transparent; min-height: 20px; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {p.faint}; }}
QCheckBox::indicator, QRadioButton::indicator, QAbstractItemView::indicator {{ width: 14px; height: 14px;
    border: 1px solid {edge}; border-radius: 4px; background: {p.surface}; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:hover, QRadioButton::indicator:hover {{ border-color: {p.accent}; }}
QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border: 2px solid {p.accent};
    width: 12px; height: 12px; }}
QCheckBox::indicator:checked, QCheckBox::indicator:indeterminate, QRadioButton::indicator:checked,
QAbstractItemView::indicator:checked, QAbstractItemView::indicator:indeterminate {{
    background: {p.accent}; border-color: {p.accent}; }}
QCheckBox::indicator:checked:focus, QRadioButton::indicator:checked:focus {{ border-color: {p.text}; }}
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked {{ image: {_image(f"check-{shade}")}; }}
QCheckBox::indicator:indeterminate, QAbstractItemView::indicator:indeterminate {{
    image: {_image(f"dash-{shade}")}; }}
QRadioButton::indicator:checked {{ image: {_image(f"dot-{shade}")}; }}
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ background: {p.faint_line};
    border-color: {p.line}; }}
"""


def _views(p: Palette) -> str:
    return f"""
QAbstractItemView {{ background: {p.surface}; color: {p.text}; border: none; outline: none;
    selection-background-color: {p.accent_tint}; selection-color: {p.text}; }}
QAbstractItemView[framed="true"] {{ border: 1px solid {p.line}; border-radius: 6px; padding: 4px; }}
QAbstractItemView[surface="raised"] {{ background: {p.raised}; }}
QListView::item {{ min-height: 28px; border-radius: 6px; padding: 0 8px; }}
QListView::item:hover {{ background: {_mixed(p.text, p.surface, 0.04)}; }}
QListView::item:selected {{ background: {p.accent_tint}; color: {p.text}; }}
QHeaderView {{ background: {p.raised}; border: none; }}
QHeaderView::section {{ background: {p.raised}; color: {p.muted}; border: none;
    border-bottom: 1px solid {p.line}; padding: 0 12px; min-height: 34px; font-size: {SMALL}px;
    font-weight: 500; }}
QTableCornerButton::section {{ background: {p.raised}; border: none; }}
"""
