import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapters.presidio import PresidioRecognizer
from gateway.core.model import Segment
from gateway.detect import checksums
from gateway.detect.hidden import find_all
from gateway.detect.packs import load_packs
from gateway.detect.placeholders import _TEMPLATE, _WORDS, TEST_CARDS, is_documented_example
from gateway.detect.secrets import SecretRecognizer
from tests.fakes.disguises import ANY

PACKS = Path(__file__).parents[2] / "classifiers" / "packs"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("EMAIL_ADDRESS", "user@example.com"),
        ("EMAIL_ADDRESS", "anna@mail.example.org"),
        ("EMAIL_ADDRESS", "root@localhost"),
        ("EMAIL_ADDRESS", "x@shop.test"),
        ("EMAIL_ADDRESS", "x@foo.invalid"),
        ("EMAIL_ADDRESS", "a@firm.example"),
        ("EMAIL_ADDRESS", "you@yourdomain.com"),
        ("PHONE_NUMBER", "555-0100"),
        ("PHONE_NUMBER", "+1 (415) 555-0132"),
        ("PHONE_NUMBER", "123-456-7890"),
        ("PHONE_NUMBER", "000-000-0000"),
        ("IP_ADDRESS", "192.0.2.1"),
        ("IP_ADDRESS", "198.51.100.7/24"),
        ("IP_ADDRESS", "203.0.113.9"),
        ("IP_ADDRESS", "2001:db8::1"),
        ("IP_ADDRESS", "::ffff:127.0.0.1"),
        ("IP_ADDRESS", "127.0.0.1"),
        ("IP_ADDRESS", "0.0.0.0"),
        ("IP_ADDRESS", "255.255.255.0"),
        ("IP_ADDRESS", "8.8.8.8"),
        ("MAC_ADDRESS", "00:11:22:33:44:55"),
        ("MAC_ADDRESS", "FF:FF:FF:FF:FF:FF"),
        ("MAC_ADDRESS", "00-00-5E-00-53-AF"),
        ("US_SSN", "000-00-0000"),
        ("US_SSN", "123-45-6789"),
        ("US_SSN", "078-05-1120"),
        ("US_SSN", "987-65-4321"),
        ("NATIONAL_ID", "000-00-0000"),
        ("NATIONAL_ID", "078 05 1120"),
        ("NATIONAL_ID", "123456789"),
        ("NATIONAL_ID", "111.111.111-11"),
        ("INTERNAL_HOST", "db.internal.example"),
        ("PERSON", "[NAME]"),
        ("PERSON", "<first name>"),
        ("USERNAME", "changeme"),
        ("CREDENTIAL", "<your-key>"),
        ("CREDENTIAL", "${API_KEY}"),
        ("CREDENTIAL", "{{ token }}"),
        ("DEVICE_ID", "your_device_id_here"),
        ("CREDENTIAL", "xxxx"),
        ("BANK_ACCOUNT", "1234567890"),
        ("BANK_ACCOUNT", "123456789012"),
        ("BANK_ACCOUNT", "1111 2222 3333"),
    ],
)
def test_a_documented_example_is_recognised(kind: str, text: str) -> None:
    assert is_documented_example(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("EMAIL_ADDRESS", "anna@example-bakery.com"),
        ("EMAIL_ADDRESS", "test@web.de"),
        ("PHONE_NUMBER", "415-555-1234"),
        ("PHONE_NUMBER", "020 7946 0958"),
        ("PHONE_NUMBER", "+49 30 901820"),
        ("IP_ADDRESS", "84.17.55.201"),
        ("IP_ADDRESS", "10.20.30.40"),
        ("IP_ADDRESS", "2a02:908::1"),
        ("MAC_ADDRESS", "3c:22:fb:4a:91:0e"),
        ("US_SSN", "536-22-8741"),
        ("PERSON", "My Nguyen"),
        ("PERSON", "Theo Miller"),
        ("PERSON", "Test Becker"),
        ("CREDENTIAL", "hunter2"),
        ("BANK_ACCOUNT", "532013000"),
        ("CREDIT_CARD", "4111 1111 1111 1111"),
        ("NATIONAL_ID", "536-22-8741"),
        ("NATIONAL_ID", "12 345 678 901"),
    ],
)
def test_what_only_looks_invented_is_no_example(kind: str, text: str) -> None:
    assert not is_documented_example(kind, text)


