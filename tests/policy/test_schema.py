"""The JSON Schemas in docs/ are what the models say."""

import json
from pathlib import Path

import pytest

from gateway.policy.schema import KINDS, schema_of

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("kind", "file"), [("Policy", "policy.schema.json"), ("PolicyTest", "policy-test.schema.json")]
)
def test_the_schema_in_docs_is_generated_from_the_model(kind: str, file: str) -> None:
    kept = json.loads((DOCS / file).read_text(encoding="utf-8"))
    assert kept == schema_of(kind), f"write it anew: privacy-gateway policy schema {kind} > docs/{file}"


def test_every_kind_has_a_schema_and_every_key_a_description() -> None:
    for kind in KINDS:
        for definition in schema_of(kind)["$defs"].values():
            for name, key in definition.get("properties", {}).items():
                assert key.get("description"), f"{kind}: {definition['title']}.{name}"
