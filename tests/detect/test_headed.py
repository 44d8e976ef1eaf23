from pathlib import Path

import pytest

from gateway.adapters.presidio import PresidioRecognizer
from gateway.core.model import Segment
from gateway.detect.packs import load_packs

FOLDER = Path(__file__).parents[2] / "classifiers" / "packs"
WIDE = ("id", "first", "last", "status", "region", "created", "notes", "plan", "owner", "stage")
FILLED = ("7", "Petra", "Holm", "active", "EMEA", "2024-05-06", "called twice about the renewal", "gold", "team", "won")
ROWS = 9


@pytest.fixture(scope="module")
def recognizer() -> PresidioRecognizer:
    return PresidioRecognizer(
        load_packs({path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.yaml"))})
    )


def found(recognizer: PresidioRecognizer, text: str) -> set[tuple[str, str]]:
    return {(one.entity_type, text[one.start : one.end]) for one in recognizer.analyze([Segment("", text)])}


def far_below(name: str, value: str, mark: str) -> str:
    """Return a wide table with a value in its last row, under `name`."""
    rows = [(*WIDE, name), *[(*FILLED, "-")] * ROWS, (*FILLED, value)]
    return "\n".join(map(mark.join, rows))


@pytest.mark.parametrize("mark", [",", "\t", ";", " | ", "    "])
@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("ssn", "536221234", "US_SSN"),
        ("social_security", "536221234", "US_SSN"),
        ("Social Security Number", "536221234", "US_SSN"),
        ("customerSsn", "536221234", "US_SSN"),
        ("passport_no", "912803456", "US_PASSPORT"),
        ("tax_id", "86095742719", "NATIONAL_ID"),
        ("Steuer-ID", "86095742719", "DE_TAX_ID"),
        ("MRN", "8812345", "MEDICAL_RECORD_NUMBER"),
        ("dob", "1964-04-12", "DATE_OF_BIRTH"),
        ("Date of birth", "4/12/64", "DATE_OF_BIRTH"),
        ("account number", "4012345678", "BANK_ACCOUNT"),
        ("Driver's license", "D1234567", "US_DRIVER_LICENSE"),
    ],
)
def test_an_identifier_far_below_the_header_that_names_it(
    recognizer: PresidioRecognizer, name: str, value: str, kind: str, mark: str
) -> None:
    text = far_below(name, value, mark)
    assert (kind, value) in found(recognizer, text)
    assert (kind, value) in found(recognizer, f"Here is the export:\r\n\r\n{text}\n".replace("\n", "\r\n"))


@pytest.mark.parametrize(
    "text",
    [
        "| name | SSN |\n|:-----|----:|\n"
        + "| Petra Holm from the office in the north | n/a |\n" * ROWS
        + "| x | 536221234 |",
        "   name                                     ssn\n"
        + "0  Petra Holm from the office in the north  n/a\n" * ROWS
        + "9  Petra Holm from the office in the north  536221234",
        "<table><tr><th>Name</th><th>SSN</th></tr>"
        + "<tr><td>Petra Holm from the office</td><td>n/a</td></tr>" * ROWS
        + "<tr><td>x</td><td>536221234</td></tr></table>",
        "INSERT INTO people (name, ssn) VALUES "
        + "('Petra Holm from the office', 'n/a'), " * ROWS
        + "('x', '536221234');",
        "SSNs:\n" + "not yet received\n" * ROWS + "536221234",
        '"name","ssn"\n' + '"Petra Holm, of the office\nin the north","n/a"\n' * ROWS + '"x","536221234"',
    ],
)
def test_it_is_found_in_tables_of_other_kinds(recognizer: PresidioRecognizer, text: str) -> None:
    assert ("US_SSN", "536221234") in found(recognizer, text)


@pytest.mark.parametrize("name", ["order", "ticket", "session", "assigned"])
def test_a_number_below_another_name_is_none(recognizer: PresidioRecognizer, name: str) -> None:
    assert not found(recognizer, far_below(name, "536221234", ","))


