import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.digits import address_in, decimal_digits, ipv4


@given(st.text() | st.text("0123456789 -\u0663\u0968\u00b2\u2460"))
def test_digits_of_any_script_are_those_of_ascii(text: str) -> None:
    assert decimal_digits(text) == "".join(str(int(character)) for character in text if character.isdecimal())


@given(
    st.lists(
        st.integers(0, 299).map(str) | st.sampled_from(["01", "00", "", " 1", "\u0663"]), min_size=3, max_size=5
    ).map(".".join)
    | st.ip_addresses().map(str)
    | st.text("0123456789./%\n", max_size=16)
)
def test_an_address_is_what_the_standard_library_takes_for_one(text: str) -> None:
    try:
        expected = int(ipaddress.IPv4Address(text))
    except ValueError:
        expected = None

    assert ipv4(text) == expected


def _address(text: str) -> object:
    try:
        return ipaddress.ip_interface(text.split("%", maxsplit=1)[0]).ip
    except ValueError:
        return None


@given(
    st.ip_addresses().map(str)
    | st.tuples(
        st.ip_addresses(), st.sampled_from(["", "/", "/8", "/64", "/129", "%eth0", "%eth0/64", "/255.0.0.0"])
    ).map(lambda parts: f"{parts[0]}{parts[1]}")
    | st.text("0123456789abcf.:/%\n ", max_size=20)
)
def test_an_address_of_either_version_is_what_the_standard_library_takes_for_one(text: str) -> None:
    try:
        found: object = address_in(text)
    except ValueError:
        found = None

    assert found == _address(text)
