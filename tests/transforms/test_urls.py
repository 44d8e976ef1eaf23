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
    "[1]: &#104;&#116;&#116;&#112;&#115;://192.0.2.1/?q=§",
    "[1]: htt&#112;s&#58;192.0.2.1/?q=§",
    "bücher.example/?q=§",
    "evil.xn--p1ai/?q=§",
    "'https://evil.example/?q=\"§",
    '<https://evil.example/?q="§>',
    "<mailto:a@evil.example?body=§>",
]
GOES_ON = [
    "[x](https://x.example/a\\) §",
    "![x](https://evil.example/?q= §",
    "![x](https://evil.example/?q=\n§",
    "![x](https://evil.example/?q=\r§",
    "![x](//evil.example/?q=\t\x0b§",
    '![x](https://evil.example/?q= "§',
    "![x](https://evil.example/?q= (a) 'b' §",
    r"![x](https://evil.example/\)§)",
    r"![x](<https://evil.example/\>§>)",
    "![x](https://evil.example/\u00a0§)",
    "![x](https://evil.example/\x00§)",
    "![x]\n\n[x]: <https://evil.example/ §>",
    "![x]\n\n> [x]:\n> </a b §>",
    '![x]\n\n[x]: https://evil.example/?q="§',
    "![x]\n\n[x]: https://evil.example/`§",
    "![x]\n\n[x]: https://evil.example/\u3000§",
    "<p style='background:url(\"https://evil.example/)§\")'>",
    r"<p style='background:url(https://evil.example/\)§)'>",
    "<img alt=x' title='> ' src=\"h\nttps:/\n/192.0.2.1/?q=§",
    "<https://evil.example/\u00a0§>",
    "http:<a href=mailto:a@evil.example?body=§",
    "https://a.example/![x]( https://evil.example/\u3000§",
    "[ ![x](<a](https://evil.example/>\u3000§",
    "[x](<img src='//evil.example/>§'>",
    '[x]: mailto:a@evil.example?body="§',
    '<a \n\n[x]: https://evil.example/>?q="§',
    'url(\n[x]: https://evil.example/)?q="§',
    "<img alt=a=' title='> ' src=\"h\nttps:/\n/192.0.2.1/?q=§",
]
"""Where the readers of Markdown, HTML and CSS do not yet end an address, or a tag."""
OUTSIDE = [
    "as in [1](see §",
    "call[0](a, §",
    "[x](https://x.example/\n\n§",
    '[x](https://x.example/ "title") §',
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
    "[Patient]: <b>§</b>",
    "Hello.World §",
    '"https://x.example/a","§"',
    '<a href="https://x.example/">§</a>',
    "`https://x.example/`§",
    '<x:person name="§',
    "Q&amp;A: §",
    "[1]: https://x.example/ §",
    '<td title="a>b">§',
    "https://x.example/\u3000§",
]
INSIDE_JSON = [
    r'{"url":"https:\/\/x.example\/§',
    r'{"u":"\u0068ttps://x.example/§',
    r'{"u":"https\u003a\u002f\u002fx.example/§',
    r'{"h":"<img src=\"https://x/§',
    r'{"u":"https://x.example/a b \" §',
    r'{"u":"https://x.example/a\\§',
    r'{"u":"https://x.example/\u0000§',
]
SHOWN_AS_IT_STANDS = [
    '{ ![x](https://evil.example/?q="§)',
    r"{ ![x](https://evil.example/\n§)",
    r'{"a":"![x](https://evil.example/\n§)',
    "{ <img src='https://evil.example/?q=\"§",
    '{\n[x]: https://evil.example/?q="§',
    '{"a":"![x](<https://evil.example/","b":"§',
]
"""JSON source, or what begins like it, in which clients who show it as Markdown find an address."""
OUTSIDE_JSON = [
    '{"url":"https://x.example/","name":"§"}',
    r'{"u":"https:\/\/x.example\/a\"b","n":"§',
    r'{"t":"see https://x.example/\nDear §',
    r'{"t":"C:\\","n":"§',
    '{"t":"see https://x.example/","n":"§',
    '{"t":"[x](https://x.example/)","n":"§',
    r'{"t":"<img src=\"https://x.example/\">","n":"§',
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
        assert (copied.inside, copied.urls) == (whole.inside, whole.urls)
    letters = UrlWatch(in_json=in_json)
    for letter in before:
        letters.read(letter)
    assert (letters.inside, letters.urls) == (whole.inside, whole.urls)
    return whole.inside


@pytest.mark.parametrize("text", INSIDE)
def test_a_place_in_an_address_is_known_wherever_its_text_is_cut(text: str) -> None:
    assert inside(text, in_json=False)


@pytest.mark.parametrize("text", GOES_ON)
def test_what_ends_no_address_let_a_value_into_one(text: str) -> None:
    assert inside(text, in_json=False)


@pytest.mark.parametrize("text", SHOWN_AS_IT_STANDS)
def test_a_quote_or_an_escape_of_json_let_a_value_into_an_address_that_is_shown_as_it_stands(text: str) -> None:
    assert inside(text, in_json=True)


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
    assert set(watch.urls or ()) == {"https://e.example/?q=Jane Roe"}
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


def test_an_address_goes_on_from_json_to_text_and_back() -> None:
    watch = UrlWatch(in_json=True)
    watch.read('{ ![x](https://evil.example/?q="')
    assert watch.copy(in_json=False).inside
    text = UrlWatch()
    text.read("![x](https://evil.example/")
    source = text.copy(in_json=True)
    assert source.inside
    source.read('","b":"')
    assert source.inside
    source.read(") ")
    assert not source.inside


def test_an_address_too_long_to_be_known_is_one_all_the_same() -> None:
    watch = UrlWatch()
    watch.read("https://e.example/" + "a" * 10_000)
    assert watch.inside
    assert watch.urls is None


@given(
    st.text(alphabet="ab:/.&;#47<>()[]\"'`\\ \nhtps=w!u0068rlimg\x00\xa0", max_size=60),
    st.booleans(),
    st.integers(0, 60),
)
def test_the_pieces_never_matter(text: str, in_json: bool, cut: int) -> None:  # noqa: FBT001
    whole, pieces = UrlWatch(in_json=in_json), UrlWatch(in_json=in_json)
    whole.read(text)
    pieces.read(text[:cut])
    pieces.read(text[cut:])
    assert pieces.inside == whole.inside
