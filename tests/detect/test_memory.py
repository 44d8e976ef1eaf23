"""Keys of what is remembered: other ones for whatever is not the same."""

from collections import OrderedDict
from itertools import permutations
from typing import Any

from gateway.detect.memory import Memory, Scope, scope_of

KEY = b"k" * 32


def test_a_scope_that_is_known_makes_the_digests_of_a_new_one() -> None:
    for parts in permutations(("acme", "r1", "c1", "history")):
        for _ in range(2):
            assert scope_of(KEY, *parts).digest(("value", "x")) == Scope(KEY, *parts).digest(("value", "x"))


def test_scopes_of_other_keys_and_parts_make_other_digests() -> None:
    scopes = [(KEY, "a", "bc"), (KEY, "ab", "c"), (KEY, "abc"), (KEY, "a", "bc", ""), (b"x" * 32, "a", "bc")]
    assert len({scope_of(key, *parts).digest("x") for key, *parts in scopes}) == len(scopes)


class Fading(OrderedDict[bytes, Any]):
    """Entries that another thread drops as soon as they were looked up."""

    def get(self, key: bytes, default: object = None) -> Any:
        """Return the entry and drop it."""
        return self.pop(key, default)


def test_what_another_thread_drops_meanwhile_was_known() -> None:
    memory = Memory(1000)
    memory._entries = Fading()
    memory.put(b"key", "known", 1)
    assert memory.get(b"key") == "known"
    assert memory.get(b"key") is None
