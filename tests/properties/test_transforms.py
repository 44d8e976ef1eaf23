"""Invariants of transforming and restoring (design section 3, numbers 5 and 7), over random texts and findings."""

import json
import string
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.model import Finding, Obligation, Segment
from gateway.transforms.apply import transform
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import Surrogates

KEY = b"a key for tests, 32 bytes long.."
TYPES = ("PERSON", "EMAIL_ADDRESS", "US_SSN")
PROFILE = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

# What texts are made of: letters, astral and combining characters, and everything that surrogates are written with.
FRAGMENTS = st.sampled_from(
    [
        "Jane Doe",
        "j@x.example",
        "078-05-1120",
        "PERSON",
        "person ",
        "EMAIL_ADDRESS_",
        "<",
        ">",
        "[",
        "]",
        "{{",
        "}}",
        "&lt;",
        "&gt;",
        "\\",
        "\\u003c",
        "%3C",
        "**",
        "_",
        "`",
        "<PERSON_1>",
        "kt4qz7mw3bd",
        "<PERSON_kt4qz7mw3bd>",
        "\n",
        "'s",
        "2",
        "k",
        "é",
        "👩\u200d🔬",
        "é",
        "患者",
        "\u2028",
        '"',
        "(",
        ")",
        " ",
    ]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=5), max_size=12).map("".join)


