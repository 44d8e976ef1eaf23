"""Private values in every leaf of every API: what a cloud would get. Run: `python -m benchmarks.leaks [--write]`.

Two runs. By leaf (`tests.dialects.leak_run`): every text, key and free JSON of the public request types gets a value, a
file, a pointer or JSON, as fits; it counts which could not go to a cloud although what they held could have been made
harmless, and why. Over sockets: the real gateway with the policies and classifiers that ship, one upstream in the
cloud and one at home; each leaf gets a bare value of each kind, and so do fields that do not exist yet, headers, query
strings, paths, forms and file names. A leak is the value in what the cloud received, in any spelling of `spellings`,
with headers and path. `--write` puts both tables into `docs/leaks.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import csv
import sys
import tempfile
import urllib.parse
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.loadout import load_engine
from tests.dialects.leak_paths import body_with
from tests.dialects.leak_run import Row, run
from tests.fakes.world import Scripted, World, world

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "leaks.md"
VALUES: Final = {
    "EMAIL_ADDRESS": "martha.okafor@nordhavn-clinic.com",
    "US_SSN": "536-22-8741",
    "CREDIT_CARD": "4539578763621486",
    "CREDENTIAL": "ghp_" + "x7Kq2mVz9LpT4wRn8sBd1Yh6JcF3gAe5uXoQ",
}
MODERATE: Final = "EMAIL_ADDRESS"
"""The kind that may go to a cloud once it is replaced: where it may not, somebody pays for it."""
MESSAGE: Final = [{"role": "user", "content": "Hello"}]
TOMORROW: Final = (
    "{key}",
    "a_field_of_tomorrow",
    "a_field_of_tomorrow[].deep[].deeper",
    "a_field_of_tomorrow.{key}",
    "options.x.{key}",
    "extra_body.messages[].content",
)


@dataclass(frozen=True, slots=True)
class Api:
    """A request type: where it is sent, its smallest body, its leaves."""

    name: str
    path: str
    base: Mapping[str, Any]
    leaves: tuple[str, ...]


def table(name: str, *, prefix: str = "") -> tuple[str, ...]:
    """Return the leaves of a table of the repository."""
    file = ROOT / "tests" / "dialects" / f"leaves_{name}.csv"
    lines = (line for line in file.read_text().splitlines() if not line.startswith("#"))
    return tuple(row["path"].removeprefix(prefix) for row in csv.DictReader(lines))


CHAT: Final = {"model": "m", "messages": MESSAGE}
APIS: Final = (
    Api("Chat Completions", "/v1/chat/completions", CHAT, table("chat")),
    Api("Responses", "/v1/responses", {"model": "m", "input": "Hello"}, table("responses")),
    Api("Conversations", "/v1/conversations", {}, table("conversations", prefix="body.")),
    Api("Messages", "/v1/messages", {**CHAT, "max_tokens": 9}, table("anthropic")),
    Api("Count tokens", "/v1/messages/count_tokens", CHAT, table("anthropic")),
    Api("Completions", "/v1/completions", {"model": "m", "prompt": "Hello"}, table("completions")),
    Api("Embeddings", "/v1/embeddings", {"model": "m", "input": "x"}, table("embeddings")),
    Api("Moderations", "/v1/moderations", {"input": "x"}, table("moderations")),
    Api("Images", "/v1/images/generations", {"prompt": "x"}, table("images")),
    Api(
        "Speech",
        "/v1/audio/speech",
        {"model": "m", "input": "x", "voice": "alloy"},
        ("input", "instructions", "model", "voice", "voice.id"),
    ),
)


@dataclass(slots=True)
class Score:
    """What became of the leaves of one API.

    Attributes:
        leaves: how many were tried.
        requests: with all kinds of values.
        leaked: (leaf, kind) that the cloud received.
        replaced: leaves whose moderate value went to the cloud replaced.
        reasons: why the others did not, and how many.
        refused: of these, how many leaves got no answer at all.
    """

    leaves: int = 0
    requests: int = 0
    leaked: list[tuple[str, str]] = field(default_factory=list)
    replaced: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    refused: int = 0


def spellings(value: str) -> list[str]:
    """Return `value` as it may be written by somebody who does not want it to be found."""
    raw = value.encode()
    return [
        value,
        value[::-1],
        value.replace("-", ""),
        urllib.parse.quote(value, safe=""),
        base64.b64encode(raw).decode().rstrip("="),
        raw.hex(),
        "".join(f"\\u{ord(letter):04x}" for letter in value),
    ]


def leaked(value: str, where: bytes) -> bool:
    """Return whether any spelling of `value` is in `where`."""
    text = where.decode("utf-8", "replace").lower()
    return any(spelling.lower() in text for spelling in spellings(value))


class Receiving(Scripted):
    """An upstream that keeps all it was told: path, headers, body."""

    def __init__(self, name: str) -> None:
        self.told: list[bytes] = []

        async def handle(request: Request) -> Response:
            head = f"{request.url.path}?{request.url.query}\n{dict(request.headers)}\n"
            self.told.append(head.encode() + await request.body())
            return JSONResponse({"id": "x", "object": "thing"})

        super().__init__(name, handle)


def shaped(api: Api, leaf: str, value: str) -> dict[str, Any]:
    """Return a body of the API's outer shape with `value` at `leaf`."""
    body = body_with(leaf, value, dict(api.base))
    for message in body.get("messages", ()):
        if isinstance(message, dict):
            message.setdefault("role", "user")
            message.setdefault("content", "")
    return body