def test_a_number_beside_the_column_or_behind_the_table_is_none(recognizer: PresidioRecognizer) -> None:
    rows = "\n".join(["name,ssn,order", *["Petra Holm from the office in the north,n/a,7"] * ROWS])
    assert not found(recognizer, f"{rows}\nx,n/a,536221234")
    assert not found(recognizer, f"{rows}\n\n{'So it goes on. ' * 9}\nx,536221234,n/a")


def test_values_of_neighbouring_rows_are_none_together(recognizer: PresidioRecognizer) -> None:
    text = "\n".join(["name,ssn", *["Petra Holm from the office in the north of the town,53622"] * ROWS])
    assert not found(recognizer, text)


@pytest.mark.parametrize(
    "table",
    [
        (
            " id | phone      |  date_of_birth | ssn\n----+------------+----------------+------------\n"
            "  1 | 4158675309 | 1970-02-03     | 536221234\n(1 row)"
        ),
        (
            " id |   phone    |  date_of_birth |    ssn    \n----+------------+----------------+-----------\n"
            "  1 | 4158675309 | 1970-02-03     | 536221234\n(1 row)"
        ),
        (
            "+----+------------+---------------+-----------+\n| id | phone      | date_of_birth | ssn       |\n"
            "+----+------------+---------------+-----------+\n|  1 | 4158675309 | 1970-02-03    | 536221234 |\n"
            "+----+------------+---------------+-----------+"
        ),
        "id , phone      , date_of_birth  , ssn\n1  , 4158675309 , 1970-02-03     , 536221234",
        "id\tphone \tdate_of_birth\tssn\n1\t4158675309 \t1970-02-03\t536221234",
        "id  phone       date_of_birth  ssn      \n1   4158675309  1970-02-03     536221234",
    ],
)
def test_blanks_that_fill_a_cell_of_a_header_up_hide_no_column(recognizer: PresidioRecognizer, table: str) -> None:
    assert found(recognizer, table) >= {
        ("PHONE_NUMBER", "4158675309"),
        ("DATE_OF_BIRTH", "1970-02-03"),
        ("US_SSN", "536221234"),
    }


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("生年月日", "1975/04/12", "DATE_OF_BIRTH"),
        ("電話番号", "090-1234-5678", "PHONE_NUMBER"),
        ("手机", "13812345678", "PHONE_NUMBER"),
        ("생년월일", "1985-06-02", "DATE_OF_BIRTH"),
    ],
)
def test_a_header_in_japanese_chinese_or_korean_names_its_column(
    recognizer: PresidioRecognizer, name: str, value: str, kind: str
) -> None:
    assert (kind, value) in found(recognizer, far_below(name, value, ","))


@pytest.mark.parametrize(
    "record",
    [
        "| Field | Value |\n|---|---|\n| {} | {} |\n| plan | gold |",
        "-[ RECORD 1 ]------\nplan                | gold\n{}            | {}\nid | 7",
        "Key                 Value\n---                 -----\n{}         {}\nplan                gold",
        "{}\t{}\nplan\tgold",
    ],
)
@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("passport_no", "912803456", "US_PASSPORT"),
        ("Social Security Number", "536221234", "US_SSN"),
        ("patientId", "83-44812", "MEDICAL_RECORD_NUMBER"),
        ("subscriberId", "W881234455", "HEALTH_INSURANCE_ID"),
    ],
)
def test_a_record_with_a_line_for_each_field_names_its_values(
    recognizer: PresidioRecognizer, name: str, value: str, kind: str, record: str
) -> None:
    assert (kind, value) in found(recognizer, record.format(name, value))


