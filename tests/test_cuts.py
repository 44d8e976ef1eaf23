"""Values that no leaf holds whole, through the whole plan with what ships: they must be found, and leave in no piece."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.core.model import Segment
from gateway.detect.memory import Memory
from gateway.dialects.openai_chat import OpenAIChat
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Engine, Plan, Request, plan
from tests.fakes.cuts import VALUES, WAYS, Value, body

DIALECT = OpenAIChat()
UPSTREAMS = imaginary_upstreams("openai")
COUNTED = 0.5
NAMING = {"entities", "person-announced"}
"""What may find the name in a token's claims; the surer one counts."""
WHOLE = "an element for each character"


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return replace(load_engine(None), memory=Memory(2**20))


def planned(sent: bytes, engine: Engine) -> tuple[Plan, list[Segment]]:
    return plan(Request(DIALECT, sent), engine, UPSTREAMS), DIALECT.segments(DIALECT.read(sent))


def chat(*contents: str) -> bytes:
    messages = [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(contents)]
    return json.dumps({"model": "mock", "messages": messages}).encode()


def tool(held: Any) -> bytes:
    message = {"role": "tool", "tool_call_id": "a", "content": json.dumps(held)}
    return json.dumps({"model": "mock", "messages": [message]}).encode()


def parts(*texts: str) -> bytes:
    content = [{"type": "text", "text": text} for text in texts]
    return json.dumps({"model": "mock", "messages": [{"role": "user", "content": content}]}).encode()


def uncovered(made: Plan, segments: list[Segment]) -> str:
    """Return the letters and digits that no finding that counts covers."""
    left = []
    for segment in segments:
        text = list(segment.text)
        for finding in made.classification.findings:
            if finding.path == segment.path and finding.score >= COUNTED:
                text[finding.start : finding.end] = "\0" * (finding.end - finding.start)
        left.append("".join(text))
    return "\n".join(left)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_in_pieces_is_found_and_every_piece_covered(name: str, way: str, shipped: Engine) -> None:
    value = VALUES[name]
    for pieces in value.pieces[:1] if way == WHOLE else value.pieces:
        made, segments = planned(body(way, value, pieces), shipped)
        left = uncovered(made, segments)

        assert not [piece for piece in pieces if len(piece) > 2 and piece in left]
        assert _found(made, value)
        if way == WHOLE:
            assert left.count("\0") >= sum(map(str.isalnum, value.text))


def _found(made: Plan, value: Value) -> bool:
    types = made.classification.counts().keys()
    # A host name alone is a PERSON's for the model, surely enough to win: all is covered then, by another name.
    return not value.types.isdisjoint(types) or (value.types == {"EMAIL_ADDRESS"} and "PERSON" in types)


def test_the_pieces_of_an_address_leave_as_stand_ins(shipped: Engine) -> None:
    value = VALUES["e-mail"]
    sent = body("turns", value, ["jane.doe@nord", "havn-clinic.com"])
    made, _ = planned(sent, shipped)

    assert made.first is not None
    contents = [message["content"] for message in json.loads(made.first.body)["messages"]]
    assert not [text for text in contents if "doe" in text or "havn" in text]
    assert "and that is all" in contents[-1]


def test_the_pieces_of_a_key_stay_at_home(shipped: Engine) -> None:
    made, _ = planned(body("content parts", VALUES["github"], VALUES["github"].pieces[2]), shipped)

    assert made.classification.sensitivity.label == "high"


