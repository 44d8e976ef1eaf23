from __future__ import annotations

import pytest

from gateway.core.protocols import Dialect
from gateway.core.wire import method_of
from gateway.dialects.openai_chat import OpenAIChat
from gateway.dialects.registry import DIALECTS, table


def test_every_entry_is_a_dialect_under_its_own_endpoint() -> None:
    for (method, path), dialect in DIALECTS.items():
        assert isinstance(dialect, Dialect)
        assert (method, path) == (method_of(dialect), dialect.endpoint)
    assert len({dialect.name for dialect in DIALECTS.values()}) == len(DIALECTS)


def test_two_dialects_cannot_claim_one_endpoint() -> None:
    with pytest.raises(ValueError, match="two dialects claim POST /v1/chat/completions"):
        table(OpenAIChat(), OpenAIChat())