async def tried(w: World, cloud: Receiving, api: Api) -> Score:
    """Send every leaf of `api` with a value of every kind."""
    score = Score()
    for leaf in (*api.leaves, *TOMORROW):
        score.leaves += 1
        for kind, value in VALUES.items():
            score.requests += 1
            cloud.told.clear()
            response = await w.app.post(api.path, json=shaped(api, leaf, value))
            if any(leaked(value, told) for told in cloud.told):
                score.leaked.append((leaf, kind))
            if kind != MODERATE:
                continue
            if cloud.told:
                score.replaced += 1
            else:
                score.reasons[reason(w, response)] += 1
                score.refused += not response.is_success
    return score


def reason(w: World, response: httpx.Response) -> str:
    """Return why a request did not go to the cloud, in a word or two."""
    records = w.gateway.recent.of(response.headers.get("x-privacy-decision", ""))
    found = {str(finding["entity_type"]) for record in records for finding in _list(record.get("findings"))}
    if code(response) == "unknown_state":
        return "pointer that this gateway did not hand out"
    for kind, words in (
        ("UNINSPECTABLE_POINTER", "pointer that this gateway did not hand out"),
        ("UNINSPECTABLE_SIGNED", "encrypted or signed item"),
        ("UNINSPECTABLE_REMOTE", "remote address"),
        ("UNINSPECTABLE_IMAGE", "opaque: image"),
        ("UNINSPECTABLE_AUDIO", "opaque: audio"),
        ("UNINSPECTABLE_VIDEO", "opaque: video"),
        ("UNINSPECTABLE_DOCUMENT", "opaque: file"),
        ("UNINSPECTABLE_BINARY", "opaque: binary"),
        ("CREDENTIAL", "place of a credential"),
    ):
        if kind in found:
            return words
    if not records:
        return f"malformed: {code(response)}"
    return "cannot be replaced there" if found else f"other: {code(response)}"


