"""Real client libraries over real sockets: chat, streams, tools, errors, retries, timeouts, cancellation.

The clients have environments of their own (`make compat`, `.ci/run`); those that are not here are left out, and with
none of them the test is skipped.
"""

from pathlib import Path

import pytest

from compat.run import CLIENTS, SCENARIOS, suite

HERE = [client for client in CLIENTS if client.available()]


@pytest.mark.skipif(not HERE, reason="no client libraries: run make compat (needs a package index, npm for Node)")
async def test_every_client_gets_its_originals_back_and_nothing_else_changes_for_it(tmp_path: Path) -> None:
    results = await suite(HERE, tmp_path)
    assert results == {client.name: dict.fromkeys(SCENARIOS, "") for client in HERE}
