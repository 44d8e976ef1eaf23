"""Ways a secret once got past, or might: each is named after its hole and runs through everything that ships."""

import base64
import json
import random
from dataclasses import fields
from typing import Any

import pytest

from gateway.core.model import Sensitivity
from gateway.detect.quotes import Quoted
from gateway.loadout import build_engine
from gateway.pipeline import Engine, Plan
from gateway.policy.budgets import Exposures
from gateway.settings import load
from tests.fakes.engines import planned


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return build_engine(load(None, environment={}))


def ask(engine: Engine, *contents: Any, **more: Any) -> Plan:
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": content} for place, content in enumerate(contents)]
    return planned(json.dumps({"model": "gpt-4o", "messages": messages} | more).encode(), engine)


def sent_to_cloud(plan: Plan) -> bytes:
    """Return what a cloud would get to see, over all attempts."""
    return b"".join(c.body for c in plan.attempts() if c.upstream.zone.value == "cloud")


def test_a_password_in_a_url_hides_behind_the_mail_address_that_it_seems_to_be(shipped: Engine) -> None:
    plan = ask(shipped, "DATABASE_URL=postgres://svc_orders:q8Zt2mVx7Lp4@db.internal:5432/orders")
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert b"q8Zt2mVx7Lp4" not in sent_to_cloud(plan)


CARD = 4539148803436467


@pytest.mark.parametrize(
    "number", [str(CARD), f"{CARD}.0", f"{CARD}.000", "4.539148803436467e15", "4539148803436467e0"]
)
def test_a_card_number_as_a_json_number_of_any_spelling(shipped: Engine, number: str) -> None:
    body = f'{{"model":"m","messages":[{{"role":"user","content":"Hello"}}],"a_field_of_tomorrow":{number}}}'
    plan = planned(body.encode(), shipped)
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert sent_to_cloud(plan) == b""


@pytest.mark.parametrize(
    "held",
    [
        *({"cvv": 123}, {"pin": 4821}, {"card": {"securityCode": 482}}, {"dbPassword": 48213}, {"door_code": 4827}),
        *({"cvv": {"value": 123}}, {"cvv": [123]}, {"pin": 4821.0}, {"pin": [4, 8, 2, 1]}, {"fields": ["pin", 4821]}),
        {"form": [{"name": "cvv", "value": 123}]},
    ],
    ids=json.dumps,
)
def test_a_short_secret_as_a_json_number(shipped: Engine, held: dict[str, Any]) -> None:
    for plan in (ask(shipped, "Hello", **held), ask(shipped, "Hello", "Hi", json.dumps(held))):
        assert plan.classification.sensitivity is Sensitivity.HIGH
        assert sent_to_cloud(plan) == b""


@pytest.mark.parametrize(
    "text",
    [
        "name,role,password\nann,admin,sunflower42\nbob,guest,Xk7mQ2vLp9Rt",
        "| Host | Password |\n|---|---|\n| db1 | sunflower42 |",
        "<table><tr><th>Host</th><th>Password</th></tr><tr><td>db1</td><td>sunflower42</td></tr></table>",
        "INSERT INTO users (name, password) VALUES ('ann', 'sunflower42');",
        "order,amount,cvv\n4471,12.50,831",
        '{"columns": ["user", "password"], "rows": [["ann", "hunter2-Blue"]]}',
        '[["user", "password"], ["ann", "hunter2-Blue"]]',
        '{"columns": ["user", "ssn"], "rows": [["ann", "536228741"]]}',
    ],
)
def test_a_secret_in_a_table_whose_header_names_it(shipped: Engine, text: str) -> None:
    plan = ask(shipped, text)
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert sent_to_cloud(plan) == b""


@pytest.mark.parametrize("held", [{"status_code": 404}, {"max_tokens": 4821}, {"pin": 12}, {"zip_code_count": 4821}])
def test_other_short_numbers_are_no_secrets(shipped: Engine, held: dict[str, int]) -> None:
    plan = ask(shipped, "Hello", "Hi", json.dumps(held))
    assert {"CREDENTIAL", "CARD_SECURITY_CODE"}.isdisjoint(one.entity_type for one in plan.classification.findings)


