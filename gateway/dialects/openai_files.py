"""OpenAI's Files: uploaded, fetched, read, deleted.

Decisions kept here:

* An upload becomes one object in which the file is a `data:` URL: it is opened, judged and rewritten by the same
  readers as a file in a message. One that nobody can read is content that can't be read.
* The form is written anew from what was cleared: same fields, same content, a boundary of our own. A form that two
  parsers could read in two ways is refused (`multipart`).
* All uploads of a principal share their surrogates, so that a search over several files finds one value by one name.
* A file's content comes back restored: JSON and JSON lines as JSON, other texts as texts, bytes as they are.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, ClassVar, Final

from gateway.core.errors import InvalidRequest, TransformError
from gateway.core.protocols import Document, RestorerFactory
from gateway.core.state import StateKind
from gateway.core.wire import Wire
from gateway.dialects.answers import restore_text, restore_tree
from gateway.dialects.calls import PathCall
from gateway.dialects.multipart import Form, Part, content_type, read_form, write_form
from gateway.dialects.opaque import unwrap
from gateway.dialects.shape import OBJECT, TEXT, Kind, check
from gateway.dialects.strict_json import dumps, loads
from gateway.dialects.structure import FILES, Structure

__all__ = ["DeleteFile", "FileContent", "GetFile", "UploadFile", "upload_form", "upload_parts"]

STRUCTURE: Final = Structure.of(
    base=FILES,
    keys="file expires_after[anchor] expires_after[seconds]",
    words={
        "purpose": "assistants batch evals fine-tune user_data vision",
        "expires_after[anchor]": "created_at",
        "media_type": """
            application/json application/jsonl application/octet-stream application/pdf text/csv text/html
            text/markdown text/plain
        """,
    },
)
_FILE: Final = {"filename": TEXT, "media_type": TEXT, "file_data": Kind("a file", (str,), filled=True)}


class UploadFile(PathCall):
    """`POST /v1/files`."""

    name = "openai_file_upload"
    endpoint = "/v1/files"
    method: ClassVar = "POST"
    body_kind: ClassVar = "multipart/form-data"
    ids: ClassVar = StateKind.FILE
    body_structure: ClassVar = STRUCTURE

    def source(self, path: dict[str, str], query: list[tuple[str, str]], body: bytes) -> bytes:
        """Return the one JSON object that stands for an upload.

        Raises:
            InvalidRequest: if the form is malformed, or has not exactly one file.
        """
        told = {name: _told(part) for name, part in upload_parts(body).items()}
        return super().source(path, query, dumps(told))

    def check_body(self, value: dict[str, Any]) -> None:
        """Check types of the fields.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, {"purpose": TEXT, "file": OBJECT}, path="/body", required=("purpose", "file"))
        check(value["file"], _FILE, path="/body/file", required=("file_data",))

    def anchor(self, document: Document) -> str:  # noqa: ARG002
        """Return one anchor for all uploads."""
        return "files"

    def wire(self, body: bytes) -> Wire:
        """Return the form for a body that the send gate cleared.

        Raises:
            TransformError: if it cannot be written.
        """
        sent = super().wire(body)
        fields = loads(sent.content or b"")
        return _upload(sent.path, tuple(_part(name, value) for name, value in fields.items()), body)


class GetFile(PathCall):
    """`GET /v1/files/{file_id}`."""

    name = "openai_file_get"
    endpoint = "/v1/files/{file_id}"
    ids: ClassVar = StateKind.FILE


class DeleteFile(PathCall):
    """`DELETE /v1/files/{file_id}`."""

    name = "openai_file_delete"
    endpoint = "/v1/files/{file_id}"
    method: ClassVar = "DELETE"
    forgets_last: ClassVar = True


class FileContent(PathCall):
    """`GET /v1/files/{file_id}/content`."""

    name = "openai_file_content"
    endpoint = "/v1/files/{file_id}/content"
    answers_bytes: ClassVar = True

    def restore(self, body: bytes, restorers: RestorerFactory, value: dict[str, Any] | None = None) -> bytes:  # noqa: ARG002
        """Return a file with originals put back; the same bytes when nothing was restored.

        A file is what the caller uploaded, to the letter: nothing in it is looked for or taken out.
        """
        restorers = restorers.unguarded()
        if restorers.empty:
            return body
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return body
        lines = text.splitlines(keepends=True)
        restored = "".join(_line(line, self, restorers) for line in lines)
        return body if restored == text else restored.encode("utf-8", "surrogatepass")


def upload_form(lines: bytes) -> Wire:
    """Return the upload of a batch's input whose lines the send gate cleared."""
    parts = (Part("purpose", b"batch"), Part("file", lines, "batch.jsonl", "application/jsonl"))
    return _upload("/files", parts, lines)


def upload_parts(body: bytes) -> dict[str, Part]:
    """Return the fields of an upload by name.

    Raises:
        InvalidRequest: if the form is malformed, a field comes twice, or it has not exactly one file.
    """
    form = read_form(body)
    parts = {part.name: part for part in form.parts}
    if len(parts) != len(form.parts):
        raise InvalidRequest("A field of the form comes twice.")
    if [name for name, part in parts.items() if part.filename is not None] != ["file"]:
        raise InvalidRequest("An upload has one file, in the field `file`.")
    return parts


def _upload(path: str, parts: tuple[Part, ...], cleared: bytes) -> Wire:
    boundary = "pg-" + hashlib.sha256(cleared).hexdigest()[:32]
    try:
        form = write_form(Form(b"", boundary, parts), dict(enumerate(parts)))
    except InvalidRequest:
        raise TransformError("The form cannot be written.") from None
    return Wire("POST", path, form, content_type(form))


def _told(part: Part) -> Any:
    if part.filename is None:
        try:
            return part.content.decode()
        except UnicodeDecodeError:
            raise InvalidRequest("A field of the form is not UTF-8.") from None
    media_type = part.media_type.partition(";")[0].strip().lower() or "application/octet-stream"
    data = f"data:{media_type};base64,{base64.b64encode(part.content).decode('ascii')}"
    return {"filename": part.filename, "media_type": media_type, "file_data": data}


def _part(name: str, value: Any) -> Part:
    if isinstance(value, str):
        return Part(name, value.encode())
    held = unwrap(value["file_data"]) if isinstance(value, dict) else None
    if held is None:
        raise TransformError("The file cannot be written.")
    return Part(name, held[0], str(value.get("filename", "")), str(value.get("media_type", "")))


def _line(line: str, call: PathCall, restorers: RestorerFactory) -> str:
    """Return one line restored: as JSON if it is an object, else as a text."""
    if not line.lstrip().startswith("{"):
        return restore_text(line, restorers)
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return restore_text(line, restorers)
    if not restore_tree(value, call.rules, restorers):
        return line
    return dumps(value).decode("utf-8", "surrogatepass") + line[len(line.rstrip("\r\n")) :]
