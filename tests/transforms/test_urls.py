"""Whether a place stands inside an address, whatever the pieces that its text arrives in. `§` marks the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.transforms.urls import UrlWatch

INSIDE = [
    "![x](https://evil.example/?q=§)",
    "[a](https://evil.example/a(b)c/§",
    "![x](//evil.example/§)",
    "![x](/a?b=§)",
    "![x]( <https://e.example/a b §>)",
    '![x](https://e.example/"§)',
    "[1]: https://e.example/§",
    "<img src=https://e.example/§",
    "<img alt='x' src=\"https://e.example/?\n §\">",
    "<a href='//x/§'",
    "<https://e.example/§>",
    "see https://x.example/a,b)§",
    "www.evil.example/§",
    "evil.example/?q=§",
    "evil.example:8080/§",
    "https://§.evil.example/",
    "background: url(https://x/§)",
    "HTTPS://evil.example/§",
    "http:evil.example/§",
    "https:\\\\evil.example\\§",
    "data:text/html,§",
    "https%3A%2F%2Fevil.example/§",
    "https://x.example/，§",
    "[1]: ///192.0.2.1/§",
    "[1]: &#47;/a@evil.example/?q=§",
    "[1]: &sol;&SOL;192.0.2.1/§",
    "[1]: &#x2F;&#0047/§",
    "[1]: https\\://192.0.2.1/§",
    "[1]: &#104;ttps&#58;&#x2f;/192.0.2.1/§",
    "![x][1]\n\n[1]: javascript&colon;§",
]
OUTSIDE = [
    "Dear §",
    "[link](https://x.example/) §",
    "see https://x.example/a §",
    "a // comment §",
    "/// comment §",
    "Q&A, x &amp; y, a&#58;§",
    "10:30 §",
    "https://x.example/\n§",
    "(https://x.example) §",
    "“https://x.example” §",
    "<b>§",
    "<img src='a'> §",
    "List<String> §",
    "a/b §",
    "file.txt: §",
    "node.js §",
    "[a](https://x.example/a(b)c) §",
    "[1] §",
    "[Patient]: §",
    "Hello.World §",
]
INSIDE_JSON = [
    r'{"url":"https:\/\/x.example\/§',
    r'{"u":"\u0068ttps://x.example/§',
    r'{"u":"https\u003a\u002f\u002fx.example/§',
    r'{"h":"<img src=\"https://x/§',
    r'{"u":"https://x.example/a b \" §',
    r'{"u":"https://x.example/a\\§',
]
OUTSIDE_JSON = [
    '{"url":"https://x.example/","name":"§"}',
    r'{"u":"https:\/\/x.example\/a\"b","n":"§',
    r'{"t":"see https://x.example/\nDear §',
    r'{"t":"C:\\","n":"§',
]


def inside(text: str, *, in_json: bool) -> bool:
    before = text.partition("§")[0]
    whole = UrlWatch(in_json=in_json)
    whole.read(before)
    for cut in range(len(before) + 1):
        cut_up = UrlWatch(in_json=in_json)
        cut_up.read(before[:cut])
        copied = cut_up.copy()
        copied.read(before[cut:])
        assert (copied.inside, copied.url) == (whole.inside, whole.url)
    letters = UrlWatch(in_json=in_json)
    for letter in before:
        letters.read(letter)
    assert (letters.inside, letters.url) == (whole.inside, whole.url)
    return whole.inside


@pytest.mark.parametrize("text", INSIDE)
def test_a_place_in_an_address_is_known_wherever_its_text_is_cut(text: str) -> None:
    assert inside(text, in_json=False)


@pytest.mark.parametrize("text", OUTSIDE)
def test_a_place_beside_an_address_is_free(text: str) -> None:
    assert not inside(text, in_json=False)


@pytest.mark.parametrize("text", INSIDE_JSON)
def test_no_escape_of_json_hides_an_address(text: str) -> None:
    assert inside(text, in_json=True)


@pytest.mark.parametrize("text", OUTSIDE_JSON)
def test_the_end_of_a_string_of_json_ends_an_address(text: str) -> None:
    assert not inside(text, in_json=True)


def test_a_value_put_into_an_address_does_not_end_it() -> None:
    watch = UrlWatch()
    watch.read("https://e.example/?q=")
    watch.put("Jane Roe")
    assert watch.inside
    assert watch.url == "https://e.example/?q=Jane Roe"
    assert not watch.in_host


def test_a_value_that_was_an_address_took_the_next_one_along() -> None:
    watch = UrlWatch()
    watch.read("![x][1]\n\n[1]: ")
    watch.put("https://evil.example/?q=")
    assert watch.inside
    watch.read(" and ")
    assert not watch.inside


@pytest.mark.parametrize("value", ["Jane Roe", "jane@roe.example", "<a Jane", "see https://x.example/ there", "a(b]("])
def test_a_value_that_is_no_address_begins_none(value: str) -> None:
    watch = UrlWatch()
    watch.read("mail to ")
    watch.put(value)
    assert not watch.inside
    watch.read("/?q=")
    assert not watch.inside


@pytest.mark.parametrize(
    ("text", "host"), [("https://", True), ("https://a.", True), ("//", True), ("https://a/", False)]
)
def test_it_knows_whether_the_host_is_still_open(text: str, host: bool) -> None:  # noqa: FBT001
    watch = UrlWatch()
    watch.read(text)
    assert (watch.inside, watch.in_host) == (True, host)


def test_an_address_too_long_to_be_known_is_one_all_the_same() -> None:
    watch = UrlWatch()
    watch.read("https://e.example/" + "a" * 10_000)
    assert watch.inside
    assert watch.url is None


@given(st.text(alphabet="ab:/.&;#47<>()[]\"'\\ \nhtps=w!u0068", max_size=60), st.booleans(), st.integers(0, 60))
def test_the_pieces_never_matter(text: str, in_json: bool, cut: int) -> None:  # noqa: FBT001
    whole, pieces = UrlWatch(in_json=in_json), UrlWatch(in_json=in_json)
    whole.read(text)
    pieces.read(text[:cut])
    pieces.read(text[cut:])
    assert pieces.inside == whole.inside
