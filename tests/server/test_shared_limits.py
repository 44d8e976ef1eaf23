"""Limits that replicas share hold for all of them together; a store that is down lets nothing through."""

from pathlib import Path
from typing import Any

import pytest

from gateway.adapters.identity import SharedLimits
from gateway.core.errors import ConfigurationError
from gateway.settings import load
from tests.fakes.engines import chat, engine
from tests.fakes.world import world

PATH = "/v1/chat/completions"
LIMITED: dict[str, Any] = {"tenants": {"default": {"quota": {"requests": 3, "window": "day"}}}}


async def test_two_replicas_share_one_quota(tmp_path: Path, redis_url: str) -> None:
    (tmp_path / "url").write_text(redis_url)
    (tmp_path / "key").write_text("the same secret of both replicas, of 32 bytes")
    shared = {
        "request_limits": {"redis_url": {"file": str(tmp_path / "url")}, "timeout_seconds": 5},
        "key": {"file": str(tmp_path / "key")},
    }
    async with (
        world(tmp_path / "a", engine(), settings=LIMITED | shared) as one,
        world(tmp_path / "b", engine(), settings=LIMITED | shared) as two,
    ):
        assert isinstance(one.gateway.request_limits, SharedLimits)
        await one.gateway.request_limits._client.flushall()
        answers = [(await w.app.post(PATH, content=chat("Hi"))).status_code for w in (one, two, one, two, one)]
    assert answers == [200, 200, 200, 429, 429]


async def test_when_the_store_is_down_nothing_passes(tmp_path: Path) -> None:
    async with world(tmp_path, engine(), settings=LIMITED) as w:
        w.gateway.request_limits = SharedLimits("redis://127.0.0.1:1/0", 0.5, b"k" * 32)
        refused = await w.app.post(PATH, content=chat("Hi"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "limits_unavailable")
        assert w.received("cloud") == b""


@pytest.mark.parametrize("part", ["budgets", "request_limits"])
def test_a_shared_store_without_a_shared_key_would_count_apart_and_is_refused(part: str) -> None:
    with pytest.raises(ConfigurationError, match="share none"):
        load(None, environment={"URL": "redis://127.0.0.1:1/0"}, flags={part: {"redis_url": {"env": "URL"}}})
