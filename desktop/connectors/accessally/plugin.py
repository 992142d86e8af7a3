"""The Crosswalk Bridge plugin as a file that WordPress takes, and how it is installed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from desktop.connectors.companion import Companion
from desktop.domain.errors import NotFound

ARCHIVE_NAME = "crosswalk-bridge.zip"
INSTRUCTIONS = (
    "1. Save the plugin: you get a file named crosswalk-bridge.zip.\n"
    "2. In WordPress, open Plugins, Add New, Upload Plugin. Choose the file, press Install Now, then Activate.\n"
    "3. Make a WordPress user for Crosswalk alone, with the role Administrator.\n"
    "4. Open that user's profile, go to Application Passwords, type Crosswalk and press Add New Application Password. "
    "Copy the password: WordPress shows it once.\n"
    "5. Connect in Crosswalk with the site's address and user:application password.\n"
    "A member that Crosswalk creates gets a password that nobody knows, and WordPress sends no e-mail about it. "
    'The member chooses one with "Lost your password" on the site\'s login page.'
)
"""What the operator does with the plugin, one step a line."""

_PLUGIN = "crosswalk-bridge"
_EARLIEST = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


def companion() -> Companion:
    """The plugin as something to save and install."""
    return Companion(
        "Crosswalk Bridge plugin",
        "With the Crosswalk Bridge plugin on the site, Crosswalk reads only the members that changed, their tags, and "
        "fields that you choose.",
        ARCHIVE_NAME,
        INSTRUCTIONS,
        bridge_archive,
    )


def bridge_folder() -> Path:
    """Where the plugin lies: among the resources of the installed package, or of the source tree.

    :raises NotFound: when this copy of Crosswalk came without it.
    """
    package = Path(__file__).parents[2]
    installed = package / "_resources"
    folder = (installed if installed.is_dir() else package.parent / "resources") / "wordpress" / _PLUGIN
    if not folder.is_dir():
        raise NotFound(
            "This copy of Crosswalk came without the Crosswalk Bridge plugin.",
            "Install Crosswalk again and try once more.",
        )
    return folder


def bridge_archive() -> bytes:
    """The plugin as a zip file; the same bytes each time.

    :raises NotFound: when this copy of Crosswalk came without it.
    """
    folder = bridge_folder()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{_PLUGIN}/{path.relative_to(folder).as_posix()}", _EARLIEST)
            entry.external_attr = _READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            archive.writestr(entry, path.read_bytes())
    return content.getvalue()