PIECES = st.sampled_from(
    (
        *("your", "my", "test", "example", "change", "me", "redacted", "none", "n/a", "foo", "abc", "123", "1234", "x"),
        *("567890", "lorem", "ipsum", "passw0rd", "\u017fecret", "\u212aey", "N\u0130l", "*" * 3, "???", "X", "%(a)s"),
        *"-_'\"<>[](){}$%.@ \n\u00a0\u2026\u2022",
    )
)
WORDS_ALONE = re.compile(_WORDS.pattern.partition(r"\Z) ")[2], _WORDS.flags)


@given(st.lists(PIECES, max_size=5).map("".join))
def test_what_is_told_of_a_value_at_once_hides_no_example(text: str) -> None:
    assert (_WORDS.fullmatch(text) is None) == (WORDS_ALONE.fullmatch(text) is None)
    if _TEMPLATE.fullmatch(text) or WORDS_ALONE.fullmatch(text):
        assert is_documented_example("URL", text)


def test_a_published_test_card_is_an_example_where_the_text_says_so() -> None:
    card = "4242 4242 4242 4242"

    assert is_documented_example("CREDIT_CARD", card, f"Stripe's test card {card}")
    assert not is_documented_example("CREDIT_CARD", card, f"charge my card {card}")
    assert not is_documented_example("CREDIT_CARD", "4539 5787 6362 1486", "my test card 4539 5787 6362 1486")


@pytest.mark.parametrize("card", sorted(TEST_CARDS))
@pytest.mark.parametrize("says", ["Our test card is {}", "{} (sandbox only)", "Die Testkarte {} geht", "de prueba: {}"])
def test_every_published_test_card_is_a_card_unless_the_text_says_otherwise(card: str, says: str) -> None:
    assert checksums.card(card) is not False
    assert is_documented_example("CREDIT_CARD", card, says.replace("{}", card))
    assert not is_documented_example("CREDIT_CARD", card, f"charge {card} please, the latest invoice")


def test_the_corpus_of_identifiers_has_published_cards_as_cards() -> None:
    # Where the corpus is, `benchmarks.identifiers` asks it.
    assert set(AS_CARDS.split()) <= TEST_CARDS
    assert not any(is_documented_example("CREDIT_CARD", card, card) for card in AS_CARDS.split())