LABELS: Mapping[str, tuple[Any, str, str]] = {
    "elements": ({"fields": ["user", "jdoe", "password", "hunter2-Blue"]}, "hunter2-Blue", "CREDENTIAL"),
    "a form's field": ([{"label": "Password", "type": "text", "value": "hunter2"}], "hunter2", "CREDENTIAL"),
    "an environment": ([{"name": "DB_PASSWORD", "value": "hunter2-Blue"}], "hunter2-Blue", "CREDENTIAL"),
    "a header": ([["X-Api-Key", "f3a9c17be04d82a6c5e1907b3d4f28ab"]], "f3a9c17be04d82", "CREDENTIAL"),
    "a wrapped field": ({"db_password": {"type": "string", "default": "hunter2-Blue"}}, "hunter2-Blue", "CREDENTIAL"),
    "a pin": (["PIN", "4711"], "4711", "CREDENTIAL"),
    "an ssn": (["SSN", "536228741"], "536228741", "US_SSN"),
    "a birth date": ([{"key": "dob", "value": "1981-03-12"}], "1981-03-12", "DATE_OF_BIRTH"),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_value_is_found_by_the_label_in_the_leaf_before(name: str, shipped: Engine) -> None:
    held, value, kind = LABELS[name]
    made, segments = planned(tool(held), shipped)

    assert kind in made.classification.counts()
    assert value not in uncovered(made, segments)


@pytest.mark.parametrize(
    "texts",
    [
        ("Log me in, please.", "What is your password?", "hunter2-Blue"),
        ("My password is", "Noted. Go on.", "hunter2-Blue"),
        ("The door's PIN:", "4711, thanks"),
    ],
)
def test_an_answer_is_read_with_its_question(texts: tuple[str, ...], shipped: Engine) -> None:
    made, segments = planned(chat(*texts), shipped)

    assert "CREDENTIAL" in made.classification.counts()
    assert texts[-1][:4] not in uncovered(made, segments)


ARMOUR = [
    "-----BEGIN RSA PRIVATE KEY-----",
    *["MIIEpAIBAAKCAQEA7bQ7rT2xLm9Zk4aP8QwErTyUiOpAsDfGhJkLzXcVbNm12345"] * 5,
    "-----END RSA PRIVATE KEY-----",
]
PHRASE = "legal winner thank year wave sausage worth useful legal winner thank yellow".split()  # noqa: SIM905


@pytest.mark.parametrize("lines", [ARMOUR, [line + "\n" for line in ARMOUR], ["a: |", *ARMOUR, "b: 1"], PHRASE])
def test_a_secret_over_many_elements_is_found_in_each(lines: list[str], shipped: Engine) -> None:
    made, segments = planned(tool({"source": lines}), shipped)

    left = uncovered(made, segments)
    assert not [line for line in (*ARMOUR, *PHRASE) if line in left]


URLS = (
    "postgres://svc_orders:q8Zt2mVx7Lp4@db.nordhavn-clinic.com:5432/orders",
    "https://jdoe:q8Zt2mVx7Lp4@localhost/x",
)


@pytest.mark.parametrize("url", URLS)
def test_a_password_in_a_url_is_found_wherever_that_is_cut(url: str, shipped: Engine) -> None:
    for cut in range(1, url.index("/", url.index("@"))):
        made, segments = planned(parts(f"Use {url[:cut]}", f"{url[cut:]} for it"), shipped)

        left = uncovered(made, segments)
        pieces = [piece for piece in ("q8Zt", "2mVx", "7Lp4") if piece in left]
        assert pieces == [], cut


SAID = {
    "password: hunter2-Blue": "hunter2-Blue",
    "My password is hunter2-Blue": "hunter2-Blue",
    'DB_PASSWORD="hunter2Blue!"': "hunter2Blue",
    "api_key=f3a9c17be04d82a6c5e1907b3d4f28ab": "f3a9c17be04d82a6c5e1907b3d4f28ab",
    "Authorization: Bearer f3a9c17be04d82a6c5e1907b3d4f28ab": "f3a9c17be04d82a6c5e1907b3d4f28ab",
}


@pytest.mark.parametrize("text", SAID)
def test_a_value_behind_its_label_is_found_wherever_it_is_cut(text: str, shipped: Engine) -> None:
    start = text.index(SAID[text])
    for cut in range(start, start + len(SAID[text]) - 3):
        made, segments = planned(parts(text[:cut], text[cut:]), shipped)

        left = uncovered(made, segments)
        assert "CREDENTIAL" in made.classification.counts(), cut
        pieces = (text[start:cut], text[cut : start + len(SAID[text])])
        assert not [piece for piece in pieces if len(piece) > 2 and piece in left], cut


STORY = (
    "My neighbour Anna was diagnosed with bipolar disorder last spring and has been in the psychiatric ward twice since; "
    "her husband drinks, and she is afraid that the youth office will take the children away from her."
)


@pytest.mark.parametrize("size", [160, 161, 162, 163, 77, 50])
def test_a_story_in_base64_is_read_wherever_that_is_cut(size: int, shipped: Engine) -> None:
    code = base64.b64encode(STORY.encode()).decode()
    made, _ = planned(parts(*[code[at : at + size] for at in range(0, len(code), size)]), shipped)

    assert made.classification.topics.probabilities["health"] >= 0.5
    assert made.classification.sensitivity.label == "high"


@pytest.mark.parametrize(
    ("texts", "types"),
    [
        # The rest of an address makes the whole an address, over the password that one leaf holds.
        (("Use postgres://admin:q8Zt2mVx7Lp4@db.nord", "havn-clinic.com/orders"), {"CREDENTIAL", "EMAIL_ADDRESS"}),
        (("password: q8Zt2mVx7Lp4@nord", "havn-clinic.com"), {"CREDENTIAL"}),
        (("My SSN is 536-22-8741", "-8741@nordhavn-clinic.com"), {"US_SSN"}),
        (("The card is 4539578763621486", "1486 4539578763621486"), {"CREDIT_CARD"}),
    ],
)
def test_what_is_put_together_hides_nothing_that_a_leaf_holds(
    texts: tuple[str, str], types: set[str], shipped: Engine
) -> None:
    alone, _ = planned(parts(texts[0]), shipped)
    made, segments = planned(parts(*texts), shipped)

    assert types <= made.classification.counts().keys()
    first = segments[0].path if len(segments) == 1 else "/messages/0/content/0/text"
    for finding in alone.classification.findings:
        if finding.score >= COUNTED:
            covered = {
                place
                for one in made.classification.findings
                if one.path == first and one.score >= COUNTED
                for place in range(one.start, one.end)
            }
            text = texts[0]
            assert {at for at in range(finding.start, finding.end) if text[at].isalnum()} <= covered
    assert made.classification.sensitivity >= alone.classification.sensitivity


@pytest.mark.parametrize("name", ["e-mail", "ssn", "card", "phone", "anthropic", "github", "aws", "stripe"])
def test_a_value_with_white_space_after_each_character_is_found(name: str, shipped: Engine) -> None:
    value = VALUES[name]
    made, _ = planned(tool({"list": [one for character in value.text for one in (character, " ")]}), shipped)

    assert not value.types.isdisjoint(made.classification.counts())


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("name", VALUES)
def test_a_value_among_words_in_short_leaves_is_found(name: str, size: int, shipped: Engine) -> None:
    value = VALUES[name]
    label = value.key.replace("_", " ")
    text = f"please use the {label} {value.text} today for it"
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    made, segments = planned(tool({"list": pieces}), shipped)

    assert not value.types.isdisjoint(made.classification.counts())
    assert uncovered(made, segments).count("\0") >= sum(map(str.isalnum, value.text))


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("name", ["e-mail", "ssn", "cpf", "iban", "phone", "anthropic", "github", "aws", "stripe"])
def test_a_value_in_turns_of_a_few_characters_is_found(name: str, size: int, shipped: Engine) -> None:
    value = VALUES[name]
    made, _ = planned(chat(*(value.text[at : at + size] for at in range(0, len(value.text), size))), shipped)

    assert not value.types.isdisjoint(made.classification.counts())


def test_a_value_in_messages_of_a_few_short_parts_each_is_found(shipped: Engine) -> None:
    value = VALUES["github"].text
    pieces = [value[at : at + 2] for at in range(0, len(value), 2)]
    messages = [
        {"role": "user", "content": [{"type": "text", "text": piece} for piece in pieces[at : at + 4]]}
        for at in range(0, len(pieces), 4)
    ]
    made, segments = planned(json.dumps({"model": "mock", "messages": messages}).encode(), shipped)

    assert "CREDENTIAL" in made.classification.counts()
    assert uncovered(made, segments).count("\0") == len(value)


@pytest.mark.parametrize("size", [1, 5])
def test_a_seed_phrase_in_turns_of_a_few_words_is_found(size: int, shipped: Engine) -> None:
    words = "legal winner thank year wave sausage worth useful legal winner thank yellow".split()  # noqa: SIM905
    content = [[{"type": "text", "text": word} for word in words[at : at + size]] for at in range(0, 12, size)]
    messages = [{"role": "user", "content": its} for its in content]
    made, _ = planned(json.dumps({"model": "mock", "messages": messages}).encode(), shipped)

    assert "CREDENTIAL" in made.classification.counts()


def test_short_turns_are_no_value(shipped: Engine) -> None:
    made, _ = planned(chat("ok", "1", "yes", "42", "no", "7", "go", "ok", "12", "3", "4", "5"), shipped)

    assert made.classification.sensitivity.label == "low"
    assert "split-value" not in {finding.recognizer for finding in made.classification.findings}


@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        (["please", " use t", "he ke", "y AKI", "AQ7R2M", "XNB4T", "ZKD3PW", " toda", "y for", " it"], "CREDENTIAL"),
        (
            ["pleas", "e use ", "the con", "tact ", "jane.d", "oe@no", "rdhavn", "-clin", "ic.com", " toda"],
            "EMAIL_ADDRESS",
        ),
        (["take ", "ghp_bQ7r", "T2xLm9bQ7r", "T2xLm9bQ7", "rT2xLm9Z", "k4aP8", " now", " or", " later"], "CREDENTIAL"),
    ],
)
def test_words_in_pieces_around_a_value_run_not_into_it(pieces: list[str], kind: str, shipped: Engine) -> None:
    for sent in (tool({"list": pieces}), parts(*pieces)):
        made, _ = planned(sent, shipped)

        assert kind in made.classification.counts()


