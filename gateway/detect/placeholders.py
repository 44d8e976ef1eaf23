"""Documented examples and obvious placeholders: they look like private data and belong to nobody.

Ranges that standards set aside for documentation, numbers that were published so that nobody may have them, and words
that people write where a value belongs. A gateway that stops `user@example.com` is switched off. What is listed here
was published for the purpose; a value that merely looks invented stays a finding.

Card numbers that payment providers publish for tests are examples only where the text around says so: "test card",
"sandbox". Alone they stay findings, all alike. They pass every check of a real card, several have ranges that banks
issue cards from, and the corpus that identifiers are judged by (Presidio's tests) has six of them as cards with nothing
around: 4111111111111111, 4012888888881881, 5555555555554444, 371449635398431, 30569309025904, 5019717010103742. Where
two labels are honestly possible, the higher one is right (labelling guide). What is not published stays a card even
where the text says "test", and so does whatever stands beside one that is.

Disguised and formatted forms need nothing here: what is found in a view is judged by how it reads in the view.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Final

from gateway.detect.digits import address_in, decimal_digits, ipv4

__all__ = ["AROUND", "TEST_CARDS", "is_documented_example"]

AROUND: Final = 60
"""Characters on either side of a value that a caller should pass as `around`."""

_TEMPLATE: Final = re.compile(
    r"""\s*(?:
        <[^<>\n]{1,60}> | \{\{[^{}\n]{1,60}\}\} | \$\{[^{}\n]{1,60}\} | \$\([^()\n]{1,60}\) | %\([a-z_]{1,40}\)s |
        \[[A-Z][A-Z0-9 _.-]{0,40}\] | _{3,} | \.{3,} | \u2026 | [x*#?•-]{3,}(?:[\s.@/-][x*#?•-]{1,20}){0,8}
    )\s*""",
    re.VERBOSE | re.IGNORECASE,
)
_TEMPLATE_OPENINGS: Final = "<{$%[_.\u2026xX*#?\u2022-"
_WORDS: Final = re.compile(
    # Nearly every value has other characters than these words, or begins otherwise: that is told in one go.
    r"""(?=[\s"'<\[({]*+[1a-z][a-z0-9\s_"'>\])}/-]*+\Z) [\s"'<\[({]*(?:
        (?:your|my|the|some|insert|enter|put|add|replace|sample|dummy|fake|test|example|placeholder)
            (?:[\s_-][a-z]{1,16}){1,6} |
        your[a-z]{2,24} | my(?:password|secret|api|key|token|name|email|user)[a-z]{0,12} |
        change[\s_-]?(?:me|this|it) | replace[\s_-]?me | redacted | removed | masked | hidden | secret | password |
        passw0rd | none | null | nil | undefined | todo | tbd | n/?a | foo(?:bar)? | bar | baz | qux | placeholder |
        lorem[\s_-]ipsum | test(?:ing)? | example | abc(?:123|def|xyz)? | 1234(?:5(?:6(?:7(?:8(?:90?)?)?)?)?)?
    )[\s"'>\])}]*""",
    re.VERBOSE | re.IGNORECASE,
)
_NAMES: Final = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "STREET_ADDRESS", "NRP", "TITLE"})
"""Types whose values are words: `My Nguyen` is a name."""
_JUDGED_ALREADY: Final = frozenset({"CREDENTIAL"})
"""Types whose recognisers tell stand-ins from bad values themselves: `secret` is a password, if a bad one."""
_RESERVED_DOMAIN: Final = re.compile(
    r"[@.](?:example(?:\.(?:com|net|org|edu|co\.uk|de))?|test|invalid|localhost|localdomain|"
    r"(?:your|my)?-?(?:domain|company|email|site|provider)\.(?:com|org|net|tld)|email\.com|foo\.(?:com|bar)|bar\.com)\Z",
    re.IGNORECASE,
)
"""RFC 2606 and RFC 6761, and domains that are words for "put yours here"."""
_NETWORKS: Final = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "127.0.0.0/8",
        "192.0.2.0/24",  # RFC 5737
        "198.51.100.0/24",
        "203.0.113.0/24",
        "255.0.0.0/8",  # netmasks and broadcast
        "224.0.0.0/4",
        "::/127",
        "2001:db8::/32",  # RFC 3849
        "3fff::/20",  # RFC 9637
        "ff00::/8",
    )
)
_RESOLVERS: Final = frozenset(
    ipaddress.ip_address(address)
    for address in (
        "8.8.8.8",
        "8.8.4.4",
        "1.1.1.1",
        "1.0.0.1",
        "9.9.9.9",
        "208.67.222.222",
        "208.67.220.220",
        "4.4.4.4",
    )
)
"""Public name servers: as public as an address can be."""
_IPV4_NETWORKS, _IPV6_NETWORKS = (
    tuple((int(network.network_address), int(network.netmask)) for network in _NETWORKS if network.version == version)
    for version in (4, 6)
)
_IPV4_RESOLVERS: Final = frozenset(map(int, _RESOLVERS))
_SSN: Final = frozenset({"123456789", "078051120", "219099999", "457555462", "111223333", "123121234"})
_SSN_WRITTEN: Final = re.compile(r"\d{3}[-. ]?\d{2}[-. ]?\d{4}")
TEST_CARDS: Final = frozenset(
    """
    4242424242424242 4000056655665556 5555555555554444 2223003122003222 5200828282828210 5105105105105100
    378282246310005 371449635398431 6011111111111117 6011000990139424 6011981111111113 3056930009020004
    36227206271667 6555900000604105 3566002020360505 3530111333300000 6200000000000005 6200000000000047
    6205500000000000004 4111111111111111 4012888888881881 4222222222222 30569309025904 38520000023237
    5019717010103742 6331101999990016 4000000000000002 4000000000009995 4000002500003155 4000000000000077
    4917610000000000 5424000000000015 2222420000001113 4007000000027 4012000033330026 370000000000002
    4000000000003220 4000000000000341 4000000000000069 4000000000000127 4000000000000101 4000002760003184
    4000003800000446 4000000000000119 4000000000000259 4000000000003063 4000000000003055 4000000000009987
    4000000000009979 4000008400001629 4166676667666746 4646464646464644 5136333333333335 5585558555855583
    2222400010000008 2223000048410010 374251018720018 4988438843884305 4977949494949497 5577000055770004
    6011601160116611 36006666333344 3569990010095841 6771798021000008 6703444444444449 4009348888881881
    4500600000000061 2223000048400011 5500000000000004 340000000000009 30000000000004 6011000000000004
    4217651111111119 4444333322221111 5454545454545454 4462030000000000 4484070000000000 6304000000000000
    """.split()  # noqa: SIM905 - a table
)
"""Published by Stripe, PayPal, Adyen, Braintree, Authorize.Net, Worldpay for their sandboxes."""
_AWS_ACCOUNTS: Final = frozenset({"123456789012", "111122223333", "444455556666", "777788889999"})
"""Of the account numbers in Amazon's user guides; what is called an account is looked upon as a bank's."""
_SAYS_TEST: Final = re.compile(
    r"(?<![a-z])(?:test|tests|testing|sandbox|sample|example|dummy|fake|stripe|demo|placeholder|mock|"
    r"test-?(?:card|number|kredit)?(?:karten?|kaart|nummer|kort)|prueba|prova|prove|essai|teste|testowa|testowy|proef)(?![a-z])",
    re.IGNORECASE,
)
_PHONE: Final = re.compile(
    r"""(?:1?\d{3})?55501\d\d\Z |                                   # North America: 555-0100 to 555-0199
        0*12345678?9?0?\Z | 1?(?:1234567890|9876543210|1231231234|1234561234)\Z |
        1?5551234567\Z | 1?555555\d{4}\Z | 5551234\Z
    """,
    re.VERBOSE,
)
_MAC: Final = re.compile(
    r"(?:00005e0053..|001122334455|aabbccddeeff|0123456789ab|deadbeef....|123456789abc|(.)\1{11})\Z"
)


def is_documented_example(entity_type: str, text: str, around: str = "") -> bool:
    """Tell whether a found value is a documented example or a placeholder.

    Args:
        entity_type: what it was found as.
        text: the value.
        around: the text near it (up to `AROUND` characters on both sides).
    """
    # Neither of them begins with a digit, but for the 1 of `1234`.
    figure = text[:1].isdecimal()
    if not figure and text.lstrip()[:1] in _TEMPLATE_OPENINGS and _TEMPLATE.fullmatch(text):
        return True
    worded = not figure or text[0] == "1"
    if worded and entity_type not in _NAMES and entity_type not in _JUDGED_ALREADY and _WORDS.fullmatch(text):
        return True
    judge = _JUDGES.get(entity_type)
    return judge is not None and judge(text, around)


def _domain(text: str, _: str) -> bool:
    host = text.strip().rstrip(".")
    return "\n" not in host and _RESERVED_DOMAIN.search(f".{host}") is not None


def _address(text: str, _: str) -> bool:
    number = ipv4(text)
    if number is None:
        try:
            address = address_in(text)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address):
            if address.ipv4_mapped is None:
                number = int(address)
                return any(number & mask == network for network, mask in _IPV6_NETWORKS)
            address = address.ipv4_mapped
        number = int(address)
    return number in _IPV4_RESOLVERS or any(number & mask == network for network, mask in _IPV4_NETWORKS)