AS_CARDS = "4111111111111111 4012888888881881 5555555555554444 371449635398431 30569309025904 5019717010103742"
EXAMPLES = {
    "RFC 2606": ("write to {}", "user@example.com"),
    "555-01xx": ("call {}", "+1 415-555-0132"),
    "TEST-NET": ("ping {}", "192.0.2.44"),
    "Stripe": ("stripe.api_key = {}", "sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
    "AWS": ("aws_access_key_id = {}", "AKIAIOSFODNN7EXAMPLE"),
    "AWS, secret": ("aws_secret_access_key = {}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    "Luhn fails": ("card number {}", "4111 1111 1111 1112"),
    "no number": ("SSN: {}", "000-00-0000"),
    "advertised": ("SSN: {}", "078-05-1120"),
    "placeholder": ("password={}", "changeme"),
}
BESIDE = {
    "RFC 2606": "anna@kanzlei-kowalski.pl",
    "555-01xx": "+1 415-867-5309",
    "TEST-NET": "84.17.55.201",
    "Stripe": "sk_live_bQ7rT2xLm9bQ7rT2xLm9bQ7r",
    "AWS": "AKIALE0PVI7JPTP2RA4B",
    "AWS, secret": "aws_secret_access_key = yns7HcgULYtEQOaxDk0NiuMpULFMPR8xV1vGT04j",
    "Luhn fails": "4539 5787 6362 1486",
    "no number": "536-22-8741",
    "advertised": "536-22-8741",
    "placeholder": "password=Tr0ub4dor3x9Q",
}
WAYS = (
    *("full-width", "zero-width spaces", "soft hyphens", "tag characters", "percent", "HTML, decimal", "JSON"),
    *("base64", "base64 twice", "hexadecimal", "gzip in base64", "UTF-16 in base64"),
)


@cache
def recognizers() -> tuple[PresidioRecognizer, SecretRecognizer]:
    packs = load_packs({file.name: file.read_text("utf-8") for file in PACKS.glob("*.yaml")})
    return PresidioRecognizer(packs), SecretRecognizer()


def found(text: str) -> list[str]:
    """Return what counts."""
    segments = [Segment("/x", text)]
    return [text[one.start : one.end] for one in find_all(recognizers(), segments) if one.score >= 0.5]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_found_in_no_form(name: str) -> None:
    frame, example = EXAMPLES[name]
    seen = {way: found(frame.replace("{}", ANY[way](example))) for way in WAYS}
    if name == "placeholder":  # in code a word is as good as any
        seen = {}

    assert found(frame.replace("{}", example)) == []
    assert {way: its for way, its in seen.items() if its} == {}


LABELS = {
    "RFC 2606": "email",
    "555-01xx": "phone_number",
    "TEST-NET": "server_ip",
    "Stripe": "stripe_secret_key",
    "AWS": "aws_access_key_id",
    "AWS, secret": "aws_secret_access_key",
    "Luhn fails": "card_number",
    "no number": "ssn",
    "advertised": "ssn",
    "placeholder": "password",
}
FORMS = (
    "{value}",
    "My {label} is {value}.",
    "{label}: {value}",
    'client = Client({label}="{value}")',
    '{{"id": 7, "{label}": "{value}", "open": true}}',
    "APP_ENV=prod\n{LABEL}={value}\nPORT=8080\nLOG_LEVEL=info",
    'export {LABEL}="{value}"',
    "app:\n  {label}: {value}\n  port: 8080\n",
    "| {label} | {value} |",
    "curl -H '{label}: {value}' https://api.example.com/v1",
)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", LABELS)
def test_an_example_is_one_in_every_phrasing_and_what_is_real_is_found_in_it(name: str, form: str) -> None:
    label, example, real = LABELS[name], EXAMPLES[name][1], BESIDE[name].rpartition("= ")[2].rpartition("=")[2]
    said = form.format(label=label, LABEL=label.upper(), value=example)

    assert found(said) == []
    if form != "{value}":  # some are nothing without a label
        assert any(real in its for its in found(said.replace(example, real)))
        assert any(real in its for its in found(f"{said}\n{form.format(label=label, LABEL=label.upper(), value=real)}"))


@pytest.mark.parametrize("between", [", ", " ", "; ", "\n", " and ", " / "])
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_does_not_hide_what_stands_beside_it(name: str, between: str) -> None:
    frame, example = EXAMPLES[name]
    real = BESIDE[name].rpartition("= ")[2].rpartition("=")[2]
    for text in (f"{example}{between}{BESIDE[name]}", f"{BESIDE[name]}{between}{example}"):
        said = frame.replace("{}", text)

        assert any(real in its for its in found(said)), said


def test_a_sample_that_something_was_added_to_is_no_sample() -> None:
    added = "sk_test_4eC39HqLyjWDarjtT1zdp7dc" + "bQ7rT2xLm9"

    assert found(f"stripe.api_key = {added}")
    assert found(f"stripe.api_key = {ANY['base64'](added)}")
