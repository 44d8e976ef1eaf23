"""What a leaf shows at its ends: that something goes on in the leaves behind, or began in those before.

`seams` looks only at leaves that show something, so most requests cost what this costs: a few tests on the first and
last characters of each leaf. What is shown is remembered with the leaf's block: places and signs, no text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from gateway.core.model import KEY, VALUE, Segment
from gateway.detect.checksums import iban_length
from gateway.detect.labelled import is_assigned, names
from gateway.detect.manifests import KINDS
from gateway.detect.parts import is_part
from gateway.detect.phones import phone_international
from gateway.detect.places import Sought
from gateway.detect.prefixes import BEGINNINGS, IN_LETTERS, is_key
from gateway.detect.unfinished import WORDS, begins_at, is_word

__all__ = [
    "BEGUN",
    "EDGE",
    "FEW",
    "LABEL",
    "NUMBERS",
    "SHAPES",
    "TEXTS",
    "Edge",
    "End",
    "Sign",
    "ends",
    "field_of",
    "follows",
    "is_address",
    "is_keyed",
    "is_labelled",
    "is_piece",
    "missing",
    "over_parts",
    "same_field",
    "same_label",
]

EDGE: Final = 96
"""Characters at the end and the start of a leaf in which a piece is looked for."""
_PIECE: Final = 48
"""A leaf of at most so many characters without words may be a piece as a whole."""
_MANY: Final = 6
"""So many leaves of at most `FEW` characters each, one after the other, spell something."""
FEW: Final = 4
_LONGEST_WORD: Final = 8
_GROUP_SIZE: Final = 3
_FEW_WORDS: Final = 2
TEXTS: Final = frozenset({"content", "text", "input", "output"})
"""Fields that hold what is said."""


class Sign:
    """What a leaf shows at its ends: bits of one number. Each operation of an `IntFlag` is a call and an object."""

    GOES_ON: Final = 1
    """It ends as a key or a URL begins."""
    COMES_ON: Final = 2
    """It begins as the rest of an address or of an SSN does."""
    LABELLED: Final = 4
    """It ends or begins with digits, and its text or the leaf before names what they are."""
    KEYED: Final = 8
    """It ends or begins with digits, and its keys name what they are."""
    SPELLS: Final = 16
    """With it a row of short leaves begins."""
    ASSIGNED: Final = 32
    """It ends in a value that a label stands before: `password: hunt`."""
    NAMES: Final = 64
    """It ends in a label whose value may stand in another leaf; this and those below never with others."""
    LONG: Final = 128
    """It ends in a key in armour, or in a token that is longer than an edge."""
    WORDS: Final = 256
    """With it a row of words is long enough for a seed phrase."""
    NUMBER: Final = 512
    """It ends as a phone number, an SSN or a CPF begins: as `GOES_ON`, but no longer than a number is."""
    BANK: Final = 1024
    """It ends as an IBAN begins: the same."""
    ADDRESS: Final = 2048
    """It ends as an address begins: as `GOES_ON`, but no further at sign is in an address."""
    PART: Final = 4096
    """It is a number whose keys name it as a part of something; never with others."""
    KIND: Final = 8192
    """It tells that its object holds secrets; never with others."""


NUMBERS: Final = (Sign.NUMBER, Sign.BANK)
BEGUN: Final = Sign.GOES_ON | Sign.ADDRESS | Sign.NUMBER | Sign.BANK
"""It ends as something begins."""


class Edge:
    """What expressions say of the characters at a leaf's end and at its start: bits of one number.

    Of a leaf of ASCII the compiled pass tells them all. Else all are set, and the expressions are asked (`ASK`).
    """

    DIGITS: Final = 1
    """There is a digit at the end (`_DIGITS`)."""
    BANK: Final = 2
    """It ends as an IBAN begins (`_BANK`)."""
    SHAPED: Final = 4
    """It ends as an SSN or a CPF begins (`_SHAPED`)."""
    NUMBERED: Final = 8
    """It ends in digits (`_TAIL`) or begins with them (`_HEAD`)."""
    OPENED: Final = 16
    """Its last word has a mark in it behind which a key may begin (`_OPENING`)."""
    AT: Final = 32
    """There is an at sign at the end."""
    PLUS: Final = 64
    """There is a plus sign at the end."""
    SPACED: Final = 128
    """There is white space at the end, or before the last word."""
    ASK: Final = -1


class End(NamedTuple):
    """A leaf that shows something.

    Attributes:
        at: its number among its segments.
        place: its number among the values; of a key, that of the value behind it.
        sign: what it shows.
    """

    at: int
    place: int
    sign: int


_OPENING: Final = re.compile(r"""["'`=:,;()\[\]{}<>]""")
_QUOTES: Final = "\"'`([<"
_CLOSING: Final = frozenset("\"'`!?,;)]>*")

