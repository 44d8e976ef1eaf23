import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.checks import CHECKS
from gateway.detect.checksums import _NETWORKS, luhn_sum

# Published examples of the issuing authorities, of standards and of encyclopedias; none belongs to a person.
VALID = [
    ("luhn", "79927398713"),
    ("card", "5555 5555 5555 4444"),
    ("card", "378282246310005"),
    ("card", "6011-1111-1111-1117"),
    ("card", "30569309025904"),
    ("card", "3530111333300000"),
    ("card", "6759649826438453"),
    ("iban", "DE89 3704 0044 0532 0130 00"),
    ("iban", "gb82 west 1234 5698 7654 32"),
    ("iban", "FR14 2004 1010 0505 0001 3M02 606"),
    ("iban", "NO93 8601 1117 947"),
    ("iban", "MT84MALT011000012345MTLCAST001S"),
    ("aba", "021000021"),
    ("aba", "1210-0035-8"),
    ("vin", "1M8GDM9AXKP042788"),
    ("vin", "5GZCZ43D13S812715"),
    ("imei", "35-209900-176148-1"),
    ("base58", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2"),
    ("base58", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"),
    ("bech32", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"),
    ("bech32", "bc1p5d7rjq7g6rdk2yhzks9smlaqtedr4dekq08ge8ztwac72sfr9rusxg3297"),
    ("at_svnr", "1237 010180"),
    ("au_abn", "51 824 753 556"),
    ("au_acn", "004 085 616"),
    ("au_medicare", "2123 45670 1"),
    ("au_tfn", "876 543 210"),
    ("be_nn", "85.07.30-033 28"),
    ("bg_egn", "7523169263"),
    ("ch_ahv", "756.9217.0769.85"),
    ("cz_rc", "710319/2745"),
    ("de_tax_id", "36 574 261 809"),
    ("de_vat", "DE136695976"),
    ("de_rvnr", "15070649C103"),
    ("de_health_insurance", "A123456780"),
    ("de_icao", "L01X00T44"),
    ("de_lanr", "123456601"),
    ("dk_cpr", "211062-5629"),
    ("ee_ik", "36805280109"),
    ("ee_ik", "33309240064"),
    ("es_nuss", "281234567840"),
    ("fr_nir", "2 95 10 99 126 111 93"),
    ("fr_nir", "2 55 08 14 168 025 38"),
    ("gr_afm", "094259216"),
    ("gr_amka", "01013099997"),
    ("hr_oib", "33392005961"),
    ("hu_taj", "111 111 110"),
    ("hu_tax", "8071592153"),
    ("ie_pps", "6433435F"),
    ("ie_pps", "6433435OA"),
    ("is_kennitala", "120174-3399"),
    ("jmbg", "0101006500006"),
    ("kr_brn", "123-45-67891"),
    ("lu_matricule", "1893120105732"),
    ("lv_pk", "161175-19997"),
    ("nl_bsn", "111222333"),
    ("no_fnr", "15108695088"),
    ("sg_uen", "53125226D"),
    ("us_npi", "1234567893"),
    ("pl_id_card", "ABA300000"),
    ("pl_nip", "856-734-62-15"),
    ("pt_cc", "00000000 0 ZZ4"),
    ("pt_nif", "501964843"),
    ("ro_cnp", "1630615123457"),
    ("ru_inn", "500100732259"),
    ("ru_snils", "112-233-445 95"),
    ("se_personnummer", "880320-0016"),
    ("se_orgnr", "212000-0142"),
    ("tr_tckn", "10000000146"),
    ("ua_rnokpp", "1759013776"),
    ("us_dea", "F91234563"),
    ("ca_sin", "130-692-544"),
    ("br_cpf", "390.533.447-05"),
    ("br_cnpj", "16.727.230/0001-97"),
    ("ar_cuit", "20-05536168-2"),
    ("cl_rut", "12.531.909-2"),
    ("co_nit", "213.123.432-1"),
    ("do_cedula", "00113918205"),
    ("ec_cedula", "171430710-3"),
    ("mx_curp", "BOXW310820HNERXN09"),
    ("mx_clabe", "032180000118359719"),
    ("pe_ruc", "20512333797"),
    ("uy_ci", "1.234.567-2"),
    ("ae_eid", "784-1980-1234567-8"),
    ("cn_ric", "360426199101010071"),
    ("cn_ric", "11010519491231002X"),
    ("hk_hkid", "G123456(A)"),
    ("icao_card_holder", "7408122F1204159D<<<<<<<<<<<<<6"),
    ("icao_card_number", "I<D<<D231458907<<<<<<<<<<<<<<<"),
    ("icao_card_number", "I<BELD23145890<7349<<<<<<<<<<<"),
    ("icao_document", "L898902C36D<<7408122F1204159ZE184226B<<<<<10"),
    ("icao_document", "l898902c36 d<< 7408122f1204159 zE184226b<<<<<10"),
    ("icao_french_card", "8806923102858CORINNE<<<<<<<6512068F6"),
    ("icao_names", "ERIKSSON<<ANNA<MARIA<<<<<<<<<<"),
    ("il_id", "3933742-3"),
    ("ir_melli", "0499370899"),
    ("jp_my_number", "1234 5678 9018"),
    ("kz_iin", "950117300122"),
    ("nz_ird", "49-091-850"),
    ("nz_ird", "136-410-132"),
    ("nz_nhi", "ZAC5361"),
    ("ph_tin", "000-123-456-000"),
    ("sa_id", "1012345672"),
    ("tw_id", "A123456789"),
    ("za_id", "7503305044089"),
]


@pytest.mark.parametrize(("check", "text"), VALID)
def test_a_published_example_passes(check: str, text: str) -> None:
    assert CHECKS[check](text) is True


# Checks whose digit catches every change of one digit; the others prove less (date only, mod 11 with ten as zero).
STRICT = [(check, text) for check, text in VALID if check in {"luhn", "iban", "nl_bsn", "verhoeff", "aba", "za_id"}]


@pytest.mark.parametrize(("check", "text"), STRICT)
def test_a_changed_digit_fails(check: str, text: str) -> None:
    place = next(i for i in reversed(range(len(text))) if text[i].isdecimal())
    for digit in "0123456789":
        if digit != text[place]:
            assert CHECKS[check](text[:place] + digit + text[place + 1 :]) is False


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("card", "4242 4242 4242 4241"),
        ("card", "9999999999999995"),
        ("card", "0000000000000000"),
        ("iban", "DE89 3704 0044 0532 0130 01"),
        ("iban", "XX89 3704 0044 0532 0130 00"),
        ("iban", "DE89 3704 0044 0532 0130 0"),
        ("us_ssn", "000-12-3456"),
        ("us_ssn", "666-12-3456"),
        ("us_ssn", "912-12-3456"),
        ("us_ssn", "536-00-3456"),
        ("us_ssn", "536-12-0000"),
        ("us_ssn", "078-05-1120"),
        ("vin", "00000000000000000"),
        ("swift", "PASSWORD"),
        ("base58", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3"),
        ("bech32", "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdr"),
        ("ip_address", "1.2.3.256"),
        ("fr_nir", "2 95 19 99 126 111 93"),
        ("se_personnummer", "19001309-2393"),
        ("tr_tckn", "12345678900"),
        ("cn_ric", "11010519491331002X"),
        ("id_nik", "0000000000000000"),
        ("eg_nid", "10101010101010"),
        ("my_nric", "771305-02-1234"),
        ("lk_nic", "859999999V"),
        ("mx_rfc", "GODE561331GR8"),
        ("uk_driving_licence", "MORGA613054SM9IJ"),
        ("icao_document", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"),
        ("icao_document", "L898902C37D<<7408122F1204159ZE184226B<<<<<10"),
        ("icao_document", "L898902C36D<<7413122F1204159ZE184226B<<<<<10"),
        ("icao_document", "ABCDEFGHI0D<<7408122F1204159<<<<<<<<<<<<<<00"),
        ("icao_card_holder", "7408122F1204159UTO<<<<<<<<<<<6"),
        ("icao_card_number", "I<UTOD231458907<<<<<<<<<<<<<<<"),
        ("icao_names", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"),
        ("icao_names", "ERIKSSON<<ANNA<<"),
    ],
)
def test_what_cannot_be_one_fails(check: str, text: str) -> None:
    assert CHECKS[check](text) is False


@pytest.mark.parametrize(
    ("check", "text"),
    [
        ("us_ssn", "536-22-1234"),
        ("vin", "WVWZZZ1JZXW000001"),
        ("swift", "DEUTDEFF500"),
        ("ip_address", "2a02:908::1"),
        ("id_nik", "3171011708450001"),
        ("eg_nid", "29001011234567"),
        ("my_nric", "770305-02-1234"),
        ("lk_nic", "853400937V"),
        ("mx_rfc", "GODE 561231 GR8"),
        ("uk_driving_licence", "MORGA657054SM9IJ"),
        ("dk_cpr", "211062-5629"),
    ],
)
def test_a_format_without_check_digit_is_not_refused(check: str, text: str) -> None:
    assert CHECKS[check](text) is not False


@pytest.mark.parametrize("text", ["ABİ 300000", "abı 300000", "ABſ300000", "ABK300000"])
def test_a_letter_that_an_expression_takes_for_an_ascii_one_does_not_stop_a_check(text: str) -> None:
    assert CHECKS["pl_id_card"](text) in {True, False}
    assert CHECKS["icao_document"](f"{text[:9]:<<9}6D<<7408122F1204159") in {True, False}


def test_digits_of_another_script_do_not_stop_the_check_of_a_curp() -> None:
    assert CHECKS["mx_curp"]("BOXW310820HNERXN09".translate({ord(str(d)): 0x660 + d for d in range(10)})) is True
    assert CHECKS["mx_curp"]("AAAA000١01HAABBB00") is False


@given(st.lists(st.integers(0, 9), max_size=24))
def test_the_mod_10_sum_is_that_of_the_standard(digits: list[int]) -> None:
    weighed = [digit * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]

    assert luhn_sum(digits) == sum(number // 10 + number % 10 for number in weighed) % 10


@given(st.integers(0, 9999), st.integers(0, 10**18), st.integers(8, 22))
def test_a_card_is_of_the_range_and_length_of_a_network(prefix: int, rest: int, size: int) -> None:
    stem = f"{prefix:04d}{rest:018d}"[: size - 1]
    (number,) = (f"{stem}{last}" for last in range(10) if luhn_sum([*map(int, stem), last]) == 0)
    fits = any(
        first <= int(number[:leading]) <= last and size in lengths for first, last, leading, lengths in _NETWORKS
    )
    wanted = None if fits and size in (12, 17, 18) else fits and len(set(number)) > 1
    assert CHECKS["card"](number) is wanted
    assert CHECKS["card"](stem + str((int(number[-1]) + 1) % 10)) is False
