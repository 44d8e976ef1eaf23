"""Keys of what is remembered: other ones for whatever is not the same."""

from itertools import permutations

from gateway.detect.memory import Scope, scope_of

KEY = b"k" * 32


def test_a_scope_that_is_known_makes_the_digests_of_a_new_one() -> None:
    for parts in permutations(("acme", "r1", "c1", "history")):
        for _ in range(2):
            assert scope_of(KEY, *parts).digest(("value", "x")) == Scope(KEY, *parts).digest(("value", "x"))


def test_scopes_of_other_keys_and_parts_make_other_digests() -> None:
    scopes = [(KEY, "a", "bc"), (KEY, "ab", "c"), (KEY, "abc"), (KEY, "a", "bc", ""), (b"x" * 32, "a", "bc")]
    assert len({scope_of(key, *parts).digest("x") for key, *parts in scopes}) == len(scopes)
