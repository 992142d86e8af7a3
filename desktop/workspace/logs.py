"""The log file of a workspace: small, rotating, free of secrets."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from desktop.connectors.redaction import RedactingFilter

_BYTES = 2_000_000
_FILES = 3


def start_log(folder: Path) -> Path:
    """Send what the application logs to a file in the folder. Returns its path."""
    path = folder / "crosswalk.log"
    logger = logging.getLogger("desktop")
    stop_log()
    handler = RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(RedactingFilter())
    logger.addHandler(handler)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
    return path


def stop_log() -> None:
    """Close the log file that is open."""
    logger = logging.getLogger("desktop")
    for handler in tuple(logger.handlers):
        if isinstance(handler, RotatingFileHandler):
            logger.removeHandler(handler)
            handler.close()


def set_level(name: str) -> None:
    """How much is written: ``warning``, ``info`` or ``debug``."""
    logging.getLogger("desktop").setLevel(getattr(logging, name.upper(), logging.INFO))
