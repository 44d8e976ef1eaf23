"""Surrogates: stateless, bound to their conversation, harmless to look at, never one that came in."""

import re
from typing import Any

import pytest
from presidio_analyzer import RecognizerRegistry

from gateway.core.errors import TransformError
from gateway.core.protocols import SurrogateMint
from gateway.transforms.surrogates import ID, ID_LENGTH, Surrogates, label_of

KEY = b"a key for tests, 32 bytes long.."


def mint(*incoming: str, key: bytes = KEY, tenant: str = "acme", conversation: str = "hello") -> Surrogates:
    return Surrogates(key, tenant, conversation, incoming)


def identifier(surrogate: str) -> str:
    return surrogate[-1 - ID_LENGTH : -1]


def test_the_form_is_type_and_a_short_id() -> None:
    assert re.fullmatch(r"<EMAIL_ADDRESS_([a-z]{2}[2-9]){3}[a-z]{2}>", mint().surrogate("EMAIL_ADDRESS", "j@x.example"))


def test_the_same_value_has_the_same_surrogate_in_every_turn() -> None:
    first, later = mint("Jane"), mint("Jane", "Hello", "Jane again")
    later.surrogate("PERSON", "Somebody else")
    assert first.surrogate("PERSON", "Jane") == later.surrogate("PERSON", "Jane") == later.surrogate("PERSON", "Jane")


def test_person_1_restarts_with_every_message_and_names_somebody_else() -> None:
    turn_1, turn_2 = mint(), mint()
    assert turn_1.surrogate("PERSON", "Jane Doe") != turn_2.surrogate("PERSON", "John Roe")


def test_another_conversation_tenant_key_type_or_spelling_has_another_surrogate() -> None:
    seen = [
        mint().surrogate("PERSON", "Jane"),
        mint(conversation="other").surrogate("PERSON", "Jane"),
        mint(tenant="other").surrogate("PERSON", "Jane"),
        mint(key=KEY[::-1]).surrogate("PERSON", "Jane"),
        mint().surrogate("LOCATION", "Jane"),
        mint().surrogate("PERSON", "JANE"),
    ]
    assert len({identifier(surrogate) for surrogate in seen}) == len(seen)


def test_where_one_part_ends_and_the_next_begins_matters() -> None:
    assert identifier(mint().surrogate("A", "Bc")) != identifier(mint().surrogate("AB", "c"))
    assert identifier(mint(tenant="a", conversation="bc").surrogate("X", "v")) != identifier(
        mint(tenant="ab", conversation="c").surrogate("X", "v")
    )


def test_ids_spell_no_word_and_no_number() -> None:
    made = mint()
    for number in range(5000):
        surrogate = made.surrogate("PERSON", str(number))
        assert not re.search(r"[0-9]{2}|[aeiouyls01]", identifier(surrogate))
        assert not re.search(r"[a-z]{3}", identifier(surrogate))
        assert not re.search(r"[0-9]{5}", surrogate)
    assert len(made.pairs) == 5000


