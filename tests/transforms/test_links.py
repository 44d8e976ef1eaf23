"""Whatever is an address has the sign of one, by which texts without any are told quickly."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.transforms import links

PARTS = st.sampled_from(
    [
        *(
            "http:",
            "//",
            "\\\\",
            "/",
            "www",
            "www2.",
            ".",
            "evil",
            "example",
            ".co",
            ":8080",
            "?q=",
            "#a",
            "![",
            "[a]",
            "](",
        ),
        *(
            "<",
            ">",
            "<img",
            " src=",
            '"',
            "'",
            " ",
            "\n",
            "a",
            "_",
            "<a href",
            "@",
            "<PERSON_kt4qz7mw3bd>",
            "K",
            "ſ",
            "İ.ıo/",
            "&sol;",
            "&#0047",
            "&colon;",
            "]:",
            "]: <a b",
            "\\)",
            "bü.рф/",
            ".xn--p1ai?",
        ),
    ]
)


@settings(max_examples=500)
@given(st.lists(st.one_of(PARTS, st.text(max_size=2)), max_size=12).map("".join))
def test_a_text_without_the_sign_of_an_address_has_none(text: str) -> None:
    if links._LINK.search(text) is not None:
        assert links.has_link_sign(text)


@settings(max_examples=500)
@given(st.lists(PARTS, max_size=16).map("".join))
def test_a_link_is_found_in_its_word_as_in_the_whole_text(text: str) -> None:
    found = [match.span() for match in links._LINK.finditer(text)]
    assert [match.span() for part in links._parts(text) for match in links._LINK.finditer(text, *part)] == found