@pytest.mark.parametrize(
    "text",
    [
        "ssn  of the applicant  536221234",
        "order | the ssn of Petra Holm  536221234",
        "| ssn | order | 536221234 |",
        "the form asks for your ssn | no number",
    ],
)
def test_a_number_that_no_first_cell_names_alone_is_none(recognizer: PresidioRecognizer, text: str) -> None:
    assert ("MEDICAL_RECORD_NUMBER", "536221234") not in found(recognizer, text.replace("ssn", "patientId"))


@pytest.mark.parametrize(
    "form", ["{}={} ok=1", "  {}: {}\n  plan: gold", "User({}='{}', plan='gold')", 'got {{"{}": "{}"}}']
)
@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("socialSecurityNumber", "536221234", "US_SSN"),
        ("customerPassportNumber", "912803456", "US_PASSPORT"),
        ("policyNumber", "HX-4471-229083", "HEALTH_INSURANCE_ID"),
        ("policy_no", "4471-22-8812", "HEALTH_INSURANCE_ID"),
        ("patientId", "83-448127", "MEDICAL_RECORD_NUMBER"),
        ("accountNumber", "483920175612", "BANK_ACCOUNT"),
        ("driversLicense", "D1234567", "US_DRIVER_LICENSE"),
        ("mobileNumber", "9845012345", "PHONE_NUMBER"),
    ],
)
def test_a_name_in_one_word_names_the_value_behind_it(
    recognizer: PresidioRecognizer, name: str, value: str, kind: str, form: str
) -> None:
    assert (kind, value) in found(recognizer, form.format(name, value))


@pytest.mark.parametrize(
    "text",
    ["accountId=4839201756", "cardCount: 48392017", "phoneModel=GT-120", "taxRateId: abc", "socialScore=536221234x"],
)
def test_what_a_program_keeps_under_such_a_name_is_none(recognizer: PresidioRecognizer, text: str) -> None:
    assert not found(recognizer, text)


@pytest.mark.parametrize(
    "table",
    [
        "id,first_name,last_name,amount\n1,Hedwig,Stark,1200341\n2,Nia,Bird,1200342",
        "First Name;Last Name;Amount\nHedwig;Stark;1200341\nNia;Bird;1200342",
        "INSERT INTO people (first_name, last_name, amount) VALUES ('Hedwig', 'Stark', 1200341), ('Nia', 'Bird', 1200342);",
        " first_name | last_name | amount\n------------+------+----\n Hedwig     | Stark     | 1200341\n Nia        | Bird | 120",
        "Konto       1200341\nVorname     Hedwig\nNachname    STARK\nfirst_name  Nia\nlast_name   Bird",
    ],
)
def test_a_header_names_the_names_below_it(recognizer: PresidioRecognizer, table: str) -> None:
    names = {value.title() for kind, value in found(recognizer, table) if kind == "PERSON"}
    assert names == {"Hedwig", "Stark", "Nia", "Bird"}


def test_what_a_table_of_columns_says_of_names_is_none(recognizer: PresidioRecognizer) -> None:
    assert not found(
        recognizer, "column | type\nfirst_name | String\nlast_name | Text\nsurname | Required\n1200341 | rows"
    )


def test_the_names_of_a_records_fields_are_no_names_of_people(recognizer: PresidioRecognizer) -> None:
    record = "Vorname     Hedwig\nNachname    STARK\nKonto       1200341\nOrt         Leeds\n"

    assert {value for kind, value in found(recognizer, record) if kind == "PERSON"} == {"Hedwig", "STARK"}


def test_a_column_is_of_family_names_where_another_is_of_first_names(recognizer: PresidioRecognizer) -> None:
    rows = "1200341;Stark;Hedwig;Leeds\n1200342;Bird;Nia;Bonn"

    people = {value for kind, value in found(recognizer, f"Nr;Name;Vorname;Ort\n{rows}") if kind == "PERSON"}
    assert people == {"Stark", "Hedwig", "Bird", "Nia"}
    assert not found(recognizer, f"Nr;Name;Kennwort;Ort\n{rows}")
