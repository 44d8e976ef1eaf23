"""What names of short secrets are, and what only looks like one."""

from __future__ import annotations

import pytest

from gateway.core.codes import is_access_code, is_short_secret

ACCESS = ["pin", "PIN", "cardPin", "card_pin", "pin2", "atm-pin", "pinNumber", "otp", "door_code", "alarmCode",
          "front_door_code", "securityCode", "sms_code", "verification_code", "lockbox_code", "safe combination"]  # fmt: skip
OTHERS = ["spin", "pinned", "bin", "zip_code", "zipcode", "status_code", "exit_code", "errorCode", "bank_code",
          "country_code", "phone_code", "code", "cvvs_checked", "max_tokens", "passes", "compass", "token_count", ""]  # fmt: skip


@pytest.mark.parametrize("name", ACCESS)
def test_names_of_access_codes(name: str) -> None:
    assert is_access_code(name)
    assert is_short_secret(name)


@pytest.mark.parametrize("name", ["cvv", "CVV", "cvv2", "card_cvc", "cardCvv", "cvv_code", "password", "dbPassword", "pwd", "user_pass"])  # fmt: skip
def test_other_names_of_short_secrets(name: str) -> None:
    assert not is_access_code(name)
    assert is_short_secret(name)


@pytest.mark.parametrize("name", OTHERS)
def test_names_that_open_nothing(name: str) -> None:
    assert not is_access_code(name)
    assert not is_short_secret(name)
