"""Endpoints that take a form: sound to be written down, pictures to be changed.

Decisions kept here:

* A form becomes one JSON object that is read, judged, decided upon, cleared and recorded as any body is: a field is a
  text, one whose name ends with `[]` a list, a file an object with its name, its type and a `data:` URL, so that it is
  opened by the same readers as a file in a message. What nobody can read counts as content that can't be read.
* What is sent is a form written anew from the cleared bytes and from nothing else: same fields in the same order, same
  contents, a boundary of our own. So no byte of a form goes out that was not judged.
* A form that two parsers could read in two ways is refused (`multipart`), and so are a field that comes twice and a
  file in a field that takes none.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, ClassVar, Final

from gateway.core.errors import InvalidRequest, TransformError, UnsupportedEndpoint
from gateway.core.protocols import Document
from gateway.core.wire import Wire
from gateway.dialects.base import OpenAIDialect
from gateway.dialects.multipart import Form, Part, content_type, read_form, write_form
from gateway.dialects.opaque import unwrap
from gateway.dialects.shape import OBJECT, TEXT, Kind, check
from gateway.dialects.strict_json import dumps, loads

__all__ = ["FormDialect"]

_FILE: Final = {"filename": TEXT, "media_type": TEXT, "file_data": Kind("a file", (str,), filled=True)}
_UNKNOWN_TYPE: Final = "application/octet-stream"


class FormDialect(OpenAIDialect):
    """An endpoint that takes a form.

    Attributes:
        files: names of the fields that hold files; the first must be there.
    """

    method: ClassVar[str] = "POST"
    body_kind: ClassVar[str] = "multipart/form-data"
    begins: ClassVar[bool] = False
    answers_bytes: ClassVar[bool] = False
    files: ClassVar[tuple[str, ...]] = ("file",)

    def source(self, path: dict[str, str], query: list[tuple[str, str]], body: bytes) -> bytes:
        """Return the one JSON object that stands for a form.

        Raises:
            InvalidRequest: if the form is malformed, or there is a query.
        """
        if path or query:
            raise InvalidRequest("This endpoint takes no query parameters: leave them out.")
        told: dict[str, Any] = {}
        for part in read_form(body).parts:
            value = self._value(part)
            if part.name.endswith("[]"):
                told.setdefault(part.name, []).append(value)
            elif told.setdefault(part.name, value) is not value:
                raise InvalidRequest("A field of the form comes twice.")
        return dumps(told)

    def check(self, value: dict[str, Any]) -> None:
        """Check the outer shape of the object that stands for a form.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        if not any(name in value for name in self.files):
            raise InvalidRequest(f"The form has no file in the field `{self.files[0]}`.")
        for name, field in value.items():
            items = field if name.endswith("[]") and isinstance(field, list) else [field]
            for item in items:
                if name in self.files:
                    check({"file": item}, {"file": OBJECT}, required=("file",))
                    check(item, _FILE, path="/file", required=("file_data",))
                elif not isinstance(item, str):
                    raise InvalidRequest("A field of the form is no text.")

    def streams(self, document: Document) -> bool:
        """Whether the client asked for a stream."""
        return bool(document.value.get("stream") == "true")

    def anchor(self, document: Document) -> str:
        """Return the prompt, if there is one."""
        prompt = document.value.get("prompt")
        return prompt if isinstance(prompt, str) else ""

    def wire(self, body: bytes) -> Wire:
        """Return the form for a body that the send gate cleared.

        Raises:
            TransformError: if it cannot be written.
        """
        boundary = "pg-" + hashlib.sha256(body).hexdigest()[:32]
        parts: list[Part] = []
        for name, value in loads(body).items():
            parts += (_part(name, item) for item in (value if isinstance(value, list) else [value]))
        try:
            form = write_form(Form(b"", boundary, tuple(parts)), dict(enumerate(parts)))
        except InvalidRequest:
            raise TransformError("The form cannot be written.") from None
        return Wire("POST", self.endpoint.removeprefix("/v1"), form, content_type(form))

    def forgets(self, body: bytes) -> list[str]:  # noqa: ARG002
        """Return nothing: no id becomes unknown."""
        return []

    def _value(self, part: Part) -> Any:
        if part.name in self.files:
            media_type = part.media_type.partition(";")[0].strip().lower() or _UNKNOWN_TYPE
            data = f"data:{media_type};base64,{base64.b64encode(part.content).decode('ascii')}"
            return {"filename": part.filename or "", "media_type": media_type, "file_data": data}
        if part.filename is not None:
            raise UnsupportedEndpoint("The form has a file in a field that this gateway knows no file of.")
        try:
            return part.content.decode()
        except UnicodeDecodeError:
            raise InvalidRequest("A field of the form is not UTF-8.") from None


def _part(name: str, value: Any) -> Part:
    if isinstance(value, str):
        return Part(name, value.encode())
    held = unwrap(value["file_data"]) if isinstance(value, dict) else None
    if held is None:
        raise TransformError("A file of the form cannot be written.")
    return Part(name, held[0], str(value.get("filename", "")), str(value.get("media_type", "")))