def _ssn(text: str, _: str) -> bool:
    digits = decimal_digits(text)
    # 987-65-4320 to 4329 are set aside for advertisements (SSA).
    return digits in _SSN or digits.startswith("98765432") or len(set(digits)) == 1


def _labelled(text: str, around: str) -> bool:
    """Tell whether what a label calls an identifier is an example of an SSN, or one digit over and over."""
    digits = decimal_digits(text)
    return len(set(digits)) == 1 or (_SSN_WRITTEN.fullmatch(text) is not None and _ssn(text, around))


def _phone(text: str, _: str) -> bool:
    digits = decimal_digits(text)
    if _SSN_WRITTEN.fullmatch(text) is not None and digits in _SSN:
        return True
    return len(set(digits)) == 1 or _PHONE.match(digits) is not None


def _account(text: str, _: str) -> bool:
    digits = decimal_digits(text)
    return digits in _AWS_ACCOUNTS or len(set(digits)) == 1


def _card(text: str, around: str) -> bool:
    return decimal_digits(text) in TEST_CARDS and _SAYS_TEST.search(around) is not None


def _mac(text: str, _: str) -> bool:
    return _MAC.match("".join(filter(str.isalnum, text)).lower()) is not None


_JUDGES: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "BANK_ACCOUNT": _account,
    "CREDIT_CARD": _card,
    "EMAIL_ADDRESS": _domain,
    "INTERNAL_HOST": _domain,
    "IP_ADDRESS": _address,
    "MAC_ADDRESS": _mac,
    "NATIONAL_ID": _labelled,
    "PHONE_NUMBER": _phone,
    "URL": _domain,
    "US_ITIN": _ssn,
    "US_SSN": _ssn,
}