_ADDRESS: Final = re.compile(r"(?<!\w)\w[\w.+%'-]{0,63}@(?:[\w-]{1,40}\.){0,5}[\w-]{0,40}\Z")
_REST: Final = re.compile(
    r"@(?:[\w-]{1,40}\.){0,5}[\w-]{1,40}|@\Z|-\d\d-\d{4}(?![\w-])|[a-z]?:?/{1,2}[^\s/:@]{0,64}:[^\s/@]{1,128}@"
)
_URL: Final = re.compile(r"[A-Za-z]\w{0,20}://(?![^\s/@]{0,64}[.:]\d+\Z)[^\s/?#\"'<>]{0,96}\Z|(?<![\w/])//?\Z")
"""A URL that ends before its path; `http://localhost:80` has a port there, and no password."""
_TOP_LEVEL: Final = frozenset(
    """
    academy agency ai amsterdam app bank bayern berlin biz blog care church clinic cloud co com company
    consulting corp design dev digital edu email example finance gov group hamburg health hospital info int
    internal invalid io koeln law legal local london me media mil museum name net network nyc online org paris
    pro school services shop site solutions store studio systems tech test travel tv university wien xyz
    """.split()  # noqa: SIM905 - a table
)
"""What the last part of an address is, besides a country's two letters."""
_PHONE: Final = re.compile(r"(?<![\w+])\+(?:\(?[1-9]\d{0,14}+\)?(?:[ ./()-]{1,3}\d{1,10}+){0,5}[ ./()-]{0,2})?\Z")
_BANK: Final = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){0,28}[ -]?\Z")
_SHAPED: Final = re.compile(
    r"(?<![\w.-])\d{3}(?:-(?:\d\d?(?:-\d{0,3})?)?|\.(?:\d{1,3}(?:\.(?:\d{1,3}(?:-\d?)?)?)?)?)\Z"
)
SHAPES: Final = re.compile(r"(?<![\w.-])(?:\d{3}-\d\d-\d{4}|\d{3}\.\d{3}\.\d{3}-\d\d)(?![\w-])")

_TAIL: Final = re.compile(r"(?:\d[A-Z]{0,3}|[A-Z]{3,8})[ ./-]{0,2}\Z")
_HEAD: Final = re.compile(r"[ ./-]{0,2}[A-Z]{0,6}\d|[A-Z](?![\w-])")
_DIGITS: Final = re.compile(r"\d")
_GROUP: Final = r"(?:[A-Z]{0,6}\d[A-Za-z0-9]{0,20}|[A-Z]{1,2})"
_GROUPS: Final = re.compile(rf"[ ./-]{{0,3}}{_GROUP}(?:[ ./-]{{1,2}}{_GROUP}){{0,8}}[ ./-]{{0,3}}")
LABEL: Final = re.compile(
    r"(?<![^\W_])(?:ssn|social[ _-]?security|social[ _-]?insurance|national[ _-]?(?:id|ins|health)|id(?:entity)?[ _-]?"
    r"(?:card|number|num|no|nr)|citizen|personal[ _-]?(?:id|code|number)|tax|passport|passeport|pasaporte|reisepass|"
    r"steuer|sozialvers|ausweis|insee|s[eé]curit[eé]|seguridad|dni|nie|nif|nino|cpf|cnpj|curp|rfc|cuit|cuil|rut|"
    r"c[eé]dula|pesel|nip|regon|bsn|burgerservice|nhs|aadhaar|aadhar|pan|sin|tfn|medicare|personnummer|fødselsnummer|"
    r"cpr|henkilö|hetu|cnp|egn|oib|jmbg|emso|rodn|codice|fiscale|amka|afm|tckn|kimlik|hkid|nric|fin|resident|mbi|npi|dea|"
    r"itin|ein|vat|ust|iban|card|credit|debit|visa|mastercard|amex|kreditkarte|karte|carte|tarjeta|"
    r"carta|cart[aã]o|karta|my number|mynumber|rrn|ktp|nik|sozial|krankenvers|licen[cs]e|ahv|avs|niss|pps|isikukood|"
    r"asmens|teudat|vkn|ruc|nit|curp|imss|tin|gstin|voter)(?![^\W_]{4})",
    re.IGNORECASE,
)
_LABELS: Final = Sought(LABEL)

_edge: Callable[[str, int], int] | None = None
_tells_piece: Callable[[str], bool | None] | None = None
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect import _leaves

    _edge, _tells_piece = _leaves.edge, _leaves.is_piece


