"""The interface's language: our translation and Qt's own, by the system's language or a chosen one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

SYSTEM = "system"
SOURCE = "en"
"""The language that the texts are written in."""
_NAME = "crosswalk"


def translations_folder() -> Path:
    """Where our translations lie: in the installed package, or beside it in a checkout."""
    package = Path(__file__).parents[1]
    installed = package / "_resources"
    return (installed if installed.is_dir() else package.parent / "resources") / "translations"


def available_languages() -> tuple[str, ...]:
    """Codes of the languages that can be chosen."""
    found = {path.stem.removeprefix(f"{_NAME}_") for path in translations_folder().glob(f"{_NAME}_*.qm")}
    return tuple(sorted({SOURCE} | found))


def language_name(code: str) -> str:
    """A language as its speakers call it."""
    name = QLocale(code).nativeLanguageName()
    return "English" if code == SOURCE else name[:1].upper() + name[1:]


def install_language(app: QApplication, setting: str) -> None:
    """Translate the application, before any of its windows is built.

    :param setting: ``system``, or the code of a language; one that is not there leaves the texts as they are.
    """
    locale = QLocale.system() if setting == SYSTEM else QLocale(setting)
    if setting != SYSTEM and locale.language() != QLocale.system().language():
        QLocale.setDefault(locale)
    language = QLocale.languageToCode(locale.language())
    if language not in available_languages() or language == SOURCE:
        return
    for name, folder in (
        ("qtbase", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)),
        (_NAME, str(translations_folder())),
    ):
        translator = QTranslator(app)
        if translator.load(locale, name, "_", folder):
            app.installTranslator(translator)
