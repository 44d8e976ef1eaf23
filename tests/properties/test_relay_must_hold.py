"""The same as `test_must_hold`, through the gateway itself: its door, relay, upstream client, retries and failover.

Real API keys say who asks and what for, headers try to gain more than the key gives, and what every upstream would get
over the wire is compared with what the planted values, the settings' purposes and the vendor register say.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import httpx
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.adapters.identity.key_file import KeyEntry, add_entry
from gateway.adapters.identity.keys import hash_of, new_key
from gateway.adapters.upstreams import UpstreamClient
from gateway.assembly import Gateway, build_gateway
from gateway.core.model import Purpose, Sensitivity, Upstream, Vendor, Zone
from gateway.server.data import data_app
from gateway.server.lists import Lists
from gateway.server.models import Models
from gateway.server.relay import Relay
from gateway.settings import load
from tests.fakes.engines import DIALECT, engine
from tests.properties.test_must_hold import (
    CONDITIONS,
    FLEET,
    OPERATOR,
    PURPOSES,
    RULE,
    TEXTS,
    engine_of,
    is_allowed,
)

EXAMPLES: Final = 400
BODIES: Final = 5
"""Requests for each policy and fleet: 400 with 5 requests each, one after the other, so that upstreams rest."""
WHO: Final[dict[str, dict[str, Any]]] = {
    "ann": {"tenant": "acme", "purposes": ["care"], "groups": ["legal"]},
    "bob": {"tenant": "b", "purposes": ["billing", "care"]},
    "cyd": {"tenant": "acme"},
    "dan": {"tenant": "acme", "purpose": "research"},
}
OUTAGE: Final = st.sampled_from(
    ["answers", "answers", "refuses", "breaks", "breaks once", "times out", 429, 500, 503, 400, "streams garbage"]
)
"""What an upstream does when it is asked; `breaks once` is what a retry is made for."""
CLAIMED: Final = st.dictionaries(
    st.sampled_from(["x-privacy-purpose", "x-privacy-min-sensitivity", "x-privacy-tenant", "x-tenant", "x-purpose"]),
    st.sampled_from(["care", "billing", "research", "acme", "low", "moderate", "high"]),
    max_size=2,
)
EXCHANGE: Final = st.tuples(
    st.lists(st.sampled_from(sorted(TEXTS)), min_size=1, max_size=2),
    st.sampled_from(sorted(WHO)),
    st.one_of(st.just({}), CLAIMED),
    st.lists(OUTAGE, min_size=4, max_size=4),
    st.booleans(),
)
DONE: Final = {"id": "c", "object": "chat.completion", "created": 0, "model": "m", "choices": []}


class Outages(httpx.AsyncBaseTransport):
    """Upstreams that fail by a script, and remember who was sent what, attempts that failed too."""

    def __init__(self) -> None:
        self.script: Sequence[str | int] = ()
        self.sent: list[tuple[str, bytes, httpx.Headers]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        name = request.url.host.split(".")[0]
        before = sum(name == known for known, _, _ in self.sent)
        self.sent.append((name, await request.aread(), request.headers))
        match self.script[int(name[1:])]:
            case "refuses":
                raise httpx.ConnectError("refused")
            case "breaks":
                raise httpx.ReadError("broken") from aiohttp.ServerDisconnectedError()
            case "breaks once" if before == 0:
                raise httpx.ReadError("broken") from aiohttp.ServerDisconnectedError()
            case "times out":
                raise httpx.ReadTimeout("late")
            case "streams garbage":
                return _answer(200, b"data: {\n\n", "text/event-stream")
            case int(status):
                return _answer(status, b'{"error": {"message": "m"}}')
        return _answer(200, json.dumps(DONE).encode())


class _Body(httpx.AsyncByteStream):
    def __init__(self, data: bytes) -> None:
        self._data = data

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._data


def _answer(status: int, body: bytes, kind: str = "application/json") -> httpx.Response:
    """Return a response that has not been read yet, as from a socket."""
    return httpx.Response(status, headers={"content-type": kind}, stream=_Body(body))


def gateway_of(directory: Path) -> tuple[Gateway, dict[str, str]]:
    """Return a gateway that asks for keys, and a key of each principal."""
    secrets = {name: new_key() for name in WHO}
    for name, more in WHO.items():
        entry = {"name": name, "hash": hash_of(secrets[name]), "principal": name, **more}
        add_entry(directory / "keys.yaml", KeyEntry.model_validate(entry))
    identity = {"api_keys": {"file": str(directory / "keys.yaml")}}
    flags = {"identity": identity, "audit.directory": str(directory / "audit"), "policies": None}
    return build_gateway(load(None, {}, flags), engine(), (DIALECT,)), secrets


def test_nothing_leaves_for_an_upstream_outside_its_clearance_region_or_purpose(
    tmp_path_factory: Any,
) -> None:
    gateway, secrets = gateway_of(tmp_path_factory.mktemp("gateway"))
    app = data_app(Relay(gateway), Models(gateway), Lists(gateway), (DIALECT,))
    seen = {"sent": 0, "refused": 0, "failed over": 0}

    async def exchange(
        outages: Outages,
        asked: tuple[list[str], str, dict[str, str], list[str | int], bool],
        rules: dict[str, dict[str, Any]],
        purposes: dict[str, dict[str, Any]],
    ) -> None:
        texts, who, claimed, script, stream = asked
        outages.script, outages.sent = script, []
        body = {"model": "m", "stream": stream, "messages": [{"role": "user", "content": text} for text in texts]}
        headers = {**claimed, "authorization": f"Bearer {secrets[who]}"}
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.example") as client:
            response = await client.post("/v1/chat/completions", json=body, headers=headers)
        records = gateway.recent.of(response.headers["x-privacy-decision"])
        decided = [record for record in records if record["event"] == "decision" and record["upstream"]]
        seen["sent"] += bool(outages.sent)
        seen["refused"] += not outages.sent
        seen["failed over"] += len({name for name, _, _ in outages.sent}) > 1
        # Every attempt is on record, in order, before it is made.
        names = [
            name for place, (name, *_) in enumerate(outages.sent) if name not in [n for n, *_ in outages.sent[:place]]
        ]
        assert [record["upstream"] for record in decided] == names
        allowed = WHO[who].get("purposes", []) + [WHO[who][key] for key in ("purpose",) if key in WHO[who]]
        for name, leaving, sent_headers in outages.sent:
            upstream = next(known for known in gateway.upstreams if known.name == name)
            record = decided[0]
            purpose = str(record["purpose"])
            assert (record["principal"], record["tenant"]) == (who, WHO[who]["tenant"])
            assert purpose in (allowed or [""])
            left = max((level for text, level in TEXTS.items() if text[-10:].encode() in leaving), default=0)
            assert left <= upstream.clearance
            rule = rules[str(record["rule"])]
            assert upstream.zone.value in rule["route"]
            assert not rule.get("regions") or upstream.region in rule["regions"]
            assert is_allowed(upstream, purpose, purposes)
            assert secrets[who] not in repr(sent_headers.raw)
            assert not any(header.startswith("x-") for header in sent_headers)

    with asyncio.Runner() as runner:
        runner.run(_started(gateway))

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
        @given(
            st.lists(st.tuples(CONDITIONS, RULE), min_size=1, max_size=3),
            OPERATOR,
            FLEET,
            PURPOSES,
            st.lists(EXCHANGE, min_size=BODIES, max_size=BODIES),
        )
        def holds(
            rules: list[tuple[str | None, dict[str, Any]]],
            operator: str,
            fleet: list[tuple[Zone, Sensitivity, str, Vendor | None]],
            purposes: dict[str, dict[str, Any]],
            exchanges: list[tuple[list[str], str, dict[str, str], list[str | int], bool]],
        ) -> None:
            made = engine_of(rules, operator)
            assume(made is not None)
            assert made is not None
            outages = Outages()
            gateway.engine = replace(made, purposes={name: Purpose(name, **told) for name, told in purposes.items()})
            gateway.upstreams = tuple(
                Upstream(f"u{number}", zone, clearance, f"http://u{number}.example/v1", region=region, vendor=vendor)
                for number, (zone, clearance, region, vendor) in enumerate(fleet)
            )
            gateway.client = UpstreamClient(transport=outages)
            named = {f"r{number}": rule for number, (_, rule) in enumerate(rules)}
            for asked in exchanges:
                runner.run(exchange(outages, asked, named, purposes))

        holds()
        runner.run(gateway.aclose())
    assert min(seen.values()) > 20, seen  # each is really tried; how often is by chance


async def _started(gateway: Gateway) -> None:
    gateway.audit.start()
