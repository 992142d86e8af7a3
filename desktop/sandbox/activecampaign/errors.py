"""The refusals of ActiveCampaign's API v3.

The vendor has no single error shape: older resources answer a lone ``message`` or ``errors`` with ``code``
and ``source.pointer``; custom objects answer ``errors`` with ``source.type`` and ``source.value``; the bulk
import answers ``success``, ``message`` and ``failureReasons`` (developers.activecampaign.com/reference, the
error examples of each operation).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from desktop.sandbox.kernel import Answer, Refusal


def refuse(status: int, body: object) -> Refusal:
    """A refusal with this status and JSON body."""
    return Refusal(Answer(status, body))


def missing(kind: str, identifier: object) -> Refusal:
    """404 of the older resources; `kind` is the vendor's class name (Subscriber, Tag, Field, ...)."""
    return refuse(404, {"message": f"No Result found for {kind} with id {identifier}"})


def not_found() -> Refusal:
    """404 of custom object schemas and of the records list."""
    return refuse(404, {"message": "Not Found"})


def related_not_found(detail: str) -> Refusal:
    """404 of ``POST /contactTags`` and its kin for a contact or tag that does not exist."""
    return refuse(404, {"errors": [{"status": 404, "title": "Not Found", "detail": detail}]})


def bad_request(detail: str | None = None) -> Refusal:
    """400 with the ``errors`` list; `detail` is left out when the vendor gives none."""
    entry: dict[str, Any] = {"status": 400, "title": "Bad Request"}
    if detail is not None:
        entry["detail"] = detail
    return refuse(400, {"errors": [entry]})


def forbidden(detail: str | None = None) -> Refusal:
    """403; the ``errors`` form when there is a `detail`, else the lone message."""
    if detail is None:
        return refuse(403, {"message": "Forbidden"})
    return refuse(403, {"errors": [{"status": 403, "title": "Forbidden", "detail": detail}]})


def invalid(title: str, code: str, pointer: str, detail: str = "") -> Refusal:
    """422 of the older resources; `pointer` is the attribute's name (``email``)."""
    entry = {
        "title": title,
        "detail": detail,
        "code": code,
        "source": {"pointer": f"/data/attributes/{pointer}"},
    }
    return refuse(422, {"errors": [entry]})


def invalid_value(field: str, detail: str) -> Refusal:
    """422 of custom objects; `field` is dotted (``schema.slug``) or a record's field id."""
    entry = {
        "title": f'Invalid value for field "{field}"',
        "detail": detail,
        "source": {"type": "pointer", "value": "/data/attributes/" + field.replace(".", "/")},
    }
    return refuse(422, {"errors": [entry]})


def import_refused(message: str, reasons: Sequence[object]) -> Refusal:
    """400 of ``POST /import/bulk_import``."""
    return refuse(400, {"success": 0, "message": message, "failureReasons": reasons})