IN_LETTERS = ("AKIAQRSTMXNB4TZKD3PW", "AIzaSyDqRbLmXpTcVwNyKsEfGhJaQeRuYiOz24x", "hf_bQrTxLmaKpZqWvbQrTxLmaKpZqWvbQrTx")


@pytest.mark.parametrize("key", IN_LETTERS)
def test_a_key_is_found_though_its_first_piece_is_letters_alone(key: str, shipped: Engine) -> None:
    for at in range(2, len(key)):
        made, segments = planned(parts(f"use {key[:at]}", f"{key[at:]} now"), shipped)
        assert "CREDENTIAL" in made.classification.counts(), at
        assert uncovered(made, segments).count("\0") == len(key), at

        made, _ = planned(tool({"list": [key[:at], key[at:]]}), shipped)
        assert "CREDENTIAL" in made.classification.counts(), at


@pytest.mark.parametrize("name", ["anthropic", "github", "aws", "stripe"])
def test_a_key_is_found_though_its_first_letter_stands_in_another_leaf(name: str, shipped: Engine) -> None:
    key = VALUES[name].text
    for sent in (parts(f"use {key[0]}", f"{key[1:]} now"), tool({"list": [f"the key {key[0]}", key[1:7], key[7:]]})):
        made, segments = planned(sent, shipped)

        assert "CREDENTIAL" in made.classification.counts()
        assert uncovered(made, segments).count("\0") >= len(key)


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("key", IN_LETTERS)
def test_a_key_of_letters_is_found_in_short_leaves(key: str, size: int, shipped: Engine) -> None:
    made, _ = planned(tool({"list": [key[at : at + size] for at in range(0, len(key), size)]}), shipped)

    assert "CREDENTIAL" in made.classification.counts()


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_an_iban_in_short_leaves_is_found_without_a_label(size: int, shipped: Engine) -> None:
    value = VALUES["iban"].text
    made, _ = planned(tool({"list": [value[at : at + size] for at in range(0, len(value), size)]}), shipped)

    assert "IBAN_CODE" in made.classification.counts()


