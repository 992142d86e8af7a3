"""The driver of the encrypted database. Its names come from a compiled module, which type checkers can't look into."""

from __future__ import annotations

from typing import Any, cast

from sqlcipher3 import dbapi2

driver_module = cast("Any", dbapi2)
connect: Any = driver_module.connect
DriverError: type[Exception] = driver_module.Error
IntegrityError: type[Exception] = driver_module.IntegrityError
OperationalError: type[Exception] = driver_module.OperationalError