@pytest.mark.parametrize(
    "more",
    [
        {"logit_bias": {"536-22-8741": 1}},
        {"metadata": {"ssn": 536228741}},
        {"stop": ["SSN 536-22-8741"]},
        {"tools": [{"type": "function", "function": {"name": "f", "parameters": {"default": CARD}}}]},
        {"a_field_of_tomorrow": [[["SSN 536-22-8741"]]]},
    ],
    ids=json.dumps,
)
def test_an_identifier_beside_the_messages(shipped: Engine, more: dict[str, Any]) -> None:
    plan = ask(shipped, "Hello", **more)
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert sent_to_cloud(plan) == b""


PASSPORT_LINES = "P<D<<HOLM<<PETRA<<<<<<<<<<<<<<<<<<<<<<<<<<<<\nC01X00T478D<<6408125F2702283<<<<<<<<<<<<<<04"
CARD_LINES = "I<D<<C01X00T478<<<<<<<<<<<<<<<\n6408125F2702283D<<<<<<<<<<<<<4\nHOLM<<PETRA<<<<<<<<<<<<<<<<<<<"


@pytest.mark.parametrize("lines", [PASSPORT_LINES, CARD_LINES])
@pytest.mark.parametrize("spelling", ["{}", "lower", "spaced", "escaped", "in one line"])
def test_the_machine_readable_lines_of_a_passport(shipped: Engine, lines: str, spelling: str) -> None:
    written = {
        "lower": lines.lower(),
        "spaced": "\n".join(map(" ".join, lines.split())),
        "escaped": lines.replace("<", "&lt;"),
        "in one line": lines.replace("\n", " "),
    }.get(spelling, lines)

    plan = ask(shipped, f"Fill in the form from this scan:\n{written}")

    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert sent_to_cloud(plan) == b""


@pytest.mark.parametrize(
    ("message", "value"),
    [
        ("PID|1||8812345^^^KLINIK^MR||HOLM^PETRA^M||19640812|F|||LINDENALLEE 14^^HAMBURG", "8812345"),
        ("NM1*IL*1*HOLM*PETRA*M***MI*W123456789~DMG*D8*19640812*F~REF*SY*536221234~", "536221234"),
        ("NAD+FL+++HOLM:PETRA'DTM+329:640812'DOC+P:110:111+C01X00T47'NAT+2+DEU'", "C01X00T47"),
        ("SSR DOCS LH HK1/P/DEU/C01X00T47/DEU/12AUG64/F/28FEB27/HOLM/PETRA/P1", "C01X00T47"),
        ("@\n\x1e\rANSI 636014040002DL00410278DLDAQD1234567\nDCSHOLM\nDACPETRA", "D1234567"),
        (":20:REF8812\n:25:37040044/0532013000\n:60F:C240812EUR1250,00", "37040044/0532013000"),
        ("<CdtrAcct><Id><Othr><Id>4012345678</Id></Othr></Id></CdtrAcct>", "4012345678"),
    ],
)
def test_an_identifier_in_a_message_of_machines(shipped: Engine, message: str, value: str) -> None:
    plan = ask(shipped, f"What does this say?\n{message}")
    texts = {segment.path: segment.text for segment in plan.segments}
    found = {texts[one.path][one.start : one.end] for one in plan.classification.findings}
    assert value in found
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert sent_to_cloud(plan) == b""


def test_an_identifier_in_json_in_json_in_json(shipped: Engine) -> None:
    text = json.dumps({"a": "536-22-8741"})
    for _ in range(6):
        text = json.dumps({"n": text})
    assert sent_to_cloud(ask(shipped, text)) == b""


def test_an_identifier_at_the_end_of_a_long_text(shipped: Engine) -> None:
    assert sent_to_cloud(ask(shipped, "lorem ipsum dolor sit amet, " * 8000 + " SSN 536-22-8741")) == b""


def test_a_text_behind_a_data_url(shipped: Engine) -> None:
    url = "data:text/plain;base64," + base64.b64encode(b"SSN 536-22-8741").decode()
    assert sent_to_cloud(ask(shipped, [{"type": "image_url", "image_url": {"url": url}}])) == b""


def test_the_name_of_a_model_is_no_hiding_place(shipped: Engine) -> None:
    assert b"martha" not in sent_to_cloud(ask(shipped, "Hello", model="martha.lindqvist@nordhavn-clinic.com"))


