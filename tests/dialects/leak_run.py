"""The leak run: private values in every leaf of every request type, planned for a cloud that may get nothing private.

`python -m tests.dialects.leak_run` prints the table: by API, how many leaves were tried, how many leaked (a value stood
in the bytes that would have been sent), how many were refused though what they held could have been made harmless, and
why. A leaf that holds a pointer is given an id that the vault knows; one that holds a file, a text file.
"""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from gateway.adapters.readers import bundled_readers
from gateway.core.errors import InvalidRequest
from gateway.core.model import Location, SegmentKind, Sensitivity, Upstream, Zone
from gateway.core.state import Remembered, StateKind, maker_of
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.dialects.openai_audio import OpenAISpeech
from gateway.dialects.openai_batches import CreateBatch
from gateway.dialects.openai_files import UploadFile
from gateway.dialects.openai_vector_stores import CreateVectorStore
from gateway.pipeline import Plan, Request, plan
from tests.dialects.test_leaf_tables import CASES, Case, shaped, table
from tests.fakes.engines import engine

__all__ = ["Row", "run"]

CLOUD: Final = Upstream("cloud", Zone.CLOUD, Sensitivity.LOW, "http://127.0.0.1:1/v1", dialects=("openai", "anthropic"))
ENGINE: Final = replace(engine(), readers=tuple(bundled_readers()))
MILD: Final = "martha@nordhavn-clinic.com"
GRAVE: Final = ("536-22-8741", "sk-Q8zt2mVx7Lp4")
ID: Final = "id_0123456789abcdef"
BASE_ID: Final = "id_fedcba9876543210"
KNOWN: Final = dict.fromkeys((ID, BASE_ID), Remembered(StateKind.FILE, maker_of(CLOUD), Sensitivity.LOW))
PIXELS: Final = base64.b64encode(bytes(range(256))).decode()
UPLOAD: Final = {"path": {}, "query": {}, "body": {"purpose": "assistants", "file": {"file_data": "data:,x"}}}
MORE: Final[Mapping[str, Case]] = {
    "speech": Case(OpenAISpeech(), {"model": "m", "input": "x"}, table("leaves_speech.csv"), ()),
    "files": Case(UploadFile(), UPLOAD, table("leaves_files.csv"), ()),
    "batches": Case(
        CreateBatch(),
        {"path": {}, "query": {}, "body": {"input_file_id": BASE_ID, "endpoint": "x", "completion_window": "24h"}},
        table("leaves_batches.csv"),
        (),
    ),
    "vector_stores": Case(
        CreateVectorStore(), {"path": {}, "query": {}, "body": {}}, table("leaves_vector_stores.csv"), ()
    ),
}


@dataclass
class Row:
    """What became of the leaves of one API."""

    leaves: int = 0
    leaked: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)


def run() -> dict[str, Row]:
    """Return a row for each API."""
    return {name: _row(case) for name, case in [*CASES.items(), *MORE.items()]}


def _row(case: Case) -> Row:
    row = Row()
    for leaf in case.leaves:
        row.leaves += 1
        for value, text in _values(case, leaf.path):
            planned = _planned(case, leaf.path, text)
            if planned is not None and planned.first is not None and _holds(planned.first.body, value):
                row.leaked.append(leaf.path)
        fitting = _planned(case, leaf.path, _fitting(case, leaf.path))
        if fitting is not None and fitting.first is None:
            row.refused[_why(fitting)] += 1
    return row


def _values(case: Case, path: str) -> Iterator[tuple[str, str]]:
    for value in (MILD, *GRAVE):
        yield value, f"About {value}"
        yield value, _file(value)
        yield value, json.dumps({"k": value})
    yield "", ""
    if _kinds(case, path):
        yield PIXELS, PIXELS


def _fitting(case: Case, path: str) -> str:
    """Return what belongs into the leaf, with a value in it that can be made harmless."""
    kinds = _kinds(case, path)
    if "server_state" in kinds:
        return ID
    if "file" in kinds:
        return _file(MILD)
    return PIXELS if kinds else f"About {MILD}"


def _kinds(case: Case, path: str) -> frozenset[str]:
    try:
        document = case.dialect.read(json.dumps(_body(case, path, ID)).encode())
    except InvalidRequest:
        return frozenset()
    opaque = (segment for segment in case.dialect.segments(document) if segment.kind is SegmentKind.OPAQUE)
    return frozenset(segment.text for segment in opaque if _at(document.value, segment.location) == ID)


def _at(value: Any, location: Location) -> object:
    for step in location:
        value = value[step]
    return value


def _file(value: str) -> str:
    return f"data:text/plain;base64,{base64.b64encode(f'About {value}'.encode()).decode()}"


def _planned(case: Case, path: str, text: str, known: Mapping[str, Remembered] = KNOWN) -> Plan | None:
    """Return the plan; None where the API itself has no such value there."""
    try:
        return plan(Request(case.dialect, json.dumps(_body(case, path, text)).encode(), known=known), ENGINE, [CLOUD])
    except InvalidRequest:
        return None


def _body(case: Case, path: str, text: str) -> dict[str, Any]:
    body = shaped(case, path, text)
    if path.startswith("body."):
        body["body"] = {**case.base["body"], **body["body"]}
        if path.startswith("body.file."):
            body["body"]["file"] = {**case.base["body"]["file"], **body["body"]["file"]}
    return body


def _holds(sent: bytes, value: str) -> bool:
    """Whether a value stands in `sent`, as it is or in base64 at any offset."""
    if not value:
        return False
    if value.encode() in sent:
        return True
    return any(base64.b64encode(b"x" * pad + value.encode())[4:-4] in sent for pad in range(3))


def _why(planned: Plan) -> str:
    types = {finding.entity_type for finding in planned.classification.findings}
    unread = sorted(types & UNINSPECTABLE_TYPES)
    if unread:
        return unread[0].removeprefix("UNINSPECTABLE_").lower()
    kept = {path.rpartition("/")[2] for path, _ in planned.transformation.undischarged}
    if "model" in kept:
        return "a model's name is not edited"
    return "signed items are not edited" if kept & {"thinking", "signature", "data"} else "other"


def main() -> None:
    """Print the table."""
    rows = run()
    print("| API | leaves | leaked | refused | why |\n|---|---:|---:|---:|---|")  # noqa: T201 - a command
    for name, row in rows.items():
        why = ", ".join(f"{count} {reason}" for reason, count in sorted(row.refused.items()))
        print(f"| {name} | {row.leaves} | {len(row.leaked)} | {row.refused.total()} | {why} |")  # noqa: T201 - as above
    leaves, refused = sum(row.leaves for row in rows.values()), sum(row.refused.total() for row in rows.values())
    share = f"{100 * refused / leaves:.1f} %"
    print(f"| all | {leaves} | {sum(len(row.leaked) for row in rows.values())} | {refused} ({share}) | |")  # noqa: T201 - as above


if __name__ == "__main__":
    main()