@st.composite
def findings(draw: st.DrawFn, text: str) -> list[Finding]:
    """Draw findings in `text`, overlapping as they like."""
    found = []
    for _ in range(draw(st.integers(0, 6)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        found.append(Finding("/a", draw(st.sampled_from(TYPES)), start, end, draw(st.floats(0, 1)), "test"))
    return found


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[Finding]]:
    text = draw(TEXTS)
    return text, draw(findings(text))


def mint(*incoming: str) -> Surrogates:
    return Surrogates(KEY, "acme", "hello", incoming)


@PROFILE
@given(cases())
def test_restoring_what_was_transformed_gives_what_was_there(case: tuple[str, list[Finding]]) -> None:
    text, found = case
    done = transform([Segment("/a", text)], found, [Obligation("*", "tokenize")], mint(text))
    outgoing = done.edits.get("/a", text)
    assert done.restorers.text(outgoing) == text
    source = json.dumps({"a": outgoing}, ensure_ascii=False)
    channel = done.restorers.channel(in_json=True)
    assert json.loads(channel.feed(source) + channel.flush()) == {"a": text}


@PROFILE
@given(cases(), st.sampled_from(["redact", "hash", "mask", "tokenize"]))
def test_no_character_of_a_finding_survives(case: tuple[str, list[Finding]], operator: str) -> None:
    text, found = case
    # Each character becomes one of its own, which no operator writes and nothing repeats, so that it can be looked for.
    marked = "".join(chr(0xE000 + place) for place in range(len(text)))
    done = transform([Segment("/a", marked)], found, [Obligation("*", operator)], mint(marked))
    outgoing = done.edits.get("/a", marked)
    covered = {place for one in found for place in range(one.start, one.end)}
    for place, character in enumerate(marked):
        assert (character in outgoing) == (place not in covered)


@PROFILE
@given(cases())
def test_a_value_that_may_not_come_back_is_in_no_restore_map(case: tuple[str, list[Finding]]) -> None:
    text, found = case
    marked = "".join(chr(0xE000 + place) for place in range(len(text)))
    minted = mint(marked)
    transform([Segment("/a", marked)], found, [Obligation("*", "tokenize"), Obligation("US_SSN", "redact")], minted)
    secret = {marked[place] for one in found if one.entity_type == "US_SSN" for place in range(one.start, one.end)}
    assert not any(secret & set(pair.value) for pair in minted.pairs.values())


@PROFILE
@given(
    values=st.lists(st.text(string.printable, max_size=12), min_size=1, max_size=4, unique=True),
    between=st.lists(FRAGMENTS, max_size=6),
    look=st.sampled_from(
        ["<{}_{}>", "{}_{}", "[{} {}]", "**{}**-{}", "\\<{}\\_{}\\>", "\\u003c{}_{}\\u003e", "{{{{ {}_{} }}}}"]
    ),
    cuts=st.lists(st.integers(0, 200), max_size=6),
    in_json=st.booleans(),
)
def test_a_stream_in_any_pieces_gives_what_the_whole_gives(
    values: list[str], between: list[str], look: str, cuts: list[int], *, in_json: bool
) -> None:
    minted = mint()
    for value in values:
        minted.surrogate("EMAIL_ADDRESS", value)
    names = list(minted.pairs)
    text = "".join(
        look.format("EMAIL_ADDRESS", names[place % len(names)]) + fragment
        for place, fragment in enumerate([*between, ""])
    )
    restorers = Restorers(minted.pairs)
    whole = restorers.channel(in_json=in_json)
    wanted = whole.feed(text) + whole.flush()
    if not in_json:
        assert wanted == restorers.text(text)
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    channel = restorers.channel(in_json=in_json)
    pieces = [channel.feed(text[start:end]) for start, end in pairwise(places)]
    assert "".join(pieces) + channel.flush() == wanted


@PROFILE
@given(TEXTS, st.lists(st.integers(0, 200), max_size=6))
def test_text_without_surrogates_passes_unchanged_in_any_pieces(text: str, cuts: list[int]) -> None:
    minted = mint(text)
    for value in ("Jane Doe", "j@x.example"):
        minted.surrogate("PERSON", value)
    restorers = Restorers(minted.pairs)
    assert restorers.text(text) is text
    channel = restorers.channel()
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    pieces = [channel.feed(text[start:end]) for start, end in pairwise(places)]
    assert "".join(pieces) + channel.flush() == text


@PROFILE
@given(
    st.lists(st.tuples(st.sampled_from(TYPES), st.text(max_size=8)), min_size=1, max_size=5, unique=True),
    st.sampled_from([("other", "hello", KEY), ("acme", "other", KEY), ("acme", "hello", KEY[::-1])]),
)
def test_nothing_of_another_conversation_or_tenant_is_restored(
    values: list[tuple[str, str]], other: tuple[str, str, bytes]
) -> None:
    tenant, conversation, key = other
    ours, theirs = mint(), Surrogates(key, tenant, conversation)
    surrogates = [theirs.surrogate(*value) for value in values]
    for value in values:
        ours.surrogate(*value)
    assert not set(ours.pairs) & set(theirs.pairs)
    text = " ".join(surrogates)
    assert Restorers(ours.pairs).text(text) == text


@PROFILE
@given(
    st.lists(st.tuples(st.sampled_from(TYPES), st.text(max_size=8)), min_size=1, max_size=5, unique=True),
    st.sampled_from(["{0}", "x {0} y", "say {0} twice {1}"]),
    st.sampled_from(
        [
            str,
            str.upper,
            str.lower,
            lambda text: text.replace("_", "-"),
            lambda text: text[1:-1],
            lambda text: text[-12:-1],
        ]
    ),
)
def test_what_came_in_is_never_restored(values: list[tuple[str, str]], frame: str, change: object) -> None:
    assert callable(change)
    guessed = [mint().surrogate(*value) for value in values]
    incoming = [frame.format(change(surrogate), surrogate) for surrogate in guessed]
    minted = mint(*incoming)
    for value in values:
        minted.surrogate(*value)
    restorers = Restorers(minted.pairs)
    for text in incoming:
        assert restorers.text(text) == text


@PROFILE
@given(st.lists(st.text(max_size=6), min_size=2, max_size=8, unique=True))
def test_two_values_are_never_confused(values: list[str]) -> None:
    minted = mint()
    surrogates = [minted.surrogate("PERSON", value) for value in values]
    restorers = Restorers(minted.pairs)
    for value, surrogate in zip(values, surrogates, strict=True):
        for look in (surrogate, surrogate.lower(), surrogate[1:-1], surrogate.replace("_", " ")):
            assert restorers.text(look) == value
