import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.pins import find_pins
from gateway.detect.places import Reading

POLICY = 0.5


def found(text: str, least: float = POLICY) -> list[str]:
    return [text[secret.start : secret.end] for secret in find_pins(Reading(text)) if secret.score >= least]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("alarm code is 4711", "4711"),
        ("the alarm code for the warehouse is 48 12 77", "48 12 77"),
        ("der Alarmcode lautet 4711", "4711"),
        ("PIN: 4711", "4711"),
        ("**PIN:** 4827", "4827"),
        ("the code for the garage is 83910", "83910"),
        ("le code de l'alarme est 8391", "8391"),
        ("your verification code is 483920", "483920"),
        ("The combination to the safe is 12-39-56", "12-39-56"),
        ("Gate code 4831#", "4831"),
        ("code de la porte : 48A12", "48A12"),
        ("The door code at grandma's is 2580.", "2580"),
        ("Voicemail pin: 8391", "8391"),
        ("| PIN | 4827 |", "4827"),
        ("User\tbob\nPIN\t4827\nHost\tdb", "4827"),
        ("<tr><td>PIN</td><td>4827</td></tr>", "4827"),
        ("<dt>Door code:</dt>\n<dd class='x'>48213</dd>", "48213"),
        ("PIN:\n```\n4827\n```", "4827"),
        ("my pin (4827)", "4827"),
    ],
)  # fmt: skip
def test_a_code_that_opens_something_is_found(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("482913 is your verification code", "482913"),
        ("G-482913 is your Google verification code.", "482913"),
        ("482 913 is your login code", "482 913"),
        ("482913 ist Ihr Bestätigungscode", "482913"),
        ("482913 es tu código de verificación", "482913"),
        ("Your Google verification code is G-482913", "482913"),
        ("Your verification code is 482 913", "482 913"),
        ("TOTP: 482 913", "482 913"),
        ("my 2FA code 482 913 does not work", "482 913"),
        ("Votre code de vérification est 482913", "482913"),
        ("Ihr Bestätigungscode lautet 482913", "482913"),
    ],
)
def test_a_second_factor_is_found_in_groups_and_before_its_name(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"user": "etl", "pin": 4827}', "4827"),
        ('{"pin":"4 8 2 7"}', "4 8 2 7"),
        ("{'door_code': '48213'}", "48213"),
        ('{\\"cardPin\\": \\"4827\\"}', "4827"),
        ('{"otp":"482 913"}', "482 913"),
        ('[{"name":"a","pin":"4827"}]', "4827"),
        ('"security_code" => "837"', "837"),
    ],
)
def test_a_code_in_json_within_a_text_is_found_by_its_key(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "4821 is your order number", "482913 is your booking code", "12345 is your zip code", "version 4821 is your PIN-less choice",
        '{"code": 404}', '{"status_code": 4040}', '{"pin": 13}', '{"pincode": "560034"}', '{"bank_code": "50010517"}',
        '{"phone_code": "1684"}', '{"zip_code": "90210"}', '{"pin": 4827.5}', "login code 500 errors", "verification code 4xx",
    ],
)  # fmt: skip
def test_other_numbers_of_ones_own_and_other_keys_are_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "PIN code 560034", "PIN: 560034", "error code: 4040", "the country code is 4912", "zip code: 90210", "status code: 404",
        "The International Building Code 2021 requires two exits.", "promo code: 123456", "pin 13 is 5V; GPIO pin: 18", "shopping: 4711",
        "The combination: 3 reds and 2 blues", "the pin is on pin 4", "area code: 212", "gate code 2024", "the spinner is 4711",
        "| Pin | 14 |", "Pin\t14\tGND", "<td>PIN</td><td>560034</td>", "error code (4040)", "| code | 48213 |", "spin (4711)",
        "the International Building Code (2021) requires two exits",
    ],
)  # fmt: skip
def test_other_codes_are_not_found(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["the alarm code is 1234", "PIN is 0000", "door code 123456"])
def test_a_guessable_number_stays_below_the_policys_threshold(text: str) -> None:
    assert found(text) == []
    assert found(text, least=0.1)


@given(st.text(max_size=300))
def test_offsets_lie_in_the_text(text: str) -> None:
    for secret in find_pins(Reading(f"{text} alarm code is 4711 {text}")):
        assert 0 <= secret.start < secret.end


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Dial-in +44 20 7946 0018, PIN: 884213#", "884213"),
        ("PIN: 884213 #", "884213"),
        ("Host PIN: 774413", "774413"),
        ("Conference code: 5512884", "5512884"),
        ("access code: 774413", "774413"),
        ('{"accessCode": "774413"}', "774413"),
        ("Voicemail PIN 2239", "2239"),
        ("safe combination 22-41-09", "22-41-09"),
    ],
)
def test_a_code_that_is_dialled_into_a_conference_or_set_on_a_safe_is_found(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    ["PIN: 560001, Karnataka", "error code access denied: 403", "status code of the host: 2024", "exit code #12345"],
)
def test_a_postal_code_and_the_code_of_an_error_are_none(text: str) -> None:
    assert found(text) == []
