import pytest

from gateway.detect.placeholders import is_documented_example


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
    ],
)
def test_what_only_looks_invented_is_no_example(kind: str, text: str) -> None:
    assert not is_documented_example(kind, text)


def test_a_published_test_card_is_an_example_where_the_text_says_so() -> None:
    card = "4242 4242 4242 4242"

    assert is_documented_example("CREDIT_CARD", card, f"Stripe's test card {card}")
    assert not is_documented_example("CREDIT_CARD", card, f"charge my card {card}")
    assert not is_documented_example("CREDIT_CARD", "4539 5787 6362 1486", "my test card 4539 5787 6362 1486")
