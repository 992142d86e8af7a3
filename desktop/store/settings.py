"""The workspace's settings: JSON values by name."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from desktop.domain.values import Json
from desktop.store.columns import pack, unpack
from desktop.store.database import Repository
from desktop.store.tables import setting


class Settings(Repository):
    """JSON values by name."""

    def get(self, key: str, default: Json = None) -> Json:
        """The value, or the default where none was put."""
        data = self._connection.execute(select(setting.c.value).where(setting.c.key == key)).scalar()
        return default if data is None else unpack(data)

    def put(self, key: str, value: Json) -> None:
        """Set the value."""
        statement = insert(setting).values(key=key, value=pack(value))
        statement = statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})
        self._connection.execute(statement)
