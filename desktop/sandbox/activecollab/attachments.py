"""Files: uploaded first, then attached by the codes that the upload gave.

``POST /upload-files`` takes a form with ``attachment_1`` to ``attachment_n`` and answers a code for each; a task,
comment or note that is written with these in ``attach_uploaded_files`` carries the files, to be had at
``GET /attachments/<id>/download``.
"""

from __future__ import annotations

import secrets
from email import policy
from email.parser import BytesParser
from typing import TYPE_CHECKING

from desktop.sandbox.activecollab.errors import invalid, missing
from desktop.sandbox.activecollab.fields import Unfit
from desktop.sandbox.activecollab.kinds import Document
from desktop.sandbox.activecollab.site import number
from desktop.sandbox.kernel import Answer, Call, Endpoint

if TYPE_CHECKING:
    from desktop.sandbox.activecollab.site import Site

CODES = "attach_uploaded_files"
_TABLES = """
CREATE TABLE IF NOT EXISTS activecollab_uploads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    mime_type TEXT NOT NULL,
    content BLOB NOT NULL,
    attached INTEGER NOT NULL DEFAULT 0
);
"""


class Attachments:
    """Uploaded files, attached or still waiting for it."""

    def __init__(self, site: Site) -> None:
        self._storage = site.storage
        self._storage.script(_TABLES)

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint("POST", "/upload-files", self.upload),
            Endpoint("GET", "/attachments/{id}/download", self.download),
        ]

    def upload(self, call: Call) -> Answer:
        """``POST /upload-files``."""
        kind = call.headers.get("content-type", "")
        message = BytesParser(policy=policy.HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
        files: list[Document] = []
        for part in message.iter_parts() if message.is_multipart() else ():
            field_name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if isinstance(field_name, str) and field_name.startswith("attachment") and isinstance(content, bytes):
                files.append(self._keep(part.get_filename() or field_name, part.get_content_type(), content))
        if not files:
            raise invalid({"attachment_1": "File is required"})
        return Answer(200, files)

    def _keep(self, name: str, mime_type: str, content: bytes) -> Document:
        code = secrets.token_hex(20)
        sql = "INSERT INTO activecollab_uploads (code, name, mime_type, content) VALUES (?, ?, ?, ?)"
        self._storage.execute(sql, (code, name, mime_type, content))
        return {"code": code, "name": name, "mime_type": mime_type, "size": len(content), "thumbnail_url": ""}

    def download(self, call: Call) -> Answer:
        """``GET /attachments/<id>/download``: the file as it came."""
        sql = "SELECT content, mime_type FROM activecollab_uploads WHERE id = ? AND attached"
        row = self._storage.one(sql, (number(call),))
        if row is None:
            raise missing()
        return Answer(200, row[0], content_type=row[1])

    def codes(self, value: object) -> list[str]:
        """Codes of files that wait to be attached. Raises ``Unfit``."""
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            raise Unfit("must be a list of codes")
        sql = "SELECT 1 FROM activecollab_uploads WHERE code = ? AND NOT attached"
        if not all(self._storage.one(sql, (code,)) for code in value):
            raise Unfit("name a file that was not uploaded")
        return list(dict.fromkeys(value))

    def attach(self, changes: Document, before: Document) -> None:
        """Turn the codes among ``changes`` into attachments, next to those that were there before."""
        codes: list[str] = changes.pop(CODES, [])
        if codes:
            changes["attachments"] = [*before.get("attachments", []), *(self._attached(code) for code in codes)]

    def _attached(self, code: str) -> Document:
        self._storage.execute("UPDATE activecollab_uploads SET attached = 1 WHERE code = ?", (code,))
        sql = "SELECT id, name, mime_type, LENGTH(content) FROM activecollab_uploads WHERE code = ?"
        row = self._storage.one(sql, (code,))
        assert row is not None
        return {
            "id": row[0],
            "class": "LocalAttachment",
            "url_path": f"/attachments/{row[0]}",
            "name": row[1],
            "mime_type": row[2],
            "size": row[3],
            "download_url": f"/attachments/{row[0]}/download",
        }
