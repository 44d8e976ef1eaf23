"""The language as JSON Schema, for editors; generated from the typed models, so that it cannot say anything else.

The files in `docs/` are compared with this by a test. Schema dialect: 2020-12 (pydantic's).
"""

from __future__ import annotations

from typing import Any, Final

from gateway.policy.cases import TestFile
from gateway.policy.document import PolicyFile

__all__ = ["KINDS", "schema_of"]

KINDS: Final = {"Policy": PolicyFile, "PolicyTest": TestFile}
"""The kinds of files, each with its model."""


def schema_of(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of files of `kind`, one of `KINDS`."""
    schema = KINDS[kind].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": f"privacy-gateway {kind}"}
