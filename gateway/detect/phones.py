"""Is a run of digits a telephone number? By the numbering plans in `phonenumbers`, without its cost.

`PhoneNumberMatcher` tries every region at every digit: 40 % of Presidio's time on prose. Here a pack's regular
expression has found a candidate already, and one look-up per region answers: the national number must match the plan's
pattern. Metadata of a region is loaded when a number of it first comes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from gateway.detect.digits import decimal_digits

__all__ = ["phone_international", "phone_nanp", "phone_shape", "phone_trunk"]

_MAX_DIGITS: Final = 15
"""ITU-T E.164."""
_MIN_NATIONAL: Final = 9
"""Digits of a number with trunk prefix that is believed without context; local numbers are shorter."""
_TRUNK_REGIONS: Final = (
    *("DE", "FR", "GB", "IT", "NL", "BE", "CH", "AT", "SE", "FI", "IE", "TR", "AU", "NZ", "ZA", "IN", "JP", "KR", "IL"),
    *("BR", "AR", "PH", "TH", "MY", "ID", "VN", "CN", "EG", "NG", "KE", "PK", "RO", "BG", "HR", "RS", "UA", "TW", "AE"),
)
"""Countries whose national numbers start with a 0 (in Italy it belongs to the number)."""


def phone_international(text: str) -> bool | None:
    """Tell whether a number with country code is in that country's plan; None if only the country is right."""
    digits = decimal_digits(text)
    if digits.startswith("00") and "+" not in text:
        digits = digits[2:]
    if not 7 <= len(digits) <= _MAX_DIGITS:  # noqa: PLR2004 - country code and the shortest plans
        return False
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # slow to import, and most texts have no number

    for length in (1, 2, 3):
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(digits[:length]))
        if regions is not None:
            # A trunk zero in brackets is common in print: +44 (0) 20 …
            national = digits[length:]
            shorter = national.removeprefix("0")
            return True if any(_in_plan(region, n) for region in regions for n in {national, shorter}) else None
    return False


def phone_trunk(text: str) -> bool | None:
    """Tell whether a number that starts with 0 is in some country's plan; None if it is not, or short."""
    digits = decimal_digits(text)
    if not _MIN_NATIONAL <= len(digits) <= _MAX_DIGITS - 2:
        return None
    national = digits[1:]
    return True if any(_in_plan(region, national) for region in _TRUNK_REGIONS) or _in_plan("IT", digits) else None


def phone_nanp(text: str) -> bool | None:
    """Tell whether it is a number of the North American plan (with or without a 1 in front)."""
    digits = decimal_digits(text.lower().partition("x")[0].partition("e")[0])
    if len(digits) == 11:  # noqa: PLR2004 - with the 1
        digits = digits[1:]
    # An exchange of 555 is not assigned, yet people write it for numbers they make up from real ones.
    plausible = digits[0] not in "01" and digits[3] not in "01"
    return True if _in_plan("US", digits) or _in_plan("CA", digits) else (None if plausible else False)


def phone_shape(text: str) -> bool | None:
    """Tell whether a run of digits can be a telephone number at all; for use with a context word."""
    digits = decimal_digits(text)
    return None if 7 <= len(digits) <= 13 and len(set(digits)) > 1 else False  # noqa: PLR2004 - common lengths


@lru_cache(maxsize=512)
def _plan(region: str) -> re.Pattern[str] | None:
    from phonenumbers import PhoneMetadata

    metadata = PhoneMetadata.metadata_for_region_or_calling_code(0, region)
    pattern = metadata.general_desc.national_number_pattern if metadata and metadata.general_desc else None
    return re.compile(pattern) if pattern else None


def _in_plan(region: str, national: str) -> bool:
    plan = _plan(region)
    return plan is not None and plan.fullmatch(national) is not None