def test_no_stock_recognizer_takes_a_surrogate_for_private_data() -> None:
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    recognizers = [each for each in registry.recognizers if type(each).__name__ != "SpacyRecognizer"]
    assert len(recognizers) > 10
    no_artifacts: Any = None  # patterns need none
    made = mint()
    types = ["PERSON", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD", "IBAN_CODE", "US_PASSPORT", "CREDENTIAL", "URL", "IPV4"]
    for number in range(30):
        for entity_type in types:
            text = (
                f"see {made.surrogate(entity_type, str(number))} [HASHED_{made.keyed_hash(entity_type, str(number))}]"
            )
            for each in recognizers:
                assert not each.analyze(text, each.supported_entities, no_artifacts), (type(each), text)


@pytest.mark.parametrize(
    ("entity_type", "label"),
    [
        ("PERSON", "PERSON"),
        ("person name", "PERSON_NAME"),
        ("a--b__c", "A_B_C"),
        ("Prénom", "PR_NOM"),
        ("", "VALUE"),
        ("患者", "VALUE"),
        ("X" * 40, "X" * 32),
        ("X" * 31 + "_Y", "X" * 31),
    ],
)
def test_a_label_is_plain(entity_type: str, label: str) -> None:
    assert label_of(entity_type) == label


@pytest.mark.parametrize(
    "planted",
    [
        "{0}",
        "say <PERSON_{0}> twice",
        "{1}",
        "kk2{0}",
        "{0}9",
        "PERSON-{2}",
        "{3}",
        "{4}",
        "https://x.example/?to=%3CPERSON_{0}%3E",
    ],
)
def test_a_planted_surrogate_is_not_minted(planted: str) -> None:
    usual = mint().surrogate("PERSON", "Jane")
    name = identifier(usual)
    looks = [
        name,
        name.upper(),
        "-".join(name),
        " ".join((name[:3], name[3:7], name[7:])),
        "**".join((name[:5], name[5:])),
    ]
    careful = mint("nothing here", planted.format(*looks))
    assert careful.surrogate("PERSON", "Jane") != usual
    assert name not in careful.pairs
    assert careful.surrogate("PERSON", "John") == mint().surrogate("PERSON", "John")


@pytest.mark.parametrize(
    "between", [*"_-*`~.,:/\\ \t\n\u00a0\u2003", *"\u2010\u2011\u2012\u2013\u2014\u2015\u200b\u00ad"]
)
def test_a_planted_surrogate_is_not_minted_whatever_stands_between_its_characters(between: str) -> None:
    usual = mint().surrogate("PERSON", "Jane")
    for often in (1, 3):
        apart = (between * often).join(identifier(usual))
        assert mint("no digit", f"é {apart}", "\ud83d").surrogate("PERSON", "Jane") != usual


def test_two_texts_are_no_planted_surrogate_together() -> None:
    usual = mint().surrogate("PERSON", "Jane")
    name = identifier(usual)
    assert mint(name[:6], name[6:]).surrogate("PERSON", "Jane") == usual


def test_what_is_taken_instead_of_a_planted_one_is_stable_too() -> None:
    planted = mint().surrogate("PERSON", "Jane")
    assert mint(planted).surrogate("PERSON", "Jane") == mint("more", planted).surrogate("PERSON", "Jane")


def test_a_planted_one_that_overlaps_another_id_is_seen() -> None:
    name = identifier(mint().surrogate("PERSON", "Jane"))
    for lead in ("5kt4qz7", "kt4qz7mw3", "7mw3"):
        assert mint(f"{lead}{name}").surrogate("PERSON", "Jane") != mint().surrogate("PERSON", "Jane")


class Narrow(Surrogates):
    """Has one id for each salt, so that all values collide."""

    def _identify(self, entity_type: str, value: str, salt: int) -> str:
        return f"bb{2 + salt % 8}bb{2 + salt // 8}bb2bb"


def test_two_values_with_one_id_are_kept_apart() -> None:
    made = Narrow(KEY, "acme", "hello")
    assert made.surrogate("PERSON", "Jane") == "<PERSON_bb2bb2bb2bb>"
    assert made.surrogate("PERSON", "John") == "<PERSON_bb3bb2bb2bb>"
    assert made.surrogate("LOCATION", "Jane") == "<LOCATION_bb4bb2bb2bb>"
    assert made.surrogate("PERSON", "Jane") == "<PERSON_bb2bb2bb2bb>"
    assert [pair.value for pair in made.pairs.values()] == ["Jane", "John", "Jane"]


def test_no_free_id_is_an_error_and_not_a_shared_one() -> None:
    made = Narrow(KEY, "acme", "hello")
    for number in range(64):
        made.surrogate("PERSON", str(number))
    with pytest.raises(TransformError):
        made.surrogate("PERSON", "Jane")


def test_what_is_minted_irreversibly_is_not_in_the_restore_map() -> None:
    made = mint()
    surrogate = made.irreversible.surrogate("PERSON", "Jane")
    assert surrogate == mint().surrogate("PERSON", "Jane")
    assert not made.pairs
    assert made.irreversible.keyed_hash("PERSON", "Jane") == made.keyed_hash("PERSON", "Jane")
    assert made.spans(f"a {surrogate}") == [(2, 2 + len(surrogate))]


def test_a_hash_is_keyed_and_the_same_in_all_conversations_of_a_tenant() -> None:
    digest = mint().keyed_hash("PERSON", "Jane")
    assert digest == mint(conversation="other").keyed_hash("PERSON", "Jane")
    others = [
        mint(tenant="other").keyed_hash("PERSON", "Jane"),
        mint(key=KEY[::-1]).keyed_hash("PERSON", "Jane"),
        mint().keyed_hash("LOCATION", "Jane"),
        mint().keyed_hash("PERSON", "jane"),
    ]
    assert len({digest, *others}) == 5
    assert re.fullmatch(r"([a-z]{2}[2-9]){5}[a-z]{2}", digest)


def test_spans_are_of_its_own_surrogates_as_minted() -> None:
    made = mint()
    jane, john = made.surrogate("PERSON", "Jane"), made.surrogate("EMAIL_ADDRESS", "j@x.example")
    text = f"{jane}, {john}{jane}; {jane.lower()} {identifier(jane)} <PERSON_kt4qz7mw3bd>"
    assert [text[start:end] for start, end in made.spans(text)] == [jane, john, jane]
    assert made.spans(identifier(jane)) == []
    assert mint().spans(text) == []


def test_an_id_stands_on_its_own() -> None:
    assert ID.search("kt4qz7mw3bd")
    assert ID.search("_kt4qz7mw3bds")
    for text in ("akt4qz7mw3bd", "9kt4qz7mw3bd", "kt4qz7mw3bd2", "kt4qz7mw3b", "kt4-qz7mw3bd", "at4qz7mw3bd"):
        assert not ID.search(text), text


def test_odd_text_can_be_minted() -> None:
    made = mint()
    for value in ("\ud800", "\U0001f469\u200d\U0001f52c", "\x00", " ", "<PERSON_kt4qz7mw3bd>"):
        assert made.surrogate("PERSON", value) == mint(conversation="hello").surrogate("PERSON", value)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Surrogates(b"short", "acme", "hello")


def test_nothing_shows_in_repr() -> None:
    made = mint("incoming-secret", conversation="conversation-secret")
    made.surrogate("PERSON", "value-secret")
    pair = next(iter(made.pairs.values()))
    assert "secret" not in repr(made) + repr(pair) + repr(made.irreversible)
    assert KEY.decode() not in repr(made)


def test_it_is_a_mint() -> None:
    def takes(made: SurrogateMint) -> str:
        return made.surrogate("PERSON", "Jane")

    assert takes(mint())