def ends(segments: Sequence[Segment]) -> tuple[int, tuple[End, ...]]:  # noqa: C901, PLR0912 - one test for each sign
    """Return how many values `segments` have, and those leaves that may be pieces of something."""
    found: list[End] = []
    place = row = words = 0
    before: Segment | None = None
    last = ("", "")  # the field of the short leaf before
    keyed: dict[str, bool] = {}
    for at, leaf in enumerate(segments):
        text = leaf.text
        value = leaf.kind is VALUE
        if not (value or leaf.kind is KEY) or not text:
            continue
        place += value
        alphabetic = text.isalpha()
        if value:
            if len(text) > FEW:
                row = 0
            else:
                step = field_of(leaf)
                row = row + 1 if row and _are_alike(last, step) else 1
                last = step
                if row == _MANY:
                    found.append(End(at, place - 1, Sign.SPELLS))
            words = words + 1 if alphabetic and is_word(text) else 0
            if words == WORDS:
                found.append(End(at, place - 1, Sign.WORDS))
            if names(text):
                found.append(End(at, place - 1, Sign.NAMES))
            if text in KINDS:
                found.append(End(at, place - 1, Sign.KIND))
            if begins_at(text) is not None:
                found.append(End(at, place - 1, Sign.LONG))
        # In a row of single characters it is the first that counts.
        inner = row > _FEW_WORDS and len(text) < _GROUP_SIZE and text[0] not in "+@"
        if not inner and (not alphabetic or text.isupper() or text in BEGINNINGS or text[:4] in IN_LETTERS):
            sign = _shown(leaf, before, keyed)
            if sign:
                found.append(End(at, place - value, sign))
            if value and text[-1].isdecimal() and is_part(leaf):
                found.append(End(at, place - 1, Sign.PART))
        if value:
            before = leaf
    return place, tuple(found)


def over_parts(
    parts: Sequence[Sequence[Segment]], shown: Sequence[tuple[int, tuple[End, ...]]]
) -> Sequence[tuple[int, tuple[End, ...]]]:
    """Return `shown`, with what only several parts together show: a row of short leaves, or of words, over their ends.

    Args:
        parts: all segments, in order, in parts: turns of one character each are a part each.
        shown: what `ends` says of each part.
    """
    short = words = 0
    more: dict[int, list[int]] = {}
    for number, (count, _) in enumerate(shown):
        if not count:
            continue
        last = parts[number][-1]
        # A part with many shows a row itself; and most end in a longer text.
        if count >= WORDS or (last.kind is VALUE and len(last.text) > _LONGEST_WORD):
            short = words = 0
            continue
        texts = [leaf.text for leaf in parts[number] if leaf.kind is VALUE and leaf.text]
        before, short = short, short + count if max(map(len, texts)) <= FEW else 0
        if short // _MANY > before // _MANY:
            more.setdefault(number, []).append(Sign.SPELLS)
        before, words = words, words + count if all(map(is_word, texts)) else 0
        if words // WORDS > before // WORDS:
            more.setdefault(number, []).append(Sign.WORDS)
    if not more:
        return shown
    together = list(shown)
    for number, signs in more.items():
        count, its = shown[number]
        at = max(at for at, leaf in enumerate(parts[number]) if leaf.kind is VALUE and leaf.text)
        together[number] = count, (*its, *(End(at, count - 1, sign) for sign in signs))
    return together


def follows(leaf: Segment, behind: Segment) -> bool:
    """Tell whether two leaves are of one kind: elements, members, parts, or the same field of neighbours."""
    return _are_alike(field_of(leaf), field_of(behind))


def _are_alike(field: tuple[str, str], its: tuple[str, str]) -> bool:
    return field[0] == its[0] or field[1] == its[1]


def same_field(leaf: Segment, behind: Segment) -> bool:
    """Tell whether two leaves are the same field of their parents, or both of them text."""
    return field_of(leaf)[1] == field_of(behind)[1]


def field_of(leaf: Segment) -> tuple[str, str]:
    """Return a leaf's parent, and its field there: of all that hold what is said one name stands for the others."""
    parent, _, name = leaf.path.rpartition("/")
    return parent, "text" if name in TEXTS else name


def _shown(leaf: Segment, before: Segment | None, keyed: dict[str, bool]) -> int:
    text = leaf.text
    tail = text[-EDGE:]
    edge = Edge.ASK if _edge is None else _edge(text, EDGE)
    sign = _begun(tail, edge)
    if edge & (Edge.SPACED | Edge.OPENED) and tail[-1] not in _CLOSING and is_assigned(tail):
        sign |= Sign.ASSIGNED
    if (text[0] in "@-:/" or text.startswith("://", 1)) and _REST.match(text):
        sign |= Sign.COMES_ON
    if edge & Edge.NUMBERED and (edge != Edge.ASK or _is_numbered(text)):
        key = leaf.context[-1] if leaf.context else ""
        known = keyed.get(key)
        if known is None:
            known = is_keyed(leaf)
            if not _GROUPS.fullmatch(key):
                keyed[key] = known
        if known:
            sign |= Sign.KEYED
        if _named(leaf, before):
            sign |= Sign.LABELLED
    return sign