@pytest.mark.parametrize("model", ["gpt-4o-mini", "claude-sonnet-4-20250514", "gpt-4o-2024-08-06", "llama-3.3-70b"])
def test_a_models_name_is_neither_a_person_nor_a_meaning(shipped: Engine, model: str) -> None:
    plan = ask(shipped, "What is the capital of France?", model=model)
    assert plan.classification.sensitivity is Sensitivity.LOW
    moderate = ask(shipped, "Write to martha.lindqvist@nordhavn-clinic.com", model=model)
    assert json.loads(sent_to_cloud(moderate))["model"] == model


def test_a_value_in_the_models_name_is_not_replaced_but_kept_home(shipped: Engine) -> None:
    assert sent_to_cloud(ask(shipped, "Hello", model="martha.lindqvist@nordhavn-clinic.com")) == b""


def test_the_repr_of_what_holds_a_password_or_a_key_told_it() -> None:
    hidden = {field.name for kind in (Quoted, Exposures) for field in fields(kind) if not field.repr}
    assert {"value", "key"} <= hidden
    assert "q8Zt2mVx7Lp4" not in repr(Quoted('"', 0, "q8Zt2mVx7Lp4", 14))


def member(seed: int, size: int) -> str:
    return base64.urlsafe_b64encode(random.Random(seed).randbytes(size)).rstrip(b"=").decode()


PRIVATE = {
    "d": member(1, 256),
    **{name: member(seed, 128) for seed, name in enumerate(["p", "q", "dp", "dq", "qi"], 2)},
}
JWKS: dict[str, dict[str, str]] = {
    "RSA": {"kty": "RSA", "n": member(8, 256), "e": "AQAB", **PRIVATE, "use": "sig"},
    "RSA with a number that begins like DER": {
        "kty": "RSA",
        "n": member(8, 256),
        **PRIVATE,
        "p": "MQ" + member(9, 127),
    },
    "EC": {"kty": "EC", "crv": "P-256", "d": member(10, 32), "x": member(11, 32), "y": member(12, 32)},
    "oct": {"kid": "a", "k": member(13, 32), "alg": "HS256", "kty": "oct"},
}


@pytest.mark.parametrize("size", [1, 4, 30])
@pytest.mark.parametrize("spelled", ["lines", "one line", "words", "arguments"])
@pytest.mark.parametrize("order", [list, sorted])
@pytest.mark.parametrize("name", JWKS)
def test_a_json_web_key_was_shown_in_a_stream_where_its_kind_stood_far_off(
    shipped: Engine, name: str, order: Any, spelled: str, size: int
) -> None:
    key = dict(order(JWKS[name].items()))
    text = {
        "lines": json.dumps(key, indent=2),
        "one line": json.dumps({"keys": [key, JWKS["oct"]]}, separators=(",", ":")),
        "words": f"Take this one: {json.dumps(key)}. It is a good one.",
        "arguments": json.dumps({"key": json.dumps(key, indent=1)}),
    }[spelled]
    channel = ask(shipped, "Make me a key").guard().channel(in_json=spelled == "arguments")
    shown = "".join(channel.feed(text[at : at + size]) for at in range(0, len(text), size)) + channel.flush()
    for name_ in ("d", "p", "q", "dp", "dq", "qi", "k"):
        value = key.get(name_, "")
        assert not any(value[at : at + 15] in shown for at in range(len(value) - 14))
    assert all(key.get(public, "") in shown for public in ("kty", "n", "x", "kid"))


@pytest.mark.parametrize("size", [1, 4, 30])
@pytest.mark.parametrize("spelled", ["{}", "Here is your keypair: {} as you wished.", "arguments", "an array"])
def test_a_key_in_a_list_of_bytes_was_shown_in_a_stream_up_to_its_last_word(
    shipped: Engine, spelled: str, size: int
) -> None:
    key = [*random.Random(7).randbytes(64)]
    keypair = f"solana keypair id.json: {json.dumps(key)}"
    text = spelled.format(keypair)
    if spelled in ("arguments", "an array"):
        text = json.dumps({"keypair": key if spelled == "an array" else keypair, "n": 1})
    channel = ask(shipped, "Make me a key").guard().channel(in_json=text.startswith("{"))
    shown = "".join(channel.feed(text[at : at + size]) for at in range(0, len(text), size)) + channel.flush()
    assert not any(str(key[at : at + 3])[1:-1] in shown for at in range(62))
    assert text[:9] in shown


