"""What a platform needs installed on its side, and Crosswalk brings along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Companion:
    """A plugin that the operator saves as a file and installs on the platform.

    :param name: such as ``Crosswalk Bridge plugin``.
    :param purpose: what it is good for, in a sentence.
    :param file_name: what the file is called.
    :param instructions: how it is installed: a step a line, each with its number; lines without one are remarks.
    :param archive: the file's content. Raises NotFound when this copy of Crosswalk came without it.
    """

    name: str
    purpose: str
    file_name: str
    instructions: str
    archive: Callable[[], bytes]