def _is_numbered(text: str) -> bool:
    """Tell whether a text ends or begins with digits, or with capitals as identifiers have them."""
    last = text[-1]
    numbered = last in "0123456789 ./-" or last.isupper()
    return (numbered and _TAIL.search(text, max(len(text) - 10, 0)) is not None) or _HEAD.match(text) is not None


def _begun(tail: str, edge: int) -> int:  # noqa: PLR0911 - one for each kind
    """Return what a text with this end shows by its shape: `GOES_ON`, `ADDRESS`, `NUMBER`, `BANK` or 0.

    Args:
        tail: the text's last characters.
        edge: what is known of them (`Edge`).
    """
    if edge & Edge.AT and "@" in tail and (match := _ADDRESS.search(tail)) and not is_address(match.group()):
        return Sign.ADDRESS
    plus = _PHONE.search(tail) if edge & Edge.PLUS and "+" in tail else None
    if plus and phone_international(plus.group()) is not True:
        return Sign.NUMBER
    last = tail[-1]
    if last in _CLOSING:
        return 0
    words = tail.rsplit(None, 1) if edge & Edge.SPACED else (tail,)
    word = words[-1] if words else ""
    if word.isalpha():
        # A letter tells something only behind words, and if it is none itself: alone it is a cell of a table.
        told = not last.isspace() and len(tail) > 1 and word != "a"
        return Sign.GOES_ON if told and (word in BEGINNINGS or word[:4] in IN_LETTERS) else 0
    opened = edge & Edge.OPENED
    if (opened and ":/" in word and _URL.search(word)) or is_key(word.lstrip(_QUOTES) if opened else word):
        return Sign.GOES_ON
    if opened and is_key(_OPENING.split(word)[-1]):
        return Sign.GOES_ON
    if edge == Edge.ASK:
        return _number_begun(tail)
    return Sign.BANK if edge & Edge.BANK else Sign.NUMBER if edge & Edge.SHAPED else 0


def _number_begun(tail: str) -> int:
    last = tail[-1]
    if (last.isalpha() and not last.isupper()) or _DIGITS.search(tail) is None:
        return 0
    if _BANK.search(tail) is not None:
        return Sign.BANK
    return Sign.NUMBER if _SHAPED.search(tail) is not None else 0


def is_address(text: str) -> bool:
    """Tell whether a text with an at sign has a host with a real top level."""
    host = text.rpartition("@")[2]
    return "." in host and _is_top_level(host.rpartition(".")[2])


def missing(text: str) -> int:
    """Return how many letters and digits an IBAN still has that a text ends in the beginning of; 0 if none has it."""
    match = _BANK.search(text[-EDGE:])
    return iban_length(match.group()) - sum(map(str.isalnum, match.group())) if match else 0


def is_labelled(text: str) -> bool:
    """Tell whether a text names an identifier or a card."""
    return _LABELS.is_in(text)


def same_label(leaf: Segment, behind: Segment) -> bool:
    """Tell whether the keys of two leaves name the same identifier."""
    if leaf.context == behind.context:
        return True
    labels = [{match.group().lower() for match in LABEL.finditer(" ".join(one.context[-1:]))} for one in (leaf, behind)]
    return not labels[0].isdisjoint(labels[1])


def is_keyed(leaf: Segment) -> bool:
    """Tell whether the key of a leaf names an identifier, or the one before it where the key is itself a piece."""
    context = leaf.context
    if not context:
        return False
    at = -2 if len(context) > 1 and _GROUPS.fullmatch(context[-1]) else -1
    return is_labelled(context[at])


def _is_top_level(word: str) -> bool:
    return (len(word) == 2 and word.isalpha()) or word.lower() in _TOP_LEVEL or word.lower().startswith("xn--")  # noqa: PLR2004


def _named(leaf: Segment, before: Segment | None) -> bool:
    """Tell whether the text of a leaf, or of the one before a leaf that is a piece, names an identifier."""
    text = leaf.text
    if is_piece(text):
        return (
            before is not None
            and not (is_piece(before.text) and _DIGITS.search(before.text))
            and is_labelled(before.text[-EDGE:])
        )
    return is_labelled(text[-EDGE:]) or (len(text) > EDGE and is_labelled(text[:EDGE]))


def is_piece(text: str) -> bool:
    """Tell whether a text is no words: one token, or groups of digits."""
    known = None if _tells_piece is None else _tells_piece(text)
    return _may_be_piece(text) if known is None else known


def _may_be_piece(text: str) -> bool:
    if len(text) > _PIECE:
        return False
    return len(text.split()) <= 1 or (_DIGITS.search(text) is not None and _GROUPS.fullmatch(text) is not None)
