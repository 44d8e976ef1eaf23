"""PINs and codes that open something: "alarm code 4711", "der Türcode lautet …", "the combination to the safe is …".

A number is a secret only where something that is guarded stands beside the word "code"; a postal code, an error code
and a promotion are none. A number that everybody would try first scores below the threshold of the bundled policies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gateway.core.codes import is_access_code, spaced
from gateway.detect.entropy import is_sequence
from gateway.detect.places import Begun, Reading, in_word
from gateway.detect.secret_values import Secret

__all__ = ["EXPRESSIONS", "SIGNS", "find_pins"]

_TOLD: Final = 0.7
_GUESSABLE: Final = 0.4

_PIN: Final = Begun(
    re.compile(
        r"""
    (?:pin|passcode|code|combination|combo|kombination|t?otp|codice|c[óo]digo)(?P<number>[ ](?:code|number))?
    (?P<rest>(?:[ \t]+(?!error|status|must|should|can|has|with|length)[\w'’()\-]{1,24}){0,6}?)
    [ \t]*(?:(?<=[ \t])(?:is|was|ist|lautet|est|es|è|é)(?=[\s:])[ \t]*:?|[:=\#]|->|[|\t]|\((?!(?:19|20)\d\d\))
      |(?::[ \t]{0,8})?(?:</\w{1,8}>\s{0,20}<\w{1,8}[^<>\n]{0,60}>|\r?\n`{3}\w{0,16}[ \t]{0,8}\r?\n))
    (?:[*_']{1,3}(?=[ \t]))?[ \t]{0,4}
    [\"'“*`]{0,3}(?:g-)?
    (?P<v>\d{3}[ \-–]\d{3}(?![ \-–]?\d)|
       \d{3,10}|\d{1,5}[a-d]\d{1,5}|[a-d]\d{3,6}|\d{3,6}[a-d]|\d{1,3}(?:[ \-–]\d{1,3}){2,4})(?![\w%]|[.,:/\-]\d)
    """,
        re.VERBOSE,
    )
)
_GUARDED: Final = (
    r"alarm|door|gate|entry|entrance|safe|vault|security|garage|locker|lock ?box|lock|keypad|unlock|building|house|"
    r"home|disarm(?:ing)?|voicemail|sim|card|atm|bank(?:ing)?|phone|screen|tablet|luggage|key ?box|gym|office|elevator|"
    r"parking|tür|tor|tresor|zugangs|tastatur|haustür|garagen|schließfach|verification|one-time|2fa|two-factor|"
    r"authentication|log-?in|sms|otp|wi-?fi|intercom|shed|gateway|cabinet|mfa|authenticator|"
    r"bestätigungs|sicherheits|verifizierungs|verificatie"
)
_LED_TO: Final = r"access|host|moderator|participant|attendee|leader|meeting|conference|dial-?in|bridge"
"""What only says so before the noun: much is told of a host or of an access."""
_GUARDED_BEFORE: Final = re.compile(rf"(?<!\w)(?:{_GUARDED}|{_LED_TO})(?:[ -](?:system|box|access))?[ -]?\Z")
_GUARDED_NUMBER: Final = Begun(
    re.compile(
        r"(?:alarm|door|gate|entry|garage|keypad|locker|lock ?box|safe|disarm|intercom|shed|tür|tor|haustür|"
        r"garagen|tresor|voicemail|vault)"
        r"[ -]?(?:code|pin|combination)[ ]"
        r"(?P<v>(?!(?:19|20)\d\d(?!\d))\d{4,8}|\d{1,2}(?:-\d{1,2}){2,3})#?(?![\w%]|[.,:/-]\d)"
    )
)
_GUARDED_AFTER: Final = re.compile(
    rf"(?<!\w)(?:{_GUARDED}|l['’]alarme|alarme|allarme|alarma|portail|porte|entrée|acceso|secret|vérification|"
    r"verificación|verifica|verificação|sécurité|seguridad|sicurezza|segurança)(?!\w)"
)
_SECOND_FACTOR: Final = Begun(
    re.compile(
        r"(?:verification|authenticat(?:or|ion)|2fa|mfa|two-factor|one-time|log-?in|t?otp)[ -]?(?:code|pin)[ ]"
        r"(?P<v>\d{6,8}|\d{3}[ -]\d{3}(?![ -]?\d))(?![\w%]|[.,:/-]\d)"
    )
)
_OF_YOURS: Final = Begun(
    re.compile(
        r"(?:is your|is (?:je|jouw|uw)|ist (?:ihr|dein)|est (?:votre|ton)|es (?:su|tu)|è il tuo|é o seu)[ ]"
        r"(?:[^\s.!?]{1,24}[ ]){0,4}?(?:[^\W\d]{0,24}|log-?in[ -]|one-time[ -])"
        r"(?:code|otp|pin|passcode|codice|c[óo]digo)(?![\w-])"
        r"(?:[ ](?:de|di)[ ][^\W\d]{1,24})?"
    )
)
"""`… is your verification code`, as it comes in a message."""
_NUMBER_BEFORE: Final = re.compile(r"(?<![\w.,:/+-])(?:g-)?(?P<v>\d{4,8}|\d{3}[ -]\d{3})[ ]\Z")
_OF_PROOF: Final = re.compile(
    r"otp|pin\b|passcode|2fa|one-time|log-?in|verif|confirm|authenti|securi|bestätig|sicherheit|segur|sicurez|weryfik"
)
_KEYED: Final = Begun(
    re.compile(
        r"(?:pin(?:[ _-]?(?:code|number))?|t?otp(?:[ _-]?code)?|code|combination)\d?"
        r"(?P<mark>\\{0,3}[\"'])\s{0,8}(?::|=>)\s{0,8}(?:\\{0,3}[\"'])?"
        r"(?P<v>\d{3}[ -]\d{3}|\d{3,10}|\d(?:[ -]\d){2,7})(?![\w.%:/-])"
    )
)
"""In JSON that is part of a text: `"door_code": 4711`."""
EXPRESSIONS: Final = (_PIN, _GUARDED_NUMBER, _SECOND_FACTOR, _OF_YOURS, _KEYED)
_DIALLED: Final = ("#", " #")
"""What ends a number that is keyed into a telephone."""
_LONGEST_KEY: Final = 48
_NUMBER_REACH: Final = 16
_NUMBERED: Final = " 0123456789"
_SELF_EVIDENT: Final = ("pin", "passcode", "otp", "totp")
SIGNS: Final = (
    "pin",
    "code",
    "combination",
    "combo",
    "kombination",
    "otp",
    "one-time",
    "codice",
    "digo",
)
"""In lower case; one of these is in any text in which something is found."""


def find_pins(reading: Reading) -> list[Secret]:
    """Return the PINs, access codes and one-time codes that a text tells."""
    return list(_pins(reading))


def _pins(reading: Reading) -> Iterator[Secret]:
    text = reading.folded
    for match in reading.matches(_GUARDED_NUMBER):
        if not in_word(text, match.start()):
            yield Secret(match.start("v"), match.end("v"), _GUESSABLE if is_sequence(match["v"]) else _TOLD)
    for match in reading.matches(_SECOND_FACTOR):
        if not in_word(text, match.start()):
            yield _scored(match["v"], match.start("v"))
    for match in reading.matches(_OF_YOURS):
        number = _NUMBER_BEFORE.search(text, max(0, match.start() - _NUMBER_REACH), match.start())
        if number is not None and _OF_PROOF.search(match[0]):
            yield _scored(number["v"], number.start("v"))
    for match in reading.matches(_KEYED):
        name = reading.text[max(0, match.start() - _LONGEST_KEY) : match.start("mark")]
        name = name[max(name.rfind('"'), name.rfind("'")) + 1 :]
        # Its number counts as it would behind the same name in a sentence.
        if is_access_code(name) and find_pins(Reading(f"{spaced(name).rstrip(_NUMBERED)}: {match['v']}")):
            yield _scored(match["v"], match.start("v"))
    for match in reading.matches(_PIN):
        word = match.group()
        before = text[max(0, match.start() - 32) : match.start()]
        guarded = _GUARDED_BEFORE.search(before) or _GUARDED_AFTER.search(match["rest"])
        if not guarded and (not word.startswith(_SELF_EVIDENT) or in_word(text, match.start())):
            continue
        digits = _digits(match["v"])
        dialled = text.startswith(_DIALLED, match.end())
        if not guarded and not dialled and word.startswith("pin") and len(digits) not in {4, 5, 8}:
            continue  # an Indian postal code is a "PIN code" of six
        yield _scored(match["v"], match.start("v"))


def _scored(value: str, at: int) -> Secret:
    digits = _digits(value)
    guessable = is_sequence(digits + digits[-1:]) or len(set(digits)) == 1
    return Secret(at, at + len(value), _GUESSABLE if guessable else _TOLD)


def _digits(value: str) -> str:
    return "".join(character for character in value if character.isdigit())
