"""Categories of data have the owner, retention and legal basis that the catalogue asks for."""

import json
from typing import Any

import pytest

from gateway.core.errors import ConfigurationError
from tests.fakes.policies import compile_texts, policy_text

FULL = {"owner": "crm", "retention": "P30D", "legal_basis": "Art. 6(1)(b)"}


def compiled(catalogue: dict[str, Any]) -> None:
    content = json.loads(policy_text())
    content["spec"]["catalogue"] = catalogue
    compile_texts(json.dumps(content, indent=1))


def test_a_full_catalogue_is_taken() -> None:
    compiled({"require": list(FULL), "categories": {"keys": FULL, "contacts": FULL}})
    compiled({"require": ["owner"], "levels": ["high"], "categories": {"keys": {"owner": "it"}}})
    compiled({"categories": {}})


@pytest.mark.parametrize("missing", list(FULL))
def test_a_category_without_what_is_asked_for_is_refused(missing: str) -> None:
    partly = {name: word for name, word in FULL.items() if name != missing}
    with pytest.raises(ConfigurationError, match=f"the category `contacts` has no `{missing}`"):
        compiled({"require": list(FULL), "categories": {"keys": FULL, "contacts": partly}})


def test_a_clause_without_an_entry_and_an_entry_without_a_clause_are_both_told() -> None:
    with pytest.raises(ConfigurationError) as caught:
        compiled({"require": ["owner"], "categories": {"keys": FULL, "contact": FULL}})
    told = [problem.message for problem in caught.value.problems]
    assert told == ["no clause has the name `contact`", "the category `contacts` has no `owner`"]


def test_the_mend_of_a_clause_of_a_policy_that_ships_is_not_to_edit_it() -> None:
    with pytest.raises(ConfigurationError) as caught:
        compiled({"require": ["owner"], "categories": {"keys": FULL}})
    assert caught.value.problems[0].mend.endswith("here or in a file that extends this one")