def _list(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else []


def code(response: httpx.Response) -> str:
    """Return the code of an error, or the status."""
    try:
        return str(response.json()["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return str(response.status_code)


async def beside(w: World, cloud: Receiving) -> Score:
    """Put values beside the body: into headers, query strings, paths, file names and forms."""
    score = Score()
    headers: tuple[str, ...] = (
        "authorization",
        "x-api-key",
        "baggage",
        "tracestate",
        "traceparent",
        "cookie",
        "user-agent",
        "referer",
    )
    headers += ("openai-organization", "openai-project", "openai-beta", "anthropic-beta", "anthropic-version")
    headers += ("x-privacy-conversation", "x-request-id", "x-stainless-lang", "x-a-header-of-tomorrow")
    for kind, value in VALUES.items():
        quoted = urllib.parse.quote(value, safe="")
        file = {"file": (f"{value}.txt", b"Hello", "text/plain")}
        sent: list[tuple[str, str, dict[str, Any]]] = [
            *((f"header {name}", "/v1/chat/completions", {"json": CHAT, "headers": {name: value}}) for name in headers),
            ("query", f"/v1/chat/completions?x={quoted}", {"json": CHAT}),
            ("query of a listing", f"/v1/files?after={quoted}", {}),
            ("path", f"/v1/{quoted}", {"json": CHAT}),
            ("id in a path", f"/v1/conversations/{quoted}/items", {"json": {"items": []}}),
            ("file name", "/v1/files", {"files": file, "data": {"purpose": "assistants"}}),
            ("file", "/v1/files", {"files": {"file": ("a.txt", value.encode())}, "data": {"purpose": "assistants"}}),
            ("form field", "/v1/files", {"files": {"file": ("a.txt", b"Hello")}, "data": {"purpose": value}}),
            (
                "form field of tomorrow",
                "/v1/files",
                {"files": {"file": ("a.txt", b"Hello")}, "data": {"purpose": "assistants", value: value}},
            ),
            ("part's media type", "/v1/files", {"files": {"file": ("a.txt", b"Hello", f"text/plain; x={quoted}")}}),
        ]
        for name, path, more in sent:
            score.leaves += kind == MODERATE
            score.requests += 1
            cloud.told.clear()
            method = "GET" if not more else "POST"
            response = await w.app.request(method, path, **more)
            if any(leaked(value, told) for told in cloud.told):
                score.leaked.append((name, kind))
            if kind == MODERATE:
                score.replaced += bool(cloud.told)
                score.refused += not response.is_success
                if not cloud.told:
                    score.reasons["refused at the door" if not response.is_success else "kept home"] += 1
    return score


async def measured(apis: tuple[Api, ...] = APIS) -> dict[str, Score]:
    """Return name of the API to what became of its leaves."""
    scores: dict[str, Score] = {}
    cloud, local = Receiving("cloud"), Receiving("local")
    speaks = {name: {"dialects": ["openai", "anthropic"]} for name in ("cloud", "local")}
    with tempfile.TemporaryDirectory() as directory:
        async with world(Path(directory), load_engine(None), {"cloud": cloud, "local": local}, more=speaks) as w:
            for api in apis:
                scores[api.name] = await tried(w, cloud, api)
            if apis is APIS:
                scores["Headers, queries, paths, forms"] = await beside(w, cloud)
    return scores


def by_leaf(rows: Mapping[str, Row]) -> str:
    """Return the table of the run by leaf, in Markdown."""
    lines = ["| request type | leaves | leaked | refused | why |", "|---|---|---|---|---|"]
    for name, row in rows.items():
        why = ", ".join(f"{count} {reason}" for reason, count in sorted(row.refused.items()))
        lines.append(f"| {name} | {row.leaves} | {len(row.leaked)} | {row.refused.total()} | {why} |")
    leaves = sum(row.leaves for row in rows.values())
    refused = sum((row.refused for row in rows.values()), Counter[str]())
    whole = sum(len(row.leaked) for row in rows.values())
    share = ", ".join(f"{why} {count / leaves:.1%}" for why, count in refused.most_common())
    lines.append(f"| **all** | {leaves} | **{whole}** | {refused.total()} ({refused.total() / leaves:.1%}) | {share} |")
    return "\n".join(lines) + "\n"


def by_request(scores: Mapping[str, Score]) -> str:
    """Return the table of the run over sockets, in Markdown."""
    lines = [
        "| API | leaves | requests | leaked | went to the cloud, replaced | stayed home | got no answer |",
        "|---|---|---|---|---|---|---|",
    ]
    whole = Score()
    for name, score in [*scores.items(), ("**all**", whole)]:
        home = sum(score.reasons.values()) - score.refused
        lines.append(
            f"| {name} | {score.leaves} | {score.requests} | {len(score.leaked)} | {score.replaced} | {home} "
            f"| {score.refused} |"
        )
        if score is whole:
            break
        whole.leaves += score.leaves
        whole.requests += score.requests
        whole.leaked += score.leaked
        whole.replaced += score.replaced
        whole.refused += score.refused
        whole.reasons += score.reasons
    lines += ["", "| why not to the cloud | leaves | share |", "|---|---|---|"]
    lines += [f"| {why} | {count} | {count / whole.leaves:.1%} |" for why, count in whole.reasons.most_common()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the tables; with `--write`, put them into the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/leaks.md")
    arguments = parser.parse_args()
    rows = run()
    scores = asyncio.run(measured())
    tables = {"by leaf": by_leaf(rows), "over sockets": by_request(scores)}
    print("\n".join(tables.values()))
    for name, score in scores.items():
        for leaf, kind in score.leaked:
            print(f"LEAKED {name}: {leaf} ({kind})")
    if arguments.write:
        text = PAGE.read_text(encoding="utf-8")
        for name, written in tables.items():
            before, _, rest = text.partition(f"<!-- {name} -->")
            text = f"{before}<!-- {name} -->\n\n{written}\n<!-- end -->{rest.partition('<!-- end -->')[2]}"
        PAGE.write_text(text, encoding="utf-8")
    sys.exit(any(score.leaked for score in scores.values()) or any(row.leaked for row in rows.values()))


if __name__ == "__main__":
    main()
