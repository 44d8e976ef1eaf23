import re
from pathlib import Path

import pytest

from gateway.core.model import Segment, SegmentKind
from gateway.detect.beginnings import End, Sign, ends
from gateway.detect.packs import RecognizerSpec, flags, load_packs

FOLDER = Path(__file__).parents[2] / "classifiers" / "packs"
PACKS = load_packs({path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("credentials-*.yaml")})
WITHOUT_PREFIX = """
azure_client_secret azure_signed_key azure_devops_token azure_devops_token_old cloudflare_global_key
hashicorp_vault_token_old terraform_cloud_token kubernetes_bootstrap_token ngrok_token password_hash
wallet_import_key ethereum_private_key solana_keypair bitlocker_recovery_key product_key discord_bot_token
telegram_bot_token mailgun_key mailchimp_key new_relic_license_key datadog_key asana_token truenas_key
jenkins_token kagi_key weights_and_biases_key
""".split()  # noqa: SIM905 - a table
"""Kinds told by length and alphabet, or by what stands in the middle."""


def keys() -> list[tuple[str, str]]:
    """Return the keys that packs give as examples, with the names of their kinds; no named values."""
    found = []
    for pack in PACKS:
        for spec in pack.recognizers:  # type: ignore[union-attr]  # these packs have recognisers
            if isinstance(spec, RecognizerSpec) and spec.supported_entity == "CREDENTIAL":
                for pattern in spec.patterns:
                    expression = re.compile(pattern.regex, flags(case=spec.case))
                    if "value" not in expression.groupindex:
                        matches = map(expression.search, spec.examples)
                        found += [(spec.name, match.group()) for match in matches if match]
    return found


KEYS = [key for name, key in keys() if name not in WITHOUT_PREFIX]


def shown(*texts: str, context: tuple[str, ...] = ()) -> list[int]:
    leaves = [Segment(f"/parts/{place}", text, context=context) for place, text in enumerate(texts)]
    return [end.sign for end in ends(leaves)[1]]


def test_keys_of_every_kind_with_a_prefix_show_that_they_go_on() -> None:
    assert len(KEYS) > 130
    silent = [key for key in KEYS if not shown(f"the key is {key[: len(key) // 2]}")]

    assert silent == []


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Write to jane.doe@", Sign.ADDRESS),
        ("Write to jane.doe@nordhavn-clinic", Sign.ADDRESS),
        ("Write to jane.doe@nordhavn-clinic.", Sign.ADDRESS),
        ("Call +49 30", Sign.NUMBER),
        ("Call +", Sign.NUMBER),
        ("Send it to DE89 3704 ", Sign.BANK),
        ("It is 536-22-", Sign.NUMBER),
        ("It is 536-", Sign.NUMBER),
        ("it is 390.533.4", Sign.NUMBER),
        ("use sk-ant-", Sign.GOES_ON),
        ("use SK31 1200", Sign.BANK),
        ("use SK31", Sign.GOES_ON),
        ("use gh", Sign.GOES_ON),
        ('KEY="AKIAQ7R2', Sign.GOES_ON),
    ],
)
def test_what_goes_on_by_its_shape_shows_it(text: str, sign: int) -> None:
    assert [shown_ & ~Sign.ASSIGNED for shown_ in shown(text)] == [sign]


@pytest.mark.parametrize(
    "text",
    [
        "Write to jane.doe@nordhavn-clinic.com",
        "Call +49 30 90182045",
        "Is this a",
        "What is 2 + 2",
        "It took 12.5",
        "the year 2024",
        "Dear patient",
        "@",
        "",
        " ",
        "The end.",
        "user_id",
    ],
)
def test_what_is_whole_shows_nothing(text: str) -> None:
    assert not any(sign & (Sign.GOES_ON | Sign.ADDRESS | Sign.NUMBER | Sign.BANK) for sign in shown(text))


def test_digits_count_where_something_names_them() -> None:
    assert shown("My SSN is 53622", "8741") == [Sign.LABELLED, Sign.LABELLED]
    assert shown("My SSN in parts", "53622", "8741") == [Sign.LABELLED]
    assert shown("53622", "8741", context=("employee", "ssn")) == [Sign.KEYED, Sign.KEYED]
    assert shown("53622", "8741", context=("employee", "room")) == []


def test_the_rest_of_an_address_shows_that_it_comes_on() -> None:
    assert shown("jane.doe", "@nordhavn-clinic.com") == [Sign.COMES_ON]


def test_a_row_of_short_leaves_is_shown_once() -> None:
    signs = [sign for sign in shown(*"jane at home again") if sign & Sign.SPELLS]

    assert signs == [Sign.SPELLS]


def test_places_count_values_alone() -> None:
    leaves = [
        Segment("/a#", "sk-ant-", SegmentKind.KEY),
        Segment("/a", "x1"),
        Segment("/model", "sk-ant-", SegmentKind.NAME),
        Segment("/b", ""),
        Segment("/c", "+49"),
    ]

    assert ends(leaves) == (2, (End(0, 0, Sign.GOES_ON), End(4, 1, Sign.NUMBER)))
