"""Signed notes (C2SP signed-note): a text of lines, an empty line, a line with the signature.

Read strictly: a note that is not, byte for byte, what its content would be written as is refused. So no byte of it
can be changed without notice, not even the unused bits in the last character of a base64 word.
"""

from __future__ import annotations

import base64

from gateway.adapters.audit.keys import NAME, Signer, Verifier

__all__ = ["NoteError", "open_note", "sign_note"]

_DASH = "\N{EM DASH}"
_ID_BYTES = 4


class NoteError(ValueError):
    """A note that is malformed or not signed by the key."""


def sign_note(text: str, signer: Signer) -> bytes:
    """Return the note. `text` is lines without an empty one, each ended by a newline."""
    return _write(text, signer.verifier.id, signer.sign(text.encode()))


def open_note(data: bytes, verifier: Verifier) -> str:
    """Return the text of a note that `verifier`'s key signed.

    Raises:
        NoteError: if the note is malformed, or the signature is not by that key.
    """
    try:
        text, _, line = data.decode().rpartition("\n\n")
        signature = base64.b64decode(line.rstrip("\n").rpartition(" ")[2], validate=True)
    except ValueError:  # not UTF-8, not ASCII, not base64
        raise NoteError("not a signed note") from None
    text += "\n"
    key_id, signature = signature[:_ID_BYTES].hex(), signature[_ID_BYTES:]
    if _write(text, key_id, signature) != data:
        raise NoteError("not a signed note")
    if key_id != verifier.id:
        raise NoteError(f"signed by key {key_id}, not by {verifier.id}")
    if not verifier.verifies(signature, text.encode()):
        raise NoteError(f"its signature is not by key {verifier.id}")
    return text


def _write(text: str, key_id: str, signature: bytes) -> bytes:
    encoded = base64.b64encode(bytes.fromhex(key_id) + signature).decode()
    return f"{text}\n{_DASH} {NAME} {encoded}\n".encode()
