"""docs/leaks.md tells of no leak, and the command that writes it would notice one."""

import re
from pathlib import Path

from benchmarks.leaks import APIS, by_leaf, by_request, leaked, measured, spellings
from tests.dialects.leak_run import Row

PAGE = (Path(__file__).parents[1] / "docs" / "leaks.md").read_text(encoding="utf-8")


def test_the_page_tells_of_every_api_and_of_no_leak() -> None:
    by_leaf_, over_sockets = re.findall(r"<!-- (?:by leaf|over sockets) -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    rows = [line.split("|") for line in (by_leaf_ + over_sockets).splitlines() if re.match(r"\| [^|]+\| \d", line)]
    assert {api.name for api in APIS} <= {row[1].strip() for row in rows}
    for row in rows:
        column = 3 if len(row) == 7 else 4
        if len(row) >= 7:
            assert row[column].strip().strip("*") == "0"


async def test_over_sockets_with_what_ships_no_leaf_of_the_small_apis_leaks() -> None:
    small = tuple(api for api in APIS if api.name in ("Embeddings", "Speech"))
    scores = await measured(small)
    assert sum(score.requests for score in scores.values()) == 4 * sum(len(api.leaves) + 6 for api in small)
    assert all(not score.leaked and score.replaced for score in scores.values())
    assert "| Speech |" in by_request(scores)


def test_a_leak_would_be_noticed_in_any_spelling() -> None:
    value = "martha.okafor@nordhavn-clinic.com"
    for spelling in spellings(value):
        assert leaked(value, f"xx{spelling.upper()}yy".encode())
    assert not leaked(value, b"<EMAIL_ADDRESS_kt4qz7mw3bd>")
    assert "| chat | 2 | 1 |" in by_leaf({"chat": Row(leaves=2, leaked=["x"])})
