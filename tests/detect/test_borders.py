"""Values that letters of another script touch were missed: to an expression these were letters of the same word."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import VALUE, Finding, Segment
from gateway.detect import oddities as signs
from gateway.detect.borders import border_edits, has_borders, is_own_address
from gateway.detect.hidden import Hidden, find_all
from gateway.detect.lookout import Lookout
from gateway.detect.normalize import unfolded
from gateway.detect.overlaps import resolve
from gateway.detect.views import Edit, plain, rewritten
from tests.detect.test_sieves import RECOGNIZERS, SIEVES

SCRIPTS: Final = {
    "Chinese": ("服务器", "坏了"),
    "Japanese": ("サーバー", "です"),
    "Korean": ("번호는", "입니다"),
    "Russian": ("ключ", "и"),
    "Greek": ("δείξε", "δεν"),
    "Arabic": ("بـ", "و"),
    "Hebrew": ("ב", "של"),
    "Hebrew with a hyphen": ("וב-", "של"),
    "Thai": ("คือ", "ครับ"),
    "Hindi": ("पर", "है"),
    "Bengali": ("ক", "ক"),
    "Tamil": ("எண", "ஆக"),
    "Georgian": ("არის", "და"),
    "Amharic": ("ቁጥር", "ነው"),
    "Khmer": ("ក", "ក"),
    "Lao": ("ກ", "ກ"),
    "Burmese": ("က", "က"),
}
VALUES: Final = {
    "IP address": ("", "84.17.55.201", "IP_ADDRESS"),
    "IPv6 address": ("", "fe80::1ff:fe23:4567:890a", "IP_ADDRESS"),
    "MAC address": ("", "3c:22:fb:4a:91:0e", "MAC_ADDRESS"),
    "e-mail address": ("", "anna.weber@kanzlei-weber.de", "EMAIL_ADDRESS"),
    "card": ("", "4539578763621486", "CREDIT_CARD"),
    "card in groups": ("", "4539 5787 6362 1486", "CREDIT_CARD"),
    "IBAN": ("", "DE89370400440532013000", "IBAN_CODE"),
    "phone": ("", "+49 30 901820", "PHONE_NUMBER"),
    "SSN": ("SSN ", "536-22-1234", "US_SSN"),
    "CPF": ("CPF ", "529.982.247-25", "BR_CPF"),
    "resident id": ("身份证 ", "11010519491231002X", "CN_RESIDENT_ID"),
    "key of AWS": ("", "AKIAIOSFODNN7EXAMPLQ", "CREDENTIAL"),
    "token of GitHub": ("", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "CREDENTIAL"),
    "JSON web token": (
        "",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI5OTg4NzciLCJyb2xlIjoiYWRtaW4ifQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJVabcdefghi",
        "CREDENTIAL",
    ),
    "hash of a password": ("", "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW", "CREDENTIAL"),
    "address of Ethereum": ("", "0x52908400098527886E0F7030069857D2E4169EE7", "CRYPTO"),
}


def found(text: str, *keys: str) -> list[Finding]:
    segments = (Segment("/x", text, VALUE, keys),)
    return resolve(find_all(RECOGNIZERS, segments), segments)


def told(text: str, *keys: str) -> list[tuple[str, str]]:
    """Return what is found in a text: types, and the values as they stand there."""
    return [(one.entity_type, text[one.start : one.end]) for one in found(text, *keys)]


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("kind", VALUES)
def test_a_value_that_letters_of_another_script_touch_is_found_and_nothing_around_it(kind: str, script: str) -> None:
    label, value, its_type = VALUES[kind]
    before, behind = SCRIPTS[script]
    assert (its_type, value) in told(f"{label}{value} ."), "found by itself"

    for text in (
        f"{label}{before}{value}{behind}",
        f"{label}{before}{value} .",
        f"{label}{value}{behind} .",
    ):
        assert (its_type, value) in told(text), text


@pytest.mark.parametrize(
    ("text", "its_type", "value"),
    [
        ("SSN是536-22-1234谢谢", "US_SSN", "536-22-1234"),
        ("我的SSN号是536221234", "US_SSN", "536221234"),
        ("전화는010-1234-5678입니다", "PHONE_NUMBER", "010-1234-5678"),
        ("身份证号是11010519491231002X", "CN_RESIDENT_ID", "11010519491231002X"),
        ("주민등록번호는900101-1234567입니다", "KR_RRN", "900101-1234567"),
        ("паспорт 4509 123456выдан", "RU_PASSPORT", "4509 123456"),
        ("मेरा PAN ABCPE1234Fहै", "IN_PAN", "ABCPE1234F"),
        ("IPは84.17.55.201", "IP_ADDRESS", "84.17.55.201"),
        ("我的password是hunter2Xk9请保密", "CREDENTIAL", "hunter2Xk9"),
        ("Password는 hunter2Xk9입니다", "CREDENTIAL", "hunter2Xk9"),
        ("api_key是Zk93kdL02ldmQpw83md0fK2请保密", "CREDENTIAL", "Zk93kdL02ldmQpw83md0fK2"),
    ],
)
def test_a_label_that_letters_of_another_script_touch_is_one(text: str, its_type: str, value: str) -> None:
    assert (its_type, value) in told(text)


def test_a_key_with_letters_of_two_scripts_leads_to_its_value() -> None:
    assert ("US_SSN", "536221234") in told("536221234", "客户SSN号")


@pytest.mark.parametrize("digits", ["８４．１７．５５．２０１", "８４.１７.５５.２０１"])
def test_full_width_digits_beside_letters_are_found_where_they_stand(digits: str) -> None:
    assert told(f"服务器{digits}坏了") == [("IP_ADDRESS", digits)]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("我的邮箱是anna.weber@kanzlei-weber.de请回复", "anna.weber@kanzlei-weber.de"),
        ("我的邮箱是123456789@qq.com请回复我们的客户服务中心并且告诉我们您的客户号码谢谢", "123456789@qq.com"),
        ("メールはanna@kanzlei-weber.jpまで", "anna@kanzlei-weber.jp"),
        ("邮箱 用户@例子.公司 好", "用户@例子.公司"),
        ("иван@пример.рф и", "иван@пример.рф"),
        ("иван123@пример.рф и", "иван123@пример.рф"),
        ("иван@kanzlei-weber.de и", "иван@kanzlei-weber.de"),
        ("müller@müller-bau.de是", "müller@müller-bau.de"),
        ("write to аnna@kanzlei-weber.de", "аnna@kanzlei-weber.de"),
        ("我的邮箱是аnna@kanzlei-weber.de", "аnna@kanzlei-weber.de"),
    ],
)
def test_an_address_is_of_its_own_letters(text: str, address: str) -> None:
    assert told(text) == [("EMAIL_ADDRESS", address)]


@pytest.mark.parametrize(
    ("address", "verdict"),
    [
        ("a@b.example", None),
        ("用户a@b.example", False),
        ("ו-a@b.example", False),
        ("用户a@例子.公司", None),
        ("用户@b.example", None),
        ("a@b.example请", False),
    ],
)
def test_an_address_that_begins_or_ends_in_other_letters_is_read_without_them(
    address: str,
    verdict: object,
) -> None:
    assert is_own_address(address) is verdict


@pytest.mark.parametrize(
    "text",
    [
        "第123-45章",
        "2024年01月15日14时30分，共3个文件",
        "2024년 1월 15일 14시30분",
        "15января2024года в 14:30",
        "型号AB-123-45-6789号",
        "订单号20240115123456的",
        "价格12345678元，约合1,234.56美元",
        "版本v1.2.3.4发布",
        "Python3.11で動く。UTF-8のファイル",
        "ГОСТ12345678-90, Ту-154М и Су-27",
        "卡号4539578763621485有效期12/27",
        "服务器192.0.2.44坏了",
        "COVID19疫情と5G通信",
        "在第4章的图3-12中",
        "변수foo_bar_baz와 함수getUserName을 씁니다",
    ],
)
def test_numbers_and_names_in_prose_of_other_scripts_are_nothing(text: str) -> None:
    assert [one for one in found(text) if one.score >= 0.5] == []


def test_what_has_letters_of_another_script_is_read_in_the_text_itself_alone() -> None:
    """A border parts a value from such letters: a model that reads words took the words around it for names."""
    text = "患者Anna 是"
    segment = Segment("/x", text)
    hidden = Hidden([segment])
    (view,) = hidden.segments
    at = view.text.index("Anna")

    whole = Finding(view.path, "PERSON", at - 3, at + 4, 0.9, "model")
    assert hidden.original(whole) is None
    own = hidden.original(Finding(view.path, "PERSON", at, at + 4, 0.9, "model"))
    assert own is not None
    assert (own.path, text[own.start : own.end]) == ("/x", "Anna")


def test_borders_tell_topic_models_nothing() -> None:
    assert list(Hidden([Segment("/x", "我用Python写程序" * 9)]).told()) == []


def test_a_text_that_borders_do_not_change_is_not_read_again() -> None:
    for text in (
        "Ängste über Straßen — naïve café, “quoted”… 100 %",
        "Привет, мир! 2024 год",
        "今天天气很好",
        "שלום 12 לכולם",
    ):
        assert not has_borders(text)
        assert [view for view in unfolded(text) if view.parted] == []


def test_a_blank_that_is_put_in_comes_from_nowhere() -> None:
    view = rewritten(plain("是1"), [Edit(1, 1, " ")])

    assert (view.text, view.starts, view.ends) == ("是 1", [0, 1, 1], [1, 1, 2])
    assert list(view.changes("是1")) == list(view.differences("是1")) == [(1, 2)]


LETTERS: Final = st.sampled_from([*"aZ9+@$\\=- ё中ーह한アא¼é²ˈ", "\u0301", "\u0663", "\U00020000", "Ａ", "１", "ﬁ"])


@given(st.lists(LETTERS, max_size=12).map("".join))
def test_whatever_has_a_border_has_its_sign(text: str) -> None:
    borders = list(border_edits(text))

    assert not borders or signs.oddities(text) & signs.BORDER
    assert all(0 < edit.start == edit.end < len(text) for edit in borders)


@given(st.lists(LETTERS, min_size=1, max_size=12).map("".join), st.integers(0, 12))
def test_a_lookout_suspects_each_border_however_the_text_is_cut(text: str, cut: int) -> None:
    lookout = Lookout(SIEVES.automaton)
    for piece in (text[:cut], text[cut:]):
        if piece:
            lookout.read(piece)

    assert not has_borders(text) or lookout.suspect > 0
