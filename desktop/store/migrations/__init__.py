"""Migrations of the workspace database. Alembic is imported only when one is due."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection


def migrate(connection: Connection) -> None:
    """Bring the tables of an older workspace to this program's version, in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    with connection.begin():
        command.upgrade(config, "head")