def test_a_value_that_is_cut_twice_in_the_same_way_is_found_twice(shipped: Engine) -> None:
    once = ["Write to jane.doe@nord", "havn-clinic.com, please"]
    made, segments = planned(parts(*once, "And again.", *once), shipped)

    assert "havn-clinic" not in uncovered(made, segments)


ORDINARY: Sequence[Any] = (
    {"required": ["username", "password", "address1", "line2", "sha256"]},
    {"columns": ["id", "ssn", "dob", "zip4", "phone1"]},
    [{"name": "max_tokens", "value": "4096"}, {"name": "token", "value": "cl100k_base"}],
    [{"name": "password", "value": "{{DB_PASSWORD_2}}"}, {"name": "sort_key", "value": "created_at-2"}],
    {"ui": ["Password", "Forgot password?", "PIN", "2 attempts left", "Date of birth", "DD/MM/YYYY"]},
    {"bits": ["key", "F12", "Key", "Ctrl+Shift+P", "token", "gpt-4o-mini", "pin", "GPIO17", "api key", "v1.2.3"]},
    {
        "list": [
            "token",
            (
                "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwi"
                "aWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c"
            ),
        ]
    },
    [{"name": "AWS_SECRET_ACCESS_KEY", "value": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}],
    [
        "password",
        "changeme",
        "api key",
        "<your-api-key>",
        "ssn",
        "000-00-0000",
        "key",
        "sk_test_4eC39HqLyjWDarjtT1zdp7dc",
    ],
    {"cells": ["tax id", "2024-03-12", "account number", "1", "password", "SHA-256"]},
    {"password": {"value": "required"}, "token": {"default": "cl100k_base"}, "primary_key": {"value": "order-2-id"}},
    [{"title": "Password", "text": "Use 8-64 characters."}, {"title": "PIN", "content": "Section 4.2"}],
)


@pytest.mark.parametrize("held", ORDINARY)
def test_names_of_fields_and_tables_stay_what_they_are(held: Any, shipped: Engine) -> None:
    made, _ = planned(tool(held), shipped)

    found = [finding for finding in made.classification.findings if finding.recognizer not in NAMING]
    assert [finding.entity_type for finding in found if finding.score >= COUNTED] == []


TURNS: Mapping[str, tuple[str, str]] = {
    "e-mail": ("Write to jane.doe@nord", "havn-clinic.com, thank you"),
    "ssn": ("My SSN is 536-22", "-8741 if you need it"),
}


@pytest.mark.parametrize("name", TURNS)
def test_pieces_are_put_together_though_both_turns_were_known(name: str, shipped: Engine) -> None:
    one, other = TURNS[name]

    planned(chat(one), shipped)
    planned(chat("Hello", "Well?", other), shipped)
    made, _ = planned(chat(one, "And then?", other), shipped)

    paths = {finding.path for finding in made.classification.findings if finding.recognizer == "split-value"}
    assert paths == {"/messages/0/content", "/messages/2/content"}
