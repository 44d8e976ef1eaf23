import pytest

from gateway.core.model import Finding, Segment
from gateway.detect.beginnings import ends
from gateway.detect.labelled import Columns, Named, leads_to, names
from gateway.detect.seams import seams


def row(*texts: str) -> list[Segment]:
    return [Segment(f"/list/{place}", text, context=("list",)) for place, text in enumerate(texts)]


def turns(*texts: str) -> list[Segment]:
    return [Segment(f"/messages/{place}/content", text, context=("content",)) for place, text in enumerate(texts)]


def members(**texts: str) -> list[Segment]:
    return [Segment(f"/form/{name}", text, context=("form", name)) for name, text in texts.items()]


def read(segments: list[Segment]) -> list[str]:
    return [seam.text for seam in seams([segments], [ends(segments)]) if isinstance(seam, Named)]


@pytest.mark.parametrize(
    "text",
    [
        "password", "Password:", "DB_PASSWORD", "dbPassword", "X-Api-Key", "PIN", "SSN", "Date of birth",
        "What is your password?", "My password is", "and the password is: ", "Mein Passwort lautet", "mot de passe :",
        "Social Security Number", "**Password:**", '"password":', "CVV", "the API key is", "パスワード password：",
        "a senha é", "la passphrase è", "The PIN is", "DB_PASSWORD =>",
    ],
)  # fmt: skip
def test_a_label_at_the_end_of_a_leaf_is_seen(text: str) -> None:
    assert names(text)


@pytest.mark.parametrize(
    "text",
    ["password 1", "passwords are bad", "The end.", "x", " ", ":", "?", "He told me about the password that he has",
     "hunter2-Blue", "Is this a monkey that I see before me or is it another kind of monkey"],
)  # fmt: skip
def test_what_ends_in_no_label_is_passed_by(text: str) -> None:
    assert not names(text)


@pytest.mark.parametrize(
    ("segments", "text"),
    [
        (row("password", "hunter2-Blue"), "password: hunter2-Blue"),
        (row("user", "jdoe", "api key", "f3a9"), "api_key: f3a9"),
        (members(name="DB_PASSWORD", value="hunter2-Blue"), "db_password: hunter2-Blue"),
        (members(value="hunter2-Blue", type="text", label="Password"), "password: hunter2-Blue"),
        (members(name="Phone number", value="4158675309"), "phone number: 4158675309"),
        (members(system="phone", value="4158675309", use="home"), "phone: 4158675309"),
        (members(keyName="key1", permissions="FULL", value="q7Zk3PvR9x=="), "key1: q7Zk3PvR9x=="),
        (members(name="sessionid", value="8f14e45fceea167a", domain="x"), "sessionid: 8f14e45fceea167a"),
        (members(type="MOBILE", value="4158675309"), "mobile: 4158675309"),
        (members(use="usual", system="http://hl7.org/fhir/sid/us-ssn", value="536221234"), "us-ssn: 536221234"),
        (members(system="https://fhir.nhs.uk/Id/nhs-number", value="9434765919"), "nhs-number: 9434765919"),
        (turns("What is your SSN?", "536228741"), "is your ssn: 536228741"),
        (turns("The password is", " hunter2-Blue"), "the_password: hunter2-Blue"),
    ],
)
def test_a_value_is_read_with_its_label(segments: list[Segment], text: str) -> None:
    assert text in read(segments)


@pytest.mark.parametrize(
    "segments",
    [
        row("Forgot password", "hunter2-Blue"),
        row("primary key", "f3a9"),
        members(type="password", pattern="hunter2-Blue"),
        members(type="password", value="hunter2-Blue"),
        members(name="password", type="hunter2-Blue"),
        [*row("password"), Segment("/other/0", "hunter2-Blue")],
        row("password"),
    ],
)
def test_neighbours_that_are_no_value_of_it_are_not_read(segments: list[Segment]) -> None:
    assert read(segments) == []