def test_numbers_in_brackets_are_shown_whole(shipped: Engine) -> None:
    text = f"As said in [1] and [2, 3], it is {[*range(90)]} or {[*range(200)]} or {[*range(400)]}, see a[0] = 1.5."
    for in_json in (False, True):
        channel = ask(shipped, "Count").guard().channel(in_json=in_json)
        assert "".join(channel.feed(letter) for letter in text) + channel.flush() == text


def test_an_object_with_the_member_of_a_key_that_is_none_is_shown_whole(shipped: Engine) -> None:
    text = json.dumps({"q": "weather-in-london-today", "k": 3, "d": "tomorrow"}) + " and " + json.dumps({"p": "a b"})
    for in_json in (False, True):
        channel = ask(shipped, "Search").guard().channel(in_json=in_json)
        assert "".join(channel.feed(letter) for letter in text) + channel.flush() == text


@pytest.mark.parametrize(
    "text",
    [
        r'my $to = "martha.lindqvist\@nordhavn-clinic.com";',
        r"/^martha\.lindqvist@nordhavn-clinic\.com$/i",
        r"re.compile('martha\\.lindqvist@nordhavn\\-clinic\\.com')",
        "<a>martha.lindqvist@@nordhavn-clinic.com</a>",
        "<p>martha.lindqvist<!-- -->@<!-- -->nordhavn-clinic.com</p>",
        "BEGIN:VCALENDAR\r\nATTENDEE;CN=x;RSVP=TRUE:mailto:martha.lindqvist@nordhav\r\n n-clinic.com\r\nEND:VCALENDAR",
        "BEGIN:VCARD\nEMAIL;TYPE=work:martha.lin\n\tdqvist@nordhavn-clinic.com\nEND:VCARD",
        "dn: uid=m\nmail: martha.lindqvist@nordhavn-\n clinic.com\n",
        "dn: uid=m\nmail:: bWFydGhhLmxpbmRxdmlzdEBu\n b3JkaGF2bi1jbGluaWMuY29t\n",
    ],
)
def test_an_address_as_a_language_or_a_file_format_writes_it(shipped: Engine, text: str) -> None:
    plan = ask(shipped, f"What is wrong here?\n{text}")
    assert plan.classification.sensitivity >= Sensitivity.MODERATE
    sent = sent_to_cloud(plan).decode()
    for part in ("lindqvist", "nordhav", "clinic", "dqvist", "bWFyd", "b3Jk"):
        assert part not in sent


@pytest.mark.parametrize(
    "text",
    [
        r"^[\w.+-]+@[\w-]+\.com$",
        r"\w+@example\.com",
        r"grep 'user\.name@example\.com' log",
        "SELECT @@version, @@IDENTITY",
        "@@ -1,3 +1,4 @@ def f(x)",
        "x = a @@b.c",
        "<p>one<!-- -->two</p>",
        "BEGIN:VEVENT\nSUMMARY:A long line that goes\n  on here\nEND:VEVENT",
        "@media print {\n .a { color: red }\n}",
    ],
)
def test_what_only_looks_like_an_address_in_code_is_none(shipped: Engine, text: str) -> None:
    assert ask(shipped, f"Explain this to me:\n{text}").classification.sensitivity is Sensitivity.LOW


@pytest.mark.parametrize(
    "said", ["martha.lindqvist@nordhavn-clinic.com", "The card is 4539578763621486", f"ghp_{'bQ7rT2xLm9' * 3}Zk4aP8"]
)
@pytest.mark.parametrize("frame", ["What is in this smiley? \U0001f600{}", "{}", "葛{} is a name"])
def test_a_text_in_variation_selectors_behind_a_character_shows_nothing(shipped: Engine, frame: str, said: str) -> None:
    hidden = "".join(chr(0xE0100 + byte - 16) for byte in said.encode())
    plan = ask(shipped, frame.format(hidden))
    assert plan.classification.sensitivity >= Sensitivity.MODERATE
    assert hidden[4:] not in sent_to_cloud(plan).decode()


def test_a_variation_of_a_character_is_no_disguise(shipped: Engine) -> None:
    plan = ask(shipped, "What do 葛\U000e0100城市, 辻\U000e0101 and \u2764\ufe0f mean?")
    assert plan.classification.sensitivity is Sensitivity.LOW
