"""With the recognizers that ship: what is taken out of a whole answer is taken out of a streamed one."""

from __future__ import annotations

import ast
import base64
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.core.answers import Action, AnswerPolicy
from gateway.core.model import Finding, Segment, Sensitivity
from gateway.core.steps import Steps, done
from gateway.detect.hidden import finding_all
from gateway.detect.overlaps import resolve
from gateway.detect.packs import RecognizerPack, RecognizerSpec
from gateway.detect.secrets import CREDENTIAL
from gateway.detect.sieves import Sieves
from gateway.transforms.guard import Guard
from gateway.transforms.looking import Changes, Looking
from gateway.transforms.requested import Requested
from gateway.transforms.restore import Restorers
from tests.detect.test_borders import SCRIPTS, VALUES
from tests.detect.test_sieves import PACKS, RECOGNIZERS, SEEDS, SIEVES
from tests.fakes.recognizers import FakeRecognizer

POLICY: Final = AnswerPolicy(types={CREDENTIAL: Action.REDACT, "EXFILTRATION_LINK": Action.REDACT})
LETTERS: Final = 14
"""So many letters of what looks like a word may have been shown."""
LATE: Final = (
    *("net use z:", "| sudo -S", "net user etl", "name: LEDGER_PASSWORD", '"name": "LEDGER_TOKEN"'),
    *("<password>\n", "| sudo chpasswd", "| smbpasswd", "| passwd --stdin", "as the password", "como contraseña"),
    *("is your verification", "is your Google", "is your login", "ist Ihr Best", "ist mein Passwort", "es tu código"),
    "884213 #",
)
"""What tells of the secret stands behind it: in a stream it has been shown by then."""


def guard(sieves: Sieves = SIEVES, policy: AnswerPolicy = POLICY) -> Guard:
    def find(text: str) -> Steps[Sequence[Finding]]:
        segments = (Segment("", text),)
        found = yield from finding_all(sieves.recognizers, segments)
        return resolve(found, segments, {})

    def find_changing(text: str, signs: int) -> Sequence[Finding]:
        return done(find(text)) if sieves.finds(text, signs) else ()

    changes = Changes(find_changing, sieves.signs, sieves.may_find, sieves.lookout, sieves.marked)
    looking = Looking(find, lambda _text: (), lambda _kind: Sensitivity.HIGH, Requested(()), changes)
    return Guard(Restorers({}), policy, looking)


def streamed(text: str, size: int) -> str:
    channel = guard().channel()
    return "".join(channel.feed(text[at : at + size]) for at in range(0, len(text), size)) + channel.flush()


def samples() -> Iterator[str]:
    for pack in PACKS:
        for spec in pack.recognizers if isinstance(pack, RecognizerPack) else ():
            if spec.supported_entity == CREDENTIAL and isinstance(spec, RecognizerSpec):
                yield from spec.examples
    for name in ("statements", "assignments", "pins"):
        source = (Path(__file__).parents[1] / "detect" / f"test_{name}.py").read_text("utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


@pytest.mark.parametrize("size", [1, 5, 20])
def test_what_is_taken_out_of_a_whole_answer_is_taken_out_of_a_stream(size: int) -> None:
    checked = 0
    for sample in samples():
        text = f"Dear all, {sample} is what it was."
        spans = guard().spans(text)
        if not spans or any(late in sample for late in LATE):
            continue
        checked += 1
        out = streamed(text, size)
        for start, end, _ in spans:
            value = text[start:end]
            assert value not in out or (value.isalpha() and len(value) <= LETTERS), (text, out)
            assert value[LETTERS:] not in out or len(value) <= LETTERS + 8, (text, out)
    assert checked > 250


@pytest.mark.parametrize("size", [1, 3, 8, 30])
@pytest.mark.parametrize(
    ("before", "value"),
    [
        ("a senha é ", "Cachorro1"),
        ("hasło to ", "Kotek77"),
        ("пароль: ", "Kot12345"),
        ("パスワードは", "neko2024"),
        ("The combination to the safe is ", "12-39-56"),
        ("The password is ", "trombone"),
        ("Das Passwort lautet ", "posaune"),
        ("user: bob\npassword: ", "trombone"),
        ("pw: ", "trombone7"),
        ("인증번호 ", "482913"),
        ("보안 코드 ", "482913"),
        ("認証コード ", "482913"),
        ("验证码 ", "482913"),
        ("Код подтверждения: ", "482913"),
    ],
)
def test_a_secret_told_in_any_language_waits_for_its_end(before: str, value: str, size: int) -> None:
    text = f"Well: {before}{value}\nGood luck!"
    whole = guard().text(text)
    assert value not in whole
    assert streamed(text, size) == whole


@pytest.mark.parametrize("size", [1, 3, 20, 70, 400])
@pytest.mark.parametrize("between", ["\n", "\r\n", "\n    "])
def test_the_later_lines_of_a_private_key_without_armour_were_shown(between: str, size: int) -> None:
    for key in (rsa.generate_private_key(65537, 1024), ec.generate_private_key(ec.SECP521R1())):
        der = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        lines = textwrap.wrap(base64.b64encode(der).decode(), 64)
        out = streamed(f"Dear all, the key is\n{between.join(lines)}\n\nas it was told.", size)
        assert not any(line in out for line in lines if len(line) > 4)
        assert out.endswith("[REDACTED_CREDENTIAL]\n\nas it was told.")


def test_long_words_that_begin_as_a_key_does_wait_no_longer_than_its_lines() -> None:
    channel = guard().channel()
    out = channel.feed("See MANUALLYCONFIGUREDENDPOINTS\nof_the_first_chapter_and\nthe other.")
    assert out == "See MANUALLYCONFIGUREDENDPOINTS\nof_the_first_chapter_and\nthe other."


def test_a_seed_phrase_shows_no_more_than_its_first_words() -> None:
    phrase = "legal winner thank year wave sausage worth useful legal winner thank yellow"
    for text in (phrase, f"Note it down: {phrase}\nand keep it."):
        for size in (1, 4, 20, 70):
            assert "sausage" not in streamed(text, size)


def test_listed_words_that_are_no_phrase_are_shown_when_the_row_ends() -> None:
    text = " ".join(SEEDS[:5]) + " of the same kind are in the book."
    channel = guard().channel()
    assert channel.feed(text) == text
    assert channel.flush() == ""


def test_a_word_that_was_shown_in_part_is_one_word() -> None:
    channel = guard().channel()
    out = (
        "".join(map(channel.feed, ("Use ghp_", "Ab", "cdefghijklmnop", "qrstuvwxyz01", "23456789 now")))
        + channel.flush()
    )
    assert out == "Use [REDACTED_CREDENTIAL] now"


def test_ordinary_words_are_taken_out_of_a_stream_where_the_policy_takes_out_ordinary_words() -> None:
    fake = FakeRecognizer({"PERSON": "Ann Lee", "CODE_NAME": "bluebird"})
    policy = AnswerPolicy(types={"PERSON": Action.REDACT, "CODE_NAME": Action.REDACT})
    sieves = Sieves((fake, *RECOGNIZERS), frozenset(policy.types))
    text = "Dear all, bluebird is late, says Ann Lee from the office."
    for size in (1, 3, 7, 60):
        channel = guard(sieves, policy).channel()
        out = "".join(channel.feed(text[at : at + size]) for at in range(0, len(text), size)) + channel.flush()
        assert out.replace("Ann [", "[") == (
            "Dear all, [REDACTED_CODE_NAME] is late, says [REDACTED_PERSON] from the office."
        ), size


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
@pytest.mark.parametrize(
    "hint", ["The p\u0430ssw\u043erd is", "The pass\u00adword is", "The \uff50assword is", "The pa\u200bssword is"]
)
def test_an_ordinary_word_behind_a_disguised_hint_was_shown_in_a_stream(hint: str, size: int) -> None:
    assert "trombone" not in streamed(f"As you asked. {hint} trombone. And so on, as it was said.", size)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 40])
