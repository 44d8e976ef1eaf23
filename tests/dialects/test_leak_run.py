"""No leaf of any request type leaks, and few are refused, each for a reason that is told."""

import base64

from tests.dialects.leak_run import MILD, _holds, run
from tests.dialects.test_leaf_tables import CASES

REASONS = {"image", "audio", "video", "remote", "signed", "pointer", "binary", "tokens"}
"""What cannot be read, remote content, and pointers to what a vendor published."""
NOT_EDITED = {"a model's name is not edited", "signed items are not edited"}


def test_no_leaf_leaks_and_fewer_than_one_in_ten_is_refused() -> None:
    rows = run()
    assert {name: row.leaked for name, row in rows.items() if row.leaked} == {}
    leaves = sum(row.leaves for row in rows.values())
    refused = sum(row.refused.total() for row in rows.values())
    assert leaves >= 1552
    assert refused / leaves < 0.1
    assert {reason for row in rows.values() for reason in row.refused} <= REASONS | NOT_EDITED
    assert set(rows) > set(CASES)


def test_the_run_notices_a_leak() -> None:
    assert _holds(f"x{MILD}y".encode(), MILD)
    assert not _holds(b"<EMAIL_ADDRESS_kt4qz7mw3bd>", MILD)
    assert _holds(b"data:text/plain;base64," + base64.b64encode(f"About {MILD}".encode()), MILD)