def test_what_a_question_asks_for_is_in_the_answer_and_not_behind_it() -> None:
    assert read(turns("Which password?", "What do you mean?", "hunter2-Blue")) == ["which_password: What do you mean?"]
    assert "password_is: hunter2-Blue" not in read(turns("The password is", "Noted.", "hunter2-Blue"))
    assert "the_password: hunter2-Blue" in read(turns("The password is", "Noted.", "hunter2-Blue"))


def table(*rows: tuple[str, ...], at: str = "/t") -> list[Segment]:
    return [
        Segment(f"{at}/{row}/{column}", text, context=("t",))
        for row, cells in enumerate(rows)
        for column, text in enumerate(cells)
    ]


@pytest.mark.parametrize("where", ["/t", "/t/*0", "/x/0"])
def test_a_header_in_the_first_row_names_what_stands_below_it(where: str) -> None:
    segments = table(("user", "password", "note"), ("ann", "hunter2-Blue", "x"), ("bob", "Tr0ub4dor&3", "y"), at=where)

    assert read(segments) == ["password: note", "password: hunter2-Blue", "password: Tr0ub4dor&3"]


def test_a_header_beside_the_rows_names_what_stands_in_its_column() -> None:
    header = [Segment(f"/r/*0/{place}", text, context=("r", "columns")) for place, text in enumerate(("user", "ssn"))]
    rows = table(("ann", "536228741"), ("bob", "536228742"), at="/r/*1")

    assert read([*header, *rows]) == ["ssn: 536228741", "ssn: 536228742"]
    assert read([*header, *table(("ann", "536228741"), at="/q/*1")]) == []


def test_each_cell_is_read_with_one_header_however_many_there_are() -> None:
    headers = [Segment(f"/r/*{place}/0", "password", context=("r", "c")) for place in range(50)]
    rows = table(*[(f"hunter{place}-Blue",) for place in range(50)], at="/r/*99")

    assert len(read([*headers, *rows])) == 50


def named(segments: list[Segment]) -> Named:
    (found,) = leads_to(segments, 0, Columns(segments))
    return found


def found(one: Named, value: str, score: float, kind: str = "CREDENTIAL", by: str = "named_secret") -> list[Finding]:
    start = one.text.index(value)
    return list(one.original(Finding("x", kind, start, start + len(value), score, by)))


def test_a_finding_points_into_the_leaf_of_the_value() -> None:
    one = named(turns("The password is", " hunter2-Blue"))

    assert found(one, "hunter2-Blue", 0.85) == [
        Finding("/messages/1/content", "CREDENTIAL", 1, 13, 0.85, "named_secret")
    ]


@pytest.mark.parametrize(
    ("segments", "value", "score", "kind", "by"),
    [
        (row("password", "address1"), "address1", 0.65, "CREDENTIAL", "named_secret"),
        (row("password", "SHA-256"), "SHA-256", 0.65, "CREDENTIAL", "named_secret"),
        (row("password", "reset"), "reset", 0.85, "CREDENTIAL", "named_secret"),
        (turns("Reset your password?", "Step-1 is easy"), "Step-1", 0.65, "CREDENTIAL", "named_secret"),
        (row("tax id", "2024-03-12"), "2024-03-12", 1.0, "NATIONAL_ID", "national-id"),
        (row("ssn", "dob"), "dob", 0.9, "NATIONAL_ID", "national-id"),
        (row("account number", "John Smith"), "John Smith", 0.9, "PERSON", "entities"),
        (row("password", "hunter2-Blue"), "hunter2-Blue", 0.4, "CREDENTIAL", "named_secret"),
        (row("password", "hunter2-Blue"), "password", 0.9, "CREDENTIAL", "named_secret"),
    ],
)
def test_what_is_as_likely_a_word_does_not_count(
    segments: list[Segment], value: str, score: float, kind: str, by: str
) -> None:
    assert found(named(segments), value, score, kind, by) == []


def test_a_label_before_a_label_costs_one_reading_each() -> None:
    segments = row(*["password"] * 2000)

    assert sum(map(len, read(segments))) < 2000 * 20


def test_it_shows_no_text() -> None:
    assert "hunter2" not in repr(named(row("password", "hunter2-Blue")))