def test_digits_behind_a_disguised_hint_were_shown_in_a_stream(size: int) -> None:
    assert "8369" not in streamed("As you asked, the P\u00adIN is 8369 and nobody knows it, as it was said.", size)


@pytest.mark.parametrize("zero", ["0", "\u0660", "\u06f0", "\uff10"])
def test_groups_of_digits_other_than_asciis_were_shown_one_by_one(zero: str) -> None:
    policy = AnswerPolicy(types={"CREDIT_CARD": Action.REDACT})
    sieves = Sieves(RECOGNIZERS, frozenset(policy.types))
    number = "".join(chr(ord(zero) + int(one)) if one.isdigit() else one for one in "4111 1111 1111 1111")
    text = f"Card number {number} is it."
    for size in (1, 4, 5, 11):
        channel = guard(sieves, policy).channel()
        out = "".join(channel.feed(text[at : at + size]) for at in range(0, len(text), size)) + channel.flush()
        assert out == "Card number [REDACTED_CREDIT_CARD] is it.", size


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_a_hint_whose_first_letter_was_disguised_at_a_pieces_end_was_none(size: int) -> None:
    for lead in range(size):
        text = "-" * lead + " my \u0440assword is trombone\nGood luck!"
        whole = guard().text(text)
        assert "trombone" not in whole
        assert streamed(text, size) == whole


WIDE: Final = AnswerPolicy(
    types=dict.fromkeys(
        ("CREDENTIAL", "CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "IP_ADDRESS", "PHONE_NUMBER"), Action.REDACT
    )
)


@pytest.mark.parametrize("size", [1, 3, 8, 30])
@pytest.mark.parametrize("script", ["Chinese", "Korean", "Russian", "Hebrew with a hyphen"])
@pytest.mark.parametrize("kind", ["card in groups", "IBAN", "phone", "IP address", "e-mail address", "key of AWS"])
def test_a_value_that_letters_of_another_script_touch_is_taken_out_of_a_stream(
    kind: str, script: str, size: int
) -> None:
    """Groups of a number that touches such letters were shown before its last one had come."""
    before, behind = SCRIPTS[script]
    value = VALUES[kind][1]
    text = f"Well: {before}{value}{behind} is the one.\nGood luck!"
    sieves = Sieves(RECOGNIZERS, frozenset(WIDE.types))
    whole = guard(sieves, WIDE).text(text)
    assert value not in whole
    assert before in whole
    assert behind in whole

    channel = guard(sieves, WIDE).channel()
    out = "".join(channel.feed(text[at : at + size]) for at in range(0, len(text), size)) + channel.flush()

    word = value[: LETTERS if value[0].isalpha() else 0]
    assert out.replace(word, "", 1) == whole or out == whole or out.startswith(f"Well: {before}{word[:1]}")
    assert value[len(word) :] not in out
