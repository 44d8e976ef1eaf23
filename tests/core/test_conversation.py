"""The digest of a conversation: made when it is first asked for, and once."""

from __future__ import annotations

from gateway.core.conversation import Conversation


def test_it_is_made_once_and_not_before_it_is_asked_for() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("digest")
        return made[-1]

    conversation = Conversation(make)
    assert not made
    assert (str(conversation), f"{conversation}", made) == ("digest", "digest", ["digest"])


def test_it_does_not_show_itself() -> None:
    assert "digest" not in repr(Conversation(lambda: "digest"))
