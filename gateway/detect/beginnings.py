"""What a leaf shows at its ends: that something goes on in the leaves behind, or began in those before.

`seams` looks only at leaves that show something, so most requests cost what this costs: a few tests on the first and
last characters of each leaf. What is shown is remembered with the leaf's block: places and signs, no text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntFlag
from typing import Final, NamedTuple

from gateway.core.model import Segment, SegmentKind
from gateway.detect.labelled import names
from gateway.detect.phones import phone_international

__all__ = [
    "EDGE",
    "FEW",
    "LABEL",
    "PREFIXES",
    "SHAPES",
    "START",
    "End",
    "Sign",
    "ends",
    "follows",
    "is_address",
    "is_keyed",
    "is_piece",
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
_GROUP_SIZE: Final = 3
_FEW_WORDS: Final = 2
_TEXTS: Final = frozenset({"content", "text", "input", "output"})
"""Fields that hold what is said."""


class Sign(IntFlag):
    """What a leaf shows at its ends."""

    GOES_ON = 1
    """It ends as something begins that is told by its own shape."""
    COMES_ON = 2
    """It begins as the rest of an address or of an SSN does."""
    LABELLED = 4
    """It ends or begins with digits, and its text or the leaf before names what they are."""
    KEYED = 8
    """It ends or begins with digits, and its keys name what they are."""
    SPELLS = 16
    """With it a row of short leaves begins."""
    NAMES = 32
    """It ends in a label whose value may stand in another leaf; never together with others."""


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


PREFIXES: Final = tuple(
    """
    sk-ant- sk-proj- sk-or-v1- sk-lf- sk-svcacct- sk-admin- sk- sk_live_ sk_test_ sk_org_ rk_live_ rk_test_ pk_
    sk_ ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- gldt- glrt- glptt- glcbt- gloas- glft- glsoat- AKIA ASIA
    ABIA ACCA A3T ABSK da2- AIza GOCSPX- 1//0 ya29. AAAA doo_v1_ dop_v1_ dor_v1_ dot_v1_ HRKU- v1.0- cfat_ cfk_
    cfpat_ cfut_ fo1_ vca_ vcp_ vck_ vci_ vcr_ vcs_ nfp_ nfc_ nfo_ nfu_ nfb_ rnd_ sb_secret_ sbp_ pscale_ napi_
    npg_ LTAI AKID AQVN y0_ y1_ y2_ y3_ t1. SCW akab- dapi dt0 hvb. hvr. hvs. pul- dp. st. A3- tskey- ATBB
    ATATT3x ATCTT3x ATOTT3x ATSTT3x npm_ rubygems_ oy2 cio CLOJARS_ dckr_ AKCp cmVmdGtuOjAxOj sqa_ sqp_ squ_
    CCIPAT_ CCIPRJ_ bkaat_ bkct_ bkt_ bkua_ pat. sgp_ sgd_ slk_ eyJ PMAK- hawk. odt_ pnb_ pnu_ aio_ expo_ sdk-
    mob- api- crsr_ key_ sess- hf_ api_org_ gsk_ r8_ pplx- xai- fw_ tgp_v1_ nvapi- csk- pa- lsv2_ pcsk_ jina_
    tvly- fc- app- dataset- whsec_ sq0 EAAA access_token$ rzp_ FLWSECK live_ access- pdl_ shippo_ EZAK EZTK
    duffel_ shp xoxa- xoxb- xoxc- xoxd- xoxe- xoxo- xoxp- xoxr- xoxs- xoxe.xox xapp- SK AC SG. key- md- re_
    xkeysib- xsmtpsib- dG9rO syt_ NRAK- NRAA- NRII- NRIQ- NRRA- px-api- px-dep- glc_ glsa_ sntrys_ sntryu_ hca
    hcb hcx phs_ phx_ sk.eyJ tk.eyJ pk.eyJ pat ntn_ secret_ lin_ figd_ CFPAT- 00D p8e- sl. 1000. tfp_ rdme_
    nsec1 AGE-SECRET-KEY-1 xprv yprv zprv tprv $2a$ $2b$ $2x$ $2y$ $1$ $5$ $6$ $8$ $9$ $y$ $H$ $P$ $apr1$
    $argon2 pbkdf2 scrypt: {SHA {SSHA amzn.mws. organizations/ GR1348941 hooks.slack.com/
    discord.com/api/webhooks/ discordapp.com/api/webhooks/ chat.googleapis.com/ hooks.zapier.com/
    maker.ifttt.com/ hook.make.com/
    """.split()  # noqa: SIM905 - a table
)
"""What keys of a known kind begin with; a test holds it against the packs."""
_BEGINNINGS: Final = frozenset(prefix[:size] for prefix in PREFIXES for size in range(1, len(prefix) + 1))
START: Final = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, PREFIXES))})")
_WEAK: Final = tuple(prefix for prefix in PREFIXES if prefix.isalpha() and prefix.islower())
"""What words begin with, too."""
_STRONG: Final = tuple(prefix for prefix in PREFIXES if prefix not in _WEAK)
_TWO: Final = frozenset(prefix[:2] for prefix in PREFIXES)
_OPENING: Final = re.compile(r"""["'`=:,;()\[\]{}<>]""")
_QUOTES: Final = "\"'`([<"
_CLOSING: Final = frozenset("\"'`!?,;)]>*")

_ADDRESS: Final = re.compile(r"(?<!\w)\w[\w.+%'-]{0,63}@(?:[\w-]{1,40}\.){0,5}[\w-]{0,40}\Z")
_REST: Final = re.compile(r"@(?:[\w-]{1,40}\.){0,5}[\w-]{1,40}|@\Z|-\d\d-\d{4}(?![\w-])")
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


def ends(segments: Sequence[Segment]) -> tuple[int, tuple[End, ...]]:
    """Return how many values `segments` have, and those leaves that may be pieces of something."""
    found: list[End] = []
    place = row = 0
    before: Segment | None = None
    keyed: dict[str, bool] = {}
    for at, leaf in enumerate(segments):
        text = leaf.text
        value = leaf.kind is SegmentKind.VALUE
        if not (value or leaf.kind is SegmentKind.KEY) or not text:
            continue
        place += value
        if value:
            short = len(text) <= FEW
            row = row + 1 if short and row and before is not None and follows(before, leaf) else int(short)
            if row == _MANY:
                found.append(End(at, place - 1, Sign.SPELLS))
            if names(text):
                found.append(End(at, place - 1, Sign.NAMES))
        if not text.isalpha() or text in _BEGINNINGS or text.isupper():
            sign = _shown(leaf, before, keyed)
            # In a row of single characters it is the first that counts.
            if sign and not (row > _FEW_WORDS and len(text) < _GROUP_SIZE and text[0] not in "+@"):
                found.append(End(at, place - value, sign))
        if value:
            before = leaf
    return place, tuple(found)


def follows(leaf: Segment, behind: Segment) -> bool:
    """Tell whether two leaves are of one kind: elements, members, parts, or the same field of neighbours."""
    return leaf.path.rpartition("/")[0] == behind.path.rpartition("/")[0] or same_field(leaf, behind)


def same_field(leaf: Segment, behind: Segment) -> bool:
    """Tell whether two leaves are the same field of their parents, or both of them text."""
    name, other = leaf.path.rpartition("/")[2], behind.path.rpartition("/")[2]
    return name == other or (name in _TEXTS and other in _TEXTS)


def _shown(leaf: Segment, before: Segment | None, keyed: dict[str, bool]) -> int:
    text = leaf.text
    tail = text[-EDGE:]
    sign = Sign.GOES_ON if _goes_on(tail) else 0
    if text[0] in "@-" and _REST.match(text):
        sign |= Sign.COMES_ON
    last = tail[-1]
    numbered = last in "0123456789 ./-" or last.isupper()
    if (numbered and _TAIL.search(tail, max(len(tail) - 10, 0))) or _HEAD.match(text):
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


def _goes_on(tail: str) -> bool:
    """Tell whether a text with this end goes on, by shape."""
    if "@" in tail and (match := _ADDRESS.search(tail)) and not is_address(match.group()):
        return True
    if "+" in tail and (match := _PHONE.search(tail)) and phone_international(match.group()) is not True:
        return True
    last = tail[-1]
    if last in _CLOSING:
        return False
    words = tail.split()
    word = words[-1] if words else ""
    if word.isalpha():
        return not last.isspace() and len(word) > 1 and word in _BEGINNINGS
    if _is_key(word.lstrip(_QUOTES)) or _is_key(_OPENING.split(word)[-1]):
        return True
    numbered = not last.isalpha() or last.isupper()
    return numbered and (_BANK.search(tail) is not None or _SHAPED.search(tail) is not None)


def _is_key(token: str) -> bool:
    """Tell whether a token is the beginning of a key of known prefix, or of such a prefix."""
    if len(token) < 2 or token[:2] not in _TWO:  # noqa: PLR2004 - one letter tells nothing
        return False
    if token in _BEGINNINGS or token.startswith(_STRONG):
        return True
    return token.startswith(_WEAK) and _DIGITS.search(token) is not None


def is_address(text: str) -> bool:
    """Tell whether a text with an at sign has a host with a real top level."""
    host = text.rpartition("@")[2]
    return "." in host and _is_top_level(host.rpartition(".")[2])


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
    return LABEL.search(context[at]) is not None


def _is_top_level(word: str) -> bool:
    return (len(word) == 2 and word.isalpha()) or word.lower() in _TOP_LEVEL or word.lower().startswith("xn--")  # noqa: PLR2004


def _named(leaf: Segment, before: Segment | None) -> bool:
    """Tell whether the text of a leaf, or of the one before a leaf that is a piece, names an identifier."""
    text = leaf.text
    if is_piece(text):
        return (
            before is not None
            and not (is_piece(before.text) and _DIGITS.search(before.text))
            and LABEL.search(before.text[-EDGE:]) is not None
        )
    return LABEL.search(text[-EDGE:]) is not None or LABEL.search(text[:EDGE]) is not None


def is_piece(text: str) -> bool:
    """Tell whether a text is no words: one token, or groups of digits."""
    if len(text) > _PIECE:
        return False
    return len(text.split()) <= 1 or (_DIGITS.search(text) is not None and _GROUPS.fullmatch(text) is not None)
